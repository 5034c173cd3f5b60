"""How far a target is reached: what is recorded of its period, against it. Pure. What is missing stays missing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from msgspec import Struct

from performance.kpis.measures import Entry, Way, gathered

State = Literal["reached", "missed", "ahead", "open", "behind", "cannot_tell", "nothing"]


class Attainment(Struct, frozen=True):
    """``value`` to date, ``share`` of the target (None without a figure, or of a target of zero).

    ``recorded`` of the ``periods`` of the target are on record; ``over`` says that no record can still come.
    """

    value: float | None
    share: float | None
    recorded: int
    periods: int
    over: bool


def attained(way: Way, target: float, entries: Sequence[Entry], periods: int, *, last_recorded: bool) -> Attainment:
    value = gathered(way, entries)
    share = value / target if value is not None and target > 0 else None
    return Attainment(value, share, len(entries), periods, last_recorded)


def meets(direction: str, target: float, value: float) -> bool:
    """Whether a figure is as good as the target: at least it, or where lower is better at most it."""
    near = 1e-9 * max(1.0, abs(target))
    return value >= target - near if direction == "higher" else value <= target + near


def state(
    direction: str, way: Way, target: float, found: Attainment, interval: tuple[float, float] | None
) -> State:
    """Where a target stands.

    What is added up and can only grow is reached early (higher is better) or missed early (lower is better).
    Otherwise the forecast decides: "ahead" or "behind" where its whole range says so, "open" where the target lies in it.
    """
    value = found.value
    if found.over:
        return "nothing" if value is None else "reached" if meets(direction, target, value) else "missed"
    if value is not None and way == "sum":
        if direction == "higher" and meets(direction, target, value):
            return "reached"
        if direction == "lower" and not meets(direction, target, value):
            return "missed"
    if interval is None:
        return "nothing" if value is None else "cannot_tell"
    good = [meets(direction, target, end) for end in interval]
    return "ahead" if all(good) else "open" if any(good) else "behind"
