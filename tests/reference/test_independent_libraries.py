"""Own estimators against two independent implementations (diff-diff, moderndid), to 1e-8."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pytest
from msgspec.structs import replace

from effects.stats import imputation
from effects.stats.group_time_inference import cs
from effects.stats.options import Control, Options
from effects.stats.panel import NEVER, Panel
from effects.stats.point import PointEstimate
from effects.stats.results import Effect
from tests.effects.stats.panels import drawn

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import diff_diff
    import moderndid
    import polars as pl

pytestmark = [pytest.mark.filterwarnings("ignore")]
BALANCED, UNBALANCED = {"missing": 0.0}, {"missing": 0.3}
LIBRARY_CONTROL = {"never": "never_treated", "notyet": "not_yet_treated"}


def frame(panel: Panel) -> pd.DataFrame:
    """Long rows as these libraries want them: periods from 1, 0 for never."""
    i, t = np.nonzero(panel.observed)
    first = np.where(panel.start[i] == NEVER, 0, panel.start[i] + 1)
    return pd.DataFrame({"unit": i, "time": t + 1, "y": panel.outcome[i, t], "first": first})


@pytest.mark.parametrize("holes", [BALANCED, UNBALANCED], ids=["balanced", "unbalanced"])
@pytest.mark.parametrize("seed", [0, 3, 7])
def test_imputation_equals_diff_diff(holes: dict[str, float], seed: int) -> None:
    panel = drawn(seed, **holes)  # type: ignore[arg-type]
    theirs = diff_diff.ImputationDiD().fit(
        frame(panel), outcome="y", unit="unit", time="time", first_treat="first", aggregate="event_study"
    )
    ours = imputation.estimate(panel)
    assert isinstance(ours, PointEstimate)
    assert ours.att == pytest.approx(theirs.overall_att, abs=1e-8)
    events = dict(zip(ours.keys, ours.values, strict=True))
    for k, row in theirs.event_study_effects.items():
        if k >= 0:
            assert events["event", int(k)] == pytest.approx(row["effect"], abs=1e-8)


@pytest.mark.parametrize("holes", [BALANCED, UNBALANCED], ids=["balanced", "unbalanced"])
@pytest.mark.parametrize("control", ["never", "notyet"])
def test_group_time_average_equals_diff_diff(holes: dict[str, float], control: Control) -> None:
    panel = drawn(3, teams=None, **holes)  # type: ignore[arg-type]
    theirs = diff_diff.CallawaySantAnna(control_group=LIBRARY_CONTROL[control]).fit(
        frame(panel), outcome="y", unit="unit", time="time", first_treat="first"
    )
    ours = cs(panel, Options(control=control))
    assert isinstance(ours, Effect)
    assert ours.estimate == pytest.approx(theirs.overall_att, abs=1e-8)
    if holes is BALANCED:
        assert ours.se == pytest.approx(theirs.overall_se, abs=1e-8)


@pytest.mark.parametrize("control", ["never", "notyet"])
@pytest.mark.parametrize("kind", ["simple", "group", "calendar", "dynamic"])
def test_group_time_averages_equal_moderndid(control: Control, kind: str) -> None:
    panel = drawn(5, teams=None, missing=0.0)
    rows = pl.DataFrame({k: v.astype(float) for k, v in frame(panel).items()})
    cells = moderndid.att_gt(
        rows,
        yname="y",
        tname="time",
        idname="unit",
        gname="first",
        control_group=LIBRARY_CONTROL[control].replace("_", ""),
        est_method="reg",
        boot=False,
    )
    theirs = moderndid.aggte(cells, type=kind)
    ours = cs(panel, Options(control=control, aggregate="event" if kind == "dynamic" else kind))  # type: ignore[arg-type]
    assert isinstance(ours, Effect)
    assert ours.estimate == pytest.approx(theirs.overall_att, abs=1e-8)
    assert ours.se == pytest.approx(theirs.overall_se, abs=1e-8)


def test_doubly_robust_equals_moderndid() -> None:
    panel = drawn(11, teams=None, missing=0.0, reps=300, periods=6, first=3)
    size = np.random.default_rng(1).normal(size=panel.n_units)
    rows = frame(panel).assign(size=lambda d: size[d["unit"]])
    cells = moderndid.att_gt(
        pl.DataFrame({k: v.astype(float) for k, v in rows.items()}),
        yname="y",
        tname="time",
        idname="unit",
        gname="first",
        xformla="~ size",
        est_method="dr",
        boot=False,
    )
    theirs = moderndid.aggte(cells, type="simple")
    ours = cs(replace(panel, covariates={"size": size}), Options(control="never"))
    assert isinstance(ours, Effect)
    assert ours.estimate == pytest.approx(theirs.overall_att, abs=1e-8)
    assert ours.se == pytest.approx(theirs.overall_se, abs=1e-8)
