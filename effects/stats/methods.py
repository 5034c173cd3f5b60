"""The estimators and checks a study can ask for, by name. One line adds one."""

from __future__ import annotations

from collections.abc import Callable

from effects.stats.options import Options
from effects.stats.panel import Panel
from effects.stats.results import Check, Effect
from lms.values import NotEstimable

Method = Callable[[Panel, Options], Effect | NotEstimable]
"""An estimator with its inference: everything it needs is in the panel and the options."""

CheckMethod = Callable[[Panel, Options, Effect], Check]
"""A check beside the headline effect; the panel is the one the effect was computed from."""

METHODS: dict[str, Method] = {}

CHECKS: dict[str, CheckMethod] = {}


def run(name: str, panel: Panel, options: Options) -> Effect | NotEstimable:
    """The named estimator on the panel, or why there is no figure."""
    method = METHODS.get(name)
    if method is None:
        return NotEstimable("estimator_missing", {"method": name})
    return method(panel, options)
