"""The words for what the engine answers in codes: methods, routes, grades, reasons for "cannot tell"."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from flask_babel import gettext as _
from flask_babel import ngettext

from effects.measure import Measure
from effects.stats.design import Chosen, Grade
from lms.i18n import number, percent


def chosen(value: Chosen | str) -> str:
    """How people were chosen, as the answer to a question."""
    return {
        Chosen.RANDOM: _("by lot, in planned waves"),
        Chosen.WAVES: _("by calendar or territory, not by results"),
        Chosen.LOW_KPI: _("because their recent results were low"),
        Chosen.VOLUNTEERS: _("they came forward or were nominated as promising"),
        Chosen.TEAMS: _("whole teams at a time"),
        Chosen.EVERYONE: _("everyone at once"),
        Chosen.UNKNOWN: _("not known"),
    }[Chosen(value)]


def method(name: str) -> str:
    """An estimator's name for people, with the name econometricians know."""
    return {
        "bjs": _("Difference-in-differences by imputation (Borusyak, Jaravel and Spiess)"),
        "poisson": _("Imputation for counts (Poisson)"),
        "bjs-trends": _("Imputation with each rep's own trend"),
        "cs": _("Group-time difference-in-differences (Callaway and Sant'Anna)"),
        "gcomp": _("Forecast from each rep's own history (g-computation)"),
        "twfe": _("Two-way fixed effects"),
        "prepost": _("Simple before/after"),
        "sdid": _("Synthetic difference-in-differences"),
        "sc": _("Synthetic control"),
        "its": _("Interrupted time series"),
        "union": _("The range over three methods"),
    }.get(name, name)


def grade_word(grade: Grade | str) -> str:
    return {
        Grade.A: _("measured"),
        Grade.B: _("estimated"),
        Grade.C: _("suggestive"),
        Grade.D: _("cannot be known yet"),
    }[Grade(grade)]


def route_reason(code: str) -> str:
    """Why this method and this grade: one sentence per reason the routing found."""
    if code.startswith("stated_"):
        return _("Stated: people were chosen %(how)s.", how=_stated(code.removeprefix("stated_")))
    return {
        "dip_found": _(
            "The records contradict this: those trained had unusually poor results just before. The careful method for people chosen by poor results is used."
        ),
        "rise_found": _(
            "The records contradict this: those trained were already rising before. The careful method for rising reps is used."
        ),
        "dip_confirms": _("The records confirm it: results were poor just before the course."),
        "rise_confirms": _("The records confirm it: results were already rising before the course."),
        "dip_contradicts_rising": _(
            "The records contradict this: results were rising, not poor, before the course. No single method is relied on."
        ),
        "records_show_everyone_at_once": _("The records show nobody untrained to compare with."),
        "one_team_trained": _("Only one team was trained, so it is set against a mixture of the other teams."),
        "lottery_kept": _(
            "The start was drawn by lot and the draw is stored. Results just before it differed all the same, as happens by chance; the method locked with the draw is kept."
        ),
        "few_whole_teams": _("Few whole teams were trained, which lowers the grade."),
    }.get(code, code)


def _stated(value: str) -> str:
    return {
        "random": _("by lot"),
        "waves": _("by calendar or territory, not by results"),
        "low_kpi": _("for low recent results"),
        "volunteers": _("because they came forward or looked promising"),
        "teams": _("as whole teams"),
        "everyone": _("all at once"),
        "unknown": _("in a way nobody recorded"),
    }[value]


Sentence = Callable[[Mapping[str, Any], Measure], str]

