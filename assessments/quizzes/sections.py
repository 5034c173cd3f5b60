"""Sections of a quiz's draft: their titles, what they draw from the bank, which questions of one's choice they hold."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from msgspec import Struct, field
from msgspec.structs import asdict
from sqlalchemy import select

from assessments.quizzes import bank, drawing, editing, policies
from assessments.quizzes.models import Question, Quiz, QuizItem, QuizSection
from assessments.quizzes.question_bank import states
from lms import audit
from lms.authz import Actor, Permission, require
from lms.db import LocalText, db
from lms.errors import Refused

MOST_SECTIONS = 20
MOST_DRAWN = 100
MOST_TAGS, LONGEST_TAG, LONGEST_TITLE = 20, 40, 200


class Section(Struct, frozen=True):
    """A section as it is written. ``draw`` None: it holds questions of one's choice; else that many of those that fit."""

    title: LocalText
    introduction: LocalText = field(default_factory=dict)
    draw: int | None = None
    competency: str = ""
    difficulty: int | None = None
    tag: str = ""
    marks: int = 1


def add(actor: Actor, module_id: int, section: Section, *, now: datetime) -> QuizSection:
    """A section at the end. :raises Refused: ``section_…``, ``question_difficulty``, ``marks_range``."""
    require(actor, Permission.QUIZ_AUTHOR)
    quiz = editing.touched(actor, module_id, now)
    if len(quiz.sections) >= MOST_SECTIONS:
        raise Refused("section_full", field="title")
    position = max((each.position for each in quiz.sections), default=0) + 1
    row = QuizSection(position=position, **asdict(_checked(section)))
    quiz.sections.append(row)
    db.session.flush()
    audit.record(actor, "quiz.section", "module", module_id, section=row.id, draw=section.draw)
    return row


def edit(actor: Actor, module_id: int, section_id: int, section: Section, *, now: datetime) -> QuizSection:
    """Write a section anew. :raises Refused: as :func:`add`, ``section_holds`` if it is to draw but holds questions."""
    require(actor, Permission.QUIZ_AUTHOR)
    quiz = editing.touched(actor, module_id, now)
    row = of_quiz(quiz, section_id)
    if section.draw and any(item.section_id == row.id for item in quiz.items):
        raise Refused("section_holds", field="draw")
    for name, value in asdict(_checked(section)).items():
        setattr(row, name, value)
    db.session.flush()
    audit.record(actor, "quiz.section", "module", module_id, section=row.id, draw=section.draw)
    return row


def remove(actor: Actor, module_id: int, section_id: int, *, now: datetime) -> None:
    """Take a section away; the questions it holds stay in the quiz, before the first section."""
    require(actor, Permission.QUIZ_AUTHOR)
    quiz = editing.touched(actor, module_id, now)
    row = of_quiz(quiz, section_id)
    for item in quiz.items:
        if item.section_id == row.id:
            item.section_id = None
    db.session.flush()
    quiz.sections.remove(row)
    db.session.flush()
    audit.record(actor, "quiz.section_removed", "module", module_id, section=section_id)


def move(actor: Actor, module_id: int, section_id: int, step: int, *, now: datetime) -> None:
    """One place up (-1) or down (+1); at the end it stays where it is."""
    require(actor, Permission.QUIZ_AUTHOR)
    quiz = editing.touched(actor, module_id, now)
    order = list(quiz.sections)
    at = order.index(of_quiz(quiz, section_id))
    order.insert(min(max(at + step, 0), len(order) - 1), order.pop(at))
    for position, each in enumerate(order, 1):
        each.position = position
    db.session.flush()
    db.session.expire(quiz, ["sections"])


def place(actor: Actor, module_id: int, question_id: int, section_id: int | None, *, now: datetime) -> None:
    """Put a question of the quiz into a section, or (None) before the first. :raises Refused: ``section_draws``."""
    require(actor, Permission.QUIZ_AUTHOR)
    quiz = editing.touched(actor, module_id, now)
    item = policies.found(next((each for each in quiz.items if each.question_id == question_id), None))
    if section_id is not None and of_quiz(quiz, section_id).draw:
        raise Refused("section_draws", field="section")
    item.section_id = section_id
    db.session.flush()


