"""Placebo coefficients: did the trained already differ in the periods just before they started?

On untrained cells only, Y_it = alpha_i + delta_t + sum_p gamma_p 1{p periods before the start} + e_it for the
last P periods; the reference is everything earlier and whoever is not about to start. Fitted apart from the
effect, so that looking at it does not change the effect.
Source: Borusyak, Jaravel & Spiess (2024), section 4.3 (test of the assumptions on untreated observations).
"""

from __future__ import annotations

import numpy as np
from msgspec import Struct

from effects.stats.cells import Cells
from effects.stats.equations import equations
from effects.stats.options import Options
from effects.stats.panel import Panel
from effects.stats.point import Series
from lms.arrays import FloatArray, IntArray

MAX_LEADS = 12


def lead_count(panel: Panel, options: Options, c: Cells) -> int:
    """How many placebo periods: as asked, else as many as leave one cohort a reference period, at most 12."""
    if options.leads is not None:
        return min(options.leads, panel.n_periods - 1)
    relative = np.where(c.fit & panel.trained_units[:, None], panel.relative, 0)
    return max(0, min(MAX_LEADS, int(-relative.min()) - 1 - options.anticipation))


def lead_columns(panel: Panel, options: Options, c: Cells, number: int) -> IntArray:
    """(N, T) 0-based placebo column of an untrained cell (k = -1 - anticipation is 0), -1 for none."""
    depth = -1 - options.anticipation - panel.relative
    return np.where(c.fit & (depth >= 0) & (depth < number), depth, -1)


def placebos(panel: Panel, options: Options, c: Cells) -> Series:
    """k -> (coefficient, number of cells) for the periods before the start; absent where not identified."""
    system = LeadSystem.of(panel, options, c)
    if system is None:
        return {}
    solved = np.asarray(np.linalg.solve(system.anchored, system.right), np.float64)
    return {k: (float(solved[p]), n) for k, p, n in system.identified}


class LeadSystem(Struct, frozen=True):
    """The placebo regression. ``column`` (N, T) placebo of each cell or -1; ``anchored`` (T+P, T+P) normal
    matrix with what the data do not identify set to zero; ``identified`` (k, row of the solution, cells)."""

    column: IntArray
    number: int
    anchored: FloatArray
    right: FloatArray
    identified: tuple[tuple[int, int, int], ...]

    @classmethod
    def of(cls, panel: Panel, options: Options, c: Cells) -> LeadSystem | None:
        """The regression for this panel, or None where no placebo period exists."""
        number = lead_count(panel, options, c)
        if number == 0:
            return None
        column = lead_columns(panel, options, c, number)
        weight = np.where(c.fit, c.weight, 0.0)
        matrix, right = equations(weight, c.outcome, column, number)
        values, vectors = np.linalg.eigh(matrix)
        null = vectors[:, values < max(values[-1], 0.0) * 1e-10]
        free = np.abs(null).max(axis=1, initial=0.0) > 1e-6
        count = np.bincount(column[column >= 0], minlength=number)
        rows = range(panel.n_periods, panel.n_periods + number)
        found = tuple(
            (-1 - options.anticipation - p, row, int(count[p]))
            for p, row in enumerate(rows)
            if count[p] and not free[row]
        )
        scale = max(float(values.mean()), 1e-300)
        return cls(column, number, matrix + scale * (null @ null.T), right, found)
