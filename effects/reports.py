"""The report of a run: every word and every number decided once; page, PDF, JSON and list show this value.

``numbers`` are raw figures without language; ``words`` the same report worded in each of the three languages.
"""

from __future__ import annotations

import math
from typing import Any

from flask_babel import gettext as _
from flask_babel import ngettext
from msgspec import Struct

from effects import better, check_words, sentences, words
from effects.measure import Measure, in_sentence, quoted
from effects.models import Study, StudyRun
from effects.money import CURRENCIES, basis_of, worth
from effects.numbers import clean, numbers_of
from effects.panels import StudyPanel
from effects.sentences import Subject
from effects.stats.design import Chosen, Grade, counts_against
from effects.stats.reading import PanelError
from effects.stats.results import Check, Effect
from effects.stats.study import StudyResult
from effects.subgroups import said as benefits_said
from effects.subgroups.services import Benefits
from effects.untouchable.services import Beside
from lms.db import LocalText
from lms.i18n import LOCALES, called, day, local, number, speaking
from lms.values import Interval, NotEstimable
from performance.kpis.periods import first_day
from performance.kpis.wording import period

STATES = {"pass": "ok", "warn": "warn", "fail": "bad", "unknown": "none"}


class Report(Struct, frozen=True):
    """``estimate``, ``low``, ``high`` repeat the headline for lists, in the KPI's unit or logs (``scale``)."""

    grade: str
    scale: str
    estimate: float | None
    low: float | None
    high: float | None
    numbers: dict[str, Any]
    words: dict[str, dict[str, Any]]

    def as_json(self) -> dict[str, Any]:
        return {"format": 1, "numbers": self.numbers, "words": self.words}


class Context(Struct, frozen=True):
    """What a result is about: the texts and the unit, and, for a stored study, where its panel came from."""

    course: LocalText
    kpi: LocalText
    kind: str
    unit: str
    digits: int
    direction: str
    period: str
    study: Study | None = None
    run: StudyRun | None = None
    panel: StudyPanel | None = None
    benefits: Benefits | None = None
    untouched: Beside | None = None

    def measure(self, scale: str) -> Measure:
        return Measure(self.kind, self.unit, self.digits, self.direction, self.period, scale)

    def measure_untouched(self, check: Check) -> Measure | None:
        """How figures of the KPI that the course cannot touch are written."""
        if self.untouched is None:
            return None
        kpi, scale = self.untouched.kpi, str(check.params.get("scale", "level"))
        measure = Measure(kpi.kind, kpi.unit, kpi.digits, kpi.direction, kpi.period, scale)
        return measure.as_sure_as(check.interval)

    @property
    def subject(self) -> Subject:
        course = local(self.course)
        return Subject(quoted(course) if self.study else course, local(self.kpi))


def context_of(
    study: Study,
    run: StudyRun,
    panel: StudyPanel | None,
    benefits: Benefits | None = None,
    untouched: Beside | None = None,
) -> Context:
    kpi = study.kpi
    return Context(
        study.title,
        kpi.name,
        kpi.kind,
        kpi.unit,
        kpi.digits,
        kpi.direction,
        kpi.period,
        study,
        run,
        panel,
        benefits,
        untouched,
    )


def compose(
    study: Study,
    run: StudyRun,
    panel: StudyPanel,
    result: StudyResult,
    benefits: Benefits,
    untouched: Beside | None = None,
) -> Report:
    """The report of a finished run."""
    return worded(context_of(study, run, panel, benefits, untouched), result)


def worded(context: Context, result: StudyResult) -> Report:
    """The report of any result: of a stored run, or of a panel given on the command line."""
    found = result.headline
    interval = found.interval if isinstance(found, Effect) else None
    return Report(
        grade=str(result.grade),
        scale=str(result.scale),
        estimate=found.estimate if isinstance(found, Effect) and interval else None,
        low=interval.low if interval else None,
        high=interval.high if interval else None,
        numbers=_numbers(context, result),
        words={locale: _in(locale, context, result) for locale in LOCALES},
    )


def _numbers(context: Context, result: StudyResult) -> dict[str, Any]:
    basis = basis_of(result, context.unit, context.direction)
    groups = benefits_said.numbers_of(context.benefits) if context.benefits else {}
    return numbers_of(result, context.panel) | {"worth": basis.as_json() if basis else None} | groups


def without_panel(study: Study, run: StudyRun, error: PanelError) -> Report:
    """The report when no panel could be made: the reason, and what would help."""
    context = context_of(study, run, None)
    measure = context.measure("level")

    def say(locale: str) -> dict[str, Any]:
        with speaking(locale):
            why = words.reason(error.code, error.params, measure)
            subject = context.subject
            sentence = sentences.untold(sentences.strong(subject.course), in_sentence(subject.kpi), why)
            return {
                "headline": sentences.plain(sentence),
                "headline_parts": sentences.parts(sentence),
                "grade": words.grade_word(Grade.D),
                "grade_why": [why],
                "about": _about(context),
                "better": [text] if (text := words.remedy(error.code, measure)) else [],
            }

    numbers = {"not_estimable": {"code": error.code, "params": clean(error.params)}, "grade": "D"}
    return Report("D", "level", None, None, None, numbers, {locale: say(locale) for locale in LOCALES})


