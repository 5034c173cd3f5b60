"""Every published effect figure, to its printed digits."""

from __future__ import annotations

import numpy as np
import pytest

from effects.stats.group_time import comparisons
from effects.stats.group_time_inference import cs
from effects.stats.options import Options
from effects.stats.results import Effect
from effects.stats.two_way import Regression, twfe, two_way
from tests.reference import published

NEVER_TRAINED = Options(control="never")


def effect(found: object) -> Effect:
    assert isinstance(found, Effect)
    return found


def regression(found: object) -> Regression:
    assert isinstance(found, Regression)
    return found


def test_minimum_wage_group_time_effects_are_those_of_callaway_and_santanna() -> None:
    panel = published.mpdta_panel()
    cells = {
        (int(panel.periods[c.g]), int(panel.periods[c.t])): round(c.difference.estimate, 4)
        for c in comparisons(panel, NEVER_TRAINED, np.ones(panel.n_units))
        if c.t >= c.g
    }
    assert cells == {
        (2004, 2004): -0.0105,
        (2004, 2005): -0.0704,
        (2004, 2006): -0.1373,
        (2004, 2007): -0.1008,
        (2006, 2006): -0.0046,
        (2006, 2007): -0.0412,
        (2007, 2007): -0.0261,
    }


@pytest.mark.parametrize(
    ("aggregate", "estimate", "se"), [("simple", -0.0400, 0.0120), ("group", -0.0310, 0.0124)]
)
def test_minimum_wage_averages_and_their_standard_errors(aggregate: str, estimate: float, se: float) -> None:
    found = effect(cs(published.mpdta_panel(), Options(control="never", aggregate=aggregate)))  # type: ignore[arg-type]
    assert round(found.estimate, 4) == estimate
    assert found.se is not None and round(found.se, 4) == se


def test_minimum_wage_average_over_event_time() -> None:
    found = effect(cs(published.mpdta_panel(), Options(control="never", aggregate="event")))
    assert round(found.estimate, 4) == -0.0772
    assert found.se == pytest.approx(0.021, abs=0.0015), "R prints a bootstrap of about .021"


def test_minimum_wage_event_study_from_three_years_before() -> None:
    found = effect(cs(published.mpdta_panel(), NEVER_TRAINED))
    assert [(e.key, round(e.estimate, 4)) for e in found.event_study] == [
        (-3, 0.0305),
        (-2, -0.0006),
        (-1, -0.0245),
        (0, -0.0199),
        (1, -0.0510),
        (2, -0.1373),
        (3, -0.1008),
    ]


def test_minimum_wage_doubly_robust_with_population() -> None:
    found = effect(cs(published.mpdta_panel(("lpop",)), NEVER_TRAINED))
    assert found.se is not None
    assert (round(found.estimate, 4), round(found.se, 4)) == (-0.0418, 0.0115)


def test_minimum_wage_two_way_fixed_effects() -> None:
    found = effect(twfe(published.mpdta_panel(), Options()))
    assert found.se is not None
    assert (round(found.estimate, 4), round(found.se, 4)) == (-0.0365, 0.0133)


def test_supported_work_experiment_raised_earnings_by_1794_dollars() -> None:
    d = published.nsw()
    found = regression(
        two_way(
            d["re78"].to_numpy(np.float64)[:, None],
            {"treat": d["treat"].to_numpy(np.float64)[:, None]},
            unit_effects=False,
            period_effects=False,
            errors="classical",
        )
    )
    assert round(found.coefficients["treat"], 2) == 1794.34
    assert round(found.errors["treat"], 2) == 632.85


def test_training_grants_and_scrap_as_in_wooldridge_example_14_1() -> None:
    found = regression(
        two_way(
            published.jtrain_wide("lscrap"),
            {"grant": published.jtrain_wide("grant"), "grant_1": published.jtrain_wide("grant_1")},
            errors="classical",
        )
    )
    assert found.n == 162
    assert {k: round(v, 3) for k, v in found.coefficients.items()} == {"grant": -0.252, "grant_1": -0.422}
    assert round(found.errors["grant"], 3) == 0.151
    assert round(found.errors["grant_1"], 3) == 0.210


@pytest.mark.parametrize(
    ("column", "estimate", "se"), [("lscrap", -0.317, 0.164), ("scrap", -0.739, 0.683)]
)
def test_training_grants_and_scrap_in_first_differences(column: str, estimate: float, se: float) -> None:
    scrap, grant = published.jtrain_wide(column), published.jtrain_wide("grant")
    found = regression(
        two_way(
            (scrap[:, 1] - scrap[:, 0])[:, None],
            {"grant": (grant[:, 1] - grant[:, 0])[:, None]},
            unit_effects=False,
            period_effects=False,
            errors="classical",
        )
    )
    assert found.n == 54
    assert round(found.coefficients["grant"], 3) == estimate
    assert round(found.errors["grant"], 3) == se
