"""Agreement of raters: published tables, cases worked by hand, invariances, edges."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assessments.grading.reliability import ICC_FORMS, icc, krippendorff, mean_kappa, one_way, weighted_kappa
from lms.values import NotEstimable
from tests.assessments.grading.published import COUPLES, KRIPPENDORFF, SHROUT_FLEISS

nan = np.nan
METRICS = ("nominal", "ordinal", "interval", "ratio")


def everything(ratings):
    return [
        *icc(ratings).values(),
        *(krippendorff(ratings, metric, resamples=50) for metric in METRICS),
        *(mean_kappa(ratings, weights, resamples=50) for weights in ("linear", "quadratic")),
    ]


@pytest.mark.parametrize(
    ("form", "value", "low", "high"),
    [
        ("icc_1_1", 0.17, -0.133, 0.723),
        ("icc_2_1", 0.29, 0.019, 0.761),
        ("icc_3_1", 0.71, 0.342, 0.946),
        ("icc_1_k", 0.44, -0.884, 0.912),
        ("icc_2_k", 0.62, 0.071, 0.927),
        ("icc_3_k", 0.91, 0.676, 0.986),
    ],
)
def test_shrout_and_fleiss_six_forms_with_their_intervals(form, value, low, high):
    found = icc(SHROUT_FLEISS)[form]
    assert found.value == pytest.approx(value, abs=5e-3)
    assert (found.interval.low, found.interval.high) == pytest.approx((low, high), abs=6e-4)
    assert (found.n, found.raters, found.settled) == (6, 4, False)


@pytest.mark.parametrize(
    ("metric", "value"), [("nominal", 0.743), ("ordinal", 0.815), ("interval", 0.849), ("ratio", 0.797)]
)
def test_krippendorffs_own_example(metric, value):
    found = krippendorff(KRIPPENDORFF, metric)
    assert found.value == pytest.approx(value, abs=5e-4)
    assert found.value in found.interval and found.interval.low < 0.6
    assert (found.n, found.raters) == (11, 4)
    assert found == krippendorff(KRIPPENDORFF, metric)


def test_agrestis_couples_have_the_published_weighted_kappa():
    husbands, wives = np.nonzero(COUPLES)
    times = COUPLES[husbands, wives]
    first, second = np.repeat(husbands, times).astype(float), np.repeat(wives, times).astype(float)
    found = weighted_kappa(first, second, "linear")  # vcd::Kappa(SexualFun): 0.2374, ASE 0.0783
    assert found.value == pytest.approx(0.2374, abs=5e-5)
    assert (found.interval.high - found.interval.low) / 2 / 1.95996 == pytest.approx(0.0783, abs=5e-5)
    pairs = mean_kappa(np.column_stack([first, second]), "linear")
    assert pairs.value == pytest.approx(found.value)
    assert (pairs.interval.low, pairs.interval.high) == pytest.approx(
        (found.interval.low, found.interval.high), abs=0.03
    )


def test_weighted_kappa_worked_by_hand():
    first, second = np.array([1.0, 2.0, 3.0, 3.0]), np.array([1.0, 3.0, 3.0, 2.0])
    # observed distance 2/4; expected over the 16 pairs: (0+2+2+1) + (1+1+1+0) + 2 (2+0+0+1) = 14 of 16
    assert weighted_kappa(first, second, "linear").value == pytest.approx(1 - 0.5 / (14 / 16))
    # squares: (0+4+4+1) + (1+1+1+0) + 2 (4+0+0+1) = 22 of 16
    assert weighted_kappa(first, second, "quadratic").value == pytest.approx(1 - 0.5 / (22 / 16))


def test_nominal_alpha_of_two_raters_worked_by_hand():
    # Krippendorff's 2 x 10 binary example: 4 of 10 units differ, 14 zeros and 6 ones: 1 - 19 * 8 / (2 * 14 * 6)
    first = np.array([0, 1, 0, 0, 0, 0, 0, 0, 1, 0], dtype=float)
    second = np.array([1, 1, 1, 0, 0, 1, 0, 0, 0, 0], dtype=float)
    ratings = np.column_stack([first, second])
    assert int((first != second).sum()) == 4 and int(ratings.sum()) == 6
    assert krippendorff(ratings, "nominal").value == pytest.approx(0.095, abs=5e-4)


@given(st.integers(0, 10_000), st.floats(0.1, 50), st.floats(-50, 50))
@settings(max_examples=20, deadline=None)
def test_relabelling_and_rescaling_change_nothing(seed, scale, shift):
    rng = np.random.default_rng(seed)
    ratings = np.clip(np.round(rng.normal(3, 1, (12, 1)) + rng.normal(0, 0.7, (12, 3))), 1, 5)
    moved = (ratings * scale + shift)[rng.permutation(12)][:, rng.permutation(3)]
    for form, before in icc(ratings).items():
        assert icc(moved)[form].value == pytest.approx(before.value, abs=1e-6)
    for metric in ("nominal", "ordinal", "interval"):
        one, other = (krippendorff(table, metric, resamples=0) for table in (ratings, moved))
        assert one.value == pytest.approx(other.value, abs=1e-6)
    one, other = (mean_kappa(table, "quadratic", resamples=0) for table in (ratings, moved))
    assert one.value == pytest.approx(other.value, abs=1e-6)


def test_a_severe_rater_lowers_absolute_agreement_but_not_consistency():
    rng = np.random.default_rng(1)
    ratings = rng.normal(size=(40, 1)) + 0.3 * rng.normal(size=(40, 3))
    severe = ratings - np.array([0, 0, 2])
    assert icc(severe)["icc_3_1"].value == pytest.approx(icc(ratings)["icc_3_1"].value)
    assert icc(severe)["icc_2_1"].value < icc(ratings)["icc_2_1"].value - 0.3
    assert icc(severe)["icc_2_1"].settled


def test_missing_ratings_leave_the_one_way_forms_and_alpha_but_not_the_two_way_ones():
    rng = np.random.default_rng(2)
    ratings = np.round(rng.normal(5, 2, (40, 1)) + rng.normal(size=(40, 4)))
    for subject in range(40):
        ratings[subject, rng.choice(4, 2, replace=False)] = nan
    found = icc(ratings)
    assert found["icc_2_1"] == NotEstimable("no_complete_subjects", {"n": 0, "minimum": 2})
    assert found["icc_1_1"].value == pytest.approx(0.8, abs=0.12) and found["icc_1_1"].n == 40
    assert krippendorff(ratings, "interval").value == pytest.approx(found["icc_1_1"].value, abs=0.03)


def test_subjects_with_unequal_numbers_of_ratings_enter_by_their_k0():
    whole = one_way(SHROUT_FLEISS)[0].value
    ratings = np.vstack([SHROUT_FLEISS, [5, nan, nan, nan]])
    single = one_way(ratings)[0]
    assert single.value == pytest.approx(whole) and single.n == 6
    # three subjects with 3, 2 and 2 ratings: between 12.6/2... worked by hand below
    uneven = np.array([[1, 2, 3], [5, 7, nan], [9, 9, nan]])
    between = (3 * (2 - 36 / 7) ** 2 + 2 * (6 - 36 / 7) ** 2 + 2 * (9 - 36 / 7) ** 2) / 2
    within, k0 = (2 + 2 + 0) / 4, (7 - 17 / 7) / 2
    assert one_way(uneven)[0].value == pytest.approx((between - within) / (between + (k0 - 1) * within))


def test_perfect_agreement_is_one_without_a_made_up_interval():
    ratings = np.repeat(np.arange(1.0, 6.0)[:, None], 3, axis=1)
    for found in everything(ratings):
        assert found.value == pytest.approx(1) and found.interval is None
    assert weighted_kappa(ratings[:, 0], ratings[:, 1], "linear").interval is None


@pytest.mark.parametrize(
    ("ratings", "code"),
    [
        (np.full((5, 3), nan), "no_ratings"),
        (np.array([[1.0], [2.0], [3.0]]), "one_rater"),
        (np.array([[1.0, nan], [2.0, nan], [3.0, nan]]), "one_rater"),
        (np.array([[1.0, nan], [nan, 2.0], [3.0, nan]]), "no_overlap"),
        (np.array([[1.0, 2.0], [nan, 2.0]]), "few_subjects"),
        (np.full((6, 3), 4.0), "no_variation"),
    ],
)
def test_what_cannot_be_known_says_why(ratings, code):
    for found in everything(ratings):
        assert isinstance(found, NotEstimable) and found.code == code


def test_raters_who_each_give_one_score_to_all_agree_on_nothing():
    found = icc(np.tile([1.0, 2.0], (5, 1)))
    assert found["icc_1_1"].value == pytest.approx(-1)
    assert found["icc_2_1"].value == 0
    assert found["icc_3_1"] == NotEstimable("no_variation")
    assert list(found) == list(ICC_FORMS)


def test_a_ratio_scale_has_no_negative_values():
    assert krippendorff(SHROUT_FLEISS - 5, "ratio") == NotEstimable("negative_values")


def test_the_mean_kappa_is_the_mean_over_the_pairs():
    pairs = [(0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (2, 3)]
    each = [weighted_kappa(KRIPPENDORFF[:, a], KRIPPENDORFF[:, b], "linear").value for a, b in pairs]
    found = mean_kappa(KRIPPENDORFF, "linear")
    assert found.value == pytest.approx(np.mean(each))
    assert (found.n, found.raters) == (11, 4)


def test_the_f_interval_holds_the_true_icc_95_times_in_100():
    rng = np.random.default_rng(3)
    held = {"icc_1_1": 0, "icc_2_1": 0}
    for _ in range(400):
        subjects, raters = rng.normal(size=(30, 1)), rng.normal(0, 0.5, (1, 5))
        one = icc(subjects + rng.normal(size=(30, 5)))["icc_1_1"]
        two = icc(subjects + raters + np.sqrt(0.75) * rng.normal(size=(30, 5)))["icc_2_1"]
        held["icc_1_1"] += 0.5 in one.interval
        held["icc_2_1"] += 0.5 in two.interval
    assert all(0.92 < count / 400 < 0.98 for count in held.values()), held
