"""The return on the cost in words: one value for page, PDF, JSON and workbook."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _
from flask_babel import ngettext
from msgspec import Struct

from effects.figures import Span, tornado
from effects.measure import Measure
from effects.models import Study, StudyRun
from effects.money import CURRENCIES, Basis
from effects.roi.costing import PARTS, Costing, Roi, basis_from, roi_of
from effects.roi.forms import LABELS
from effects.roi.models import StudyCosting
from effects.stats.returns import Range, Return
from effects.words import chance
from lms.figure_options import Option, number_format
from lms.i18n import called, day, in_a_sentence, number, percent
from lms.values import NotEstimable


class RoiSaid(Struct, frozen=True):
    """``state``: "not_money", "no_costs", "none" (no figure, why in ``sentence``), "break_even" or "known".

    ``tiles`` as those of the report; ``inputs`` rows of the statement; ``option`` the tornado with ``drives`` the
    sentence above it and ``bars`` its table; ``by`` who stated the costs and when.
    """

    state: str
    sentence: str
    tiles: list[dict[str, str]]
    notes: list[str]
    inputs: list[dict[str, Any]]
    option: Option | None
    drives: str
    bars: list[dict[str, str]]
    by: str
    roi: Roi | None = None
    stated: StudyCosting | None = None

    def as_json(self) -> dict[str, Any]:
        body: dict[str, Any] = {"state": self.state, "sentence": self.sentence, "notes": self.notes}
        if self.roi is not None and self.stated is not None:
            body |= {"numbers": self.roi.as_json(), "costs": self.stated.inputs, "costs_version": self.stated.number}
        return body


def said(study: Study, run: StudyRun, stated: StudyCosting | None, measure: Measure) -> RoiSaid:
    """The return of a run on the costs in force, in the reader's language."""
    numbers = (run.report or {}).get("numbers") or {}
    if study.kpi.unit not in CURRENCIES:
        return _without("not_money", _("This KPI is not counted in money, so no return on the cost is worked out. What the effect is worth is for you to judge."))
    basis = basis_from(numbers)
    if basis is None:
        return _without("none", _("No return can be worked out: nobody trained was observed."))
    if stated is None:
        return _without("no_costs", _("State what it cost, and what share of the money stays with the firm, to see whether it pays for itself."))
    costing = Costing.from_json(stated.inputs)
    roi = roi_of(basis, costing, grade=run.grade or "D", seed=run.seed)
    if isinstance(roi.found, NotEstimable):
        return _no_return(roi, roi.found, costing, stated, measure)
    return _known(roi, roi.found, costing, stated, run, measure)


def _without(state: str, sentence: str) -> RoiSaid:
    return RoiSaid(state, sentence, [], [], [], None, "", [], "")


def _no_return(roi: Roi, why: NotEstimable, costing: Costing, stated: StudyCosting, measure: Measure) -> RoiSaid:
    reason = {
        "unknown_effect": _("No return is stated, because the effect cannot be known yet."),
        "no_standard_error": _("No return is stated, because this method gives no distribution of the effect to draw from."),
    }.get(why.code, _("No return can be worked out from these costs."))
    tiles = [_even_tile(roi, measure)] if roi.break_even is not None else []
    state = "break_even" if tiles else "none"
    return RoiSaid(state, reason, tiles, _notes(roi, costing, measure), _inputs(costing, measure), None, "", [], _by(stated), roi, stated)


def _known(roi: Roi, found: Return, costing: Costing, stated: StudyCosting, run: StudyRun, measure: Measure) -> RoiSaid:
    cost = measure.worth(found.cost)
    low, high = found.interval.low, found.interval.high
    values = {"roi": _signed(found.roi), "cost": cost, "low": _signed(low), "high": _signed(high)}
    if low > 0:
        sentence = _("It has paid for itself: a return of %(roi)s on its cost of %(cost)s, 9 times out of 10 between %(low)s and %(high)s.", **values)
    elif high < 0:
        sentence = _("It has not paid for itself: a return of %(roi)s on its cost of %(cost)s, 9 times out of 10 between %(low)s and %(high)s.", **values)
    else:
        sentence = _("Whether it has paid for itself is open: a return of %(roi)s on its cost of %(cost)s, 9 times out of 10 between %(low)s and %(high)s.", **values)
    tiles = [
        {"label": _("Return on the cost (ROI)"), "value": values["roi"], "note": _("%(low)s to %(high)s, 9 times out of 10", low=values["low"], high=values["high"])},
        {"label": _("Pays for itself"), "value": chance(found.probability), "note": _("probability that the return is above zero")},
        {"label": _("Benefit against cost"), "value": measure.worth(found.benefit), "note": _("%(low)s to %(high)s, against a cost of %(cost)s", low=measure.worth(found.benefit_interval.low), high=measure.worth(found.benefit_interval.high), cost=cost)},
        _even_tile(roi, measure),
    ]  # fmt: skip
    notes = _notes(roi, costing, measure)
    if run.grade == "C":
        notes.insert(0, _("The evidence for the effect is only suggestive, and so is the return."))
    bars = [{"name": _bar_name(bar.name), "low": _signed(bar.low), "high": _signed(bar.high)} for bar in found.tornado]
    return RoiSaid("known", sentence, tiles, notes, _inputs(costing, measure), _option(found), _drives(bars), bars, _by(stated), roi, stated)


