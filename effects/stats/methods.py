"""The estimators and checks a study can ask for, by name. One line adds one."""

from __future__ import annotations

from collections.abc import Callable

from effects.stats import checks, interrupted, sensitivity, wild_bootstrap
from effects.stats.before_after import prepost
from effects.stats.design import in_kind
from effects.stats.gcomputation import gcomputation
from effects.stats.group_time_inference import cs
from effects.stats.imputation_jackknife import bjs
from effects.stats.options import Options
from effects.stats.panel import Panel
from effects.stats.poisson import poisson
from effects.stats.rep_trends import rep_trends
from effects.stats.results import Check, Effect
from effects.stats.synthetic import synthetic, team_panel
from effects.stats.two_way import twfe
from effects.stats.union import OPTIONAL, REQUIRED, union
from lms.values import NotEstimable

Method = Callable[[Panel, Options], Effect | NotEstimable]
"""An estimator with its inference: everything it needs is in the panel and the options."""

CheckMethod = Callable[[Panel, Options, Effect], Check]
"""A check beside the headline effect; the panel is the one the effect was computed from."""

METHODS: dict[str, Method] = {
    "bjs": bjs,
    "cs": cs,
    "twfe": twfe,
    "prepost": prepost,
}

CHECKS: dict[str, CheckMethod] = {}


_OWN_ROUTES = frozenset({"auto", "gcomp", "bjs", "bjs-trends", "poisson", "union"})
TAKES: dict[str, frozenset[str]] = {
    "aggregate": _OWN_ROUTES | {"cs"},
    "anticipation": _OWN_ROUTES | {"cs", "twfe"},
    "control": frozenset({"cs", "auto"}),
    "covariates": frozenset({"cs", "auto"}),
    "inference": frozenset({"cs"}),
}
"""The methods to which an option means something; in a routed study the comparison group and covariates enter the
group-time figure beside the headline. Options that are not named here mean something to all."""


def misfit(method: str, options: Options, covariates: bool) -> NotEstimable | None:
    """ "option_not_for_method" if an option was moved from its default that this method would pass over in silence."""
    usual = Options()
    asked = {name: getattr(options, name) != getattr(usual, name) for name in TAKES if name != "covariates"}
    asked["covariates"] = covariates
    for name, moved in asked.items():
        if moved and method not in TAKES[name]:
            value = "" if name == "covariates" else f" {getattr(options, name)}"
            return NotEstimable("option_not_for_method", {"option": f"--{name}{value}", "method": method})
    if method == "poisson" and options.transform == "log":
        return NotEstimable("option_not_for_method", {"option": "--transform log", "method": method})
    return None


def run(name: str, panel: Panel, options: Options) -> Effect | NotEstimable:
    """The named estimator on the panel, or why there is no figure."""
    method = METHODS.get(name)
    if method is None:
        return NotEstimable("estimator_missing", {"method": name})
    return method(panel, options)


def _gcomputation(panel: Panel, o: Options) -> Effect | NotEstimable:
    return gcomputation(
        panel,
        horizon=o.horizon,
        anticipation=o.anticipation,
        placebo=o.leads,
        level=o.level,
        aggregate=o.aggregate,
        seed=o.seed,
    )


def _rep_trends(panel: Panel, o: Options) -> Effect | NotEstimable:
    return rep_trends(
        panel, horizon=o.horizon, anticipation=o.anticipation, level=o.level, aggregate=o.aggregate, seed=o.seed
    )


def _interrupted(panel: Panel, o: Options) -> Effect | NotEstimable:
    return interrupted.interrupted(panel, horizon=o.horizon, level=o.level)


def _synthetic_did(panel: Panel, o: Options) -> Effect | NotEstimable:
    return synthetic(team_panel(panel), variant="sdid", horizon=o.horizon, seed=o.seed, level=o.level)


def _synthetic_control(panel: Panel, o: Options) -> Effect | NotEstimable:
    return synthetic(team_panel(panel), variant="sc", horizon=o.horizon, seed=o.seed, level=o.level)


METHODS["its"] = _interrupted
METHODS["sdid"] = _synthetic_did
METHODS["sc"] = _synthetic_control
METHODS["gcomp"] = _gcomputation
METHODS["poisson"] = poisson
METHODS["bjs-trends"] = _rep_trends


def _union(panel: Panel, o: Options) -> Effect | NotEstimable:
    return union({name: run(in_kind(name, o), panel, o) for name in (*REQUIRED, *OPTIONAL)})


METHODS["union"] = _union


CHECKS["event_study"] = lambda panel, o, effect: checks.event_study(effect)
CHECKS["placebo_date"] = lambda panel, o, effect: checks.placebo_date(panel, o, effect, METHODS[effect.method])
CHECKS["leave_one_team_out"] = lambda panel, o, effect: checks.leave_one_team_out(effect)
CHECKS["anticipation"] = lambda panel, o, effect: checks.anticipation(panel, o, effect, METHODS[effect.method])
CHECKS["spillover"] = lambda panel, o, effect: checks.unless_too_wide(
    checks.spillover(panel, o, METHODS[effect.method]), effect
)
CHECKS["leavers_joiners"] = lambda panel, o, effect: checks.leavers_joiners(panel)
CHECKS["comparison_coverage"] = lambda panel, o, effect: checks.comparison_coverage(panel)
CHECKS["wild_bootstrap"] = lambda panel, o, effect: wild_bootstrap.check(effect, seed=o.seed, level=o.level)
CHECKS["placebo_dates"] = lambda panel, o, effect: interrupted.placebo_dates(panel, effect, horizon=o.horizon)
ONLY_FOR = {"placebo_dates": interrupted.METHOD}
"""Checks that question one method alone: earlier dates mean something where everybody has the same date."""


def _sensitivity(panel: Panel, o: Options, effect: Effect) -> Check:
    if len(effect.event_covariance) == 0:
        return Check("sensitivity", "unknown", params={"code": "no_joint_error"})
    return sensitivity.check(sensitivity.EventStudy.of(panel, o, effect), effect, level=o.level)


CHECKS["sensitivity"] = _sensitivity
