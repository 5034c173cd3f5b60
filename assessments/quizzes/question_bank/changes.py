"""What a question says, line by line, and what one version says otherwise than the one before. Pure."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any, NamedTuple

from assessments.grading import notation
from assessments.grading.texts import LANGUAGES, decimal_text

Lines = dict[tuple[str, str], list[str]]
"""(field, language) → its lines; language "" where it makes no difference."""


class Change(NamedTuple):
    """What a field of a question lost and won, in one language or (“”) in all."""

    field: str
    language: str
    gone: Sequence[str]
    new: Sequence[str]


def changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Change]:
    """The differences between two versions as JSON (:func:`assessments.grading.questions.to_json`)."""
    old, new = lines_of(before), lines_of(after)
    found = []
    for field in dict.fromkeys([*old, *new]):
        gone, won = _apart(old.get(field, []), new.get(field, []))
        if gone or won:
            found.append(Change(*field, gone, won))
    return found


def _apart(old: Sequence[str], new: Sequence[str]) -> tuple[list[str], list[str]]:
    gone: list[str] = []
    won: list[str] = []
    for tag, a, b, c, d in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag != "equal":
            gone += old[a:b]
            won += new[c:d]
    return gone, won


def lines_of(data: Mapping[str, Any]) -> Lines:
    """Everything a question says: what is asked, what is right, what is said afterwards."""
    found: Lines = {}
    kind, key = data["kind"], data["key"]
    for language in LANGUAGES:
        _put(found, "stem", language, _text(data["stem"], language))
        _put(found, "options", language, _options(data, language))
        _put(found, "feedback", language, _text(data["feedback"], language))
        if kind in notation.NOTED and language in _spoken(data):
            _put(found, "lines", language, notation.write(kind, data, language).splitlines())
    _put(found, "key", "", _key(kind, key))
    _put(found, "credit", "", [key["credit"]] if "credit" in key else [])
    _put(found, "unit", "", [data["unit"]] if data["unit"] else [])
    _put(found, "image", "", [data["body"]["image"]] if kind == "hotspot" else [])
    return found


def _put(found: Lines, field: str, language: str, lines: list[str]) -> None:
    if lines:
        found[(field, language)] = lines


def _spoken(data: Mapping[str, Any]) -> list[str]:
    """The languages in which anything is said."""
    return [each for each in LANGUAGES if data["stem"].get(each)]


def _text(text: Mapping[str, str], language: str) -> list[str]:
    return [line for line in text.get(language, "").splitlines() if line.strip()]


def _options(data: Mapping[str, Any], language: str) -> list[str]:
    """The options of a choice, ✓ before those that are right."""
    if data["kind"] not in ("single", "multiple"):
        return []
    correct = data["key"]["correct"]
    right = {correct} if isinstance(correct, str) else set(correct)
    found = []
    for each in data["options"]:
        if words := each["text"].get(language):
            said = each["feedback"].get(language, "")
            found.append(f"{'✓' if each['id'] in right else '–'} {words}" + (f" ({said})" if said else ""))
    return found


def _key(kind: str, key: Mapping[str, Any]) -> list[str]:
    if kind == "true_false":
        return ["✓" if key["correct"] else "✗"]
    if kind == "numeric":
        return [f"{key['value']}{_tolerance(key)}"]
    if kind == "short_text":
        partly = [f"{each['text']} ({each['share']})" for each in key.get("partly", [])]
        case = ["Aa ≠ aa"] if key["match_case"] else []
        return [*key["accepted"], *key.get("patterns", []), *partly, *case]
    if kind == "calculated":
        return [f"{key['formula']} → 0.{'0' * key['decimals']}{_tolerance(key)}"]
    return []


def _tolerance(key: Mapping[str, Any]) -> str:
    tolerance = Fraction(key["tolerance"])
    if not tolerance:
        return ""
    return f" ± {decimal_text(tolerance * 100)}%" if key["relative"] else f" ± {key['tolerance']}"