_REASONS: dict[str, Sentence] = {
    "few_trained": lambda p, m: _few_trained(int(p["n"]), number(p["fewest"])),
    "few_trained_teams": lambda p, m: _few_of(p, _("trained")),
    "few_comparison_teams": lambda p, m: _few_of(p, _("comparison")),
    "few_teams": lambda p, m: _few_of(p, _("different")),
    "short_history": lambda p, m: _(
        "The records reach back only %(have)s before the course; at least %(need)s are needed.",
        have=m.periods(int(p["periods"])),
        need=m.periods(int(p["fewest"])),
    ),
    "detectable_above_plausible": lambda p, m: _(
        "With these records only an effect of %(detectable)s or more could be seen, which is larger than any plausible one (%(plausible)s).",
        detectable=m.size(p["detectable"]),
        plausible=m.size(p["plausible"]),
    ),
    "constant_outcome": lambda p, m: _("The KPI never changes in these records, so nothing can be learned from it."),
    "methods_disagree": lambda p, m: _(
        "The methods that could answer do not agree on the direction (from %(low)s to %(high)s).",
        low=m.effect(p["low"]),
        high=m.effect(p["high"]),
    ),
    "estimator_missing": lambda p, m: _("The method this situation needs is not available."),
    "one_unit": lambda p, m: _("There is only one rep in the records; nothing can be compared."),
    "one_period": lambda p, m: _("There is only one period in the records; nothing can be compared."),
    "none_trained": lambda p, m: _("Nobody in the records has started the course in the time they cover."),
    "no_trained": lambda p, m: _("Nobody has records both before and after the start."),
    "no_trained_cells": lambda p, m: _("There are no records after the start yet."),
    "no_untrained_comparison": lambda p, m: _("Nobody was still untrained at the time, so there is nobody to compare with."),
    "nothing_to_compare": lambda p, m: _("Nobody was still untrained at the time, so there is nobody to compare with."),
    "no_untrained_cells": lambda p, m: _("There are no records from before the training."),
    "no_never_trained": lambda p, m: _("Everybody is trained in the end, so a comparison with the never trained is not possible."),
    "no_standard_error": lambda p, m: _("There are too few teams to say how uncertain the figure is."),
    "no_chance_in_records": lambda p, m: _("The records follow a formula without any chance in them, so how uncertain a figure is cannot be worked out."),
    "too_few_clusters": lambda p, m: _("There are too few teams to say how uncertain the figure is."),
    "one_cluster": lambda p, m: _("There is only one team, so the uncertainty cannot be worked out."),
    "too_short_history": lambda p, m: _("The records reach back too little before the course for this method."),
    "too_few_periods_before": lambda p, m: _("The records reach back too little before the course for this method."),
    "too_few_periods_after": lambda p, m: _("Too few periods have passed since the course."),
    "too_few_untrained_periods": lambda p, m: _("There are too few untrained periods to forecast from."),
    "too_few_observations": lambda p, m: _("There are fewer records than unknowns."),
    "too_few_comparable": lambda p, m: _("There are too few comparable teams (%(n)s of %(needed)s).", **_ints(p)),
    "too_few_draws": lambda p, m: _("Too few re-draws gave a figure."),
    "no_before_and_after": lambda p, m: _("Nobody has records on both sides of the start."),
    "no_period_before": lambda p, m: _("There is no period before the start."),
    "more_than_one_start": lambda p, m: _("This method needs one common start date."),
    "negative_counts": lambda p, m: _("A count is below zero somewhere in these records, which no count can be."),
    "no_counts_before": lambda p, m: _("Nobody who was trained had a single count before the course, so there is nothing to compare with."),
    "option_not_for_method": lambda p, m: _("%(option)s has no meaning for the method %(method)s.", option=p.get("option", ""), method=p.get("method", "")),
    "log_of_nonpositive": lambda p, m: _("The KPI is zero or negative somewhere, so percentages of it cannot be formed."),
    "collinear": lambda p, m: _("The figures cannot be separated from one another in these records."),
    "covariates_separate": lambda p, m: _("The background figures predict perfectly who was trained, so nobody is comparable."),
}

_PANEL: dict[str, Sentence] = {
    "no_rows": lambda p, m: _("There are no records of this KPI in the window."),
    "no_records": lambda p, m: _("There are no records of this KPI in the window."),
    "columns_unequal": lambda p, m: _("The columns are not equally long."),
    "unit_missing": lambda p, m: _("Row %(row)s names no unit.", row=p.get("row", "?")),
    "period_missing": lambda p, m: _("Row %(row)s names no period.", row=p.get("row", "?")),
    "period_unreadable": lambda p, m: _("A period cannot be read: %(value)s.", value=p.get("value", "")),
    "periods_mixed": lambda p, m: _("The periods are of different kinds; use one kind throughout."),
    "calendar_gap": lambda p, m: _("Whole periods are missing from the calendar: %(value)s.", value=_listed(p)),
    "text_in_numbers": lambda p, m: _(
        "Column %(column)s, row %(row)s: “%(value)s” is not a number.",
        column=p.get("column", ""),
        row=p.get("row", "?"),
        value=p.get("value", ""),
    ),
    "infinite_value": lambda p, m: _("Column %(column)s holds an infinite value in row %(row)s.", column=p.get("column", ""), row=p.get("row", "?")),
    "value_too_large": lambda p, m: _(
        "Column %(column)s, row %(row)s: the number is too large to be a KPI.", column=p.get("column", ""), row=p.get("row", "?")
    ),
    "negative_denominator": lambda p, m: _("A denominator is negative in row %(row)s.", row=p.get("row", "?")),
    "duplicate_rows": lambda p, m: _(
        "Unit %(unit)s has more than one row for period %(period)s.", unit=p.get("unit", "?"), period=p.get("period", "?")
    ),
    "first_treated_unreadable": lambda p, m: _("A start of training cannot be read: %(value)s.", value=p.get("value", "")),
    "first_treated_varies": lambda p, m: _("Unit %(unit)s has more than one start of training.", unit=p.get("unit", "?")),
    "cluster_missing": lambda p, m: _("Row %(row)s names no team.", row=p.get("row", "?")),
    "cluster_varies": lambda p, m: _("Unit %(unit)s is in more than one team; name its team before the training.", unit=p.get("unit", "?")),
    "covariate_varies": lambda p, m: _("A background figure of unit %(unit)s changes over time.", unit=p.get("unit", "?")),
    "all_trained_before_data": lambda p, m: _("Everybody who was trained started before the records begin."),
    "no_values": lambda p, m: _("No value of the KPI is recorded."),
    "covariate_never_given": lambda p, m: _("A background figure is given for nobody."),
    "no_usable_unit": lambda p, m: _("No rep has records from before the training."),
}


