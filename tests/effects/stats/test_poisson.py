"""Imputation of counts: by hand, against two independent libraries, and what must not change it."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pytest
from msgspec.structs import replace

from effects.stats import poisson as module
from effects.stats.imputation_jackknife import bjs
from effects.stats.options import Options
from effects.stats.panel import NEVER, Panel
from effects.stats.poisson import poisson
from effects.stats.results import Effect
from lms.arrays import FloatArray
from lms.values import NotEstimable
from tests.effects.stats.panels import drawn, panel_of

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import diff_diff
    import statsmodels.api as sm


def counts(
    seed: int, *, missing: float = 0.0, mean: float = 3.0, reps: int = 60, teams: int | None = 9
) -> Panel:
    """Poisson counts with staggered starts, own levels, common months and an effect of a third."""
    panel = drawn(seed, missing=missing, reps=reps, teams=teams)
    rng = np.random.default_rng(seed + 1)
    own, months = rng.normal(size=(reps, 1)) * 0.5, rng.normal(size=panel.n_periods) * 0.3
    y = rng.poisson(mean * np.exp(own + months + 0.3 * (panel.relative >= 0))).astype(float)
    return replace(panel, outcome=np.where(panel.observed, y, np.nan))


def effect(panel: Panel, options: Options | None = None) -> Effect:
    found = poisson(panel, options or Options())
    assert isinstance(found, Effect), found
    return found


def test_four_reps_by_hand() -> None:
    # Months go 1 : 2 : 3. Ana and Ben stay untrained and sell 2, 4, 6 and 4, 8, 12. Cleo sold 1 and 2, so 3 are due
    # in the third month; she sells 6: 3 more. Dov never sold, so 0 are due; he sells 1: 1 more. On average 2.
    panel = panel_of([[2, 4, 6], [4, 8, 12], [1, 2, 6], [0, 0, 1]], [NEVER, NEVER, 2, 2])
    assert effect(panel).estimate == pytest.approx(2.0)
    assert [at.estimate for at in effect(panel).groups] == pytest.approx([2.0])


def test_what_is_due_follows_the_untrained_total() -> None:
    # 4 counts of the untrained became 8, so the trained one's 2 would have become 4; it made 7.
    panel = panel_of([[3, 5], [1, 3], [2, 7]], [NEVER, NEVER, 1])
    assert effect(panel).estimate == pytest.approx(3.0)


def by_statsmodels(panel: Panel) -> float:
    """A Poisson regression with a dummy per rep and per period on untrained cells, then imputed."""
    fit = panel.observed & panel.untrained
    i, t = np.nonzero(fit & (np.where(fit, panel.outcome, 0.0).sum(axis=1) > 0)[:, None])
    units, unit = np.unique(i, return_inverse=True)
    periods, period = np.unique(t, return_inverse=True)
    dummies = np.hstack([np.eye(len(units))[unit], np.eye(len(periods))[period][:, 1:]])
    found = sm.GLM(panel.outcome[i, t], dummies, family=sm.families.Poisson()).fit(tol=1e-14, maxiter=200)
    own, months = np.zeros(panel.n_units), np.full(panel.n_periods, np.nan)
    own[units] = np.exp(found.params[: len(units)])
    months[periods] = np.exp(np.r_[0.0, found.params[len(units) :]])
    due: FloatArray = own[:, None] * months
    trained = panel.observed & (panel.relative >= 0) & np.isfinite(due)
    return float((panel.outcome - due)[trained].mean())


@pytest.mark.parametrize("missing", [0.0, 0.3], ids=["balanced", "unbalanced"])
@pytest.mark.parametrize("mean", [3.0, 0.3], ids=["usual", "mostly zeros"])
def test_it_equals_statsmodels_with_all_dummies(missing: float, mean: float) -> None:
    panel = counts(4, missing=missing, mean=mean)
    assert effect(panel).estimate == pytest.approx(by_statsmodels(panel), abs=1e-8)


@pytest.mark.filterwarnings("ignore")
def test_it_equals_diff_diffs_poisson_regression_on_a_balanced_panel() -> None:
    panel = counts(7, teams=None, reps=90)
    i, t = np.nonzero(panel.observed)
    first = np.where(panel.start[i] == NEVER, 0, panel.start[i] + 1)
    rows = pd.DataFrame({"unit": i, "time": t + 1, "y": panel.outcome[i, t], "first": first})
    theirs = diff_diff.WooldridgeDiD(method="poisson").fit(
        rows, outcome="y", unit="unit", time="time", first_treat="first"
    )
    assert effect(panel).estimate == pytest.approx(theirs.overall_att, abs=1e-6)


@pytest.mark.parametrize("missing", [0.0, 0.3])
def test_leaving_a_team_out_equals_running_without_it(missing: float) -> None:
    panel = counts(5, missing=missing)
    found = effect(panel)
    for g, name in enumerate(panel.clusters):
        alone = effect(panel.select(panel.cluster != g))
        assert found.leave_one_out[name] == pytest.approx(alone.estimate, abs=1e-8)


def test_the_short_way_for_large_companies_is_right_to_first_order(monkeypatch: pytest.MonkeyPatch) -> None:
    panel = counts(5, missing=0.2, reps=400, teams=40)
    exact = effect(panel)
    monkeypatch.setattr(module, "MOST_WORK", 0)
    short = effect(panel)
    assert short.estimate == pytest.approx(exact.estimate, abs=1e-10)
    assert exact.se is not None
    assert short.se == pytest.approx(exact.se, rel=0.02)


def test_reps_who_never_sold_before_keep_the_average_right() -> None:
    """With .3 counts a month half of the reps have none before: to drop them would overstate what was due."""
    errors = []
    for seed in range(25):
        rng = np.random.default_rng(seed)
        start = np.where(np.arange(120) < 60, 4, NEVER)
        y = rng.poisson(0.3 * 1.1 ** np.arange(8), (120, 8)).astype(float)
        y[:60, 4:] += rng.poisson(0.2, (60, 4))
        errors.append(
            effect(
                panel_of(y.tolist(), start.tolist(), (np.arange(120) % 12).tolist()), Options(leads=0)
            ).estimate
            - 0.2
        )
    assert abs(np.mean(errors)) < 3 * np.std(errors) / np.sqrt(25)


def test_where_growth_is_in_per_cent_plain_imputation_misleads_and_this_does_not() -> None:
    growth = 1.06 ** np.arange(12)
    level = np.array([2.0, 3.0, 10.0, 12.0])
    panel = panel_of((level[:, None] * growth).tolist(), [NEVER, NEVER, 6, 6])
    plain = bjs(panel, Options())
    assert isinstance(plain, Effect) and plain.estimate > 2
    assert effect(panel).estimate == pytest.approx(0.0, abs=1e-9)


def test_exposure_makes_it_an_effect_per_unit_of_exposure() -> None:
    panel = counts(6)
    exposed = replace(panel, outcome=panel.outcome / 4, weight=np.full(panel.outcome.shape, 4.0))
    assert effect(exposed).estimate == pytest.approx(effect(panel).estimate / 4)


def test_the_averages_over_cohorts_and_times_are_those_of_their_series() -> None:
    panel = counts(8)
    plain = effect(panel)
    event = [at.estimate for at in plain.event_study if at.key >= 0]
    assert effect(panel, Options(aggregate="event")).estimate == pytest.approx(np.mean(event))
    reps = [int((panel.start == at.key).sum()) for at in plain.groups]
    group = np.average([at.estimate for at in plain.groups], weights=reps)
    assert effect(panel, Options(aggregate="group")).estimate == pytest.approx(group)


def test_placebos_before_the_start_find_a_dip_and_else_nothing() -> None:
    level = np.full((6, 12), 8.0)
    level[:3, 5:8] = 2.0
    found = effect(panel_of(level.tolist(), [8, 8, 8, NEVER, NEVER, NEVER]))
    before = {at.key: at.estimate for at in found.event_study if at.key < 0}
    assert {k: round(v, 6) for k, v in before.items()} == {-6: 0, -5: 0, -4: 0, -3: -6, -2: -6, -1: -6}


ROW = [[1.0, 2.0, 3.0], [2.0, 2.0, 2.0]]


@pytest.mark.parametrize(
    ("panel", "code"),
    [
        (panel_of([[1, -2, 3], [2, 2, 2]], [1, NEVER]), "negative_counts"),
        (panel_of([[4, 4, 4], [4, 4, 4]], [1, NEVER]), "constant_outcome"),
        (panel_of(ROW, [NEVER, NEVER]), "no_trained_cells"),
        (panel_of(ROW, [0, 0]), "no_untrained_cells"),
        (panel_of(ROW, [1, 1]), "nothing_to_compare"),
        (panel_of([[0, 0, 3], [2, 2, 2]], [2, NEVER]), "no_counts_before"),
    ],
)
def test_what_cannot_be_known_has_a_reason(panel: Panel, code: str) -> None:
    found = poisson(panel, Options())
    assert isinstance(found, NotEstimable)
    assert found.code == code


def test_a_month_without_a_single_count_is_no_trouble() -> None:
    panel = counts(9)
    y = panel.outcome.copy()
    y[:, 2] = 0.0
    y[panel.untrained[:, -1], -1] = 0.0
    found = effect(replace(panel, outcome=y))
    assert np.isfinite(found.estimate) and found.se is not None
