"""A quiz as it is published, and as a file: settings, sections, questions with their keys, and the bank it draws from."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from msgspec.structs import asdict, fields
from sqlalchemy import select

from assessments.grading.questions import BadQuestion, text_of, to_json
from assessments.quizzes import bank, editing, policies, sections
from assessments.quizzes.editing import MOST_QUESTIONS, Settings, configure, problem_of, settings_of
from assessments.quizzes.models import Question, Quiz, QuizItem, QuizSection
from assessments.quizzes.sections import Section
from lms.authz import Actor, Permission, require
from lms.db import db
from lms.errors import Refused

FORMAT, VERSION = "needle-quiz", 1
MOST_IN_BANK = 2_000


def frozen(quiz: Quiz) -> dict[str, Any]:
    """What learners will meet: the settings, and each question's newest version; keys are looked up when grading."""
    latest = bank.latest_versions(item.question_id for item in quiz.items)
    place = {each.id: at for at, each in enumerate(quiz.sections)}
    found = {
        "settings": asdict(settings_of(quiz)),
        "items": [
            {
                "question": item.question_id,
                "version": latest[item.question_id].id,
                "kind": item.question.kind,
                "marks": item.marks,
                **({"section": place[item.section_id]} if item.section_id is not None else {}),
                **bank.skeleton(item.question.kind, latest[item.question_id]),
            }
            for item in quiz.items
        ],
    }
    return found | {"sections": sections.frozen(quiz)} if quiz.sections else found


def exported(quiz: Quiz) -> dict[str, Any]:
    """Settings, sections and questions for a file, keys included, without ids of this database."""
    pool = {each.id: each for found in sections.pools([quiz]).values() for each in found}
    rows = {item.question_id: item.question for item in quiz.items} | pool
    written = _written(rows)
    place = {each.id: at for at, each in enumerate(quiz.sections, 1)}
    found: dict[str, Any] = {
        "settings": asdict(settings_of(quiz)),
        "questions": [
            {
                **written[item.question_id],
                "marks": item.marks,
                **({"section": place[item.section_id]} if item.section_id is not None else {}),
            }
            for item in quiz.items
        ],
    }
    if quiz.sections:
        found["sections"] = [_section_data(each) for each in quiz.sections]
        found["bank"] = [written[id_] for id_ in sorted(pool)]
    return found


def _written(rows: Mapping[int, Question]) -> dict[int, dict[str, Any]]:
    """Questions by id as a file holds them."""
    latest = bank.latest_versions(rows)
    keys = bank.keys_in_force(version.id for version in latest.values())
    return {
        id_: {
            **to_json(bank.question_of(row.kind, latest[id_], keys[latest[id_].id].key)),
            "competency": row.competency,
            **({"difficulty": row.difficulty} if row.difficulty else {}),
            **({"tags": row.tags} if row.tags else {}),
        }
        for id_, row in rows.items()
    }


def _section_data(section: QuizSection) -> dict[str, Any]:
    return {each.name: getattr(section, each.name) for each in fields(Section)}


def file_of(quiz: Quiz) -> dict[str, Any]:
    """The quiz as a file of its own; :func:`content_of` reads it."""
    return {
        "format": FORMAT,
        "version": VERSION,
        "title": quiz.module.title,
        "content": exported(quiz),
    }


def content_of(data: object) -> tuple[dict[str, str], dict[str, Any]]:
    """Title and content of a quiz file. :raises Refused: ``quiz_file_other_format``, ``quiz_file_unreadable``."""
    if not isinstance(data, dict) or data.get("format") != FORMAT or data.get("version") != VERSION:
        raise Refused("quiz_file_other_format")
    try:
        title = text_of(data.get("title"), "title")
    except BadQuestion as problem:
        raise Refused("quiz_file_unreadable", where="title") from problem
    if not isinstance(data.get("content"), dict):
        raise Refused("quiz_file_unreadable", where="content")
    return title, data["content"]


def load(actor: Actor, module_id: int, data: dict[str, Any], *, now: datetime) -> Quiz:
    """Fill an empty quiz from an exported dict, whole or not at all.

    A question that stands in the bank of the course already is taken from there, for a quiz that draws: the same twice would
    be drawn twice; for one that does not, if no quiz has chosen it.

    :raises Refused: ``quiz_file_unreadable`` (where), ``quiz_file_question`` (number, code).
    """
    require(actor, Permission.QUIZ_AUTHOR)
    quiz = configure(actor, module_id, _settings(data.get("settings", {})), now=now)
    rows = [_load_section(actor, module_id, each, at, now) for at, each in enumerate(_list(data, "sections", sections.MOST_SECTIONS))]
    if "questions" not in data:
        raise Refused("quiz_file_unreadable", where="questions")
    known = _bank_of(quiz, free=not rows)
    for number, each in enumerate(_list(data, "questions", MOST_QUESTIONS), 1):
        where = f"questions[{number - 1}]"
        item = _load_question(actor, quiz, each, number, where, known, now)
        at = each.get("section")
        if at is not None:
            if isinstance(at, bool) or not isinstance(at, int) or not 1 <= at <= len(rows) or rows[at - 1].draw:
                raise Refused("quiz_file_unreadable", where=f"{where}.section")
            item.section_id = rows[at - 1].id
    for number, each in enumerate(_list(data, "bank", MOST_IN_BANK), 1):
        if not isinstance(each, dict) or _canonical(each) not in known:
            item = _load_question(actor, quiz, each, number, f"bank[{number - 1}]", known, now)
            editing.take_out(actor, module_id, item.question_id, now=now)
    db.session.flush()
    return quiz


