"""Results: what a learner may see of a finished attempt, and the lists of those who read results of others."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from fractions import Fraction
from functools import cache
from typing import Any, NamedTuple

from msgspec import Struct
from sqlalchemy import bindparam, case, func, or_, select
from sqlalchemy.orm import joinedload

from assessments.grading.questions import (
    AreaKey,
    MultipleKey,
    NumericKey,
    SingleKey,
    TextKey,
    TrueFalseKey,
    decimal_text,
)
from assessments.quizzes import answer_lines, bank, hands, policies, queries
from assessments.quizzes.answer_lines import Line
from assessments.quizzes.layout import values_of, with_numbers
from assessments.quizzes.models import Attempt, GradeEntry, Question, QuestionVersion, Quiz, State
from assessments.quizzes.policies import Release, released
from assessments.quizzes.queries import Asked, Sheet
from assessments.quizzes.services import standing_grade
from assessments.quizzes.windows import moment_of
from courses import policies as course_policies
from courses.models import Enrolment
from lms.authz import Actor, Permission
from lms.db import LocalText, db
from lms.errors import Unknown
from lms.paging import Page, paginate
from lms.people.models import Person
from lms.people.scope import in_name_order

RESULTS_PAGE = 50


class Judged(Struct, frozen=True):
    """A question with what its answer earned; ``correct`` (option ids), ``accepted`` and ``feedback`` only if released."""

    question: Asked
    earned: Fraction
    answered: bool
    correct: frozenset[str] | None = None
    accepted: Sequence[str] = ()
    tolerance: str = ""
    relative: bool = False
    feedback: LocalText | None = None
    option_feedback: Mapping[str, LocalText] | None = None
    lines: Sequence[Line] = ()
    remarks: Sequence[str] = ()
    areas: Sequence[Any] = ()
    correct_share: Fraction | None = None
    """What of the answer was right, where how sure its giver was has made other marks of it."""
    sure: int | None = None

    @property
    def state(self) -> str:
        """right | part | wrong | empty"""
        if not self.answered:
            return "empty"
        share = self.earned / self.question.marks if self.correct_share is None else self.correct_share
        return "right" if share == 1 else "part" if share > 0 else "wrong"


class Result(Struct, frozen=True):
    """A finished attempt: its grade, and as much of the rest as is released."""

    sheet: Sheet
    entry: GradeEntry
    release: Release
    judged: Sequence[Judged]
    left: int | None
    regraded: bool

    @property
    def earned(self) -> Fraction:
        return Fraction(self.entry.earned)


class Unsettled(Exception):
    """A finished attempt whose open answers still wait for a grader."""


class Row(NamedTuple):
    """A line of the list of results."""

    attempt: Attempt
    person: Person
    entry: GradeEntry | None


class Totals(NamedTuple):
    """Takers with a finished attempt in scope; how many of them passed in some attempt."""

    takers: int
    passed: int


def own_result(
    actor: Actor, attempt_id: int, sheet: Sheet | None = None, *, now: datetime | None = None
) -> Result:
    """One's own finished attempt; ``sheet`` is its sheet, if the caller has it. :raises Unknown: if it is
    somebody else's, or still open.
    """
    sheet = sheet or queries.sheet(actor, attempt_id)
    attempt = sheet.attempt
    tries = db.session.execute(
        _tries(), {"enrolment": attempt.enrolment_id, "quiz": attempt.quiz_id}
    ).all()
    open_ = any(state == State.OPEN for _id, state, _entry in tries)
    passed = any(entry is not None and entry.passed for _id, _state, entry in tries)
    exhausted = attempt.allowed is not None and len(tries) >= attempt.allowed and not open_
    closes_at = moment_of(attempt.frozen.get("closes_at"))
    closed = closes_at is not None and now is not None and now >= closes_at
    release = released(attempt.frozen["review"], passed=passed, exhausted=exhausted, closed=closed)
    left = None if attempt.allowed is None else max(0, attempt.allowed - len(tries))
    entry = next((entry for id_, state, entry in tries if id_ == attempt.id and state != State.OPEN), None)
    return _result(sheet, entry, release, left)


@cache
def _tries() -> Any:
    """The attempts of an enrolment with the grades that count. Built once: building costs more than running it."""
    return (
        select(Attempt.id, Attempt.state, GradeEntry)
        .outerjoin(GradeEntry, standing_grade())
        .where(Attempt.enrolment_id == bindparam("enrolment"), Attempt.quiz_id == bindparam("quiz"))
    )


def result_of(actor: Actor, module_id: int, attempt_id: int) -> tuple[Result, Person]:
    """A learner's attempt for the trainers of the course, with everything. :raises Unknown: otherwise."""
    quiz = policies.marked_quiz(actor, module_id)
    row = db.session.execute(
        select(Attempt, Person, GradeEntry)
        .join(Person, Person.id == Attempt.person_id)
        .join(GradeEntry, standing_grade())
        .where(Attempt.id == attempt_id, Attempt.quiz_id == quiz.id, Attempt.state != State.OPEN)
    ).one_or_none()
    if row is None:
        raise Unknown()
    module = quiz.module
    sheet = queries.sheet_of(row.Attempt, module.title, module.course.title, module.course_id)
    return _result(sheet, row.GradeEntry, Release(True, True), None), row.Person


def _result(sheet: Sheet, entry: GradeEntry | None, release: Release, left: int | None) -> Result:
    if entry is None:
        raise Unsettled()
    judged = _judged(sheet, entry, release) if release.marks else []
    return Result(sheet, entry, release, judged, left, entry.supersedes_id is not None)


