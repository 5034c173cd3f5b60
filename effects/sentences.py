"""The sentence at the top of a report: what the course did, how sure that is, or that it cannot be told."""

from __future__ import annotations

import re

from flask_babel import gettext as _
from flask_babel import ngettext
from msgspec import Struct

from effects import words
from effects.measure import Measure, in_sentence
from effects.stats.results import Effect, EffectAt
from effects.stats.study import StudyResult
from lms.i18n import current_locale, number, percent
from lms.values import NotEstimable

_OPEN, _CLOSE = "\u0002", "\u0003"


def strong(text: str) -> str:
    """A part of a sentence that the page sets in the accent colour."""
    return f"{_OPEN}{text}{_CLOSE}"


def plain(sentence: str) -> str:
    return sentence.replace(_OPEN, "").replace(_CLOSE, "")


def parts(sentence: str) -> list[dict[str, str | bool]]:
    """The sentence in pieces: {"text": …, "strong": …}; in Chinese, figures held to their measure words."""
    sentence = tied(sentence)
    pieces: list[dict[str, str | bool]] = []
    for chunk in sentence.split(_OPEN):
        inside, closed, rest = chunk.partition(_CLOSE)
        if not closed:
            inside, rest = "", chunk
        for text, is_strong in ((inside, True), (rest, False)):
            if text:
                pieces.append({"text": text, "strong": is_strong})
    return pieces


_COUNTED = re.compile(r"(?<=\d) (个?)(季度|[月周年期人])")
_MOVED = re.compile(r"([高低多少]) (?=[\d¥])")
_NO_BREAK, _JOINER = "\u00a0", "\u2060"


def tied(sentence: str) -> str:
    """The sentence with "6 个月" and "高 8%" held together where a line may end."""
    held = _COUNTED.sub(lambda found: _NO_BREAK + _JOINER.join("".join(found.groups())), sentence)
    return _MOVED.sub(lambda found: found[1] + _NO_BREAK, held)


class Subject(Struct, frozen=True):
    """What the report is about, in one language, as it stands in a sentence."""

    course: str
    kpi: str


def headline(result: StudyResult, subject: Subject, measure: Measure) -> str:
    """One or two sentences; with ``strong`` marks."""
    found = result.headline
    course, kpi = strong(subject.course), in_sentence(subject.kpi)
    if isinstance(found, NotEstimable):
        return untold(course, kpi, words.reason(found.code, found.params, measure))
    if result.method == "prepost":
        values = {"course": course, "kpi": kpi, "size": strong(_higher_or_lower(found.estimate, measure))}
        if _is_counted(measure):
            return _("Reps who took %(course)s had %(size)s %(kpi)s afterwards than before. That is no effect: it also holds what would have come anyway.", **values)
        return _("Reps who took %(course)s saw their %(kpi)s %(size)s afterwards than before. That is no effect: it also holds what would have come anyway.", **values)
    return joined(_effect_sentence(result, found, course, kpi, measure), _range_sentence(found, measure))


def untold(course: str, kpi: str, why: str) -> str:
    """ "Cannot be told yet", and why."""
    return joined(_("Whether %(course)s moved %(kpi)s cannot be told yet.", course=course, kpi=kpi), why)


def _effect_sentence(result: StudyResult, found: Effect, course: str, kpi: str, measure: Measure) -> str:
    if not clear(found):
        return _("%(course)s: %(span)s, no effect on %(kpi)s can be told from chance.", course=course, kpi=kpi, span=_span(result, measure))
    values = {"course": course, "kpi": kpi, "span": _when(result, measure), "size": strong(_higher_or_lower(found.estimate, measure))}
    counted = _is_counted(measure)
    if result.grade == "D" and counted:
        return _("By this method alone, reps who took %(course)s had %(size)s %(kpi)s %(span)s than they would have had without it; that is not enough for a claim.", **values)
    if result.grade == "D":
        return _("By this method alone, reps who took %(course)s saw their %(kpi)s %(size)s %(span)s than they would have without it; that is not enough for a claim.", **values)
    if result.grade == "C" and counted:
        return _("The records suggest that reps who took %(course)s had %(size)s %(kpi)s %(span)s than they would have had without it.", **values)
    if result.grade == "C":
        return _("The records suggest that reps who took %(course)s saw their %(kpi)s %(size)s %(span)s than they would have without it.", **values)
    if counted:
        return _("Reps who took %(course)s had %(size)s %(kpi)s %(span)s than they would have had without it.", **values)
    return _("Reps who took %(course)s saw their %(kpi)s %(size)s %(span)s than they would have without it.", **values)


def _is_counted(measure: Measure) -> bool:
    """Whether the effect is a number of what the KPI's name says: "0.6 more new customers"; else it is "their sales 8% higher"."""
    return measure.kind == "count" and not measure.share


