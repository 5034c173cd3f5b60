"""How a target is handed down and adds up again. Pure.

Amounts and counts: the parts' sum is the whole, and what is missing to it is *unassigned*. Rates are never summed: the
parts' rates, weighted by their denominators, are compared with the whole's.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from msgspec import Struct

SAME = 0.0005
"""Rates this close are one target: half a tenth of a percentage point, to which a handed-down rate is rounded."""
DIGITS_OF_RATE = 3
ONE = 1.0


class Part(Struct, frozen=True):
    """The target of one team or member below; ``base`` is a rate's expected denominator, None where it is not known."""

    value: float | None
    base: float | None = None


class Balance(Struct, frozen=True):
    """What the parts come to against the whole.

    ``assigned``   sum of the parts, or of rates their mean weighted by denominators; None if no part can be counted.
    ``unassigned`` whole − assigned: below zero where more is handed down than was asked. Of rates in shares.
    ``counted``    parts that are in it; ``left_out`` those without a target or, of rates, without a denominator.
    """

    whole: float | None
    assigned: float | None
    unassigned: float | None
    counted: int
    left_out: int

    @property
    def even(self) -> bool:
        """Whether nothing is left to assign and nothing is assigned beyond the whole."""
        return self.unassigned == 0


def balance(kind: str, whole: float | None, parts: Sequence[Part]) -> Balance:
    """Compare the parts with the whole; rates closer than ``SAME`` count as equal."""
    rate = kind == "rate"
    there = [part for part in parts if part.value is not None and (not rate or (part.base or 0) > 0)]
    assigned = _combined(rate, there)
    unassigned = None if whole is None or assigned is None else _difference(rate, whole, assigned)
    return Balance(whole, assigned, unassigned, len(there), len(parts) - len(there))


def _combined(rate: bool, parts: Sequence[Part]) -> float | None:
    if not parts:
        return None
    if not rate:
        return math.fsum(part.value or 0.0 for part in parts)
    bases = math.fsum(part.base or 0.0 for part in parts)
    return math.fsum((part.value or 0.0) * (part.base or 0.0) for part in parts) / bases


def _difference(rate: bool, whole: float, assigned: float) -> float:
    gap = whole - assigned
    none = SAME if rate else 1e-9 * max(1.0, abs(whole))
    return 0.0 if abs(gap) <= none else gap


def step_of(kind: str, digits: int, whole: float, parts: int) -> float:
    """To what shares are rounded: counts to whole ones, amounts to about a thousandth of a share (100, 1,000 …)."""
    finest = 10.0**-digits
    if kind == "count" or whole <= 0 or parts == 0:
        return finest
    return max(finest, 10.0 ** math.floor(math.log10(whole / parts / 1000)))


def split(whole: float, weights: Sequence[float], step: float) -> list[float]:
    """Shares in proportion to ``weights``, multiples of ``step`` whose sum is ``whole`` (largest remainders, Hamilton).

    What of the whole is no multiple of the step goes to the largest share. Weights that are all zero count alike.
    """
    if not weights:
        return []
    total = math.fsum(weights)
    even = [weight / total for weight in weights] if total > 0 else [1 / len(weights)] * len(weights)
    steps = math.floor(whole / step + 1e-9)
    quotas = [steps * weight for weight in even]
    counts = [math.floor(quota + 1e-9) for quota in quotas]
    order = sorted(range(len(counts)), key=lambda i: (counts[i] - quotas[i], i))
    for i in order[: steps - sum(counts)]:
        counts[i] += 1
    digits = max(0, -math.floor(math.log10(step)))
    shares = [round(count * step, digits) for count in counts]
    largest = max(range(len(even)), key=lambda i: (even[i], -i))
    shares[largest] += whole - math.fsum(shares)
    return [round(share, max(digits, 6)) for share in shares]


def split_rate(rate: float, bases: Sequence[float | None], leans: Sequence[float]) -> list[float]:
    """A rate for each part, in proportion to ``leans``, so that weighted by ``bases`` they come to ``rate``.

    No part gets more than 100 %; the others then carry the rest. Parts without a denominator weigh nothing.
    """
    weights = [base or 0.0 for base in bases]
    full: set[int] = set()
    found = [rate * lean for lean in leans]
    while True:
        free = [i for i in range(len(leans)) if i not in full]
        carried = math.fsum(weights[i] * rate * leans[i] for i in free)
        wanted = rate * math.fsum(weights) - math.fsum(weights[i] for i in full)
        scale = wanted / carried if carried > 0 else ONE
        for i in free:
            found[i] = rate * leans[i] * scale
        over = [i for i in free if found[i] > ONE]
        if not over:
            return [round(min(ONE, max(0.0, value)), DIGITS_OF_RATE) for value in found]
        for i in over:
            found[i] = ONE
        full.update(over)
