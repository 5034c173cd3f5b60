"""Aiken: one question, its options as A. or A), and ANSWER: B. Single choice and nothing else. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from assessments.grading.keys import SingleKey
from assessments.quizzes.formats.entries import (
    Collector,
    Entry,
    Found,
    Note,
    Written,
    named,
    other_languages,
)
from assessments.quizzes.formats.media import SHOWN, Media, words_only

LETTERS = "ABCDEFGHIJKLMNOPQRST"
_OPTION = re.compile(r"([A-T])[.)]\s+(\S.*)")
_ANSWER = re.compile(r"ANSWER:\s*([A-T])", re.I)


def read(content: bytes, language: str) -> Found:
    """The questions of an Aiken file in UTF-8."""
    out = Collector()
    stem: list[str] = []
    options: list[str] = []
    first = 0
    for at, raw in enumerate(content.decode("utf-8-sig").splitlines(), 1):
        line = raw.strip()
        if not line:
            continue
        first = first or at
        answer, option = _ANSWER.fullmatch(line), _OPTION.fullmatch(line)
        if answer:
            _keep(out, first, stem, options, answer[1].upper(), language, at)
            stem, options, first = [], [], 0
        elif option and stem and option[1] == LETTERS[len(options)]:
            options.append(option[2])
        elif options:
            out.leave(at, "file_answer", line)
            stem, options, first = [], [], 0
        else:
            stem.append(line)
    if stem:
        out.leave(first, "file_no_answers", stem[0])
    return out.found()


def _keep(
    out: Collector, first: int, stem: list[str], options: list[str], letter: str, language: str, at: int
) -> None:
    right = LETTERS.index(letter)
    if not stem or right >= len(options):
        out.leave(at, "file_no_right")
        return
    key: dict[str, Any] = {"correct": f"k{right + 1}"}
    data = {"kind": "single", "stem": {language: "\n".join(stem)}, "options": named("k", options, language), "key": key}
    out.add(first, data)


def write(entries: Iterable[Entry], language: str, media: Media | None = None) -> Written:
    """An Aiken file of the questions with one right option; the others are noted."""
    pieces, notes = [], []
    for number, entry in enumerate(entries, 1):
        question, key = entry.question, entry.question.key
        words = [each.text.get(language, "") for each in question.options]
        stem = question.stem.get(language, "")
        lines = [line for line in words_only(stem).splitlines() if line.strip()]
        if not isinstance(key, SingleKey):
            notes.append(Note(number, "file_kind", question.kind, left_out=True))
            continue
        if not lines or not all(words) or any("\n" in each for each in words):
            notes.append(Note(number, "file_language", language, left_out=True))
            continue
        right = LETTERS[[each.id for each in question.options].index(key.correct)]
        text = [*lines, *(f"{letter}. {each}" for letter, each in zip(LETTERS, words, strict=False)), f"ANSWER: {right}"]
        pieces.append("\n".join(text))
        if SHOWN.search(stem):
            notes.append(Note(number, "file_picture_stays"))
        if question.feedback or any(each.feedback for each in question.options):
            notes.append(Note(number, "file_feedback"))
        if others := other_languages(question, language):
            notes.append(Note(number, "file_other_languages", ", ".join(others)))
        if entry.marks != 1:
            notes.append(Note(number, "file_marks", str(entry.marks)))
    return Written(("\n\n".join(pieces) + "\n").encode() if pieces else b"", tuple(notes))
