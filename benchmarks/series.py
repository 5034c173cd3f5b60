"""python -m benchmarks.series [--series 1000] [--seed 1] [--json]

Coverage of the 95 % range of the interrupted time series where the course does nothing, beside Newey-West, for short
series whose months resemble each other in several ways."""

from __future__ import annotations

import argparse
import json
import sys
from typing import Any

import numpy as np
from scipy import stats

from effects.stats.interrupted import interrupted
from effects.stats.panel import Panel
from effects.stats.results import Effect
from lms.arrays import FloatArray

LENGTHS = ((18, 12), (30, 24), (42, 36))
"""Periods in all, and before the start."""
ERRORS: dict[str, tuple[tuple[float, ...], float]] = {
    "alike: 0": ((), 0.0),
    "alike: .3": ((0.3,), 0.0),
    "alike: .6": ((0.6,), 0.0),
    "alike: .8": ((0.8,), 0.0),
    "two months back: .3, .3": ((0.3, 0.3), 0.0),
    "moving average: .6": ((), 0.6),
}
WARM_UP = 200


def main(arguments: list[str] | None = None) -> int:
    """Measures and prints."""
    parser = argparse.ArgumentParser(prog="benchmarks.series", description=__doc__)
    parser.add_argument("--series", type=int, default=1000, help="series per row")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args(arguments)
    rows = [row(n, start, name, asked.series, asked.seed) for n, start in LENGTHS for name in ERRORS]
    if asked.json:
        json.dump(rows, sys.stdout, indent=1)
        print()
        return 0
    for r in rows:
        print(
            f"{r['periods']:3} periods, {r['errors']:26} Newey-West {r['newey_west']:6.1%} (width {r['newey_west_width']:.2f})"
            f"   here {r['here']:6.1%} (width {r['here_width']:.2f})"
        )
    return 0


def row(n: int, start: int, name: str, series: int, seed: int) -> dict[str, Any]:
    """Coverage and median width of both over fresh series."""
    rng, found = np.random.default_rng(seed), []
    for _ in range(series):
        y = drawn(rng, n, *ERRORS[name])
        estimate, half = newey_west(y, start)
        effect = interrupted(panel_of(y, start))
        if not isinstance(effect, Effect) or effect.interval is None:
            raise ValueError(name)
        own = effect.interval
        found.append((abs(estimate) <= half, 2 * half, 0.0 in own, own.high - own.low))
    covered, width, own_covered, own_width = (np.array(column, float) for column in zip(*found, strict=True))
    return {
        "periods": n,
        "errors": name,
        "series": series,
        "seed": seed,
        "newey_west": float(covered.mean()),
        "newey_west_width": float(np.median(width)),
        "here": float(own_covered.mean()),
        "here_width": float(np.median(own_width)),
    }


def drawn(rng: np.random.Generator, n: int, back: tuple[float, ...], average: float) -> FloatArray:
    """(n,) errors that depend on those before them."""
    e = rng.standard_normal(n + WARM_UP)
    e[1:] += average * e[:-1].copy()
    for t in range(len(back), len(e)):
        e[t] += sum(share * e[t - lag] for lag, share in enumerate(back, start=1))
    kept: FloatArray = e[WARM_UP:]
    return kept


def panel_of(series: FloatArray, start: int) -> Panel:
    """A company whose mean is the series."""
    return Panel(
        units=("1", "2"),
        periods=tuple(str(t) for t in range(len(series))),
        outcome=np.vstack([series - 1, series + 1]),
        start=np.array([start, start]),
        cluster=np.array([0, 1]),
        clusters=("1", "2"),
    )


def newey_west(y: FloatArray, start: int) -> tuple[float, float]:
    """(estimate, half width): least squares, Bartlett weights over floor(4 (n/100)^(2/9)) lags, n/(n-p), t(n-p)."""
    n, t = len(y), np.arange(len(y), dtype=float)
    after = (t >= start).astype(float)
    columns = [np.ones(n), t - start]
    if start >= 24:
        columns += [np.sin(2 * np.pi * t / 12), np.cos(2 * np.pi * t / 12)]
    x = np.column_stack([*columns, after, after * (t - start)])
    pick = np.zeros(x.shape[1])
    pick[-2:] = 1.0, (n - start - 1) / 2
    bread = np.linalg.inv(x.T @ x)
    beta = bread @ x.T @ y
    z = (x @ bread @ pick) * (y - x @ beta)
    lags = max(1, int(4 * (n / 100) ** (2 / 9)))
    variance = z @ z + sum(2 * (1 - k / (lags + 1)) * (z[k:] @ z[:-k]) for k in range(1, lags + 1))
    df = n - x.shape[1]
    return float(pick @ beta), float(stats.t.ppf(0.975, df) * np.sqrt(max(variance, 0.0) * n / df))


if __name__ == "__main__":
    sys.exit(main())
