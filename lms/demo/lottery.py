"""The demo's planned rollout of KA-05: who was drawn for which wave, by the planner's own lottery. Pure."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from effects.rollouts import dealing
from effects.stats.design import FEWEST_PERIODS_BEFORE
from effects.stats.panel import NEVER as NEVER_IN_PANEL
from effects.stats.panel import Panel
from lms.demo.truths import truth_of

SEED = 20250524
"""Of the draw, as stored with it."""
DRAWN = 12
"""The month of the draw: records of the months before it are known."""
NEVER = 10**6


def starts(team: NDArray[np.int64], left: NDArray[np.int64], figures: NDArray[np.float64]) -> NDArray[np.int64]:
    """(N,) the month in which each rep starts, from teams, month after the last one and the KPI (N, T).

    Drawn are all who are there when the first wave starts and have six months of records. One group of five waits.
    """
    waves = truth_of("KA-05").starts
    known = figures[:, :DRAWN]
    among = np.flatnonzero((np.isfinite(known).sum(axis=1) >= FEWEST_PERIODS_BEFORE) & (left > waves[0]))
    cluster = np.unique(team[among], return_inverse=True)[1].astype(np.int64)
    panel = Panel(
        units=tuple(str(i) for i in among),
        periods=tuple(str(t) for t in range(DRAWN)),
        outcome=known[among],
        start=np.full(len(among), NEVER_IN_PANEL, dtype=np.int64),
        cluster=cluster,
        clusters=tuple(str(g) for g in np.unique(team[among])),
    )
    tercile = dealing.terciles(panel, teams=False)
    seats = [dealing.Seat(int(i), int(g), int(t)) for i, g, t in zip(among, cluster, tercile, strict=True)]
    found = np.full(len(team), NEVER, dtype=np.int64)
    for seat, group in zip(seats, dealing.deal(seats, len(waves) + 1, SEED, teams=False), strict=True):
        if group <= len(waves) and left[seat.person_id] > waves[group - 1]:
            found[seat.person_id] = waves[group - 1]
    return found
