"""The four levels of Kirkpatrick side by side: each says what was measured, or how it could be. Nothing is multiplied.

Levels 1 (reaction) and 3 (behaviour) are measured in other rooms: these register a provider when the roof lets them in.

    ladder.add_rung(1, provider)        # provider(course_id) -> Measured | None

A provider words its figure in the reader's language and answers None where nothing was measured for the course. Of
several providers of a level, the first with an answer is shown first and the others below it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

from flask_babel import gettext as _
from msgspec import Struct

from effects.measure import Measure
from effects.models import Study, StudyRun
from lms.i18n import local

Level = Literal[1, 2, 3, 4]


class Measured(Struct, frozen=True):
    """``figure`` as it is written ("4.5 / 5"), ``note`` its n, interval and source; ``url`` where it can be opened.
    ``value``, ``low``, ``high``, ``n`` are the same as numbers, for the workbook, where they are numbers."""

    figure: str
    note: str
    url: str | None = None
    value: float | None = None
    low: float | None = None
    high: float | None = None
    n: int | None = None


Provider = Callable[[int], Measured | None]


class Rung(Struct, frozen=True):
    """A level as the page shows it: ``measured`` empty means ``how`` it could be measured is said instead."""

    level: Level
    name: str
    measured: tuple[Measured, ...]
    how: str

    def as_json(self) -> dict[str, Any]:
        measured = [
            {"figure": m.figure, "note": m.note, "value": m.value, "low": m.low, "high": m.high, "n": m.n} for m in self.measured
        ]
        return {"level": self.level, "name": self.name, "measured": measured}


_providers: dict[int, list[Provider]] = {}


def add_rung(level: Level, provider: Provider) -> None:
    """Called when a feature is registered; the same provider twice is once."""
    known = _providers.setdefault(level, [])
    if provider not in known:
        known.append(provider)


def ladder(study: Study, run: StudyRun, grade_word: str, measure: Measure) -> list[Rung]:
    """The four rungs of a study; empty where not a course but another measure was studied."""
    if study.course_id is None:
        return []
    names = {1: _("Reaction"), 2: _("What was learnt"), 3: _("Behaviour"), 4: _("Business result")}
    how = {
        1: _("Not measured yet: ask the participants by a survey at the end of the course."),
        2: _("Not measured yet: put a quiz at the start of the course and an equally hard one at its end."),
        3: _("Not measured yet: have the job observed or asked about before and some weeks after, by rubric or 360° feedback."),
        4: _("Cannot be told yet."),
    }
    rungs: list[Rung] = []
    for level in (1, 2, 3, 4):
        found = _asked(level, study.course_id) if level < 4 else _result(study, run, grade_word, measure)
        rungs.append(Rung(level, names[level], found, how[level]))
    return rungs


def _asked(level: int, course_id: int) -> tuple[Measured, ...]:
    answers = (provider(course_id) for provider in _providers.get(level, ()))
    return tuple(answer for answer in answers if answer is not None)


def _result(study: Study, run: StudyRun, grade_word: str, measure: Measure) -> tuple[Measured, ...]:
    if run.estimate is None or run.low is None or run.high is None:
        return ()
    note = " · ".join((local(study.kpi.name), measure.range(run.low, run.high), f"{run.grade} {grade_word}"))
    return (Measured(measure.effect(run.estimate), note, None, run.estimate, run.low, run.high),)
