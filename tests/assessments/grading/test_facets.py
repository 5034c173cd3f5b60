"""Rater severity: recovery in simulation, connectedness, invariances, edges."""

from __future__ import annotations

import numpy as np
import pytest

from assessments.grading.facets import FacetModel, Rating, _design, _measures, facet_model, rater_groups
from benchmarks.severity import replicate, simulate
from lms.values import NotEstimable
from tests.assessments.grading.published import SHROUT_FLEISS


def table(scores, criterion="c"):
    return [
        Rating(f"s{i}", f"r{j}", criterion, float(score))
        for i, row in enumerate(scores)
        for j, score in enumerate(row)
        if np.isfinite(score)
    ]


def test_adjusted_scores_are_nearer_the_truth_than_raw_ones_under_severe_and_lenient_raters():
    rng = np.random.default_rng(11)
    found = [replicate(rng, 1.0) for _ in range(4)]
    assert np.mean([f.adjusted_error / f.raw_error for f in found]) < 0.7
    assert np.mean([f.adjusted_rank - f.raw_rank for f in found]) > 0.05
    assert np.mean([f.severity_r for f in found]) > 0.95


def test_where_raters_are_alike_adjusting_costs_next_to_nothing():
    rng = np.random.default_rng(12)
    found = [replicate(rng, 0.0) for _ in range(3)]
    assert np.mean([f.adjusted_error / f.raw_error for f in found]) < 1.1


def test_intervals_hold_the_true_severities_and_these_sum_to_zero():
    held = []
    for seed in range(6):
        ratings, _, severity = simulate(np.random.default_rng(seed), 1.0)
        found = facet_model(ratings)
        assert found.converged and found.raters_differ_p < 0.001
        assert sum(rater.logit for rater in found.severities) == pytest.approx(0, abs=1e-9)
        held += [true in rater.interval for true, rater in zip(severity, found.severities, strict=True)]
    assert np.mean(held) > 0.85


def test_shrout_and_fleiss_strictest_judge_is_the_second():
    found = facet_model(table(SHROUT_FLEISS))
    order = sorted(found.severities, key=lambda rater: rater.logit)
    assert [rater.rater for rater in order] == ["r0", "r3", "r2", "r1"]
    assert not any(rater.settled for rater in found.severities)
    assert [score.raw for score in found.scores] == list(SHROUT_FLEISS.mean(axis=1))


def test_two_raters_a_step_apart_worked_by_hand():
    # Right/wrong scores by two raters: with the subjects' totals given, the log odds of the discordant pairs are the
    # difference in severity (Rasch 1960): 24 against 8 is ln 3. The marginal estimate is near it.
    pairs = [(1, 1)] * 30 + [(1, 0)] * 24 + [(0, 1)] * 8 + [(0, 0)] * 30
    found = facet_model(table(pairs))
    assert found.severities[1].logit - found.severities[0].logit == pytest.approx(np.log(3), abs=0.05)
    assert found.severities[0].se == pytest.approx(np.sqrt(1 / 24 + 1 / 8) / 2, abs=0.02)


def test_names_and_order_do_not_matter():
    ratings, _, _ = simulate(np.random.default_rng(3), 1.0)
    mixed = [ratings[i] for i in np.random.default_rng(1).permutation(len(ratings))]
    renamed = [Rating("z" + r.subject[::-1], r.rater, r.criterion, r.score * 10 + 3) for r in mixed]
    one, other = facet_model(ratings), facet_model(renamed)
    assert [r.logit for r in other.severities] == pytest.approx([r.logit for r in one.severities], abs=1e-3)
    adjusted = {score.subject: score.adjusted for score in other.scores}
    for score in one.scores:
        assert adjusted["z" + score.subject[::-1]] == pytest.approx(score.adjusted * 10 + 3, abs=0.02)


def test_raters_without_a_common_subject_cannot_be_compared():
    nan = np.nan
    scores = np.array([[1, 2, nan, nan], [3, 2, nan, nan], [nan, nan, 2, 3], [nan, nan, 1, 1]])
    assert rater_groups(table(scores)) == [["r0", "r1"], ["r2", "r3"]]
    found = facet_model(table(scores))
    assert found == NotEstimable("raters_not_connected", {"groups": [["r0", "r1"], ["r2", "r3"]]})


