"""Pass marks, learning gains and group differences: published figures, simulation, edges."""

from __future__ import annotations

import numpy as np
import pytest

from assessments.grading.decisions import decision_consistency, effective_length
from assessments.grading.dif import differential_functioning, mantel_haenszel
from assessments.grading.gain import learning_gain
from lms.values import Interval, NotEstimable, Reliability
from tests.assessments.grading.published import BERKELEY

nan = np.nan


def reliable(value, low, high, n=400):
    return Reliability(value, Interval(low, high), n)


def test_of_a_beta_binomial_quiz_the_effective_length_is_its_length_and_two_sittings_agree_as_said():
    items, a, b, cut = 20, 6.0, 4.0, 0.6
    mean, reliability = a / (a + b), items / (items + a + b)
    variance = mean * (1 - mean) / (a + b + 1) / reliability
    assert effective_length(mean, variance, reliability) == pytest.approx(items)
    found = decision_consistency(mean, np.sqrt(variance), reliable(reliability, 0.6, 0.7), cut)
    rng = np.random.default_rng(1)
    true = rng.beta(a, b, 400_000)
    first, second = (rng.binomial(items, true) / items >= cut for _ in range(2))
    assert found.effective_length == items
    assert found.consistency == pytest.approx((first == second).mean(), abs=0.003)
    assert found.accuracy == pytest.approx((first == (true >= cut)).mean(), abs=0.003)
    assert found.false_pass == pytest.approx((first & (true < cut)).mean(), abs=0.003)
    assert found.kappa == pytest.approx(np.corrcoef(first, second)[0, 1], abs=0.005)
    assert found.interval.low < found.consistency < found.interval.high
    assert found.settled and found.method == "livingston_lewis"


def test_a_more_reliable_quiz_decides_more_consistently():
    found = [
        decision_consistency(0.7, 0.15, reliable(r, r - 0.05, r + 0.05), 0.6).consistency
        for r in (0.4, 0.7, 0.9)
    ]
    assert found == sorted(found)


def test_a_pass_mark_of_zero_passes_everyone_twice():
    found = decision_consistency(0.7, 0.15, reliable(0.8, 0.7, 0.9), 0.0)
    assert found.consistency == found.accuracy == 1


@pytest.mark.parametrize(
    ("alpha", "sd", "code"),
    [
        (NotEstimable("one_item"), 0.1, "one_item"),
        (reliable(-0.2, -0.5, 0.1), 0.1, "no_positive_reliability"),
        (reliable(0.8, 0.7, 0.9), 0.0, "no_variation"),
    ],
)
def test_a_pass_mark_that_cannot_be_judged_says_why(alpha, sd, code):
    assert decision_consistency(0.7, sd, alpha, 0.6).code == code


def test_a_gain_worked_by_hand():
    found = learning_gain(np.array([0.2, 0.4, 0.6, nan]), np.array([0.4, 0.8, 0.6, 0.9]))
    assert found.mean == pytest.approx(0.2)
    assert found.interval.high == pytest.approx(0.2 + 4.302653 * 0.2 / np.sqrt(3))
    assert found.normalised == pytest.approx(0.2 / 0.6)
    assert found.standardised == pytest.approx((1 - 3 / 7) * 1.0)
    assert (found.n, found.unpaired, found.settled) == (3, 1, False)
    assert found.improved == pytest.approx(2 / 3)


def test_the_intervals_of_the_gain_hold_the_truth_95_times_in_100():
    rng = np.random.default_rng(2)
    held = np.zeros(2)
    for _ in range(500):
        able = rng.normal(0.5, 0.1, 40)
        pre = able + rng.normal(0, 0.08, 40)
        found = learning_gain(pre, able + 0.15 + rng.normal(0, 0.08, 40))
        held += [0.15 in found.interval, 0.3 in found.normalised_interval]
    assert ((held / 500 > 0.92) & (held / 500 < 0.98)).all()


def test_everyone_gaining_alike_leaves_no_interval():
    found = learning_gain(np.array([0.25, 0.5]), np.array([0.5, 0.75]))
    assert found.mean == 0.25 and found.interval is None and found.normalised_interval is None


def test_a_gain_needs_pairs_and_room():
    assert learning_gain(np.array([0.2, nan]), np.array([nan, 0.5])) == NotEstimable(
        "few_pairs", {"n": 0, "minimum": 2}
    )
    assert learning_gain(np.ones(3), np.array([1, 1, 0.5])).normalised == NotEstimable(
        "nothing_left_to_learn"
    )


def test_berkeley_admissions_have_the_published_common_odds_ratio():
    found = mantel_haenszel(BERKELEY)  # R: mantelhaen.test(UCBAdmissions)
    assert found.odds_ratio == pytest.approx(0.9046968, abs=5e-8)
    assert found.chi2 == pytest.approx(1.4269, abs=5e-5)
    assert found.p_value == pytest.approx(0.2323, abs=5e-5)
    ends = found.odds_ratio * np.exp(np.array([-1.959964, 1.959964]) * found.log_se)
    assert ends == pytest.approx([0.7719074, 1.0603298], abs=1e-6)


def biased(shift, n=1200, seed=3):
    rng = np.random.default_rng(seed)
    focal = np.arange(n) % 2 == 0
    theta = rng.normal(size=n) - 0.5 * focal
    location = theta[:, None] - np.linspace(-1.5, 1.5, 16)
    location[focal, 5] -= shift
    return (rng.random((n, 16)) < 1 / (1 + np.exp(-location))).astype(float), focal


def test_only_the_item_that_is_unfair_to_equals_is_graded_c():
    answers, focal = biased(1.2)
    found = differential_functioning(answers, focal)
    assert [item.grade for item in found].count("C") == 1 and found[5].grade == "C"
    assert found[5].odds_ratio > 1 and found[5].delta < -1.5 and found[5].interval.low > 1
    assert found[5].settled and found[5].n <= 1200


def test_a_weaker_group_is_not_an_unfair_item():
    grades = [item.grade for item in differential_functioning(*biased(0.0))]
    assert grades.count("A") >= 15 and "C" not in grades


def test_swapping_the_groups_turns_the_odds_ratio_round():
    answers, focal = biased(1.2)
    one, other = differential_functioning(answers, focal), differential_functioning(answers, ~focal)
    assert other[5].odds_ratio == pytest.approx(1 / one[5].odds_ratio)
    assert other[5].delta == pytest.approx(-one[5].delta)


def test_group_differences_that_cannot_be_known_say_why():
    answers, focal = biased(0.0, n=60)
    assert not differential_functioning(answers, focal)[0].settled
    assert differential_functioning(answers * 0.5, focal)[0] == NotEstimable("not_dichotomous")
    assert differential_functioning(answers[:, :1], focal)[0] == NotEstimable("one_item")
    assert differential_functioning(answers, np.zeros(60, bool))[0] == NotEstimable("no_overlap")
    answers[:, 0] = 1
    assert differential_functioning(answers, focal)[0] == NotEstimable("no_variation")
