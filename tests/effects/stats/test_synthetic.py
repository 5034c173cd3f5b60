"""Synthetic control and synthetic DiD: the published figures of California's tobacco law, and plain cases."""

import csv
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from effects.stats.panel import NEVER, Panel
from effects.stats.simulate import Selection, company
from effects.stats.synthetic import blend, synthetic, team_panel
from lms.values import NotEstimable
from tests.effects.stats.test_gcomputation import panel_of


@pytest.fixture(scope="module")
def california():
    path = Path(find_spec("synthdid").origin).parent / "data/california_prop99.csv"
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file, delimiter=";"))
    states = sorted({row["State"] for row in rows})
    years = sorted({row["Year"] for row in rows})
    packs = {(row["State"], row["Year"]): float(row["PacksPerCapita"]) for row in rows}
    return Panel(
        units=tuple(states),
        periods=tuple(years),
        outcome=np.array([[packs[state, year] for year in years] for state in states]),
        start=np.array([years.index("1989") if state == "California" else NEVER for state in states]),
        cluster=np.arange(len(states)),
        clusters=tuple(states),
    )


@pytest.mark.parametrize(("variant", "published"), [("sdid", -15.604), ("sc", -19.620), ("did", -27.349)])
def test_california_smokes_as_much_less_as_published(california, variant, published):
    treated = california.trained_units
    found = blend(california.outcome[~treated], california.outcome[treated], 19, variant)
    assert round(found.effect, 3) == published
    assert found.units.sum() == pytest.approx(1.0)
    assert found.units.min() >= 0


def test_california_is_ranked_among_the_38_other_states(california):
    effect = synthetic(california, variant="did")
    assert effect.p_value == pytest.approx(4 / 39)
    assert effect.n_trained == 1
    assert effect.n_trained_periods == 12


def test_a_team_that_is_the_mean_of_two_others_gives_the_effect_exactly():
    rng = np.random.default_rng(1)
    others = rng.normal(10, 2, size=(12, 1)) + np.cumsum(rng.normal(size=(12, 20)), axis=1)
    treated = others[:2].mean(axis=0) + 3.0 * (np.arange(20) >= 12)
    panel = panel_of(np.vstack([others, treated]), [NEVER] * 12 + [12], list(range(13)))
    assert synthetic(panel, variant="sc").estimate == pytest.approx(3.0, abs=0.15)


def test_whole_teams_can_be_compared_as_teams():
    made = company(3, Selection.WHOLE_TEAMS)
    teams = team_panel(made.panel)
    assert teams.n_units == 8
    assert teams.outcome[0, 0] == pytest.approx(made.panel.outcome[made.panel.cluster == 0, 0].mean())
    assert synthetic(teams) == NotEstimable("too_few_comparable", {"n": 3, "needed": 10})


def test_several_treated_teams_are_averaged_by_their_periods():
    rng = np.random.default_rng(4)
    outcome = rng.normal(5, 1, size=(20, 1)) + np.cumsum(rng.normal(0, 0.1, size=(1, 18)), axis=1)
    outcome = outcome + rng.normal(0, 0.01, size=outcome.shape)
    start = np.array([10, 10, 14] + [NEVER] * 17)
    outcome += 2.0 * (np.arange(18) >= start[:, None])
    effect = synthetic(panel_of(outcome, start, list(range(20))), draws=30)
    assert effect.estimate == pytest.approx(2.0, abs=0.03)
    assert effect.n_trained_periods == 8 + 8 + 4
    assert effect.p_value <= 1 / 31 + 1e-9


def test_too_short_a_past_is_refused():
    rng = np.random.default_rng(2)
    panel = panel_of(rng.normal(size=(14, 10)), [4] + [NEVER] * 13, list(range(14)))
    assert synthetic(panel) == NotEstimable("too_few_periods_before", {"n": 4, "needed": 6})
