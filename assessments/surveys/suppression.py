"""What may be shown of anonymous answers: nothing that rests on fewer than five, and nothing that a subtraction brings out. Pure.

Answers lie in *cells* (a sending × a unit of the organisation × whom it is about). Hiding small cells is not enough: the total
minus the cells shown gives the hidden one back (complementary disclosure), and so do two pages read a week apart. Therefore cells are
joined into *groups* of at least five answers, once, in the order in which sendings were closed, and every result is made of
whole groups alone. Whatever is computed from such results by adding and subtracting is again made of whole groups (they are the
atoms of a Boolean algebra), so it rests on five answers or on none. A group never changes when later sendings close.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set

LEAST = 5
Cell = tuple[int, int, int]
"""(sending, unit or 0, person asked about or 0)."""


def groups(closed: Sequence[Mapping[Cell, int]], least: int = LEAST) -> list[frozenset[Cell]]:
    """The groups of cells that may be shown.

    ``closed``: per sending, in the order of closing, the number of answers in each cell. Small cells are put together; if
    they stay too few they are joined to the smallest cell that is large enough; if there is none they wait for the
    next sending, and belong to no group until then.
    """
    found: list[frozenset[Cell]] = []
    waiting: dict[Cell, int] = {}
    for cells in closed:
        whole = {cell: n for cell, n in cells.items() if n >= least}
        waiting |= {cell: n for cell, n in cells.items() if 0 < n < least}
        if sum(waiting.values()) >= least:
            found.append(frozenset(waiting))
            waiting = {}
        elif waiting and whole:
            nearest = min(whole, key=lambda cell: (whole[cell], cell))
            found.append(frozenset({nearest, *waiting}))
            del whole[nearest]
            waiting = {}
        found += [frozenset({cell}) for cell in sorted(whole)]
    return found


def shown(allowed: Sequence[frozenset[Cell]], selected: Set[Cell]) -> frozenset[Cell]:
    """The cells of a selection that may be shown: those of the groups that lie in it whole."""
    return frozenset(cell for group in allowed if group <= selected for cell in group)
