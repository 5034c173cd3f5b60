"""Figures of 360° feedback by hand: levels, gaps, agreement, change."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assessments.feedback360 import scoring
from assessments.feedback360.questionnaire import Item
from assessments.feedback360.scoring import Gap, Score, View
from assessments.grading.within_group import r_wg
from lms.values import Interval, NotEstimable, Reliability

A, B = Item("a", {}, ()), Item("b", {}, ())
PEERS = View(frozenset({"peer"}), ({"a": 2, "b": 4}, {"a": 3, "b": 3}, {"a": 4, "b": 5}), 3)


def test_a_level_is_the_mean_of_the_items_and_its_error_that_of_the_raters_means() -> None:
    figure = scoring.score([A, B], [PEERS])
    assert isinstance(figure, Score)
    assert (figure.value, figure.n) == (3.5, 3)
    means = [3, 3, 4.5]
    error = math.sqrt(sum((m - 3.5) ** 2 for m in means) / 2 / 3)
    assert figure.error == pytest.approx(error)
    assert figure.interval is not None
    assert figure.interval.low == pytest.approx(3.5 - 4.302652729911275 * error)
    assert figure.interval.high == 5


def test_a_rater_who_left_an_item_out_widens_the_error_to_its_upper_bound() -> None:
    four = View(PEERS.groups, (*PEERS.raters, {"a": 3}), 3)
    figure = scoring.score([A, B], [four])
    assert isinstance(figure, Score)
    assert (figure.value, figure.n) == (3.5, 3)
    one, two = scoring.score([A], [four]), scoring.score([B], [four])
    assert isinstance(one, Score) and isinstance(two, Score)
    assert figure.error == pytest.approx(((one.error or 0) + (two.error or 0)) / 2)


def test_an_item_of_too_few_raters_is_left_out_of_the_level() -> None:
    thin = View(frozenset({"peer"}), ({"a": 2, "b": 5}, {"a": 2}, {"a": 2}), 3)
    assert scoring.score([B], [thin]) == NotEstimable("feedback_too_few")
    figure = scoring.score([A, B], [thin])
    assert isinstance(figure, Score)
    assert (figure.value, figure.error, figure.interval) == (2, None, None)


def test_not_observed_is_missing_and_not_low() -> None:
    seen = View(frozenset({"peer"}), ({"a": 5}, {"a": 5}, {"a": 5}, {}), 3)
    figure = scoring.score([A], [seen])
    assert isinstance(figure, Score)
    assert (figure.value, figure.n, figure.share) == (5, 3, 1)


@pytest.mark.parametrize(
    ("own", "others", "kind"),
    [
        (4.5, Score(3.0, 5, 0.2, Interval(2.5, 3.5)), "blind_spot"),
        (2.0, Score(3.0, 5, 0.2, Interval(2.5, 3.5)), "hidden_strength"),
        (3.2, Score(3.0, 5, 0.2, Interval(2.5, 3.5)), "alike"),
        (3.9, Score(3.0, 3, 0.5, Interval(1.0, 5.0)), "unsettled"),
        (5.0, Score(3.0, 1), "unsettled"),
        (4.0, Score(3.0, 4), "blind_spot"),
    ],
)
def test_a_gap_is_named_from_half_a_level_and_outside_chance(own: float, others: Score, kind: str) -> None:
    found = scoring.gap(Score(own, 1), others)
    assert isinstance(found, Gap)
    assert found.kind == kind
    if found.interval is not None:
        assert found.value in found.interval


def test_no_gap_without_a_self_assessment() -> None:
    assert scoring.gap(NotEstimable("feedback_too_few"), Score(3, 4)) == NotEstimable("feedback_no_self")


def test_r_wg_by_hand() -> None:
    """One item, five levels: ratings 3, 3, 4, 4, 5 have a variance of 0.7; chance has 2; 1 − 0.35."""
    found = r_wg([[3, 3, 4, 4, 5]], 5)
    assert isinstance(found, Reliability)
    assert found.value == pytest.approx(0.65)
    assert (found.raters, found.settled) == (5, False)
    assert found.interval is not None
    assert found.interval.low == 0.0  # 4 × 0.7 ÷ 0.4844 is above the variance of chance
    assert found.interval.high == pytest.approx(1 - 4 * 0.7 / 11.143286781877796 / 2)


def test_several_items_raise_r_wg_as_the_spearman_brown_formula_does() -> None:
    one, four = r_wg([[3, 3, 4, 4, 5]], 5), r_wg([[3, 3, 4, 4, 5]] * 4, 5)
    assert isinstance(one, Reliability) and isinstance(four, Reliability)
    assert four.value == pytest.approx(4 * one.value / (1 + 3 * one.value))


def test_raters_who_all_agree_have_no_interval_and_those_who_disagree_more_than_chance_have_zero() -> None:
    alike, apart = r_wg([[4, 4, 4]], 5), r_wg([[1, 5, 1, 5]], 5)
    assert isinstance(alike, Reliability) and isinstance(apart, Reliability)
    assert (alike.value, alike.interval) == (1.0, None)
    assert apart.value == 0.0
    assert r_wg([[4], [3]], 5) == NotEstimable("one_rater")


@settings(deadline=None)
@given(st.lists(st.integers(1, 4), min_size=2, max_size=8))
def test_agreement_does_not_depend_on_severity(levels: list[int]) -> None:
    one, other = r_wg([levels], 5), r_wg([[level + 1 for level in levels]], 5)
    assert isinstance(one, Reliability) and isinstance(other, Reliability)
    assert one.value == pytest.approx(other.value)


def test_a_change_is_shown_with_welchs_interval() -> None:
    before, after = Score(3.0, 5, 0.2, Interval(2.4, 3.6)), Score(4.0, 5, 0.2, Interval(3.4, 4.6))
    found = scoring.change(before, after)
    assert found is not None and found.interval is not None
    assert found.value == 1.0
    assert found.interval.high - 1 == pytest.approx(2.3060041350333704 * math.sqrt(0.08))
    assert scoring.change(NotEstimable("feedback_too_few"), after) is None


def test_the_mean_change_over_people() -> None:
    value, interval = scoring.mean_change([0.5, 1.0, 0.0, 0.5, 0.5]) or (0, None)
    assert value == 0.5
    assert interval is not None
    assert interval.high - 0.5 == pytest.approx(2.7764451051977987 * math.sqrt(0.125 / 5))
    assert scoring.mean_change([]) is None
    assert scoring.mean_change([0.5]) == (0.5, None)
