"""The questions a sceptic would ask of a figure, and how each came out, in words."""

from __future__ import annotations

from collections.abc import Callable

from flask_babel import gettext as _
from flask_babel import ngettext

from effects import words
from effects.measure import Measure, quoted
from effects.sentences import joined
from effects.stats.results import Check
from lms.i18n import number, percent

Answer = Callable[[Check, Measure], str]


def question(name: str) -> str:
    return {
        "dip": _("Were they chosen at a low or a high?"),
        "event_study": _("Did they move together before?"),
        "placebo_date": _("Does it appear before it can?"),
        "leave_one_team_out": _("Does one team carry it?"),
        "anticipation": _("Did anything move between enrolment and start?"),
        "spillover": _("Did colleagues learn from them?"),
        "leavers_joiners": _("Did different people leave?"),
        "comparison_coverage": _("Is there somebody like them to compare with?"),
        "wild_bootstrap": _("Does a check made for few teams agree?"),
        "placebo_dates": _("Did other dates move as much?"),
        "sensitivity": _("How far may the groups have drifted apart anyway?"),
        "untouchable_kpi": _("Does it appear where it cannot?"),
        "other_courses": _("Was another course going on?"),
        "territory_changes": _("Did territories change?"),
    }.get(name, name)


def answer(check: Check, measure: Measure, *, chosen_for_it: bool = False) -> str:
    """How the check came out, with its figures. ``chosen_for_it``: people were sent for what the check found."""
    if "code" in check.params or "reason" in check.params:
        return _untold(check, measure)
    if chosen_for_it:
        return _expected(check, measure)
    return _ANSWERS[check.name](check, measure)


OF_TEAMS = frozenset({"leave_one_team_out", "wild_bootstrap", "spillover"})
OF_A_COMPARISON = frozenset({"dip", "event_study", "spillover", "leavers_joiners", "comparison_coverage"})
NOTHING_TO_ASK = frozenset({"not_needed", "not_clear_of_zero"})


def shown(check: Check, method: str, *, teams: bool = True, figure: bool = True) -> bool:
    """Whether the check belongs beside a figure of this method, of a panel with ``teams``; without a ``figure``
    there is nothing to check but how people were chosen."""
    if not figure:
        return check.name == "dip"
    if check.params.get("code") in NOTHING_TO_ASK or (check.name in OF_TEAMS and not teams):
        return False
    if method == "its":
        return check.name not in OF_A_COMPARISON and check.verdict != "unknown"
    return check.name != "placebo_dates"


def _untold(check: Check, measure: Measure) -> str:
    code = str(check.params.get("code") or check.params.get("reason"))
    sentence = {
        "too_little_history": _(
            "Cannot be told: too few reps have records of eight periods before the start and untrained reps beside them."
        ),
        "all_trained_affected": _("Cannot be told: every trained rep is affected, so nobody is left to compare."),
        "no_joint_error": _("Cannot be told with this kind of standard error."),
        "no_placebo_periods": _("Cannot be told: there are no periods before the start to compare."),
        "no_untrained_colleague": _("Does not apply: no untrained colleague works beside a trained rep."),
        "too_wide": _(
            "Cannot be told: what shows is too uncertain (%(figures)s) to be set against the figure above.", figures=_range(check, measure)
        ),
        "no_untouched_team": _("Cannot be told: every team has a trained rep, so no team is untouched."),
        "one_group_only": _("Cannot be told: there is only one group."),
        "no_history_before": _("Cannot be told: there are too few records before the start."),
        "too_few_dates": _("Cannot be told: there are too few earlier dates to try."),
    }.get(code)
    return sentence or _("Cannot be told. %(why)s", why=words.reason(code, check.params, measure))


def _range(check: Check, measure: Measure) -> str:
    if check.value is None:
        return ""
    if check.interval is None:
        return measure.effect(check.value)
    span = measure.range(check.interval.low, check.interval.high)
    return _("%(value)s, plausibly %(span)s", value=measure.effect(check.value), span=span)


def _expected(check: Check, measure: Measure) -> str:
    """What was to be found, since people were chosen for it; it does not speak against the figure."""
    if check.name == "dip":
        return _(
            "At a low (%(figures)s), as stated. Part of any rise is recovery; the method takes it out.",
            figures=_range(check, measure),
        )
    return _(
        "They differed before, by %(value)s, because they were chosen for it. The method starts from each rep’s own results.",
        value=measure.effect(check.value or 0.0),
    )


