"""A rollout from plan to report: who may, what is frozen, who is enrolled, and what the automatic report says."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from io import BytesIO
from types import SimpleNamespace

import pytest
from flask.testing import FlaskClient
from msgspec.structs import replace
from python_calamine import CalamineWorkbook
from sqlalchemy import delete, event, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from courses.models import CourseVersion, Enrolment
from effects import panels
from effects import services as studies
from effects.models import Study, StudyRun
from effects.rollouts import concluding, enrolling, jobs, people, policies, power, queries, services
from effects.rollouts.models import (
    Rollout,
    RolloutDraw,
    RolloutMember,
    RolloutReport,
    RolloutWave,
)
from effects.stats.design import Chosen
from effects.stats.detectable import Shape
from lms import canonical, pdf
from lms.audit import AuditEntry
from lms.authz import SYSTEM
from lms.db import db, transaction
from lms.errors import Forbidden, Refused, Unknown
from lms.people.models import Person
from lms.people.scope import load_actor
from performance.kpis.models import Kpi, KpiRecord
from tests.effects.rollouts.firm import FIRST_ON, MONTHS, NOW, Firm, record, settle
from tests.people import Cast

SignIn = Callable[[Person], FlaskClient]
SEED = 7

@pytest.fixture(autouse=True)
def fewer_redraws(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(concluding, "TEST_DRAWS", 199)


@pytest.fixture
def firm(cast: Cast) -> Firm:
    return settle(cast)


def planned(firm: Firm, **changes: object) -> Rollout:
    with transaction():
        return services.create(firm.planner, firm.plan(**changes), now=NOW)


def drawn(firm: Firm, **changes: object) -> Rollout:
    rollout = planned(firm, **changes)
    with transaction():
        services.draw(firm.planner, rollout.id, seed=SEED, now=NOW)
    return policies.seen(firm.planner, rollout.id)


def waves_of(rollout: Rollout) -> dict[int, int]:
    """Person → group."""
    return {seat.person_id: wave for seat, wave in queries.seats(rollout.id)}


def test_reps_may_not_plan_and_a_manager_plans_for_the_own_teams_alone(firm: Firm, cast: Cast) -> None:
    with pytest.raises(Forbidden):
        services.create(load_actor(cast.ana), firm.plan(), now=NOW)
    with pytest.raises(Unknown), transaction():
        services.create(load_actor(cast.cleo), firm.plan(), now=NOW)


def test_a_stranger_does_not_see_a_plan_before_its_draw_and_only_the_draw_after_it(firm: Firm, cast: Cast) -> None:
    rollout = planned(firm)
    with pytest.raises(Unknown):
        policies.seen(load_actor(cast.cleo), rollout.id)
    with transaction():
        services.draw(firm.planner, rollout.id, seed=SEED, now=NOW)
    seen = policies.seen(load_actor(cast.cleo), rollout.id)
    assert queries.whole_list(load_actor(cast.cleo), seen) == [], "nobody out of scope is named"
    assert len(queries.whole_list(firm.planner, seen)) == 36


def test_a_trainer_sees_who_was_drawn_but_not_how_well_they_sell(firm: Firm, cast: Cast) -> None:
    rollout = drawn(firm)
    rows = queries.whole_list(load_actor(cast.tess), rollout)
    assert len(rows) == 36 and {row.tercile for row in rows} == {None}
    assert {row.tercile for row in queries.whole_list(firm.planner, rollout)} == {0, 1, 2}


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"waves": 1, "waiting": False}, "rollout_nobody_to_compare"),
        ({"teams": ()}, "rollout_no_teams"),
        ({"first_on": date(2026, 1, 20)}, "rollout_starts_in_the_past"),
    ],
)
def test_a_plan_that_could_tell_nothing_is_refused(firm: Firm, changes: dict[str, object], code: str) -> None:
    with pytest.raises(Refused) as refused, transaction():
        services.create(firm.planner, replace(firm.plan(), **changes), now=NOW)  # type: ignore[arg-type]
    assert refused.value.code == code


def test_too_few_teams_and_too_few_reps_are_refused_at_the_draw(firm: Firm) -> None:
    few = planned(firm)
    with transaction():
        few.teams = firm.teams[:5]
    with pytest.raises(Refused, match="rollout_few_teams"), transaction():
        services.draw(firm.planner, few.id, now=NOW)
    many = planned(firm, waves=6, gap=1, waiting=True, left_out=[f"r{t:02d}5" for t in range(6)])
    with pytest.raises(Refused, match="rollout_few_reps"), transaction():
        services.draw(firm.planner, many.id, now=NOW)


def test_what_would_help_fits_what_is_too_few() -> None:
    """Drawing reps instead of teams helps where the groups are many for the teams, not where there are hardly any teams."""
    groups = Shape(waves=3, gap=2, horizon=6, waiting=True)

    def stopped(teams: int, unit: str) -> tuple[str, int] | None:
        found = power.refusal(SimpleNamespace(panel=SimpleNamespace(n_units=90), n_teams=teams), groups, unit)  # type: ignore[arg-type]
        return (found.code, found.params["fewest"]) if found else None

    assert stopped(1, "reps") == stopped(1, "teams") == ("few_teams", 6)
    assert stopped(7, "teams") == ("few_teams_to_draw", 8)
    assert stopped(7, "reps") is stopped(8, "teams") is None


def test_who_knows_the_course_leaves_or_has_a_short_history_is_not_drawn(firm: Firm) -> None:
    with transaction():
        _enrol(firm, firm.reps[0], chosen="volunteers")
        db.session.execute(update(Person).where(Person.id == firm.reps[1]).values(left_on=date(2026, 1, 20)))
        db.session.execute(
            delete(KpiRecord).where(KpiRecord.person_id == firm.reps[2], KpiRecord.period_start < date(2025, 9, 1))
        )
    found = people.entrants(planned(firm, left_out=["r003"]), actor=firm.planner, now=NOW)
    assert found.left_out == {"knows": 1, "leaving": 1, "short": 1, "excluded": 1}
    assert set(found.ids) == set(firm.reps[4:])


def _enrol(firm: Firm, person: int, *, chosen: str, at: datetime = NOW - timedelta(days=9), started: date | None = None) -> int:
    row = {
        "person_id": person, "course_id": firm.course, "version_id": 1, "cycle": 1, "enrolled_at": at,
        "chosen": chosen, "reason": "", "source": "internal", "started_on": started,
    }  # fmt: skip
    row["version_id"] = db.session.scalar(select(CourseVersion.id).where(CourseVersion.course_id == firm.course))
    return db.session.scalars(insert(Enrolment).returning(Enrolment.id), [row]).one()


def test_the_draw_locks_list_seed_and_plan_and_leaves_an_audit_entry(firm: Firm) -> None:
    rollout = drawn(firm, notes="Keep it if it adds 5 %")
    draw = rollout.draw
    assert draw is not None and draw.seed == SEED
    assert draw.sha256 == canonical.sha256(draw.plan)
    assert Counter(waves_of(rollout).values()) == {1: 12, 2: 12, 3: 12}
    assert [w.starts_on for w in queries.waves_of([rollout.id])[rollout.id]] == [FIRST_ON, date(2026, 5, 1)]
    assert (draw.closes_on, draw.plan["until"]) == (date(2026, 8, 1), "2026-07-01")
    assert (draw.plan["scale"], draw.plan["notes"]) == ("log", "Keep it if it adds 5 %")
    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "rollout.draw")).one()
    assert entry.actor_id == firm.planner.person_id and entry.details["sha256"] == draw.sha256


def test_the_stored_seed_draws_the_stored_list_again(firm: Firm) -> None:
    rollout = drawn(firm)
    seats = queries.seats(rollout.id)
    again = services.dealing.deal([seat for seat, _wave in seats], 3, SEED, teams=False)
    assert again == [wave for _seat, wave in seats]


def test_a_second_draw_and_an_edit_are_refused(firm: Firm) -> None:
    rollout = drawn(firm)
    with pytest.raises(Refused, match="rollout_drawn"), transaction():
        services.draw(firm.planner, rollout.id, now=NOW)
    with pytest.raises(Refused, match="rollout_drawn"), transaction():
        services.edit(firm.planner, rollout.id, firm.plan(waves=3), now=NOW)
    with pytest.raises(Refused, match="rollout_drawn"), transaction():
        services.discard(firm.planner, rollout.id)


@pytest.mark.parametrize(
    "statement",
    [
        update(Rollout).values(horizon=1),
        update(RolloutDraw).values(seed=1),
        delete(RolloutDraw),
        update(RolloutMember).values(wave=1),
        delete(RolloutMember),
        update(RolloutWave).values(starts_on=NOW.date()),
    ],
    ids=["plan", "seed", "draw", "wave", "member", "date"],
)
def test_the_database_itself_refuses_to_change_what_was_drawn(firm: Firm, statement: object) -> None:
    drawn(firm)
    with pytest.raises(IntegrityError, match="frozen"), transaction():
        db.session.execute(statement)  # type: ignore[call-overload]


def test_a_second_draw_has_no_place_in_the_database(firm: Firm) -> None:
    rollout = drawn(firm)
    row = {"rollout_id": rollout.id, "seed": 1, "plan": {}, "sha256": "", "closes_on": FIRST_ON, "drawn_at": NOW}
    with pytest.raises(IntegrityError), transaction():
        db.session.execute(insert(RolloutDraw), [row])


def test_a_wave_is_enrolled_by_lot_on_its_day_and_once_however_often_the_job_runs(firm: Firm) -> None:
    rollout = drawn(firm)
    day = datetime(2026, 2, 1, 3, tzinfo=UTC)
    assert queries.due_waves(date(2026, 1, 31)) == [] and queries.due_waves(day.date()) == [(rollout.id, 1)]
    for _again in range(2):
        with transaction():
            enrolling.enrol_wave(SYSTEM, rollout.id, 1, now=day)
    rows = db.session.scalars(select(Enrolment).where(Enrolment.course_id == firm.course)).all()
    first = {person for person, wave in waves_of(rollout).items() if wave == 1}
    assert {row.person_id for row in rows} == first and len(rows) == 12
    assert {(row.chosen, row.due_on) for row in rows} == {("random", date(2026, 2, 28))}
    assert all(f"rollout {rollout.id}" in row.reason for row in rows)
    assert queries.due_waves(day.date()) == []


def test_an_enrolment_that_is_cut_short_leaves_nothing_and_is_taken_up_again(
    firm: Firm, monkeypatch: pytest.MonkeyPatch
) -> None:
    rollout = drawn(firm)
    day = datetime(2026, 2, 9, 3, tzinfo=UTC)

    def crash(*_given: object, **_named: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(enrolling, "_settle", crash)
        with pytest.raises(KeyboardInterrupt), transaction():
            enrolling.enrol_wave(SYSTEM, rollout.id, 1, now=day)
    assert db.session.scalar(select(func.count(Enrolment.id)).where(Enrolment.course_id == firm.course)) == 0
    assert jobs.do_what_is_due(day, lambda _line: None)["enrolled"] == [{"rollout": rollout.id, "wave": 1, "enrolled": 12}]


def test_the_clock_promises_each_due_wave_once(firm: Firm, monkeypatch: pytest.MonkeyPatch) -> None:
    rollout = drawn(firm)
    monkeypatch.setattr(jobs, "now", lambda: datetime(2026, 2, 1, 3, tzinfo=UTC))
    jobs.promise_what_is_due()
    jobs.promise_what_is_due()
    kinds = db.session.scalars(select(jobs.Job.kind).where(jobs.Job.kind == "rollouts.enrol")).all()
    assert len(kinds) == 1
    assert queries.outcomes_by_wave(rollout.id)[1] == {"enrolled": 12}


def test_people_who_left_or_were_enrolled_otherwise_are_stated_and_not_enrolled_again(firm: Firm) -> None:
    rollout = drawn(firm)
    first = sorted(person for person, wave in waves_of(rollout).items() if wave == 1)
    with transaction():
        db.session.execute(update(Person).where(Person.id == first[0]).values(left_on=date(2026, 1, 25), active=False))
        _enrol(firm, first[1], chosen="volunteers", at=NOW)
    with transaction():
        counts = enrolling.enrol_wave(SYSTEM, rollout.id, 1, now=datetime(2026, 2, 1, 3, tzinfo=UTC))
    assert counts == {"enrolled": 10, "otherwise": 1, "left": 1}
    chosen = db.session.scalars(select(Enrolment.chosen).where(Enrolment.person_id == first[1])).all()
    assert chosen == ["volunteers"]


def test_a_stopped_rollout_enrols_nobody_more_and_says_why(firm: Firm) -> None:
    rollout = drawn(firm)
    with transaction():
        services.stop(firm.planner, rollout.id, "The course was withdrawn", now=NOW)
    assert queries.due_waves(date(2026, 12, 1)) == [] and queries.closed(date(2027, 1, 1)) == []
    assert queries.outcomes_by_wave(rollout.id)[2] == {"stopped": 12}
    with pytest.raises(Refused, match="rollout_over"), transaction():
        services.stop(firm.planner, rollout.id, "again", now=NOW)


def carried_out(firm: Firm, share: float = 0.3) -> Rollout:
    """Drawn, enrolled, learned as drawn, and recorded until the last window has closed."""
    rollout = drawn(firm)
    for wave, day in ((1, date(2026, 2, 1)), (2, date(2026, 5, 1))):
        with transaction():
            enrolling.enrol_wave(SYSTEM, rollout.id, wave, now=datetime(day.year, day.month, 1, 3, tzinfo=UTC))
            mine = [person for person, w in waves_of(rollout).items() if w == wave]
            db.session.execute(update(Enrolment).where(Enrolment.person_id.in_(mine)).values(started_on=day))
    starts = {1: date(2026, 2, 1), 2: date(2026, 5, 1)}
    lift = {person: (starts[w], share) for person, w in waves_of(rollout).items() if w in starts}
    with transaction():
        record(firm.kpi, firm.reps, range(MONTHS, MONTHS + 7), lift=lift)
    return rollout


CLOSED = datetime(2026, 8, 3, 3, tzinfo=UTC)


def test_when_the_last_window_closes_the_study_is_made_run_and_graded_by_itself(firm: Firm) -> None:
    rollout = carried_out(firm)
    assert jobs.do_what_is_due(CLOSED - timedelta(days=9), lambda _line: None)["reports"] == []
    done = jobs.do_what_is_due(CLOSED, lambda _line: None)["reports"]
    report = db.session.scalars(select(RolloutReport)).one()
    study, run = db.session.get(Study, report.study_id), queries.run_of(report)
    assert done == [{"rollout": rollout.id, "study": report.study_id, "run": 1}]
    assert study is not None and run is not None
    assert (study.chosen, study.until, study.horizon) == ("random", date(2026, 7, 1), 3)
    assert run.grade == "A" and run.low is not None and run.low > 0.1 and run.plan["transform"] == "log"
    assert report.test["p_value"] == pytest.approx(0.005) and report.test["draws"] == 199
    assert report.departures == []
    assert jobs.do_what_is_due(CLOSED, lambda _line: None) == {"enrolled": [], "reports": []}


def test_the_study_of_a_rollout_looks_at_the_people_who_were_drawn(firm: Firm, cast: Cast) -> None:
    carried_out(firm)
    with transaction():
        record(firm.kpi, [cast.ana.id, cast.ben.id], range(MONTHS + 7))
    jobs.do_what_is_due(CLOSED, lambda _line: None)
    study = db.session.scalars(select(Study)).one()
    units = {int(unit) for unit in panels.build(study).reading.panel.units}
    assert units == set(firm.reps)


def test_a_course_without_effect_is_not_found_by_the_lottery(firm: Firm) -> None:
    rollout = carried_out(firm, share=0.0)
    found = concluding.compute(rollout.id, lambda _done, _total: None, draws=199, now=CLOSED)
    assert found is not None and found.test["p_value"] > 0.05


def test_those_who_waited_are_enrolled_by_lot_when_the_last_window_has_closed(firm: Firm) -> None:
    rollout = carried_out(firm)
    waited = sorted(person for person, wave in waves_of(rollout).items() if wave == 3)
    assert queries.due_waves(CLOSED.date() - timedelta(days=9)) == []
    assert jobs.do_what_is_due(CLOSED, lambda _line: None)["enrolled"] == [{"rollout": rollout.id, "wave": 3, "enrolled": 12}]
    rows = db.session.execute(select(Enrolment.person_id, Enrolment.chosen).where(Enrolment.person_id.in_(waited))).all()
    assert sorted(person for person, _chosen in rows) == waited and {chosen for _person, chosen in rows} == {"random"}
    assert db.session.scalars(select(RolloutReport)).one().departures == []


def test_the_report_waits_for_late_records_but_not_for_ever_and_says_what_is_missing(firm: Firm) -> None:
    rollout = carried_out(firm)
    with transaction():
        late = firm.reps[:12]
        db.session.execute(
            delete(KpiRecord).where(KpiRecord.person_id.in_(late), KpiRecord.period_start == date(2026, 7, 1))
        )
    assert not concluding.ready(rollout.id, now=CLOSED)
    much_later = CLOSED + timedelta(days=60)
    assert concluding.ready(rollout.id, now=much_later)
    found = concluding.compute(rollout.id, lambda _done, _total: None, draws=99, now=much_later)
    assert found is not None
    codes = {each["code"]: each["params"] for each in found.departures}
    assert codes["data_missing"] == {"n": 12, "of": 36} and "reported_late" in codes


def test_crossovers_a_changed_kpi_and_stated_departures_are_in_the_report(firm: Firm) -> None:
    rollout = carried_out(firm)
    waiting = [person for person, wave in waves_of(rollout).items() if wave == 3]
    with transaction():
        _enrol(firm, waiting[0], chosen="volunteers", at=NOW + timedelta(days=60), started=date(2026, 4, 2))
        db.session.execute(update(Kpi).where(Kpi.id == firm.kpi).values(unit="USD"))
        services.deviate(firm.planner, rollout.id, "Wave 2 had one day less", now=NOW)
    jobs.do_what_is_due(CLOSED, lambda _line: None)
    report = db.session.scalars(select(RolloutReport)).one()
    assert [each["code"] for each in report.departures] == ["kpi_changed", "crossed_early", "stated"]


def weak_before(rollout: Rollout) -> None:
    """As chance may have it: those drawn for the first waves had three poor months before their own."""
    with transaction():
        for wave, months in ((1, (date(2025, 11, 1), date(2025, 12, 1), date(2026, 1, 1))), (2, (date(2026, 2, 1), date(2026, 3, 1), date(2026, 4, 1)))):
            mine = [person for person, w in waves_of(rollout).items() if w == wave]
            poor = KpiRecord.person_id.in_(mine) & KpiRecord.period_start.in_(months)
            db.session.execute(update(KpiRecord).where(poor).values(value=KpiRecord.value * 0.7))


def test_a_lottery_that_fell_on_people_in_a_dip_keeps_the_locked_method_and_says_so(
    firm: Firm, cast: Cast, sign_in: SignIn
) -> None:
    rollout = carried_out(firm)
    weak_before(rollout)
    jobs.do_what_is_due(CLOSED, lambda _line: None)
    report = db.session.scalars(select(RolloutReport)).one()
    run = queries.run_of(report)
    assert run is not None and run.report is not None
    numbers = run.report["numbers"]
    assert (numbers["route"]["row"], numbers["method"]) == ("random", "bjs")
    assert "lottery_kept" in numbers["route"]["reasons"]
    dip = next(check for check in run.report["words"]["en"]["checks"] if check["name"] == "dip")
    assert dip["state"] == "warn" and "drawn by lot" in dip["answer"]


@pytest.mark.parametrize(("seed", "check"), [(3, "event_study"), (4, "placebo_date")])
def test_what_a_lottery_made_differ_before_the_start_is_chance_and_costs_no_grade(
    firm: Firm, monkeypatch: pytest.MonkeyPatch, seed: int, check: str
) -> None:
    """Of forty lotteries of this firm one in four fails a check that looks at the months before."""
    monkeypatch.setattr(f"{__name__}.SEED", seed)
    carried_out(firm, 0.25)
    jobs.do_what_is_due(CLOSED, lambda _line: None)
    run = queries.run_of(db.session.scalars(select(RolloutReport)).one())
    assert run is not None and run.report is not None
    found = next(each for each in run.report["words"]["en"]["checks"] if each["name"] == check)
    assert found["state"] == "warn" and "though the start was drawn by lot" in found["answer"]
    assert run.grade == "A" and run.report["words"]["en"]["headline"].startswith("Reps who took")


def test_run_again_a_planned_study_keeps_to_its_locked_plan_and_to_the_lot(firm: Firm) -> None:
    carried_out(firm)
    jobs.do_what_is_due(CLOSED, lambda _line: None)
    study = db.session.scalars(select(Study)).one()
    with transaction():
        studies.start_run(firm.planner, study.id, now=CLOSED)
    first, again = db.session.scalars(select(StudyRun).order_by(StudyRun.number)).all()
    assert again.plan == first.plan and again.plan["transform"] == "log" and again.plan["lottery"]
    assert (again.grade, again.estimate) == (first.grade, first.estimate)
    with pytest.raises(Refused, match="study_is_planned"), transaction():
        studies.confirm_chosen(firm.planner, study.id, Chosen.LOW_KPI, "I think so", now=CLOSED)


def test_the_report_is_kept_once(firm: Firm) -> None:
    rollout = carried_out(firm)
    found = concluding.compute(rollout.id, lambda _done, _total: None, draws=99, now=CLOSED)
    assert found is not None
    for _again in range(2):
        with transaction():
            concluding.keep(SYSTEM, rollout.id, found, now=CLOSED)
    assert db.session.scalar(select(func.count(StudyRun.id))) == 1


def test_what_a_plan_could_see_is_computed_by_a_job_from_the_firms_own_past(
    firm: Firm, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(power, "GAPS", (3,))
    monkeypatch.setattr(power, "WAVES", (2,))
    rollout = planned(firm, expected=0.3)
    with transaction():
        power.ask(firm.planner, rollout.id, now=NOW)
    asked = queries.power_of(rollout.id)
    assert asked is not None and asked.result is not None and asked.job is not None
    plan = asked.result["plan"]
    assert asked.job.state == "done" and plan["draws"] >= 90
    assert 0.02 < plan["effect"] < 0.15 and plan["chance"] > 0.95
    assert asked.result["scale"] == "log"
    with transaction():
        services.edit(firm.planner, rollout.id, firm.plan(waves=3, expected=0.3), now=NOW)
        draw = services.draw(firm.planner, rollout.id, seed=SEED, now=NOW)
    assert draw.plan["detectable"] is None, "what another plan could see is not said of this one"


def test_a_short_history_is_refused_in_words(firm: Firm, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(power, "GAPS", (6,))
    monkeypatch.setattr(power, "WAVES", (6,))
    rollout = planned(firm, waves=6, gap=6, horizon=6, waiting=False)
    with transaction():
        power.ask(firm.planner, rollout.id, now=NOW)
    asked = queries.power_of(rollout.id)
    assert asked is not None and asked.result is not None
    assert asked.result["plan"]["code"] == "too_short_history"
    monkeypatch.setattr("effects.rollouts.views.now", lambda: NOW)
    page = _planner(firm, sign_in).get(f"/rollouts/{rollout.id}").text
    assert "trying this plan on the past takes 42 months of records, and there are 30 months" in page


def _planner(firm: Firm, sign_in: SignIn) -> FlaskClient:
    person = db.session.get(Person, firm.planner.person_id)
    assert person is not None
    return sign_in(person)


def test_the_pages_lead_from_plan_to_draw_to_report(
    firm: Firm, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("effects.rollouts.views.now", lambda: NOW)
    monkeypatch.setattr(power, "WAVES", (2,))
    monkeypatch.setattr(power, "GAPS", (1,))
    client = _planner(firm, sign_in)
    form = client.get("/rollouts/new").text
    assert "Primary KPI" in form and "Team 5 (6)" in form
    data = {
        "course_id": firm.course, "kpi_id": firm.kpi, "teams": firm.teams, "unit": "reps", "waves": 2, "gap": 3,
        "horizon": 3, "waiting": "y", "first_on": "2026-02-14", "expected": 30, "cost_per_rep": 2000,
        "estimator": "bjs", "transform": "auto", "notes": "Why",
    }  # fmt: skip
    page = client.post("/rollouts/new", data=data, follow_redirects=True).text
    assert "this plan can see a change of" in page and "You hope for 30.0%" in page
    assert "Drawn now, the locked plan will never say it." not in page
    assert "Wave 2: 12 reps start 3 months later" in page and "costs ¥72,000 each time they are all sent" in page
    rollout = db.session.scalars(select(Rollout)).one()
    assert "data-chart" in page and client.get(f"/rollouts/{rollout.id}/curve.svg").status_code == 200
    with transaction():
        queries.power_of(rollout.id).question = {"people": "others"}  # type: ignore[union-attr]
    assert "Drawn now, the locked plan will never say it." in client.get(f"/rollouts/{rollout.id}").text
    page = client.post(f"/rollouts/{rollout.id}/draw", follow_redirects=True).text
    assert "The list and the plan are locked from now on." in page and "Rep 0-0" in page
    assert client.get(f"/rollouts/{rollout.id}/edit").status_code == 409 or "has been drawn" in page
    assert client.get(f"/rollouts/{rollout.id}/plan.pdf").data.startswith(b"%PDF")
    listed = client.get(f"/rollouts/{rollout.id}/list.csv").data.decode("utf-8-sig").splitlines()
    assert len(listed) == 37 and "Wave 1" in listed[1]
    assert client.get(f"/rollouts/{rollout.id}/list.xlsx").data.startswith(b"PK")
    assert hashlib.sha256(client.get(f"/rollouts/{rollout.id}/plan.json").data).hexdigest() in page


def test_the_report_stands_with_the_rollout_and_the_study_says_planned_in_advance(
    firm: Firm, sign_in: SignIn
) -> None:
    rollout = carried_out(firm)
    jobs.do_what_is_due(CLOSED, lambda _line: None)
    client = _planner(firm, sign_in)
    page = client.get(f"/rollouts/{rollout.id}").text
    assert "probability 0.5%" in page and "As planned." in page
    report = db.session.scalars(select(RolloutReport)).one()
    study = client.get(f"/effects/{report.study_id}").text
    assert "Planned in advance: drawn and locked on" in study and f"/rollouts/{rollout.id}" in study


def test_departures_from_the_plan_stand_in_workbook_json_and_on_paper_too(
    firm: Firm, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    rollout = carried_out(firm)
    with transaction():
        services.deviate(firm.planner, rollout.id, "Wave 2 had one day less", now=NOW)
    jobs.do_what_is_due(CLOSED, lambda _line: None)
    client, study = _planner(firm, sign_in), db.session.scalars(select(Study)).one()
    monkeypatch.setattr(pdf, "from_html", str.encode)
    at, line = f"/effects/{study.id}/runs/1", "1 departure was stated by those who run it."
    sheet = CalamineWorkbook.from_filelike(BytesIO(client.get(f"{at}.xlsx").data)).get_sheet_by_name("Planned in advance")
    assert ["Departure from the plan", line] in sheet.to_python()
    assert client.get(f"{at}.json").json["planned"][0]["departures"] == [line]
    assert f"<li>{line}</li>" in client.get(f"{at}.pdf").text


def test_waves_that_start_soon_stand_on_the_managers_today_page(firm: Firm) -> None:
    rollout = drawn(firm)
    soon = queries.starting_soon(firm.planner, NOW.date(), date(2026, 2, 10))
    assert [(r.id, wave.number, n) for r, wave, n in soon] == [(rollout.id, 1, 12)]


def test_a_page_takes_at_most_twelve_queries(firm: Firm, sign_in: SignIn) -> None:
    rollout = carried_out(firm)
    jobs.do_what_is_due(CLOSED, lambda _line: None)
    other = planned(firm)
    client = _planner(firm, sign_in)
    asked: list[str] = []

    def count(_c: object, _cur: object, statement: str, *_more: object) -> None:
        if not statement.startswith(("SAVEPOINT", "RELEASE", "BEGIN", "ROLLBACK")):
            asked.append(statement)

    event.listen(db.engine, "before_cursor_execute", count)
    try:
        for path in ("/rollouts", "/rollouts/new", f"/rollouts/{rollout.id}", f"/rollouts/{other.id}"):
            asked.clear()
            assert client.get(path).status_code == 200
            assert len(asked) <= 12, "\n".join(asked)
    finally:
        event.remove(db.engine, "before_cursor_execute", count)
