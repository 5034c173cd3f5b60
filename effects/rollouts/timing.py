"""When waves start, when the last window closes, and what waiting costs. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from msgspec import Struct

from effects.stats.detectable import Shape
from performance.kpis.periods import shift

FEWEST_BETWEEN = 3
"""Periods from the first to the last wave below which an event study has little to stand on."""


def wave_starts(period: str, first_on: date, waves: int, gap: int) -> list[date]:
    """The first day of each wave."""
    return [shift(period, first_on, gap * wave) for wave in range(waves)]


def closes_on(period: str, first_on: date, shape: Shape) -> date:
    """The day after the last window."""
    return shift(period, first_on, shape.length)


def warnings(shape: Shape) -> list[str]:
    """Codes of what is weak in a plan, though it can be drawn."""
    found = []
    if shape.waves > 1 and shape.gap * (shape.waves - 1) < FEWEST_BETWEEN:
        found.append("waves_close")
    if not shape.waiting:
        found.append("nobody_waits")
    return found


class Delay(Struct, frozen=True):
    """A group of ``people`` who start ``periods`` later than the first wave. ``number`` from 1; 0 for those who wait."""

    number: int
    people: int
    periods: int


class Waiting(Struct, frozen=True):
    """Rep-periods that pass untrained because not everybody starts with the first wave."""

    delays: tuple[Delay, ...]
    people: int

    @property
    def rep_periods(self) -> int:
        return sum(delay.people * delay.periods for delay in self.delays)


def waiting(sizes: Sequence[int], shape: Shape) -> Waiting:
    """``sizes`` of the groups in their order, the waiting one last. Those who wait start when the last window closes."""
    delays = [
        Delay(number, people, shape.gap * (number - 1))
        for number, people in enumerate(sizes[: shape.waves], 1)
        if number > 1
    ]
    if shape.waiting:
        delays.append(Delay(0, sizes[shape.waves], shape.length))
    return Waiting(tuple(delays), sum(sizes))


def even_sizes(people: int, groups: int) -> list[int]:
    """The sizes that a draw will give, the larger groups first."""
    each, more = divmod(people, groups)
    return [each + (group < more) for group in range(groups)]
