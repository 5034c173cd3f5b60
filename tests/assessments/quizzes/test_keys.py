"""A mended key: shown before it is done, graded by the same rule, followed by the course and its certificates."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import func, select

from assessments.quizzes import grading
from assessments.quizzes.bank import keys_in_force
from assessments.quizzes.models import GradeEntry, QuestionVersion
from courses.models import Certificate, CompletionReview, ModuleOutcome
from lms.db import db, transaction
from lms.errors import Forbidden, Refused, Unknown
from lms.people.models import Person
from tests.assessments.quizzes.factory import (
    RIGHT,
    WRONG,
    Made,
    begin,
    draft_quiz,
    entry_of,
    hand_in,
    make_quiz,
    take,
    version_of,
)
from tests.courses.factory import WEDNESDAY, actor, enrolment_of
from tests.people import Cast

MENDED = {"correct": "s1"}


def mend(who: Person, made: Made, key: Any = MENDED, kind: str = "single") -> int:
    """Mend a key and grade again, as the page does; how many grades changed."""
    with transaction():
        mended = grading.mend(
            actor(who), made.module.id, version_of(made.questions[kind]), key, now=WEDNESDAY
        )
        return grading.regrade(
            actor(who), grading.to_regrade(actor(who), mended.mends_id or 0), now=WEDNESDAY
        )


def show(who: Person, made: Made, key: Any = MENDED) -> grading.Preview:
    return grading.preview(actor(who), made.module.id, version_of(made.questions["single"]), key)


def count(model: Any) -> int:
    return db.session.scalar(select(func.count()).select_from(model)) or 0


def test_the_preview_names_who_turns_and_changes_nothing(cast: Cast) -> None:
    made = make_quiz(cast, ["single"])
    take(cast.ana, made, WRONG)
    take(cast.dov, made, RIGHT)
    seen = show(cast.tess, made)
    assert seen.graded == 2
    assert [(change.name, change.before, change.after) for change in seen.to_pass] == [("Ana", 0.0, 1.0)]
    assert [change.name for change in seen.to_fail] == ["Dov"]
    assert (count(GradeEntry), count(QuestionVersion)) == (2, 1)


def test_the_preview_leaves_out_those_whose_grade_stays(cast: Cast) -> None:
    made = make_quiz(cast, ["single"])
    take(cast.ana, made, {"single": "s3"})
    assert show(cast.tess, made).changes == ()


def test_after_mending_ana_passes_dov_fails_and_the_course_follows(cast: Cast) -> None:
    made = make_quiz(cast, ["single"])
    anas, dovs = take(cast.ana, made, WRONG), take(cast.dov, made, RIGHT)
    assert mend(cast.tess, made) == 2
    assert (entry_of(anas).passed, entry_of(dovs).passed) == (True, False)
    assert enrolment_of(cast.ana, made.course).completion is not None
    assert db.session.scalars(select(CompletionReview.stands)).all() == [False]
    revoked = db.session.scalars(select(Certificate.revoked_at.is_not(None)).order_by(Certificate.id)).all()
    assert sorted(revoked) == [False, True]


def test_a_regrade_adds_and_supersedes_and_keeps_who_when_and_by_which_key(cast: Cast) -> None:
    made = make_quiz(cast, ["single"])
    attempt = take(cast.ana, made, WRONG)
    first = entry_of(attempt)
    mend(cast.tess, made)
    now = entry_of(attempt)
    assert (first.earned, first.passed, first.supersedes_id) == ("0", False, None)
    assert (now.supersedes_id, now.by_id, now.at) == (first.id, cast.tess.id, WEDNESDAY)
    assert now.grader == first.grader
    assert now.key_fingerprint != first.key_fingerprint


def test_grading_again_twice_is_grading_again_once(cast: Cast) -> None:
    made = make_quiz(cast, ["single"])
    attempt = take(cast.ana, made, WRONG)
    mend(cast.tess, made)
    with transaction():
        assert grading.regrade(actor(cast.tess), [attempt.id], now=WEDNESDAY) == 0
    assert (count(GradeEntry), count(ModuleOutcome)) == (2, 2)


def test_an_open_attempt_is_graded_by_the_mended_key(cast: Cast) -> None:
    made = make_quiz(cast, ["single"])
    attempt = begin(cast.ana, made)
    assert mend(cast.tess, made) == 0
    with transaction():
        db.session.refresh(attempt)
    take(cast.dov, made, {"single": "s1"})
    assert entry_of(hand_in(cast.ana, attempt)).passed is False
    assert db.session.scalars(select(GradeEntry.passed).order_by(GradeEntry.id)).all() == [True, False]


def test_a_key_mended_twice_is_the_last_one_and_no_third_text(cast: Cast) -> None:
    made = make_quiz(cast, ["single"])
    attempt = take(cast.ana, made, {"single": "s3"})
    mend(cast.tess, made)
    mend(cast.tess, made, {"correct": "s3"})
    root = version_of(made.questions["single"])
    assert keys_in_force([root])[root].key.correct == "s3"  # type: ignore[union-attr]
    assert set(db.session.scalars(select(QuestionVersion.mends_id))) == {None, root}
    assert entry_of(attempt).passed


def test_a_numeric_key_gains_a_tolerance(cast: Cast) -> None:
    made = make_quiz(cast, ["numeric"])
    attempt = take(cast.ana, made, {"numeric": "13.4"})
    mend(cast.tess, made, {"value": "12.5", "tolerance": "1", "relative": False}, "numeric")
    assert entry_of(attempt).passed


@pytest.mark.parametrize(
    ("key", "code"),
    [
        ({"correct": "s2"}, "key_unchanged"),
        ({"correct": "s9"}, "question_one_right"),
        (None, "question_key_missing"),
        ({"correct": ["s1"]}, "question_one_right"),
    ],
)
def test_a_key_that_cannot_be_is_refused_before_anything_is_kept(cast: Cast, key: Any, code: str) -> None:
    made = make_quiz(cast, ["single"])
    for act in (show, mend):
        with pytest.raises(Refused) as refused:
            act(cast.tess, made, key)
        assert refused.value.code == code
    assert count(QuestionVersion) == 1


def test_ana_and_cleo_mend_no_key_and_see_no_preview(cast: Cast) -> None:
    made = make_quiz(cast, ["single"])
    for who in (cast.ana, cast.cleo):
        for act in (show, mend):
            with pytest.raises(Forbidden):
                act(who, made)


def test_the_key_of_another_courses_question_cannot_be_reached_through_this_quiz(cast: Cast) -> None:
    made, other = make_quiz(cast, ["single"]), draft_quiz(cast, ["single"], code="KA-202")
    strange = version_of(other.questions["single"])
    with pytest.raises(Unknown):
        grading.preview(actor(cast.tess), made.module.id, strange, MENDED)
