"""Item analysis of a quiz: from the first finished attempts to :func:`assessments.grading.items.analyse`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from msgspec import Struct, convert, field, to_builtins

from assessments.grading.items import ItemStatistics, QuizAnalysis, analyse, rest_scores
from assessments.grading.part_items import PartStatistics, part_statistics
from assessments.quizzes import sections
from assessments.quizzes.analysis import parts
from assessments.quizzes.analysis.parts import Looked, Texts
from assessments.quizzes.analysis.responses import Responses, responses, saves, seconds, texts
from assessments.quizzes.models import QuestionVersion, Quiz
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


class Figures(Struct, frozen=True):
    """What the responses to a quiz say, without the words of its questions: ``quiz`` with an item for each version, called by its id;
    ``parts`` by version."""

    n: int
    quiz: QuizAnalysis
    parts: dict[int, tuple[PartStatistics, ...]]
    certain: bool

    @property
    def versions(self) -> list[int]:
        return [int(item.name) for item in self.quiz.items]


def figures_of(quiz_id: int, found: Responses) -> Figures:
    """The figures of the responses to a quiz: first finished attempt of each person, graded with the keys in force."""
    seen = parts.looked(quiz_id, found, texts(found.versions))
    times = seconds(found, saves(quiz_id))
    names = [str(version) for version in found.versions]
    made = analyse(found.scores, names=names, drawn=found.drawn, seconds=times, options=seen.options)
    return Figures(found.n, made, _of_parts(found, seen), found.certain)


def described(quiz: Quiz, figures: Figures) -> Analysis:
    """The figures with the words of the questions and their places in the draft as it is now."""
    words = texts(figures.versions)
    places = _places(quiz, words)
    rows = []
    for version, statistics in zip(figures.versions, figures.quiz.items, strict=True):
        text, kind = words[version]
        place = places.get(text.question_id, Place())
        rows.append(ItemRow(text, kind, place, statistics, _options(text), figures.parts.get(version, ()), _parts(text, kind)))
    rows.sort(key=lambda each: (not serious(each), each.place.number or len(rows) + 1, each.version.id))
    return Analysis(figures.n, figures.quiz, rows, figures.certain)


def analysis_of(quiz: Quiz) -> Analysis:
    """The analysis of a quiz as it stands now."""
    found = responses(quiz.id)
    return described(quiz, figures_of(quiz.id, found)) if found else Analysis(0, None)


def made(quiz: Quiz, found: Responses | None) -> dict[str, Any]:
    """The report of a run: the figures; empty while nobody is graded."""
    return to_builtins(figures_of(quiz.id, found), str_keys=True) if found else {}


def kept(report: Mapping[str, Any]) -> Figures | None:
    """The figures of a report."""
    return convert(report, Figures, str_keys=True) if report else None


def _of_parts(found: Responses, seen: Looked) -> dict[int, tuple[PartStatistics, ...]]:
    if not seen.parts:
        return {}
    rest = rest_scores(found.filled, found.drawn)
    own = {at: found.drawn[:, at] for at in seen.parts}
    return {
        found.versions[at]: part_statistics(part.shares[own[at]], rest[own[at], at], part.names)
        for at, part in seen.parts.items()
    }


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
