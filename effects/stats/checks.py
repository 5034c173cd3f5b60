"""What a sceptic would ask beside the figure. Each check reruns the study's own estimator on a question whose
answer is known, or describes who is compared with whom; each returns a `Check` with the figures of its sentence.

A rerun is judged by its own team-jackknifed interval: a check that *passes* found nothing, which is not proof
that there is nothing; ``interval`` says what it could have overlooked.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from msgspec.structs import replace
from scipy import stats

from effects.stats.options import Options
from effects.stats.panel import NEVER, Panel
from effects.stats.results import Check, Effect, Verdict
from lms.arrays import IntArray, NDArray
from lms.values import NotEstimable

Estimate = Callable[[Panel, Options], Effect | NotEstimable]
"""The estimator of the headline, so that every check questions the figure that is shown."""

PLACEBO_PERIODS = 6
DIP_PERIODS = 3
"""Left out of the placebo of g-computation: if reps were chosen for these, they differ by choice."""


def placebo_date(panel: Panel, options: Options, effect: Effect, estimate: Estimate) -> Check:
    """The course pretended to have begun six periods early, on the periods before the real start.

    params: periods, skipped (periods before the start left out), or code (why not).
    """
    skipped = DIP_PERIODS if effect.method == "gcomp" else 0
    pretended = np.where(panel.start < NEVER, panel.start - PLACEBO_PERIODS, NEVER)
    before = panel.relative < -skipped
    early = replace(panel, start=pretended, outcome=np.where(before, panel.outcome, np.nan))
    found = estimate(early, replace(options, horizon=PLACEBO_PERIODS - skipped, anticipation=0))
    return _nothing("placebo_date", found, {"periods": PLACEBO_PERIODS - skipped, "skipped": skipped})


def untouchable_kpi(other: Panel, options: Options, estimate: Estimate, *, kpi: str) -> Check:
    """The same people, course and method on a KPI that the course cannot move. params: kpi, or code."""
    return _nothing("untouchable_kpi", estimate(other, options), {"kpi": kpi})


def leave_one_team_out(effect: Effect) -> Check:
    """Does one team carry the result? value: the largest move, in standard errors of the effect.

    A figure clear of zero: fail if without one team the sign turns, warn if it moves by more than half. One that is
    not clear claims nothing that a team could carry: warn only if without one team it leaves its own interval.
    params: low, high, low_team, high_team, n_teams.
    """
    if len(effect.leave_one_out) < 2:
        return Check("leave_one_team_out", "unknown", params={"code": "too_few_clusters"})
    by_size = sorted(effect.leave_one_out.items(), key=lambda item: item[1])
    (low_team, low), (high_team, high) = by_size[0], by_size[-1]
    largest = max(abs(low - effect.estimate), abs(high - effect.estimate))
    verdict: Verdict = "pass"
    if not _clear(effect):
        verdict = "warn" if effect.interval and not (effect.interval.low <= low and high <= effect.interval.high) else "pass"
    elif low * high < 0:
        verdict = "fail"
    elif largest > abs(effect.estimate) / 2:
        verdict = "warn"
    params = {"low": low, "high": high, "low_team": low_team, "high_team": high_team}
    value = largest / effect.se if effect.se else None
    return Check("leave_one_team_out", verdict, value, params=params | {"n_teams": len(by_size)})


def anticipation(
    panel: Panel, options: Options, effect: Effect, estimate: Estimate, *, periods: int = 1
) -> Check:
    """Did the KPI move between enrolment and start? The figure with those periods dropped beside the headline.

    value: the other figure. warn: it lies outside the headline's interval. params: periods, shift, or code.
    """
    asked = options.anticipation + periods
    found = estimate(panel, replace(options, anticipation=asked))
    return _same("anticipation", effect, found, {"periods": asked})


def spillover(panel: Panel, options: Options, estimate: Estimate) -> Check:
    """Never-trained reps of teams with training, from their team's first start on, against reps of teams without.

    If these gain (or lose) too, comparing colleagues of one team mis-states the effect. params: n_exposed,
    n_teams_untouched, or code ("no_untouched_team", "no_untrained_colleague", or the estimator's).
    """
    first = np.full(panel.n_clusters, NEVER, dtype=np.int64)
    np.minimum.at(first, panel.cluster, panel.start)
    bystander = ~panel.trained_units
    exposed = bystander & (first[panel.cluster] < panel.n_periods)
    untouched = np.unique(panel.cluster[bystander & ~exposed])
    params: dict[str, Any] = {"n_exposed": int(exposed.sum()), "n_teams_untouched": len(untouched)}
    if not exposed.any():
        return Check("spillover", "unknown", params=params | {"code": "no_untrained_colleague"})
    if len(untouched) < 2:
        return Check("spillover", "unknown", params=params | {"code": "no_untouched_team"})
    bystanders = replace(panel, start=first[panel.cluster]).select(bystander)
    return _nothing("spillover", estimate(bystanders, options), params)


def unless_too_wide(check: Check, effect: Effect) -> Check:
    """A pass whose range is wider to each side than the figure it stands beside could have overlooked anything: then it
    is "unknown" (code "too_wide"). Asked only of a figure that is clear of zero."""
    span = check.interval
    if check.verdict != "pass" or span is None or not _clear(effect) or (span.high - span.low) / 2 <= abs(effect.estimate):
        return check
    return replace(check, verdict="unknown", params=check.params | {"code": "too_wide"})


def leavers_joiners(panel: Panel) -> Check:
    """Do trained reps leave (or arrive) more often than the untrained? value: difference of leaving shares.

    A leaver has no value in the last period; a joiner none in the first. fail: the shares differ by chance in
    fewer than one of 20 (Fisher's exact test) and by over 10 points; warn: either of the two.
    params: trained_left, trained_n, untrained_left, untrained_n, trained_joined, untrained_joined.
    """
    seen = panel.observed.any(axis=1)
    trained = panel.trained_units & seen
    others = ~panel.trained_units & seen
    left, joined = ~panel.observed[:, -1], ~panel.observed[:, 0]
    counts = {
        "trained_left": int((left & trained).sum()),
        "trained_n": int(trained.sum()),
        "untrained_left": int((left & others).sum()),
        "untrained_n": int(others.sum()),
        "trained_joined": int((joined & trained).sum()),
        "untrained_joined": int((joined & others).sum()),
    }
    if not trained.any() or not others.any():
        return Check("leavers_joiners", "unknown", params=counts | {"code": "one_group_only"})
    difference = counts["trained_left"] / trained.sum() - counts["untrained_left"] / others.sum()
    table = [[int((left & who).sum()), int((~left & who).sum())] for who in (trained, others)]
    p = float(stats.fisher_exact(table).pvalue)
    signs = int(p < 0.05) + int(abs(difference) > 0.10)
    verdict: Verdict = ("pass", "warn", "fail")[signs]
    return Check("leavers_joiners", verdict, float(difference), p_value=p, params=counts)


def other_courses(
    panel: Panel,
    options: Options,
    effect: Effect,
    estimate: Estimate,
    starts: Mapping[str, IntArray],
    *,
    before: int = 3,
) -> Check:
    """The figure without trained reps who began another course from three periods before to the end of the window.

    value: the other figure. params: n_both, n_trained, courses (name -> reps), shift, or code.
    """
    reach = options.horizon if options.horizon is not None else panel.n_periods
    both = np.zeros(panel.n_units, dtype=np.bool_)
    courses: dict[str, int] = {}
    for name, start in starts.items():
        gap = start - panel.start
        overlap = panel.trained_units & (start < panel.n_periods) & (gap >= -before) & (gap < reach)
        courses[name] = int(overlap.sum())
        both |= overlap
    params: dict[str, Any] = {"courses": courses}
    return _without("other_courses", panel, options, effect, estimate, both, params)


def territory_changes(
    panel: Panel, options: Options, effect: Effect, estimate: Estimate, moved: NDArray[np.bool_]
) -> Check:
    """The figure without reps who changed team or territory in the data (``moved`` (N,)).

    value: the other figure. params: n_both (moved and trained), n_moved, shift, or code.
    """
    params = {"n_moved": int(moved.sum())}
    return _without("territory_changes", panel, options, effect, estimate, moved, params)


def comparison_coverage(panel: Panel, *, periods: int = PLACEBO_PERIODS) -> Check:
    """Is there an untrained rep like each trained one? value: the share of trained reps whose mean over the six
    periods before the start lies between the 5th and 95th percentile of reps untrained throughout the same.

    pass from 80 % (a lottery gives some 90 %), else warn: never fail, since own levels are taken out of every
    estimate; what it warns of is that reps of another kind may also have another course of the market. params: n_inside, n_trained, n_comparison (smallest cohort's).
    """
    inside = total = 0
    smallest: int | None = None
    for start in np.unique(panel.start[panel.trained_units]):
        span = slice(max(0, start - periods), start)
        window, known = panel.outcome[:, span], panel.observed[:, span]
        count = known.sum(axis=1)
        mean = np.where(known, window, 0.0).sum(axis=1) / np.maximum(count, 1)
        enough = count >= 2
        own = enough & (panel.start == start)
        others = enough & (panel.start > start)
        smallest = int(others.sum()) if smallest is None else min(smallest, int(others.sum()))
        total += int(own.sum())
        if others.any():
            low, high = np.quantile(mean[others], [0.05, 0.95])
            inside += int(((mean >= low) & (mean <= high) & own).sum())
    params = {"n_inside": inside, "n_trained": total, "n_comparison": smallest or 0}
    if total == 0:
        return Check("comparison_coverage", "unknown", params=params | {"code": "no_history_before"})
    share = inside / total
    verdict: Verdict = "pass" if share >= 0.8 else "warn"
    return Check("comparison_coverage", verdict, share, params=params)


def event_study(effect: Effect) -> Check:
    """Did the trained already differ before the start? Simultaneous bands over the event study.

    fail: a band before the start excludes zero. value: the largest difference. params: n_periods, outside (event
    times whose band excludes zero), largest_at, or code "no_placebo_periods".
    """
    before = [at for at in effect.event_study if at.key < 0 and at.band is not None]
    if not before:
        return Check("event_study", "unknown", params={"code": "no_placebo_periods"})
    outside = [at.key for at in before if at.band is not None and 0.0 not in at.band]
    largest = max(before, key=lambda at: abs(at.estimate))
    return Check(
        "event_study",
        "fail" if outside else "pass",
        largest.estimate,
        largest.band,
        params={"n_periods": len(before), "outside": outside, "largest_at": largest.key},
    )


def _clear(effect: Effect) -> bool:
    return effect.interval is not None and 0.0 not in effect.interval


def _nothing(name: str, found: Effect | NotEstimable, params: dict[str, Any]) -> Check:
    """A rerun whose true answer is zero: fail if its interval excludes zero."""
    if isinstance(found, NotEstimable):
        return Check(name, "unknown", params=params | {"code": found.code})
    if found.interval is None:
        return Check(name, "unknown", found.estimate, params=params | {"code": "no_standard_error"})
    verdict: Verdict = "pass" if 0.0 in found.interval else "fail"
    return Check(name, verdict, found.estimate, found.interval, found.p_value, params)


def _same(name: str, effect: Effect, found: Effect | NotEstimable, params: dict[str, Any]) -> Check:
    """A rerun that should agree: warn if it leaves the headline's interval, fail if it turns the sign of a clear
    result."""
    if isinstance(found, NotEstimable):
        return Check(name, "unknown", params=params | {"code": found.code})
    params = params | {"shift": found.estimate - effect.estimate}
    if effect.interval is None:
        return Check(
            name, "unknown", found.estimate, found.interval, params=params | {"code": "no_standard_error"}
        )
    verdict: Verdict = "pass"
    if _clear(effect) and effect.estimate * found.estimate < 0:
        verdict = "fail"
    elif found.estimate not in effect.interval:
        verdict = "warn"
    return Check(name, verdict, found.estimate, found.interval, found.p_value, params)


def _without(
    name: str,
    panel: Panel,
    options: Options,
    effect: Effect,
    estimate: Estimate,
    out: NDArray[np.bool_],
    params: dict[str, Any],
) -> Check:
    both = int((out & panel.trained_units).sum())
    params = params | {"n_both": both, "n_trained": int(panel.trained_units.sum())}
    if not out.any():
        return Check(name, "pass", effect.estimate, effect.interval, params=params | {"shift": 0.0})
    if (out | ~panel.trained_units).all():
        return Check(name, "unknown", params=params | {"code": "all_trained_affected"})
    return _same(name, effect, estimate(panel.select(~out), options), params)
