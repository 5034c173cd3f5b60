"""Reading the scores that a language model proposes: used whole, or not at all. Pure.

The frozen rubric is the measure: each of its criteria once, each with points of one of its levels, each with words that
were really said. A verdict, a pass mark, another criterion or an invented quotation makes the whole unusable.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct

from assessments.roleplays.conversations.prompt import Said

KEYS = {"key", "points", "turn", "quote", "why"}
SHORTEST_QUOTE, LONGEST_QUOTE, LONGEST_WHY = 4, 300, 600
_FENCE = re.compile(r"^\s*```(?:json)?\s*\n(.*)\n\s*```\s*$", re.S)
_SPACES = re.compile(r"\s+")


class NotUsable(Exception):
    """Why an answer is no proposal: ``not_json``, ``wrong_shape``, ``criterion_unknown``, ``criterion_twice``,
    ``criterion_missing``, ``points_unknown``, ``quote_missing``, ``quote_not_said``."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Evidence(Struct, frozen=True):
    """Of one criterion: the words quoted, the turn they are from, and what the model says to them."""

    key: str
    quote: str
    turn: int
    why: str


class Proposed(Struct, frozen=True):
    points: dict[str, str]
    evidence: tuple[Evidence, ...]


def read(answer: str, rubric: Mapping[str, Any], said: Sequence[Said]) -> Proposed:
    """The proposal in a model's answer. :raises NotUsable: if anything in it is not of this rubric and this talk."""
    levels = {each["key"]: {str(level["points"]) for level in each["levels"]} for each in rubric["criteria"]}
    points: dict[str, str] = {}
    evidence = []
    for row in _rows(answer):
        key, given = row["key"], str(row["points"])
        if key not in levels:
            raise NotUsable("criterion_unknown")
        if key in points:
            raise NotUsable("criterion_twice")
        if given not in levels[key]:
            raise NotUsable("points_unknown")
        points[key] = given
        evidence.append(Evidence(key, *_quoted(row["quote"], said), why=row["why"].strip()[:LONGEST_WHY]))
    if len(points) < len(levels):
        raise NotUsable("criterion_missing")
    return Proposed(points, tuple(evidence))


def _rows(answer: str) -> list[dict[str, Any]]:
    fenced = _FENCE.match(answer)
    try:
        found = json.loads(fenced[1] if fenced else answer)
    except (ValueError, RecursionError):
        raise NotUsable("not_json") from None
    rows = found.get("criteria") if isinstance(found, dict) and set(found) == {"criteria"} else None
    if not isinstance(rows, list) or not all(_is_row(row) for row in rows):
        raise NotUsable("wrong_shape")
    return rows


def _is_row(row: object) -> bool:
    if not isinstance(row, dict) or set(row) != KEYS or isinstance(row["points"], bool):
        return False
    words = all(isinstance(row[name], str) for name in ("key", "quote", "why"))
    return words and isinstance(row["points"], str | int) and isinstance(row["turn"], int)


def _quoted(quote: str, said: Sequence[Said]) -> tuple[str, int]:
    """The quotation and the first turn that holds it; spaces do not count."""
    wanted = _flat(quote)
    if not SHORTEST_QUOTE <= len(wanted) <= LONGEST_QUOTE:
        raise NotUsable("quote_missing")
    turn = next((each.number for each in said if wanted in _flat(each.text)), None)
    if turn is None:
        raise NotUsable("quote_not_said")
    return quote.strip(), turn


def _flat(words: str) -> str:
    return _SPACES.sub(" ", words).strip()
