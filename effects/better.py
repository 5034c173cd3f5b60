"""What would make the evidence better: advice worked out from the figures of the run, in words."""

from __future__ import annotations

import math

from flask_babel import gettext as _
from flask_babel import ngettext

from effects import words
from effects.measure import Measure
from effects.stats.design import Chosen
from effects.stats.panel import Panel
from effects.stats.results import Effect
from effects.stats.study import StudyResult
from lms.i18n import number
from lms.values import NotEstimable

FEWEST_WAITING = 10
"""Untrained reps from whom a wave can be drawn."""
MOST_TIMES = 4
"""Beyond four times the teams nobody has them: then it is said what twice as many would do."""


def advice(result: StudyResult, measure: Measure, panel: Panel | None) -> list[str]:
    """Each line something one can do, the nearest first; empty where nothing is known to help."""
    lines = [line for code, params in _reasons(result) for line in (_needed(code, params, measure), words.remedy(code, measure)) if line]
    lines += [line for line in (_follow(result, measure, panel), _more_teams(result, measure), _waves(result), _record(result)) if line]
    return list(dict.fromkeys(lines))


def can_draw(result: StudyResult) -> bool:
    """Whether enough reps are untrained for the next waves to be drawn by lot."""
    return result.route.row != "random" and result.facts.n_units - result.facts.n_trained >= FEWEST_WAITING


def _reasons(result: StudyResult) -> list[tuple[str, dict[str, float]]]:
    found = [(refusal.code, refusal.params) for refusal in result.refusals]
    if isinstance(result.headline, NotEstimable):
        found.append((result.headline.code, result.headline.params))
    return found


def _needed(code: str, params: dict[str, float], measure: Measure) -> str | None:
    """How much is missing, where it can be counted."""
    if code == "short_history" and "fewest" in params:
        more = math.ceil(params["fewest"] - params["periods"])
        return _("Records from %(periods)s further back would be enough.", periods=measure.periods(more))
    if "fewest" not in params or "n" not in params:
        return None
    more = int(params["fewest"] - params["n"])
    if code == "few_trained":
        return ngettext("%(num)s more trained rep is the least it takes.", "%(num)s more trained reps are the least it takes.", more)
    if params.get("of") == "reps":
        return None
    return {
        "few_trained_teams": ngettext("%(num)s more team with trained reps is the least it takes.", "%(num)s more teams with trained reps are the least it takes.", more),
        "few_comparison_teams": ngettext("%(num)s more team left untrained for a while is the least it takes.", "%(num)s more teams left untrained for a while are the least it takes.", more),
        "few_teams": ngettext("%(num)s more team in all is the least it takes.", "%(num)s more teams in all are the least it takes.", more),
    }.get(code)  # fmt: skip


def _follow(result: StudyResult, measure: Measure, panel: Panel | None) -> str | None:
    """How long until the last who started have been followed for the whole horizon."""
    horizon = result.options.horizon
    if panel is None or horizon is None or not panel.trained_units.any():
        return None
    last = int(panel.start[panel.trained_units].max())
    left = last + horizon - panel.n_periods
    if left <= 0:
        return None
    return _(
        "Wait %(left)s and run it again: then those who began last have been followed for %(horizon)s too.",
        left=measure.periods(left), horizon=measure.periods(horizon),
    )  # fmt: skip


def _more_teams(result: StudyResult, measure: Measure) -> str | None:
    """By the square-root rule: the standard error falls with the root of the number of teams."""
    found, smallest, teams = result.headline, result.smallest, result.facts.n_clusters
    if not isinstance(found, Effect) or found.interval is None or smallest is None or not result.facts.clusters_given:
        return None
    if 0.0 not in found.interval or result.route.row in ("everyone", "one_team"):
        return None
    times = (smallest / abs(found.estimate)) ** 2 if found.estimate else math.inf
    if times <= MOST_TIMES:
        return _(
            "If the effect is as large as estimated (%(size)s), about %(teams)s teams instead of %(have)s would tell it from chance 8 times out of 10.",
            size=measure.size(found.estimate), teams=number(math.ceil(teams * times)), have=number(teams),
        )  # fmt: skip
    return _(
        "With twice as many teams an effect of about %(half)s could be seen, instead of %(smallest)s; the estimate itself is too small to be told from chance with any number of teams at hand.",
        half=measure.size(smallest / math.sqrt(2)), smallest=measure.size(smallest),
    )  # fmt: skip


def _waves(result: StudyResult) -> str | None:
    if not can_draw(result):
        return None
    waiting = result.facts.n_units - result.facts.n_trained
    return _("Draw the next waves by lot: %(n)s reps in these records are still untrained.", n=number(waiting))


def _record(result: StudyResult) -> str | None:
    if result.chosen is not Chosen.UNKNOWN:
        return None
    return _("Find out how these people were chosen and record it: a known way of choosing allows a sharper method.")
