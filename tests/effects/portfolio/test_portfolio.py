"""The portfolio from the first run to the mail: who may, what is kept, what the pages and files say."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import event, select

from courses.models import Course, Enrolment
from effects import services as studies
from effects.models import Study
from effects.portfolio import jobs as portfolio_jobs
from effects.portfolio import mailing, schedule, services, table
from effects.portfolio.models import PortfolioEntry, PortfolioRun, PrimaryKpi
from effects.portfolio.pairs import Pair
from effects.stats.design import Chosen
from lms.audit import AuditEntry
from lms.authz import SYSTEM, Actor
from lms.db import db, transaction
from lms.errors import Forbidden, Refused, Unknown
from lms.people.models import Person
from lms.people.scope import load_actor
from performance.kpis.models import Kpi
from tests.effects.company import NOW, settle
from tests.people import Cast

SignIn = Callable[[Person], FlaskClient]


@pytest.fixture
def hana(cast: Cast) -> Actor:
    return load_actor(cast.hana)


def another_kpi() -> int:
    """A KPI that nobody has records of: its pair is refused."""
    with transaction():
        name = {"en": "Market share", "zh_Hans": "市场份额"}
        kpi = Kpi(code="share", name=name, description={}, kind="rate", unit="share", direction="higher", period="month", created_at=NOW)
        db.session.add(kpi)
    return kpi.id


def looked(actor: Actor = SYSTEM, **more: Any) -> PortfolioRun:
    with transaction():
        return services.start(actor, now=NOW, **more)


def entries(run: PortfolioRun) -> list[PortfolioEntry]:
    return list(db.session.scalars(select(PortfolioEntry).where(PortfolioEntry.run_id == run.id).order_by(PortfolioEntry.id)))


def ask(actor: Actor, course_id: int, kpi_id: int, chosen: Chosen = Chosen.WAVES) -> Study:
    with transaction():
        study = studies.ask(actor, course_id, kpi_id, now=NOW)
        studies.confirm_chosen(actor, study.id, chosen, "The plan", now=NOW)
        studies.start_run(actor, study.id, now=NOW)
    return study


def test_hana_names_the_primary_kpi_and_after_the_start_it_says_so(cast: Cast, hana: Actor, sign_in: SignIn) -> None:
    course_id, kpi_id = settle()
    other = another_kpi()
    with transaction():
        fresh = Course(code="KA-N", title={"en": "New course"}, status="draft", created_at=NOW, edited_at=NOW)
        db.session.add(fresh)
    client = sign_in(cast.hana)
    client.post(f"/portfolio/primary/{fresh.id}", data={"kpi_id": kpi_id})
    client.post(f"/portfolio/primary/{course_id}", data={"kpi_id": kpi_id})
    client.post(f"/portfolio/primary/{course_id}", data={"kpi_id": other})
    named = {(p.course_id, p.kpi_id): p for p in db.session.scalars(select(PrimaryKpi))}
    assert not named[fresh.id, kpi_id].after_start and named[course_id, kpi_id].after_start
    assert named[course_id, kpi_id].superseded_at and not named[course_id, other].superseded_at
    assert named[fresh.id, kpi_id].named_by_id == cast.hana.id
    acts = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "course.name_primary_kpi")).all()
    assert [a.details["before"] for a in acts] == [None, None, kpi_id]
    page = client.get("/portfolio/primary").text
    assert page.count("named after the first start") == 1


def test_a_pair_studied_again_since_the_run_says_so(cast: Cast, hana: Actor, sign_in: SignIn) -> None:
    course_id, kpi_id = settle()
    study = ask(hana, course_id, kpi_id)
    looked(only_studied=True)
    client = sign_in(cast.hana)
    assert "newer answer on the evidence page" not in client.get("/portfolio").text
    with transaction():
        studies.start_run(hana, study.id, now=NOW)
    assert "newer answer on the evidence page" in client.get("/portfolio").text


def test_tess_may_name_it_and_ana_may_not(cast: Cast, sign_in: SignIn) -> None:
    course_id, kpi_id = settle()
    assert sign_in(cast.tess).post(f"/portfolio/primary/{course_id}", data={"kpi_id": kpi_id}).status_code == 302
    assert sign_in(cast.ana).post(f"/portfolio/primary/{course_id}", data={"kpi_id": kpi_id}).status_code == 403
    assert sign_in(cast.tess).get("/portfolio/primary/999").status_code == 404


@pytest.mark.parametrize("path", ["", "/runs/1/export.csv", "/runs/1/export.json", "/runs/1/export.pdf", "/runs/1/chart.svg"])
def test_neither_ana_nor_tess_nor_ada_sees_the_portfolio(cast: Cast, sign_in: SignIn, path: str) -> None:
    for person in (cast.ana, cast.tess, cast.ada):
        assert sign_in(person).get("/portfolio" + path).status_code == 403


def test_services_refuse_those_who_may_not(cast: Cast) -> None:
    ana = load_actor(cast.ana)
    for act in (
        lambda: services.start(ana, now=NOW),
        lambda: services.name_primary(ana, 1, 1, now=NOW),
        lambda: services.subscribe(ana, True, now=NOW),
        lambda: services.open_study(ana, 1, now=NOW),
        lambda: table.portfolio(ana),
    ):
        with pytest.raises(Forbidden):
            act()


def test_with_nothing_to_look_at_it_says_so(cast: Cast, sign_in: SignIn) -> None:
    page = sign_in(cast.cleo).post("/portfolio/runs", follow_redirects=True).text
    assert "nobody has started a course" in page and "Nothing computed yet" in page


@pytest.fixture
def company(cast: Cast, hana: Actor) -> tuple[int, int, int]:
    """(course, KPI with records, KPI without): the course is studied and its people were chosen by calendar."""
    course_id, kpi_id = settle()
    other = another_kpi()
    ask(hana, course_id, kpi_id)
    return course_id, kpi_id, other


def test_a_run_keeps_every_pair_and_says_why_one_has_no_figure(company: tuple[int, int, int], cast: Cast, sign_in: SignIn) -> None:
    course_id, kpi_id, other = company
    run = looked()
    known, refused = entries(run)
    assert (known.course_id, known.kpi_id, refused.kpi_id) == (course_id, kpi_id, other)
    assert (known.chosen, known.chosen_by, known.grade, known.rank) == ("waves", "study", "B", 1)
    assert known.badge and (known.verdict, known.verdict_reason) == ("keep", "works")
    assert (refused.refusal, refused.verdict, refused.rank) == ("no_rows", "cannot_know", None)
    page = sign_in(cast.cleo).get("/portfolio").text
    assert "keep 1, mend 0, stop 0; 1 cannot be known yet" in page
    assert "There are no records of this KPI in the window." in page
    assert f'href="/effects/{known.study_id}"' in page
    assert "NaN" not in page and "None" not in page


def test_the_portfolio_says_the_same_as_the_evidence_page(company: tuple[int, int, int]) -> None:
    """Taken over from the study's last run; computed afresh it gives the same digits."""
    course_id, kpi_id, _other = company
    run = looked(only_studied=True)
    (entry,) = entries(run)
    study_run = db.session.get_one(Study, entry.study_id or 0).runs[-1]
    assert (entry.estimate, entry.low, entry.high, entry.fingerprint) == (study_run.estimate, study_run.low, study_run.high, study_run.fingerprint)
    with transaction():
        study_run.version = "0"  # an older engine's run is not taken over
    again = services.look_at(run.id, Pair(course_id, None, kpi_id))
    assert again.finding.estimate == pytest.approx(entry.estimate, rel=1e-12)
    assert again.standard is not None and again.standard.error == pytest.approx(entry.error, rel=1e-12)
    assert entry.deviation and entry.effect == pytest.approx((entry.estimate or 0) / entry.deviation)


