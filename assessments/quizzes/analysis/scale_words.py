"""The scale of a quiz in words and figures, from the report of a run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import gettext as _
from flask_babel import ngettext

from assessments.quizzes.models import QuestionVersion
from assessments.quizzes.words import plain
from lms.figure_options import Option, number_format
from lms.figure_ranges import Ranged, ranges
from lms.figure_scales import Curve, Rung, curves, side_by_side
from lms.i18n import number, percent

Report = Mapping[str, Any]
Stems = Mapping[int, QuestionVersion]


def numbers(report: Report) -> dict[int, str]:
    """Version → its short name in figures, by difficulty: the easiest is 1."""
    by_difficulty = sorted(report["items"], key=lambda item: (item["b"] is None, item["b"] or 0.0))
    return {item["version"]: str(at) for at, item in enumerate(by_difficulty, 1)}


def rows(report: Report, stems: Stems) -> list[dict[str, Any]]:
    """The items for the table, the easiest first."""
    short = numbers(report)
    found = [{**item, "short": short[item["version"]], "stem": _stem(stems, item["version"])} for item in report["items"]]
    return sorted(found, key=lambda item: int(item["short"]))


def _stem(stems: Stems, version: int) -> str:
    return plain(stems[version].stem, 60) if version in stems else "–"


def not_yet(report: Report) -> str:
    """Why there is no scale."""
    if report["missing"] == "few_takers":
        return _("Not yet: %(n)s of %(minimum)s takers.", n=number(report["n"]), minimum=number(report["minimum"]))
    if report["missing"] == "too_few_items":
        return _("Too few questions have both right and wrong answers.")
    return _("No scale can be made of these answers.")


def model(report: Report) -> str:
    compared = report["compared"]
    if report["model"] == "2pl":
        return _("Two-parameter model: each question has a slope of its own, which fits better than one for all (χ² %(chi2)s on %(df)s degrees of freedom).", chi2=number(compared["chi2"], 1), df=number(compared["df"]))
    if compared:
        return _("Rasch model, one slope for all: slopes of their own do not fit better (χ² %(chi2)s on %(df)s degrees of freedom).", chi2=number(compared["chi2"], 1), df=number(compared["df"]))
    return _("Rasch model, one slope for all. Slopes of each question’s own are tried from 500 takers on.")


def map_sentence(report: Report) -> str:
    """Whether the questions stand where the takers do."""
    below = sum(1 for item in report["items"] if item["b"] is not None and item["b"] < -1)
    total = len(report["items"])
    if below * 2 > total:
        return _("Most questions are easier than nearly all takers are able: %(below)s of %(total)s lie a standard deviation or more below the mean.", below=number(below), total=number(total))
    above = sum(1 for item in report["items"] if item["b"] is not None and item["b"] > 1)
    if above * 2 > total:
        return _("Most questions are too hard: %(above)s of %(total)s lie a standard deviation or more above the mean.", above=number(above), total=number(total))
    return _("The questions stand where the takers are.")


def cut_sentence(report: Report) -> str:
    """How sure the quiz is at the pass mark."""
    found = report["at_pass_mark"]
    if found is None:
        return _("No taker’s ability would be expected to score just the pass mark.")
    most = max(report["curves"]["information"])
    here = 1 / found["se"] ** 2
    points = percent(found["score_se"], 1)
    if here >= 0.8 * most:
        return _("The quiz is surest where the pass mark lies: there a result is off by ± %(points)s (one standard error).", points=points)
    return _("At the pass mark a result is off by ± %(points)s (one standard error); the quiz tells most about people elsewhere on the scale.", points=points)


def map_figure(report: Report) -> Option:
    short = numbers(report)
    rungs = [
        Rung(_band(each), each["takers"], [_("Q%(number)s", number=short[version]) for version in each["items"]])
        for each in reversed(report["map"])
    ]
    cut = report["at_pass_mark"]
    at = next((_band(each) for each in report["map"] if cut and each["low"] <= cut["theta"] < each["high"]), None)
    return side_by_side(rungs, people_label=_("takers | questions"), mark=at, mark_label=_("pass mark"))


def _band(each: Mapping[str, Any]) -> str:
    return _("%(low)s to %(high)s", low=_signed(each["low"]), high=_signed(each["high"]))


def _signed(value: float) -> str:
    text = number(abs(value), 1)
    return text if not value else ("+" if value > 0 else "−") + text


def information_figure(report: Report) -> Option:
    theta = report["curves"]["theta"]
    cut = report["at_pass_mark"]
    by_item = report["curves"]["items"]
    own = [
        Curve(_("Q%(number)s", number=short), list(zip(theta, by_item[str(version)], strict=True)), "$soft", label=False)
        for version, short in numbers(report).items()
    ]
    whole = Curve(_("Whole quiz"), list(zip(theta, report["curves"]["information"], strict=True)), filled=True)
    return curves([whole, *own], axis_label=_("ability"), mark=cut["theta"] if cut else None, mark_label=_("pass mark"))


def difficulty_figure(report: Report, stems: Stems) -> Option:
    known = [item for item in rows(report, stems) if item["b"] is not None and item["b_interval"]]
    found = [_range(item) for item in known]
    return ranges(found, value_format=number_format(digits=1, sign=True), axis_label=_("difficulty"))


def _range(item: Mapping[str, Any]) -> Ranged:
    name = _("Q%(number)s", number=item["short"]) + f" {item['stem']}"
    low, high = item["b_interval"]
    return Ranged(name, item["b"], low, high, "$bad" if item["fit"] and item["fit"]["misfits"] else "$accent")


def fit_sentence(report: Report) -> str:
    """Whether the questions behave as the model says, where that could be tested."""
    tested = [item["fit"] for item in report["items"] if item["fit"]]
    if not tested:
        return _("How hard each question is. Whether it behaves as the model says is not tested, for not everybody had the same questions.")
    n = sum(fit["misfits"] for fit in tested)
    if n:
        return ngettext("%(num)s question behaves otherwise than the model says.", "%(num)s questions behave otherwise than the model says.", n)
    return _("Every question behaves as the model says, as far as these answers can tell.")


def fit_words(item: Mapping[str, Any]) -> str:
    fit = item["fit"]
    if fit is None:
        return _("not tested")
    return _("χ² %(chi2)s on %(df)s, p %(p)s", chi2=number(fit["chi2"], 1), df=number(fit["df"]), p=number(fit["p"], 2))


def left_out(report: Report) -> str:
    """Questions that no model can place."""
    n = len(report["excluded"])
    return ngettext("%(num)s question that all or none had right is left out.", "%(num)s questions that all or none had right are left out.", n) if n else ""


def at_points(report: Report) -> Sequence[tuple[float, float, float]]:
    """(ability, information, standard error) at whole steps, for the table beside the curve."""
    found = zip(report["curves"]["theta"], report["curves"]["information"], strict=True)
    return [(theta, info, info**-0.5 if info > 0 else 0.0) for theta, info in found if float(theta).is_integer()]
