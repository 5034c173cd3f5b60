"""What in a file of KPI figures deserves a look: units that jumped, and figures far from the usual. Pure.

One walk in flat memory. Each figure is measured as its deviation from what the rep usually has: on a logarithmic
scale for amounts, as a difference of square roots for counts (which makes their spread even) and of shares for rates.
An outlier is a deviation whose robust z, 0.6745 · (d - median) / MAD, exceeds :data:`FAR` in size (Iglewicz & Hoaglin,
*How to Detect and Handle Outliers*, 1993; where the MAD is 0 they take 1.2533 times the mean deviation).
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Iterator
from statistics import median

from msgspec import Struct, field

FAR = 5.0
"""Iglewicz and Hoaglin advise 3.5 for some dozens of figures; a file holds thousands, and sales are skewed."""
NEAR = 0.3
"""A jump is a power of ten up to this many decades: ten times means 5 to 20 times."""
DECADES = 4
"""Ten thousand is the most that a mixed-up unit makes: 元 for 万元."""
FEWEST = 20
"""Under so many figures no spread is estimated."""
FEWEST_FOR_JUMP = 3
KEPT = 4096
EXTREMES = 40
REPS = 100_000
PERIODS_SAMPLED = 400


class Finding(Struct, frozen=True):
    """``code`` with the row it was first seen in, the figure or group it is about, and the factor or z."""

    code: str
    row: int
    kpi: str
    period: str
    value: float | None
    factor: float
    n: int


class _Sample:
    """Up to :data:`KEPT` numbers, evenly from all: when it is full every other one is let go. No chance in it."""

    def __init__(self, kept: int = KEPT) -> None:
        self.values: list[float] = []
        self.n = 0
        self._kept = kept
        self._stride = 1

    def add(self, value: float) -> None:
        if self.n % self._stride == 0:
            self.values.append(value)
            if len(self.values) >= self._kept:
                del self.values[1::2]
                self._stride *= 2
        self.n += 1


class _Pool(Struct):
    """Deviations of one KPI and the farthest figures among them on either side."""

    sample: _Sample = field(default_factory=_Sample)
    high: list[tuple[float, int, str, str, float]] = field(default_factory=list)
    low: list[tuple[float, int, str, str, float]] = field(default_factory=list)

    def add(self, deviation: float, row: int, rep: str, period: str, value: float) -> None:
        self.sample.add(deviation)
        if len(self.high) < EXTREMES or deviation > self.high[0][0]:
            _push(self.high, (deviation, -row, rep, period, value))
        if len(self.low) < EXTREMES or -deviation > self.low[0][0]:
            _push(self.low, (-deviation, -row, rep, period, value))


def _push(heap: list[tuple[float, int, str, str, float]], item: tuple[float, int, str, str, float]) -> None:
    if len(heap) < EXTREMES:
        heapq.heappush(heap, item)
    else:
        heapq.heapreplace(heap, item)


class _Group(Struct):
    """Logarithms of a KPI's figures in one period: to what the reps usually have, and as they are."""

    row: int
    ratios: _Sample = field(default_factory=lambda: _Sample(PERIODS_SAMPLED))
    sizes: _Sample = field(default_factory=lambda: _Sample(PERIODS_SAMPLED))


class _Rep(Struct):
    row: int
    total: float = 0.0
    n: int = 0


