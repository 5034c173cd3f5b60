"""How far a model's proposals agree with people, criterion by criterion and in total. Pure.

Each talk counts once: the newest proposal against what the people settled on, from all their ratings (one: that; two who
agree: the mean; three and more: the median). The model is one rater, the settled score the other: quadratic weighted κ
by criterion, ICC(2,1) (absolute agreement: being more lenient counts against it) by criterion and in total. Beside it,
as the yardstick, how far single people agree with each other on the same talks where several rated: ICC(1,1), since
talks have different raters. Only proposals that raters could not see before they rated are counted: who has read a
proposal agrees with it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import numpy as np
from msgspec import Struct

from assessments.grading.reliability import Agreement, icc, one_way, weighted_kappa
from assessments.roleplays.trust import TOTAL, Given, by_play, matrix
from lms.values import NotEstimable

SETTLED, MODEL = 0, 1
"""The ``rater`` of what is given: the people together, and the machine."""


class Beside(Struct, frozen=True):
    """Of one criterion, or of the total (``TOTAL``, which has no κ): ``n`` talks scored by both.

    ``people`` is the agreement of single people on the ``doubled`` talks among them that several rated.
    """

    key: str
    kappa: Agreement
    icc: Agreement
    n: int
    people: Agreement
    doubled: int


def beside(given: Sequence[Given], people: Sequence[Given], keys: Sequence[str]) -> tuple[Beside, ...]:
    """The total first, then the criteria in their order.

    :param given: of each talk what was settled and what the model proposed.
    :param people: every single rating behind what was settled, under the number of its rater.

    Not estimable: as the coefficients, ``no_ratings`` without talks, ``one_rater`` where nobody else rated the same talk.
    """
    both, single = _by_criterion(given), _by_criterion(people)
    return tuple(_beside(key, both[key], single[key]) for key in (TOTAL, *keys))


def _by_criterion(given: Sequence[Given]) -> dict[str, list[Given]]:
    found: dict[str, list[Given]] = defaultdict(list)
    for each in given:
        found[each.criterion].append(each)
    return found


def _beside(key: str, given: Sequence[Given], people: Sequence[Given]) -> Beside:
    pairs = {play: (by[SETTLED], by[MODEL]) for play, by in sorted(by_play(given).items()) if len(by) == 2}
    rated = {play: by for play, by in by_play(people).items() if play in pairs}
    doubled = sum(len(by) > 1 for by in rated.values())
    among = one_way(matrix(rated))[0] if doubled else NotEstimable("one_rater")
    if not pairs:
        nothing = NotEstimable("no_ratings")
        return Beside(key, nothing, nothing, 0, among, 0)
    table = np.array(list(pairs.values()))
    kappa = NotEstimable("no_ratings") if key == TOTAL else weighted_kappa(table[:, 0], table[:, 1], "quadratic")
    return Beside(key, kappa, icc(table)["icc_2_1"], len(pairs), among, doubled)
