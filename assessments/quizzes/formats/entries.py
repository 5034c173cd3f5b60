"""What a file of questions holds, read or to be written, and what could not come along. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from assessments.grading.questions import BadQuestion, Question, parse

MOST_ENTRIES = 1_000
LARGEST = 5 * 1024 * 1024
"""Bytes of a file."""


class BadFile(ValueError):
    """The file as a whole cannot be read: a stable ``code``, and the ``line`` if there is one."""

    def __init__(self, code: str, line: int = 0) -> None:
        super().__init__(f"{code} in line {line}" if line else code)
        self.code, self.line = code, line


@dataclass(frozen=True, slots=True)
class Note:
    """Something in line ``line`` (or question ``line``, when writing) that did not come along, or came along changed.

    ``left_out`` is true when the whole question stayed behind.
    """

    line: int
    code: str
    detail: str = ""
    left_out: bool = False


@dataclass(frozen=True, slots=True)
class Entry:
    """A question with its place in the file, counted from 1."""

    question: Question
    line: int = 0
    marks: int = 1
    competency: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """What a file held."""

    entries: Sequence[Entry]
    notes: Sequence[Note]


@dataclass(frozen=True, slots=True)
class Written:
    """A file's content, and what it could not say."""

    content: bytes
    notes: Sequence[Note]


class Left(Exception):
    """This question stays behind: why, and where."""

    def __init__(self, code: str, line: int = 0, detail: str = "") -> None:
        super().__init__(code)
        self.code, self.line, self.detail = code, line, detail


@dataclass(slots=True)
class Collector:
    """Gathers entries and notes while a file is read."""

    entries: list[Entry] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)

    def add(self, line: int, data: Mapping[str, Any], *, marks: int = 1, competency: str = "") -> None:
        """Keep a question, or say why it cannot be one. :raises BadFile: ``file_too_many``."""
        if len(self.entries) >= MOST_ENTRIES:
            raise BadFile("file_too_many", line)
        try:
            self.entries.append(Entry(parse(dict(data)), line, marks, competency))
        except BadQuestion as problem:
            self.leave(line, problem.code, problem.where)

    def note(self, line: int, code: str, detail: str = "") -> None:
        self.notes.append(Note(line, code, detail[:200]))

    def leave(self, line: int, code: str, detail: str = "") -> None:
        self.notes.append(Note(line, code, detail[:200], left_out=True))

    def found(self) -> Found:
        return Found(tuple(self.entries), tuple(sorted(self.notes, key=lambda note: note.line)))


def named(letter: str, texts: Iterable[str], language: str) -> list[dict[str, Any]]:
    """Options or parts in their order: k1, k2, …"""
    return [{"id": f"{letter}{at}", "text": {language: text}} for at, text in enumerate(texts, 1)]


def other_languages(question: Question, language: str) -> list[str]:
    """The languages a question has words in beside this one: a file of one language leaves them behind."""
    texts = [question.stem, question.feedback]
    texts += [each.text for each in question.options] + [each.text for each in question.parts]
    return sorted({each for text in texts for each in text} - {language})


def percent(share: Fraction) -> str:
    """A share as per cent with five decimals at most, as Moodle writes it: 1/3 is 33.33333."""
    value = share * 100
    if value.denominator == 1:
        return str(value.numerator)
    return f"{float(value):.5f}".rstrip("0").rstrip(".")


def share_of(text: str) -> Fraction | None:
    """The share behind a percentage; 33.33333 is 1/3. None if it is no number."""
    try:
        value = Fraction(text.strip().replace(",", ".")) / 100
    except (ValueError, ZeroDivisionError):
        return None
    near = value.limit_denominator(24)
    return near if abs(near - value) < Fraction(1, 100_000) else value.limit_denominator(999)


OPEN_CRITERIA = {
    "criteria": [
        {
            "id": "c1",
            "text": {"en": "The answer as a whole", "zh_Hans": "答案整体"},
            "levels": [
                {"points": str(points), "text": {"en": f"{points} of 4", "zh_Hans": f"{points} / 4"}}
                for points in range(5)
            ],
        }
    ]
}
"""What an open question from a file without criteria is judged by, until its trainer writes better ones."""