def _in(locale: str, context: Context, result: StudyResult) -> dict[str, Any]:
    with speaking(locale):
        found = result.headline
        interval = found.interval if isinstance(found, Effect) else None
        return _words(context, result, context.measure(str(result.scale)).as_sure_as(interval))


def _words(context: Context, result: StudyResult, measure: Measure) -> dict[str, Any]:
    found = result.headline
    sentence = sentences.headline(result, context.subject, measure)
    return {
        "headline": sentences.plain(sentence),
        "headline_parts": sentences.parts(sentence),
        "grade": words.grade_word(result.grade),
        "grade_why": _grade_why(context, result, measure),
        "about": _about(context),
        "method": words.method(result.method),
        "estimand": sentences.estimand(result, context.subject, measure),
        "tiles": _tiles(result, measure),
        "chart": _chart(result, measure) if isinstance(found, Effect) and found.event_study else None,
        "before_after": _before_after(result, measure),
        "checks": _checks(context, result, measure),
        "besides": _besides(result, measure),
        "left_out": _left_out(context),
        "better": better.advice(result, measure, context.panel.reading.panel if context.panel else None),
        "plan_waves": better.can_draw(result),
    } | (benefits_said.words_of(context.benefits, result, measure) if context.benefits else {})


def _grade_why(context: Context, result: StudyResult, measure: Measure) -> list[str]:
    lines = [words.route_reason(code) for code in result.route.reasons]
    lines += [words.reason(refusal.code, refusal.params, measure) for refusal in result.refusals]
    if isinstance(result.headline, NotEstimable) and not result.refusals:
        lines.append(words.reason(result.headline.code, result.headline.params, measure))
    lines += [
        _("A check failed: %(question)s %(answer)s", question=check_words.question(c.name), answer=_answer(context, c, measure))
        for c in _checks_shown(result)
        if counts_against(c, result.route)
    ]
    return list(dict.fromkeys(lines))


def _about(context: Context) -> list[str]:
    study, run = context.study, context.run
    if study is None or run is None:
        return []
    lines = []
    if study.confirmed_at is not None:
        who = called(study.confirmed_by) if study.confirmed_by else _("the system")
        lines.append(
            _(
                "How they were chosen: %(how)s; confirmed by %(who)s on %(date)s",
                how=words.chosen(run.chosen),
                who=who,
                date=day(study.confirmed_at),
            )
        )
    lines.append(_("Run %(number)s of %(date)s", number=number(run.number), date=day(run.created_at)))
    if context.panel is not None:
        written = context.panel.reading.panel.periods
        first, last = (period(study.kpi.period, first_day(each)) for each in (written[0], written[-1]))
        lines.append(_("Records from %(first)s to %(last)s", first=first, last=last))
    return lines


def _tiles(result: StudyResult, measure: Measure) -> list[dict[str, str]]:
    tiles = []
    found = result.headline
    if isinstance(found, Effect) and found.interval is not None:
        tiles.append(_worth(result, found, found.interval, measure) or _per_rep(found, found.interval, measure))
    if result.smallest is not None:
        note = _("a true effect of this size is seen 8 times out of 10")
        tiles.append({"label": _("Smallest effect these records can show"), "value": measure.size(result.smallest), "note": note})
    value, note = sentences.compared(result)
    tiles.append({"label": _("Compared"), "value": value, "note": note})
    return tiles


def _per_rep(found: Effect, interval: Interval, measure: Measure) -> dict[str, str]:
    return {
        "label": _("Effect %(per)s", per=measure.per_period),
        "value": measure.effect(found.estimate),
        "note": measure.range(interval.low, interval.high),
    }


def _worth(result: StudyResult, found: Effect, interval: Interval, measure: Measure) -> dict[str, str] | None:
    """The effect in money over all trained reps, per period."""
    if measure.unit not in CURRENCIES or (measure.share and result.facts.shown_after is None):
        return None
    low, value, high = (worth(result, x) for x in (interval.low, found.estimate, interval.high))
    label = {
        "month": _("Worth per month, all trained reps"),
        "quarter": _("Worth per quarter, all trained reps"),
        "week": _("Worth per week, all trained reps"),
        "year": _("Worth per year, all trained reps"),
    }.get(measure.period, _("Worth per period, all trained reps"))
    return {"label": label, "value": measure.worth(value), "note": measure.worths(low, high)}


def _chart(result: StudyResult, measure: Measure) -> dict[str, str]:
    found = result.headline
    if not isinstance(found, Effect):
        raise TypeError("a chart needs an effect")
    return {
        "title": sentences.chart_title(result, found, measure),
        "sub": _("Trained reps against what they would have reached without the course, with 95% band")
        if any(at.band is not None for at in found.event_study)
        else _("Trained reps against what they would have reached without the course"),
        "start": _("course starts"),
        "axis": measure.axis,
        "columns": [_("Period"), _("Effect"), _("from"), _("to"), _("Reps")],  # type: ignore[dict-item]
    }