def _dip(check: Check, measure: Measure) -> str:
    figures = _range(check, measure)
    if check.verdict == "pass":
        return _("No. The periods just before the course look like those before them (%(figures)s).", figures=figures)
    if check.params.get("lottery"):
        return _(
            "Results just before differed (%(figures)s), though the start was drawn by lot: chance, or people who did not start when drawn. The method stays as planned.",
            figures=figures,
        )
    if check.params.get("direction") == "low":
        return _("At a low: results just before were poorer than usual (%(figures)s). Part of any rise is recovery.", figures=figures)
    return _("At a high: results just before were better than usual (%(figures)s).", figures=figures)


def _event_study(check: Check, measure: Measure) -> str:
    if check.verdict == "pass":
        return _(
            "Yes. No earlier period differs beyond chance; the largest difference is %(value)s.",
            value=measure.effect(check.value or 0.0),
        )
    most = measure.effect(check.value or 0.0)
    if check.params.get("lottery"):
        return _(
            "They differed before the course by up to %(value)s, though the start was drawn by lot: chance, or people who did not start when drawn.",
            value=most,
        )
    return _("No. Trained and untrained already differed before the course, by up to %(value)s.", value=most)


def _placebo_date(check: Check, measure: Measure) -> str:
    figures = _range(check, measure)
    if check.verdict == "pass":
        return _("No. Pretending an earlier start gives nothing clear of zero (%(figures)s).", figures=figures)
    if check.params.get("lottery"):
        return _(
            "Pretending an earlier start also gives an “effect” (%(figures)s), though the start was drawn by lot: chance, or people who did not start when drawn.",
            figures=figures,
        )
    return _("Yes. Pretending an earlier start also gives an “effect” (%(figures)s), so the figure is in doubt.", figures=figures)


def _one_team(check: Check, measure: Measure) -> str:
    p = check.params
    spread = {"span": measure.range(p["low"], p["high"]), "n": number(p["n_teams"])}
    if check.verdict == "pass":
        return _("No. Leaving out any one of %(n)s teams keeps it within %(span)s.", **spread)
    return _("It depends on single teams: leaving one out of %(n)s moves it within %(span)s.", **spread)


def _shift(check: Check, measure: Measure, same: str, other: str) -> str:
    return (same if check.verdict == "pass" else other) % {"value": measure.effect(check.value or 0.0)}


def _anticipation(check: Check, measure: Measure) -> str:
    return _shift(
        check,
        measure,
        _("No. Leaving out the period before the start gives %(value)s."),
        _("Perhaps. Leaving out the period before the start gives %(value)s, outside the range above."),
    )


def _spillover(check: Check, measure: Measure) -> str:
    figures = _range(check, measure)
    if check.verdict == "pass":
        return _("No sign of it. Untrained reps beside trained ones did not move beyond chance (%(figures)s).", figures=figures)
    if measure.better(check.value or 0.0):
        return _("Perhaps. Untrained reps beside trained ones gained too (%(figures)s); the figure above may be too small.", figures=figures)
    return _("Untrained reps beside trained ones lost (%(figures)s); the figure above may be too large.", figures=figures)


def _leavers(check: Check, measure: Measure) -> str:
    p = check.params
    if p["trained_left"] == p["untrained_left"] == 0:
        return _("No. Nobody left before the end.")
    figures = {
        "trained": percent(p["trained_left"] / max(p["trained_n"], 1)),
        "untrained": percent(p["untrained_left"] / max(p["untrained_n"], 1)),
    }
    if check.verdict == "pass":
        return _("No. %(trained)s of the trained and %(untrained)s of the others left before the end.", **figures)
    return _(
        "Yes: %(trained)s of the trained and %(untrained)s of the others left before the end; those who stayed may differ.",
        **figures,
    )


