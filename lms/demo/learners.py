"""How the demo's learners went through a course: days, attempts, answers. Drawn from the seed; writes nothing."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from fractions import Fraction
from typing import Any

import numpy as np
from msgspec import Struct, field

from assessments.grading.answers import Answer
from assessments.grading.grade import Grade, Item, grade
from assessments.grading.questions import Key, MultipleKey, NumericKey, SingleKey, TextKey, TrueFalseKey
from lms.demo.catalogue import Published

WITHDREW = 0.04
"""Share of those who began and left the course."""
LATEST = 40
"""Days after the start by which a course that is completed is completed."""


class Attempted(Struct, frozen=True):
    """One attempt at the quiz; ``answers`` by question, ``graded`` by the quiz's own grader."""

    number: int
    began: datetime
    ended: datetime
    layout: list[dict[str, Any]]
    answers: dict[int, Answer]
    graded: Grade


class Passage(Struct):
    """A person's way through a course."""

    person_id: int
    code: str
    started_on: date
    enrolled_at: datetime
    chosen: str
    reason: str
    chosen_by_id: int | None
    withdrawn_at: datetime | None = None
    read_at: list[datetime] = field(default_factory=list)
    """When each lesson was read, in order."""
    attempts: list[Attempted] = field(default_factory=list)


def office_hour(rng: np.random.Generator, day: date) -> datetime:
    """Some minute of a working day in China."""
    return datetime.combine(day, time(1), UTC) + timedelta(minutes=int(rng.integers(0, 540)))


def go_through(rng: np.random.Generator, passage: Passage, course: Published, ability: float) -> None:
    """Read the lessons, then try the quiz until it is passed; a few leave after the first lesson."""
    day = passage.started_on
    if rng.random() < WITHDREW:
        passage.read_at = [office_hour(rng, day)]
        passage.withdrawn_at = passage.read_at[0] + timedelta(days=int(rng.integers(5, 20)))
        return
    for _lesson in course.lessons:
        passage.read_at.append(office_hour(rng, day))
        day += timedelta(days=int(rng.integers(1, 6)))
    most = course.content["settings"]["attempts"] or 5
    for number in range(1, most + 1):
        last = number == most
        passage.attempts.append(_attempt(rng, course, number, day, ability + 0.8 * (number - 1), passed=last))
        if passage.attempts[-1].graded.passed:
            return
        day += timedelta(days=int(rng.integers(1, 4)))


def _attempt(
    rng: np.random.Generator, course: Published, number: int, day: date, ability: float, *, passed: bool
) -> Attempted:
    """An attempt as somebody of this ability makes it; with ``passed`` everything is known by now."""
    began = office_hour(rng, day)
    layout = _layout(rng, course.content["items"])
    answers = {
        item["question"]: _answer(rng, course.keys[item["version"]], item, 99.0 if passed else ability)
        for item in layout
    }
    items = [Item(item["question"], course.keys[item["version"]], item["marks"]) for item in layout]
    judged = grade(items, answers, Fraction(course.content["settings"]["pass_mark"], 100))
    ended = began + timedelta(seconds=int(rng.integers(240, 900)))
    return Attempted(number, began, ended, layout, answers, judged)


def _layout(rng: np.random.Generator, items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The questions and their options in the order in which this learner saw them."""
    shown = []
    for place in rng.permutation(len(items)):
        item = items[int(place)]
        options = [item["options"][int(at)] for at in rng.permutation(len(item["options"]))]
        shown.append(
            {name: item[name] for name in ("question", "version", "kind", "marks")} | {"options": options}
        )
    return shown


def _answer(rng: np.random.Generator, key: Key, item: dict[str, Any], ability: float) -> Answer:
    """Right with a chance that grows with ability and falls with the question's difficulty (logistic)."""
    difficulty = -1.6 + 0.35 * (item["version"] % 7)
    if rng.random() < 1 / (1 + np.exp(difficulty - ability)):
        return _right(key)
    return _wrong(rng, key, item["options"])


def _right(key: Key) -> Answer:
    if isinstance(key, SingleKey):
        return (key.correct,)
    if isinstance(key, MultipleKey):
        return tuple(sorted(key.correct))
    if isinstance(key, NumericKey):
        return (f"{float(key.value):g}",)
    if isinstance(key, TextKey):
        return (key.accepted[0],)
    if isinstance(key, TrueFalseKey):
        return ("true" if key.correct else "false",)
    raise TypeError(f"the demo's quizzes ask no {type(key).__name__}")


def _wrong(rng: np.random.Generator, key: Key, options: list[str]) -> Answer:
    if isinstance(key, SingleKey):
        others = sorted(option for option in options if option != key.correct)
        return (others[int(len(others) * rng.random() ** 2)],)
    if isinstance(key, MultipleKey):
        kept = sorted(key.correct)[: max(1, len(key.correct) - 1)]
        others = sorted(option for option in options if option not in key.correct)
        return tuple(sorted([*kept, *others[:1]]) if rng.random() < 0.5 else kept)
    if isinstance(key, NumericKey):
        return (f"{float(key.value) * (0.1 if rng.random() < 0.4 else 1.2):g}",)
    if isinstance(key, TrueFalseKey):
        return ("false" if key.correct else "true",)
    return () if rng.random() < 0.4 else ("不清楚",)
