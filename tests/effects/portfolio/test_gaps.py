"""From a KPI gap to a course: who lies behind, what evidence there is, and the way to the assign page."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from flask.testing import FlaskClient

from courses import reports
from courses.models import Course
from effects import services as studies
from effects.portfolio import gaps, services
from effects.stats.design import Chosen
from lms.authz import SYSTEM
from lms.db import db, transaction
from lms.people.models import Person
from performance.kpis.models import KpiRecord
from tests.effects.company import NOW, settle
from tests.people import Cast

SignIn = Callable[[Person], FlaskClient]


def behind(kpi_id: int, *people: Person) -> None:
    """Their last three months far below everybody else's."""
    with transaction():
        for person in people:
            for month in (8, 9, 10):
                db.session.add(KpiRecord(kpi_id=kpi_id, person_id=person.id, period_start=date(2025, month, 1), value=1000.0, recorded_at=NOW))


def test_no_course_has_evidence_and_the_page_says_so(cast: Cast, sign_in: SignIn) -> None:
    _course, kpi_id = settle()
    behind(kpi_id, cast.ana, cast.ben, cast.dov)
    page = sign_in(cast.cleo).get(f"/portfolio/gaps?kpi={kpi_id}").text
    assert "2 of your people lie behind in sales amount, and no course has evidence yet" in page
    assert "Ana" in page and "Dov" not in page and "Assign it" not in page


def test_all_who_lie_behind_are_on_some_page(cast: Cast, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch) -> None:
    _course, kpi_id = settle()
    behind(kpi_id, cast.ana, cast.ben)
    monkeypatch.setattr(gaps, "MOST_SHOWN", 1)
    client = sign_in(cast.cleo)
    pages = [client.get(f"/portfolio/gaps?kpi={kpi_id}&page={n}").text for n in (1, 2, 9)]
    assert [("Ana" in page, "Ben" in page) for page in pages] == [(True, False), (False, True), (False, True)]
    assert all("2 of your people lie behind" in page for page in pages)


def test_cleo_is_led_to_the_assign_page_with_the_right_reason(
    cast: Cast, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    course_id, kpi_id = settle()
    behind(kpi_id, cast.ana, cast.ben)
    with transaction():
        course = db.session.get_one(Course, course_id)
        course.version, course.status = 1, "published"
        study = studies.ask(SYSTEM, course_id, kpi_id, now=NOW)
        studies.confirm_chosen(SYSTEM, study.id, Chosen.WAVES, "", now=NOW)
        studies.start_run(SYSTEM, study.id, now=NOW)
        services.start(SYSTEM, now=NOW, only_studied=True)
    client = sign_in(cast.cleo)
    page = client.get(f"/portfolio/gaps?kpi={kpi_id}").text
    assert "1 course has evidence that it moves it." in page
    assert "for reps who lie behind it may do more or less" in page
    assert f"/progress/assign?course={course_id}&amp;chosen=low_kpi" in page and "numbers=ana+ben" in page
    monkeypatch.setattr(reports, "open_courses", lambda: [(course_id, "KA-D", {"en": "Key-account discovery"})])
    form = client.get(f"/progress/assign?course={course_id}&chosen=low_kpi&numbers=ana+ben&reason=Behind").text
    assert "ana ben</textarea>" in form and 'value="Behind"' in form
    assert 'checked' in form.split('value="low_kpi"')[0].rsplit("<input", 1)[1] + form.split('value="low_kpi"')[1][:40]


def test_ana_sees_no_gaps_and_cleo_no_foreign_team(cast: Cast, sign_in: SignIn) -> None:
    settle()
    assert sign_in(cast.ana).get("/portfolio/gaps").status_code == 403
    assert sign_in(cast.cleo).get(f"/portfolio/gaps?team={cast.west.id}").status_code == 404
    assert sign_in(cast.cleo).get("/portfolio/gaps?kpi=99").status_code == 404