def _before_after(result: StudyResult, measure: Measure) -> dict[str, Any] | None:
    parts = result.decomposition
    if isinstance(parts, NotEstimable):
        return None
    told = parts.course is not None and isinstance(result.headline, Effect)
    lines = [
        (parts.everyone, _("came to everyone in that time: the market, prices, the firm")),
        (parts.season, _("is the season")),
        (parts.own if told else None, _("is their own path: recovery from a weak spell, or growth already under way")),
        (None if told else parts.rest, _("is their own path and the course together; these records cannot separate them")),
        (parts.course if told else None, _("is left for the course")),
    ]
    known = [{"figure": measure.effect(v), "text": text} for v, text in lines if v is not None]
    horizon = result.options.horizon or parts.window
    values = {
        "earlier": measure.periods(parts.window),
        "later": measure.periods(min(parts.window, horizon)),
        "before": _level(parts.before, measure),
        "after": _level(parts.after, measure),
    }
    caption = (
        _("%(earlier)s before against %(later)s after, geometric mean %(before)s to %(after)s.", **values)
        if measure.share
        else _("%(earlier)s before against %(later)s after, %(before)s to %(after)s on average.", **values)
    )
    whole = _("The parts multiply to the figure above.") if measure.share else _("The parts add up to the figure above.")
    verdict = _("Not an effect. Of this difference:") if known else _("Not an effect: nobody untrained shows what would have come anyway.")
    return {
        "title": _("What before/after would say"),
        "value": measure.effect(parts.naive),
        "caption": sentences.joined(caption, verdict),
        "parts": known,
        "note": whole if known else "",
    }


def _level(value: float, measure: Measure) -> str:
    return measure.level(math.exp(value) if measure.share else value)


def _checks(context: Context, result: StudyResult, measure: Measure) -> list[dict[str, str]]:
    return [_check(context, check, result, measure) for check in _checks_shown(result)]


def _answer(context: Context, check: Check, measure: Measure, *, expected: bool = False) -> str:
    other = context.measure_untouched(check) if check.name == "untouchable_kpi" else None
    if context.untouched is None or other is None:
        return check_words.answer(check, measure, chosen_for_it=expected)
    return check_words.of_untouchable(check, other, local(context.untouched.kpi.name), context.untouched.after_run)


def _check(context: Context, check: Check, result: StudyResult, measure: Measure) -> dict[str, str]:
    verdicts = {"pass": _("passed"), "warn": _("look closer"), "fail": _("fails"), "unknown": _("cannot be told")}
    expected = _chosen_for_it(check, result)
    return {
        "name": check.name,
        "state": "none" if expected else STATES[check.verdict],
        "word": _("as expected") if expected else verdicts[check.verdict],
        "question": check_words.question(check.name),
        "answer": _answer(context, check, measure, expected=expected),
    }


def _checks_shown(result: StudyResult) -> list[Check]:
    figure, teams = isinstance(result.headline, Effect), result.facts.clusters_given
    return [c for c in result.checks if check_words.shown(c, result.method, teams=teams, figure=figure)]


def _chosen_for_it(check: Check, result: StudyResult) -> bool:
    """Whether a failed check found no more than what people are known to have been chosen for."""
    if check.verdict != "fail" or result.route.row != "low_kpi":
        return False
    if check.name == "dip":
        return result.chosen is Chosen.LOW_KPI and check.params.get("direction") == "low"
    return not counts_against(check, result.route)


def _besides(result: StudyResult, measure: Measure) -> list[dict[str, str]]:
    """Empty where the records forbid an answer: then no other method's figure is put in its place."""
    if result.refusals and not result.by_hand:
        return []
    rows = {result.method: result.headline} | result.besides
    return [_beside(name, found, measure, used=name == result.method) for name, found in rows.items()]


def _beside(name: str, found: Effect | NotEstimable, measure: Measure, *, used: bool) -> dict[str, str]:
    note = _("used here") if used else ""
    if isinstance(found, NotEstimable):
        return {"method": words.method(name), "value": "–", "range": words.reason(found.code, found.params, measure), "note": note}
    span = ""
    if found.interval is not None:
        span = measure.range(found.interval.low, found.interval.high)
    return {"method": words.method(name), "value": measure.effect(found.estimate), "range": span, "note": note}


def _left_out(context: Context) -> list[str]:
    panel = context.panel
    if panel is None:
        return []
    counts: dict[str, int] = {}
    for dropped in panel.reading.dropped:
        counts[dropped.reason] = counts.get(dropped.reason, 0) + 1
    lines = [words.dropped(reason, n) for reason, n in sorted(counts.items())]
    if panel.withdrawn:
        lines.append(ngettext("%(num)s withdrew before starting and counts as untrained", "%(num)s withdrew before starting and count as untrained", panel.withdrawn))
    if panel.unstarted:
        lines.append(
            ngettext(
                "%(num)s is enrolled but has not started and counts as untrained",
                "%(num)s are enrolled but have not started and count as untrained",
                panel.unstarted,
            )
        )
    if panel.without_team:
        lines.append(ngettext("%(num)s has no team and stands alone", "%(num)s have no team and stand alone", panel.without_team))
    return lines