def _range_sentence(found: Effect, measure: Measure) -> str:
    if found.interval is None:
        return _("How uncertain that is cannot be worked out.")
    low, high = found.interval.low, found.interval.high
    if clear(found):
        return _("Plausibly %(span)s.", span=measure.sizes(low, high))
    values = {"value": measure.effect(found.estimate), "span": measure.range(low, high)}
    if measure.each_period:
        return _("The estimate %(per)s is %(value)s, plausibly %(span)s.", per=measure.per_period, **values)
    return _("The estimate is %(value)s, plausibly %(span)s.", **values)


def _higher_or_lower(effect: float, measure: Measure) -> str:
    size = measure.bare_size(effect)
    if _is_counted(measure):
        return _("%(size)s more", size=size) if effect >= 0 else _("%(size)s fewer", size=size)
    return _("%(size)s higher", size=size) if effect >= 0 else _("%(size)s lower", size=size)


def _span(result: StudyResult, measure: Measure) -> str:
    horizon = result.options.horizon
    if horizon is None:
        return _("over all periods observed since the start")
    return measure.first_periods(horizon)


def _when(result: StudyResult, measure: Measure) -> str:
    """The span, and for amounts and counts that the figure is one per rep and period."""
    span = _span(result, measure)
    return _("%(per)s %(span)s", per=measure.per_period, span=span) if measure.each_period else span


def joined(*sentences: str) -> str:
    """Sentences in a row: with a space between them in English, without in Chinese."""
    return ("" if current_locale().startswith("zh") else " ").join(filter(None, sentences))


def clear(found: Effect) -> bool:
    """Whether the interval leaves zero out."""
    return found.interval is not None and 0.0 not in found.interval


def estimand(result: StudyResult, subject: Subject, measure: Measure) -> str:
    """What the figure means, exactly."""
    meant = _(
        "What is estimated: among the %(reps)s who began %(course)s and whose records allow it, the average difference of %(kpi)s, %(per)s, %(span)s, from what we estimate it would have been without the course. The period in which a rep began counts as the first. Everyone who began counts, whether or not they finished.",
        reps=ngettext("%(num)s rep", "%(num)s reps", result.facts.n_trained),
        course=subject.course,
        kpi=in_sentence(subject.kpi),
        per=measure.per_period,
        span=_span(result, measure),
    )
    return joined(meant, _plausibly(result.headline))


def _plausibly(found: Effect | NotEstimable) -> str:
    """What a plausible range is, for whoever knows what a confidence interval is."""
    if isinstance(found, NotEstimable) or found.interval is None:
        return ""
    level = percent(found.interval.level)
    if found.method == "union":
        return _("“Plausibly” spans the %(level)s confidence intervals of these methods.", level=level)
    return _("“Plausibly” means the %(level)s confidence interval.", level=level)


def compared(result: StudyResult) -> tuple[str, str]:
    """Who was compared with whom: a figure and its note."""
    f = result.facts
    if f.nobody_to_compare:
        figure = ngettext("%(num)s rep", "%(num)s reps", f.n_trained)
        return figure, _("nobody was still untrained to compare with")
    others = ngettext("%(num)s rep", "%(num)s reps", f.n_comparison)
    figure = _("%(trained)s with %(others)s", trained=number(f.n_trained), others=others)
    if not f.clusters_given:
        return figure, _("no teams given: every rep stands alone")
    trained = ngettext("%(num)s team with trained reps", "%(num)s teams with trained reps", f.n_trained_clusters)
    others = ngettext("%(num)s with reps not yet trained", "%(num)s with reps not yet trained", f.n_comparison_clusters)
    return figure, f"{trained} · {others}"


def chart_title(result: StudyResult, found: Effect, measure: Measure) -> str:
    """What the event study shows, as a sentence that its points bear out."""
    dip = result.checks[0]
    if result.route.row == "low_kpi" and dip.verdict == "fail" and dip.params["direction"] == "low":
        return _after_a_dip(found, measure)
    before = [at for at in found.event_study if at.key < 0 and at.band is not None]
    after = [at for at in found.event_study if at.key >= 0]
    if any(at.band is not None and 0.0 not in at.band for at in before):
        return _("Trained and untrained reps already differed before the start")
    if not clear(found):
        return _("After the start no difference stands clear of chance")
    return _course_of(after)


def _after_a_dip(found: Effect, measure: Measure) -> str:
    """Where people were sent for poor results, being poor before is no news: the forecast is what counts."""
    if not clear(found):
        return _("Poor before the course, when they were chosen; no clear difference from the forecast after it")
    if measure.better(found.estimate):
        return _("Poor before the course, when they were chosen; better than forecast after it")
    return _("Poor before the course, when they were chosen; worse than forecast after it")


def _course_of(after: list[EffectAt]) -> str:
    half = len(after) // 2
    if half == 0:
        return _("The difference opens with the start")
    early = sum(at.estimate for at in after[:half]) / half
    late = sum(at.estimate for at in after[half:]) / (len(after) - half)
    if early * late > 0 and abs(late) < 0.6 * abs(early):
        return _("The difference opens after the start and fades")
    if early * late <= 0 or abs(late) > 1.6 * abs(early):
        return _("The difference grows with time after the start")
    return _("The difference opens after the start and holds")
