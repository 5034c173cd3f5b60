"""Own estimators against statsmodels, a library that knows nothing of differences-in-differences: to 1e-8."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

from effects.stats import imputation
from effects.stats.interrupted import LIKENESS, _over_likeness
from effects.stats.options import Options
from effects.stats.panel import Panel
from effects.stats.point import PointEstimate
from effects.stats.results import Effect
from effects.stats.two_way import twfe
from lms.arrays import FloatArray
from tests.effects.stats.panels import drawn

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import statsmodels.api as sm

HOLES = pytest.mark.parametrize("missing", [0.0, 0.3], ids=["balanced", "unbalanced"])


def dummies(i: np.ndarray, t: np.ndarray, panel: Panel) -> FloatArray:
    """A column per rep and per period but the first."""
    return np.hstack([np.eye(panel.n_units)[i], np.eye(panel.n_periods)[t][:, 1:]])


@HOLES
@pytest.mark.parametrize("rates", [False, True], ids=["amounts", "rates"])
def test_imputation_is_least_squares_on_untrained_cells_then_predicted(missing: float, rates: bool) -> None:
    panel = drawn(3, missing=missing, rates=rates)
    weight = np.ones(panel.outcome.shape) if panel.weight is None else panel.weight
    i, t = np.nonzero(panel.observed & panel.untrained)
    fit = sm.WLS(panel.outcome[i, t], dummies(i, t, panel), weights=weight[i, t]).fit()
    j, s = np.nonzero(panel.observed & (panel.relative >= 0))
    gap = panel.outcome[j, s] - fit.predict(dummies(j, s, panel))
    ours = imputation.estimate(panel, Options())
    assert isinstance(ours, PointEstimate)
    assert ours.n_lost == 0
    assert ours.att == pytest.approx(np.average(gap, weights=weight[j, s]), abs=1e-8)


@HOLES
def test_two_way_effects_with_team_clustered_errors(missing: float) -> None:
    panel = drawn(5, missing=missing)
    i, t = np.nonzero(panel.observed)
    trained = (panel.relative[i, t] >= 0).astype(float)
    fit = sm.OLS(panel.outcome[i, t], np.column_stack([trained, dummies(i, t, panel)])).fit(
        cov_type="cluster", cov_kwds={"groups": panel.cluster[i], "use_correction": False}
    )
    # Ours corrects by G/(G-1) (n-1)/(n-K), K = the trained and all periods but one: rep effects are nested in teams.
    g, n, k = panel.n_clusters, len(i), panel.n_periods
    corrected = fit.bse[0] * np.sqrt(g / (g - 1) * (n - 1) / (n - k))
    ours = twfe(panel, Options())
    assert isinstance(ours, Effect)
    assert ours.estimate == pytest.approx(fit.params[0], abs=1e-8)
    assert ours.se == pytest.approx(corrected, abs=1e-8)


def test_an_interrupted_series_at_each_likeness_of_neighbours_is_gls_with_that_ar1() -> None:
    rng = np.random.default_rng(2)
    y = 50 + 0.4 * np.arange(20) + 3 * (np.arange(20) >= 12) + rng.normal(size=20)
    time = np.arange(20.0)
    after = (time >= 12).astype(float)
    x = np.column_stack([np.ones(20), time - 12, after, after * (time - 12)])
    pick = np.array([0.0, 0.0, 1.0, 3.5])
    beta, scale, weight = _over_likeness(x, y, pick)
    for at, r in enumerate(np.linspace(*LIKENESS)):
        fit = sm.GLS(y, x, sigma=r ** np.abs(np.subtract.outer(time, time))).fit()
        assert pick @ beta[at] == pytest.approx(pick @ fit.params, abs=1e-8)
        assert scale[at] == pytest.approx(float(np.sqrt(pick @ fit.cov_params() @ pick)), abs=1e-8)
    assert weight.sum() == pytest.approx(1)
