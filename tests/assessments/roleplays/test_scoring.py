"""From ratings to a result, who rates, what a file is, which bytes, how far to trust: all without a database."""

from __future__ import annotations

from fractions import Fraction
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assessments.grading.rubric import Criterion, Level, Rubric, score, yes_no
from assessments.roleplays import scoring
from assessments.roleplays.assigning import Candidate, Circle, Rule, first_raters, one_more
from assessments.roleplays.improvement import Attempt, Improvement, improvement
from assessments.roleplays.scoring import Settled
from assessments.roleplays.trust import TOTAL, Flag, Given, central, drift, halo, trust
from assessments.roleplays.words import weights
from lms import ranges
from lms.containers import kind_of
from lms.values import NotEstimable, Reliability
from tests.assessments.roleplays.factory import element, mp4, webm

LEVELS = tuple(Level(Fraction(i), "") for i in range(4))
TALK = Rubric(
    "A talk",
    (Criterion("needs", "", LEVELS, Fraction(3)), Criterion("close", "", LEVELS[:3]), yes_no("honest", "", weight=0, blocker=True)),
    Fraction(3, 5),
)  # fmt: skip


def given_points(needs: int, close: int, honest: int = 1):  # type: ignore[no-untyped-def]
    return score(TALK, {"needs": needs, "close": close, "honest": honest})


def settled(*scores) -> Settled:  # type: ignore[no-untyped-def]
    found = scoring.settle(TALK, scores)
    assert isinstance(found, Settled)
    return found


def test_each_criterion_is_normalised_before_it_is_weighted() -> None:
    found = settled(given_points(3, 1))
    assert found.total == Fraction(3, 4) + Fraction(1, 4) * Fraction(1, 2)
    assert found.passed


@pytest.mark.parametrize(
    ("given", "shown"), [([1, 1, 1], [34, 33, 33]), ([2, 1], [67, 33]), ([1] * 6, [17, 17, 17, 17, 16, 16]), ([0, 0], [0, 0]), ([3, 0, 1], [75, 0, 25])]
)
def test_the_weights_that_are_shown_add_up_to_the_whole(given: list[int], shown: list[int]) -> None:
    found = weights({"criteria": [{"key": str(at), "weight": str(each)} for at, each in enumerate(given)]})
    assert [round(100 * found[str(at)]) for at in range(len(given))] == shown


def test_two_who_agree_count_with_their_mean_and_ask_for_nobody_else() -> None:
    one, other = given_points(2, 1), given_points(2, 2)
    assert not scoring.third_needed([one, other])
    assert dict(settled(one, other).criteria)["close"] == Fraction(3, 4)


def test_two_who_disagree_ask_for_a_third_and_then_the_middle_counts() -> None:
    kind, stern, third = given_points(3, 2), given_points(0, 0), given_points(2, 2)
    assert scoring.third_needed([kind, stern])
    found = settled(kind, stern, third)
    assert dict(found.criteria) == {"needs": Fraction(2, 3), "close": Fraction(1), "honest": Fraction(1)}
    assert found.passed
    assert not scoring.third_needed([kind, stern, third])


def test_a_blocker_fails_the_whole_whatever_the_total_and_the_majority_decides_it() -> None:
    assert settled(given_points(3, 2, honest=0)).blocked_by == ("honest",)
    assert not settled(given_points(3, 2, honest=0)).passed
    assert settled(given_points(3, 2, 0), given_points(3, 2), given_points(3, 2)).passed
    assert not settled(given_points(3, 2, 0), given_points(3, 2, 0), given_points(3, 2)).passed
    assert scoring.third_needed([given_points(3, 2, 0), given_points(3, 2)])


def test_two_raters_of_whom_one_passes_and_one_fails_disagree_though_they_are_close() -> None:
    assert scoring.disagree([given_points(2, 1), given_points(2, 0)])


def test_ben_is_never_asked_to_rate_himself_and_the_least_busy_comes_first() -> None:
    people = [Candidate(1, Circle.MANAGER), Candidate(2, Circle.PEER, load=5), Candidate(3, Circle.PEER, load=0)]
    for seed in range(20):
        chosen, _ = first_raters(people, Rule(manager=1, peer=1, doubled=0), 1, Random(seed))
        assert chosen == [(3, Circle.PEER)]


def test_the_own_manager_rates_before_the_managers_manager() -> None:
    people = [Candidate(8, Circle.MANAGER, nearness=4), Candidate(9, Circle.MANAGER, nearness=0, load=9)]
    assert first_raters(people, Rule(doubled=0), 1, Random(0))[0] == [(9, Circle.MANAGER)]


