"""Small panels to test on: by hand, and drawn from a seed."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from effects.stats.panel import NEVER, Panel


def panel_of(
    outcome: Sequence[Sequence[float]],
    start: Sequence[int],
    cluster: Sequence[int] | None = None,
    weight: Sequence[Sequence[float]] | None = None,
) -> Panel:
    """A panel from rows of outcomes; reps are called rep0, rep1, ..., periods p0, p1, ..."""
    y = np.array(outcome, float)
    labels = np.arange(len(y)) if cluster is None else np.array(cluster)
    return Panel(
        tuple(f"rep{i}" for i in range(len(y))),
        tuple(f"p{t}" for t in range(y.shape[1])),
        y,
        np.array(start, np.int64),
        labels.astype(np.int64),
        tuple(f"team{g}" for g in range(int(labels.max()) + 1)),
        None if weight is None else np.array(weight, float),
    )


def drawn(
    seed: int = 0,
    *,
    reps: int = 60,
    periods: int = 14,
    teams: int | None = 9,
    missing: float = 0.1,
    never: float = 0.4,
    first: int = 3,
    effect: float = 0.3,
    rates: bool = False,
) -> Panel:
    """Staggered starts from ``first`` on, rep and period effects, noise, some records missing."""
    rng = np.random.default_rng(seed)
    start = np.where(rng.random(reps) < never, NEVER, rng.integers(first, periods - 2, reps))
    trained = np.arange(periods) >= start[:, None]
    y = rng.normal(size=(reps, 1)) + rng.normal(size=periods) + rng.normal(size=(reps, periods)) * 0.5
    y = y + effect * trained
    y[rng.random(y.shape) < missing] = np.nan
    cluster = np.arange(reps) if teams is None else np.arange(reps) % teams
    weight = rng.integers(1, 9, y.shape).astype(float).tolist() if rates else None
    return panel_of(y.tolist(), start.tolist(), cluster.tolist(), weight)
