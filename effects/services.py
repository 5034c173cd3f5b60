"""Ask for a study, confirm how people were chosen, run it. An answer is added, never changed."""

from __future__ import annotations

from datetime import date, datetime

from msgspec import Struct
from msgspec.structs import asdict
from sqlalchemy import exists, func, select

from courses.models import Course
from effects import origins, panels, reports
from effects.initiatives.models import Initiative
from effects.models import Study, StudyRun
from effects.policies import require_confirmer
from effects.stats.design import Chosen
from effects.stats.options import Options
from effects.stats.reading import PanelError
from effects.stats.study import analyse
from effects.subgroups import services as subgroups
from effects.untouchable import services as untouchable
from lms import audit, jobs
from lms.authz import Actor, Permission, require
from lms.db import db
from lms.errors import Refused, Unknown
from performance.kpis.models import Kpi

VERSION = "3"
"""Of the engine: changes whenever the same data could give other digits."""
SEED = 20260101


def ask(
    actor: Actor,
    course_id: int | None,
    kpi_id: int,
    *,
    initiative_id: int | None = None,
    since: date | None = None,
    until: date | None = None,
    horizon: int | None = 6,
    anticipation: int = 0,
    now: datetime,
) -> Study:
    """A study of a course, or of another measure, and a KPI; the same question asked twice is the same study.

    :raises Unknown: for a course or KPI that is not there.
    :raises Refused: ``study_window_reversed``.
    """
    require(actor, Permission.EFFECT_RUN)
    subject = db.session.get(Course, course_id) if course_id else db.session.get(Initiative, initiative_id or 0)
    if subject is None or db.session.get(Kpi, kpi_id) is None:
        raise Unknown()
    if since and until and since > until:
        raise Refused("study_window_reversed", field="until")
    question: dict[str, object] = {"course_id": course_id, "initiative_id": None if course_id else initiative_id, "kpi_id": kpi_id}
    question |= {"since": since, "until": until}
    question |= {"horizon": horizon, "anticipation": anticipation}
    asked = (getattr(Study, name).is_not_distinct_from(value) for name, value in question.items())
    there = db.session.scalar(select(Study).where(*asked))
    if there is not None:
        return there
    study = Study(**question, created_at=now, created_by_id=actor.person_id)
    db.session.add(study)
    db.session.flush()
    audit.record(actor, "study.ask", "study", study.id, course=course_id, initiative=initiative_id, kpi=kpi_id)
    return study


def confirm_chosen(actor: Actor, study_id: int, chosen: Chosen, reason: str, *, now: datetime) -> Study:
    """Answer how the people of a course were chosen: mandatory, audited, and it routes the analysis.

    :raises Unknown: there is no such study.
    :raises Forbidden: ``study_cohort_not_yours``.
    :raises Refused: ``study_is_planned``: the draw already says it.
    """
    require(actor, Permission.EFFECT_RUN)
    study = _study(study_id)
    require_confirmer(actor, study)
    if plan_of(study).lottery and chosen is not Chosen.RANDOM:
        raise Refused("study_is_planned", field="chosen")
    before = study.chosen
    study.chosen, study.chosen_reason = str(chosen), reason
    study.confirmed_at, study.confirmed_by_id = now, actor.person_id
    db.session.flush()
    audit.record(actor, "study.confirm_chosen", "study", study.id, before=before, after=str(chosen), reason=reason)
    return study


def start_run(actor: Actor, study_id: int, *, now: datetime) -> StudyRun:
    """Promise a run of a study on the data of today; it is computed by a job, by the plan locked for it if there is one.

    :raises Refused: ``study_chosen_unconfirmed``, ``study_running``.
    """
    require(actor, Permission.EFFECT_RUN)
    study = _study(study_id)
    if study.chosen is None:
        raise Refused("study_chosen_unconfirmed", field="chosen")
    if db.session.scalar(select(exists().where(StudyRun.study_id == study.id, StudyRun.under_way()))):
        raise Refused("study_running")
    number = (db.session.scalar(select(func.max(StudyRun.number)).where(StudyRun.study_id == study.id)) or 0) + 1
    run = StudyRun(
        study_id=study.id,
        number=number,
        chosen=study.chosen,
        plan=asdict(plan_of(study)),
        seed=SEED,
        version=VERSION,
        created_at=now,
        created_by_id=actor.person_id,
    )
    db.session.add(run)
    db.session.flush()
    run.job_id = jobs.promise(actor, "effects.run", run_id=run.id).id
    audit.record(actor, "study.run", "study", study.id, run=number)
    return run


def options_of(study: Study) -> Options:
    """The analysis plan of a study as its question gives it."""
    return Options(
        horizon=study.horizon,
        anticipation=study.anticipation,
        kind=study.kpi.kind,  # type: ignore[arg-type]
        direction=study.kpi.direction,  # type: ignore[arg-type]
        seed=SEED,
    )


def plan_of(study: Study) -> Options:
    """The analysis plan that holds: the one that was locked beforehand, or else the study's own."""
    own = options_of(study)
    return origins.locked_plan(study, own) or own


class Answer(Struct, frozen=True):
    """What a run computed, ready to be kept. ``fingerprint`` and ``data_until`` are empty if no panel could be made."""

    report: reports.Report
    fingerprint: str | None = None
    data_until: date | None = None


def compute(run_id: int, report: jobs.Report) -> Answer | None:
    """Compute a promised run: reads only, however long it takes. None if it has been computed already.

    :raises Unknown: there is no such run.
    """
    report(0, 3)
    run = _run(run_id)
    if run.finished_at is not None:
        return None
    try:
        panel = panels.build(run.study)
    except PanelError as error:
        return Answer(reports.without_panel(run.study, run, error))
    plan, chosen, cycle = Options(**run.plan), Chosen(run.chosen), panel.reading.calendar.cycle
    report(1, 3)
    beside = untouchable.beside(run)
    result = analyse(panel.reading.panel, chosen, plan, cycle=cycle, known=untouchable.known(panel.known, beside))
    report(2, 3)
    run = _run(run_id)
    benefits = subgroups.benefits_of(run, panel, result)
    report_ = reports.compose(run.study, run, panel, result, benefits, beside)
    return Answer(report_, untouchable.fingerprint(panel.fingerprint, beside), panel.data_until)


def keep(run_id: int, answer: Answer, *, now: datetime) -> StudyRun:
    """Keep the answer of a run, once: a run that has one keeps the first."""
    run = _run(run_id)
    if run.finished_at is not None:
        return run
    report = answer.report
    run.report, run.grade, run.scale = report.as_json(), report.grade, report.scale
    run.estimate, run.low, run.high = report.estimate, report.low, report.high
    run.fingerprint, run.data_until = answer.fingerprint, answer.data_until
    run.finished_at = now
    db.session.flush()
    return run


def _run(run_id: int) -> StudyRun:
    run = db.session.get(StudyRun, run_id)
    if run is None:
        raise Unknown()
    return run


def _study(study_id: int) -> Study:
    study = db.session.get(Study, study_id)
    if study is None:
        raise Unknown()
    return study