def test_the_share_that_is_doubled_is_the_share_that_was_set() -> None:
    people = [Candidate(8, Circle.MANAGER), Candidate(9, Circle.TRAINER)]
    twice = sum(len(first_raters(people, Rule(doubled=0.3), 1, Random(seed))[0]) == 2 for seed in range(1000))
    assert 250 < twice < 350


def test_a_third_is_somebody_new_or_nobody() -> None:
    people = [Candidate(8, Circle.MANAGER), Candidate(9, Circle.TRAINER)]
    assert one_more(people, {8}, Random(0)) == (9, Circle.TRAINER)
    assert one_more(people, {8, 9}, Random(0)) is None


# What a file is


def kind(data: bytes) -> str | None:
    return kind_of(lambda start, length: data[start : start + length], len(data))


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (webm(), "video/webm"),
        (webm(track=2), "audio/webm"),
        (mp4(), "video/mp4"),
        (mp4(kind=b"soun"), "audio/mp4"),
        (b"OggS" + b"\0" * 24 + b"OpusHead", "audio/ogg"),
        (mp4(index=False), None),
        (mp4(content=0), None),
        (mp4()[:-3], None),
        (b"\x1a\x45\xdf\xa3" + b"rubbish" * 100, None),
        (element("1a45dfa3", element("4282", b"webm")), None),
        (b"<html><script>alert(1)</script>", None),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 100, None),
        (b"", None),
    ],
)
def test_a_recording_is_what_its_bytes_say(data: bytes, expected: str | None) -> None:
    assert kind(data) == expected


@given(st.binary(max_size=300))
def test_no_bytes_break_the_reader(rest: bytes) -> None:
    for head in (b"", b"\x1a\x45\xdf\xa3", webm()[:40], b"\0\0\0\x08ftyp"):
        kind(head + rest)


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (None, None), ("bytes=0-", (0, 99)), ("bytes=10-19", (10, 19)), ("bytes=90-500", (90, 99)), ("bytes=-10", (90, 99)),
        ("bytes=-500", (0, 99)), ("bytes=0-0", (0, 0)), ("bytes=5-2", None), ("bytes=0-1,5-6", None), ("items=0-1", None), ("bytes=-", None),
    ],
)  # fmt: skip
def test_the_range_a_browser_asks_for(header: str | None, expected: tuple[int, int] | None) -> None:
    assert ranges.asked(header, 100) == expected


def test_a_range_behind_the_end_cannot_be_given() -> None:
    with pytest.raises(ranges.Unsatisfiable):
        ranges.asked("bytes=100-", 100)


# How far to trust

SEVERITY = {1: -0.25, 2: 0.0, 3: 0.25}


def ratings(plays: int = 60, halo_of: int = 0, middle_of: int = 0, drifting: int = 0) -> tuple[Given, ...]:
    """Every performance by two of three raters, on three criteria, of levels 0, ⅓, ⅔, 1."""
    rng = np.random.default_rng(4)
    found = []
    for play in range(plays):
        true = rng.normal(0.5, 0.28, 3)
        for rater in rng.choice([1, 2, 3], 2, replace=False):
            seen = true - SEVERITY[int(rater)] + rng.normal(0, 0.08, 3)
            seen = np.full(3, seen.mean()) if rater == halo_of else seen
            seen = 0.5 + 0.2 * (seen - 0.5) if rater == middle_of else seen
            seen = seen - 0.01 * (play - 30) if rater == drifting else seen
            shares = np.clip(np.round(seen * 3) / 3, 0, 1)
            total = float(seen.mean())
            found += [Given(play, int(rater), f"c{i}", float(s), float(play)) for i, s in enumerate(shares)]
            found.append(Given(play, int(rater), TOTAL, total, float(play)))
    return tuple(found)


def spreads(given_: tuple[Given, ...]) -> dict[int, dict[int, float]]:
    by: dict[tuple[int, int], list[float]] = {}
    for each in given_:
        if each.criterion != TOTAL:
            by.setdefault((each.play, each.rater), []).append(each.share)
    found: dict[int, dict[int, float]] = {}
    for (play, rater), shares in by.items():
        found.setdefault(play, {})[rater] = float(np.std(shares, ddof=1))
    return found


def totals(given_: tuple[Given, ...]) -> dict[int, dict[int, float]]:
    found: dict[int, dict[int, float]] = {}
    for each in given_:
        if each.criterion == TOTAL:
            found.setdefault(each.play, {})[each.rater] = each.share
    return found