def test_less_is_better_is_shown_as_better(cast: Cast, hana: Actor) -> None:
    course_id, kpi_id = settle(lower_is_better=True)
    ask(hana, course_id, kpi_id)
    (entry,) = entries(looked(only_studied=True))
    assert entry.estimate is not None and entry.estimate < 0
    assert entry.effect is not None and entry.effect > 0 and entry.verdict == "keep"


def test_without_a_persons_word_the_enrolments_count_for_a_suggestion(cast: Cast) -> None:
    settle()
    (entry,) = entries(looked())
    assert (entry.chosen, entry.chosen_by, entry.grade) == ("waves", "enrolments", "C")
    with transaction():
        for i, enrolment in enumerate(db.session.scalars(select(Enrolment))):
            enrolment.chosen = ("waves", "low_kpi", "volunteers")[i % 3]
    (entry,) = entries(looked())
    assert (entry.chosen, entry.chosen_by) == ("unknown", "nobody")


def test_a_run_cut_short_goes_on_where_it_stopped(company: tuple[int, int, int], monkeypatch: pytest.MonkeyPatch) -> None:
    """While its job may be taken up again no other run begins; once the job has failed for good, another may."""
    looks, original = [], services.look_at

    def fails_at_the_second(run_id: int, pair: Pair) -> services.Looked:
        looks.append(pair)
        if len(looks) == 2:
            raise RuntimeError("the power went")
        return original(run_id, pair)

    monkeypatch.setattr(services, "look_at", fails_at_the_second)
    with pytest.raises(RuntimeError):
        looked()
    run = db.session.scalars(select(PortfolioRun)).one()
    kept = [entry.id for entry in entries(run)]
    assert len(kept) == 1 and run.finished_at is None
    assert run.job is not None and run.job.state == "failed" and not run.is_under_way
    with transaction():
        run.job.state, run.job.finished_at = "running", None  # as a worker leaves it when the power goes
    with pytest.raises(Refused, match="portfolio_running"), transaction():
        services.start(SYSTEM, now=NOW)
    portfolio_jobs.run({"run_id": run.id}, lambda _done, _total: None)
    run = db.session.get_one(PortfolioRun, run.id)
    assert [entry.id for entry in entries(run)][0] == kept[0] and len(entries(run)) == 2
    assert run.finished_at is not None
    finished = run.finished_at
    portfolio_jobs.run({"run_id": run.id}, lambda _done, _total: None)
    assert db.session.get_one(PortfolioRun, run.id).finished_at == finished


