"""Drawing questions for an attempt: each section its number, from those that fit it, no question twice. Pure."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from typing import Any


class PoolTooSmall(ValueError):
    """The questions that fit do not go round: the ``section`` (from 0) that misses one."""

    def __init__(self, section: int) -> None:
        super().__init__(section)
        self.section = section


def draw(pools: Sequence[Sequence[int]], wanted: Sequence[int], chance: random.Random) -> list[list[int]]:
    """For each section as many of its pool as are wanted, in an order of chance.

    Where pools share no question every selection is as likely as any other. Where they do, a question is passed on from one
    section to another as long as that lets everyone have theirs (augmenting paths, Kuhn 1955): only what cannot be is refused.

    :raises PoolTooSmall: if no selection without a question twice exists.
    """
    mixed = [chance.sample(pool, len(pool)) for pool in pools]
    holder: dict[int, int] = {}
    for section, number in enumerate(wanted):
        for _each in range(number):
            if not _take(section, mixed, holder, {section}):
                raise PoolTooSmall(section)
    found: list[list[int]] = [[] for _section in wanted]
    for section, pool in enumerate(mixed):
        found[section] = [each for each in pool if holder.get(each) == section]
    return found


def _take(section: int, pools: Sequence[Sequence[int]], holder: dict[int, int], seen: set[int]) -> bool:
    """Give the section one question more, if need be by finding its holder, a section not yet ``seen``, another one."""
    free = next((each for each in pools[section] if each not in holder), None)
    if free is not None:
        holder[free] = section
        return True
    for each in pools[section]:
        other = holder[each]
        if other in seen:
            continue
        seen.add(other)
        if _take(other, pools, holder, seen):
            holder[each] = section
            return True
    return False


def drawn_items(content: Mapping[str, Any], chance: random.Random) -> list[dict[str, Any]]:
    """The fixed questions of a published quiz and those drawn for one attempt, section after section."""
    sections = content["sections"]
    pools = [{item["question"]: item for item in each.get("pool", [])} for each in sections]
    taken = draw([list(pool) for pool in pools], [each["draw"] or 0 for each in sections], chance)
    found = [dict(item) for item in content["items"]]
    for at, (each, ids) in enumerate(zip(sections, taken, strict=True)):
        found += [{**pools[at][id_], "marks": each["marks"], "section": at} for id_ in ids]
    return sorted(found, key=lambda item: item.get("section", -1))
