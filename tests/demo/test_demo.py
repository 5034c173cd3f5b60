"""The demo company in a database of its own: its studies tell the courses apart, its people can sign in."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select

from assessments.quizzes import grading
from assessments.quizzes.models import Attempt
from courses import certificates, services
from courses.completion import judge, rule_from_json
from courses.models import Certificate, Completion, Course, Enrolment
from effects.models import Study, StudyRun
from lms.app import create_app
from lms.authz import SYSTEM
from lms.clock import now, today
from lms.db import Base, db, transaction
from lms.demo import fill
from lms.demo.company import PASSWORD, SIGN_INS
from lms.demo.truths import CHANNEL_KPIS, SEED, truth_of
from lms.errors import Refused
from lms.jobs import Job
from lms.people.models import Person
from performance.kpis.models import Kpi
from tests.fixtures import Visitor, settings

pytestmark = [pytest.mark.database, pytest.mark.slow]


@pytest.fixture(scope="module")
def demo_app(demo_company: Callable[[str], tuple[Path, str]]) -> Iterator[Flask]:
    """An application whose database holds the demo company."""
    app = create_app(settings(*demo_company("demo")))
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()


def run_of(course: str, kpi: str, number: int | None = None) -> StudyRun:
    query = select(StudyRun).join(Study).join(Course).join(Kpi).where(Course.code == course, Kpi.code == kpi)
    if number is not None:
        query = query.where(StudyRun.number == number)
    return db.session.scalars(query.order_by(StudyRun.number.desc()).limit(1)).one()


def naive(run: StudyRun) -> float:
    assert run.report is not None
    return float(run.report["numbers"]["naive"]["estimate"])


def headline(run: StudyRun, locale: str = "en") -> str:
    assert run.report is not None
    return str(run.report["words"][locale]["headline"])


def figures(run: StudyRun) -> tuple[float, float, float]:
    assert run.low is not None and run.estimate is not None and run.high is not None
    return run.low, run.estimate, run.high


def test_the_course_that_works_is_found_at_its_true_size(demo_app: Flask) -> None:
    run = run_of("KA-04", "sales_amount")
    low, _estimate, high = figures(run)
    assert 0 < low < truth_of("KA-04").size < high
    assert run.grade == "B"
    assert naive(run) > high, "before and after promises more than the course gave"


def test_the_course_that_does_nothing_is_not_claimed_though_before_and_after_rises(demo_app: Flask) -> None:
    run = run_of("KA-02", "sales_amount")
    low, _estimate, high = figures(run)
    assert low < 0 < high
    assert naive(run) > 0.05
    assert "no effect" in headline(run) and "看不出" in headline(run, "zh_Hans")


def test_the_course_for_the_weakest_is_not_headlined_as_a_success(demo_app: Flask) -> None:
    run = run_of("KA-03", "sales_amount")
    low, _estimate, high = figures(run)
    assert low < 0 < high
    assert naive(run) > high, "it is flattered by recovery and growth"
    assert run.report is not None and run.report["numbers"]["method"] == "gcomp"


def test_whoever_says_waves_of_the_weakest_is_contradicted_by_the_records(demo_app: Flask) -> None:
    run = run_of("KA-03", "sales_amount", number=1)
    assert run.chosen == "waves" and run.report is not None
    assert run.report["numbers"]["route"] == {"row": "low_kpi", "reasons": ["stated_waves", "dip_found"]}
    assert run.grade == "C"


@pytest.mark.parametrize(("course", "grade"), [("KA-05", "A"), ("KA-07", "B"), ("KA-06", "C")])
def test_lot_whole_teams_and_volunteers_cover_their_truth_at_their_grade(
    demo_app: Flask, course: str, grade: str
) -> None:
    truth = truth_of(course)
    run = run_of(course, truth.kpi)
    low, _estimate, high = figures(run)
    assert 0 < low < truth.size < high
    assert run.grade == grade
    assert naive(run) > truth.size


@pytest.mark.parametrize("kpi", CHANNEL_KPIS)
def test_the_worked_case_shows_the_doubling_and_credits_the_course_with_none_of_it(
    demo_app: Flask, kpi: str
) -> None:
    run = run_of("KA-01", kpi)
    assert run.grade in ("C", "D")
    if run.estimate is not None:
        low, _estimate, high = figures(run)
        assert low < 0 < high < naive(run), "the plausible range leaves out what before/after credits"
    assert any(word in headline(run) for word in ("cannot be told", "no effect"))


def test_everybody_introduced_can_sign_in_and_sees_their_day(demo_app: Flask) -> None:
    demo_app.test_client_class = Visitor
    for each in SIGN_INS:
        client = demo_app.test_client()
        answer = client.post("/login", data={"email": each.email, "password": PASSWORD})
        assert answer.status_code == 302, each.email
        page = client.get("/", follow_redirects=True)
        names = (each.name.own, each.name.latin)
        assert page.status_code == 200 and any(name in page.get_data(as_text=True) for name in names), (
            each.email
        )


def test_a_second_start_changes_nothing(demo_app: Flask) -> None:
    def counts() -> dict[str, int]:
        return {
            t.name: db.session.scalar(select(func.count()).select_from(t)) or 0
            for t in Base.metadata.sorted_tables
            if t.name != "login_session"
        }

    before = counts()
    filled = fill.fill(SEED + 1, lambda step: pytest.fail(f"made {step} again"), now=now())
    assert (filled.fresh, filled.seed) == (False, SEED)
    db.session.rollback()
    assert counts() == before


def test_the_command_introduces_the_company_each_time(demo_app: Flask) -> None:
    told = demo_app.test_cli_runner().invoke(args=["demo", "--json"])
    assert told.exit_code == 0, told.output
    answer = json.loads(told.stdout)
    assert (answer["seed"], answer["password"], answer["fresh"]) == (SEED, PASSWORD, False)
    assert {each["role"] for each in answer["sign_ins"]} == {"rep", "manager", "trainer", "hr", "admin"}
    assert PASSWORD in demo_app.test_cli_runner().invoke(args=["demo"]).output


def test_what_was_written_in_bulk_is_what_the_services_would_judge(demo_app: Flask) -> None:
    enrolments = db.session.scalars(select(Enrolment).where(Enrolment.version_id.is_not(None))).all()
    outcomes = services.outcomes_of([each.id for each in enrolments])
    for each in enrolments:
        assert each.version is not None
        judgement = judge(rule_from_json(each.version.rule.rule), outcomes.get(each.id, {}))
        assert judgement.met == (each.completion is not None)
        if each.completion is not None:
            assert each.completion.evidence == services.evidence_of(judgement)
            assert each.started_on is not None and each.started_on <= each.completion.completed_on


def test_grading_all_attempts_again_changes_none(demo_app: Flask) -> None:
    ids = db.session.scalars(select(Attempt.id)).all()
    assert len(ids) > 700
    with transaction():
        assert grading.regrade(SYSTEM, ids, now=now()) == 0


def test_one_quiz_has_enough_takers_for_its_items_to_be_analysed(demo_app: Flask) -> None:
    takers = db.session.scalars(
        select(func.count(func.distinct(Attempt.person_id))).group_by(Attempt.quiz_id)
    ).all()
    assert (
        max(takers) >= 120
        and max(db.session.scalars(select(func.count(Attempt.id)).group_by(Attempt.quiz_id))) >= 150
    )


def test_each_completion_has_one_certificate_that_its_judgement_would_settle_on(demo_app: Flask) -> None:
    assert db.session.scalar(select(func.count(Certificate.id))) == db.session.scalar(
        select(func.count(Completion.id))
    )
    certificate = db.session.scalars(select(Certificate).order_by(Certificate.id.desc()).limit(1)).one()
    enrolment = services.locked(certificate.completion.enrolment_id)
    outcomes = services.outcomes_of([enrolment.id])[enrolment.id]
    assert enrolment.version is not None
    judgement = judge(rule_from_json(enrolment.version.rule.rule), outcomes)
    with transaction():
        enrolment = services.locked(enrolment.id)
        assert enrolment.completion is not None
        settled = certificates.settle(SYSTEM, enrolment, enrolment.completion, judgement, now=now())
    assert settled is not None and settled.id == certificate.id


def test_nothing_is_left_to_do_and_nobody_is_sent_a_mail(demo_app: Flask) -> None:
    """A certificate gets its PDF when it is first fetched: a first start does not draw some two hundred of them."""
    assert set(db.session.scalars(select(Job.kind))) == {"effects.run", "portfolio.run", "rollouts.power"}
    assert set(db.session.scalars(select(Job.state))) == {"done"}
    certificate = db.session.scalars(select(Certificate).order_by(Certificate.id.desc()).limit(1)).one()
    assert certificate.file_id is None


def test_lin_has_something_due_tomorrow_something_begun_and_a_certificate(demo_app: Flask) -> None:
    lin = db.session.scalars(select(Person).where(Person.email == SIGN_INS[0].email)).one()
    mine = db.session.scalars(select(Enrolment).where(Enrolment.person_id == lin.id)).all()
    open_ = [each for each in mine if each.completion is None and each.withdrawn_at is None]
    assert any(
        each.due_on is not None and 0 <= (each.due_on - today()).days <= 2 and each.started_on is None
        for each in open_
    )
    begun = [each for each in open_ if each.started_on is not None]
    assert begun and services.outcomes_of([begun[0].id])
    certificate = select(Certificate.id).join(Completion).join(Enrolment).where(Enrolment.person_id == lin.id)
    assert db.session.scalar(certificate.limit(1)) is not None


def test_the_demo_is_not_put_among_other_people(app: Flask, cast: object) -> None:
    people = db.session.scalar(select(func.count(Person.id)))
    with pytest.raises(Refused, match="demo_beside_others"):
        fill.fill(SEED, lambda _step: None, now=now())
    assert db.session.scalar(select(func.count(Person.id))) == people
    told = app.test_cli_runner().invoke(args=["demo"])
    assert told.exit_code == 2 and "already holds people" in told.output


def test_a_start_that_was_cut_short_leaves_nothing_behind(app: Flask) -> None:
    def stop(step: str) -> None:
        if step == "courses":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fill.fill(SEED, stop, now=now())
    assert db.session.scalar(select(Person.id).limit(1)) is None
    assert fill.seed_of_the_demo() is None