def _list(data: Mapping[str, Any], name: str, most: int) -> list[Any]:
    found = data.get(name, [])
    if not isinstance(found, list) or len(found) > most:
        raise Refused("quiz_file_unreadable", where=name)
    return found


def _load_section(actor: Actor, module_id: int, data: object, at: int, now: datetime) -> QuizSection:
    where = f"sections[{at}]"
    kinds: dict[str, Any] = {"draw": int, "difficulty": int, "marks": int, "competency": str, "tag": str}
    if not isinstance(data, dict) or not set(data) <= {each.name for each in fields(Section)}:
        raise Refused("quiz_file_unreadable", where=where)
    for name, kind in kinds.items():
        value = data.get(name)
        if value is not None and (not isinstance(value, kind) or isinstance(value, bool)):
            raise Refused("quiz_file_unreadable", where=f"{where}.{name}")
    try:
        texts = {name: text_of(data.get(name), name) for name in ("title", "introduction")}
        rest: dict[str, Any] = {name: data[name] for name in kinds if data.get(name) is not None}
        section = Section(texts["title"], texts["introduction"], **rest)
        return sections.add(actor, module_id, section, now=now)
    except (BadQuestion, Refused) as problem:
        raise Refused("quiz_file_unreadable", where=where) from problem


def _load_question(
    actor: Actor, quiz: Quiz, data: Any, number: int, where: str, known: dict[str, int], now: datetime
) -> QuizItem:
    if not isinstance(data, dict) or not isinstance(data.get("competency", ""), str):
        raise Refused("quiz_file_unreadable", where=where)
    marks = data.get("marks", 1)
    if isinstance(marks, bool) or not isinstance(marks, int):
        raise Refused("quiz_file_unreadable", where=f"{where}.marks")
    difficulty, tags = data.get("difficulty"), data.get("tags", [])
    if isinstance(difficulty, bool) or not isinstance(difficulty, int | None):
        raise Refused("quiz_file_unreadable", where=f"{where}.difficulty")
    if not isinstance(tags, list) or not all(isinstance(tag, str) for tag in tags):
        raise Refused("quiz_file_unreadable", where=f"{where}.tags")
    there = known.pop(_canonical(data), None)
    try:
        if there is not None:
            item = editing.take_in(actor, quiz.module_id, there, now=now)
            item.marks = editing.checked_marks(marks)
            return item
        competency = data.get("competency", "")
        item = editing.add_question(actor, quiz.module_id, data, marks=marks, competency=competency, now=now)
        sections.describe(actor, policies.question_in(quiz, item.question_id), difficulty, tags)
        return item
    except Refused as refusal:
        raise Refused("quiz_file_question", number=number, where=refusal.field or "", problem=refusal.code) from refusal


def _bank_of(quiz: Quiz, *, free: bool) -> dict[str, int]:
    """The questions of the course, or those that no quiz has chosen, by what they say."""
    query = select(Question).where(Question.course_id == quiz.module.course_id, Question.status == "active")
    if free:
        query = query.where(Question.id.not_in(select(QuizItem.question_id)))
    rows = db.session.scalars(query)
    return {_canonical(each): id_ for id_, each in _written({row.id: row for row in rows}).items()}


def _canonical(data: Mapping[str, Any]) -> str:
    own = {name: value for name, value in data.items() if name not in ("marks", "section")}
    return json.dumps(own, ensure_ascii=False, sort_keys=True)


def _settings(data: object) -> Settings:
    if not isinstance(data, dict) or not set(data) <= set(asdict(Settings())):
        raise Refused("quiz_file_unreadable", where="settings")
    for name, value in data.items():
        texts = ("review", "layout", "opens_at", "closes_at", "counts")
        kind = bool if name in ("shuffle", "one_way", "certainty", "practice") else str if name in texts else int
        optional = name in ("attempts", "time_limit", "opens_at", "closes_at") and value is None
        if not optional and (not isinstance(value, kind) or (kind is int and isinstance(value, bool))):
            raise Refused("quiz_file_unreadable", where=f"settings.{name}")
    settings = Settings(**data)
    wrong = problem_of(settings)
    if wrong is not None:
        raise Refused("quiz_file_unreadable", where=f"settings.{wrong}")
    return settings
