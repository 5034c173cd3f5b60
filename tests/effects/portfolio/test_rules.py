"""The rules of the portfolio, pure: one yardstick, families of looks, who lags, what changed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
from scipy import stats

from effects.money import Basis
from effects.portfolio.changes import changes
from effects.portfolio.findings import Finding, capped, money, of_numbers, standard
from effects.portfolio.lagging import lagging
from effects.portfolio.pairs import recorded
from effects.roi.costing import Costing
from effects.stats.panel import NEVER, Panel
from effects.stats.portfolio import Pair, benjamini_hochberg, rank
from effects.stats.returns import Range
from effects.stats.standardise import deviation, normal_error


def panel(outcome: list[list[float]], start: list[int], weight: list[list[float]] | None = None) -> Panel:
    n, t = len(outcome), len(outcome[0])
    return Panel(
        tuple(str(i) for i in range(n)),
        tuple(str(k) for k in range(t)),
        np.array(outcome, float),
        np.array(start),
        np.zeros(n, int),
        ("Team 1",),
        None if weight is None else np.array(weight, float),
    )


def test_the_yardstick_is_the_spread_among_untrained_reps_of_the_same_period() -> None:
    # two periods; the second is 100 higher for everybody: the firm's trend is no difference between reps
    values = [[float(10 + i), float(110 + i)] for i in range(8)]
    values.append([1000.0, 5000.0])
    found = deviation(panel(values, [NEVER] * 8 + [0]), "level")
    assert found == pytest.approx(np.arange(8).std(ddof=1))  # the trained rep's 1000 and 5000 do not count


def test_a_rate_counts_by_its_denominator() -> None:
    values = [[0.5], [0.7]] + [[0.6]] * 10
    even = deviation(panel(values, [NEVER] * 12, [[1.0]] * 12), "level")
    heavy = deviation(panel(values, [NEVER] * 12, [[9.0], [9.0]] + [[1.0]] * 10), "level")
    assert even is not None and heavy is not None and heavy > 1.5 * even


def test_without_enough_untrained_reps_there_is_no_yardstick() -> None:
    assert deviation(panel([[1.0, 2.0]] * 3, [NEVER] * 3), "level") is None


def test_a_range_from_few_teams_stays_as_wide_as_it_is() -> None:
    half = float(stats.t(5).ppf(0.975))  # six teams: t with five degrees of freedom, standard error 1
    assert normal_error(-half, half) == pytest.approx(half / 1.959964)
    assert normal_error(-half, half) > 1.3


def finding(**given: object) -> Finding:
    values: dict[str, object] = {"method": "bjs", "grade": "B", "scale": "level", "n_trained": 20, "n_comparison": 20}
    values |= {"estimate": -2.0, "low": -3.0, "high": -1.0, "p_value": 0.01}
    return Finding(**(values | given))  # type: ignore[arg-type]


def test_less_is_better_turns_the_effect_round() -> None:
    untrained = panel([[float(i)] * 2 for i in range(8)], [NEVER] * 8)
    lower, higher = standard(finding(), untrained, "lower", None), standard(finding(), untrained, "higher", None)
    assert lower is not None and higher is not None
    assert lower.effect == -higher.effect > 0
    assert lower.error == higher.error > 0


def test_what_breaks_even_is_measured_by_the_same_yardstick() -> None:
    untrained = panel([[float(i)] * 2 for i in range(8)], [NEVER] * 8)
    basis = Basis(20, 6.0, effect=4.0, se=1.0, df=9, level=100.0)
    made = standard(finding(estimate=4.0, low=2.0, high=6.0, basis=basis), untrained, "higher", 3.0)
    assert made is not None and made.worthwhile is not None
    assert made.worthwhile / made.effect == pytest.approx(3.0 / 4.0)


def test_cost_stands_beside_benefit_where_it_is_known() -> None:
    basis = Basis(20, 6.0, effect=100.0, se=0.0, df=9, level=1000.0)
    costing = Costing({"delivery": Range(2000, 2000, 2000, "invoice")}, Range(0.3, 0.3, 0.3, "controlling"))
    found = money(finding(estimate=100.0, low=50.0, high=150.0, basis=basis), costing, "higher", seed=1)
    assert (found.worth, found.worth_low, found.worth_high) == (2000.0, 1000.0, 3000.0)  # per period, 20 reps
    assert found.benefit == pytest.approx(100 * 20 * 6 * 0.3) and found.cost == 2000
    assert money(finding(), None, "higher", seed=1).worth is None, "no money where the KPI is not money"


def test_what_nobody_confirmed_is_graded_c_at_best() -> None:
    assert [capped(g, False) for g in "ABCD"] == ["C", "C", "C", "D"]
    assert [capped(g, True) for g in "ABCD"] == ["A", "B", "C", "D"]


def test_a_kept_run_without_a_panel_is_computed_afresh() -> None:
    assert of_numbers({"not_estimable": {"code": "no_rows", "params": {}}, "grade": "D"}) is None


@pytest.mark.parametrize(
    ("reasons", "chosen", "by"),
    [
        (["waves"] * 8 + ["unknown"] * 2, "waves", "enrolments"),
        (["waves"] * 7 + ["low_kpi"] * 3, "unknown", "nobody"),
        (["unknown"] * 10, "unknown", "nobody"),
        ([], "unknown", "nobody"),
    ],
)
def test_enrolments_speak_only_where_nearly_all_say_the_same(reasons: list[str], chosen: str, by: str) -> None:
    found = recorded(reasons)
    assert (found.chosen, found.by) == (chosen, by)


def pair(name: str, z: float, p: float, **more: object) -> Pair:
    return Pair(name, z, abs(z) / 2 or 1.0, p, more.pop("grade", "B"), **more)  # type: ignore[arg-type]


def test_a_kpi_named_before_launch_does_not_pay_for_the_looks_at_all_the_others() -> None:
    others = [pair(f"other{i}", 0.01, 0.5 + i / 100) for i in range(40)]
    named = next(r for r in rank([pair("course", 0.2, 0.02, primary=True), *others]) if r.pair.name == "course")
    unnamed = next(r for r in rank([pair("course", 0.2, 0.02), *others]) if r.pair.name == "course")
    assert named.badge and named.q_value == pytest.approx(0.02)
    assert not unnamed.badge and unnamed.q_value > 0.5


def test_harm_that_chance_explains_among_so_many_is_not_stopped() -> None:
    crowd = [pair(f"other{i}", 0.01, 0.5 + i / 100) for i in range(40)]
    bad = Pair("bad", -0.2, 0.09, 0.026, "B")
    alone = rank([bad])[0]
    among = next(r for r in rank([bad, *crowd]) if r.pair.name == "bad")
    assert (alone.advice, alone.reason) == ("stop", "harms")
    assert (among.advice, among.reason) == ("fix", "perhaps_harmful")


def test_of_160_pairs_raw_p_values_crown_false_winners_and_badges_do_not() -> None:
    """The figure of the methodology: 160 pairs, 80 % truly null, the others of 1.5 standard errors."""
    rng = np.random.default_rng(160)
    wins, false, shares = 0, 0, []
    for _ in range(200):
        truth = np.where(np.arange(160) < 32, 0.045, 0.0)
        z = truth + rng.normal(0, 0.03, 160)
        p = 2 * stats.norm.sf(np.abs(z) / 0.03)
        raw, badges = p < 0.05, benjamini_hochberg(p) <= 0.10
        wins += raw.sum()
        false += (raw & (truth == 0)).sum()
        shares.append((badges & (truth == 0)).sum() / max(1, badges.sum()))
    assert wins / 200 == pytest.approx(17, abs=1)  # "17 wins
    assert false / wins == pytest.approx(0.39, abs=0.03)  # 39 % of them false"
    assert np.mean(shares) == pytest.approx(0.09, abs=0.025)  # Benjamini-Hochberg at .10: 9 % false


def last_three(*values: float | None) -> list[dict[int, float]]:
    """Colleagues 1 to 9 at 100; person 0 as given."""
    periods = []
    for value in values:
        period = dict.fromkeys(range(1, 10), 100.0)
        if value is not None:
            period[0] = value
        periods.append(period)
    return periods


def test_ben_lags_only_after_three_periods_below_the_median() -> None:
    assert [lag.person_id for lag in lagging(last_three(80, 90, 70), {0, 1}, lower_is_better=False)] == [0]
    assert lagging(last_three(80, 120, 70), {0}, lower_is_better=False) == []
    assert lagging(last_three(80, None, 70), {0}, lower_is_better=False) == [], "missing is missing, not low"
    assert lagging(last_three(120, 130, 110), {0}, lower_is_better=True)[0].share == pytest.approx(0.1)


def test_too_few_colleagues_have_no_median() -> None:
    few = [{0: 1.0, 1: 5.0, 2: 6.0}] * 3
    assert lagging(few, {0}, lower_is_better=False) == []


@dataclass(frozen=True)
class Entry:
    pair: tuple[int | None, int | None, int]
    verdict: str | None
    badge: bool = False


def test_what_changed_names_each_pair_once() -> None:
    a, b, c, d = (1, None, 1), (2, None, 1), (3, None, 1), (4, None, 1)
    before = [Entry(a, "keep", True), Entry(b, "fix"), Entry(c, "keep", True)]
    now = [Entry(a, "keep", True), Entry(b, "stop"), Entry(d, "keep", True)]
    found = [(change.kind, (change.now or change.before).pair) for change in changes(before, now)]  # type: ignore[union-attr]
    assert found == [("verdict", b), ("new", d), ("gone", c)]
