"""Agreement of answers, fit of items, the scale at the pass mark, parts, and DIF where people had different questions."""

from __future__ import annotations

import math

import numpy as np
import pytest

from assessments.grading.attention import attention, read
from assessments.grading.collusion import FALSE_ALARMS, Agreement, agreement, tail
from assessments.grading.dif import ItemDif, functioning_by_net, net_scores
from assessments.grading.irt import Calibration, abilities, calibrate
from assessments.grading.item_fit import ItemFit, benjamini_hochberg, item_fit, sum_scores
from assessments.grading.scale import AtPassMark, at_pass_mark, expected_score, person_item_map
from lms.arrays import FloatArray, IntArray
from lms.values import NotEstimable
from tests.assessments.grading.published import LSAT6


def test_item_fit_reproduces_the_published_statistics_of_lsat6() -> None:
    """R, mirt 1.47.5, ``itemfit`` of the model with one slope for LSAT6: S-X2 .436 1.576 .871 .190 .190."""
    fitted = calibrate(LSAT6, "1pl")
    assert isinstance(fitted, Calibration)
    found = [each for each in item_fit(fitted, LSAT6) if isinstance(each, ItemFit)]
    assert [each.statistic for each in found] == pytest.approx([0.436, 1.576, 0.871, 0.190, 0.190], abs=1.5e-3)
    assert not any(each.misfits for each in found)


def test_scores_by_recursion_are_the_binomial_where_all_items_are_alike() -> None:
    found = sum_scores(np.full((1, 6), 0.3))
    assert found[0] == pytest.approx([math.comb(6, k) * 0.3**k * 0.7 ** (6 - k) for k in range(7)])


def test_an_item_that_the_able_get_wrong_does_not_fit() -> None:
    rng = np.random.default_rng(4)
    ability = rng.normal(size=600)
    right = (rng.random((600, 8)) < 1 / (1 + np.exp(np.linspace(-1, 1, 8) - ability[:, None]))).astype(float)
    right[:, 3] = (rng.random(600) < np.where(np.abs(ability) < 0.8, 0.9, 0.1)).astype(float)
    fitted = calibrate(right, "1pl")
    assert isinstance(fitted, Calibration)
    misfit = [each.name for each in item_fit(fitted, right) if isinstance(each, ItemFit) and each.misfits]
    assert "4" in misfit
    holes = right.copy()
    holes[0, 0] = np.nan
    assert item_fit(fitted, holes)[0] == NotEstimable("not_everyone_had_all")


def test_adjusting_by_hand() -> None:
    """Benjamini & Hochberg (1995), their example of 15 p-values: the first four are rejected at .05."""
    p = [0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.0]
    adjusted = benjamini_hochberg(p)
    assert [value <= 0.05 for value in adjusted] == [True] * 4 + [False] * 11
    assert adjusted[0] == pytest.approx(0.0015)
    assert benjamini_hochberg([0.001], 50) == [0.05]


def test_the_scale_says_where_the_pass_mark_lies() -> None:
    fitted = calibrate(LSAT6, "1pl")
    assert isinstance(fitted, Calibration)
    people, weights = abilities(fitted, LSAT6), np.ones(5)
    found = at_pass_mark(fitted.items, people, 0.6, weights)
    assert isinstance(found, AtPassMark)
    assert float(expected_score(fitted.items, np.array([found.theta]), weights)[0]) == pytest.approx(0.6)
    chance = 1 / (1 + np.exp(-np.array([item.a * (found.theta - (item.b or 0.0)) for item in fitted.items])))
    assert found.score_se == pytest.approx(math.sqrt(float((chance * (1 - chance)).sum())) / 5)
    assert sum(band.takers for band in person_item_map(fitted.items, people)) == 1000
    assert at_pass_mark(fitted.items, people, 1.0, weights) == NotEstimable("no_ability_at_cut")


def made_up(rng: np.random.Generator, n: int, p: int, options: int = 4) -> tuple[IntArray, FloatArray]:
    """Independent answers: option 0 is right by a Rasch model, the others have their own pull."""
    ability, hard = rng.normal(size=n), rng.normal(-0.5, 1, p)
    right = rng.random((n, p)) < 1 / (1 + np.exp(hard - ability[:, None]))
    wrong = np.stack([1 + rng.choice(options - 1, n, p=rng.dirichlet(np.full(options - 1, 1.5))) for _item in range(p)], axis=1)
    chosen = np.where(right, 0, wrong).astype(np.int64)
    return chosen, right.astype(float)


