"""G-computation on each rep's own history.

Model of an untrained rep-period, fitted on not-yet-trained rep-periods only (Robins 1986; sequential
ignorability given the rep's own record):

    y_it = a_t + sum_j (b_j + c_j tau_t) f_itj + e_it,   f = (y_i,t-1 … y_i,t-L, mean of own values before t)

with period effects ``a_t`` and ``tau_t`` the centred period in years of twelve. From each trained rep's start the
model is iterated forward, its own predictions taking the place of the lags. Effect = actual - predicted.

Least squares needs only sums of squares and products per team and period; the iterated prediction is linear in
the state at the start. Both are additive over teams, so leaving a team out costs no second pass over the reps.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from effects.stats.jackknife import PointEstimate, jackknife
from effects.stats.panel import NEVER, FloatArray, IntArray, Panel
from effects.stats.results import Effect, EffectAt
from lms.values import NotEstimable

LAGS = 6
METHOD = "g_computation"
