"""Reading what a respondent sent: form fields in, answers and what is wrong with them out. Pure.

Answers by item id: ``single`` an option id, ``multiple`` option ids, ``likert`` {statement: point}, ``rating`` and ``nps`` a
whole number, ``ranking`` option ids from first to last, ``number`` a number, texts a string. What was left empty is absent.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from assessments.grading.answers import ungrouped
from assessments.surveys.branching import asked
from assessments.surveys.items import Item

Raw = Mapping[str, Sequence[str]]
"""Field name → what was sent under it. Fields are ``q3``, and ``q3.r1`` for the parts of grids and rankings."""
LONGEST_SHORT, LONGEST_OPEN = 200, 4000


class Problem(ValueError):
    """``code`` of what is wrong with one answer."""


def fields_of(item: Item) -> tuple[str, ...]:
    """The names of the form fields of an item."""
    if item.kind == "likert":
        return tuple(f"{item.id}.{row.id}" for row in item.rows)
    if item.kind == "ranking":
        return tuple(f"{item.id}.{option.id}" for option in item.options)
    return (item.id,) if item.asks else ()


def known_fields(items: Sequence[Item]) -> frozenset[str]:
    return frozenset(name for item in items for name in fields_of(item))


def read(items: Sequence[Item], raw: Raw) -> tuple[dict[str, Any], dict[str, str]]:
    """(answers of the questions that are asked, problems: item id → code)."""
    answers: dict[str, Any] = {}
    problems: dict[str, str] = {}
    for item in items:
        if not item.asks:
            continue
        try:
            value = read_one(item, raw)
        except Problem as problem:
            problems[item.id] = str(problem)
            continue
        if value is not None:
            answers[item.id] = value
        elif item.required:
            problems[item.id] = "survey_answer_required"
    shown = set(asked(items, answers))
    return (
        {id_: value for id_, value in answers.items() if id_ in shown},
        {id_: code for id_, code in problems.items() if id_ in shown},
    )


def read_one(item: Item, raw: Raw) -> Any:
    """The answer to one item; None when it was left empty. :raises Problem: when it cannot be one."""
    return _READERS[item.kind](item, raw)


def _values(item: Item, raw: Raw) -> list[str]:
    return [value.strip() for value in raw.get(item.id, ()) if value.strip()]


def _single(item: Item, raw: Raw) -> str | None:
    given = _values(item, raw)
    if given and given[0] not in {option.id for option in item.options}:
        raise Problem("survey_answer_unknown")
    return given[0] if given else None


def _multiple(item: Item, raw: Raw) -> list[str] | None:
    given = set(_values(item, raw))
    order = [option.id for option in item.options]
    if given - set(order):
        raise Problem("survey_answer_unknown")
    return [id_ for id_ in order if id_ in given] or None


def _likert(item: Item, raw: Raw) -> dict[str, str] | None:
    points = {option.id for option in item.options}
    given = {row.id: values[0] for row in item.rows if (values := raw.get(f"{item.id}.{row.id}")) and values[0]}
    if set(given.values()) - points:
        raise Problem("survey_answer_unknown")
    if item.required and given and len(given) < len(item.rows):
        raise Problem("survey_answer_rows")
    return given or None


def _whole(item: Item, raw: Raw) -> int | None:
    given = _values(item, raw)
    if not given:
        return None
    if given[0] not in item.branch_values():
        raise Problem("survey_answer_unknown")
    return int(given[0])


def _ranking(item: Item, raw: Raw) -> list[str] | None:
    places = {option.id: (list(raw.get(f"{item.id}.{option.id}", ())) or [""])[0].strip() for option in item.options}
    if not any(places.values()):
        return None
    if sorted(places.values()) != sorted(str(place) for place in range(1, len(item.options) + 1)):
        raise Problem("survey_answer_ranks")
    return sorted(places, key=lambda option: int(places[option]))


def _number(item: Item, raw: Raw) -> float | None:
    given = _values(item, raw)
    if not given:
        return None
    text = ungrouped(given[0].replace("，", ",").replace("−", "-"))
    try:
        value = float(text)
    except ValueError:
        raise Problem("survey_answer_number") from None
    if not math.isfinite(value) or abs(value) > 1e15:
        raise Problem("survey_answer_number")
    return value


def _text(longest: int) -> Any:
    def reader(item: Item, raw: Raw) -> str | None:
        text = " ".join(_values(item, raw)).replace("\x00", "")
        if len(text) > longest:
            raise Problem("survey_answer_long")
        return text or None

    return reader


_READERS: dict[str, Any] = {
    "single": _single,
    "multiple": _multiple,
    "likert": _likert,
    "rating": _whole,
    "nps": _whole,
    "ranking": _ranking,
    "number": _number,
    "short": _text(LONGEST_SHORT),
    "open": _text(LONGEST_OPEN),
}
