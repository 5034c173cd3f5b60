"""What stands beside a run: its return on the cost, its workbook, and another run to compare it with."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from python_calamine import CalamineWorkbook
from sqlalchemy import select

from courses.models import Course, Enrolment
from effects import services
from effects.models import Study
from effects.roi.models import StudyCosting
from effects.stats.design import Chosen
from lms.audit import AuditEntry
from lms.authz import Actor
from lms.db import db, transaction
from lms.people.models import Person
from lms.people.scope import load_actor
from performance.kpis.models import KpiRecord
from tests.effects.company import NOW, settle
from tests.people import Cast

SignIn = Callable[[Person], FlaskClient]
COSTS = {
    "development-likely": "120000", "development-source": "Project account",
    "hours-low": "800", "hours-likely": "1000", "hours-high": "1400", "hours-source": "Course hours x people",
    "hourly-likely": "90", "hourly-source": "HR",
    "margin-low": "22", "margin-likely": "27", "margin-high": "31", "margin-source": "Finance, last four quarters",
}  # fmt: skip


@pytest.fixture
def hana(cast: Cast) -> Actor:
    return load_actor(cast.hana)


def asked(actor: Actor, course_id: int, kpi_id: int, chosen: Chosen = Chosen.WAVES) -> Study:
    with transaction():
        study = services.ask(actor, course_id, kpi_id, now=NOW)
        services.confirm_chosen(actor, study.id, chosen, "The rollout plan", now=NOW)
        services.start_run(actor, study.id, now=NOW)
    return study


@pytest.fixture
def study(hana: Actor) -> Study:
    return asked(hana, *settle())


def sheets(data: bytes) -> dict[str, list[list[Any]]]:
    book = CalamineWorkbook.from_filelike(io.BytesIO(data))
    return {name: book.get_sheet_by_name(name).to_python() for name in book.sheet_names}


def test_hana_states_the_costs_and_the_report_says_whether_it_paid(study: Study, cast: Cast, sign_in: SignIn) -> None:
    client = sign_in(cast.hana)
    assert "State what it cost" in client.get(f"/effects/{study.id}").text
    page = client.post(f"/effects/{study.id}/costs", data=COSTS, follow_redirects=True).text
    assert "It has paid for itself" in page and "Return on the cost (ROI)" in page
    assert "What decides the return most" in page and "Project account" in page
    stated = db.session.scalars(select(StudyCosting)).one()
    assert (stated.number, stated.created_by_id) == (1, cast.hana.id)
    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "study.state_costs")).one()
    assert (entry.actor_id, entry.details["version"]) == (cast.hana.id, 1)


def test_a_second_statement_stands_beside_the_first(study: Study, cast: Cast, sign_in: SignIn) -> None:
    client = sign_in(cast.hana)
    client.post(f"/effects/{study.id}/costs", data=COSTS)
    page = client.get(f"/effects/{study.id}/costs").text
    assert 'value="120000"' in page, "what was stated is there to be corrected"
    client.post(f"/effects/{study.id}/costs", data=COSTS | {"development-likely": "900000000"})
    stated = db.session.scalars(select(StudyCosting).order_by(StudyCosting.number)).all()
    assert [each.inputs["parts"]["development"]["likely"] for each in stated] == [120_000, 900_000_000]
    assert "It has not paid for itself" in client.get(f"/effects/{study.id}").text


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"development-source": ""}, "Say where these figures come from"),
        ({"hours-low": "2000"}, "Low must not be above most likely"),
        ({"margin-likely": ""}, "State the contribution margin"),
        ({"hourly-likely": ""}, "Hours off the floor and the cost of an hour go together"),
        ({"development-likely": "many"}, "Please give a number."),
    ],
)
def test_what_is_wrong_is_said_and_what_was_typed_is_kept(
    study: Study, cast: Cast, sign_in: SignIn, change: dict[str, str], says: str
) -> None:
    page = sign_in(cast.hana).post(f"/effects/{study.id}/costs", data=COSTS | change).text
    assert says in page and "Finance, last four quarters" in page
    assert "Please check what is marked below" in page
    assert db.session.scalars(select(StudyCosting)).all() == []


def test_tess_reads_the_return_but_states_no_costs(study: Study, cast: Cast, sign_in: SignIn) -> None:
    sign_in(cast.hana).post(f"/effects/{study.id}/costs", data=COSTS)
    client = sign_in(cast.tess)
    page = client.get(f"/effects/{study.id}").text
    assert "It has paid for itself" in page and "Change the costs" not in page
    assert client.get(f"/effects/{study.id}/costs").status_code == 403
    assert sign_in(cast.ana).get(f"/effects/{study.id}/runs/1/roi.svg").status_code in (403, 404)


def test_a_kpi_that_is_not_money_offers_no_return(hana: Actor, cast: Cast, sign_in: SignIn) -> None:
    study = asked(hana, *settle(kind="count"))
    client = sign_in(cast.hana)
    assert "This KPI is not counted in money" in client.get(f"/effects/{study.id}").text
    client.post(f"/effects/{study.id}/costs", data=COSTS)
    assert db.session.scalars(select(StudyCosting)).all() == []


def test_an_unknown_effect_leaves_the_break_even_alone(hana: Actor, cast: Cast, sign_in: SignIn) -> None:
    study = asked(hana, *settle(), chosen=Chosen.UNKNOWN)
    client = sign_in(cast.hana)
    page = client.post(f"/effects/{study.id}/costs", data=COSTS, follow_redirects=True).text
    assert "D · cannot be known yet" in page
    assert "No return is stated, because the effect cannot be known yet." in page
    assert "Effect that pays the cost" in page and "Return on the cost (ROI)" not in page


def test_page_pdf_json_and_workbook_say_the_same_return(study: Study, cast: Cast, sign_in: SignIn) -> None:
    client = sign_in(cast.hana)
    client.post(f"/effects/{study.id}/costs", data=COSTS)
    body = json.loads(client.get(f"/effects/{study.id}/runs/1.json").text, parse_constant=lambda name: pytest.fail(name))
    share = body["roi"]["numbers"]["roi"]
    assert f"+{share:,.0%}" in client.get(f"/effects/{study.id}").text
    rows = sheets(client.get(f"/effects/{study.id}/runs/1.xlsx").data)["Return on the cost"]
    returned = next(row for row in rows if row[0] == "Return on the cost (ROI)")
    assert returned[2] == pytest.approx(share, rel=1e-12)
    assert client.get(f"/effects/{study.id}/runs/1.pdf").data.startswith(b"%PDF-")
    assert "Size of the effect" in client.get(f"/effects/{study.id}/runs/1/roi.svg").text
    assert "reps" not in body["numbers"] and "left_out" not in body["numbers"], "ids of people"


def test_the_workbook_holds_numbers_as_numbers(study: Study, cast: Cast, sign_in: SignIn) -> None:
    client = sign_in(cast.hana)
    numbers = client.get(f"/effects/{study.id}/runs/1.json").json["numbers"]
    found = sheets(client.get(f"/effects/{study.id}/runs/1.xlsx").data)
    summary = {row[0]: row[1] for row in found["Summary"]}
    assert summary["Effect"] == pytest.approx(numbers["estimate"], rel=1e-12) and summary["Trained reps"] == numbers["n_treated"]
    assert summary["Fingerprint of the data"] == client.get(f"/effects/{study.id}/runs/1.json").json["fingerprint"]
    events = found["Effect by period"][1:]
    assert [row[1] for row in events] == pytest.approx([at["estimate"] for at in numbers["event_study"]], rel=1e-12)
    assert {"Checks", "Methods", "By start", "By calendar", "Before and after"} <= set(found)
    assert found["By start"][1][0].startswith("20"), "a start is a month, not its number"


def test_a_title_that_looks_like_a_formula_stays_text(hana: Actor, cast: Cast, sign_in: SignIn) -> None:
    course_id, kpi_id = settle()
    with transaction():
        db.session.get_one(Course, course_id).title = {"en": '=HYPERLINK("http://evil.example")'}
    study = asked(hana, course_id, kpi_id)
    data = sign_in(cast.hana).get(f"/effects/{study.id}/runs/1.xlsx").data
    summary = {row[0]: row[1] for row in sheets(data)["Summary"]}
    assert summary["What was studied"] == '=HYPERLINK("http://evil.example")', "a string cell, not a formula's value"


def test_names_in_the_workbook_are_for_those_who_look_after_them(hana: Actor, cast: Cast, sign_in: SignIn) -> None:
    course_id, kpi_id = settle()
    with transaction():
        first = db.session.scalars(select(Enrolment).order_by(Enrolment.id).limit(1)).one()
        first.started_on = NOW.date().replace(year=2022)
        name = db.session.get_one(Person, first.person_id).name
    study = asked(hana, course_id, kpi_id)
    for person, sees in ((cast.hana, True), (cast.cleo, False)):
        rows = sheets(sign_in(person).get(f"/effects/{study.id}/runs/1.xlsx").data)["Who is not in it"]
        assert (name in [row[2] for row in rows]) is sees
        assert rows[1][:2] == ["trained before the records begin", 1]


def test_a_run_again_on_the_same_data_says_that_nothing_changed(study: Study, cast: Cast, sign_in: SignIn) -> None:
    client = sign_in(cast.hana)
    assert client.get(f"/effects/{study.id}/compare").status_code == 404, "one run has nothing to be compared with"
    client.post(f"/effects/{study.id}/run")
    page = client.get(f"/effects/{study.id}/compare").text
    assert "Both runs give the same figure" in page
    assert "Nothing that goes in has changed" in page
    assert "Compare the last two runs" in client.get(f"/effects/{study.id}").text


def test_a_run_on_new_data_says_who_came_and_went(study: Study, cast: Cast, sign_in: SignIn) -> None:
    with transaction():
        some = db.session.scalars(select(Enrolment).order_by(Enrolment.id).limit(3)).all()
        for enrolment in some:
            enrolment.started_on = NOW.date().replace(year=2022)
    client = sign_in(cast.hana)
    client.post(f"/effects/{study.id}/run")
    page = client.get(f"/effects/{study.id}/compare?a=2&b=1").text
    assert "Reps new in the records: 0; no longer in them: 3; of those in both, more who count as trained: 0" in page
    assert "they differ by less than is shown" in page, "+9 % both"


def test_a_figure_that_moves_says_from_where_to_where(study: Study, cast: Cast, sign_in: SignIn) -> None:
    begun = {person_id: day for person_id, day in db.session.execute(select(Enrolment.person_id, Enrolment.started_on)) if day}
    with transaction():
        for record in db.session.scalars(select(KpiRecord)):
            if record.person_id in begun and record.period_start >= begun[record.person_id]:
                record.value *= 1.01
    client = sign_in(cast.hana)
    client.post(f"/effects/{study.id}/run")
    page = client.get(f"/effects/{study.id}/compare").text
    assert "The figure moved from +9% to +10%, within what the earlier run called plausible." in page


def test_another_answer_is_named_as_the_cause(study: Study, cast: Cast, sign_in: SignIn) -> None:
    client = sign_in(cast.hana)
    client.post(f"/effects/{study.id}/chosen", data={"chosen": "unknown", "reason": ""})
    page = client.get(f"/effects/{study.id}/compare").text
    assert "The data are the same." in page and "So another method was used." in page
    assert "The grade went from B to D." in page
    assert client.get(f"/effects/{study.id}/compare?a=1&b=9").status_code == 404