def _option(found: Return) -> Option:
    spans = [Span(_bar_name(b.name), b.low, b.high, _signed(b.low), _signed(b.high)) for b in found.tornado]
    form = number_format("percent", 0, sign=True)
    return tornado(spans, middle=found.roi, middle_label=_("return %(roi)s", roi=_signed(found.roi)), form=form)


def _drives(bars: list[dict[str, str]]) -> str:
    first = bars[0]
    return _(
        "What decides the return most: %(name)s. Between its low and its high end the return runs from %(low)s to %(high)s.",
        name=in_a_sentence(first["name"]), low=first["low"], high=first["high"],
    )  # fmt: skip


def _bar_name(name: str) -> str:
    return {
        "effect": _("Size of the effect"),
        "margin": _("Contribution margin"),
        "cost": _("What it cost"),
        "persistence": _("How long it lasts"),
    }[name]


def _even_tile(roi: Roi, measure: Measure) -> dict[str, str]:
    note = measure.per_period
    if roi.share is not None:
        note += " · " + _("%(share)s of the level without the course", share=percent(roi.share, 1 if roi.share < 0.1 else 0))
    return {"label": _("Effect that pays the cost"), "value": measure.worth(roi.break_even or 0.0), "note": note}


def _notes(roi: Roi, costing: Costing, measure: Measure) -> list[str]:
    basis: Basis = roi.basis
    return [
        _(
            "Counted are %(reps)s over the %(periods)s observed on average; nothing is counted beyond them.",
            reps=ngettext("%(num)s rep", "%(num)s reps", basis.reps), periods=_average_periods(basis.periods, measure),
        )
        if costing.decay is None
        else _(
            "Counted are %(reps)s over the %(periods)s observed on average and, as asked for, %(more)s more, each keeping %(kept)s of the one before.",
            reps=ngettext("%(num)s rep", "%(num)s reps", basis.reps), periods=_average_periods(basis.periods, measure),
            more=measure.periods(costing.decay.periods), kept=percent(costing.decay.kept.likely),
        )
    ]  # fmt: skip


def _average_periods(periods: float, measure: Measure) -> str:
    whole = round(periods)
    return measure.periods(whole) if abs(periods - whole) < 0.05 else measure.part_periods(periods)


def _inputs(costing: Costing, measure: Measure) -> list[dict[str, Any]]:
    rows = [_row(name, costing.parts[name], measure) for name in PARTS if name in costing.parts]
    rows.append(_row("margin", costing.margin, measure))
    if costing.decay is not None:
        rows.append(_row("kept", costing.decay.kept, measure))
    return rows


def _row(name: str, value: Range, measure: Measure) -> dict[str, Any]:
    def text(figure: float) -> str:
        if name in ("margin", "kept"):
            return percent(figure, 0 if round(figure * 100, 1) % 1 == 0 else 1)
        return number(figure) if name == "hours" else measure.money_exact(figure)

    label = str(LABELS[name]).removesuffix(", %").removesuffix("，%").removesuffix("（%）")
    return {"name": name, "label": label, "low": text(value.low), "likely": text(value.likely), "high": text(value.high), "source": value.source}


def _by(stated: StudyCosting) -> str:
    who = called(stated.created_by) if stated.created_by else _("the system")
    return _("Costs stated by %(who)s on %(date)s, version %(number)s", who=who, date=day(stated.created_at), number=number(stated.number))


def _signed(share: float) -> str:
    return percent(share, signed=True)
