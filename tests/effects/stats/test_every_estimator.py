"""What must not change a result, for every estimator: names, order, calendar, a doubled company, units, a null covariate."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from effects.stats.group_time_inference import cs
from effects.stats.methods import METHODS
from effects.stats.options import Options
from effects.stats.panel import Panel
from effects.stats.reading import Rows, read_rows
from effects.stats.results import Effect
from effects.stats.simulate import Selection, Settings, company

SIZES = Settings(reps=48, teams=16, months=16, waves=(9, 11), share_per_wave=0.25, effect=0.15)
OPTIONS = Options(horizon=4)
OWN = ("bjs", "bjs-trends", "cs", "gcomp", "poisson", "prepost", "twfe")
"""Estimators of reps; the synthetic ones and the interrupted series have panels of their own below."""
every = pytest.mark.parametrize("method", OWN)


def firm(seed: int = 3) -> Panel:
    """Sales of a small company in thousands, with some months missing."""
    panel = company(seed, settings=SIZES).panel
    gone = np.random.default_rng(seed).random(panel.outcome.shape) < 0.03
    return replace(panel, outcome=np.where(gone, np.nan, 10 * np.exp(panel.outcome)))


def one_team(seed: int = 3) -> Panel:
    """A company of which one whole team was trained, at once."""
    panel = company(seed, Selection.WHOLE_TEAMS, settings=replace(SIZES, share_teams=0.1, waves=(10,))).panel
    start = np.where(panel.cluster == panel.cluster[np.argmin(panel.start)], panel.start, 1_000_000)
    return replace(panel, outcome=10 * np.exp(panel.outcome), start=start)


def everyone(seed: int = 3) -> Panel:
    panel = firm(seed)
    return replace(panel, start=np.full(panel.n_units, 10))


def panels() -> list[tuple[str, Panel]]:
    return [*((name, firm()) for name in OWN), ("sdid", one_team()), ("sc", one_team()), ("its", everyone())]


whatever = pytest.mark.parametrize(("method", "panel"), panels(), ids=lambda v: v if isinstance(v, str) else "")


def found(method: str, panel: Panel) -> Effect:
    effect = METHODS[method](panel, OPTIONS)
    assert isinstance(effect, Effect), effect
    return effect


def figures(method: str, panel: Panel) -> tuple[float, float]:
    effect = found(method, panel)
    assert effect.se is not None
    return effect.estimate, effect.se


def as_rows(panel: Panel, order: np.ndarray | None = None, months: int = 0, prefix: str = "") -> Rows:
    """The panel as the rows of a file, permuted, moved in the calendar, or with other names."""
    i, t = np.nonzero(panel.observed)
    if order is not None:
        i, t = i[order], t[order]

    def label(index: int) -> str:
        moved = index + months + 24 * 12
        return f"{2000 + moved // 12}-{moved % 12 + 1:02d}"

    return Rows(
        unit=[prefix + panel.units[n] for n in i],
        period=[label(int(m)) for m in t],
        outcome=panel.outcome[i, t].tolist(),
        first_treated=[label(int(s)) if s < panel.n_periods else "" for s in panel.start[i]],
        cluster=[prefix + panel.clusters[g] for g in panel.cluster[i]],
    )


@whatever
def test_rows_in_another_order_give_the_same_figure(method: str, panel: Panel) -> None:
    n = int(panel.observed.sum())
    shuffled = read_rows(as_rows(panel, np.random.default_rng(1).permutation(n))).panel
    assert figures(method, shuffled) == pytest.approx(figures(method, read_rows(as_rows(panel)).panel), rel=1e-9)


@whatever
def test_other_names_of_reps_and_teams_give_the_same_figure(method: str, panel: Panel) -> None:
    named = read_rows(as_rows(panel, prefix="甲")).panel
    assert figures(method, named) == pytest.approx(figures(method, panel), rel=1e-7)


@whatever
def test_a_calendar_moved_by_seven_months_gives_the_same_figure(method: str, panel: Panel) -> None:
    moved = read_rows(as_rows(panel, months=7)).panel
    assert moved.periods[0].endswith("-08")
    assert figures(method, moved) == pytest.approx(figures(method, panel), rel=1e-9)


@whatever
def test_fen_instead_of_yuan_scale_the_figure(method: str, panel: Panel) -> None:
    estimate, se = figures(method, panel)
    tenfold = replace(panel, outcome=panel.outcome * 100)
    assert figures(method, tenfold) == pytest.approx((100 * estimate, 100 * se), rel=1e-6)


@every
def test_the_company_twice_gives_the_same_figure_and_more_certainty(method: str) -> None:
    panel = firm()
    twice = replace(
        panel,
        units=panel.units + tuple(f"{u}b" for u in panel.units),
        outcome=np.vstack([panel.outcome] * 2),
        start=np.concatenate([panel.start] * 2),
        cluster=np.concatenate([panel.cluster, panel.cluster + panel.n_clusters]),
        clusters=panel.clusters + tuple(f"{c}b" for c in panel.clusters),
    )
    (estimate, se), (same, smaller) = figures(method, panel), figures(method, twice)
    assert same == pytest.approx(estimate, rel=1e-7)
    assert smaller < 0.8 * se


@every
def test_a_rep_without_any_record_changes_nothing(method: str) -> None:
    panel = firm()
    more = replace(
        panel,
        units=(*panel.units, "ghost"),
        outcome=np.vstack([panel.outcome, np.full(panel.n_periods, np.nan)]),
        start=np.append(panel.start, 9),
        cluster=np.append(panel.cluster, 0),
    )
    assert figures(method, more) == pytest.approx(figures(method, panel), rel=1e-9)


def test_a_covariate_that_is_the_same_for_all_teams_alike_moves_nothing_to_speak_of() -> None:
    panel = replace(firm(), outcome=np.nan_to_num(firm().outcome, nan=10.0))
    estimate, se = figures("cs", panel)
    odd = np.random.default_rng(8).permutation(np.resize([0.0, 1.0], panel.n_units))
    beside = cs(replace(panel, covariates={"odd": odd}), OPTIONS)
    assert isinstance(beside, Effect)
    assert abs(beside.estimate - estimate) < 0.5 * se


@every
@settings(max_examples=5, deadline=None)
@given(seed=st.integers(0, 10_000), factor=st.floats(0.01, 1000))
def test_for_any_company_scaling_and_shuffling_do_what_they_should(method: str, seed: int, factor: float) -> None:
    panel = firm(seed)
    order = np.random.default_rng(seed).permutation(panel.n_units)
    other = replace(panel.ordered(order), outcome=panel.outcome[order] * factor)
    estimate, se = figures(method, panel)
    assert figures(method, other) == pytest.approx((factor * estimate, factor * se), rel=1e-6, abs=1e-9 * factor)
