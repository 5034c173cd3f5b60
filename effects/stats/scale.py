"""Levels or logs: only where a log is lawful, and never log(1 + x)."""

from __future__ import annotations

from typing import Literal

import numpy as np
from msgspec.structs import replace

from effects.stats.facts import Facts
from effects.stats.options import Options
from effects.stats.panel import Panel
from lms.values import NotEstimable

Scale = Literal["level", "log"]


def scale_of(facts: Facts, options: Options) -> Scale | NotEstimable:
    """ "auto" takes logs of amounts that are never zero or negative in a study that routes itself; a method
    named by hand gets levels unless logs are asked for. "log_of_nonpositive" where asked for and unlawful."""
    positive = facts.lowest is not None and facts.lowest > 0
    if options.transform == "log":
        return "log" if positive else NotEstimable("log_of_nonpositive", {"lowest": facts.lowest})
    if options.transform == "auto" and options.method == "auto" and options.kind == "amount" and positive:
        return "log"
    return "level"


def scaled(panel: Panel, scale: Scale) -> Panel:
    """The panel with its outcome in that scale."""
    if scale == "level":
        return panel
    positive = panel.outcome > 0
    return replace(panel, outcome=np.where(positive, np.log(np.where(positive, panel.outcome, 1.0)), np.nan))
