"""Which groups of raters may be seen: none under its minimum, and none that a subtraction would bring out. Pure.

Raters of one person fall into groups. A group with as many answers as its minimum stands for itself; those that stay under it are shown
together, if together they reach the greatest of their minima, and else not at all. So the answers are parted into *atoms*, once, when the
cycle is closed, and every figure is made of whole atoms (``surveys.suppression.shown``). Unions, intersections and differences of such
figures are made of whole atoms again: whatever is computed from any number of views rests on a full group or on nobody.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from assessments.surveys import suppression

LEAST = 3
"""The smallest minimum that a cycle may set for peers, reports and customers."""
NAMED = ("self", "manager")
"""Groups of one, who are told that their answers bear their name."""
ANONYMOUS = ("peer", "report", "customer")
Atom = frozenset[str]


def atoms(counts: Mapping[str, int], least: Mapping[str, int]) -> list[Atom]:
    """The groups, or groups taken together, that may be shown; ``counts`` and ``least`` by anonymous group."""
    there = [group for group in ANONYMOUS if counts.get(group, 0)]
    whole = [group for group in there if counts[group] >= max(LEAST, least[group])]
    small = [group for group in there if group not in whole]
    found = [frozenset({group}) for group in whole]
    if len(small) > 1 and sum(counts[group] for group in small) >= needed(frozenset(small), least):
        found.append(frozenset(small))
    return found


def told(tally: Mapping[str, Sequence[int]], least: Mapping[str, int]) -> dict[str, Sequence[int]]:
    """Of [asked, answered] by group what may be told before and after the end: of a group of which fewer are asked than it takes to
    show it, one who knows whom was asked would learn who has answered. The groups left out are in no sum either."""
    return {group: pair for group, pair in tally.items() if group in NAMED or pair[0] >= max(LEAST, least[group])}


def needed(atom: Atom, least: Mapping[str, int]) -> int:
    """How many answers a figure of this atom has to rest on, question by question: one of a named group."""
    return 1 if atom <= frozenset(NAMED) else max(max(LEAST, least[group]) for group in atom)


def within(found: list[Atom], selected: frozenset[str]) -> list[Atom]:
    """Those that lie in a selection of groups whole."""
    cells = {group: (0, at, 0) for at, group in enumerate((*NAMED, *ANONYMOUS))}
    allowed = [frozenset(cells[group] for group in atom) for atom in found]
    taken = suppression.shown(allowed, {cells[group] for group in selected if group in cells})
    return [atom for atom in found if all(cells[group] in taken for group in atom)]
