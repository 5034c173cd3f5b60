"""Extra time and attempts for single people: added on the server when they begin; who may grant them; what the trail holds."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from assessments.quizzes import accommodations
from assessments.quizzes.accommodations import Extra
from lms.audit import AuditEntry
from lms.db import db, transaction
from lms.errors import Forbidden, Refused, Unknown
from lms.people.models import Person
from tests.assessments.quizzes.factory import TUESDAY, Made, begin, enrolled, make_quiz, take
from tests.courses.factory import actor
from tests.people import Cast

SignIn = Callable[[Person], FlaskClient]
HOUR = timedelta(hours=1)


def grant(by: Person, made: Made | None, person: Person, extra: Extra, **more: Any) -> None:
    with transaction():
        module = made.module.id if made else None
        accommodations.grant(actor(by), module, person.id, extra, more.pop("reason", "Reads slowly"), now=TUESDAY, **more)


@pytest.mark.parametrize(
    ("extra", "minutes"), [(Extra(percent=25), 75), (Extra(minutes=10), 70), (Extra(50, 5), 95)]
)
def test_the_server_adds_the_time_when_ana_begins(cast: Cast, extra: Extra, minutes: int) -> None:
    made = make_quiz(cast, ["single"], time_limit=3600)
    grant(cast.tess, made, cast.ana, extra)
    assert begin(cast.ana, made).deadline_at == TUESDAY + timedelta(minutes=minutes)
    assert begin(cast.dov, made).deadline_at == TUESDAY + HOUR, "nobody else gets it"


def test_nothing_at_all_is_granted_only_to_end_what_holds(cast: Cast) -> None:
    made = make_quiz(cast, ["single"], time_limit=3600)
    with pytest.raises(Refused, match="accommodation_nothing"):
        grant(cast.tess, made, cast.ana, Extra())
    grant(cast.tess, made, cast.ana, Extra(percent=50))
    grant(cast.tess, made, cast.ana, Extra())
    assert begin(cast.ana, made).deadline_at == TUESDAY + HOUR
    with pytest.raises(Refused, match="accommodation_nothing"):
        grant(cast.tess, made, cast.ana, Extra())


def test_a_share_of_a_second_is_rounded_in_her_favour() -> None:
    assert Extra(percent=33).seconds(100) == 133
    assert Extra(percent=33).seconds(101) == 135
    assert Extra(percent=33).seconds(None) is None


def test_an_attempt_under_way_keeps_its_deadline(cast: Cast) -> None:
    made = make_quiz(cast, ["single"], time_limit=3600)
    attempt = begin(cast.ana, made)
    grant(cast.tess, made, cast.ana, Extra(100))
    assert begin(cast.ana, made).id == attempt.id
    assert attempt.deadline_at == TUESDAY + HOUR


def test_the_last_one_counts_and_nothing_ends_it(cast: Cast) -> None:
    made = make_quiz(cast, ["single"], time_limit=3600)
    grant(cast.tess, made, cast.ana, Extra(100))
    grant(cast.tess, made, cast.ana, Extra())
    assert begin(cast.ana, made).deadline_at == TUESDAY + HOUR


def test_it_ends_with_its_last_day(cast: Cast) -> None:
    made = make_quiz(cast, ["single"], time_limit=3600)
    grant(cast.tess, made, cast.ana, Extra(100), until=TUESDAY + 2 * HOUR)
    later = TUESDAY + 2 * HOUR
    assert begin(cast.ana, made, later).deadline_at == later + HOUR
    with pytest.raises(Refused, match="accommodation_over"):
        grant(cast.tess, made, cast.ana, Extra(100), until=TUESDAY)


def test_hana_grants_it_for_every_quiz_and_the_more_of_both_holds(cast: Cast) -> None:
    made = make_quiz(cast, ["single"], time_limit=3600)
    grant(cast.hana, None, cast.ana, Extra(50))
    grant(cast.tess, made, cast.ana, Extra(20, 15))
    assert begin(cast.ana, made).deadline_at == TUESDAY + timedelta(minutes=105)


def test_more_attempts_are_more_attempts(cast: Cast, sign_in: SignIn) -> None:
    made = make_quiz(cast, ["single"], attempts=1)
    take(cast.ana, made, {"single": "s1"})
    address = f"/quizzes/{enrolled(cast.ana, made).id}/{made.module.id}"
    assert "You have used all attempts" in sign_in(cast.ana).get(address).text
    grant(cast.tess, made, cast.ana, Extra(more=1))
    assert "Begin another attempt" in sign_in(cast.ana).get(address).text
    assert take(cast.ana, made, {"single": "s2"}, TUESDAY + HOUR).number == 2
    with pytest.raises(Refused, match="attempts_used_up"):
        begin(cast.ana, made, TUESDAY + 2 * HOUR)


def test_ana_reads_her_own_time_before_she_begins(cast: Cast, sign_in: SignIn) -> None:
    made = make_quiz(cast, ["single"], time_limit=3600)
    grant(cast.tess, made, cast.ana, Extra(25))
    address = f"/quizzes/{enrolled(cast.ana, made).id}/{made.module.id}"
    assert "75 min, with your extra time" in sign_in(cast.ana).get(address).text


def test_the_reason_is_asked_for_and_stays_out_of_the_trail(cast: Cast) -> None:
    made = make_quiz(cast, ["single"], time_limit=3600)
    with pytest.raises(Refused, match="accommodation_reason"):
        grant(cast.tess, made, cast.ana, Extra(25), reason="  ")
    grant(cast.tess, made, cast.ana, Extra(25), reason="secret-reason")
    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "quiz.accommodate")).one()
    assert (entry.actor_id, entry.subject_id, entry.details["percent"]) == (cast.tess.id, cast.ana.id, 25)
    assert "secret-reason" not in str(entry.details)


def test_who_may_grant_whom(cast: Cast, sign_in: SignIn) -> None:
    made = make_quiz(cast, ["single"], time_limit=3600)
    for person in (cast.ana, cast.cleo):
        with pytest.raises(Forbidden):
            grant(person, made, cast.ana, Extra(25))
    with pytest.raises(Forbidden):
        grant(cast.tess, None, cast.ana, Extra(25))
    with pytest.raises(Unknown):
        grant(cast.tess, made, cast.ben, Extra(25))  # not enrolled
    assert sign_in(cast.ana).get(f"/authoring/quizzes/{made.module.id}/extra-time").status_code == 403
    assert sign_in(cast.cleo).get("/people/extra-time").status_code == 403


def test_both_pages_grant_and_list(cast: Cast, sign_in: SignIn) -> None:
    made = make_quiz(cast, ["single"], time_limit=3600)
    sent = {"person": str(cast.ana.id), "extra_percent": "25", "extra_minutes": "0", "extra_attempts": "0", "reason": "Reads slowly"}
    for person, address in ((cast.tess, f"/authoring/quizzes/{made.module.id}/extra-time"), (cast.hana, "/people/extra-time")):
        client = sign_in(person)
        assert client.post(address, data=sent).status_code == 302
        page = client.get(address).text
        assert "+25% of the time" in page
        assert "Reads slowly" in page
        assert client.post(address, data=sent | {"reason": ""}).status_code == 200
