"""The pass mark, and whether questions ask the same of everybody: decision consistency, groups, versions."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import NamedTuple

import numpy as np
from msgspec import Struct
from sqlalchemy import select

from assessments.grading.consistency import consistency
from assessments.grading.decisions import DecisionConsistency, decision_consistency
from assessments.grading.dif import FEWEST_OF_GROUP, ItemDif, functioning_by_net, net_scores
from assessments.grading.estimates import Estimate
from assessments.grading.items import facility_of
from assessments.quizzes import policies
from assessments.quizzes.analysis.responses import Responses, responses, texts
from assessments.quizzes.models import Attempt, QuestionVersion, Quiz
from lms.arrays import BoolArray, FloatArray
from lms.authz import Actor
from lms.db import LocalText, db
from lms.people.models import Person, Team
from lms.values import NotEstimable

NEWCOMER = timedelta(days=365)
"""Somebody hired so short a time before the attempt is new."""


class Group(NamedTuple):
    """Takers who have something in common: ``by`` team | language | tenure | time, ``key`` within it, ``team`` its name."""

    by: str
    key: str
    n: int
    team: LocalText | None = None

    @property
    def name(self) -> str:
        """As an address names it."""
        return f"{self.by}:{self.key}"


class Compared(NamedTuple):
    """A question, or a version of it against the one before, between two groups of equally able takers."""

    version: QuestionVersion
    before: QuestionVersion | None
    dif: ItemDif | NotEstimable
    own: Estimate | NotEstimable
    other: Estimate | NotEstimable


class Fairness(Struct, frozen=True):
    """``groups`` that can be compared with all other takers; ``chosen`` the one that is; ``rows`` its questions, the largest
    differences first; ``drift`` the versions of questions against those before."""

    n: int
    pass_mark: int
    passed: int
    decision: DecisionConsistency | NotEstimable
    groups: Sequence[Group]
    chosen: Group | None
    rows: Sequence[Compared]
    drift: Sequence[Compared]


def of_quiz(actor: Actor, module_id: int, wanted: str = "") -> tuple[Quiz, Fairness | None]:
    """``wanted`` names a group as ``by:key``. None while nobody has finished. :raises Unknown: if the actor does not author it."""
    quiz = policies.marked_quiz(actor, module_id)
    found = responses(quiz.id)
    if found is None:
        return quiz, None
    groups = _groups(quiz.id, found)
    chosen = next((each for each in groups if each[0].name == wanted), groups[0] if groups else None)
    words = {version: text for version, (text, _kind) in texts(found.versions).items()}
    result = net_scores(found.filled, found.drawn)
    rows = _between(found, words, result, chosen[1]) if chosen else []
    passed = sum(each.passed for each in found.attempts)
    decision = _decision(found, quiz.pass_mark)
    drift = _drift(found, words, result)
    named = [each for each, _member in groups]
    return quiz, Fairness(found.n, quiz.pass_mark, passed, decision, named, chosen[0] if chosen else None, rows, drift)


def _decision(found: Responses, pass_mark: int) -> DecisionConsistency | NotEstimable:
    """From what was right of each question, each counting alike, as in the reliability."""
    known = consistency(found.filled, found.drawn)
    if isinstance(known, NotEstimable):
        return known
    shares = found.filled.sum(axis=1) / np.maximum(found.drawn.sum(axis=1), 1)
    return decision_consistency(float(shares.mean()), float(shares.std(ddof=1)), known.alpha, pass_mark / 100)


def _groups(quiz_id: int, found: Responses) -> list[tuple[Group, BoolArray]]:
    """The groups with enough takers inside and outside them, and who is in each; teams first, then the larger ones."""
    rows = db.session.execute(
        select(Person.id, Person.locale, Person.hired_on, Team.path)
        .outerjoin(Team, Team.id == Person.team_id)
        .where(Person.id.in_(select(Attempt.person_id).where(Attempt.quiz_id == quiz_id)))
    )
    people = {row.id: row for row in rows}
    inside: dict[tuple[str, str], list[int]] = {}
    for at, taken in enumerate(found.attempts):
        row = people[taken.person_id]
        half = [("time", "later")] if at >= found.n // 2 else []
        for kind in [*_traits(row.path, row.locale, row.hired_on, taken.began.date()), *half]:
            inside.setdefault(kind, []).append(at)
    enough = {
        kind: places for kind, places in inside.items() if min(len(places), found.n - len(places)) >= FEWEST_OF_GROUP
    }
    named = _names([int(key) for by, key in enough if by == "team"])
    groups = []
    for (by, key), places in enough.items():
        member = np.zeros(found.n, dtype=bool)
        member[places] = True
        groups.append((Group(by, key, len(places), named.get(int(key)) if by == "team" else None), member))
    return sorted(groups, key=lambda each: (each[0].by != "team", each[0].by, -each[0].n))


def _traits(path: str | None, locale: str | None, hired_on: date | None, began: date) -> list[tuple[str, str]]:
    """What a taker belongs to: each team from the root down, the language of his pages, new or not when he began."""
    found = [("team", part) for part in (path or "").strip("/").split("/") if part]
    if locale:
        found.append(("language", locale))
    if hired_on and began - hired_on < NEWCOMER:
        found.append(("tenure", "new"))
    return found


def _names(team_ids: Sequence[int]) -> dict[int, LocalText]:
    return dict(db.session.execute(select(Team.id, Team.name).where(Team.id.in_(team_ids))).all()) if team_ids else {}


def _between(
    found: Responses, words: Mapping[int, QuestionVersion], result: FloatArray, member: BoolArray
) -> list[Compared]:
    """Each version: the members of a group against all others who are equally able."""
    rows = []
    for at, version in enumerate(found.versions):
        own = found.drawn[:, at]
        rows.append(_compared(words[version], None, found.filled[own, at], member[own], result[own]))
    return sorted(rows, key=_size)


def _drift(found: Responses, words: Mapping[int, QuestionVersion], result: FloatArray) -> list[Compared]:
    """Each version of a question against the one before it: those who met the newer one are the group."""
    rows = []
    for columns in found.columns().values():
        for older, newer in itertools.pairwise(columns):
            own = found.drawn[:, older] | found.drawn[:, newer]
            later = found.drawn[own, newer]
            score = np.where(later, found.filled[own, newer], found.filled[own, older])
            before = words[found.versions[older]]
            rows.append(_compared(words[found.versions[newer]], before, score, later, result[own]))
    return sorted(rows, key=_size)


def _compared(
    version: QuestionVersion, before: QuestionVersion | None, score: FloatArray, group: BoolArray, result: FloatArray
) -> Compared:
    right = score >= 1 - 1e-9
    dif = functioning_by_net(str(version.id), right, group, result)
    own, other = (facility_of(score[side], 0.95) for side in (group, ~group))
    return Compared(version, before, dif, own, other)


def _size(row: Compared) -> tuple[bool, float]:
    return isinstance(row.dif, NotEstimable), -abs(row.dif.delta) if isinstance(row.dif, ItemDif) else 0.0
