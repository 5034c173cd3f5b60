"""The panel of a study: the team before training, who changed it, and which other courses were begun meanwhile."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest
from flask import Flask
from sqlalchemy import select

from courses.models import Course, Enrolment
from effects import panels, services
from effects.models import Study
from effects.panels import StudyPanel
from effects.stats.design import Chosen
from effects.stats.panel import NEVER
from effects.stats.study import analyse
from lms.authz import SYSTEM
from lms.db import db, transaction
from lms.people import memberships
from lms.people.models import Person, Team
from tests.effects.company import LONG_AGO, NOW, SMALL, month, settle


@pytest.fixture
def study(app: Flask) -> Study:
    with transaction():
        study = services.ask(SYSTEM, *settle(settings=SMALL), now=NOW)
        people = db.session.execute(select(Person.id, Person.team_id)).all()
        memberships.record({id_: team for id_, team in people}, LONG_AGO.date())  # noqa: C416
    return study


def row(panel: StudyPanel, person: int) -> int:
    return panel.reading.panel.units.index(str(person))


def team(panel: StudyPanel, person: int) -> str:
    found = panel.reading.panel
    return found.clusters[found.cluster[row(panel, person)]]


def somebody(panel: StudyPanel, *, trained: bool) -> tuple[int, int]:
    """A rep and the index of the start."""
    found = panel.reading.panel
    i = int(np.flatnonzero(found.trained_units == trained)[0])
    return int(found.units[i]), int(found.start[i])


def move(person: int, day: date) -> tuple[str, str]:
    """Into the next team on that day; the labels of the old and the new one."""
    with transaction():
        who = db.session.get_one(Person, person)
        old = who.team_id
        who.team_id = db.session.scalars(select(Team.id).where(Team.id != old).order_by(Team.id)).first()
        memberships.record({person: who.team_id}, day)
    return f"team {old}", f"team {who.team_id}"


def test_a_rep_who_moved_after_the_start_counts_in_the_team_before_it(study: Study) -> None:
    person, start = somebody(panels.build(study), trained=True)
    old, _new = move(person, month(start) + timedelta(days=40))
    panel = panels.build(study)
    assert team(panel, person) == old
    assert panel.known.moved[row(panel, person)]
    assert panel.known.moved.sum() == 1


def test_a_rep_who_moved_before_the_start_counts_in_the_new_team(study: Study) -> None:
    person, start = somebody(panels.build(study), trained=True)
    _old, new = move(person, month(start) - timedelta(days=40))
    assert team(panels.build(study), person) == new


def test_an_untrained_rep_counts_in_the_team_before_anybody_began(study: Study) -> None:
    before = panels.build(study)
    person, _ = somebody(before, trained=False)
    first = int(before.reading.panel.start.min())
    old, _new = move(person, month(first) + timedelta(days=40))
    assert team(panels.build(study), person) == old


def test_a_change_of_team_is_another_input_and_the_fingerprint_says_so(study: Study) -> None:
    before = panels.build(study)
    person, start = somebody(before, trained=True)
    move(person, month(start) + timedelta(days=40))
    assert panels.build(study).fingerprint != before.fingerprint


def test_other_courses_of_the_window_are_known_and_asked_about(study: Study) -> None:
    panel = panels.build(study)
    person, start = somebody(panel, trained=True)
    with transaction():
        other = Course(code="OTHER", title={"en": "Another"}, status="draft", created_at=LONG_AGO, edited_at=LONG_AGO)
        db.session.add(other)
        db.session.flush()
        mine = db.session.scalars(select(Enrolment).where(Enrolment.person_id == person)).one()
        values = {c.name: getattr(mine, c.name) for c in Enrolment.__table__.columns if c.name != "id"}
        db.session.add(Enrolment(**values | {"course_id": other.id, "started_on": month(start + 1)}))
    panel = panels.build(study)
    starts = panel.known.other_courses["OTHER"]
    assert (starts < NEVER).sum() == 1
    assert starts[row(panel, person)] == start + 1
    plan = services.options_of(study)
    result = analyse(panel.reading.panel, Chosen.WAVES, plan, known=panel.known)
    checks = {check.name: check for check in result.checks}
    assert checks["other_courses"].params["courses"] == {"OTHER": 1}
    assert checks["other_courses"].params["n_both"] == 1
    assert checks["territory_changes"].params["n_both"] == 0
