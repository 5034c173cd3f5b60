"""From the ratings of several raters to one result: who disagrees, when a third rates, what the rubric decides. Pure.

One rater's score counts as it is. Two who agree count with their mean per criterion; two who disagree call for a third,
and from three on the median per criterion counts, so that one severe or lenient rater moves little. Whether a
compliance blocker failed is decided by the majority; a tie blocks.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from statistics import median

from msgspec import Struct

from assessments.grading.rubric import Rubric, RubricScore
from lms.values import NotEstimable

TOLERANCE = Fraction(1, 5)
"""Two totals further apart than this, of a whole of 1, are a disagreement."""


class Settled(Struct, frozen=True):
    """The result of one performance: ``total`` 0-1, exact; ``criteria`` key → share 0-1; ``disputed`` when the raters
    disagree and nobody was there to rate once more."""

    total: Fraction
    passed: bool
    blocked_by: tuple[str, ...]
    criteria: tuple[tuple[str, Fraction], ...]
    raters: int
    spread: Fraction
    """The largest total less the smallest."""
    disputed: bool = False


def disagree(scores: Sequence[RubricScore]) -> bool:
    """Whether two raters judged differently: totals apart, or one passes what the other fails."""
    if len(scores) < 2:
        return False
    totals = [score.total for score in scores if not isinstance(score.total, NotEstimable)]
    apart = max(totals) - min(totals) > TOLERANCE if totals else False
    return (
        apart or len({score.passed for score in scores}) > 1 or len({score.blocked_by for score in scores}) > 1
    )


def third_needed(scores: Sequence[RubricScore]) -> bool:
    """Two raters who disagree need a third; three settle it among themselves."""
    return len(scores) == 2 and disagree(scores)


def settle(rubric: Rubric, scores: Sequence[RubricScore]) -> Settled | NotEstimable:
    """The result of complete ``scores``. Not estimable: ``not_rated``, ``criteria_not_rated``, ``no_weight``."""
    if not scores:
        return NotEstimable("not_rated")
    unfit = next((score.total for score in scores if isinstance(score.total, NotEstimable)), None)
    if unfit is not None:
        return unfit
    shares = tuple(
        (
            criterion.key,
            median(found.normalised for score in scores for found in score.criteria if found.key == criterion.key),
        )
        for criterion in rubric.criteria
    )
    weight = sum((criterion.weight for criterion in rubric.criteria), Fraction(0))
    by_key = dict(shares)
    total = sum((c.weight * by_key[c.key] for c in rubric.criteria), Fraction(0)) / weight
    blocked = _blocked(rubric, scores)
    mark = rubric.pass_mark if rubric.pass_mark is not None else Fraction(0)
    totals = [score.total for score in scores if not isinstance(score.total, NotEstimable)]
    return Settled(
        total=total,
        passed=not blocked and total >= mark,
        blocked_by=blocked,
        criteria=shares,
        raters=len(scores),
        spread=max(totals) - min(totals),
        disputed=third_needed(scores),
    )


def _blocked(rubric: Rubric, scores: Sequence[RubricScore]) -> tuple[str, ...]:
    return tuple(
        criterion.key
        for criterion in rubric.criteria
        if 2 * sum(criterion.key in score.blocked_by for score in scores) >= len(scores) and criterion.is_blocker
    )
