"""One study value from a panel: routed, refused, graded, with the naive figure beside it."""

from __future__ import annotations

import numpy as np
import pytest
from msgspec.structs import replace

from effects.stats import methods
from effects.stats.design import Chosen, Grade
from effects.stats.options import Options
from effects.stats.panel import NEVER, Panel
from effects.stats.results import Effect
from effects.stats.study import StudyResult, analyse
from effects.stats.union import union
from lms.values import Interval, NotEstimable
from tests.effects.stats.panels import drawn, panel_of


def company(seed: int = 2, *, effect: float = 0.5, shift: float = 0.0, reps: int = 120, teams: int = 20) -> Panel:
    """A third of the reps start in each of p10 and p14, the rest never; sales about 100 with noise of 1."""
    rng = np.random.default_rng(seed)
    start = np.array([10, 14, NEVER])[rng.permutation(np.arange(reps) % 3)]
    y = 100 + rng.normal(size=(reps, 1)) * 5 + rng.normal(size=20) + rng.normal(size=(reps, 20))
    k = np.arange(20) - start[:, None]
    y += effect * (k >= 0) + shift * ((k >= -3) & (k < 0))
    return panel_of(y.tolist(), start.tolist(), (np.arange(reps) % teams).tolist())


def headline(result: StudyResult) -> Effect:
    assert isinstance(result.headline, Effect)
    return result.headline


def refusal(result: StudyResult) -> NotEstimable:
    assert isinstance(result.headline, NotEstimable)
    return result.headline


def test_waves_are_estimated_by_imputation_in_logs() -> None:
    found = analyse(company(), Chosen.WAVES)
    assert (found.method, found.scale, found.by_hand) == ("bjs", "log", False)
    assert headline(found).estimate == pytest.approx(0.005, abs=0.003)
    assert list(found.besides) == ["cs", "gcomp"]
    assert found.checks[0].name == "dip"
    assert found.grade in (Grade.B, Grade.C)
    assert found.smallest is not None and found.smallest > 0


def test_those_sent_for_poor_results_are_not_headlined_by_imputation_whatever_was_answered() -> None:
    found = analyse(company(effect=0.0, shift=-1.5), Chosen.WAVES, Options(transform="none"))
    assert found.route.row == "low_kpi" and "dip_found" in found.route.reasons
    assert found.method == "gcomp"
    assert isinstance(found.naive, Effect) and found.naive.estimate > 0.3, "before and after flatters"


def test_under_the_thresholds_the_headline_gives_way_to_its_reasons() -> None:
    p = company()
    few = p.select((p.start == NEVER) | (np.cumsum(p.start < NEVER) <= 4))
    found = analyse(few, Chosen.WAVES)
    assert refusal(found).code == "few_trained"
    assert refusal(found).params["all"][0] == "few_trained"
    assert found.grade == Grade.D


def test_a_method_named_by_hand_computes_and_states_its_grade() -> None:
    p = company()
    few = p.select((p.start == NEVER) | (np.cumsum(p.start < NEVER) <= 4))
    found = analyse(few, Chosen.WAVES, Options(method="bjs"))
    assert headline(found).method == "bjs" and found.by_hand
    assert found.scale == "level", "the expert asks for logs"
    assert found.grade == Grade.D and found.refusals[0].code == "few_trained"


def test_a_study_that_could_only_see_the_implausible_is_refused() -> None:
    found = analyse(company(), Chosen.WAVES, Options(plausible=1e-6))
    assert refusal(found).code == "detectable_above_plausible"


@pytest.mark.parametrize(
    ("panel", "code"),
    [
        (panel_of([[5.0] * 12] * 20, [8] * 10 + [NEVER] * 10), "constant_outcome"),
        (panel_of([[1.0, 2.0, 4.0]], [1]), "one_unit"),
        (panel_of([[1.0, 2.0, 4.0]] * 3, [NEVER] * 3), "none_trained"),
        (panel_of([[1.0], [2.0]], [NEVER, NEVER]), "one_period"),
    ],
)
@pytest.mark.parametrize("method", ["auto", "bjs", "cs", "twfe", "prepost", "gcomp", "its"])
def test_what_no_method_can_answer_says_why(panel: Panel, code: str, method: str) -> None:
    found = analyse(panel, Chosen.WAVES, Options(method=method))
    assert isinstance(found.headline, NotEstimable)
    assert found.grade == Grade.D
    assert found.headline.code == code


def test_a_missing_estimator_is_said_and_not_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(methods.METHODS, "gcomp")
    found = analyse(company(), Chosen.LOW_KPI)
    assert refusal(found).code == "estimator_missing"
    assert refusal(found).params == {"method": "gcomp"}
    assert found.grade == Grade.D


def test_logs_only_where_nothing_is_zero() -> None:
    p = company()
    zero = p.outcome.copy()
    zero[0, 0] = 0
    assert analyse(replace(p, outcome=zero), Chosen.WAVES).scale == "level"
    assert analyse(p, Chosen.WAVES, Options(kind="count")).scale == "level"
    refused = analyse(replace(p, outcome=zero), Chosen.WAVES, Options(transform="log"))
    assert refusal(refused).code == "log_of_nonpositive"


def made(method: str, low: float, high: float) -> Effect:
    return Effect(method, (low + high) / 2, 1.0, Interval(low, high), 0.01, "jackknife", 9, 5, 9, 9, 9)


def test_where_nobody_knows_only_what_all_agree_on_is_said() -> None:
    found = union({"gcomp": made("gcomp", 1, 3), "bjs": made("bjs", 2, 6), "bjs-trends": made("bjs-trends", 0.5, 2)})
    assert isinstance(found, Effect)
    assert found.interval == Interval(0.5, 6) and found.estimate == 2 and found.se is None
    split = union({"gcomp": made("gcomp", 1, 3), "bjs": made("bjs", -1, 2)})
    assert split == NotEstimable("methods_disagree", {"low": -1, "high": 3})
    missing = union({"bjs": made("bjs", 1, 2)})
    assert isinstance(missing, NotEstimable) and missing.code == "estimator_missing"


def test_the_same_panel_gives_the_same_study() -> None:
    assert analyse(company(), Chosen.UNKNOWN) == analyse(company(), Chosen.UNKNOWN)


@pytest.mark.parametrize("chosen", list(Chosen))
def test_every_answer_leads_to_a_figure_or_a_reason(chosen: Chosen) -> None:
    for panel in (drawn(0, reps=40), company(shift=-1.5, reps=60)):
        found = analyse(panel, chosen)
        assert isinstance(found.headline, Effect | NotEstimable)
        if isinstance(found.headline, NotEstimable):
            assert found.grade == Grade.D and found.headline.code
