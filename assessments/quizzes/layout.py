"""What is fixed when an attempt begins: which questions, in which order, with which numbers. The key is not looked at."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import Any

from assessments.grading import certainty
from assessments.grading.formula import drawn, filled, variables_of
from assessments.grading.parts import PAIRED
from assessments.grading.texts import decimal_text
from assessments.quizzes.drawing import drawn_items

HIDDEN_ORDER = ("ordering", "matching")
"""Their options are written in an order that says what is right: always shuffled."""
LARGEST_SEED = 2**31 - 1


CARRIED = ("counts", "penalty", "doubled", "closes_at", "one_way", "certainty")
"""Rules that an attempt keeps where they are set."""


def of_attempt(content: Mapping[str, Any]) -> dict[str, Any]:
    """What is in force for an attempt that begins now under a published quiz: rules, questions drawn, their order."""
    settings = content["settings"]
    sections = content.get("sections")
    items = drawn_items(content, random.SystemRandom()) if sections else content["items"]
    laid = lay_out(items, settings["shuffle"])
    if settings.get("certainty"):
        laid = [{**item, "marks": item["marks"] * certainty.MOST} for item in laid]
    return {
        **{name: settings[name] for name in ("pass_mark", "review", "layout")},
        **{name: settings[name] for name in CARRIED if settings.get(name)},
        **({"sections": [{name: each[name] for name in ("title", "introduction")} for each in sections]} if sections else {}),
        "items": laid,
    }


def lay_out(items: Iterable[Mapping[str, Any]], shuffle: bool) -> list[dict[str, Any]]:
    """The questions of an attempt in the order in which they will be shown, with the order of their options."""
    chance = random.SystemRandom()
    found = [_item(item, shuffle, chance) for item in items]
    if shuffle:
        chance.shuffle(found)
        found.sort(key=lambda item: item.get("section", -1))
    return found


def lay_one(item: Mapping[str, Any], chance: random.Random) -> dict[str, Any]:
    """A single question laid out, shuffled by ``chance``: the same chance is the same order and the same numbers."""
    return _item(item, True, chance)


def _item(item: Mapping[str, Any], shuffle: bool, chance: random.Random) -> dict[str, Any]:
    kind = item["kind"]
    found = {name: item[name] for name in ("question", "version", "kind", "marks")}
    if "section" in item:
        found["section"] = item["section"]
    found["options"] = list(item["options"])
    if (shuffle and kind not in ("true_false", "categorisation")) or kind in HIDDEN_ORDER:
        chance.shuffle(found["options"])
    if "shape" in item:
        found["shape"] = _shape(kind, item["shape"], shuffle, chance)
    if "variables" in item:
        found["seed"] = chance.randint(1, LARGEST_SEED)
        values = drawn(variables_of(item["variables"]), found["seed"])
        found["values"] = {name: decimal_text(value) for name, value in values.items()}
    return found


def _shape(
    kind: str, shape: Iterable[Mapping[str, Any]], shuffle: bool, chance: random.Random
) -> list[dict[str, Any]]:
    parts = [{**part, "options": list(part["options"])} for part in shape]
    if not shuffle:
        return parts
    if kind in PAIRED:
        chance.shuffle(parts)
        return parts
    for part in parts:
        if part["kind"] != "true_false":
            chance.shuffle(part["options"])
    return parts


def values_of(item: Mapping[str, Any]) -> dict[str, Fraction]:
    """The numbers drawn for a frozen item, exact."""
    return {name: Fraction(value) for name, value in item.get("values", {}).items()}


def with_numbers(item: Mapping[str, Any], text: Mapping[str, str]) -> dict[str, str]:
    """A text of the question in its languages, with the numbers drawn for it."""
    values = item.get("values")
    return {key: filled(said, values) for key, said in text.items()} if values else dict(text)
