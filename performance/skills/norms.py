"""μ, τ² and σ²ₒ of a competency from the occasions of many people: one-way random effects by the method of moments. Pure.

Henderson's method 1 for unequal numbers (Searle, Casella & McCulloch 1992, ch. 3): with N occasions of k people,
``within = SSW / (N − k)``, ``n₀ = (N − Σnᵢ²/N) / (k − 1)``, ``between = (MSB − within) / n₀``. Of ``within`` the mean sampling variance of
the occasions is taken off; what is left is σ²ₒ.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from performance.skills.levels import DEFAULT, Norms, sampling_variance
from performance.skills.occasions import Occasion

LEAST_PEOPLE = 20
"""Under it the house's own values hold."""
LEAST_AGAIN = 10
"""How many occasions beyond the first of each person are needed to tell occasions from people."""
SMALLEST_BETWEEN = 0.15**2
"""However alike the people of a company are, nobody is drawn to their mean more than this: the standard is the job's, not theirs."""
SMALLEST_OCCASION = 0.05**2


def estimated(by_person: Iterable[Sequence[Occasion]]) -> Norms:
    """The norms of one competency; those of the house where there are too few people or hardly anybody was seen twice."""
    groups = [group for group in by_person if group]
    k, n = len(groups), sum(len(group) for group in groups)
    if k < LEAST_PEOPLE:
        return DEFAULT
    means = [_mean([each.share for each in group]) for group in groups]
    centre = _mean(means)
    if n - k < LEAST_AGAIN:
        return Norms(centre, DEFAULT.between, DEFAULT.occasion, k)
    within = sum((each.share - mean) ** 2 for group, mean in zip(groups, means, strict=True) for each in group) / (n - k)
    grand = _mean([each.share for group in groups for each in group])
    msb = sum(len(group) * (mean - grand) ** 2 for group, mean in zip(groups, means, strict=True)) / (k - 1)
    size = (n - sum(len(group) ** 2 for group in groups) / n) / (k - 1)
    sampling = _mean([sampling_variance(each) for group in groups for each in group])
    return Norms(
        centre, max((msb - within) / size, SMALLEST_BETWEEN), max(within - sampling, SMALLEST_OCCASION), k
    )


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)
