"""Questions of several parts: pairs to be found, gaps in a text, a case with its questions; and things to be put in order. Pure.

A part is a small question of its own (``single``, ``multiple``, ``true_false``, ``numeric``, ``short_text``). Its answer is named by
it: ``p1=k3`` chooses option k3 for part p1, ``p2=12.5`` was typed there, ``k4=2`` puts the thing k4 in second place.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from fractions import Fraction
from typing import Any

from msgspec import Struct

from assessments.grading.keys import (
    CHOICES,
    SIMPLE,
    TRUE_FALSE,
    SimpleKey,
    SingleKey,
    parse_simple,
    simple_to_json,
)
from assessments.grading.texts import ID, BadQuestion, Option, Text, options_of, text_of, unit_of

MOST_PARTS = 30
PAIRED = ("matching", "categorisation")
"""Kinds whose parts all choose from the question's own options."""
NESTED = ("cloze", "scenario")
"""Kinds whose parts are questions of their own: gaps within the text, or questions on one case."""
PARTED = PAIRED + NESTED


class PartCredit(StrEnum):
    PARTIAL = "partial"
    """Each part its share."""
    EXACT = "exact"
    """Only all parts together."""


class OrderCredit(StrEnum):
    EXACT = "exact"
    """Only the whole order."""
    PLACES = "places"
    """The share of things in their own place."""
    PAIRS = "pairs"
    """The share of all pairs that stand the right way round."""


class Part(Struct, frozen=True):
    """One part: a thing to be paired, a gap, a question on the case; ``options`` only where it has its own."""

    id: str
    kind: str
    text: Text
    options: tuple[Option, ...] = ()
    unit: str = ""


class PartsKey(Struct, frozen=True):
    """The key of every part, in the order of the parts; each counts alike."""

    parts: tuple[tuple[str, SimpleKey], ...]
    credit: PartCredit = PartCredit.PARTIAL


class OrderKey(Struct, frozen=True):
    order: tuple[str, ...]
    credit: OrderCredit = OrderCredit.PAIRS


def parts_of(kind: str, data: object) -> tuple[Part, ...]:
    """The parts of a question. :raises BadQuestion: ``question_part_…``, or as of a question of their kind."""
    if not isinstance(data, list) or not 1 <= len(data) <= MOST_PARTS:
        raise BadQuestion("question_part_count", "parts")
    parts = tuple(_part(kind, each, f"parts.{at}") for at, each in enumerate(data))
    if len({part.id for part in parts}) < len(parts):
        raise BadQuestion("question_part_twice", "parts")
    return parts


def _part(kind: str, data: object, where: str) -> Part:
    if not isinstance(data, dict) or not isinstance(data.get("id"), str) or not ID.fullmatch(data["id"]):
        raise BadQuestion("question_part_unreadable", where)
    text = text_of(data.get("text"), where)
    if kind in PAIRED:
        if not text:
            raise BadQuestion("question_part_empty", where)
        return Part(data["id"], "single", text)
    own = data.get("kind")
    if own not in SIMPLE or (kind == "cloze" and own in ("multiple", "true_false")):
        raise BadQuestion("question_part_kind", where)
    if kind == "scenario" and not text:
        raise BadQuestion("question_part_empty", where)
    options = options_of(data.get("options"), where) if own in CHOICES else ()
    unit = unit_of(data.get("unit")) if own == "numeric" else ""
    return Part(data["id"], own, {} if kind == "cloze" else text, options, unit)


def part_to_json(kind: str, part: Part) -> dict[str, Any]:
    """:func:`parts_of` gives it back."""
    if kind in PAIRED:
        return {"id": part.id, "text": dict(part.text)}
    data: dict[str, Any] = {"id": part.id, "kind": part.kind}
    if part.text:
        data["text"] = dict(part.text)
    if part.options:
        data["options"] = [{"id": each.id, "text": dict(each.text)} for each in part.options]
    if part.unit:
        data["unit"] = part.unit
    return data