def test_the_same_data_give_the_same_fingerprint_and_other_answers_another(company: tuple[int, int, int], hana: Actor) -> None:
    first, second = looked(only_studied=True), looked(only_studied=True)
    assert first.fingerprint == second.fingerprint and first.number + 1 == second.number
    ask(hana, company[0], company[1], Chosen.UNKNOWN)
    assert looked(only_studied=True).fingerprint != first.fingerprint


def test_what_changed_is_said_in_words(company: tuple[int, int, int], cast: Cast, hana: Actor, sign_in: SignIn) -> None:
    looked(only_studied=True)
    page = sign_in(cast.cleo).get("/portfolio").text
    assert "What changed since the last time" not in page
    looked(only_studied=True)
    assert "No verdict is different from run 1." in sign_in(cast.cleo).get("/portfolio").text
    with transaction():
        entry = entries(db.session.scalars(select(PortfolioRun).where(PortfolioRun.number == 1)).one())[0]
        entry.verdict = "fix"
    assert "Key-account discovery × Sales amount: mend before, keep now." in sign_in(cast.cleo).get("/portfolio").text


def test_all_files_come_from_the_same_value(company: tuple[int, int, int], cast: Cast, sign_in: SignIn) -> None:
    looked()
    client = sign_in(cast.hana)
    body = json.loads(client.get("/portfolio/runs/1/export.json").text, parse_constant=lambda name: pytest.fail(name))
    rows = list(csv.DictReader(io.StringIO(client.get("/portfolio/runs/1/export.csv").data.decode("utf-8-sig"))))
    assert len(body["pairs"]) == len(rows) == 2
    assert float(rows[0]["Estimate"]) == body["pairs"][0]["estimate"]
    assert rows[0]["Verdict"] == "keep" and rows[1]["Estimate"] == ""
    assert client.get("/portfolio/runs/1/export.xlsx").data.startswith(b"PK")
    assert client.get("/portfolio/runs/1/export.pdf").data.startswith(b"%PDF-")
    assert "Key-account discovery" in client.get("/portfolio/runs/1/chart.svg").text
    only = client.get("/portfolio/runs/1/export.json?verdict=cannot_know").json
    assert [pair["refusal_code"] for pair in only["pairs"]] == ["no_rows"]


