"""The panel every estimator reads: one row per rep, one column per period."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from msgspec import Struct, field
from msgspec.structs import replace

from lms.arrays import FloatArray, IntArray, NDArray

NEVER = 1_000_000
"""``start`` of a unit that is not trained within the data: larger than any period index, so that
``period < start`` means "untrained" for everyone."""


class Panel(Struct, frozen=True):
    """N units observed over T equally spaced periods.

    ``outcome``   (N, T) KPI value; ``nan`` where the KPI was not recorded (missing is missing, never zero).
    ``start``     (N,)   index of the first trained period; ``NEVER`` if not trained within the data.
    ``cluster``   (N,)   index into ``clusters``: the team at baseline, the unit of inference.
    ``weight``    (N, T) denominator of a rate, or ``None`` for a plain KPI. With weights, ``outcome`` is the
                  rate numerator / denominator and sums are weighted by the denominator.
    ``covariates``       name -> (N,) characteristic fixed before training.
    """

    units: tuple[str, ...]
    periods: tuple[str, ...]
    outcome: FloatArray
    start: IntArray
    cluster: IntArray
    clusters: tuple[str, ...]
    weight: FloatArray | None = None
    covariates: Mapping[str, FloatArray] = field(default_factory=dict)

    @property
    def n_units(self) -> int:
        return len(self.units)

    @property
    def n_periods(self) -> int:
        return len(self.periods)

    @property
    def n_clusters(self) -> int:
        return len(self.clusters)

    @property
    def observed(self) -> NDArray[np.bool_]:
        """(N, T) True where the KPI was recorded."""
        return np.isfinite(self.outcome)

    @property
    def relative(self) -> IntArray:
        """(N, T) periods since the start: negative before, 0 in the first trained period."""
        return np.arange(self.n_periods)[None, :] - self.start[:, None]

    @property
    def untrained(self) -> NDArray[np.bool_]:
        """(N, T) True for rep-periods before the rep's start (always, for the never trained)."""
        return self.relative < 0

    @property
    def trained_units(self) -> NDArray[np.bool_]:
        """(N,) True for units whose start lies within the data."""
        return self.start < self.n_periods

    def ordered(self, order: IntArray) -> Panel:
        """The same panel with its units in another order."""
        return replace(
            self,
            units=tuple(self.units[i] for i in order),
            outcome=self.outcome[order],
            start=self.start[order],
            cluster=self.cluster[order],
            weight=None if self.weight is None else self.weight[order],
            covariates={name: values[order] for name, values in self.covariates.items()},
        )

    def select(self, keep: NDArray[np.bool_]) -> Panel:
        """The panel of the units where ``keep`` (N,) is True; cluster numbers are kept dense."""
        used = np.unique(self.cluster[keep])
        return replace(
            self,
            units=tuple(u for u, k in zip(self.units, keep, strict=True) if k),
            outcome=self.outcome[keep],
            start=self.start[keep],
            cluster=np.searchsorted(used, self.cluster[keep]),
            clusters=tuple(self.clusters[i] for i in used),
            weight=None if self.weight is None else self.weight[keep],
            covariates={name: values[keep] for name, values in self.covariates.items()},
        )