def parse_parts_key(kind: str, data: object, parts: Sequence[Part], option_ids: list[str]) -> PartsKey:
    """:raises BadQuestion: ``question_key_missing``, ``question_credit_unknown``, or as of a part's kind."""
    if not isinstance(data, dict):
        raise BadQuestion("question_key_missing", "key")
    credit = data.get("credit", PartCredit.PARTIAL.value)
    if credit not in {each.value for each in PartCredit}:
        raise BadQuestion("question_credit_unknown", "key")
    keys = data.get("pairs" if kind in PAIRED else "parts")
    if not isinstance(keys, dict) or set(keys) != {part.id for part in parts}:
        raise BadQuestion("question_key_missing", "key")
    found = tuple((part.id, _part_key(kind, part, keys[part.id], option_ids)) for part in parts)
    return PartsKey(found, PartCredit(credit))


def _part_key(kind: str, part: Part, data: object, option_ids: list[str]) -> SimpleKey:
    if kind in PAIRED:
        if not isinstance(data, str) or data not in option_ids:
            raise BadQuestion("question_pair_missing", "key")
        return SingleKey(data)
    return parse_simple(part.kind, data, [option.id for option in part.options], part.unit)


def parts_key_to_json(kind: str, key: PartsKey) -> dict[str, Any]:
    if kind in PAIRED:
        pairs = {id_: own.correct for id_, own in key.parts if isinstance(own, SingleKey)}
        return {"pairs": pairs, "credit": key.credit.value}
    return {"parts": {id_: simple_to_json(own) for id_, own in key.parts}, "credit": key.credit.value}


def parse_order_key(data: object, option_ids: list[str]) -> OrderKey:
    """:raises BadQuestion: ``question_order``, ``question_credit_unknown``."""
    order = data.get("order") if isinstance(data, dict) else None
    if not isinstance(data, dict) or not isinstance(order, list) or not all(isinstance(e, str) for e in order):
        raise BadQuestion("question_order", "key")
    if sorted(order) != sorted(option_ids):
        raise BadQuestion("question_order", "key")
    credit = data.get("credit", OrderCredit.PAIRS.value)
    if credit not in {each.value for each in OrderCredit}:
        raise BadQuestion("question_credit_unknown", "key")
    return OrderKey(tuple(order), OrderCredit(credit))


def shape_of(kind: str, parts: Sequence[Part], option_ids: Sequence[str]) -> list[dict[str, Any]]:
    """What an answer may say to each part: ``[{"id", "kind", "options"}]``, frozen with an attempt."""
    if kind in PAIRED:
        return [{"id": part.id, "kind": "single", "options": list(option_ids)} for part in parts]
    return [
        {
            "id": part.id,
            "kind": part.kind,
            "options": list(TRUE_FALSE) if part.kind == "true_false" else [each.id for each in part.options],
        }
        for part in parts
    ]


def by_part(answer: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Part → what was said to it: ``("p1=a", "p1=b", "p2=7")`` is ``{"p1": ("a", "b"), "p2": ("7",)}``."""
    found: dict[str, tuple[str, ...]] = {}
    for each in answer:
        part, _equals, value = each.partition("=")
        found[part] = (*found.get(part, ()), value)
    return found


def order_share(key: OrderKey, answer: Sequence[str]) -> Fraction:
    """What an order earns. A thing without a place, or two in one place, are not in the right order."""
    places = {id_: int(values[0]) for id_, values in by_part(answer).items()}
    if key.credit is OrderCredit.PLACES:
        right = sum(places.get(id_) == at for at, id_ in enumerate(key.order, 1))
        return Fraction(right, len(key.order))
    if key.credit is OrderCredit.EXACT:
        return Fraction(all(places.get(id_) == at for at, id_ in enumerate(key.order, 1)))
    return _pairs_share(key.order, places)


def _pairs_share(order: Sequence[str], places: Mapping[str, int]) -> Fraction:
    right = total = 0
    for at, first in enumerate(order):
        for second in order[at + 1 :]:
            total += 1
            right += first in places and second in places and places[first] < places[second]
    return Fraction(right, total)