def test_a_chain_of_common_subjects_connects_raters():
    nan = np.nan
    scores = np.array([[1, 2, nan], [nan, 2, 3], [2, 1, nan], [nan, 3, 3]])
    assert isinstance(facet_model(table(scores)), FacetModel)


@pytest.mark.parametrize(
    ("ratings", "code"),
    [
        ([], "no_ratings"),
        (table(np.array([[1], [2], [3]])), "one_rater"),
        (table(np.array([[1, 2], [2, 3]])), "few_subjects"),
        (table(np.full((5, 3), 4.0)), "no_variation"),
    ],
)
def test_what_cannot_be_known_says_why(ratings, code):
    found = facet_model(ratings)
    assert isinstance(found, NotEstimable) and found.code == code


def test_a_rater_who_always_gives_the_top_score_stays_finite_and_lenient():
    rng = np.random.default_rng(5)
    scores = np.clip(np.round(rng.normal(3, 1, (30, 3))), 1, 5)
    scores[:, 2] = 5
    found = facet_model(table(scores))
    logits = [rater.logit for rater in found.severities]
    assert logits[2] < min(logits[:2]) and np.isfinite(logits[2]) and found.severities[2].se > 0.3


def test_perfect_agreement_shows_no_difference_between_raters():
    found = facet_model(table(np.repeat(np.array([[1.0], [2], [3], [1], [2], [3]]), 3, axis=1)))
    assert [rater.logit for rater in found.severities] == pytest.approx([0, 0, 0], abs=1e-3)
    assert found.raters_differ_p > 0.99


def test_a_scale_of_a_hundred_points_is_grouped_and_says_so():
    rng = np.random.default_rng(6)
    scores = np.clip(np.round(rng.normal(60, 15, (40, 1)) + rng.normal(0, 5, (40, 3)) - [0, 15, 0]), 0, 100)
    found = facet_model(table(scores))
    assert found.banded == ("c",)
    assert found.severities[1].logit > 1
    assert np.mean([abs(s.adjusted - s.raw) for s in found.scores]) < 5


def test_a_subject_seen_only_by_the_severe_rater_is_lifted():
    rng = np.random.default_rng(8)
    scores = np.clip(np.round(rng.normal(3.2, 0.8, (40, 1)) + rng.normal(0, 0.5, (40, 2)) - [0, 1.2]), 1, 5)
    scores[0] = [np.nan, 3]
    scores[1] = [3, np.nan]
    found = {score.subject: score for score in facet_model(table(scores)).scores}
    assert found["s0"].adjusted > 3 > found["s1"].adjusted
    assert found["s0"].raters == 1 and found["s0"].n == 1


def test_warms_measure_of_equal_items_is_the_logit_of_a_half_more_right_and_a_half_more_wrong():
    rights = np.array([[1.0] * k + [0.0] * (6 - k) for k in range(7)])
    design = _design(table(rights))
    measure, se = _measures(design, np.zeros(6), np.zeros((1, 1)))
    share = (np.arange(7) + 0.5) / 7
    assert measure == pytest.approx(np.log(share / (1 - share)), abs=1e-9)
    assert se == pytest.approx(1 / np.sqrt(6 * share * (1 - share)))


def test_yes_no_and_five_level_criteria_go_together():
    rng = np.random.default_rng(9)
    ability = rng.normal(size=(60, 1))
    levels = np.clip(np.round(3 + ability + rng.normal(0, 0.6, (60, 3)) - [0, 0.8, 0]), 1, 5)
    met = (ability + rng.normal(0, 0.6, (60, 3)) - [0, 0.8, 0] > 0).astype(float)
    found = facet_model(table(levels, "needs") + table(met, "consent"))
    assert found.converged
    assert max(found.severities, key=lambda rater: rater.logit).rater == "r1"
    assert all(0.5 <= score.adjusted <= 3 for score in found.scores)
