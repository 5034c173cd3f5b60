"""What trainers do with a quiz of the draft: its settings, its questions, their order. Texts are versions, never changed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from msgspec import Struct
from msgspec.structs import asdict
from sqlalchemy import func, select

from assessments.grading.answers import normal
from assessments.grading.questions import BadQuestion, parse, to_json
from assessments.grading.questions import Question as Asked
from assessments.quizzes import bank, policies
from assessments.quizzes.models import Counts, Layout, Question, QuestionVersion, Quiz, QuizItem, Review
from courses import authoring
from lms import audit
from lms.authz import Actor, Permission, require
from lms.db import db
from lms.errors import Refused

MOST_QUESTIONS = 200
LONGEST_WAIT = 60 * 24 * 90
LONGEST_LIMIT = 60 * 60 * 24


class Settings(Struct, frozen=True):
    """The rules of a quiz: ``pass_mark`` in percent, ``wait_minutes``, ``time_limit`` in seconds; None: no limit."""

    pass_mark: int = 80
    attempts: int | None = None
    wait_minutes: int = 0
    time_limit: int | None = None
    shuffle: bool = True
    review: str = Review.KEY_WHEN_DONE.value
    layout: str = Layout.PAGE.value
    opens_at: str | None = None
    """A moment in UTC like ``2026-11-22T08:00:00+00:00``."""
    closes_at: str | None = None
    counts: str = Counts.BEST.value
    penalty: int = 0
    doubled: int = 0
    one_way: bool = False
    certainty: bool = False
    practice: bool = False
    """Whether those who have completed the course may practise its questions."""


def settings_of(quiz: Quiz) -> Settings:
    return Settings(
        quiz.pass_mark,
        quiz.attempts,
        quiz.wait_minutes,
        quiz.time_limit,
        quiz.shuffle,
        quiz.review,
        quiz.layout,
        quiz.opens_at.isoformat() if quiz.opens_at else None,
        quiz.closes_at.isoformat() if quiz.closes_at else None,
        quiz.counts,
        quiz.penalty,
        quiz.doubled,
        quiz.one_way,
        quiz.certainty,
        quiz.practice,
    )


def problem_of(settings: Settings) -> str | None:
    """The name of the first setting that cannot be, or None."""
    checks = {
        "pass_mark": 0 <= settings.pass_mark <= 100,
        "attempts": settings.attempts is None or 1 <= settings.attempts <= 100,
        "wait_minutes": 0 <= settings.wait_minutes <= LONGEST_WAIT,
        "time_limit": settings.time_limit is None or 30 <= settings.time_limit <= LONGEST_LIMIT,
        "review": settings.review in {each.value for each in Review},
        "layout": settings.layout in {each.value for each in Layout},
        "opens_at": _is_moment(settings.opens_at),
        "closes_at": _is_moment(settings.closes_at) and _in_order(settings.opens_at, settings.closes_at),
        "counts": settings.counts in {each.value for each in Counts},
        "penalty": 0 <= settings.penalty <= 100,
        "one_way": not settings.one_way or settings.layout == Layout.ONE,
        "certainty": not (settings.certainty and settings.penalty),
        "doubled": 0 <= settings.doubled <= 100,
    }
    return next((name for name, right in checks.items() if not right), None)


def _is_moment(text: str | None) -> bool:
    """A moment that every time zone can tell; or none."""
    if text is None:
        return True
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return False
    return moment.tzinfo is not None and 1900 < moment.year < 9000


def _in_order(opens: str | None, closes: str | None) -> bool:
    if not (opens and closes and _is_moment(opens)):
        return True
    return datetime.fromisoformat(closes) > datetime.fromisoformat(opens)


def configure(actor: Actor, module_id: int, settings: Settings, *, now: datetime) -> Quiz:
    """Set the rules of the draft; attempts already made keep theirs. :raises Refused: ``quiz_setting``, ``quiz_closes_too_soon``."""
    require(actor, Permission.QUIZ_AUTHOR)
    quiz = touched(actor, module_id, now)
    wrong = problem_of(settings)
    if wrong == "closes_at" and _is_moment(settings.closes_at):
        raise Refused("quiz_closes_too_soon", field="closes_at")
    if wrong is not None:
        raise Refused("quiz_setting", field=wrong)
    for name, value in asdict(settings).items():
        moment = name in ("opens_at", "closes_at") and value
        setattr(quiz, name, datetime.fromisoformat(value) if moment else value)
    db.session.flush()
    audit.record(actor, "quiz.configure", "module", module_id, **asdict(settings))
    return quiz


def add_question(
    actor: Actor, module_id: int, data: object, *, marks: int, competency: str, now: datetime
) -> QuizItem:
    """A new question at the end of the quiz, and in the bank of its course.

    :raises Refused: for a question that cannot be (``question_…``), ``marks_range``, ``quiz_full``.
    """
    return add_read(actor, module_id, parsed(data), marks=marks, competency=competency, now=now)


def add_read(
    actor: Actor, module_id: int, read: Asked, *, marks: int, competency: str, now: datetime
) -> QuizItem:
    """As :func:`add_question`, of a question that has been read already."""
    require(actor, Permission.QUIZ_AUTHOR)
    quiz = touched(actor, module_id, now)
    question = write_new(actor, quiz.module.course_id, read, competency=competency, now=now)
    item = _put_in(quiz, question, marks)
    audit.record(actor, "question.create", "question", question.id, module=module_id, kind=question.kind)
    return item


class Wrote(NamedTuple):
    """The ids of who wrote a text, and its key where that is somebody else; None for the system."""

    text: int | None
    key: int | None = None


def write_new(
    actor: Actor, course_id: int, read: Asked, *, competency: str, now: datetime, wrote: Wrote | None = None
) -> Question:
    """A question in the bank of a course that the caller has found the actor may edit, in its first version.

    ``wrote``: who wrote what the actor only copies.
    """
    require(actor, Permission.QUIZ_AUTHOR)
    asked = bank.renamed(read)
    question = Question(
        course_id=course_id,
        kind=asked.kind,
        competency=competency.strip()[:200],
        tags=[],
        status="active",
        created_at=now,
        created_by_id=actor.person_id,
    )
    db.session.add(question)
    db.session.flush()
    version = _write(actor, question, asked, 1, now)
    if wrote is not None:
        version.created_by_id, version.key_by_id, version.copied_by_id = wrote.text, wrote.key, actor.person_id
    return question


def edit_question(
    actor: Actor,
    module_id: int,
    question_id: int,
    data: object,
    *,
    marks: int,
    competency: str,
    now: datetime,
) -> QuizItem:
    """Say a question differently: a changed text, key or feedback is a new version, used from the next publication on.

    Attempts already made keep the version they met; :func:`assessments.quizzes.grading.mend` corrects its key.

    :raises Refused: as :func:`add_question`, ``question_kind_stays``.
    """
    require(actor, Permission.QUIZ_AUTHOR)
    quiz = touched(actor, module_id, now)
    item = item_of(quiz, question_id)
    rewrite(actor, item.question, data, competency, now=now)
    item.marks = checked_marks(marks)
    db.session.flush()
    return item


def rewrite(actor: Actor, question: Question, data: object, competency: str, *, now: datetime) -> Question:
    """As :func:`edit_question`, of a question of a course that the caller has found the actor may edit."""
    require(actor, Permission.QUIZ_AUTHOR)
    asked = parsed(data)
    if asked.kind != question.kind:
        raise Refused("question_kind_stays")
    latest = bank.latest_versions([question.id])[question.id]
    in_force = bank.keys_in_force([latest.id])[latest.id].key
    if to_json(asked) != to_json(bank.question_of(asked.kind, latest, in_force)):
        number = db.session.scalar(
            select(func.max(QuestionVersion.number)).where(QuestionVersion.question_id == question.id)
        )
        _write(actor, question, bank.renamed(asked), (number or 0) + 1, now)
        audit.record(actor, "question.edit", "question", question.id, course=question.course_id)
    question.competency = competency.strip()[:200]
    db.session.flush()
    return question


def take_in(actor: Actor, module_id: int, question_id: int, *, now: datetime) -> QuizItem:
    """Put a question of the course's bank at the end of the quiz; one that is in it stays where it is.

    :raises Refused: ``question_retired``, ``quiz_full``.
    """
    require(actor, Permission.QUIZ_AUTHOR)
    quiz = touched(actor, module_id, now)
    question = policies.question_in(quiz, question_id)
    there = next((item for item in quiz.items if item.question_id == question.id), None)
    if there is None and question.status == "retired":
        raise Refused("question_retired")
    return there or _put_in(quiz, question, 1)


def take_out(actor: Actor, module_id: int, question_id: int, *, now: datetime) -> None:
    """Take a question out of the quiz; it stays in the bank, with its versions and results."""
    require(actor, Permission.QUIZ_AUTHOR)
    quiz = touched(actor, module_id, now)
    quiz.items.remove(item_of(quiz, question_id))
    db.session.flush()


def move(actor: Actor, module_id: int, question_id: int, step: int, *, now: datetime) -> None:
    """One place up (-1) or down (+1) in its section; at the end it stays where it is."""
    require(actor, Permission.QUIZ_AUTHOR)
    quiz = touched(actor, module_id, now)
    section_id = item_of(quiz, question_id).section_id
    among = [item.question_id for item in quiz.items if item.section_id == section_id]
    at = among.index(question_id)
    among.insert(min(max(at + step, 0), len(among) - 1), among.pop(at))
    order(actor, module_id, among, now=now)


def order(actor: Actor, module_id: int, question_ids: Sequence[int], *, now: datetime) -> None:
    """Put the questions of the quiz, or of one section of it, in the given order.

    :raises Refused: ``questions_outdated`` when it names others.
    """
    require(actor, Permission.QUIZ_AUTHOR)
    quiz = touched(actor, module_id, now)
    held = {item.section_id for item in quiz.items if item.question_id in set(question_ids)}
    among = [item.question_id for item in quiz.items if len(held) != 1 or item.section_id in held]
    if sorted(question_ids) != sorted(among):
        raise Refused("questions_outdated")
    following = iter(question_ids)
    inside = set(among)
    _place(quiz, [next(following) if item.question_id in inside else item.question_id for item in quiz.items])


def item_of(quiz: Quiz, question_id: int) -> QuizItem:
    """The question's place in the quiz. :raises Unknown: if the course has no such question or the quiz lacks it."""
    policies.question_in(quiz, question_id)
    return policies.found(next((item for item in quiz.items if item.question_id == question_id), None))


