"""Whether a target is SMART: specific, measurable, achievable, relevant, time-bound; each with what says so. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median
from typing import Literal

from msgspec import Struct

FEWEST = 3
"""Earlier periods of the same length without which nothing is said of what can be achieved."""
STRETCH = 1.2
"""More than so many times the best period so far is called hard to believe."""
Verdict = Literal["ok", "warn", "none"]


class Check(Struct, frozen=True):
    """One letter: its verdict, a code for its sentence, and the figures in it."""

    letter: str
    verdict: Verdict
    code: str
    figure: float | None = None
    n: int = 0


def checks(
    direction: str, target: float, earlier: Sequence[float], recorded: int, *, reason: str, from_above: bool
) -> list[Check]:
    """The five letters in their order.

    :param earlier: the figures of earlier full periods of the same length, the oldest first.
    :param recorded: periods with a record in the last three years.
    """
    return [
        Check("S", "ok", "specific"),
        Check("M", "ok", "measurable", n=recorded) if recorded else Check("M", "warn", "not_measured_yet"),
        _achievable(direction, target, earlier),
        Check("R", "ok", "relevant_from_above") if from_above else Check("R", "ok", "relevant") if reason else Check("R", "warn", "no_reason"),
        Check("T", "ok", "time_bound"),
    ]  # fmt: skip


def _achievable(direction: str, target: float, earlier: Sequence[float]) -> Check:
    if len(earlier) < FEWEST:
        return Check("A", "none", "too_little_history", n=len(earlier))
    higher = direction == "higher"
    best = max(earlier) if higher else min(earlier)
    usual = median(earlier)
    if (target < usual) if higher else (target > usual):
        return Check("A", "warn", "below_usual", usual, len(earlier))
    if (target <= best) if higher else (target >= best):
        return Check("A", "ok", "within_own_history", best, len(earlier))
    far = target > best * STRETCH if higher else target < best / STRETCH
    return Check("A", "warn" if far else "ok", "far_beyond_best" if far else "beyond_best", best, len(earlier))
