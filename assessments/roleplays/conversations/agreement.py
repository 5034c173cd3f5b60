"""How far a model's proposals agree with people, criterion by criterion and in total. Pure.

Each talk counts once, with the newest proposal and the first person's rating. The model is one rater, "a person" the other:
quadratic weighted κ by criterion, ICC(2,1) (absolute agreement: being more lenient counts against it) by criterion and in
total. Only proposals that raters could not see before they rated are counted: who has read a proposal agrees with it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from assessments.grading.reliability import Agreement, icc, weighted_kappa
from assessments.roleplays.trust import TOTAL, Given
from lms.values import NotEstimable

PERSON, MODEL = 0, 1
"""The ``rater`` of what is given."""


@dataclass(frozen=True, slots=True)
class Beside:
    """Of one criterion, or of the total (``TOTAL``, which has no κ): ``n`` talks scored by both."""

    key: str
    kappa: Agreement
    icc: Agreement
    n: int


def beside(given: Sequence[Given], keys: Sequence[str]) -> tuple[Beside, ...]:
    """The total first, then the criteria in their order. Not estimable: as the coefficients, ``no_ratings`` without talks."""
    by_key: dict[str, dict[int, dict[int, float]]] = defaultdict(lambda: defaultdict(dict))
    for each in given:
        by_key[each.criterion][each.play][each.rater] = each.share
    return tuple(_beside(key, by_key[key]) for key in (TOTAL, *keys))


def _beside(key: str, by_play: dict[int, dict[int, float]]) -> Beside:
    both = [(by[PERSON], by[MODEL]) for _play, by in sorted(by_play.items()) if len(by) == 2]
    if not both:
        nothing = NotEstimable("no_ratings")
        return Beside(key, nothing, nothing, 0)
    table = np.array(both)
    kappa = NotEstimable("no_ratings") if key == TOTAL else weighted_kappa(table[:, 0], table[:, 1], "quadratic")
    return Beside(key, kappa, icc(table)["icc_2_1"], len(both))
