"""Closing: what is counted once, forgotten with the marks, and refused; and sums that the database makes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import event, select, update

from assessments.feedback360 import cycles, nominating, notices, queries, services
from assessments.feedback360.models import FeedbackCycle, FeedbackQuestionnaire, FeedbackSubject
from lms import jobs
from lms.db import db, transaction
from lms.errors import Refused
from lms.jobs import Job
from lms.people.models import Person
from lms.people.scope import load_actor
from tests.assessments.feedback360.factory import (
    MONTH_END,
    TUESDAY,
    answer,
    choose,
    close,
    crowd,
    customers,
    make_questionnaire,
    open_cycle,
    said,
    subject_of,
)
from tests.people import Cast

Enter = Callable[[Person], FlaskClient]
Mails = list[dict[str, str]]


def test_no_mail_is_left_behind_that_names_who_had_not_answered_or_holds_a_link(cast: Cast, sent: Mails) -> None:
    cycle = open_cycle(cast, cast.ana)
    firm = customers(cast, subject_of(cast.ana), 1)[0]
    with transaction():
        cycles.remind(load_actor(cast.hana), cycle.id, now=TUESDAY)
    assert [mail["to"] for mail in sent].count(firm.email or "") == 2
    kept = str(db.session.scalars(select(Job.params)).all()) + str(db.session.scalars(select(Job.result)).all())
    assert nominating.token_of(firm) not in kept
    assert (firm.email or "") not in kept and (cast.cleo.email or "") not in kept


def test_closing_takes_back_the_reminders_of_this_cycle_that_are_still_to_go(
    cast: Cast, sent: Mails, monkeypatch: pytest.MonkeyPatch
) -> None:
    cycle, other = open_cycle(cast, cast.ana), open_cycle(cast, cast.ben)
    monkeypatch.setattr(jobs, "enqueue", lambda _job_id: None)
    notices.remind(cycle.id, lambda _done, _total: None)
    notices.remind(other.id, lambda _done, _total: None)

    def waiting() -> list[str]:
        return [params["to"] for params in db.session.scalars(select(Job.params).where(Job.kind == "mail.deliver", Job.state == "queued"))]

    assert sorted(waiting()) == sorted([cast.ana.email, cast.ben.email, cast.cleo.email, cast.cleo.email])  # type: ignore[type-var]
    close(cast, cycle)
    assert sorted(waiting()) == sorted([cast.ben.email, cast.cleo.email])  # type: ignore[type-var]


def test_closing_twice_counts_once(cast: Cast) -> None:
    cycle = open_cycle(cast, cast.ana)
    subject = subject_of(cast.ana)
    for peer, _rater in zip(peers := crowd(cast, 4), choose(cast, subject, peers), strict=True):
        answer(peer, subject)
    close(cast, cycle)
    tally = dict(subject_of(cast.ana).tally)
    assert tally["peer"] == [4, 4]
    with transaction():
        cycles._close(cycle, MONTH_END + timedelta(days=1))
    assert subject_of(cast.ana).tally == tally
    assert cycle.closed_at == MONTH_END


def test_an_answer_and_a_refusal_look_at_the_cycle_as_it_is_now(cast: Cast) -> None:
    cycle = open_cycle(cast, cast.ana)
    rater = choose(cast, subject_of(cast.ana), [cast.ben])[0]
    for act in (
        lambda: services.submit(load_actor(cast.ben), rater.id, said(), now=TUESDAY),
        lambda: nominating.decline(load_actor(cast.ben), rater.id, "No time.", now=TUESDAY),
    ):
        with transaction():
            assert rater.subject.cycle.closed_at is None, "read before somebody else closes it"
            another = update(FeedbackCycle).where(FeedbackCycle.id == cycle.id).execution_options(synchronize_session=False)
            db.session.execute(another.values(closed_at=TUESDAY))
            with pytest.raises(Refused, match="feedback_closed"):
                act()
            db.session.execute(another.values(closed_at=None))
            db.session.expire_all()


def test_forty_thousand_numbers_are_refused_in_a_sentence_and_not_asked_for(cast: Cast, sign_in: Enter) -> None:
    client = sign_in(cast.hana)
    make_questionnaire(cast)
    chosen = db.session.scalars(select(FeedbackQuestionnaire.id)).one()
    form = {"name_en": "Spring", "purpose": "development", "questionnaire": chosen, "nominate_until": "2099-01-01",
            "closes_on": "2099-02-01", "numbers": " ".join(format(at, "x") for at in range(40_000))}  # fmt: skip
    groups = {f"{bound}_{group}": n for group in ("peer", "report", "customer") for bound, n in (("least", 3), ("most", 8))}
    page = client.post("/feedback/cycles/new", data=form | groups)
    assert page.status_code == 200
    assert "at most 1000 numbers" in page.text


def test_the_list_of_cycles_sums_in_the_database(cast: Cast) -> None:
    cycle = open_cycle(cast, cast.ana, cast.ben)
    subject = subject_of(cast.ana)
    choose(cast, subject, [cast.ben, cast.dov, cast.ada])
    answer(cast.ben, subject)
    choose(cast, subject_of(cast.ben), [cast.ana])
    closed = open_cycle(cast, cast.ana)
    answer(cast.ana, subject_of(cast.ana))
    close(cast, closed)
    hana, first, second, loaded = load_actor(cast.hana), cycle.id, closed.id, list[object]()

    def note(target: object, _context: object) -> None:
        loaded.append(target)

    db.session.expunge_all()
    event.listen(FeedbackSubject, "load", note)
    try:
        rows = {row.cycle.id: row for row in queries.cycles(hana).rows}
    finally:
        event.remove(FeedbackSubject, "load", note)
    assert loaded == []
    assert {id_: (row.people, row.asked, row.answered) for id_, row in rows.items()} == {first: (2, 7, 1), second: (1, 2, 1)}
