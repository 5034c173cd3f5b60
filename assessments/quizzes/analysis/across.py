"""All quizzes of a trainer side by side, from the summaries that a worker keeps, and questions that several of them ask."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from msgspec import Struct
from sqlalchemy import exists, func, or_, select
from sqlalchemy.orm import joinedload

from assessments.quizzes.analysis.models import QuizAnalysisRun, RunKind
from assessments.quizzes.models import Attempt, GradeEntry, QuestionVersion, Quiz
from courses import policies as course_policies
from courses.models import Course, Module
from lms import jobs
from lms.authz import Actor, Permission, require
from lms.db import LocalText, db, fetch


class Summed(NamedTuple):
    """A quiz with its last summary; None while it has none."""

    quiz: Quiz
    run: QuizAnalysisRun | None

    @property
    def report(self) -> dict[str, Any]:
        return (self.run.report if self.run else None) or {}

    @property
    def alarms(self) -> int:
        return sum(self.report.get("alarms", {}).values())


class Alarming(NamedTuple):
    """A quiz whose last summary has ``alarms`` (code → how many), from ``n`` takers."""

    module_id: int
    title: LocalText
    course: str
    n: int
    alarms: Mapping[str, int]

    @property
    def total(self) -> int:
        return sum(self.alarms.values())


class Use(NamedTuple):
    """A question in one quiz, with its figures there."""

    quiz: Quiz
    figures: Mapping[str, Any]


class Shared(Struct, frozen=True):
    """A question that several quizzes ask. ``apart``: its facility in one lies wholly beyond that in another."""

    stem: LocalText
    uses: Sequence[Use]
    apart: bool


def summaries(actor: Actor) -> list[Summed]:
    """The quizzes of the courses that the actor edits and that somebody has taken; those with most alarms first."""
    rows = db.session.execute(
        select(Quiz, QuizAnalysisRun)
        .join(Module, Module.id == Quiz.module_id)
        .join(Course, Course.id == Module.course_id)
        .outerjoin(QuizAnalysisRun, (QuizAnalysisRun.quiz_id == Quiz.id) & QuizAnalysisRun.id.in_(_newest()))
        .options(joinedload(Quiz.module).joinedload(Module.course))
        .where(course_policies.authored(actor), _taken())
        .order_by(Course.code, Quiz.id)
    )
    found = [Summed(*row) for row in rows]
    return sorted(found, key=lambda each: -each.alarms)


def alarming(actor: Actor) -> list[Alarming]:
    """The quizzes with alarms of the courses that the actor edits, those with most first: for a page that everybody opens, so of
    a report no more is read than that."""
    report = QuizAnalysisRun.report
    rows = fetch(
        select(Quiz.module_id, Module.title, Course.code, report["n"].as_integer(), report["alarms"])
        .join(QuizAnalysisRun, QuizAnalysisRun.quiz_id == Quiz.id)
        .join(Module, Module.id == Quiz.module_id)
        .join(Course, Course.id == Module.course_id)
        .where(course_policies.authored(actor), QuizAnalysisRun.id.in_(_newest()))
        .order_by(Course.code, Quiz.id)
    ).all()
    return sorted((Alarming(*row) for row in rows if row[-1]), key=lambda each: -each.total)


def shared(found: Sequence[Summed]) -> list[Shared]:
    """The questions that several of these quizzes ask, those first that are not equally hard everywhere."""
    uses: dict[int, dict[int, Use]] = {}
    versions: dict[int, int] = {}
    for each in found:
        for item in each.report.get("items", []):
            if item["facility"] is not None:
                uses.setdefault(item["question"], {})[each.quiz.id] = Use(each.quiz, item)
                versions[item["question"]] = max(versions.get(item["question"], 0), item["version"])
    several = {question: list(by_quiz.values()) for question, by_quiz in uses.items() if len(by_quiz) > 1}
    if not several:
        return []
    stems = dict(
        db.session.execute(
            select(QuestionVersion.question_id, QuestionVersion.stem).where(
                QuestionVersion.id.in_([versions[question] for question in several])
            )
        ).all()
    )
    rows = [Shared(stems[question], own, apart([use.figures for use in own])) for question, own in several.items()]
    return sorted(rows, key=lambda row: not row.apart)


def apart(figures: Sequence[Mapping[str, Any]]) -> bool:
    """Whether the interval of the facility in one quiz lies wholly above that in another."""
    ends = [each["facility"]["interval"] for each in figures if each["facility"]["interval"]]
    return bool(ends) and max(low for low, _high in ends) > min(high for _low, high in ends)


def outdated(actor: Actor) -> list[Quiz]:
    """The quizzes in which somebody was graded since their last summary, or that have none."""
    require(actor, Permission.QUIZ_AUTHOR)
    last = (
        select(func.max(QuizAnalysisRun.finished_at))
        .where(QuizAnalysisRun.quiz_id == Quiz.id, QuizAnalysisRun.kind == RunKind.SUMMARY)
        .scalar_subquery()
    )
    graded = select(func.max(GradeEntry.at)).join(Attempt).where(Attempt.quiz_id == Quiz.id).scalar_subquery()
    return list(
        db.session.scalars(
            select(Quiz)
            .join(Module, Module.id == Quiz.module_id)
            .join(Course, Course.id == Module.course_id)
            .options(joinedload(Quiz.module).joinedload(Module.course))
            .where(course_policies.authored(actor), _taken(), or_(last.is_(None), graded > last))
            .order_by(Quiz.id)
        )
    )


def ask(actor: Actor, *, now: datetime) -> jobs.Job:
    """Promise summaries of the quizzes that miss one."""
    require(actor, Permission.QUIZ_AUTHOR)
    return jobs.promise(actor, "quiz.summarise", person=actor.person_id)


def figures_of(question_ids: Sequence[int]) -> dict[int, list[dict[str, Any]]]:
    """Question → its figures in each quiz whose summary has it (``quiz``, ``n``, ``facility``, ``discrimination``, ``alarms``), for
    lists of questions. The caller has found that the reader may see them."""
    wanted = set(question_ids)
    rows = db.session.execute(select(QuizAnalysisRun.quiz_id, QuizAnalysisRun.report).where(QuizAnalysisRun.id.in_(_newest())))
    found: dict[int, list[dict[str, Any]]] = {}
    for quiz_id, report in rows:
        for item in report.get("items", []):
            if item["question"] in wanted:
                found.setdefault(item["question"], []).append({"quiz": quiz_id, **item})
    return found


def _newest() -> Any:
    """The ids of the last finished summary of each quiz."""
    finished = (QuizAnalysisRun.kind == RunKind.SUMMARY, QuizAnalysisRun.finished_at.is_not(None))
    return select(func.max(QuizAnalysisRun.id)).where(*finished).group_by(QuizAnalysisRun.quiz_id)


def _taken() -> Any:
    return exists().where(Attempt.quiz_id == Quiz.id, Attempt.ended_at.is_not(None))
