"""What a file of questions holds, read or to be written, and what could not come along. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from typing import Any

import filetype
from msgspec import Struct, field

from assessments.grading.questions import BadQuestion, Question, parse
from assessments.grading.texts import written
from assessments.quizzes.formats.media import Media, Medium

MOST_ENTRIES = 1_000
LARGEST = 5 * 1024 * 1024
"""Bytes of a file of text."""
LARGEST_WITH_PICTURES = 30 * 1024 * 1024
PICTURES = frozenset({"image/png", "image/jpeg", "image/webp", "image/gif"})
MOST_TAGS, LONGEST_TAG = 20, 40


class BadFile(ValueError):
    """The file as a whole cannot be read: a stable ``code``, the ``line`` if there is one, figures for its sentence."""

    def __init__(self, code: str, line: int = 0, **params: Any) -> None:
        super().__init__(f"{code} in line {line}" if line else code)
        self.code, self.line, self.params = code, line, params


class Note(Struct, frozen=True):
    """Something in line ``line`` (or question ``line``, when writing; 0: the whole) that did not come along as it is.

    ``left_out`` is true when the whole question stayed behind; ``item`` names the item where a file has several documents.
    """

    line: int
    code: str
    detail: str = ""
    left_out: bool = False
    item: str = ""


class Entry(Struct, frozen=True):
    """A question with its place in the file, counted from 1."""

    question: Question
    line: int = 0
    marks: int = 1
    competency: str = ""
    difficulty: int | None = None
    tags: tuple[str, ...] = ()
    item: str = ""


class Found(Struct, frozen=True):
    """What a file held; ``media`` are the pictures its questions show, under the names the texts call them by."""

    entries: Sequence[Entry]
    notes: Sequence[Note]
    media: Media = field(default_factory=dict)


class Written(Struct, frozen=True):
    """A file's content, and what it could not say."""

    content: bytes
    notes: Sequence[Note]


class Left(Exception):
    """This question stays behind: why, and where."""

    def __init__(self, code: str, line: int = 0, detail: str = "") -> None:
        super().__init__(code)
        self.code, self.line, self.detail = code, line, detail


class Collector(Struct):
    """Gathers entries and notes while a file is read."""

    entries: list[Entry] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    media: dict[str, Medium] = field(default_factory=dict)
    item: str = ""
    """Of the document that is being read, where a file has several."""
    _said: set[Note] = field(default_factory=set)

    def add(
        self,
        line: int,
        data: Mapping[str, Any],
        *,
        marks: int = 1,
        competency: str = "",
        difficulty: int | None = None,
        tags: Iterable[str] = (),
    ) -> None:
        """Keep a question, or say why it cannot be one. :raises BadFile: ``file_too_many``."""
        if len(self.entries) >= MOST_ENTRIES:
            raise BadFile("file_too_many", line)
        kept = self._tags(line, tags)
        if difficulty is not None and not 1 <= difficulty <= 5:
            self.note(line, "file_difficulty", str(difficulty))
            difficulty = None
        try:
            question = parse(dict(data))
        except BadQuestion as problem:
            self.leave(line, problem.code, problem.where)
        else:
            self.entries.append(Entry(question, line, marks, competency[:200], difficulty, kept, self.item))

    def _tags(self, line: int, tags: Iterable[str]) -> tuple[str, ...]:
        said = list(dict.fromkeys(each.strip() for each in tags if each.strip()))
        kept = [each for each in said if len(each) <= LONGEST_TAG][:MOST_TAGS]
        for each in said:
            if each not in kept:
                self.note(line, "file_tag", each)
        return tuple(kept)

    def picture(self, name: str, content: bytes) -> str | None:
        """The name by which a text shows a picture; None if the bytes are none. The same picture is kept once."""
        media_type = filetype.guess_mime(content) or ""
        if media_type not in PICTURES:
            return None
        for ref, each in self.media.items():
            if each.content == content:
                return ref
        ref = f"m{len(self.media) + 1}"
        self.media[ref] = Medium(name, media_type, content)
        return ref

    def note(self, line: int, code: str, detail: str = "") -> None:
        """Say it once."""
        note = Note(line, code, detail[:200], item=self.item)
        if note not in self._said:
            self._said.add(note)
            self.notes.append(note)

    def leave(self, line: int, code: str, detail: str = "") -> None:
        self.notes.append(Note(line, code, detail[:200], left_out=True, item=self.item))

    def found(self) -> Found:
        """Everything, in the order of the file."""
        notes = self.notes if any(note.item for note in self.notes) else sorted(self.notes, key=lambda note: note.line)
        return Found(tuple(self.entries), tuple(notes), dict(self.media))


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
        value = written(text.replace(",", ".")) / 100
    except ValueError:
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
