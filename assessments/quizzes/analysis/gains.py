"""Learning gain: a quiz against the one that its trainer names as its pre-test."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from datetime import datetime
from typing import NamedTuple

import numpy as np
from msgspec import Struct
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from assessments.grading.estimates import Estimate
from assessments.grading.forms import Forms, compare
from assessments.grading.gain import Gain, learning_gain
from assessments.grading.items import facility_of
from assessments.quizzes import policies
from assessments.quizzes.analysis.models import QuizPairing
from assessments.quizzes.analysis.responses import Responses, responses, texts
from assessments.quizzes.models import QuestionVersion, Quiz
from courses import policies as course_policies
from courses.models import Course, Module
from lms import audit
from lms.arrays import BoolArray, FloatArray, IntArray
from lms.authz import Actor, Permission, require
from lms.db import db
from lms.errors import Refused
from lms.values import NotEstimable


class Both(NamedTuple):
    """A question that both quizzes asked in the same words: how many had it right before and after, of those who sat both."""

    version: QuestionVersion
    before: Estimate | NotEstimable
    after: Estimate | NotEstimable


class Learnt(Struct, frozen=True):
    """What was learnt from ``pre`` to the quiz; ``forms`` are the mean results of the two with their intervals."""

    pre: Quiz
    gain: Gain | NotEstimable
    means: tuple[float, float] | None
    common: Sequence[Both]
    only_before: int
    only_after: int
    forms: Forms | None = None


def pair(actor: Actor, module_id: int, pre_module_id: int | None, *, now: datetime) -> QuizPairing:
    """Name the pre-test of a quiz, or (None) none. :raises Unknown: for a quiz of a course that is not the actor's to edit.

    :raises Refused: ``pairing_with_itself``.
    """
    require(actor, Permission.QUIZ_AUTHOR)
    post = policies.marked_quiz(actor, module_id)
    if pre_module_id == module_id:
        raise Refused("pairing_with_itself", field="pre")
    pre = policies.marked_quiz(actor, pre_module_id) if pre_module_id else None
    row = QuizPairing(post_quiz_id=post.id, pre_quiz_id=pre.id if pre else None, created_at=now, created_by_id=actor.person_id)
    db.session.add(row)
    db.session.flush()
    audit.record(actor, "quiz.pair", "module", module_id, pre=pre_module_id)
    return row


def pre_of(quiz_id: int) -> Quiz | None:
    """The quiz that was last named as the pre-test."""
    row = db.session.scalars(
        select(QuizPairing).where(QuizPairing.post_quiz_id == quiz_id).order_by(QuizPairing.id.desc()).limit(1)
    ).first()
    if row is None or row.pre_quiz_id is None:
        return None
    return db.session.get(Quiz, row.pre_quiz_id, options=[joinedload(Quiz.module)])


def offered(actor: Actor, quiz: Quiz) -> list[Quiz]:
    """The quizzes that may be named: all that the actor edits but this one, those of the same course first."""
    found = db.session.scalars(
        select(Quiz)
        .join(Module, Module.id == Quiz.module_id)
        .join(Course, Course.id == Module.course_id)
        .options(joinedload(Quiz.module).joinedload(Module.course))
        .where(course_policies.authored(actor), Quiz.id != quiz.id)
        .order_by(Course.code, Quiz.id)
    ).all()
    return sorted(found, key=lambda each: each.module.course_id != quiz.module.course_id)


def of_quiz(actor: Actor, module_id: int) -> tuple[Quiz, Learnt | None]:
    """None where no pre-test is named. :raises Unknown: if the actor does not author the quiz."""
    quiz = policies.marked_quiz(actor, module_id)
    pre = pre_of(quiz.id)
    return quiz, learnt(quiz, pre) if pre else None


def learnt(quiz: Quiz, pre: Quiz) -> Learnt:
    """First finished attempt at each; a post-test that began before the pre-test had ended does not count."""
    before, after = responses(pre.id), responses(quiz.id)
    people = _rows(before)
    later = {person: row for person, row in _rows(after).items() if _follows(before, after, people.get(person), row)}
    both = sorted(set(people) & set(later))
    only = (len(set(people) - set(later)), len(set(later) - set(people)))
    if before is None or after is None or not both:
        return Learnt(pre, NotEstimable("few_pairs", {"n": 0, "minimum": 2}), None, (), *only)
    at = np.array([people[each] for each in both]), np.array([later[each] for each in both])
    scores = [np.array([found.attempts[row].score for row in rows]) for found, rows in zip((before, after), at, strict=True)]
    means = float(scores[0].mean()), float(scores[1].mean())
    common = _common(before, after, at[0].tolist(), at[1].tolist())
    return Learnt(pre, learning_gain(scores[0], scores[1]), means, common, *only, _forms(before, after, *at))


def _rows(found: Responses | None) -> dict[int, int]:
    return {each.person_id: row for row, each in enumerate(found.attempts)} if found else {}


def _follows(before: Responses | None, after: Responses | None, first: int | None, then: int) -> bool:
    if before is None or after is None or first is None:
        return True
    ended = before.attempts[first].ended
    return ended is None or after.attempts[then].began >= ended


def _common(before: Responses, after: Responses, first: Sequence[int], then: Sequence[int]) -> list[Both]:
    """The versions that both quizzes asked of somebody who sat both."""
    places: Mapping[int, int] = {version: at for at, version in enumerate(before.versions)}
    shared = [(version, places[version], at) for at, version in enumerate(after.versions) if version in places]
    words = texts([version for version, _one, _two in shared]) if shared else {}
    found = []
    for version, one, two in shared:
        had = [before.drawn[row, one] and after.drawn[other, two] for row, other in zip(first, then, strict=True)]
        kept = np.flatnonzero(had)
        if kept.size:
            earlier, later = before.filled[np.asarray(first)[kept], one], after.filled[np.asarray(then)[kept], two]
            found.append(Both(words[version][0], facility_of(earlier, 0.95), facility_of(later, 0.95)))
    return found


def _forms(before: Responses, after: Responses, first: IntArray, then: IntArray) -> Forms:
    """How hard the two quizzes are beside each other, by the questions that both ask those who sat both."""
    met = [
        {version for at, version in enumerate(found.versions) if found.drawn[rows, at].any()}
        for found, rows in ((before, first), (after, then))
    ]
    shared = met[0] & met[1]
    sides = [_sides(before, first, shared), _sides(after, then, shared)]
    return compare(sides[0][0], sides[1][0], sides[0][1], sides[1][1], shared=len(shared), asked=len(met[0] | met[1]))


def _sides(found: Responses, rows: IntArray, shared: Set[int]) -> tuple[FloatArray, FloatArray]:
    """Mean scores of these people: on the questions of this form alone, and on the shared ones; ``nan`` where they had none."""
    common = np.array([version in shared for version in found.versions])
    return _means(found, rows, ~common), _means(found, rows, common)


def _means(found: Responses, rows: IntArray, columns: BoolArray) -> FloatArray:
    scores, had = found.filled[rows][:, columns], found.drawn[rows][:, columns]
    count = had.sum(axis=1)
    total = np.where(had, scores, 0.0).sum(axis=1)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)