class Watch:
    """Sees every new or changed figure of a file once, then tells what it found."""

    def __init__(self) -> None:
        self._pools: dict[tuple[str, bool], _Pool] = {}
        self._groups: dict[tuple[str, str], _Group] = {}
        self._reps: dict[tuple[str, str], _Rep] = {}
        self._kinds: dict[str, str] = {}

    def see(self, row: int, kpi: str, kind: str, rep: str, period: str, value: float, usual: float | None) -> None:
        """:param usual: the rep's mean of this KPI so far, None if there is none."""
        self._kinds[kpi] = kind
        size = ratio = None
        if kind != "rate" and value > 0:
            size = math.log10(value)
            ratio = size - math.log10(usual) if usual is not None and usual > 0 else None
            self._see_size(row, kpi, period, size, ratio)
            if ratio is not None and kind == "amount":
                self._see_rep(row, kpi, rep, ratio)
        deviation = (size if usual is None else ratio) if kind == "amount" else _deviation(kind, value, usual)
        if deviation is not None:
            key = (kpi, usual is not None)
            pool = self._pools.get(key)
            if pool is None:
                pool = self._pools[key] = _Pool()
            pool.add(deviation, row, rep, period, value)

    def _see_size(self, row: int, kpi: str, period: str, size: float, ratio: float | None) -> None:
        group = self._groups.get((kpi, period))
        if group is None:
            group = self._groups[kpi, period] = _Group(row)
        group.sizes.add(size)
        if ratio is not None:
            group.ratios.add(ratio)

    def _see_rep(self, row: int, kpi: str, rep: str, ratio: float) -> None:
        known = self._reps.get((kpi, rep))
        if known is None:
            if len(self._reps) >= REPS:
                return
            known = self._reps[kpi, rep] = _Rep(row)
        known.total += ratio
        known.n += 1

    def findings(self) -> list[Finding]:
        """Jumps of whole KPIs and periods, of single reps, then outliers that no jump explains; by row."""
        periods, jumped = self._period_jumps()
        reps, odd_reps = self._rep_jumps({kpi for kpi, _period in jumped})
        outliers = list(self._outliers(jumped, odd_reps))
        return sorted([*periods, *reps, *outliers], key=lambda found: found.row)

    def _period_jumps(self) -> tuple[list[Finding], set[tuple[str, str]]]:
        found: list[Finding] = []
        jumped: set[tuple[str, str]] = set()
        for kpi in self._kinds:
            groups = {period: group for (code, period), group in self._groups.items() if code == kpi}
            sizes = {period: median(group.sizes.values) for period, group in groups.items()}
            decades = {period: _jump(group, sizes, period) for period, group in groups.items()}
            odd = {period: power for period, power in decades.items() if power}
            jumped |= {(kpi, period) for period in odd}
            if odd and len(odd) == len(groups) and len(set(odd.values())) == 1:
                first = min(groups.values(), key=lambda group: group.row)
                n = sum(group.ratios.n for group in groups.values())
                found.append(Finding("kpi_unit_jump", first.row, kpi, "", None, 10.0 ** odd.popitem()[1], n))
            else:
                found += [
                    Finding("kpi_unit_jump_period", groups[p].row, kpi, p, None, 10.0**power, groups[p].sizes.n)
                    for p, power in odd.items()
                ]
        return found, jumped

    def _rep_jumps(self, jumped: set[str]) -> tuple[list[Finding], set[tuple[str, str]]]:
        odd = [
            (key, rep, power)
            for key, rep in self._reps.items()
            if rep.n >= FEWEST_FOR_JUMP and key[0] not in jumped and (power := _power(rep.total / rep.n))
        ]
        found = [
            Finding("kpi_unit_jump_rep", rep.row, kpi, "", None, 10.0**power, rep.n)
            for (kpi, _who), rep, power in odd[:EXTREMES]
        ]
        return found, {key for key, _rep, _power_of_ten in odd}

    def _outliers(self, jumped: set[tuple[str, str]], odd_reps: set[tuple[str, str]]) -> Iterator[Finding]:
        for (kpi, known), pool in self._pools.items():
            if pool.sample.n < FEWEST:
                yield from self._far_from_usual(kpi, pool, jumped, odd_reps) if known else ()
                continue
            middle, unit = _spread(pool.sample.values)
            if not unit:
                continue
            extremes = {*pool.high, *((-d, row, rep, period, value) for d, row, rep, period, value in pool.low)}
            for deviation, minus_row, rep, period, value in sorted(extremes):
                z = (deviation - middle) / unit
                if abs(z) > FAR and (kpi, period) not in jumped and (kpi, rep) not in odd_reps:
                    yield Finding("kpi_outlier", -minus_row, kpi, period, value, z, pool.sample.n)


    def _far_from_usual(
        self, kpi: str, pool: _Pool, jumped: set[tuple[str, str]], odd_reps: set[tuple[str, str]]
    ) -> Iterator[Finding]:
        """Too few for a spread: an amount ten times or a tenth of what the rep usually has is told by itself."""
        for decades, minus_row, rep, period, value in pool.high if self._kinds[kpi] == "amount" else ():
            if abs(decades) >= 1 and (kpi, period) not in jumped and (kpi, rep) not in odd_reps:
                yield Finding("kpi_far_from_usual", -minus_row, kpi, period, value, 10.0**decades, pool.sample.n)


def _deviation(kind: str, value: float, usual: float | None) -> float | None:
    """Of a rate or a count; that of an amount is its logarithm's."""
    if kind == "rate":
        return value - (usual or 0.0)
    return math.sqrt(value) - math.sqrt(max(usual or 0.0, 0.0)) if value >= 0 else None


def _power(decades: float) -> int:
    """The power of ten that a median of logarithms is near to, 0 if it is near none from 10 to 10,000."""
    power = round(decades)
    return power if 1 <= abs(power) <= DECADES and abs(decades - power) <= NEAR else 0


def _jump(group: _Group, sizes: dict[str, float], period: str) -> int:
    """Against what the reps usually have; where nothing is known of them, against the file's other periods."""
    if len(group.ratios.values) >= FEWEST_FOR_JUMP:
        return _power(median(group.ratios.values))
    if len(sizes) <= FEWEST_FOR_JUMP or len(group.sizes.values) < FEWEST_FOR_JUMP:
        return 0
    return _power(sizes[period] - median(size for at, size in sizes.items() if at != period))


def _spread(values: list[float]) -> tuple[float, float]:
    """(median, the deviation that counts as a z of 1)."""
    middle = median(values)
    distances = [abs(value - middle) for value in values]
    mad = median(distances)
    unit = mad / 0.6745 if mad else 1.253314 * sum(distances) / len(distances)
    return middle, unit
