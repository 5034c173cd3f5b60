"""What a survey asks: its items, read from and written to JSON. Pure.

A survey's content is a flat list of items in the order asked. A ``section`` is an item without an answer: those after it
belong to it until the next one, and a condition on it holds for them all.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

Text = Mapping[str, str]
LANGUAGES = ("en", "zh_Hans", "zh_Hant")
KINDS = ("single", "multiple", "likert", "rating", "nps", "ranking", "number", "short", "open")
SECTION = "section"
CHOICES = frozenset({"single", "multiple", "ranking"})
BRANCHING = frozenset({"single", "multiple", "rating", "nps"})
"""Kinds whose answer another question can depend on."""
MEASURED = frozenset({"likert", "rating", "nps"})
"""Kinds that lie on a scale, so that a survey's measure can be made of them."""
MOST_ITEMS, MOST_OPTIONS, MOST_POINTS = 100, 20, 10
LONGEST = 2000
_ID = re.compile(r"[a-z][a-z0-9_]{0,15}")


class Unreadable(ValueError):
    """The content cannot be read; ``where`` says at which item, ``code`` what is wrong with it."""

    def __init__(self, where: str, code: str) -> None:
        super().__init__(f"{where}: {code}")
        self.where, self.code = where, code


class Option(Struct, frozen=True):
    """An option, a point of a Likert scale or one of its statements."""

    id: str
    text: Text


class Condition(Struct, frozen=True):
    """Asked only when the answer to ``question`` is, or holds, one of ``values``."""

    question: str
    values: frozenset[str]


class Item(Struct, frozen=True):
    """A section or a question. ``options``: choices, or the points of a Likert scale from least to most;
    ``rows``: the statements of a Likert grid; ``points``: of a rating scale, counted from 1."""

    id: str
    kind: str
    text: Text
    help: Text
    required: bool = False
    options: tuple[Option, ...] = ()
    rows: tuple[Option, ...] = ()
    points: int = 5
    low: Text | None = None
    high: Text | None = None
    unit: str = ""
    measure: bool = False
    condition: Condition | None = None

    @property
    def asks(self) -> bool:
        return self.kind != SECTION

    def branch_values(self) -> tuple[str, ...]:
        """The answers that a condition on this item can name."""
        if self.kind in ("single", "multiple"):
            return tuple(option.id for option in self.options)
        return tuple(str(value) for value in self.scale())

    def scale(self) -> range:
        """The whole numbers of a rating or NPS scale; empty for the other kinds."""
        if self.kind == "nps":
            return range(11)
        return range(1, self.points + 1) if self.kind == "rating" else range(0)


def from_json(data: Any) -> tuple[Item, ...]:
    """:raises Unreadable: for anything that is no list of items."""
    if not isinstance(data, list) or len(data) > MOST_ITEMS:
        raise Unreadable("items", "survey_unreadable")
    items = tuple(_item(each, f"items[{at}]") for at, each in enumerate(data))
    if len({item.id for item in items}) != len(items):
        raise Unreadable("items", "survey_item_twice")
    return items


def to_json(items: Sequence[Item]) -> list[dict[str, Any]]:
    return [item_to_json(item) for item in items]


def item_to_json(item: Item) -> dict[str, Any]:
    """Only what the kind of item has."""
    data: dict[str, Any] = {"id": item.id, "kind": item.kind, "text": dict(item.text)}
    if item.help:
        data["help"] = dict(item.help)
    if item.asks:
        data["required"] = item.required
    for name in ("options", "rows"):
        if options := getattr(item, name):
            data[name] = [{"id": option.id, "text": dict(option.text)} for option in options]
    if item.kind == "rating":
        data["points"] = item.points
    if item.kind in ("rating", "nps"):
        data |= {"low": dict(item.low or {}), "high": dict(item.high or {})}
    if item.kind == "number":
        data["unit"] = item.unit
    if item.measure:
        data["measure"] = True
    if item.condition:
        data["condition"] = {"question": item.condition.question, "values": sorted(item.condition.values)}
    return data


def read_item(data: Any) -> Item:
    return _item(data, "item")


