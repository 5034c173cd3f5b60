"""The bank as a list, and one question with all that is known of it. The reader's courses are part of every query."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from fractions import Fraction
from typing import Any, NamedTuple

from msgspec import Struct
from sqlalchemy import String, cast, or_, select
from sqlalchemy.orm import aliased, undefer

from assessments.grading.estimates import Estimate, wilson
from assessments.grading.items import SETTLED_FACILITY
from assessments.grading.open_text import BY_HAND
from assessments.grading.questions import to_json
from assessments.grading.texts import LANGUAGES
from assessments.quizzes import answer_lines, bank, results, sections
from assessments.quizzes.layout import lay_out
from assessments.quizzes.models import Question, QuestionVersion, Quiz, QuizItem, QuizSection
from assessments.quizzes.queries import asked as asked_in
from assessments.quizzes.question_bank import states
from assessments.quizzes.question_bank.changes import Change, Lines, changes, lines_of
from assessments.quizzes.question_bank.models import QuestionFigure, QuestionReview
from assessments.quizzes.question_bank.reviewing import authored_question, wrote_of
from assessments.quizzes.results import Judged
from courses import policies as course_policies
from courses.models import Course, Module
from lms.authz import Actor, Permission, require
from lms.db import LocalText, db
from lms.errors import Unknown
from lms.paging import Page, paginate
from lms.people.models import Person

PAGE = 25
UNKEYED = frozenset({*BY_HAND, "hotspot", "calculated"})
"""Kinds whose right answer is no mark at an option and no word: criteria, areas of an image, a formula."""


class Wanted(Struct, frozen=True):
    """What a list of questions is narrowed to; "" and 0 for anything."""

    q: str = ""
    course: int = 0
    kind: str = ""
    competency: str = ""
    difficulty: int = 0
    tag: str = ""
    status: str = ""
    """active or retired."""
    review: str = ""


class Use(NamedTuple):
    """A quiz that asks a question: chosen, or (``drawn``) drawn by a section."""

    module_id: int
    title: LocalText
    section: LocalText
    drawn: bool


class Row(NamedTuple):
    question: Question
    course_code: str
    review: str
    stem: LocalText
    uses: Sequence[Use]
    figure: Estimate | None
    """The facility of the newest text; None where nobody has met it."""
    answered: int
    """Over all its versions."""


class Choices(NamedTuple):
    """What the list can be narrowed to."""

    courses: Sequence[tuple[int, str]]
    competencies: Sequence[str]
    tags: Sequence[str]


def listed(actor: Actor, wanted: Wanted, page: int) -> Page[Row]:
    """The questions of the courses that the actor may edit, the newest first."""
    require(actor, Permission.QUIZ_AUTHOR)
    query = (
        select(Question, Course.code, states.state(), QuestionVersion.id, QuestionVersion.stem)
        .join(Course, Course.id == Question.course_id)
        .join(QuestionVersion, QuestionVersion.id == states.text_id())
        .where(course_policies.authored(actor))
        .order_by(Question.id.desc())
    )
    found = paginate(_narrowed(query, wanted), page, PAGE)
    questions = [row[0] for row in found.rows]
    uses, figures = uses_of(questions), _figures([each.id for each in questions])
    rows = []
    for question, code, state, version_id, stem in found.rows:
        own = figures.get(question.id, {})
        answered = sum(each.answered for each in own.values())
        rows.append(Row(question, code, state, stem, uses[question.id], facility(own.get(version_id)), answered))
    return Page(rows, found.number, found.size, found.total)


def _narrowed(query: Any, wanted: Wanted) -> Any:
    columns: list[tuple[Any, Any]] = [
        (Question.course_id, wanted.course),
        (Question.kind, wanted.kind),
        (Question.competency, wanted.competency),
        (Question.difficulty, wanted.difficulty),
        (Question.status, wanted.status),
        (states.state(), wanted.review),
    ]
    for column, value in columns:
        if value:
            query = query.where(column == value)
    if wanted.tag:
        query = query.where(cast(Question.tags, String).contains(json.dumps(wanted.tag), autoescape=True))
    if wanted.q.strip():
        words = [QuestionVersion.stem[each].as_string().icontains(wanted.q.strip(), autoescape=True) for each in LANGUAGES]
        query = query.where(or_(*words))
    return query


def choices(actor: Actor, course_id: int = 0) -> Choices:
    """Courses, competencies and tags of the questions that the actor may edit, in one statement."""
    query = (
        select(Course.id, Course.code, Question.competency, cast(Question.tags, String))
        .join(Question, Question.course_id == Course.id)
        .where(course_policies.authored(actor))
        .distinct()
    )
    rows = db.session.execute(query.where(Course.id == course_id) if course_id else query).all()
    tags = {tag for row in rows for tag in json.loads(row[3] or "[]")}
    competencies = {row[2] for row in rows if row[2]}
    return Choices(sorted({(row[0], row[1]) for row in rows}, key=lambda each: each[1]), sorted(competencies), sorted(tags))


def uses_of(questions: Sequence[Question]) -> dict[int, list[Use]]:
    """Question → the quizzes of drafts that ask it, in three statements at most."""
    found: dict[int, list[Use]] = {question.id: [] for question in questions}
    rows = db.session.execute(
        select(QuizItem.question_id, Module.id, Module.title, QuizSection.title)
        .join(Quiz, Quiz.id == QuizItem.quiz_id)
        .join(Module, Module.id == Quiz.module_id)
        .outerjoin(QuizSection, QuizSection.id == QuizItem.section_id)
        .where(QuizItem.question_id.in_(found), Module.removed_at.is_(None))
        .order_by(Module.position, Module.id)
    )
    for question_id, module_id, title, part in rows:
        found[question_id].append(Use(module_id, title, part or {}, False))
    drawing = db.session.execute(
        select(QuizSection, Module)
        .join(Quiz, Quiz.id == QuizSection.quiz_id)
        .join(Module, Module.id == Quiz.module_id)
        .where(QuizSection.draw.is_not(None), Module.removed_at.is_(None))
        .where(Module.course_id.in_({question.course_id for question in questions}))
        .order_by(Module.position, QuizSection.position)
    ).all()
    for question in questions:
        chosen = {use.module_id for use in found[question.id]}
        for section, module in drawing:
            own = module.course_id == question.course_id and module.id not in chosen
            if own and question.status == "active" and sections.fits(question, section):
                found[question.id].append(Use(module.id, module.title, section.title, True))
    return found


def _figures(question_ids: Sequence[int]) -> dict[int, dict[int, QuestionFigure]]:
    """Question → version → its figures."""
    rows = db.session.execute(
        select(QuestionVersion.question_id, QuestionFigure)
        .join(QuestionFigure, QuestionFigure.version_id == QuestionVersion.id)
        .where(QuestionVersion.question_id.in_(question_ids))
    )
    found: dict[int, dict[int, QuestionFigure]] = {}
    for question_id, figure in rows:
        found.setdefault(question_id, {})[figure.version_id] = figure
    return found


def facility(figure: QuestionFigure | None) -> Estimate | None:
    """The mean share earned, an answer left empty counting 0, with Wilson's interval; as in the item analysis."""
    if figure is None or not figure.asked:
        return None
    mean = min(figure.earned / figure.asked, 1.0)
    return Estimate(mean, wilson(mean, figure.asked), figure.asked, figure.asked >= SETTLED_FACILITY)