def parsed(data: object) -> Asked:
    """:raises Refused: with the word for what is wrong and the field where; ``question_option_same`` for options that nobody can tell apart."""
    try:
        asked = parse(data)
    except BadQuestion as problem:
        raise Refused(problem.code, field=problem.where) from problem
    for options in (asked.options, *(part.options for part in asked.parts)):
        words = [(spoken, normal(text, match_case=True)) for option in options for spoken, text in option.text.items()]
        if len(set(words)) < len(words):
            raise Refused("question_option_same", field="options")
    return asked


def touched(actor: Actor, module_id: int, now: datetime) -> Quiz:
    """The quiz of a module that is about to be edited; the course notes who and when."""
    authoring.touched(actor, module_id, now=now)
    return policies.quiz_of(module_id)


def _put_in(quiz: Quiz, question: Question, marks: int) -> QuizItem:
    if len(quiz.items) >= MOST_QUESTIONS:
        raise Refused("quiz_full", most=MOST_QUESTIONS)
    last = max((item.position for item in quiz.items), default=0)
    item = QuizItem(question_id=question.id, marks=checked_marks(marks), position=last + 1)
    quiz.items.append(item)
    db.session.flush()
    return item


def checked_marks(marks: int) -> int:
    if not 1 <= marks <= 100:
        raise Refused("marks_range", field="marks")
    return marks


def _place(quiz: Quiz, question_ids: Sequence[int]) -> None:
    places = {question_id: position for position, question_id in enumerate(question_ids, 1)}
    for item in quiz.items:
        item.position = places[item.question_id]
    db.session.flush()
    db.session.expire(quiz, ["items"])


def _write(actor: Actor, question: Question, asked: Asked, number: int, now: datetime) -> QuestionVersion:
    version = QuestionVersion(
        question_id=question.id,
        number=number,
        created_at=now,
        created_by_id=actor.person_id,
        **bank.columns_of(asked),
    )
    db.session.add(version)
    db.session.flush()
    return version
