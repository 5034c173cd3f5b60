"""When a course is completed, worked by hand."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from courses.completion import (
    Need,
    Outcome,
    Requirement,
    Rule,
    judge,
    rule_from_json,
    rule_to_json,
)


def day(number: int) -> datetime:
    return datetime(2026, 3, number, tzinfo=UTC)


def outcome(on: int, *, passed: bool = True, score: float | None = None, source: str = "read") -> Outcome:
    return Outcome(passed, score, day(on), source)


BOTH = Rule((Requirement(1), Requirement(2)))


def test_ana_completes_with_the_last_of_two_modules_and_on_its_day() -> None:
    judgement = judge(BOTH, {1: [outcome(5)], 2: [outcome(3)]})
    assert judgement.met
    assert judgement.at == day(5)
    assert judgement.share == 1


def test_half_of_the_modules_is_half_of_the_way() -> None:
    judgement = judge(BOTH, {2: [outcome(3)]})
    assert (judgement.met, judgement.at, judgement.share) == (False, None, 0.5)
    assert [state.met for state in judgement.requirements] == [False, True]


def test_nobody_completes_a_course_that_asks_nothing() -> None:
    judgement = judge(Rule(()), {1: [outcome(1)]})
    assert not judgement.met
    assert judgement.share is None


def test_a_failed_attempt_is_done_but_not_passed() -> None:
    failed = {1: [outcome(1, passed=False, score=0.4)]}
    assert judge(Rule((Requirement(1, Need.DONE),)), failed).met
    assert not judge(Rule((Requirement(1, Need.PASSED),)), failed).met


@pytest.mark.parametrize(("score", "met"), [(0.8, True), (0.7999, False), (None, False)])
def test_a_score_is_enough_from_the_minimum_on(score: float | None, met: bool) -> None:
    rule = Rule((Requirement(1, Need.SCORE, 0.8),))
    assert judge(rule, {1: [outcome(1, score=score)]}).met is met


def test_a_later_failed_attempt_does_not_unmake_what_was_passed() -> None:
    attempts = [
        outcome(1, score=0.9, source="attempt:1"),
        outcome(2, passed=False, score=0.2, source="attempt:2"),
    ]
    judgement = judge(Rule((Requirement(1),)), {1: attempts})
    assert judgement.at == day(1)
    assert judgement.requirements[0].score == 0.9
    assert judgement.requirements[0].tries == 2


def test_a_correction_of_the_same_attempt_replaces_it() -> None:
    regraded = [
        outcome(1, score=0.9, source="attempt:1"),
        outcome(1, passed=False, score=0.5, source="attempt:1"),
    ]
    judgement = judge(Rule((Requirement(1),)), {1: regraded})
    assert not judgement.met
    assert judgement.requirements[0].best == 0.5
    assert judgement.requirements[0].tries == 1


def test_the_score_stated_is_that_of_the_act_that_met_the_rule_not_of_a_later_better_one() -> None:
    attempts = [outcome(1, score=0.8, source="attempt:1"), outcome(2, score=1.0, source="attempt:2")]
    state = judge(Rule((Requirement(1, Need.SCORE, 0.8),)), {1: attempts}).requirements[0]
    assert (state.score, state.best, state.source) == (0.8, 1.0, "attempt:1")


def test_two_of_three_are_enough_on_the_day_of_the_second() -> None:
    rule = Rule((Requirement(1), Requirement(2), Requirement(3)), at_least=2)
    judgement = judge(rule, {1: [outcome(9)], 2: [outcome(2)], 3: [outcome(4)]})
    assert judgement.at == day(4)
    assert judgement.share == 1


def test_asking_for_more_than_there_are_means_all() -> None:
    rule = Rule((Requirement(1),), at_least=5)
    assert judge(rule, {1: [outcome(1)]}).met


def test_modules_outside_the_rule_change_nothing() -> None:
    assert judge(BOTH, {1: [outcome(1)], 2: [outcome(2)], 99: [outcome(30)]}).at == day(2)


def test_a_rule_is_the_same_after_being_stored() -> None:
    rule = Rule((Requirement(1, Need.SCORE, 0.6), Requirement(2, Need.DONE)), at_least=1)
    assert rule_from_json(rule_to_json(rule)) == rule
