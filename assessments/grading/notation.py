"""Questions of several parts as lines of text, as their author writes them: in one language at a time, the others stay. Pure.

=================  ==========================================================================================
matching,          ``thing -> where it belongs``, a line each; ``-> one more choice`` that nothing belongs to
categorisation
ordering           a thing a line, in the right order
cloze              for each gap of the text ``[[1]]``, and under it what is right (see below)
scenario           for each question ``? What is asked``, and under it what is right
calculated         ``a = 10 .. 50 step 5``, a line for each variable
hotspot            ``rectangle 10 20 40 35``, ``ellipse 50 50 10 5``, ``polygon 10 10 20 10 15 30``: in per cent
open_text, file,    ``? What is looked at``, and under it ``points words`` for each level, rising
=================  ==========================================================================================

What is right: ``* a right option``, ``- a wrong one``; ``= spelling | another``; ``# 12.5 +- 0.5 unit``; ``! true`` or ``! false``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any

from assessments.grading.names import Kept, shown
from assessments.grading.open_text import BY_HAND
from assessments.grading.texts import decimal_text

NOTED = ("matching", "categorisation", "ordering", "cloze", "scenario", "calculated", "hotspot", *BY_HAND)
_ARROW = re.compile(r"\s*(?:->|→)\s*")
_VARIABLE = re.compile(r"(\w+)\s*=\s*(-?[\d.]+)\s*(?:\.\.|…)\s*(-?[\d.]+)(?:\s+step\s+([\d.]+))?", re.ASCII)
_GAP = re.compile(r"\[\[([A-Za-z0-9_-]{1,16})\]\]", re.ASCII)
_NUMBER = re.compile(r"([+-]?[\d.]+)(?:\s*(?:\+-|±)\s*([\d.]+)(%)?)?(?:\s+(\S.*))?")
_LEVEL = re.compile(r"([\d.]+)\s+(\S.*)")
_PERCENT = re.compile(r"\d{1,3}(?:\.\d)?", re.ASCII)


class BadNotation(ValueError):
    """A line that cannot be read: a stable ``code`` and its number, from 1."""

    def __init__(self, code: str, line: int) -> None:
        super().__init__(f"{code} in line {line}")
        self.code, self.line = code, line


def read(kind: str, text: str, language: str, before: Mapping[str, Any] | None) -> dict[str, Any]:
    """``options``, ``body`` and ``key`` (its own part of it) of a question as JSON. :raises BadNotation:"""
    lines = [(at, line.strip()) for at, line in enumerate(text.splitlines(), 1) if line.strip()]
    if not lines:
        raise BadNotation("notation_empty", 1)
    kept = Kept(language, before or {})
    if kind in ("matching", "categorisation"):
        return _pairs(lines, kept)
    if kind == "ordering":
        options = kept.options([line for _at, line in lines])
        return {"options": options, "key": {"order": [each["id"] for each in options]}}
    if kind in ("cloze", "scenario"):
        return _nested(kind, lines, kept)
    if kind == "calculated":
        return {"body": {"variables": [_variable(at, line) for at, line in lines]}, "key": {}}
    if kind == "hotspot":
        return {"body": {}, "key": {"areas": [_area(at, line) for at, line in lines]}}
    return _criteria(lines, kept)


def write(kind: str, data: Mapping[str, Any], language: str) -> str:
    """The lines of a question; what has no words in the language is shown in another."""
    key, body = data["key"], data.get("body") or {}
    if kind in ("matching", "categorisation"):
        return _pairs_text(data, language)
    if kind == "ordering":
        words = {each["id"]: shown(each["text"], language) for each in data["options"]}
        return "\n".join(words[id_] for id_ in key["order"])
    if kind in ("cloze", "scenario"):
        return "\n\n".join(_part_text(kind, part, key["parts"][part["id"]], language) for part in body["parts"])
    if kind == "calculated":
        return "\n".join(
            f"{each['name']} = {each['low']} .. {each['high']} step {each['step']}" for each in body["variables"]
        )
    if kind == "hotspot":
        return "\n".join(f"{area['shape']} {' '.join(map(_percent, area['points']))}" for area in key["areas"])
    return "\n\n".join(_criterion_text(each, language) for each in key["criteria"])


def _pairs(lines: Sequence[tuple[int, str]], kept: Kept) -> dict[str, Any]:
    things: list[tuple[str, str]] = []
    targets: list[str] = []
    for at, line in lines:
        thing, arrow, target = _halves(line)
        if not arrow or not target:
            raise BadNotation("notation_pair", at)
        targets.append(target)
        if thing:
            things.append((thing, target))
    if not things:
        raise BadNotation("notation_pair", lines[0][0])
    options = kept.options(list(dict.fromkeys(targets)))
    ids = dict(zip(dict.fromkeys(targets), (each["id"] for each in options), strict=True))
    parts = kept.parts([thing for thing, _target in things])
    pairs = {part["id"]: ids[target] for part, (_thing, target) in zip(parts, things, strict=True)}
    return {"options": options, "body": {"parts": parts}, "key": {"pairs": pairs}}


def _halves(line: str) -> tuple[str, str, str]:
    match = _ARROW.search(line)
    return (line[: match.start()], "->", line[match.end() :]) if match else (line, "", "")


def _pairs_text(data: Mapping[str, Any], language: str) -> str:
    words = {each["id"]: shown(each["text"], language) for each in data["options"]}
    pairs = data["key"]["pairs"]
    lines = [f"{shown(part['text'], language)} -> {words[pairs[part['id']]]}" for part in data["body"]["parts"]]
    return "\n".join(lines + [f"-> {words[id_]}" for id_ in words if id_ not in set(pairs.values())])


def _nested(kind: str, lines: Sequence[tuple[int, str]], kept: Kept) -> dict[str, Any]:
    blocks = list(_blocks(kind, lines))
    if kind == "cloze":
        parts: list[dict[str, Any]] = [{"id": head} for _at, head, _lines in blocks]
    else:
        parts = kept.parts([head for _at, head, _lines in blocks])
    keys = {}
    for part, (at, _head, inner) in zip(parts, blocks, strict=True):
        more, key = _right(at, inner, kept.within(part["id"]))
        part.update(more)
        keys[part["id"]] = key
    return {"body": {"parts": parts}, "key": {"parts": keys}}


def _blocks(kind: str, lines: Sequence[tuple[int, str]]) -> Iterator[tuple[int, str, list[tuple[int, str]]]]:
    """The line of a head, the head, and the lines under it."""
    found: tuple[int, str, list[tuple[int, str]]] | None = None
    for at, line in lines:
        gap = _GAP.fullmatch(line)
        head = gap[1] if kind == "cloze" and gap else line[1:].strip() if kind != "cloze" and line[:1] in "?？" else None
        if head is not None:
            if found:
                yield found
            found = (at, head, [])
        elif found is None:
            raise BadNotation("notation_head_first", at)
        else:
            found[2].append((at, line))
    if found:
        yield found


def _right(at: int, lines: Sequence[tuple[int, str]], kept: Kept) -> tuple[dict[str, Any], dict[str, Any]]:
    """What a part adds to itself and its key, from the lines under its head."""
    signs = {line[0] for _at, line in lines}
    if lines and signs <= {"*", "-"}:
        return _choices(at, lines, kept)
    if len(lines) != 1 or signs - set("=#!"):
        raise BadNotation("notation_right", lines[-1][0] if lines else at)
    line_at, line = lines[0]
    rest = line[1:].strip()
    if line[0] == "=":
        spellings = [each.strip() for each in rest.split("|") if each.strip()]
        patterns = [each for each in spellings if "*" in each]
        key: dict[str, Any] = {"accepted": [each for each in spellings if "*" not in each], "match_case": False}
        return {"kind": "short_text"}, key | ({"patterns": patterns} if patterns else {})
    if line[0] == "#":
        return _numeric(line_at, rest)
    if rest.casefold() not in ("true", "false"):
        raise BadNotation("notation_right", line_at)
    return {"kind": "true_false"}, {"correct": rest.casefold() == "true"}


def _choices(
    at: int, lines: Sequence[tuple[int, str]], kept: Kept
) -> tuple[dict[str, Any], dict[str, Any]]:
    options = kept.options([line[1:].strip() for _at, line in lines])
    right = [option["id"] for option, (_at, line) in zip(options, lines, strict=True) if line[0] == "*"]
    if not right:
        raise BadNotation("notation_no_right", at)
    if len(right) == 1:
        return {"kind": "single", "options": options}, {"correct": right[0]}
    return {"kind": "multiple", "options": options}, {"correct": right, "credit": "penalty"}


def _numeric(at: int, text: str) -> tuple[dict[str, Any], dict[str, Any]]:
    match = _NUMBER.fullmatch(text)
    if match is None:
        raise BadNotation("notation_number", at)
    value, tolerance, relative, unit = match.groups()
    try:
        share = Fraction(tolerance or "0") / (100 if relative else 1)
        key = {"value": decimal_text(Fraction(value)), "tolerance": decimal_text(share), "relative": bool(relative)}
    except ValueError:
        raise BadNotation("notation_number", at) from None
    return {"kind": "numeric"} | ({"unit": unit} if unit else {}), key


def _part_text(kind: str, part: Mapping[str, Any], key: Mapping[str, Any], language: str) -> str:
    head = f"[[{part['id']}]]" if kind == "cloze" else f"? {shown(part['text'], language)}"
    return "\n".join([head, *_right_text(part, key, language)])


def _right_text(part: Mapping[str, Any], key: Mapping[str, Any], language: str) -> list[str]:
    if part["kind"] in ("single", "multiple"):
        right = {key["correct"]} if part["kind"] == "single" else set(key["correct"])
        return [f"{'*' if each['id'] in right else '-'} {shown(each['text'], language)}" for each in part["options"]]
    if part["kind"] == "true_false":
        return [f"! {'true' if key['correct'] else 'false'}"]
    if part["kind"] == "short_text":
        return [f"= {' | '.join([*key['accepted'], *key.get('patterns', [])])}"]
    tolerance = Fraction(key["tolerance"])
    words = [f"# {key['value']}"]
    if tolerance:
        words.append(f"+- {decimal_text(tolerance * 100)}%" if key["relative"] else f"+- {key['tolerance']}")
    return [" ".join([*words, part["unit"]] if part.get("unit") else words)]


def _variable(at: int, line: str) -> dict[str, str]:
    match = _VARIABLE.fullmatch(line)
    if match is None:
        raise BadNotation("notation_variable", at)
    return {"name": match[1], "low": match[2], "high": match[3], "step": match[4] or "1"}


def _area(at: int, line: str) -> dict[str, Any]:
    shape, *numbers = line.split()
    if shape not in ("rectangle", "ellipse", "polygon") or not all(map(_PERCENT.fullmatch, numbers)):
        raise BadNotation("notation_area", at)
    return {"shape": shape, "points": [int(Fraction(each) * 10) for each in numbers]}


def _percent(thousandths: int) -> str:
    return decimal_text(Fraction(thousandths, 10))


def _criteria(lines: Sequence[tuple[int, str]], kept: Kept) -> dict[str, Any]:
    blocks = list(_blocks("open_text", lines))
    criteria = kept.criteria([head for _at, head, _lines in blocks])
    for criterion, (_at, _head, inner) in zip(criteria, blocks, strict=True):
        points, words = [], []
        for line_at, line in inner:
            match = _LEVEL.fullmatch(line)
            if match is None:
                raise BadNotation("notation_level", line_at)
            points.append(match[1])
            words.append(match[2])
        texts = kept.levels(criterion["id"], words)
        criterion["levels"] = [{"points": p, "text": text} for p, text in zip(points, texts, strict=True)]
    return {"body": {}, "key": {"criteria": criteria}}


def _criterion_text(criterion: Mapping[str, Any], language: str) -> str:
    levels = [f"{each['points']} {shown(each['text'], language)}" for each in criterion["levels"]]
    return "\n".join([f"? {shown(criterion['text'], language)}", *levels])
