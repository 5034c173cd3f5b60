"""Who may say how people were chosen, and which KPI a course is judged by: whoever looks after all of them."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update

from courses.models import Course, Enrolment
from effects import services
from effects.models import Study
from effects.policies import judged_by, may_confirm, may_name_primary
from effects.portfolio import services as portfolio
from effects.stats.design import Chosen
from effects.subgroups.services import name_splits
from effects.untouchable.services import name_untouchable
from lms.audit import AuditEntry
from lms.authz import SYSTEM
from lms.db import db, transaction
from lms.errors import Forbidden
from lms.people.models import Person
from lms.people.scope import load_actor
from tests.effects.company import NOW, settle
from tests.people import Cast

SignIn = Callable[[Person], FlaskClient]


@pytest.fixture
def study(cast: Cast) -> Study:
    """Asked of a course that only people of Cleo's team East took."""
    course_id, kpi_id = settle()
    took = select(Enrolment.person_id).where(Enrolment.course_id == course_id)
    with transaction():
        db.session.execute(update(Person).where(Person.id.in_(took)).values(team_id=cast.east.id))
        return services.ask(SYSTEM, course_id, kpi_id, now=NOW)


def one_of_them(study: Study, team_id: int | None) -> None:
    first = select(Enrolment.person_id).where(Enrolment.course_id == study.course_id).order_by(Enrolment.id).limit(1)
    with transaction():
        db.session.execute(update(Person).where(Person.id == db.session.scalar(first)).values(team_id=team_id))


MATRIX = [("hana", True, True), ("cleo", True, False), ("tess", False, False), ("ana", False, False), ("ada", False, False)]


@pytest.mark.parametrize(("name", "all_in_east", "one_outside"), MATRIX)
def test_who_looks_after_all_of_them_may_say_how_they_were_chosen(
    study: Study, cast: Cast, name: str, all_in_east: bool, one_outside: bool
) -> None:
    actor = load_actor(getattr(cast, name))
    assert may_confirm(actor, study) is all_in_east
    one_of_them(study, cast.west.id)
    assert may_confirm(actor, study) is one_outside
    one_of_them(study, None)
    assert may_confirm(actor, study) is one_outside


NAMING = [("hana", True, True), ("cleo", True, False), ("tess", True, True), ("ana", False, False), ("ada", False, False)]


@pytest.mark.parametrize(("name", "all_in_east", "one_outside"), NAMING)
def test_trainers_hr_and_who_looks_after_all_enrolled_name_the_primary_kpi(
    study: Study, cast: Cast, name: str, all_in_east: bool, one_outside: bool
) -> None:
    actor, course_id = load_actor(getattr(cast, name)), study.course_id or 0
    assert may_name_primary(actor, course_id) is all_in_east
    one_of_them(study, cast.west.id)
    assert may_name_primary(actor, course_id) is one_outside


def test_nobody_enrolled_is_in_no_managers_hands(study: Study, cast: Cast) -> None:
    empty = Course(code="E", title={"en": "Empty"}, status="draft", created_at=NOW, edited_at=NOW)
    with transaction():
        db.session.add(empty)
    assert list(db.session.scalars(select(Course.code).where(judged_by(load_actor(cast.cleo))))) == ["KA-D"]


def test_cleo_is_refused_by_every_service_where_one_of_them_is_not_hers(study: Study, cast: Cast) -> None:
    one_of_them(study, cast.west.id)
    cleo = load_actor(cast.cleo)
    for act in (
        lambda: services.confirm_chosen(cleo, study.id, Chosen.RANDOM, "", now=NOW),
        lambda: name_splits(cleo, study.id, ["tenure"], now=NOW),
        lambda: name_untouchable(cleo, study.id, None, now=NOW),
        lambda: portfolio.name_primary(cleo, study.course_id or 0, study.kpi_id, now=NOW),
    ):
        with pytest.raises(Forbidden, match="not_yours"):
            act()
    assert db.session.scalars(select(AuditEntry.action).where(AuditEntry.action.contains("confirm"))).all() == []


def test_cleo_confirms_for_her_own_people_and_it_stands_under_her_name(study: Study, cast: Cast, sign_in: SignIn) -> None:
    client = sign_in(cast.cleo)
    assert "Confirm and compute again" in client.get(f"/effects/{study.id}").text
    with transaction():
        services.confirm_chosen(load_actor(cast.cleo), study.id, Chosen.WAVES, "The plan", now=NOW)
    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "study.confirm_chosen")).one()
    assert entry.actor_id == cast.cleo.id and entry.details["after"] == "waves"


def test_cleo_asks_about_others_and_the_page_says_who_is_to_confirm(study: Study, cast: Cast, sign_in: SignIn) -> None:
    one_of_them(study, cast.west.id)
    client = sign_in(cast.cleo)
    form = {"course_id": study.course_id, "kpi_id": study.kpi_id, "chosen": "random", "horizon": "3"}
    page = client.post("/effects/new", data=form, follow_redirects=True).text
    assert "your answer was not kept" in page and "It is confirmed by HR" in page
    assert "Confirm and compute again" not in page
    assert client.post(f"/effects/{study.id}/chosen", data={"chosen": "random"}).status_code == 403
    assert "Name it" not in client.get(f"/portfolio/primary/{study.course_id}").text
    assert client.post(f"/portfolio/primary/{study.course_id}", data={"kpi_id": study.kpi_id}).status_code == 403
    assert set(db.session.scalars(select(Study.chosen))) == {None}