def listed(chosen: IntArray, right: FloatArray, times: FloatArray) -> Agreement:
    found = agreement(chosen, right, right.sum(axis=1), times)
    assert isinstance(found, Agreement)
    return found


def test_among_people_who_work_alone_pairs_are_listed_no_oftener_than_stated() -> None:
    """40 quizzes: were a pair listed in 5 % of them, six or more would be so in one series of 50."""
    rng = np.random.default_rng(11)
    alarms = 0
    for _quiz in range(40):
        chosen, right = made_up(rng, 110, 15)
        began = rng.integers(0, 30, 110).astype(float)
        alarms += bool(listed(chosen, right, np.column_stack([began, began + 0.5])).pairs)
    assert alarms <= 5
    assert FALSE_ALARMS == 0.05


def test_who_copied_most_answers_of_a_neighbour_is_mostly_found() -> None:
    rng, found = np.random.default_rng(12), 0
    for _quiz in range(12):
        chosen, right = made_up(rng, 110, 40)
        copied = rng.random(40) < 0.9
        chosen[1, copied], right[1, copied] = chosen[0, copied], right[0, copied]
        began = rng.integers(0, 30, 110).astype(float)
        began[1] = began[0]
        pairs = listed(chosen, right, np.column_stack([began, began + 0.5])).pairs
        found += any((pair.first, pair.second, pair.together) == (0, 1, True) for pair in pairs)
    assert found >= 7


def test_agreement_says_what_it_cannot_say() -> None:
    chosen, right = made_up(np.random.default_rng(1), 50, 12)
    assert agreement(chosen, right, right.sum(axis=1)) == NotEstimable("few_takers", {"n": 50, "minimum": 100})
    chosen, right = made_up(np.random.default_rng(1), 120, 5)
    assert agreement(chosen, right, right.sum(axis=1)) == NotEstimable("few_questions", {"minimum": 8})


def test_the_tail_of_unequal_trials_by_hand() -> None:
    """Of chances 1/2, 1/3, 1/4: none .25, all 1/24, at least two 7/24."""
    assert tail([0.5, 1 / 3, 0.25], 1) == pytest.approx(0.75)
    assert tail([0.5, 1 / 3, 0.25], 2) == pytest.approx(7 / 24)
    assert tail([0.5, 1 / 3, 0.25], 3) == pytest.approx(1 / 24)
    assert tail([0.5], 0) == 1.0


def test_a_weaker_group_with_random_draws_is_not_taken_for_a_harder_question() -> None:
    """Everybody has the item and 24 of 32 others; the group is .8 standard deviations less able, and nothing else."""
    rng = np.random.default_rng(9)
    n, p = 1000, 33
    group = np.arange(n) % 2 == 0
    ability, hard = rng.normal(size=n) - 0.8 * group, np.concatenate([[0.0], rng.normal(0, 1, 32)])
    right = (rng.random((n, p)) < 1 / (1 + np.exp(hard - ability[:, None]))).astype(float)
    drawn = np.argsort(np.argsort(rng.random((n, p)), axis=1), axis=1) < 24
    drawn[:, 0] = True
    filled = np.where(drawn, right, 0.0)
    result = net_scores(filled, drawn)
    found = functioning_by_net("1", filled[:, 0] == 1, group, result)
    assert isinstance(found, ItemDif)
    assert found.grade == "A"
    unmatched = functioning_by_net("1", filled[:, 0] == 1, group, np.zeros(n))
    assert isinstance(unmatched, ItemDif)
    assert unmatched.grade == "C", "without matching it would be"
    few = functioning_by_net("1", filled[:, 0] == 1, np.arange(n) < 20, result)
    assert few == NotEstimable("few_takers", {"n": 20, "minimum": 30})


def test_times_away_are_counted_once_and_end_with_the_attempt() -> None:
    events = [(0, "blurred", None), (100, "hidden", None), (5_000, "shown", None), (5_100, "focused", None), (9_000, "hidden", None)]
    found = attention(events, until=12_000)
    assert (found.left, found.seconds, found.longest) == (2, 8.0, 5.0)
    assert attention([]).told is False
    assert read([[5, "hidden", None, 1], [5, "shown"]], 0, 10, 5) == [(5, "shown", None)]
