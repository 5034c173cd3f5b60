"""Item analysis of a quiz: from the first finished attempts to :func:`assessments.grading.items.analyse`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from msgspec import Struct, field

from assessments.grading.items import ItemStatistics, QuizAnalysis, analyse, rest_scores
from assessments.grading.part_items import PartStatistics, part_statistics
from assessments.quizzes import policies, sections
from assessments.quizzes.analysis import parts
from assessments.quizzes.analysis.parts import Looked, Texts
from assessments.quizzes.analysis.responses import Responses, responses, saves, seconds, texts
from assessments.quizzes.models import QuestionVersion, Quiz
from lms.authz import Actor
from lms.db import LocalText


class Place(NamedTuple):
    """Where a question stands in the draft: its ``number``, or the ``sections`` that may draw it, or nowhere."""

    number: int = 0
    sections: tuple[LocalText, ...] = ()


class ItemRow(NamedTuple):
    """An item of the analysis: a version of a question, since another text is another item."""

    version: QuestionVersion
    kind: str
    place: Place
    statistics: ItemStatistics
    option_texts: Mapping[str, LocalText]
    parts: Sequence[PartStatistics] = ()
    part_texts: Mapping[str, LocalText] = {}


class Analysis(Struct, frozen=True):
    """The analysis of ``n`` first attempts; ``items`` those with alarms first, then as in the quiz. ``certain``: answers
    came with how sure their giver was, which is left out here."""

    n: int
    quiz: QuizAnalysis | None
    items: Sequence[ItemRow] = field(default_factory=list)
    certain: bool = False


def of_quiz(actor: Actor, module_id: int) -> tuple[Quiz, Analysis]:
    """First finished attempt of each person, graded with the keys in force. For the trainers of the course.

    :raises Unknown: if the actor does not author it.
    """
    quiz = policies.marked_quiz(actor, module_id)
    found = responses(quiz.id)
    return quiz, analysis_of(quiz, found) if found else Analysis(0, None)


def analysis_of(quiz: Quiz, found: Responses) -> Analysis:
    """The analysis of the responses to a quiz, in six statements."""
    words = texts(found.versions)
    seen = parts.looked(quiz.id, found, words)
    times = seconds(found, saves(quiz.id))
    names = [str(version) for version in found.versions]
    made = analyse(found.scores, names=names, drawn=found.drawn, seconds=times, options=seen.options)
    return Analysis(found.n, made, _rows(quiz, found, words, made, seen), found.certain)


def _rows(quiz: Quiz, found: Responses, words: Texts, made: QuizAnalysis, seen: Looked) -> list[ItemRow]:
    places = _places(quiz, words)
    rest = rest_scores(found.filled, found.drawn) if seen.parts else None
    rows = []
    for at, (version, statistics) in enumerate(zip(found.versions, made.items, strict=True)):
        text, kind = words[version]
        own = found.drawn[:, at]
        part = seen.parts.get(at)
        of_parts = part_statistics(part.shares[own], rest[own, at], part.names) if part and rest is not None else ()
        place = places.get(text.question_id, Place())
        rows.append(ItemRow(text, kind, place, statistics, _options(text), of_parts, _parts(text, kind)))
    rows.sort(key=lambda each: (not serious(each), each.place.number or len(rows) + 1, each.version.id))
    return rows


def _options(text: QuestionVersion) -> dict[str, LocalText]:
    return {each["id"]: each["text"] for each in text.options}


def _parts(text: QuestionVersion, kind: str) -> dict[str, LocalText]:
    """Part → its words, where it has any; the gaps of a text have none."""
    if kind == "ordering":
        return _options(text)
    written: Sequence[Mapping[str, Any]] = (text.body or {}).get("parts", [])
    return {each["id"]: each.get("text", {}) for each in written}


def _places(quiz: Quiz, words: Texts) -> dict[int, Place]:
    """Question → where the draft has it. A question that no section fixes may still be drawn from the bank by several."""
    found = {item.question_id: Place(number=at) for at, item in enumerate(quiz.items, 1)}
    asked = {text.question_id for text, _kind in words.values()} - set(found)
    if not asked:
        return found
    pools = sections.pools([quiz])
    drawn: dict[int, list[LocalText]] = {}
    for section in quiz.sections:
        for question in pools.get(section.id, ()):
            drawn.setdefault(question.id, []).append(section.title)
    return found | {id_: Place(sections=tuple(titles)) for id_, titles in drawn.items() if id_ in asked}


def serious(row: ItemRow) -> bool:
    """Whether an item has an alarm beside that of few takers, or one of its parts has."""
    own = any(alarm.code != "few_takers" for alarm in row.statistics.alarms)
    return own or any(each.alarm for each in row.parts)
