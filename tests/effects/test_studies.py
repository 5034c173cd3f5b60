"""A study from question to report: who may ask and read, what is kept, what the pages, the PDF and the list say."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import delete, event, select, update

from courses.models import Completion, Enrolment
from effects import panels, queries, services
from effects.models import Study, StudyRun
from effects.stats.design import Chosen
from effects.stats.panel import NEVER
from effects.stats.simulate import Selection, Settings
from effects.stats.simulate import company as simulated
from lms.authz import Actor
from lms.db import db, transaction
from lms.errors import Forbidden, Refused, Unknown
from lms.people.models import Person
from lms.people.scope import load_actor
from performance.kpis import affected
from performance.kpis.models import KpiRecord
from tests.effects.company import NOW, SMALL, settle
from tests.people import Cast

SignIn = Callable[[Person], FlaskClient]
HEADLINE = "Reps who took “Key-account discovery” saw their sales amount 9% higher over the first 6 months"


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


def finished(study: Study, number: int | None = None) -> StudyRun:
    run = queries.finished_run(study.id, number)
    assert run is not None
    return run


def test_the_page_says_the_effect_first_and_the_money_after(study: Study, cast: Cast, sign_in: SignIn) -> None:
    page = sign_in(cast.hana).get(f"/effects/{study.id}").text
    assert "higher</em> over the first 6 months than they would have without it." in page
    for part in ("B · estimated", "Worth per month, all trained reps", "What before/after would say", "Can it be trusted?",
                 "The difference grows with time after the start", "What other methods say", "“Plausibly” means the 95% confidence interval.", "Confirm and compute again"):  # fmt: skip
        assert part in page, part
    assert "NaN" not in page and ">None<" not in page


@pytest.mark.parametrize(
    ("locale", "says"),
    [("zh_Hans", "比不参加时<em>高 9%</em>。合理范围为 3% 至 15%。"), ("zh_Hant", "比不參加時<em>高 9%</em>。合理範圍為 3% 至 15%。")],
)
def test_cleo_reads_it_in_chinese(study: Study, cast: Cast, sign_in: SignIn, locale: str, says: str) -> None:
    with transaction():
        cast.cleo.locale = locale
    page = sign_in(cast.cleo).get(f"/effects/{study.id}").text
    assert says.replace("高 9%", "高\u00a09%") in page, "the figure stays with its word where a line ends"
    assert "Plausibly" not in page and "Why this grade" not in page


def test_the_estimate_lies_near_the_truth_and_before_after_does_not(study: Study) -> None:
    truth = simulated(4, Selection.RANDOM, settings=SMALL).truth(6)
    run = finished(study)
    assert run.scale == "log" and run.low is not None and run.high is not None
    assert run.low < truth < run.high
    assert run.report is not None and run.report["numbers"]["naive"]["estimate"] > run.high - 0.03


@pytest.mark.parametrize("name", ["cleo", "hana"])
def test_managers_and_hr_read_and_ask(study: Study, cast: Cast, sign_in: SignIn, name: str) -> None:
    client = sign_in(getattr(cast, name))
    assert client.get("/effects").status_code == 200
    assert client.get(f"/effects/{study.id}").status_code == 200
    assert client.get("/effects/new").status_code == 200


def test_tess_reads_but_does_not_ask(study: Study, cast: Cast, sign_in: SignIn) -> None:
    client = sign_in(cast.tess)
    page = client.get(f"/effects/{study.id}")
    assert page.status_code == 200 and "Confirm and compute again" not in page.text
    assert client.get("/effects/new").status_code == 403
    assert client.post(f"/effects/{study.id}/run").status_code == 403
    assert client.post(f"/effects/{study.id}/chosen", data={"chosen": "random"}).status_code == 403


@pytest.mark.parametrize("path", ["", "/new", "/{id}", "/{id}/runs/1.pdf", "/{id}/runs/1.json", "/{id}/runs/1.svg"])
def test_neither_ana_a_rep_nor_ada_the_administrator_sees_it(
    study: Study, cast: Cast, sign_in: SignIn, path: str
) -> None:
    for person in (cast.ana, cast.ada):
        assert sign_in(person).get("/effects" + path.format(id=study.id)).status_code in (403, 404)


def test_ana_cannot_ask_by_the_service_either(cast: Cast, study: Study) -> None:
    ana = load_actor(cast.ana)
    for act in (
        lambda: services.ask(ana, study.course_id, study.kpi_id, now=NOW),
        lambda: services.confirm_chosen(ana, study.id, Chosen.RANDOM, "", now=NOW),
        lambda: services.start_run(ana, study.id, now=NOW),
        lambda: queries.study(ana, study.id),
        lambda: queries.studies(ana),
    ):
        with pytest.raises((Forbidden, Unknown)):
            act()


@pytest.mark.parametrize("path", ["/99", "/99/runs/1.pdf", "/{id}/runs/7.pdf", "/{id}/runs/7.json", "/{id}/runs/7.svg"])
def test_what_is_not_there_is_not_found(study: Study, cast: Cast, sign_in: SignIn, path: str) -> None:
    assert sign_in(cast.hana).get("/effects" + path.format(id=study.id)).status_code == 404


def test_pdf_figure_and_json_come_from_the_same_run(study: Study, cast: Cast, sign_in: SignIn) -> None:
    client, run = sign_in(cast.hana), finished(study)
    pdf = client.get(f"/effects/{study.id}/runs/1.pdf")
    assert pdf.mimetype == "application/pdf" and pdf.data.startswith(b"%PDF-")
    svg = client.get(f"/effects/{study.id}/runs/1.svg")
    assert svg.mimetype == "image/svg+xml" and "course starts" in svg.text
    body = json.loads(client.get(f"/effects/{study.id}/runs/1.json").text, parse_constant=lambda name: pytest.fail(name))
    assert body["numbers"]["estimate"] == run.estimate
    assert body["fingerprint"] == run.fingerprint
    assert "left_out" not in body["numbers"], "names nobody, not even by number"


def test_hana_asks_by_the_form_and_finds_the_answer(cast: Cast, sign_in: SignIn) -> None:
    course_id, kpi_id = settle()
    client = sign_in(cast.hana)
    form = {"course_id": course_id, "kpi_id": kpi_id, "chosen": "waves", "reason": "Plan of March", "horizon": "6"}
    page = client.post("/effects/new", data=form, follow_redirects=True).text
    assert "their sales amount" in page and "over the first 6 months" in page
    study = db.session.scalars(select(Study)).one()
    assert (study.chosen, study.chosen_reason, study.confirmed_by_id) == ("waves", "Plan of March", cast.hana.id)


def test_a_window_turned_round_is_explained_at_its_field(cast: Cast, sign_in: SignIn) -> None:
    course_id, kpi_id = settle()
    form = {"course_id": course_id, "kpi_id": kpi_id, "chosen": "waves", "since": "2025-06-01", "until": "2024-01-01"}
    page = sign_in(cast.hana).post("/effects/new", data=form)
    assert "The end of the window lies before its beginning." in page.text
    assert db.session.scalars(select(Study)).all() == []


def test_how_they_were_chosen_is_not_optional(cast: Cast, hana: Actor, sign_in: SignIn) -> None:
    course_id, kpi_id = settle()
    with transaction():
        study = services.ask(hana, course_id, kpi_id, now=NOW)
    with pytest.raises(Refused, match="study_chosen_unconfirmed"), transaction():
        services.start_run(hana, study.id, now=NOW)
    page = sign_in(cast.hana).post("/effects/new", data={"course_id": course_id, "kpi_id": kpi_id})
    assert db.session.scalars(select(StudyRun)).all() == []
    assert page.status_code == 200


def test_the_same_question_is_the_same_study(study: Study, hana: Actor) -> None:
    with transaction():
        again = services.ask(hana, study.course_id, study.kpi_id, now=NOW)
        other = services.ask(hana, study.course_id, study.kpi_id, horizon=3, now=NOW)
    assert again.id == study.id != other.id


def test_running_again_on_the_same_data_gives_the_same_digits(study: Study, cast: Cast, sign_in: SignIn) -> None:
    sign_in(cast.hana).post(f"/effects/{study.id}/run")
    first, second = finished(study, 1), finished(study, 2)
    assert first.id != second.id
    assert (first.fingerprint, first.estimate, first.low) == (second.fingerprint, second.estimate, second.low)


def test_a_run_whose_job_was_lost_is_named_and_keeps_no_other_from_being_computed(study: Study, cast: Cast, hana: Actor, sign_in: SignIn) -> None:
    with transaction():
        run = services.start_run(hana, study.id, now=NOW)
        run.job.state, run.job.heartbeat_at = "running", NOW  # type: ignore[union-attr]
        with pytest.raises(Refused, match="study_running"):
            services.start_run(hana, study.id, now=NOW)
        run.job.state, run.job.error, run.job.finished_at = "failed", "job_lost", NOW  # type: ignore[union-attr]
    page = sign_in(cast.hana).get(f"/effects/{study.id}").text
    assert "Run 2 failed." in page
    assert "is being computed" not in page
    sign_in(cast.hana).post(f"/effects/{study.id}/run")
    assert finished(study, 3).grade == finished(study, 1).grade


def test_new_figures_make_a_new_run_and_leave_the_old_one(study: Study, hana: Actor) -> None:
    before = finished(study)
    kept = (before.estimate, before.fingerprint)
    with transaction():
        db.session.execute(update(KpiRecord).where(KpiRecord.person_id % 3 == 0).values(value=KpiRecord.value * 1.2))
        services.start_run(hana, study.id, now=NOW)
    assert finished(study, 2).fingerprint != before.fingerprint
    assert (finished(study, 1).estimate, finished(study, 1).fingerprint) == kept


def test_another_answer_to_the_design_question_is_computed_again_and_audited(study: Study, cast: Cast, sign_in: SignIn) -> None:
    page = sign_in(cast.hana).post(
        f"/effects/{study.id}/chosen", data={"chosen": "unknown", "reason": "Nobody wrote it down"}, follow_redirects=True
    )
    assert "D · cannot be known yet" in page.text
    assert (finished(study, 1).chosen, finished(study, 2).chosen) == ("waves", "unknown")
    assert (finished(study, 1).grade, finished(study, 2).grade) == ("B", "D")


def test_where_the_records_contradict_the_answer_the_report_says_so(hana: Actor) -> None:
    settings = Settings(reps=160, teams=16, effect=0.1)
    study = asked(hana, *settle(selection=Selection.LOW_RECENT, settings=settings), Chosen.RANDOM)
    run = finished(study)
    said = (run.report or {})["words"]["en"]
    assert (run.report or {})["numbers"]["method"] == "gcomp"
    assert run.grade == "C", "never A on a lottery that the records deny"
    assert any("contradict" in line for line in said["grade_why"])
    assert next(c for c in said["checks"] if c["name"] == "dip")["state"] == "bad"


def test_a_dip_that_was_stated_does_not_lower_the_grade(hana: Actor) -> None:
    settings = Settings(reps=160, teams=16, effect=0.1)
    study = asked(hana, *settle(selection=Selection.LOW_RECENT, settings=settings), Chosen.LOW_KPI)
    run = finished(study)
    said = (run.report or {})["words"]["en"]
    checks = {c["name"]: c for c in said["checks"]}
    assert run.grade == "B"
    assert checks["dip"]["word"] == checks["event_study"]["word"] == "as expected"
    assert "because they were chosen for it" in checks["event_study"]["answer"]
    assert said["chart"]["title"] == "Poor before the course, when they were chosen; better than forecast after it"


def test_a_refused_question_shows_no_figure_in_its_place(cast: Cast, hana: Actor, sign_in: SignIn) -> None:
    short = Settings(reps=40, teams=6, months=8, waves=(4,), effect=0.1)
    study = asked(hana, *settle(settings=short))
    run = finished(study)
    said = (run.report or {})["words"]["en"]
    assert (run.grade, run.estimate, said["besides"], said["chart"]) == ("D", None, [], None)
    assert [check["name"] for check in said["checks"]] == ["dip"]
    page = sign_in(cast.hana).get(f"/effects/{study.id}").text
    assert "cannot be told yet. The records reach back only 4 months before the course" in page
    assert "Import KPI records from further back" in page
    assert "is left for the course" not in page
    assert sign_in(cast.hana).get(f"/effects/{study.id}/runs/1.pdf").data.startswith(b"%PDF-")


def test_a_study_without_a_record_says_why(cast: Cast, hana: Actor, sign_in: SignIn) -> None:
    course_id, kpi_id = settle()
    with transaction():
        db.session.execute(delete(KpiRecord))
    study = asked(hana, course_id, kpi_id)
    assert finished(study).grade == "D"
    client = sign_in(cast.hana)
    assert "There are no records of this KPI in the window." in client.get(f"/effects/{study.id}").text
    assert client.get(f"/effects/{study.id}/runs/1.pdf").data.startswith(b"%PDF-")
    assert client.get("/effects").status_code == 200


@pytest.mark.parametrize(("kind", "lower"), [("rate", False), ("count", False), ("amount", True)])
def test_rates_counts_and_lower_is_better(hana: Actor, kind: str, lower: bool) -> None:
    run = finished(asked(hana, *settle(kind=kind, lower_is_better=lower)))
    said = (run.report or {})["words"]["en"]["headline"]
    assert run.scale == ("log" if lower else "level")
    assert {"rate": "percentage points higher</em> collection rate", "count": "customers"}.get(kind, "lower").split("<")[0] in said


def test_the_panel_equals_the_records(study: Study) -> None:
    drawn = simulated(4, Selection.RANDOM, settings=SMALL).panel
    found = panels.build(study)
    panel = found.reading.panel
    assert (panel.n_units, panel.n_periods, panel.n_clusters) == (drawn.n_units, drawn.n_periods, drawn.n_clusters)
    assert panel.periods == drawn.periods
    assert panel.start.tolist() == drawn.start.tolist()
    assert found.how_chosen == {"waves": int((drawn.start < NEVER).sum())}
    assert found.completed == int((drawn.start < NEVER).sum())


def test_those_who_withdrew_count_as_untrained_and_are_told_of(cast: Cast, hana: Actor) -> None:
    course_id, kpi_id = settle()
    with transaction():
        some = db.session.scalars(select(Enrolment.id).order_by(Enrolment.id).limit(4)).all()
        db.session.execute(delete(Completion).where(Completion.enrolment_id.in_(some)))
        db.session.execute(update(Enrolment).where(Enrolment.id.in_(some)).values(started_on=None, withdrawn_at=NOW))
    said = (finished(asked(hana, course_id, kpi_id)).report or {})["words"]["en"]
    assert "4 withdrew before starting and count as untrained" in said["left_out"]


def test_who_began_and_has_no_record_of_the_kpi_is_accounted_for(cast: Cast, hana: Actor) -> None:
    course_id, kpi_id = settle()
    with transaction():
        some = db.session.scalars(select(Enrolment.person_id).order_by(Enrolment.id).limit(3)).all()
        db.session.execute(delete(KpiRecord).where(KpiRecord.person_id.in_(some)))
    run = finished(asked(hana, course_id, kpi_id))
    assert run.report is not None
    assert "3 reps: no records of this KPI" in run.report["words"]["en"]["left_out"]
    began = db.session.scalars(select(Enrolment.person_id).where(Enrolment.started_on.is_not(None))).all()
    assert run.report["numbers"]["n_treated"] + len(run.report["numbers"]["left_out"]) == len(set(began))


def test_names_of_those_left_out_are_for_those_who_look_after_them(cast: Cast, hana: Actor, sign_in: SignIn) -> None:
    course_id, kpi_id = settle()
    with transaction():
        first = db.session.scalars(select(Enrolment).order_by(Enrolment.id).limit(1)).one()
        first.started_on = NOW.date().replace(year=2022)
        name = db.session.get_one(Person, first.person_id).name
    study = asked(hana, course_id, kpi_id)
    for locale, line in (("en", f"{name}: trained before the records begin"), ("zh_Hans", f"{name}：在记录开始之前已受训")):
        with transaction():
            db.session.get_one(Person, cast.hana.id).locale = locale
        assert line in sign_in(cast.hana).get(f"/effects/{study.id}").text
    page = sign_in(cast.cleo).get(f"/effects/{study.id}").text
    assert name not in page and "1 rep: trained before the records begin" in page


def test_the_list_filters_by_course_and_kpi(study: Study, cast: Cast, sign_in: SignIn) -> None:
    client = sign_in(cast.hana)
    assert "Key-account discovery" in client.get(f"/effects?course={study.course_id}&kpi={study.kpi_id}").text
    assert "No study fits" in client.get("/effects?course=999").text


def test_a_kpi_file_names_the_studies_it_bears_on(study: Study, app: Any) -> None:
    with app.test_request_context():
        found = affected.find({study.kpi_id})
        assert [(a.label, a.url) for a in found] == [("Key-account discovery × Sales amount", f"/effects/{study.id}")]
        assert affected.find({study.kpi_id + 1}) == []


def test_pages_take_few_queries_however_many_studies(study: Study, hana: Actor, cast: Cast, sign_in: SignIn) -> None:
    with transaction():
        for horizon in range(1, 12):
            services.ask(hana, study.course_id, study.kpi_id, horizon=horizon + 20, now=NOW)
    client = sign_in(cast.hana)
    for path in ("/effects", f"/effects/{study.id}", "/effects/new"):
        count = 0

        def counted(*_: Any) -> None:
            nonlocal count
            count += 1

        event.listen(db.engine, "before_cursor_execute", counted)
        try:
            assert client.get(path).status_code == 200
        finally:
            event.remove(db.engine, "before_cursor_execute", counted)
        assert count <= 12, path


def test_the_latest_evidence_stands_on_the_managers_today_page(study: Study, cast: Cast, sign_in: SignIn) -> None:
    page = sign_in(cast.cleo).get("/", follow_redirects=True).text
    assert HEADLINE in page
