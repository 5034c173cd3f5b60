"""From what an item declares as right to the keys of questions. Raises ``Left`` where there is no such key. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

from assessments.grading.keys import LONGEST_ACCEPTED
from assessments.grading.texts import decimal_text
from assessments.quizzes.formats.entries import Left
from assessments.quizzes.formats.qti.responses import Processing, Response, number

Say = Callable[..., None]
"""``say(code, detail)``: something did not come along as it is."""


def choice(response: Response, ids: Sequence[str], most: int, processing: Processing, say: Say) -> dict[str, Any]:
    """``kind`` and ``key`` of a choice; ``most`` choices are allowed, 0: any number."""
    mapped = response.mapped or {}
    right = [id_ for id_ in response.correct if id_ in ids]
    if processing.mapping and not right:
        best = max(mapped.values(), default=Fraction(0))
        right = [id_ for id_ in ids if mapped.get(id_, response.otherwise) == best and best > 0]
    if not right:
        raise Left("file_no_right", response.line)
    if response.cardinality == "single":
        if any(mapped.get(id_, Fraction(0)) > 0 for id_ in ids if id_ != right[0]) and processing.mapping:
            say("file_partial_single", "")
        return {"kind": "single", "key": {"correct": right[0]}}
    if not processing.mapping or response.mapped is None:
        return {"kind": "multiple", "key": {"correct": right, "credit": "exact"}}
    positive = [id_ for id_ in ids if mapped.get(id_, response.otherwise) > 0]
    credit, same = _credit(response, positive, [id_ for id_ in ids if id_ not in positive], most)
    if not same:
        say("file_weights_changed", "")
    return {"kind": "multiple", "key": {"correct": positive or right, "credit": credit}}


def _credit(response: Response, right: Sequence[str], wrong: Sequence[str], most: int) -> tuple[str, bool]:
    """How such a mapping is given here, and whether that is exactly the same."""
    mapped = response.mapped or {}
    gains = {mapped.get(id_, response.otherwise) for id_ in right}
    losses = {mapped.get(id_, response.otherwise) for id_ in wrong}
    even = len(gains) <= 1
    if losses <= {Fraction(0)}:
        return "partial", even and (most == len(right) or not wrong)
    total = sum((mapped.get(id_, response.otherwise) for id_ in right), Fraction(0))
    shared = len(losses) == 1 and abs(-min(losses) * len(wrong) - total) < Fraction(1, 1000)
    return "penalty", even and shared


def text(response: Response, say: Say) -> dict[str, Any]:
    """The key of a short text: what is mapped to the most earns all, the rest its part."""
    mapped = {word: value for word, value in (response.mapped or {}).items() if value > 0}
    best = max(mapped.values(), default=Fraction(1))
    full = [word for word in [*response.correct, *(word for word, value in mapped.items() if value == best)] if word]
    partly = [
        {"text": word, "share": str((value / best).limit_denominator(999))}
        for word, value in mapped.items()
        if value < best and word not in full
    ]
    accepted = [word for word in dict.fromkeys(full) if len(word) <= LONGEST_ACCEPTED]
    for word in dict.fromkeys(full):
        if word not in accepted:
            say("question_accepted", word)
    if not accepted:
        raise Left("file_no_right", response.line)
    return {"accepted": accepted, "match_case": response.match_case} | ({"partly": partly} if partly else {})


def numeric(response: Response, processing: Processing, say: Say) -> dict[str, Any]:
    """The key of a number; of several right ones the first."""
    mapped = [word for word, value in (response.mapped or {}).items() if value > 0]
    words = list(dict.fromkeys([*response.correct, *mapped]))
    if not words:
        raise Left("file_no_right", response.line)
    value = number(words[0])
    if value is None:
        raise Left("file_number", response.line, words[0])
    for word in words[1:]:
        say("file_more_numbers", word)
    return {"value": decimal_text(value), **tolerance(response, processing)}


def tolerance(response: Response, processing: Processing) -> dict[str, Any]:
    """How far from the right number an answer may be; there in per cent, here as a share."""
    mode, size = processing.tolerances.get(response.identifier, ("exact", Fraction(0)))
    relative = mode == "relative"
    found = size / 100 if relative else size if mode == "absolute" else Fraction(0)
    return {"tolerance": decimal_text(found), "relative": relative}


def pairs(response: Response) -> dict[str, list[str]]:
    """First → the seconds that belong to it, from directed pairs that are right."""
    said = response.correct or [word for word, value in (response.mapped or {}).items() if value > 0]
    found: dict[str, list[str]] = {}
    for each in said:
        first, _space, second = each.partition(" ")
        if second:
            found.setdefault(first, []).append(second)
    if not found:
        raise Left("file_no_right", response.line)
    return found


def credit_of_parts(response: Response, processing: Processing, say: Say) -> str:
    if processing.mapping and response.mapped:
        if len({value for value in response.mapped.values() if value > 0}) > 1:
            say("file_gap_weight", "")
        return "partial"
    return "exact"
