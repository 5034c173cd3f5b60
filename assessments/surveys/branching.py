"""Which questions are asked, given the answers to earlier ones; and which could never be. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct

from assessments.surveys.items import BRANCHING, SECTION, Condition, Item


class Unreachable(Struct, frozen=True):
    """An item that nobody can ever be asked. ``code``: unknown | later | kind | values | contradiction."""

    item: str
    code: str


def sections(items: Sequence[Item]) -> dict[str, Item | None]:
    """Item id → the section it stands in."""
    found: dict[str, Item | None] = {}
    section: Item | None = None
    for item in items:
        section = item if item.kind == SECTION else section
        found[item.id] = None if item is section else section
    return found


def asked(items: Sequence[Item], answers: Mapping[str, Any]) -> tuple[str, ...]:
    """Ids of the items that are shown. An answer to a question that is not shown counts for nothing."""
    section_of = sections(items)
    shown: list[str] = []
    counting: dict[str, Any] = {}
    for item in items:
        section = section_of[item.id]
        if (section is None or section.id in shown) and _met(item.condition, counting):
            shown.append(item.id)
            if item.id in answers:
                counting[item.id] = answers[item.id]
    return tuple(shown)


def _met(condition: Condition | None, answers: Mapping[str, Any]) -> bool:
    if condition is None:
        return True
    answer = answers.get(condition.question)
    given = answer if isinstance(answer, list) else [] if answer is None else [answer]
    return any(str(value) in condition.values for value in given)


def unreachable(items: Sequence[Item]) -> list[Unreachable]:
    """Every item that no possible set of answers leads to.

    An item is shown when all conditions on its way hold: its own, its section's, and those of every question they
    name. Questions of one choice take one value, so the conditions on one of them must have a value in common; several
    choices can be made together, so conditions on a ``multiple`` never exclude each other.
    """
    by_id = {item.id: item for item in items}
    place = {item.id: at for at, item in enumerate(items)}
    section_of = sections(items)
    ways: dict[str, dict[str, frozenset[str]] | None] = {}
    found = []
    for item in items:
        section = section_of[item.id]
        way: dict[str, frozenset[str]] | None = {} if section is None else ways[section.id]
        code = ""
        if item.condition is not None:
            code = _fault(item, by_id, place)
            if not code:
                way = _joined(_joined(way, ways[item.condition.question]), _own(item.condition, by_id))
        ways[item.id] = None if code else way
        if ways[item.id] is None:
            found.append(Unreachable(item.id, code or "contradiction"))
    return found


def _fault(item: Item, by_id: Mapping[str, Item], place: Mapping[str, int]) -> str:
    condition = item.condition
    if condition is None:
        return ""
    source = by_id.get(condition.question)
    if source is None:
        return "unknown"
    if place[source.id] >= place[item.id]:
        return "later"
    if source.kind not in BRANCHING:
        return "kind"
    return "" if condition.values & set(source.branch_values()) else "values"


def _own(condition: Condition, by_id: Mapping[str, Item]) -> dict[str, frozenset[str]]:
    source = by_id[condition.question]
    if source.kind == "multiple":
        return {}
    return {source.id: condition.values & frozenset(source.branch_values())}


def _joined(
    one: dict[str, frozenset[str]] | None, other: dict[str, frozenset[str]] | None
) -> dict[str, frozenset[str]] | None:
    """Both ways at once: question → values left; None where nothing is left."""
    if one is None or other is None:
        return None
    joined = dict(one)
    for question, values in other.items():
        joined[question] = joined[question] & values if question in joined else values
        if not joined[question]:
            return None
    return joined
