"""Every sentence a report may say, at the edges: one rep, nothing, less is better, a range without width, no figure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from msgspec.structs import replace

from effects import reports
from effects.rollouts import words as rollout_words
from effects.stats.before_after import Decomposition
from effects.stats.design import ROUTES, Chosen, Grade, Refusal
from effects.stats.facts import Facts
from effects.stats.methods import CHECKS, METHODS
from effects.stats.options import Options
from effects.stats.results import Check, Effect, EffectAt, Verdict
from effects.stats.study import StudyResult
from effects.words import known_reasons
from lms.catalogues import written
from lms.i18n import LOCALES, speaking
from lms.values import Interval, NotEstimable
from performance.kpis.models import Kpi
from tests.effects.test_words import CHECK_PARAMS, PARAMS

SEVERAL = "reps|teams|people|days|weeks|months|quarters|years|periods|customers|points|levels|answers|records|pairs|changes|groups|waves|dates|courses|draws|departures"
ONE_OF_MANY = re.compile(rf"(?<![\d.,])\b1 (?:(?:un)?trained |comparison |different |more )?(?:{SEVERAL})\b|(?<![\d.,])\b1 (?:have|are)\b")
LATIN_IN_CHINESE = re.compile(r"[A-Za-z]{3,}")
NAMES = {"KPI", "ROI", "Borusyak", "Jaravel", "Spiess", "Callaway", "Sant", "Anna", "bjs", "abc", "sales"}
"""What stays in Latin letters among Chinese: names of authors, of a method as the command line calls it, of a column."""
ALWAYS_SEVERAL = {
    "No. Leaving out any one of %(n)s teams keeps it within %(span)s.",
    "Not for all: only %(inside)s of %(n)s trained reps lie within the range of the untrained.",
    "If the effect is as large as estimated (%(size)s), about %(teams)s teams instead of %(have)s would tell it from chance 8 times out of 10.",
    "Draw the next waves by lot: %(n)s reps in these records are still untrained.",
    "360° feedback before and after, %(n)s people; a change, not an effect",
    "%(n)s answers",
    "All %(n)s changes",
    "%(kpi)s below the median of colleagues in each of the last %(n)s periods",
    "%(kpi)s below target in each of the last %(n)s periods",
    "Nobody in your care has lain behind their colleagues in %(kpi)s for %(n)s periods in a row.",
    "Yes. Of %(n)s earlier dates %(as_far)s moved as much, so the date of the course is nothing special.",
    "No. Of %(n)s earlier dates %(as_far)s moved as much.",
    "too few: at least %(n)s trained reps with records before and after",
    "Nobody was trained with records before and after; at least %(fewest)s reps are needed.",
    "%(people)s people drawn into %(groups)s groups: %(course)s",
    "%(wave)s: %(day)s, %(n)s people",
    "Tried on your own past, where nobody was taught: of %(draws)s draws, %(n)s would have raised a false alarm (about five of a hundred are normal).",
    "The stored lottery was drawn again %(draws)s times: if the course did nothing, a difference as large as this one would come up with probability %(p)s.",
}
"""Where a rule keeps the number above one: fewest in a group, teams left out one at a time, draws."""
NOT_COUNTED = {
    "A background figure of unit %(unit)s changes over time.",
    "The records are too short: trying this plan on the past takes %(needed)s of records, and there are %(have)s. Fewer waves, less time between them or a shorter window need less; a rollout drawn by lot is still the best there is.",
}
"""A verb, and a span of time that is worded elsewhere."""
DECIMALS = {"%(number)s months", "%(number)s weeks", "%(number)s quarters", "%(number)s years", "%(number)s periods",
            "%(size)s levels higher", "%(size)s levels lower", "%(points)s points", "%(low)s to %(high)s points",
            "%(low)s to %(high)s percentage points"}  # fmt: skip
"""Figures with a sign or decimals, or never whole."""


def test_whatever_is_counted_has_its_singular() -> None:
    loose = {
        message.id
        for message in written("effects", "zh_Hans")
        if isinstance(message.id, str) and re.search(rf"%\(\w+\)s (?:\w+ )?(?:{SEVERAL})\b", message.id)
    }
    unmended = loose - ALWAYS_SEVERAL - NOT_COUNTED - DECIMALS
    assert not unmended, f"say these by ngettext, or name the rule that keeps the number above one: {unmended}"


KPIS = {
    "money in logs": ("amount", "CNY", "higher", "log"),
    "money": ("amount", "CNY", "higher", "level"),
    "hours, less is better": ("amount", "hours", "lower", "level"),
    "share of hours, less is better": ("amount", "hours", "lower", "log"),
    "rate": ("rate", "share", "higher", "level"),
    "rate, less is better": ("rate", "share", "lower", "level"),
    "customers": ("count", "customers", "higher", "level"),
    "points": ("amount", "points", "higher", "level"),
}
SIZES = {"log": 0.08, "CNY": 1234.5, "share": 0.031, "hours": 1.0, "customers": 1.0, "points": 1.0}
ONE = Facts(1, 1, 1, 1, 1, 1, 0, True, 1, 1, 1, 1.0, 4.0, 4.0, 4.5, False, 0.0)
MANY = Facts(200, 80, 120, 20, 18, 19, 0, True, 24, 4, 480, 12.0, 4.0, 4.0, 4.5, False, 0.0)
ALONE = replace(MANY, n_comparison=0, n_comparison_clusters=0)
NO_TEAMS = replace(MANY, clusters_given=False)


def test_reports_are_well_formed_at_every_edge(bare_app: Flask) -> None:
    seen = 0
    for unit, context in contexts():
        for result in results(unit, context):
            with bare_app.test_request_context():
                said = reports.worded(context, result).words
            for locale in LOCALES:
                for text in texts(said[locale]):
                    well_formed(text, locale)
                    seen += 1
    assert seen > 5_000, "the walk reached the sentences"


def contexts() -> Iterator[tuple[float, reports.Context]]:
    course = {"en": "Key-account discovery", "zh_Hans": "大客户需求挖掘"}
    for at, (kind, unit, direction, scale) in enumerate(KPIS.values()):
        for period in ("month", "year") if at == 0 else ("month",):
            context = reports.Context(course, {"en": "Yield", "zh_Hans": "产出"}, kind, unit, 0, direction, period)
            yield SIZES["log" if scale == "log" else unit], context


def results(size: float, context: reports.Context) -> Iterator[StudyResult]:
    """One of each sort: every grade with a clear and an unclear figure, up and down, and every reason without one."""
    scale = "log" if size == SIZES["log"] else "level"
    spans = [(size / 2, 2 * size), (-size, size), (size, size), (-2 * size, -size / 2), (0.0, 0.0), None]
    facts = [ONE, MANY, ALONE, NO_TEAMS]
    for at, (grade, span) in enumerate((g, s) for g in Grade for s in spans):
        method = sorted(METHODS)[at % len(METHODS)]
        chosen = list(Chosen)[at % len(Chosen)]
        interval = Interval(*span, 0.95) if span else None
        asked = tuple(checks(interval.low if interval else 0.0, interval)) if grade is Grade.B and context.period == "month" else ()
        yield made(figure(method, span), grade, chosen, scale, facts[at % 4], asked, horizon=(None, 1, 6)[at % 3])
    if context.kind == "rate":
        given = PARAMS | {"option": "--x"}
        for code in sorted(known_reasons()):
            yield made(NotEstimable(code, given), Grade.D, Chosen.UNKNOWN, scale, ONE)
            yield made(NotEstimable(code, given | {"n": 1, "periods": 1, "of": "reps"}), Grade.D, Chosen.RANDOM, scale, ONE)
        yield made(NotEstimable("few_trained", {"n": 0, "fewest": 5}), Grade.D, Chosen.RANDOM, scale, ONE)


def figure(method: str, span: tuple[float, float] | None) -> Effect:
    interval = Interval(*span, 0.95) if span else None
    estimate = sum(span) / 2 if span else 0.0
    points = tuple(EffectAt(k, estimate, None, interval, 1, interval) for k in (-2, -1, 0, 1))
    return Effect(method, estimate, 0.1 if span else None, interval, 0.04, "jackknife", 1, 1, 1, 1, 1, points)


def made(
    headline: Effect | NotEstimable,
    grade: Grade,
    chosen: Chosen,
    scale: Any,
    facts: Facts,
    asked: tuple[Check, ...] = (),
    *,
    horizon: int | None = 6,
) -> StudyResult:
    estimate = headline.estimate if isinstance(headline, Effect) else 0.0
    parts = Decomposition(estimate, 1.0, 1.2, estimate, None, 0.0, -estimate, estimate, 1, 1)
    refused = (Refusal("few_teams", {"n": 1, "fewest": 6, "of": "teams"}),) if grade is Grade.D else ()
    return StudyResult(
        headline=headline,
        method=headline.method if isinstance(headline, Effect) else "bjs",
        grade=grade,
        chosen=chosen,
        route=replace(ROUTES[chosen], reasons=("stated_" + chosen, "dip_found")),
        besides={"cs": headline, "gcomp": NotEstimable("few_trained", {"n": 1, "fewest": 5})},
        naive=headline,
        decomposition=parts if facts is not ONE else NotEstimable("no_before_and_after"),
        checks=asked or (Check("dip", "unknown", params={"code": "too_little_history"}),),
        refusals=refused,
        facts=facts,
        smallest=abs(estimate) or None,
        scale=scale,
        by_hand=grade is Grade.D,
        options=Options(horizon=horizon),
    )


def checks(estimate: float, interval: Interval | None) -> Iterator[Check]:
    """Every check with every verdict, of several and of one."""
    one = {"n_both": 1, "n_inside": 1, "n_trained": 1, "as_far": 1, "n_dates": 1, "relative": 1.0, "trained_left": 0, "untrained_left": 0}
    verdicts: tuple[Verdict, ...] = ("pass", "warn", "fail")
    for name in ("dip", *CHECKS, "other_courses", "territory_changes"):
        for verdict in verdicts:
            for params in (CHECK_PARAMS, CHECK_PARAMS | one, CHECK_PARAMS | {"relative": None, "n_both": 0, "n_inside": 0, "direction": "high"}, CHECK_PARAMS | {"relative": 0.001}):
                if not (name == "comparison_coverage" and verdict != "pass" and params["n_inside"] == params["n_trained"]):
                    yield Check(name, verdict, estimate, interval, 0.02, params)


@pytest.mark.parametrize("n", [0, 1, 2])
def test_what_a_rollout_departed_in_is_well_formed(bare_app: Flask, n: int) -> None:
    params: dict[str, Any] = {"n": n, "of": 36, "wave": 1, "days": n, "parts": ["kind", "unit", "direction", "period"], "how": "bjs"}
    codes = [*rollout_words.DEPARTURES, "kpi_changed", "wave_late", "data_missing", "reported_late", "method"]
    for locale in LOCALES:
        with bare_app.test_request_context(), speaking(locale):
            for code in codes:
                well_formed(rollout_words.departure(code, params), locale)
            for line in rollout_words.left_out(dict.fromkeys(("knows", "short", "leaving", "excluded"), n)):
                well_formed(line, locale)


@pytest.mark.parametrize("code", ["too_short_history", "few_teams", "few_reps", "nothing"])
def test_why_a_plan_cannot_be_tried_is_well_formed(bare_app: Flask, code: str) -> None:
    kpi = Kpi(code="k", name={"en": "Yield"}, kind="amount", unit="hours", digits=1, direction="lower", period="month")
    for locale in LOCALES:
        with bare_app.test_request_context(), speaking(locale):
            well_formed(rollout_words.why_not(code, {"needed": 1, "have": 1, "n": 1, "fewest": 6}, kpi), locale)


UNSAID = {"headline_parts", "name", "state"}
"""The headline again, cut where its accent begins and ends; the code of a check and its colour."""


def texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for name, each in value.items():
            if name not in UNSAID:
                yield from texts(each)
    elif isinstance(value, list | tuple):
        for each in value:
            yield from texts(each)


def well_formed(text: str, locale: str) -> None:
    assert "%(" not in text and "{" not in text, f"a placeholder: {text!r}"
    assert "  " not in text and text == text.strip(" "), f"a blank too many: {text!r}"
    assert not re.search(r"\b(?:nan|inf)\b|\bNone\b(?! of)", text), f"no figure: {text!r}"
    assert not re.search(r"[+−]0(?:\.0+)?(?![\d.,])", text), f"zero has no sign: {text!r}"
    if locale == "en":
        assert not ONE_OF_MANY.search(text), f"one, and said as if several: {text!r}"
        return
    loose = set(LATIN_IN_CHINESE.findall(text)) - NAMES
    assert not loose, f"English among Chinese: {text!r}"