def _judged(sheet: Sheet, entry: GradeEntry, release: Release) -> list[Judged]:
    marks = {each["question"]: each for each in entry.marks}
    versions = [each.version_id for each in sheet.questions]
    keys = bank.keys_in_force(versions) if release.key else {}
    said = _feedback(versions) if release.key else {}
    remarks = hands.current([sheet.attempt.id]) if hands.open_items(sheet.attempt) else {}
    items = {item["question"]: item for item in sheet.attempt.frozen["items"]}
    found = []
    for question in sheet.questions:
        mark = marks[question.id]
        earned = Fraction(mark["share"]) * mark["marks"]
        said_by_hand = remarks.get((sheet.attempt.id, question.id), [])
        key = keys[question.version_id].key if release.key else None
        shown: dict[str, Any] = {"lines": answer_lines.lines(question, key)}
        if "correct" in mark:
            shown |= {"correct_share": Fraction(mark["correct"]), "sure": mark["sure"]}
        shown["remarks"] = [each.comment for each in said_by_hand if each.comment]
        if key is not None:
            feedback = said[question.version_id]
            shown |= key_words(answer_lines.resolved(key, values_of(items[question.id]))) | {
                "feedback": with_numbers(items[question.id], feedback.get("all", {})),
                "option_feedback": feedback.get("options", {}),
            }
        found.append(Judged(question, earned, mark["answered"], **shown))
    return found


def key_words(key: Any) -> dict[str, Any]:
    """A key as the page shows it: option ids, or what counts as right when typed."""
    if isinstance(key, SingleKey):
        return {"correct": frozenset({key.correct})}
    if isinstance(key, MultipleKey):
        return {"correct": key.correct}
    if isinstance(key, TrueFalseKey):
        return {"correct": frozenset({"true" if key.correct else "false"})}
    if isinstance(key, NumericKey):
        tolerance = key.tolerance * 100 if key.relative else key.tolerance
        return {
            "accepted": [decimal_text(key.value)],
            "tolerance": decimal_text(tolerance) if tolerance else "",
            "relative": key.relative,
        }
    if isinstance(key, TextKey):
        return {"accepted": [*key.accepted, *key.patterns]}
    return {"areas": key.areas} if isinstance(key, AreaKey) else {}


def _feedback(version_ids: Sequence[int]) -> dict[int, dict[str, Any]]:
    rows = db.session.execute(
        select(QuestionVersion.id, QuestionVersion.feedback).where(QuestionVersion.id.in_(version_ids))
    )
    return dict(rows.all())


_SORTS = {"name": in_name_order(), "ended": Attempt.ended_at, "score": GradeEntry.score}


def results(
    actor: Actor, module_id: int, *, q: str = "", sort: str = "name", page: int = 1
) -> tuple[Quiz, Page[Row], Totals]:
    """Attempts of the people in scope, a page of them, with the totals. :raises Unknown: if nobody's may be read."""
    quiz = policies.course_of_results(actor, module_id)
    found = paginate(_results(actor, quiz, q, sort), page, RESULTS_PAGE)
    rows = [Row(*row) for row in found.rows]
    return quiz, Page(rows, found.number, found.size, found.total), _totals(actor, quiz)


def every_result(actor: Actor, module_id: int, *, q: str = "", sort: str = "name") -> Iterator[Row]:
    """The rows of the export: the same query."""
    quiz = policies.course_of_results(actor, module_id)
    for row in db.session.execute(_results(actor, quiz, q, sort).execution_options(yield_per=500)):
        yield Row(*row)


def _results(actor: Actor, quiz: Quiz, q: str, sort: str) -> Any:
    key = _SORTS.get(sort.removeprefix("-"), in_name_order())
    query: Any = (
        select(Attempt, Person, GradeEntry)
        .join(Enrolment, Enrolment.id == Attempt.enrolment_id)
        .join(Person, Person.id == Attempt.person_id)
        .outerjoin(GradeEntry, standing_grade())
        .where(Attempt.quiz_id == quiz.id)
        .where(course_policies.enrolments_seen(actor, Permission.QUIZ_RESULT_READ))
        .options(joinedload(Person.team))
        .order_by(key.desc() if sort.startswith("-") else key, Attempt.id)
    )
    if q.strip():
        like = f"%{q.strip()}%"
        query = query.where(
            or_(Person.name.ilike(like), Person.number.ilike(like), Person.name_latin.ilike(like))
        )
    return query


def _totals(actor: Actor, quiz: Quiz) -> Totals:
    takers = (
        select(Attempt.person_id, func.max(_as_number()).label("passed"))
        .join(Enrolment, Enrolment.id == Attempt.enrolment_id)
        .join(Person, Person.id == Attempt.person_id)
        .join(GradeEntry, standing_grade())
        .where(Attempt.quiz_id == quiz.id)
        .where(course_policies.enrolments_seen(actor, Permission.QUIZ_RESULT_READ))
        .group_by(Attempt.person_id)
        .subquery()
    )
    row = db.session.execute(
        select(func.count(), func.coalesce(func.sum(takers.c.passed), 0)).select_from(takers)
    ).one()
    return Totals(int(row[0]), int(row[1]))


def _as_number() -> Any:
    return case((GradeEntry.passed, 1), else_=0)


class BankRow(NamedTuple):
    """A question of a course's bank: its newest text and the key in force."""

    question: Question
    version: QuestionVersion


def bank_outside(quiz: Quiz, limit: int = 200) -> list[BankRow]:
    """Questions in use of the course that are not in this quiz, newest first."""
    inside = {item.question_id for item in quiz.items}
    questions = db.session.scalars(
        select(Question)
        .where(Question.course_id == quiz.module.course_id, Question.status == "active", Question.id.not_in(inside))
        .order_by(Question.id.desc())
        .limit(limit)
    ).all()
    latest = bank.latest_versions(each.id for each in questions)
    return [BankRow(each, latest[each.id]) for each in questions]