@pytest.mark.parametrize("query", ["?kpi=1&verdict=stop", "?sort=-worth", "?sort=nonsense", "?verdict=nonsense", "?kpi=x"])
def test_filters_and_orders_never_fail(company: tuple[int, int, int], cast: Cast, sign_in: SignIn, query: str) -> None:
    looked(only_studied=True)
    assert sign_in(cast.cleo).get("/portfolio" + query).status_code == 200
    assert sign_in(cast.cleo).get("/portfolio?run=77").status_code == 404


def test_pages_take_few_queries(company: tuple[int, int, int], cast: Cast, sign_in: SignIn) -> None:
    looked()
    looked()
    client = sign_in(cast.hana)
    for path in ("/portfolio", "/portfolio/primary", f"/portfolio/primary/{company[0]}", "/portfolio/gaps", "/initiatives"):
        count = 0

        def counted(*_: Any) -> None:
            nonlocal count
            count += 1

        event.listen(db.engine, "before_cursor_execute", counted)
        try:
            assert client.get(path).status_code == 200
        finally:
            event.remove(db.engine, "before_cursor_execute", counted)
        assert count <= 12, (path, count)


def test_hana_opens_the_evidence_page_of_a_pair_nobody_has_studied(company: tuple[int, int, int], cast: Cast, sign_in: SignIn) -> None:
    _course, _kpi, other = company
    entry = entries(looked())[1]
    answer = sign_in(cast.hana).post(f"/portfolio/entries/{entry.id}/study")
    study = db.session.scalars(select(Study).where(Study.kpi_id == other)).one()
    assert answer.location == f"/effects/{study.id}"
    assert study.chosen == "waves", "confirmed for another KPI of the same course"
    assert sign_in(cast.hana).post("/portfolio/entries/999/study").status_code == 404


def test_the_quarters_mail_goes_once_in_the_readers_language_to_those_who_asked(
    company: tuple[int, int, int], cast: Cast, sign_in: SignIn, sent: list[dict[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schedule, "now", lambda: NOW.replace(month=10, day=2))
    with transaction():
        cast.cleo.locale = "zh_Hans"
    sign_in(cast.cleo).post("/portfolio/mail", data={"wanted": "yes"})
    assert "You get it" not in sign_in(cast.hana).get("/portfolio").text
    looked()
    assert sent == [], "a look that somebody asked for is no quarterly summary"
    schedule.refresh()
    (mail,) = sent
    assert mail["to"] == cast.cleo.email and mail["subject"] == "课程带来了什么：季度摘要"
    assert "Key-account" not in mail["body"] and "大客户需求挖掘 × 销售额" in mail["body"]
    schedule.refresh()
    assert len(sent) == 1, "once a quarter"
    sign_in(cast.cleo).post("/portfolio/mail", data={"wanted": "no"})
    run = db.session.scalars(select(PortfolioRun).order_by(PortfolioRun.id.desc())).first()
    assert run is not None
    with transaction():
        assert mailing.send_summaries(run, now=NOW + timedelta(days=100)) == 0


def test_the_clock_keeps_to_the_setting(company: tuple[int, int, int], app: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    for setting, month, runs in (("quarter", 11, 0), ("off", 10, 0), ("month", 11, 1), ("quarter", 10, 2)):
        monkeypatch.setitem(app.config, "PORTFOLIO_REFRESH", setting)
        monkeypatch.setattr(schedule, "now", lambda month=month: NOW.replace(month=month, day=2))
        schedule.refresh()
        assert len(db.session.scalars(select(PortfolioRun)).all()) == runs, (setting, month)


def test_an_unknown_pair_or_run_is_unknown(cast: Cast, hana: Actor) -> None:
    with pytest.raises(Unknown):
        services.look_at(99, Pair(1, None, 1))
    with pytest.raises(Unknown):
        services.open_study(hana, 99, now=NOW)
