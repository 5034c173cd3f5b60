"""The lottery of a planned rollout: who starts in which wave, drawn so that it can be drawn again.

Stratified by team x KPI tercile: within a stratum the order is random and people are dealt to the waves in turn,
the turn running on from stratum to stratum, so that waves differ by at most one person overall and as little as
possible in every stratum. The seed decides everything.
"""

from __future__ import annotations

import numpy as np
from msgspec import Struct
from msgspec.structs import replace

from effects.stats.panel import NEVER, Panel
from lms.arrays import FloatArray, IntArray

TERCILES = 3


class Plan(Struct, frozen=True):
    """``starts``: period index of each wave, ``NEVER`` for a group that waits. ``strata`` (N,)."""

    starts: tuple[int, ...]
    strata: IntArray

    def assign(self, seed: int) -> IntArray:
        """(N,) start of every rep in the lottery of this seed."""
        return np.array(self.starts, dtype=np.int64)[draw_waves(self.strata, len(self.starts), seed)]


def kpi_terciles(panel: Panel, *, periods: int = 6) -> IntArray:
    """(N,) 0 low, 1 middle, 2 high: the mean of the last ``periods`` recorded values, terciles within the company;
    a rep without any value is put in the middle."""
    mean = _recent_mean(panel, periods)
    known = np.isfinite(mean)
    tercile = np.ones(panel.n_units, dtype=np.int64)
    if known.any():
        cuts = np.quantile(mean[known], [1 / TERCILES, 2 / TERCILES])
        tercile[known] = np.searchsorted(cuts, mean[known], side="right")
    return tercile


def strata(panel: Panel, *, periods: int = 6) -> IntArray:
    """(N,) number of the stratum team x KPI tercile."""
    return panel.cluster * TERCILES + kpi_terciles(panel, periods=periods)


def draw_waves(strata: IntArray, n_waves: int, seed: int) -> IntArray:
    """(N,) wave 0 … n_waves - 1 of every rep."""
    rng = np.random.default_rng(seed)
    order = np.lexsort((rng.random(len(strata)), rng.permutation(strata.max(initial=0) + 1)[strata]))
    turn = rng.permutation(n_waves)
    wave = np.empty(len(strata), dtype=np.int64)
    wave[order] = turn[(np.arange(len(strata)) + rng.integers(n_waves)) % n_waves]
    return wave


def _recent_mean(panel: Panel, periods: int) -> FloatArray:
    window, known = panel.outcome[:, -periods:], panel.observed[:, -periods:]
    count = known.sum(axis=1)
    total = np.where(known, window, 0.0).sum(axis=1)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)


def without_training(panel: Panel) -> Panel:
    """The panel as history: values from each rep's start on are removed, nobody counts as trained."""
    return replace(
        panel,
        outcome=np.where(panel.untrained, panel.outcome, np.nan),
        start=np.full(panel.n_units, NEVER, dtype=np.int64),
    )
