"""Many courses at once, and what they earn."""

import numpy as np
import pytest
from scipy.special import erf

from effects.stats.portfolio import Pair, benjamini_hochberg, estimate_prior, rank
from effects.stats.returns import Decay, Inputs, Range, break_even, returns
from lms.values import NotEstimable


def pair(name, estimate, se, p=0.5, grade="A", worthwhile=0.0):
    return Pair(name, estimate, se, p, grade, worthwhile=worthwhile)


def test_benjamini_and_hochbergs_own_example_calls_the_first_four():
    p = [0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344]
    p += [0.0459, 0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.0000]
    q = benjamini_hochberg(p)
    assert (q <= 0.05).sum() == 4  # Benjamini & Hochberg (1995), section 4.2: 15 comparisons, four rejected
    assert q[0] == pytest.approx(0.0015)
    assert (np.diff(q) >= 0).all()


def test_equal_errors_shrink_as_james_and_stein():
    z, s = np.array([-2.0, -1.0, 0.0, 1.0, 7.0]), np.ones(5)
    prior = estimate_prior(z, s)
    assert prior.mean == pytest.approx(1.0)
    assert prior.variance == pytest.approx(z.var(ddof=1) - 1.0, rel=1e-5)


def test_estimates_no_farther_apart_than_chance_all_shrink_to_the_mean():
    ranked = rank([pair(str(i), e, 1.0) for i, e in enumerate([0.1, 0.2, 0.3])])
    assert [r.shrunken for r in ranked] == pytest.approx([0.2, 0.2, 0.2])
    assert all(r.weight == 0 for r in ranked)


def test_a_lucky_small_course_does_not_lead_the_ranking():
    small = pair("lucky", 0.30, 0.20, 0.13)
    solid = [pair(f"solid{i}", 0.15, 0.02, 1e-6) for i in range(3)]
    nulls = [pair(f"null{i}", x, 0.02, 0.6) for i, x in enumerate((-0.01, 0.0, 0.01, 0.02))]
    ranked = rank([small, *solid, *nulls])
    assert ranked[0].pair.name.startswith("solid")
    assert [r.rank for r in ranked] == list(range(1, 9))
    assert {r.pair.name for r in ranked if r.badge} == {"solid0", "solid1", "solid2"}


def test_shrinking_halves_the_error_and_the_badges_keep_false_wins_near_one_in_ten():
    rng = np.random.default_rng(1)
    raw_error = shrunken_error = wins = false = 0.0
    for _ in range(40):
        truth = np.where(rng.random(160) < 0.2, rng.normal(0.06, 0.02, 160), 0.0)
        z = truth + rng.normal(0, 0.03, 160)
        p = 2 * (1 - 0.5 * (1 + erf(np.abs(z) / 0.03 / np.sqrt(2))))
        ranked = rank([pair(str(i), z[i], 0.03, p[i]) for i in range(160)])
        for r in ranked:
            i = int(r.pair.name)
            raw_error += (z[i] - truth[i]) ** 2
            shrunken_error += (r.shrunken - truth[i]) ** 2
            wins += r.badge
            false += r.badge and truth[i] == 0
    assert shrunken_error < 0.6 * raw_error
    assert false / wins < 0.13


@pytest.mark.parametrize(
    ("made", "advice", "reason"),
    [
        (pair("works", 0.10, 0.01, 1e-9), "keep", "works"),
        (pair("harms", -0.10, 0.01, 1e-9), "stop", "harms"),
        (pair("small", 0.0, 0.01, 0.9, worthwhile=0.05), "stop", "too_small"),
        (pair("small", 0.0, 0.01, 0.9, "C", 0.05), "fix", "too_small_suggestive"),
        (pair("wide", 0.05, 0.20, 0.8, worthwhile=0.05), "cannot_know", "range_too_wide"),
        (pair("unknown", 0.5, 0.01, 1e-9, "D"), "cannot_know", "not_estimable"),
    ],
)
def test_each_course_gets_its_advice(made, advice, reason):
    found = rank([made])[0]
    assert (found.advice, found.reason) == (advice, reason)


def test_roi_without_uncertainty_is_plain_arithmetic():
    point = Inputs(100.0, 0.0, 19, 20, 6.0, Range(0.3, 0.3, 0.3), Range(2000, 2000, 2000))
    found = returns(point)
    assert found.benefit == pytest.approx(100 * 20 * 6 * 0.3)  # 3,600
    assert found.roi == pytest.approx(0.8)
    assert found.probability == 1.0
    assert found.break_even == pytest.approx(2000 / (20 * 6 * 0.3))


def test_persistence_adds_only_what_was_asked_for():
    decay = Decay(2, Range(0.5, 0.5, 0.5))
    found = returns(Inputs(100.0, 0.0, 19, 20, 6.0, Range(0.3, 0.3, 0.3), Range(2000, 2000, 2000), decay))
    assert found.benefit == pytest.approx(100 * 20 * (6 + 0.5 + 0.25) * 0.3)


def test_the_widest_input_leads_the_tornado_and_the_seed_decides_everything():
    inputs = Inputs(100.0, 60.0, 19, 20, 6.0, Range(0.28, 0.3, 0.32), Range(1500, 2000, 2600))
    found = returns(inputs, seed=4)
    assert [bar.name for bar in found.tornado][0] == "effect"
    assert found == returns(inputs, seed=4)
    assert found.interval.level == 0.90
    assert found.interval.low < found.roi < found.interval.high
    assert 0.5 < found.probability < 1.0


def test_roi_that_cannot_be_said_has_a_reason():
    margin, cost = Range(0.3, 0.3, 0.3), Range(2000, 2000, 2000)
    assert returns(Inputs(1, 1, 9, 0, 6, margin, cost)) == NotEstimable("no_trained")
    assert returns(Inputs(1, 1, 9, 5, 6, margin, Range(0, 1, 2))) == NotEstimable("no_cost")
    assert returns(Inputs(1, 1, 9, 5, 6, Range(0, 0.1, 0.2), cost)) == NotEstimable("no_margin")
    with pytest.raises(ValueError, match="range_not_ordered"):
        returns(Inputs(1, 1, 9, 5, 6, Range(0.5, 0.2, 0.3), cost))
    assert break_even(20, 6, margin, cost) == pytest.approx(55.5555, abs=1e-3)
