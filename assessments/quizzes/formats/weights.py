"""Answers with percentages, as Moodle and GIFT write them, and the keys they are. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from msgspec import Struct

from assessments.grading.keys import Credit, MultipleKey, TextKey
from assessments.quizzes.formats.entries import Collector, Left, named


class Weighted(Struct, frozen=True):
    """One answer: its words, the share it earns (may be negative) and what is said to those who gave it."""

    text: str
    share: Fraction
    feedback: str = ""
    line: int = 0


def choice(answers: Sequence[Weighted], single: bool, language: str, out: Collector, line: int) -> dict[str, Any]:
    """``kind``, ``options`` and ``key`` of a choice. :raises Left: if nothing is right."""
    options = named("k", (each.text for each in answers), language)
    for option, each in zip(options, answers, strict=True):
        option["feedback"] = {language: each.feedback} if each.feedback else {}
    right = [option["id"] for option, each in zip(options, answers, strict=True) if each.share > 0]
    if not right:
        raise Left("file_no_right", line)
    if single:
        full = [option["id"] for option, each in zip(options, answers, strict=True) if each.share == 1]
        if len(full) != 1:
            raise Left("file_one_right", line)
        if any(each.share not in (0, 1) for each in answers):
            out.note(line, "file_partial_single")
        return {"kind": "single", "options": options, "key": {"correct": full[0]}}
    credit, exact = credit_of(answers)
    if not exact:
        out.note(line, "file_weights_changed")
    return {"kind": "multiple", "options": options, "key": {"correct": right, "credit": credit.value}}


def credit_of(answers: Sequence[Weighted]) -> tuple[Credit, bool]:
    """How such weights are given here, and whether that is exactly the same."""
    right = [each.share for each in answers if each.share > 0]
    wrong = [each.share for each in answers if each.share <= 0]
    even = all(abs(each - Fraction(1, len(right))) < Fraction(1, 10_000) for each in right)
    if wrong and not any(wrong):
        return Credit.PARTIAL, False
    shared = not wrong or all(abs(each + Fraction(1, len(wrong))) < Fraction(1, 10_000) for each in wrong)
    return Credit.PENALTY, even and shared


def weights_of(key: MultipleKey, ids: Sequence[str]) -> list[Fraction]:
    """The percentages nearest to a key: right ones share 100, wrong ones −100."""
    right = Fraction(1, len(key.correct))
    wrong = Fraction(-1, key.wrong) if key.wrong else Fraction(0)
    return [right if id_ in key.correct else wrong for id_ in ids]


def spellings(answers: Sequence[Weighted], match_case: bool, out: Collector, line: int) -> dict[str, Any]:
    """The key of a short text. A ``*`` that stands for any letters is written ``*``, one that is meant ``\\*``."""
    key: dict[str, Any] = {"accepted": [], "match_case": match_case}
    patterns: list[str] = []
    partly: list[dict[str, str]] = []
    for each in answers:
        literal = each.text.replace("\\*", "*")
        if each.feedback:
            out.note(each.line or line, "file_spelling_feedback", each.feedback)
        if each.share <= 0:
            out.note(each.line or line, "file_wrong_spelling", literal)
        elif each.share < 1:
            partly.append({"text": literal, "share": str(each.share)})
        elif "*" in each.text.replace("\\*", ""):
            patterns.append(each.text)
        else:
            key["accepted"].append(literal)
    return key | ({"patterns": patterns} if patterns else {}) | ({"partly": partly} if partly else {})


def spelt(key: TextKey) -> list[Weighted]:
    """The same, to be written."""
    return [
        *(Weighted(each.replace("*", "\\*"), Fraction(1)) for each in key.accepted),
        *(Weighted(each, Fraction(1)) for each in key.patterns),
        *(Weighted(each.replace("*", "\\*"), share) for each, share in key.partly),
    ]
