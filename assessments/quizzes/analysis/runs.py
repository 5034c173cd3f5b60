"""Runs of the analysis: promised by a person, computed by a worker, kept for good, the last finished one shown."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import exists, func, or_, select
from sqlalchemy.orm import joinedload

from assessments.quizzes import policies
from assessments.quizzes.analysis import items, scale, summary
from assessments.quizzes.analysis.models import QuizAnalysisRun, RunKind
from assessments.quizzes.analysis.responses import Responses, responses
from assessments.quizzes.integrity import similar
from assessments.quizzes.models import Attempt, GradeEntry, Quiz
from lms import audit, canonical, jobs
from lms.authz import Actor, Permission, require
from lms.db import db
from lms.errors import Refused, Unknown

SEED = 20260301
VERSION = "1"
"""Of the methods: another one makes other figures of the same answers."""
MAKERS: Mapping[RunKind, Callable[[Quiz, Responses | None], dict[str, Any]]] = {
    RunKind.SUMMARY: summary.made,
    RunKind.ITEMS: items.made,
    RunKind.SCALE: scale.made,
    RunKind.SIMILARITY: similar.made,
}


def promise(actor: Actor, module_id: int, kind: RunKind, *, now: datetime) -> QuizAnalysisRun:
    """Promise a run; a job computes it. One whose job has failed or is lost is computed by nobody and keeps no other from it.

    :raises Unknown: not one's quiz. :raises Refused: ``analysis_running``.
    """
    require(actor, Permission.QUIZ_AUTHOR)
    quiz = policies.marked_quiz(actor, module_id)
    open_ = exists().where(QuizAnalysisRun.quiz_id == quiz.id, QuizAnalysisRun.kind == kind, QuizAnalysisRun.under_way())
    if db.session.scalar(select(open_)):
        raise Refused("analysis_running")
    run = begun(actor, quiz.id, kind, now=now)
    run.job_id = jobs.promise(actor, "quiz.analyse", run_id=run.id).id
    audit.record(actor, "quiz.analyse", "module", module_id, kind=kind.value, run=run.number)
    return run


def begun(actor: Actor, quiz_id: int, kind: RunKind, *, now: datetime) -> QuizAnalysisRun:
    """A run that is not computed yet, in the caller's transaction."""
    require(actor, Permission.QUIZ_AUTHOR)
    of_kind = (QuizAnalysisRun.quiz_id == quiz_id, QuizAnalysisRun.kind == kind)
    number = (db.session.scalar(select(func.max(QuizAnalysisRun.number)).where(*of_kind)) or 0) + 1
    run = QuizAnalysisRun(
        quiz_id=quiz_id,
        kind=kind.value,
        number=number,
        created_at=now,
        created_by_id=actor.person_id,
        seed=SEED,
        version=VERSION,
    )
    db.session.add(run)
    db.session.flush()
    return run


class Computed(NamedTuple):
    """What a run computed, ready to be kept."""

    fingerprint: str
    n: int
    report: dict[str, Any]


def compute(run_id: int) -> Computed | None:
    """A promised run: reads only, however long it takes; None if it was computed already."""
    run = _run(run_id)
    kind = RunKind(run.kind)
    return None if run.finished_at is not None else computed(run.quiz, kind)[kind]


def computed(quiz: Quiz, *kinds: RunKind) -> dict[RunKind, Computed]:
    """The figures of a quiz as they are now, by kind; nothing is stored."""
    found = responses(quiz.id)
    return {kind: Computed(fingerprint(found), found.n if found else 0, MAKERS[kind](quiz, found)) for kind in kinds}


def keep(run_id: int, made: Computed, *, now: datetime) -> QuizAnalysisRun:
    """Keep what was computed, once: a run that has a report keeps it."""
    run = _run(run_id)
    if run.finished_at is None:
        run.fingerprint, run.n, run.report = made
        run.finished_at = now
        db.session.flush()
    return run


def fingerprint(found: Responses | None) -> str:
    """SHA-256 of the answers' marks: attempts, versions, what was asked and what was right."""
    if found is None:
        return canonical.sha256([])
    held = [hashlib.sha256(each.tobytes()).hexdigest() for each in (found.scores.round(9), found.drawn)]
    return canonical.sha256([[each.id for each in found.attempts], list(found.versions), *held])


class Latest(NamedTuple):
    """The last run that ``finished``, and the newest one if it is ``under_way`` or its job has ``failed``."""

    finished: QuizAnalysisRun | None
    under_way: QuizAnalysisRun | None
    failed: QuizAnalysisRun | None


def latest(quiz_id: int, kind: RunKind) -> Latest:
    """How a kind of analysis of a quiz stands, in one statement."""
    of_kind = (QuizAnalysisRun.quiz_id == quiz_id, QuizAnalysisRun.kind == kind)
    newest = select(func.max(QuizAnalysisRun.number)).where(*of_kind)
    done = newest.where(QuizAnalysisRun.finished_at.is_not(None))
    either = or_(QuizAnalysisRun.number == newest.scalar_subquery(), QuizAnalysisRun.number == done.scalar_subquery())
    rows = db.session.scalars(
        select(QuizAnalysisRun)
        .options(joinedload(QuizAnalysisRun.job))
        .where(*of_kind, either)
        .order_by(QuizAnalysisRun.number.desc())
    ).all()
    finished = next((run for run in rows if run.finished_at is not None), None)
    open_ = rows[0] if rows and rows[0].finished_at is None else None
    alive = open_ is not None and open_.is_under_way
    return Latest(finished, open_ if alive else None, None if alive else open_)


def takers(quiz_id: int) -> int:
    """People with a finished attempt that is graded."""
    graded = select(func.count(Attempt.person_id.distinct())).join(GradeEntry, GradeEntry.attempt_id == Attempt.id)
    return db.session.scalar(graded.where(Attempt.quiz_id == quiz_id)) or 0


def _run(run_id: int) -> QuizAnalysisRun:
    run = db.session.get(QuizAnalysisRun, run_id)
    if run is None:
        raise Unknown()
    return run
