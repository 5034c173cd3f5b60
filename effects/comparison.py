"""Two runs of one study beside each other: what they were given, and what came out. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from msgspec import Struct

Numbers = Mapping[str, Any]
Move = Literal["same", "moved_within", "moved_beyond", "appeared", "vanished", "not_comparable", "none"]


class Change(Struct, frozen=True):
    """What differs from the earlier run to the later one.

    ``reps`` counts who is in the records: ``in_`` newly there, ``out`` no longer; ``began`` in both and trained only
    in the later one, ``undone`` the other way round. None where the earlier run did not keep its reps.
    ``move`` of the figure: ``moved_within`` the earlier interval holds the later estimate, ``moved_beyond`` it does
    not; ``appeared`` / ``vanished`` only one run has a figure; ``not_comparable`` one in logs, the other not.
    ``checks`` names of checks whose verdict changed, with both verdicts (None: not made).
    """

    same_data: bool
    same_version: bool
    same_chosen: bool
    same_method: bool
    same_grade: bool
    in_: int | None
    out: int | None
    began: int | None
    undone: int | None
    move: Move
    checks: tuple[tuple[str, str | None, str | None], ...]


class Given(Struct, frozen=True):
    """Of one run: what it was given and its numbers."""

    fingerprint: str | None
    version: str
    chosen: str
    grade: str
    numbers: Numbers


def compare(earlier: Given, later: Given) -> Change:
    """The change from one run to another."""
    before, after = _reps(earlier.numbers), _reps(later.numbers)
    counts: tuple[int | None, ...] = (None, None, None, None)
    if before is not None and after is not None:
        (trained_1, others_1), (trained_2, others_2) = before, after
        all_1, all_2 = trained_1 | others_1, trained_2 | others_2
        counts = (len(all_2 - all_1), len(all_1 - all_2), len(others_1 & trained_2), len(trained_1 & others_2))
    return Change(
        same_data=earlier.fingerprint is not None and earlier.fingerprint == later.fingerprint,
        same_version=earlier.version == later.version,
        same_chosen=earlier.chosen == later.chosen,
        same_method=earlier.numbers.get("method") == later.numbers.get("method"),
        same_grade=earlier.grade == later.grade,
        in_=counts[0],
        out=counts[1],
        began=counts[2],
        undone=counts[3],
        move=_move(earlier.numbers, later.numbers),
        checks=_checks(earlier.numbers, later.numbers),
    )


def _reps(numbers: Numbers) -> tuple[frozenset[str], frozenset[str]] | None:
    reps = numbers.get("reps")
    return (frozenset(reps["trained"].split()), frozenset(reps["others"].split())) if reps else None


def _move(earlier: Numbers, later: Numbers) -> Move:
    first, second = earlier.get("estimate"), later.get("estimate")
    if first is None or second is None:
        return "none" if first is second else "appeared" if first is None else "vanished"
    if earlier.get("scale") != later.get("scale"):
        return "not_comparable"
    if first == second and earlier.get("interval") == later.get("interval"):
        return "same"
    interval = earlier.get("interval")
    held = interval is not None and interval["low"] <= second <= interval["high"]
    return "moved_within" if held else "moved_beyond"


def _checks(earlier: Numbers, later: Numbers) -> tuple[tuple[str, str | None, str | None], ...]:
    first, second = (
        {check["name"]: check["verdict"] for check in numbers.get("diagnostics") or ()} for numbers in (earlier, later)
    )
    names = [*second, *(name for name in first if name not in second)]
    return tuple((n, first.get(n), second.get(n)) for n in names if first.get(n) != second.get(n))