def test_the_severe_rater_is_known_and_the_adjusted_scores_are_nearer_to_the_truth() -> None:
    given_ = ratings()
    found = trust(given_, ("c0", "c1", "c2"))
    logit = {row.rater: row.severity.logit for row in found.raters if not isinstance(row.severity, NotEstimable)}
    assert logit[1] < logit[2] < logit[3]
    assert found.raters_differ_p is not None and found.raters_differ_p < 0.001
    rng = np.random.default_rng(4)
    true = []
    for _play in range(60):
        true.append(float(rng.normal(0.5, 0.28, 3).clip(0, 1).mean()))
        rng.choice([1, 2, 3], 2, replace=False)
        rng.normal(0, 0.08, 3), rng.normal(0, 0.08, 3)
    raw = np.mean([(found.adjusted[p].raw - true[p]) ** 2 for p in range(60)])
    fair = np.mean([(found.adjusted[p].adjusted - true[p]) ** 2 for p in range(60)])
    assert fair < raw


def test_agreement_comes_with_interval_and_is_unsettled_under_thirty() -> None:
    many, few = trust(ratings(60), ("c0",)), trust(ratings(12), ("c0",))
    for found, is_settled in ((many, True), (few, False)):
        for value in (found.total.alpha, found.criteria[0].kappa, found.criteria[0].icc):
            assert isinstance(value, Reliability)
            assert value.settled is is_settled
            assert value.interval is not None and value.interval.low < value.value < value.interval.high


def test_one_rater_alone_says_nothing_about_agreement() -> None:
    alone = tuple(each for each in ratings() if each.rater == 1)
    assert isinstance(trust(alone, ("c0",)).total.alpha, NotEstimable)


def test_halo_is_flagged_for_who_has_it_and_for_nobody_else() -> None:
    table = spreads(ratings(halo_of=2))
    flags = {rater: halo(rater, table) for rater in (1, 2, 3)}
    assert {rater for rater, flag in flags.items() if isinstance(flag, Flag) and flag.raised} == {2}


def test_who_keeps_to_the_middle_is_flagged() -> None:
    table = totals(ratings(middle_of=3))
    flags = {rater: central(rater, table) for rater in (1, 2, 3)}
    assert {rater for rater, flag in flags.items() if isinstance(flag, Flag) and flag.raised} == {3}


def test_who_becomes_more_severe_is_flagged_and_nobody_is_from_few() -> None:
    given_ = ratings(drifting=1)
    days = {(each.play, each.rater): each.day for each in given_}
    flag = drift(1, totals(given_), days)
    assert isinstance(flag, Flag) and flag.raised and flag.value < 0
    some = {play: by for play, by in totals(given_).items() if play < 8}
    assert isinstance(drift(1, some, days), NotEstimable)


# Does practice help?


def attempts(gain: float, people: int = 30, seed: int = 0) -> list[Attempt]:
    rng = np.random.default_rng(seed)
    return [
        Attempt(person, 1, number, float(level + gain * (number - 1) + rng.normal(0, 0.1)))
        for person, level in enumerate(rng.normal(0.5, 0.15, people))
        for number in range(1, 5)
    ]


def test_practice_that_helps_is_measured() -> None:
    found = improvement(attempts(0.05))
    assert isinstance(found, Improvement)
    assert found.settled and 0.05 in found.interval and found.interval.low > 0


def test_luck_is_not_taken_for_progress_as_the_best_less_the_first_would() -> None:
    wrong = 0
    for seed in range(40):
        tried = attempts(0.0, seed=seed)
        best_less_first = np.mean(
            [max(a.score for a in tried if a.person == p) - next(a.score for a in tried if a.person == p) for p in range(30)]
        )
        assert best_less_first > 0.05
        found = improvement(tried)
        assert isinstance(found, Improvement)
        wrong += 0.0 not in found.interval
    assert wrong <= 6


def test_a_single_person_is_drawn_towards_the_others() -> None:
    tried = [a for a in attempts(0.05) if a.person != 3] + [Attempt(3, 1, n, s) for n, s in ((1, 0.1), (2, 0.5), (3, 0.9))]
    found = improvement(tried)
    assert isinstance(found, Improvement)
    own = next(each for each in found.own if each.person == 3)
    assert found.slope < own.slope < 0.4


def test_four_people_are_too_few() -> None:
    assert improvement(attempts(0.1, people=4)) == NotEstimable("too_few_people", {"n": 4, "minimum": 5})