class VersionRow(NamedTuple):
    """A version: what it says otherwise than the one before (its text, or the key it mends), and how it fared."""

    version: QuestionVersion
    author: Person | None
    changed: Sequence[Change]
    mended: int | None
    """The number of the version whose key it mends."""
    figure: Estimate | None
    answered: int
    copied_by: Person | None


class ReviewRow(NamedTuple):
    act: str
    comment: str
    at: datetime
    by: Person | None
    number: int
    """Of the version."""


class Dossier(Struct, frozen=True):
    """One question with everything: ``lines`` what it says now, ``held`` the version that is reviewed."""

    question: Question
    review: str
    held: QuestionVersion
    stem: LocalText
    lines: Lines
    keyed: Judged | None
    """As learners meet it, with what is right; None for kinds that read better in the lines of the editor."""
    uses: Sequence[Use]
    versions: Sequence[VersionRow]
    reviews: Sequence[ReviewRow]
    own: bool
    """Whether the reader wrote what would be reviewed."""
    counted_at: datetime | None


def dossier(actor: Actor, question_id: int) -> Dossier:
    """:raises Unknown: if the actor does not edit its course."""
    require(actor, Permission.QUIZ_AUTHOR)
    question = authored_question(actor, question_id)
    versions = _versions(question_id)
    if not versions:
        raise Unknown()
    figures = _figures([question_id]).get(question_id, {})
    said = {version.id: to_json(bank.question_of(question.kind, version)) for version, *_people in versions}
    text = [version for version, *_people in versions if version.mends_id is None][-1]
    held = [version for version, *_people in versions if text.id in (version.id, version.mends_id)][-1]
    reviews = _reviews(question_id)
    return Dossier(
        question=question,
        review=next((row.act for row in reviews if row.number == held.number), states.DRAFT),
        held=held,
        stem=text.stem,
        lines=lines_of(said[held.id]),
        keyed=_keyed(question, text, held),
        uses=uses_of([question])[question_id],
        versions=_compared(versions, said, figures),
        reviews=reviews,
        own=actor.person_id in wrote_of(held, text),
        counted_at=max((each.counted_at for each in figures.values()), default=None),
    )


