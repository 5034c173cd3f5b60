"""Where nobody knows how people were chosen: what several estimators agree on."""

from __future__ import annotations

from collections.abc import Mapping
from statistics import median

from msgspec.structs import replace

from effects.stats.results import Effect
from lms.values import Interval, NotEstimable

REQUIRED = ("gcomp", "bjs")
OPTIONAL = ("bjs-trends",)


def union(found: Mapping[str, Effect | NotEstimable]) -> Effect | NotEstimable:
    """The union of the intervals of g-computation, imputation and, where estimable, imputation with rep trends.

    A figure only if all intervals lie on one side of zero; its estimate is the middle one of theirs, without
    standard error or p-value. "methods_disagree" with ``low`` and ``high`` otherwise.
    """
    effects: list[Effect] = []
    for name in (*REQUIRED, *OPTIONAL):
        effect = found.get(name, NotEstimable("estimator_missing", {"method": name}))
        if isinstance(effect, Effect) and effect.interval is not None:
            effects.append(effect)
        elif name in REQUIRED:
            return effect if isinstance(effect, NotEstimable) else NotEstimable("no_standard_error", {"method": name})
    intervals = [e.interval for e in effects if e.interval is not None]
    low, high = min(i.low for i in intervals), max(i.high for i in intervals)
    if low <= 0 <= high:
        return NotEstimable("methods_disagree", {"low": low, "high": high})
    return replace(
        effects[1],
        method="union",
        estimate=median(e.estimate for e in effects),
        se=None,
        p_value=None,
        interval=Interval(low, high, intervals[0].level),
        inference="union",
        leave_one_out={},
    )
