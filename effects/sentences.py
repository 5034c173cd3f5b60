"""The sentence at the top of a report: what the course did, how sure that is, or that it cannot be told."""

from __future__ import annotations

from dataclasses import dataclass

from flask_babel import gettext as _
from flask_babel import ngettext

from effects import words
from effects.measure import Measure, quoted
from effects.stats.results import Effect, EffectAt
from effects.stats.study import StudyResult
from lms.i18n import current_locale, number
from lms.values import NotEstimable

_OPEN, _CLOSE = "\u0002", "\u0003"


def strong(text: str) -> str:
    """A part of a sentence that the page sets in the accent colour."""
    return f"{_OPEN}{text}{_CLOSE}"


def plain(sentence: str) -> str:
    return sentence.replace(_OPEN, "").replace(_CLOSE, "")


def parts(sentence: str) -> list[dict[str, str | bool]]:
    """The sentence in pieces: {"text": …, "strong": …}."""
    pieces: list[dict[str, str | bool]] = []
    for chunk in sentence.split(_OPEN):
        inside, closed, rest = chunk.partition(_CLOSE)
        if not closed:
            inside, rest = "", chunk
        for text, is_strong in ((inside, True), (rest, False)):
            if text:
                pieces.append({"text": text, "strong": is_strong})
    return pieces


@dataclass(frozen=True, slots=True)
class Subject:
    """What the report is about, in one language."""

    course: str
    kpi: str


def headline(result: StudyResult, subject: Subject, measure: Measure) -> str:
    """One or two sentences; with ``strong`` marks."""
    found = result.headline
    course, kpi = strong(quoted(subject.course)), subject.kpi
    if isinstance(found, NotEstimable):
        return untold(course, kpi, words.reason(found.code, found.params, measure))
    if result.method == "prepost":
        return _(
            "After %(course)s, %(kpi)s of those who took it was %(size)s than before. That is no effect: it also holds what would have come anyway.",
            course=course,
            kpi=kpi,
            size=strong(_higher_or_lower(found.estimate, measure)),
        )
    return joined(_effect_sentence(result, found, course, kpi, measure), _range_sentence(found, measure))


def untold(course: str, kpi: str, why: str) -> str:
    """ "Cannot be told yet", and why."""
    return joined(_("Whether %(course)s moved %(kpi)s cannot be told yet.", course=course, kpi=kpi), why)


def _effect_sentence(result: StudyResult, found: Effect, course: str, kpi: str, measure: Measure) -> str:
    values = {"course": course, "kpi": kpi, "span": _span(result, measure)}
    values["size"] = strong(_higher_or_lower(found.estimate, measure))
    if not clear(found):
        return _("%(course)s: no effect on %(kpi)s can be told from chance %(span)s.", **values)
    if result.grade == "C":
        return _(
            "The records suggest that with %(course)s %(kpi)s was %(size)s %(span)s than it would have been without it.", **values
        )
    return _("With %(course)s, %(kpi)s was %(size)s %(span)s than it would have been without it.", **values)


def _range_sentence(found: Effect, measure: Measure) -> str:
    if found.interval is None:
        return _("How uncertain that is cannot be worked out.")
    low, high = measure.interval(found.interval)
    if clear(found):
        return _("Plausibly between %(low)s and %(high)s.", low=low, high=high)
    return _(
        "The estimate is %(value)s, plausibly between %(low)s and %(high)s.",
        value=measure.effect(found.estimate),
        low=low,
        high=high,
    )


def _higher_or_lower(effect: float, measure: Measure) -> str:
    size = measure.size(effect)
    return _("%(size)s higher", size=size) if effect >= 0 else _("%(size)s lower", size=size)


def _span(result: StudyResult, measure: Measure) -> str:
    horizon = result.options.horizon
    if horizon is None:
        return _("over all periods observed since the start")
    return _("over the first %(periods)s", periods=measure.periods(horizon))


def joined(*sentences: str) -> str:
    """Sentences in a row: with a space between them in English, without in Chinese."""
    return ("" if current_locale().startswith("zh") else " ").join(sentences)


def clear(found: Effect) -> bool:
    """Whether the interval leaves zero out."""
    return found.interval is not None and 0.0 not in found.interval


def estimand(result: StudyResult, subject: Subject, measure: Measure) -> str:
    """What the figure means, exactly."""
    n = result.facts.n_trained
    return _(
        "What is estimated: among the %(n)s reps who began %(course)s and whose records allow it, the average difference of %(kpi)s, %(per)s, %(span)s, from what we estimate it would have been without the course. The period in which a rep began counts as the first. Everyone who began counts, whether or not they finished.",
        n=number(n),
        course=quoted(subject.course),
        kpi=subject.kpi,
        per=measure.per_period,
        span=_span(result, measure),
    )


def compared(result: StudyResult) -> tuple[str, str]:
    """Who was compared with whom: a figure and its note."""
    f = result.facts
    figure = _("%(trained)s with %(others)s reps", trained=number(f.n_trained), others=number(f.n_comparison))
    if not f.clusters_given:
        return figure, _("no teams given: every rep stands alone")
    trained = ngettext("%(num)s trained team", "%(num)s trained teams", f.n_trained_clusters)
    others = ngettext("%(num)s team not yet trained", "%(num)s teams not yet trained", f.n_comparison_clusters)
    return figure, f"{trained} · {others}"


def chart_title(found: Effect) -> str:
    """What the event study shows, as a sentence that its points bear out."""
    before = [at for at in found.event_study if at.key < 0 and at.band is not None]
    after = [at for at in found.event_study if at.key >= 0]
    if any(at.band is not None and 0.0 not in at.band for at in before):
        return _("Trained and untrained reps already differed before the start")
    if not clear(found):
        return _("After the start no difference stands clear of chance")
    return _course_of(after)


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