def _keyed(question: Question, text: QuestionVersion, held: QuestionVersion) -> Judged | None:
    """Laid out as in an attempt that nobody has answered; in one statement."""
    if question.kind in UNKEYED:
        return None
    item = {"question": question.id, "version": text.id, "kind": question.kind, "marks": 1, **bank.skeleton(question.kind, text)}
    (asked,) = asked_in(lay_out([item], shuffle=False), {})
    key = bank.question_of(question.kind, held).key
    said = {"feedback": held.feedback.get("all", {}), "option_feedback": held.feedback.get("options", {})}
    return Judged(asked, Fraction(0), False, lines=answer_lines.lines(asked, key), **results.key_words(key), **said)


def _versions(question_id: int) -> list[tuple[QuestionVersion, Person | None, Person | None]]:
    """Each with who wrote it, and who copied it."""
    copier = aliased(Person)
    rows = db.session.execute(
        select(QuestionVersion, Person, copier)
        .options(undefer(QuestionVersion.key), undefer(QuestionVersion.feedback))
        .outerjoin(Person, Person.id == QuestionVersion.created_by_id)
        .outerjoin(copier, copier.id == QuestionVersion.copied_by_id)
        .where(QuestionVersion.question_id == question_id)
        .order_by(QuestionVersion.id)
    )
    return [(version, person, copied_by) for version, person, copied_by in rows]


def _compared(
    versions: Sequence[tuple[QuestionVersion, Person | None, Person | None]],
    said: Mapping[int, dict[str, Any]],
    figures: Mapping[int, QuestionFigure],
) -> list[VersionRow]:
    """The newest first. A mended key is compared with the key it takes the place of, a text with the text before."""
    rows, in_force, text = [], dict[int, int](), 0
    numbers = {version.id: version.number for version, *_people in versions}
    for version, person, copied_by in versions:
        before = in_force.get(version.mends_id) if version.mends_id else in_force.get(text)
        changed = changes(said[before], said[version.id]) if before else []
        text = text if version.mends_id else version.id
        in_force[version.mends_id or version.id] = version.id
        figure = figures.get(version.id)
        answered = figure.answered if figure else 0
        rows.append(VersionRow(version, person, changed, numbers.get(version.mends_id or 0), facility(figure), answered, copied_by))
    return rows[::-1]


def _reviews(question_id: int) -> list[ReviewRow]:
    rows = db.session.execute(
        select(QuestionReview.act, QuestionReview.comment, QuestionReview.created_at, Person, QuestionVersion.number)
        .join(QuestionVersion, QuestionVersion.id == QuestionReview.version_id)
        .outerjoin(Person, Person.id == QuestionReview.created_by_id)
        .where(QuestionVersion.question_id == question_id)
        .order_by(QuestionReview.id.desc())
    )
    return [ReviewRow(*row) for row in rows]


def other_courses(actor: Actor, course_id: int, limit: int = 200) -> list[Course]:
    """The courses into which the actor could copy a question of this one."""
    query = select(Course).where(course_policies.authored(actor), Course.id != course_id)
    return list(db.session.scalars(query.order_by(Course.code).limit(limit)))