def _coverage(check: Check, measure: Measure) -> str:
    n, inside = check.params["n_trained"], number(check.params["n_inside"])
    if check.params["n_inside"] == 0:
        return ngettext(
            "No. The %(num)s trained rep lies outside the range of the untrained.",
            "No. None of the %(num)s trained reps lies within the range of the untrained.",
            n,
        )
    if check.verdict == "pass":
        return ngettext(
            "Yes. %(inside)s of %(num)s trained rep lies within the range of the untrained.",
            "Yes. %(inside)s of %(num)s trained reps lie within the range of the untrained.",
            n,
            inside=inside,
        )
    return _("Not for all: only %(inside)s of %(n)s trained reps lie within the range of the untrained.", inside=inside, n=number(n))


def _bootstrap(check: Check, measure: Measure) -> str:
    p = f"< {number(0.001, 3)}" if check.value is not None and check.value < 0.0005 else f"= {number(check.value, 3)}"
    if check.verdict == "pass":
        return _("Yes. The wild cluster bootstrap comes to the same answer (p %(p)s).", p=p)
    return _("No. The wild cluster bootstrap comes to another answer (p %(p)s); with few teams, be careful.", p=p)


def _dates(check: Check, measure: Measure) -> str:
    p = check.params
    figures = {"as_far": number(p["as_far"]), "n": number(p["n_dates"])}
    if check.verdict == "pass":
        return _("No. Of %(n)s earlier dates %(as_far)s moved as much.", **figures)
    return _("Yes. Of %(n)s earlier dates %(as_far)s moved as much, so the date of the course is nothing special.", **figures)


def _sensitivity(check: Check, measure: Measure) -> str:
    relative = check.params.get("relative")
    if relative is None:
        return _("Further than in any drift tried: it would not become uncertain even then.")
    if relative >= 1:
        times = number(float(relative), 1)
        return _("By up to %(times)s times the effect at the end of the window; only beyond that would it become uncertain.", times=times)
    share = percent(float(relative))
    if relative < 0.01:
        return _("Not at all: if the small difference of the periods before simply went on growing, the effect would be uncertain.")
    if check.verdict == "pass":
        return _("By up to %(share)s of the effect at the end of the window; only beyond that would it become uncertain.", share=share)
    return _("Hardly at all: %(share)s of the effect at the end of the window would already make it uncertain.", share=share)


def of_untouchable(check: Check, measure: Measure, kpi: str, after_run: int | None) -> str:
    """How the KPI that the course cannot touch came out, in that KPI's own ``measure``; ``after_run`` had been seen
    when it was named."""
    said = _of_untouchable(check, measure, quoted(kpi))
    if after_run is None:
        return said
    return joined(said, _("It was named after run %(number)s had been seen.", number=number(after_run)))


def _of_untouchable(check: Check, measure: Measure, kpi: str) -> str:
    if "code" in check.params:
        return joined(_("The KPI looked at: %(kpi)s.", kpi=kpi), _untold(check, measure))
    values = {"kpi": kpi, "figures": _range(check, measure)}
    if check.verdict == "pass":
        return _("No. Nothing clear of zero shows in %(kpi)s, which the course cannot touch (%(figures)s).", **values)
    return _("Yes. %(kpi)s, which the course cannot touch, moved too (%(figures)s), so something else was going on.", **values)


def _other_courses(check: Check, measure: Measure) -> str:
    n = check.params.get("n_both", 0)
    if not n:
        return _("No. None of them took another course in the window.")
    return ngettext(
        "%(num)s rep also took another course in the window; without that rep the figure is %(value)s.",
        "%(num)s reps also took another course in the window; without them the figure is %(value)s.",
        n,
        value=measure.effect(check.value or 0.0),
    )


def _territory(check: Check, measure: Measure) -> str:
    n = check.params.get("n_both", 0)
    if not n:
        return _("No. None of them changed team in the window.")
    return ngettext(
        "%(num)s rep changed team; without that rep the figure is %(value)s.",
        "%(num)s reps changed team; without them the figure is %(value)s.",
        n,
        value=measure.effect(check.value or 0.0),
    )


_ANSWERS: dict[str, Answer] = {
    "dip": _dip,
    "event_study": _event_study,
    "placebo_date": _placebo_date,
    "leave_one_team_out": _one_team,
    "anticipation": _anticipation,
    "spillover": _spillover,
    "leavers_joiners": _leavers,
    "comparison_coverage": _coverage,
    "wild_bootstrap": _bootstrap,
    "placebo_dates": _dates,
    "sensitivity": _sensitivity,
    "other_courses": _other_courses,
    "territory_changes": _territory,
}
