"""Item analysis: published figures, cases worked by hand, invariances, edges."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assessments.grading.consistency import bootstrap_alpha, consistency, covariances, feldt
from assessments.grading.estimates import correlation, fisher_z, wilson
from assessments.grading.items import analyse, rest_scores
from assessments.grading.options import ItemOptions
from assessments.grading.reliability import icc
from lms.values import NotEstimable
from tests.assessments.grading.published import LSAT6

nan = np.nan
STAIRCASE = np.array([[1, 1, 1], [1, 1, 0], [1, 0, 0], [0, 0, 0]], dtype=float)


def codes(alarms):
    return [alarm.code for alarm in alarms]


def cohort(n=300, items=10, seed=1):
    rng = np.random.default_rng(seed)
    ability = rng.normal(size=(n, 1))
    difficulty = np.linspace(-1.5, 1.5, items)
    return (rng.random((n, items)) < 1 / (1 + np.exp(-1.5 * (ability - difficulty)))).astype(float)


def test_lsat6_has_the_published_alpha_and_alphas_if_deleted():
    found = analyse(LSAT6)
    assert found.n == 1000
    assert found.consistency.alpha.value == pytest.approx(0.295, abs=5e-4)
    published = [0.2754, 0.2376, 0.2168, 0.2459, 0.2663]
    assert [item.alpha_if_deleted for item in found.items] == pytest.approx(published, abs=5e-5)
    assert [item.facility.value for item in found.items] == pytest.approx([0.924, 0.709, 0.553, 0.763, 0.87])
    assert codes(found.alarms) == [] and all(item.alarms == () for item in found.items)


def test_a_staircase_of_four_takers_worked_by_hand():
    found = analyse(STAIRCASE, names=["easy", "middle", "hard"])
    whole = found.consistency
    assert whole.alpha.value == pytest.approx(0.75)
    assert whole.sd == pytest.approx(np.sqrt(5 / 3))
    assert whole.sem == pytest.approx(np.sqrt(5 / 3) * 0.5)
    assert whole.internal_consistency == pytest.approx(75)
    assert whole.error_ratio == pytest.approx(50)
    middle = found.items[1]
    assert middle.name == "middle"
    assert middle.facility.value == 0.5 and not middle.facility.settled
    assert middle.discrimination.value == pytest.approx(1 / np.sqrt(2))
    assert middle.efficiency == pytest.approx(100)
    assert found.mean == pytest.approx(0.5)


def test_wilson_and_fisher_give_the_textbook_intervals():
    interval = wilson(0.5, 100)
    assert (interval.low, interval.high) == pytest.approx((0.4038, 0.5962), abs=5e-5)
    assert wilson(0.0, 20).low == 0 and wilson(1.0, 20).high == 1
    interval = fisher_z(0.6, 28)
    assert (interval.low, interval.high) == pytest.approx(
        (0.2924, 0.7951), abs=5e-5
    )  # tanh(0.6931 -+ 0.3920)
    assert fisher_z(1.0, 28) is None and fisher_z(0.6, 3) is None


def test_alpha_is_the_two_way_icc_of_the_mean_with_the_same_interval():
    scores = cohort(40, 6)
    alpha = consistency(scores, np.ones(scores.shape, bool)).alpha
    of_mean = icc(scores)["icc_3_k"]
    assert alpha.value == pytest.approx(of_mean.value)
    assert (alpha.interval.low, alpha.interval.high) == pytest.approx(
        (of_mean.interval.low, of_mean.interval.high)
    )


def test_the_bootstrap_and_feldt_nearly_agree_and_the_seed_repeats():
    scores = cohort(200, 8)
    drawn = np.ones(scores.shape, bool)
    resampled = bootstrap_alpha(scores, drawn, resamples=400, seed=3)
    assert resampled == bootstrap_alpha(scores, drawn, resamples=400, seed=3)
    classical = consistency(scores, drawn).alpha.interval
    assert (resampled.low, resampled.high) == pytest.approx((classical.low, classical.high), abs=0.04)
    assert consistency(scores, drawn, resamples=400, seed=3).alpha.interval == resampled


def test_feldts_interval_holds_the_true_alpha_95_times_in_100():
    rng = np.random.default_rng(7)
    k, true, held = 6, 0.75, 0
    spread = np.sqrt(k * (1 - true) / true)
    for _ in range(400):
        scores = rng.normal(size=(60, 1)) + spread * rng.normal(size=(60, k))
        alpha = consistency(scores, np.ones(scores.shape, bool)).alpha
        held += true in alpha.interval
    assert 0.92 < held / 400 < 0.98
    assert feldt(1.0, 50, 5) is None


@given(st.integers(0, 10_000))
@settings(max_examples=30, deadline=None)
def test_neither_the_order_of_takers_nor_of_items_matters(seed):
    rng = np.random.default_rng(seed)
    scores = rng.choice([0.0, 0.5, 1.0, nan], size=(30, 5), p=[0.3, 0.2, 0.4, 0.1])
    people, places = rng.permutation(30), rng.permutation(5)
    one, other = analyse(scores), analyse(scores[people][:, places])
    assert one.consistency.alpha.value == pytest.approx(other.consistency.alpha.value)
    for new, old in enumerate(places):
        assert other.items[new].facility.value == pytest.approx(one.items[old].facility.value)
        assert other.items[new].discrimination.value == pytest.approx(one.items[old].discrimination.value)
        assert other.items[new].omitted == one.items[old].omitted


def test_a_wrong_key_is_found_and_only_there():
    scores = cohort()
    scores[:, 4] = 1 - scores[:, 4]
    found = analyse(scores)
    assert [codes(item.alarms) == ["probable_wrong_key"] for item in found.items] == [
        j == 4 for j in range(10)
    ]
    assert found.items[4].discrimination.value < 0
    assert found.items[4].alpha_if_deleted > found.consistency.alpha.value


def test_with_a_dozen_takers_a_slightly_negative_item_raises_no_alarm():
    scores = cohort(12, 6)
    scores[:, 2] = [1, 0] * 6
    assert "probable_wrong_key" not in codes(analyse(scores).items[2].alarms)


def test_an_item_that_measures_something_else_is_called_weak():
    scores = cohort(600)
    scores[:, 3] = np.random.default_rng(5).integers(0, 2, 600)
    assert codes(analyse(scores).items[3].alarms) == ["low_efficiency"]


def test_an_omitted_answer_earns_nothing_and_many_raise_an_alarm():
    scores = cohort()
    scores[:90, 0] = nan
    item = analyse(scores).items[0]
    assert item.omitted == 90 and item.n == 300
    assert item.facility.value == pytest.approx(np.nansum(scores[:, 0]) / 300)
    assert item.facility_answered.value == pytest.approx(np.nanmean(scores[:, 0]))
    assert item.facility_answered.n == 210
    assert "often_omitted" in codes(item.alarms)


def test_under_the_minimum_the_figures_are_there_but_unsettled():
    found = analyse(cohort(30))
    assert codes(found.alarms) == ["few_takers"]
    assert not found.consistency.alpha.settled
    assert found.items[0].facility.settled and not found.items[0].discrimination.settled
    assert analyse(cohort(60)).items[0].discrimination.settled


def test_random_draws_leave_alpha_and_discriminations_where_the_full_quiz_has_them():
    full = cohort(6000, 20, seed=9)
    rng = np.random.default_rng(2)
    drawn = np.argsort(rng.random(full.shape), axis=1) < 10
    partly = analyse(np.where(drawn, full, nan), drawn=drawn)
    half = analyse(full[:, ::2])
    assert partly.consistency.length == 10
    assert partly.consistency.alpha.value == pytest.approx(half.consistency.alpha.value, abs=0.03)
    whole = analyse(full)
    for one, other in zip(partly.items, whole.items, strict=True):
        assert one.n < 3500 and one.omitted == 0
        assert one.facility.value == pytest.approx(other.facility.value, abs=0.03)
        assert 0 < one.discrimination.value < other.discrimination.value + 0.05


def test_a_covariance_of_two_drawn_items_is_that_of_the_takers_who_had_both():
    rng = np.random.default_rng(3)
    scores, drawn = rng.random((40, 4)), rng.random((40, 4)) < 0.6
    drawn[:, 3] = ~drawn[:, 2]
    found = covariances(np.where(drawn, scores, 0), drawn)
    both = drawn[:, 0] & drawn[:, 1]
    assert found[0, 1] == pytest.approx(np.cov(scores[both, 0], scores[both, 1])[0, 1])
    assert found[2, 2] == pytest.approx(scores[drawn[:, 2], 2].var(ddof=1))
    assert np.isnan(found[2, 3])


def test_who_drew_hard_questions_is_not_taken_for_weak():
    rng = np.random.default_rng(4)
    ability = rng.normal(size=2000)
    difficulty = np.repeat([-2.5, 2.5], 10)
    answers = (rng.random((2000, 20)) < 1 / (1 + np.exp(difficulty - ability[:, None]))).astype(float)
    drawn = np.argsort(rng.random(answers.shape), axis=1) < 8
    net = rest_scores(np.where(drawn, answers, 0), drawn)[:, 0]
    plain = np.where(drawn, answers, 0)[:, 1:].sum(axis=1) / np.maximum(drawn[:, 1:].sum(axis=1), 1)
    assert correlation(net, ability) > correlation(plain, ability) + 0.1


def test_a_score_on_a_question_that_was_not_drawn_is_refused():
    with pytest.raises(ValueError, match="not drawn"):
        analyse(np.ones((3, 2)), drawn=np.array([[True, False]] * 3))


@pytest.mark.parametrize("scores", [np.full((4, 2), 1.2), np.full((4, 2), -0.5), np.ones(4), np.ones((4, 0))])
def test_scores_that_cannot_be_are_refused(scores):
    with pytest.raises(ValueError):
        analyse(scores)


def test_an_item_that_everyone_had_right_tells_nobody_apart():
    scores = cohort(60)
    scores[:, 2] = 1
    item = analyse(scores).items[2]
    assert item.discrimination == NotEstimable("constant_item")
    assert item.efficiency == NotEstimable("constant_item")
    assert item.facility.value == 1 and item.facility.interval.low < 1
    assert codes(item.alarms) == ["everyone_right"]
    scores[:, 2] = 0
    assert codes(analyse(scores).items[2].alarms) == ["nobody_right"]


def test_one_item_alone_has_a_facility_and_nothing_else():
    found = analyse(np.array([[1.0], [0.0], [1.0]]))
    assert found.consistency == NotEstimable("one_item")
    item = found.items[0]
    assert item.facility.value == pytest.approx(2 / 3)
    assert item.discrimination == NotEstimable("one_item") == item.efficiency == item.alpha_if_deleted


def test_two_items_have_no_alpha_without_one_of_them():
    assert analyse(cohort(50, 2)).items[0].alpha_if_deleted == NotEstimable("one_item")


def test_nobody_answering_anything_gives_reasons_and_no_numbers():
    found = analyse(np.full((40, 3), nan))
    assert found.consistency == NotEstimable("no_variation")
    assert found.items[0].discrimination == NotEstimable("constant_item")
    assert found.items[0].omitted == 40
    undrawn = analyse(np.full((40, 3), nan), drawn=np.zeros((40, 3), bool))
    assert undrawn.items[0].facility == NotEstimable("no_answers")
    assert undrawn.mean == NotEstimable("no_answers")


def test_no_takers_at_all_is_not_an_error():
    found = analyse(np.empty((0, 3)))
    assert found.n == 0 and found.consistency == NotEstimable("few_takers", {"n": 0, "minimum": 2})


def test_identical_takers_have_no_alpha():
    assert analyse(np.tile([1.0, 0.0, 1.0], (60, 1))).consistency == NotEstimable("no_variation")


def test_the_option_table_counts_and_finds_the_dead_and_the_attractive_distractor():
    scores = cohort(400)
    rest = scores[:, 1:].sum(axis=1)
    strong = rest > np.median(rest)
    chosen = np.zeros((400, 4), bool)
    right = scores[:, 0] == 1
    chosen[right, 0] = True
    chosen[~right & strong, 1] = True
    chosen[~right & ~strong, 2] = True
    table = ItemOptions(("A", "B", "C", "D"), (True, False, False, False), chosen)
    item = analyse(scores, options={0: table}).items[0]
    assert [option.count for option in item.options] == list(chosen.sum(axis=0))
    assert item.options[0].share.value == pytest.approx(item.facility.value)
    assert item.options[0].point_biserial.value == pytest.approx(item.discrimination.value)
    assert item.options[2].point_biserial.value < 0
    assert item.options[3].point_biserial == NotEstimable("no_variation")
    found = {(alarm.code, alarm.params["option"]) for alarm in item.alarms if "option" in alarm.params}
    assert ("dead_distractor", "D") in found and ("dead_distractor", "C") not in found
    swapped = ItemOptions(("A", "B", "C", "D"), (False, False, False, True), chosen)
    found = {
        (alarm.code, alarm.params.get("option"))
        for alarm in analyse(scores, options={0: swapped}).items[0].alarms
    }
    assert ("attractive_distractor", "A") in found


def test_a_distractor_chosen_at_random_attracts_nobody_in_particular():
    rng = np.random.default_rng(8)
    chosen = np.eye(3, dtype=bool)[rng.integers(0, 3, 400)]
    item = analyse(
        cohort(400), options={0: ItemOptions(("A", "B", "C"), (True, False, False), chosen)}
    ).items[0]
    assert all(abs(option.point_biserial.value) < 0.1 for option in item.options)
    assert codes(item.alarms) == []


def test_thirty_takers_are_too_few_to_call_a_distractor_dead():
    chosen = np.tile([True, False], (30, 1))
    item = analyse(cohort(30), options={0: ItemOptions(("A", "B"), (True, False), chosen)}).items[0]
    assert "dead_distractor" not in codes(item.alarms)


def test_a_fifth_of_answers_in_two_seconds_is_called_too_fast():
    scores = cohort(100)
    seconds = np.full(scores.shape, 40.0)
    assert codes(analyse(scores, seconds=seconds).items[0].alarms) == []
    seconds[:20, 0] = 2.0
    alarm = next(a for a in analyse(scores, seconds=seconds).items[0].alarms if a.code == "too_fast")
    assert alarm.params["share"] == pytest.approx(0.2)
    assert alarm.params["seconds"] == pytest.approx(3.24)
