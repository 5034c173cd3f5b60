"""The quarterly check: it finds what is there, says when it cannot, and its interval holds the truth as often as it says."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lms.values import Interval, NotEstimable
from performance.skills.validity import Check, Pair, Verdict, check, verdict_of


def company(rng: np.random.Generator, rho: float, teams: int = 24, size: int = 9, variance: float = 0.0) -> list[Pair]:
    """Strong teams have ready people and good figures whatever ``rho`` is, which is that within a team."""
    pairs = []
    for team in range(teams):
        strong = rng.normal(0, 2)
        own = rho + 0.15 * rng.normal()  # teams differ in how much it matters
        for _ in range(size):
            x = rng.normal()
            y = own * x + np.sqrt(max(1 - own**2, 0.05)) * rng.normal()
            pairs.append(Pair(len(pairs), team, 0, x + strong, variance, y + strong, None))
    return pairs


def ranked(rho: float) -> float:
    """The correlation of ranks within teams of nine that the check is after, from a very large company."""
    found = check(company(np.random.default_rng(1), rho, teams=2500))
    assert isinstance(found, Check)
    return found.observed.value


@pytest.mark.parametrize("rho", [0.0, 0.4])
def test_the_interval_holds_the_truth_as_often_as_it_says(rho: float) -> None:
    truth, rng = ranked(rho), np.random.default_rng(7)
    found = [check(company(rng, rho)) for _ in range(120)]
    inside = [truth in each.observed.interval for each in found if isinstance(each, Check)]
    assert len(inside) == 120
    assert 0.90 <= np.mean(inside) <= 0.99
    predicts = np.mean([each.verdict is Verdict.PREDICTS for each in found if isinstance(each, Check)])
    assert predicts < 0.08 if rho == 0 else predicts > 0.9


def test_strong_teams_alone_are_no_agreement() -> None:
    """Between teams readiness and figures rise together; within them they do not: nothing is claimed."""
    found = check(company(np.random.default_rng(3), 0.0, teams=40))
    assert isinstance(found, Check)
    assert abs(found.observed.value) < 0.12
    assert found.verdict is not Verdict.PREDICTS


def test_a_hand_made_company_by_hand() -> None:
    """Six teams of five, ranks 1–5 of readiness; in each the KPI has ranks 2 1 4 3 5: Σd² = 4, ρ = 1 − 6·4/(5·24) = 0.8."""
    pairs = [
        Pair(5 * team + i, team, 0, i + 1.0, 0.0, [2.0, 1.0, 4.0, 3.0, 5.0][i] * 10 + team, None)
        for team in range(6)
        for i in range(5)
    ]
    found = check(pairs)
    assert isinstance(found, Check)
    assert found.observed.value == pytest.approx(0.8)
    assert (found.pairs, found.people, found.teams, found.quarters) == (30, 30, 6, 1)


def test_what_is_not_known_exactly_is_corrected_for() -> None:
    """Readiness as an expected value: true part 1, left unknown 0.5 of the spread; corrected is the observed over √reliability."""
    found = check(company(np.random.default_rng(5), 0.5, variance=0.5))
    assert isinstance(found, Check) and found.corrected is not None
    assert found.reliability == pytest.approx(2 / 3, abs=0.06)
    assert found.corrected.value == pytest.approx(found.observed.value / np.sqrt(found.reliability))
    assert found.corrected.value > found.observed.value


def test_what_the_last_quarter_said_already_is_taken_off() -> None:
    """The KPI goes on as it was, and readiness only mirrors it: beyond the last quarter there is nothing."""
    rng = np.random.default_rng(9)
    pairs = []
    for team in range(60):
        for _ in range(9):
            before = rng.normal()
            pairs.append(Pair(len(pairs), team, 0, before + rng.normal(), 0.0, before + 0.5 * rng.normal(), before))
    found = check(pairs)
    assert isinstance(found, Check) and found.beyond is not None
    assert found.verdict is Verdict.PREDICTS
    assert found.beyond.value < 0.15 < found.observed.value


@settings(max_examples=12, deadline=None)
@given(st.integers(0, 1000), st.floats(0.1, 5), st.floats(-3, 3))
def test_names_units_and_the_level_of_a_team_change_nothing(seed: int, factor: float, shift: float) -> None:
    pairs = company(np.random.default_rng(seed), 0.3, teams=8, size=5)
    other = [
        Pair(1000 - p.person, 50 - p.team, 3, p.readiness * factor + shift, p.variance, p.after * 2 + p.team, p.before)
        for p in pairs
    ]
    one, two = check(pairs), check(list(reversed(other)))
    assert isinstance(one, Check) and isinstance(two, Check)
    assert one.observed.value == pytest.approx(two.observed.value)
    assert one.observed.interval.low == pytest.approx(two.observed.interval.low)


def test_too_few_are_refused_with_the_reason() -> None:
    rng = np.random.default_rng(2)
    assert check([]) == NotEstimable("few_teams", {"teams": 0, "least": 6})
    few = check(company(rng, 0.5, teams=6, size=4))
    assert isinstance(few, NotEstimable) and few.code == "few_people"
    alike = [Pair(i, i // 6, 0, 0.5, 0.0, float(i), None) for i in range(48)]
    same = check(alike)
    assert isinstance(same, NotEstimable) and same.code == "no_variation"


def test_the_verdict_follows_the_interval() -> None:
    assert verdict_of(Interval(0.02, 0.4)) is Verdict.PREDICTS
    assert verdict_of(Interval(-0.3, -0.02)) is Verdict.OPPOSITE
    assert verdict_of(Interval(-0.2, 0.08)) is Verdict.DOES_NOT
    assert verdict_of(Interval(-0.2, 0.3)) is Verdict.CANNOT_SAY