def describe(actor: Actor, question: Question, difficulty: int | None, tags: Iterable[str]) -> None:
    """Say of a question of the bank how hard it is meant to be and what it is about. :raises Refused: ``question_…``."""
    require(actor, Permission.QUIZ_AUTHOR)
    cleaned = list(dict.fromkeys(tag.strip() for tag in tags if tag.strip()))
    if len(cleaned) > MOST_TAGS or any(len(tag) > LONGEST_TAG for tag in cleaned):
        raise Refused("question_tags", field="tags")
    question.difficulty, question.tags = _difficulty(difficulty), cleaned
    db.session.flush()


def of_quiz(quiz: Quiz, section_id: int) -> QuizSection:
    """:raises Unknown: if the quiz has no such section."""
    return policies.found(next((each for each in quiz.sections if each.id == section_id), None))


def parts_of(quiz: Quiz) -> list[tuple[QuizSection | None, list[QuizItem]]]:
    """The quiz as its page shows it: the questions before the first section, then each section with those it holds."""
    held: dict[int | None, list[QuizItem]] = {}
    for item in quiz.items:
        held.setdefault(item.section_id, []).append(item)
    first: list[tuple[QuizSection | None, list[QuizItem]]] = [(None, held.get(None, []))]
    return first + [(each, held.get(each.id, [])) for each in quiz.sections]


def pools(quizzes: Sequence[Quiz]) -> dict[int, list[Question]]:
    """Section that draws → the questions in use that fit it and are not in the quiz by choice; one statement, or none.

    Where the course asks for review, only approved ones fit.
    """
    drawing_ = [(quiz, each) for quiz in quizzes for each in quiz.sections if each.draw]
    if not drawing_:
        return {}
    courses = {quiz.module.course_id for quiz, _section in drawing_}
    rows = db.session.scalars(
        select(Question)
        .where(Question.course_id.in_(courses), Question.status == "active", states.may_be_met())
        .order_by(Question.id)
    ).all()
    found = {}
    for quiz, section in drawing_:
        chosen = {item.question_id for item in quiz.items}
        own = (each for each in rows if each.course_id == quiz.module.course_id and each.id not in chosen)
        found[section.id] = [each for each in own if fits(each, section)]
    return found


def fits(question: Question, section: QuizSection | Section) -> bool:
    """Whether a section may draw the question."""
    return (
        section.competency in ("", question.competency)
        and section.difficulty in (None, question.difficulty)
        and (not section.tag or section.tag in question.tags)
    )


def short_of(quiz: Quiz, found: Mapping[int, Sequence[Question]]) -> QuizSection | None:
    """The section that misses a question if each of those that draw is to have its number, none twice; else None."""
    drawing_ = [each for each in quiz.sections if each.draw]
    ids = [[question.id for question in found[each.id]] for each in drawing_]
    try:
        drawing.draw(ids, [each.draw or 0 for each in drawing_], random.Random(0))  # noqa: S311 (whether, not which)
    except drawing.PoolTooSmall as short:
        return drawing_[short.section]
    return None


def frozen(quiz: Quiz) -> list[dict[str, Any]]:
    """The sections as learners will meet them, with the questions from which each draws."""
    found = pools([quiz])
    latest = bank.latest_versions({each.id for pool in found.values() for each in pool}) if found else {}
    return [
        {
            "title": each.title,
            "introduction": each.introduction,
            "draw": each.draw,
            "marks": each.marks,
            "pool": [
                {
                    "question": question.id,
                    "version": latest[question.id].id,
                    "kind": question.kind,
                    **bank.skeleton(question.kind, latest[question.id]),
                }
                for question in found.get(each.id, [])
            ],
        }
        for each in quiz.sections
    ]


def _checked(section: Section) -> Section:
    titles = {key: text.strip() for key, text in section.title.items() if text.strip()}
    if not titles or any(len(text) > LONGEST_TITLE for text in titles.values()):
        raise Refused("section_title", field="title")
    if section.draw is not None and not 1 <= section.draw <= MOST_DRAWN:
        raise Refused("section_draw", field="draw")
    if not 1 <= section.marks <= 100:
        raise Refused("marks_range", field="marks")
    introduction = {key: text.strip() for key, text in section.introduction.items() if text.strip()}
    by = (section.competency.strip()[:200], _difficulty(section.difficulty), section.tag.strip()[:LONGEST_TAG])
    return Section(titles, introduction, section.draw, *by, section.marks)


def _difficulty(value: int | None) -> int | None:
    if value is not None and not 1 <= value <= 5:
        raise Refused("question_difficulty", field="difficulty")
    return value