def reason(code: str, params: Mapping[str, Any], measure: Measure) -> str:
    """Why it cannot be told, in one sentence. Every code of the engine has one: a test walks them."""
    sentence = _REASONS.get(code) or _PANEL.get(code)
    if sentence is None:
        return _("This cannot be worked out from these records (%(code)s).", code=code)
    return sentence(params, measure)


def known_reasons() -> frozenset[str]:
    return frozenset(_REASONS) | frozenset(_PANEL)


def remedy(code: str, measure: Measure) -> str | None:
    """What would make the question answerable."""
    return {
        "few_trained": _("Train more reps, or study several rounds of the course together."),
        "few_trained_teams": _("Include reps of several teams in the next round."),
        "few_comparison_teams": _("Leave some teams for a later wave, so that there is somebody to compare with."),
        "few_teams": _("Study the course across more teams, or record smaller teams."),
        "short_history": _("Import KPI records from further back, or wait and ask again."),
        "detectable_above_plausible": _("Train more reps in later waves, or follow them for longer: the range narrows with both."),
        "no_untrained_comparison": _("Roll the next course out in waves, drawn by lot, instead of all at once."),
        "nothing_to_compare": _("Roll the next course out in waves, drawn by lot, instead of all at once."),
        "methods_disagree": _("Find out and record how people were chosen; draw the next round by lot."),
    }.get(code)


def dropped(reason_code: str, n: int) -> str:
    """Why reps are not in the panel."""
    return ngettext("%(num)s rep: %(what)s", "%(num)s reps: %(what)s", n, what=dropped_reason(reason_code))


def dropped_reason(reason_code: str) -> str:
    return {
        "no_outcome": _("no records of this KPI"),
        "trained_before_data": _("trained before the records begin"),
        "trained_from_first_period": _("trained from the first recorded period on"),
        "no_outcome_before_start": _("no records from before their start"),
        "covariate_missing": _("background figures missing"),
    }.get(reason_code, reason_code)


def _listed(p: Mapping[str, Any]) -> str:
    """The first missing periods, and how many more there are."""
    shown = [str(label) for label in p.get("missing", ())][:3]
    more = int(p.get("count", len(shown))) - len(shown)
    return ", ".join(shown) + (f" (+{more})" if more > 0 else "")


def _few_trained(n: int, fewest: str) -> str:
    if n == 0:
        return _("Nobody was trained with records before and after; at least %(fewest)s reps are needed.", fewest=fewest)
    return ngettext(
        "Only %(num)s rep was trained with records before and after; at least %(fewest)s are needed.",
        "Only %(num)s reps were trained with records before and after; at least %(fewest)s are needed.",
        n,
        fewest=fewest,
    )


def _few_of(p: Mapping[str, Any], kind: str) -> str:
    n, values = int(p["n"]), {"kind": kind, "fewest": number(p["fewest"])}
    if p.get("of") == "reps":
        return ngettext(
            "Only %(num)s %(kind)s rep (no teams were given); at least %(fewest)s are needed.",
            "Only %(num)s %(kind)s reps (no teams were given); at least %(fewest)s are needed.",
            n,
            **values,
        )
    return ngettext(
        "Only %(num)s %(kind)s team; at least %(fewest)s are needed.",
        "Only %(num)s %(kind)s teams; at least %(fewest)s are needed.",
        n,
        **values,
    )


def _ints(p: Mapping[str, Any]) -> dict[str, str]:
    return {k: number(v) for k, v in p.items() if isinstance(v, int | float) and not isinstance(v, bool)}


def chance(probability: float) -> str:
    """Never 0 % or 100 %: no number of draws can show that."""
    if probability > 0.99:
        return _("over %(share)s", share=percent(0.99))
    return _("under %(share)s", share=percent(0.01)) if probability < 0.01 else percent(probability)
