"""Rubrics: exact scores, blockers, frozen content."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from assessments.grading.rubric import (
    Criterion,
    Level,
    Rubric,
    RubricInvalid,
    from_dict,
    score,
    to_dict,
    yes_no,
)
from lms.values import NotEstimable


def levels(*points):
    return tuple(Level(Fraction(p), f"anchor {p}") for p in points)


NEEDS = Criterion("needs", "Finds the need", levels(1, 2, 3, 4, 5), Fraction(3))
CLOSE = Criterion("close", "Agrees a next step", levels(0, 1, 2), Fraction(1))
PRICE = yes_no("price", "Names the price", weight=2)
ADVICE = yes_no("advice", "States the risk", blocker=True, weight=0)
RUBRIC = Rubric("Discovery call", (NEEDS, CLOSE, PRICE, ADVICE), Fraction(6, 10))


def test_ana_is_scored_exactly_as_worked_by_hand():
    found = score(RUBRIC, {"needs": 4, "close": 1, "price": True, "advice": 1})
    # (3 * 3/4 + 1 * 1/2 + 2 * 1) / 6
    assert found.total == Fraction(19, 24)
    assert found.passed is True and found.blocked_by == ()
    assert [part.normalised for part in found.criteria] == [Fraction(3, 4), Fraction(1, 2), 1, 1]
    assert sum(part.contribution for part in found.criteria) == found.total
    assert found.rubric_hash == RUBRIC.content_hash


def test_a_failed_blocker_fails_ana_with_a_full_total():
    found = score(RUBRIC, {"needs": 5, "close": 2, "price": 1, "advice": 0})
    assert found.total == 1 and found.passed is False and found.blocked_by == ("advice",)


def test_reaching_the_pass_mark_to_the_last_digit_passes():
    thirds = Rubric("thirds", tuple(yes_no(key, key) for key in "abc"), Fraction(2, 3))
    assert score(thirds, {"a": 1, "b": 1, "c": 0}).passed is True
    assert score(thirds, {"a": 1, "b": 0, "c": 0}).passed is False


def test_a_criterion_with_more_levels_does_not_count_for_more():
    fine = Rubric("fine", (replace(NEEDS, weight=Fraction(1)), CLOSE), None)
    assert (
        score(fine, {"needs": 5, "close": 0}).total
        == score(fine, {"needs": 1, "close": 2}).total
        == Fraction(1, 2)
    )


def test_a_levelled_criterion_can_block_under_a_minimum():
    strict = replace(NEEDS, blocks_below=Fraction(3))
    rubric = Rubric("strict", (strict, CLOSE), Fraction(0))
    assert score(rubric, {"needs": 2, "close": 2}).blocked_by == ("needs",)
    assert score(rubric, {"needs": 3, "close": 2}).blocked_by == ()


def test_a_criterion_not_rated_leaves_the_total_open_but_a_blocker_decides():
    found = score(RUBRIC, {"needs": 5, "close": None})
    assert found.total == NotEstimable("criteria_not_rated", {"criteria": ["close", "price", "advice"]})
    assert found.passed is None
    assert score(RUBRIC, {"advice": 0}).passed is False


def test_a_rubric_of_blockers_alone_passes_when_all_are_met():
    safety = Rubric(
        "safety", (yes_no("a", "A", blocker=True, weight=0), yes_no("b", "B", blocker=True, weight=0))
    )
    found = score(safety, {"a": 1, "b": 1})
    assert found.passed is True and found.total == NotEstimable("no_weight")
    assert score(safety, {"a": 1}).passed is None
    assert score(safety, {"a": 1, "b": 0}).passed is False


def test_without_pass_mark_and_blockers_there_is_no_verdict():
    assert score(Rubric("open", (NEEDS,)), {"needs": 5}).passed is None


def test_decimal_levels_and_weights_are_taken_as_written():
    rubric = from_dict(
        {
            "title": "t",
            "pass_mark": 0.7,
            "criteria": [
                {
                    "key": "a",
                    "title": "A",
                    "weight": 0.1,
                    "levels": [{"points": p, "anchor": ""} for p in (0, 0.1, 0.3)],
                },
                {
                    "key": "b",
                    "title": "B",
                    "weight": "1/5",
                    "levels": [{"points": p, "anchor": ""} for p in (0, 1)],
                },
            ],
        }
    )
    assert score(rubric, {"a": 0.1, "b": 1}).total == Fraction(7, 9)
    assert rubric.pass_mark == Fraction(7, 10)


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(1, 9)), min_size=1, max_size=6))
def test_the_total_lies_between_0_and_1_and_rises_with_every_criterion(parts):
    rubric = Rubric(
        "r", tuple(Criterion(str(i), "", levels(*range(6)), Fraction(w)) for i, (_, w) in enumerate(parts))
    )
    given_points = {str(i): p for i, (p, _) in enumerate(parts)}
    total = score(rubric, given_points).total
    assert 0 <= total <= 1
    for key, points in given_points.items():
        if points < 5:
            assert score(rubric, given_points | {key: points + 1}).total > total


def test_equal_content_has_an_equal_hash_and_any_change_another():
    again = from_dict(to_dict(RUBRIC))
    assert again == RUBRIC and again.content_hash == RUBRIC.content_hash
    changed = [
        replace(RUBRIC, title="Discovery"),
        replace(RUBRIC, pass_mark=None),
        replace(RUBRIC, criteria=RUBRIC.criteria[::-1]),
        replace(RUBRIC, criteria=(replace(NEEDS, weight=Fraction(4)), *RUBRIC.criteria[1:])),
        replace(
            RUBRIC,
            criteria=(
                replace(NEEDS, levels=(*levels(1, 2, 3, 4), Level(Fraction(5), "x"))),
                *RUBRIC.criteria[1:],
            ),
        ),
        replace(RUBRIC, criteria=(*RUBRIC.criteria[:3], yes_no("advice", "States the risk", weight=0))),
    ]
    assert len({RUBRIC.content_hash, *(rubric.content_hash for rubric in changed)}) == 7


def test_the_same_characters_typed_another_way_hash_alike():
    assert replace(RUBRIC, title="Caf\u00e9").content_hash == replace(RUBRIC, title="Cafe\u0301").content_hash


def test_a_rubric_cannot_be_changed():
    with pytest.raises(AttributeError, match="immutable"):
        RUBRIC.title = "other"


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (lambda: Rubric("r", ()), "no_criteria"),
        (lambda: Rubric("r", (NEEDS, NEEDS)), "duplicate_key"),
        (lambda: Rubric("r", (replace(NEEDS, levels=levels(1)),)), "few_levels"),
        (lambda: Rubric("r", (replace(NEEDS, levels=levels(1, 3, 3)),)), "levels_do_not_rise"),
        (lambda: Rubric("r", (replace(NEEDS, weight=Fraction(-1)),)), "negative_weight"),
        (lambda: Rubric("r", (replace(NEEDS, weight=Fraction(0)),), Fraction(1, 2)), "no_weight"),
        (lambda: Rubric("r", (NEEDS,), Fraction(3, 2)), "pass_mark_out_of_range"),
        (lambda: Rubric("r", (replace(NEEDS, blocks_below=Fraction(6)),)), "blocker_never_passes"),
        (lambda: Rubric("r", (replace(NEEDS, blocks_below=Fraction(1)),)), "blocker_never_blocks"),
        (lambda: score(RUBRIC, {"charm": 3}), "unknown_criterion"),
        (lambda: score(RUBRIC, {"needs": 6}), "no_such_level"),
        (lambda: score(RUBRIC, {"needs": "much"}), "not_a_number"),
        (lambda: score(RUBRIC, {"needs": float("nan")}), "not_a_number"),
        (lambda: from_dict({"title": "t"}), "missing_part"),
    ],
)
def test_what_cannot_be_is_refused_with_its_code(make, code):
    with pytest.raises(RubricInvalid) as refused:
        make()
    assert refused.value.code == code