def fresh_id(items: Sequence[Item]) -> str:
    """An id that no item of the survey has: q1, q2 …"""
    taken = {item.id for item in items}
    return next(name for at in range(1, 2 * MOST_ITEMS + 2) if (name := f"q{at}") not in taken)


def with_item(items: Sequence[Item], item: Item) -> tuple[Item, ...]:
    """The item in the place of the one with its id, or else at the end."""
    if any(each.id == item.id for each in items):
        return tuple(item if each.id == item.id else each for each in items)
    return (*items, item)


def without(items: Sequence[Item], item_id: str) -> tuple[Item, ...]:
    """Without the item; conditions that name it go with it."""
    kept = [each for each in items if each.id != item_id]
    return tuple(
        replace(each, condition=None) if each.condition and each.condition.question == item_id else each
        for each in kept
    )


def moved(items: Sequence[Item], item_id: str, step: int) -> tuple[Item, ...]:
    """The item one place up (-1) or down (+1); at an end it stays."""
    order = list(items)
    at = next((n for n, each in enumerate(order) if each.id == item_id), -1)
    to = at + step
    if at >= 0 and 0 <= to < len(order):
        order[at], order[to] = order[to], order[at]
    return tuple(order)


def _item(data: Any, where: str) -> Item:
    if not isinstance(data, dict):
        raise Unreadable(where, "survey_unreadable")
    kind, id_ = data.get("kind"), data.get("id")
    if kind not in (*KINDS, SECTION):
        raise Unreadable(where, "survey_kind_unknown")
    if not isinstance(id_, str) or not _ID.fullmatch(id_):
        raise Unreadable(where, "survey_unreadable")
    text = _text(data.get("text"), where)
    if not any(text.values()):
        raise Unreadable(where, "survey_text_missing")
    item = Item(
        id=id_,
        kind=kind,
        text=text,
        help=_text(data.get("help", {}), where),
        required=data.get("required") is True and kind != SECTION,
        options=_options(data.get("options", []), where) if kind in CHOICES | {"likert"} else (),
        rows=_options(data.get("rows", []), where) if kind == "likert" else (),
        points=_points(data.get("points", 5), where) if kind == "rating" else 5,
        low=_text(data.get("low", {}), where) if kind in ("rating", "nps") else None,
        high=_text(data.get("high", {}), where) if kind in ("rating", "nps") else None,
        unit=str(data.get("unit", ""))[:40] if kind == "number" else "",
        measure=data.get("measure") is True and kind in MEASURED,
        condition=_condition(data.get("condition"), where),
    )
    if kind in CHOICES | {"likert"} and len(item.options) < 2:
        raise Unreadable(where, "survey_options_few")
    if kind == "likert" and not item.rows:
        raise Unreadable(where, "survey_rows_missing")
    return item


def _text(value: Any, where: str) -> dict[str, str]:
    if not isinstance(value, dict):
        raise Unreadable(where, "survey_unreadable")
    if any(k not in LANGUAGES or not isinstance(v, str) or len(v) > LONGEST for k, v in value.items()):
        raise Unreadable(where, "survey_text_long")
    return {key: words.strip() for key, words in value.items() if words.strip()}


def _options(value: Any, where: str) -> tuple[Option, ...]:
    if not isinstance(value, list) or len(value) > MOST_OPTIONS:
        raise Unreadable(where, "survey_options_many")
    found = []
    for each in value:
        if not isinstance(each, dict) or not isinstance(each.get("id"), str) or not _ID.fullmatch(each["id"]):
            raise Unreadable(where, "survey_unreadable")
        text = _text(each.get("text"), where)
        if not text:
            raise Unreadable(where, "survey_option_empty")
        found.append(Option(each["id"], text))
    if len({option.id for option in found}) != len(found):
        raise Unreadable(where, "survey_item_twice")
    return tuple(found)


def _points(value: Any, where: str) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 2 <= value <= MOST_POINTS:
        raise Unreadable(where, "survey_points")
    return value


def _condition(value: Any, where: str) -> Condition | None:
    if value is None:
        return None
    names = value.get("values") if isinstance(value, dict) else None
    if not isinstance(names, list) or not isinstance(value.get("question"), str) or not names:
        raise Unreadable(where, "survey_condition")
    return Condition(value["question"], frozenset(str(name) for name in names))
