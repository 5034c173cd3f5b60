"""Open answers: read blind, by one or two, and the result follows when the last is graded."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from assessments.quizzes import grading, hand_grading, hands
from assessments.quizzes.models import Attempt, GradeEntry, HandGrade
from courses.models import ModuleOutcome
from lms.authz import Role
from lms.db import db, transaction
from lms.errors import Forbidden, Refused, Unknown
from lms.people.models import Person, RoleGrant
from tests.assessments.quizzes.factory import Made, actor, begin, enrolled, entry_of, give, hand_in, make_quiz
from tests.courses.factory import TUESDAY
from tests.people import Cast, make_person

SignIn = Callable[[Person], FlaskClient]
FULL, HALF, NONE = {"c1": "2", "c2": "1"}, {"c1": "1", "c2": "0"}, {"c1": "0", "c2": "0"}


def handed_in(cast: Cast, person: Person, made: Made, words: str = "Shorter delays.") -> Attempt:
    attempt = begin(person, made)
    give(person, attempt, made.questions["open_text"], words)
    return hand_in(person, attempt)


def graded(cast: Cast, grader: Person, made: Made, points: dict[str, str], comment: str = "") -> HandGrade:
    code = hand_grading.desk(actor(grader), made.module.id).waiting[0].code
    with transaction():
        return hand_grading.grade(actor(grader), made.module.id, code, points, comment, now=TUESDAY)


def of_the_course(cast: Cast, made: Made, name: str) -> Person:
    """Another trainer of this course."""
    with transaction():
        person = make_person(name, cast.company)
        db.session.add(
            RoleGrant(person_id=person.id, role=Role.TRAINER, scope="course", course_id=made.course.id, granted_at=TUESDAY)
        )
    return person


def outcomes() -> int:
    return db.session.scalar(select(func.count(ModuleOutcome.id))) or 0


def test_anas_result_waits_for_tess_and_then_comes(cast: Cast, sign_in: SignIn) -> None:
    made = make_quiz(cast, ["open_text"], pass_mark=75)
    attempt = handed_in(cast, cast.ana, made)
    assert outcomes() == 0
    page = sign_in(cast.ana).get(f"/quizzes/attempts/{attempt.id}/result").text
    assert "a grader reads your open answers" in page
    assert grading.current_entries([attempt.id]) == {}
    graded(cast, cast.tess, made, FULL, "Well said.")
    assert entry_of(attempt).passed
    assert outcomes() == 1
    assert "The grader says: Well said." in sign_in(cast.ana).get(f"/quizzes/attempts/{attempt.id}/result").text


@pytest.mark.parametrize(("kind", "told"), [("open_text", True), ("single", False)])
def test_ana_is_told_before_that_a_grader_reads_her_answer(cast: Cast, sign_in: SignIn, kind: str, told: bool) -> None:
    made = make_quiz(cast, [kind])
    page = sign_in(cast.ana).get(f"/quizzes/{enrolled(cast.ana, made).id}/{made.module.id}").text
    assert ("so the result comes later" in page) is told


def test_an_empty_open_answer_waits_for_nobody(cast: Cast) -> None:
    made = make_quiz(cast, ["open_text"])
    attempt = hand_in(cast.ana, begin(cast.ana, made))
    assert entry_of(attempt).earned == "0"
    assert hand_grading.desk(actor(cast.tess), made.module.id).waiting == []


def test_the_grader_meets_no_name(cast: Cast, sign_in: SignIn) -> None:
    made = make_quiz(cast, ["open_text"])
    attempt = handed_in(cast, cast.ana, made)
    client, address = sign_in(cast.tess), f"/authoring/quizzes/{made.module.id}/open-answers"
    desk = client.get(address).text
    code = re.search(r"open-answers/([0-9a-f]{16})", desk)
    assert code
    page = client.get(f"{address}/{code[1]}").text
    for text in (desk, page):
        assert "Ana<" not in text and "Ana " not in text
        assert f"attempts/{attempt.id}" not in text
    assert "Shorter delays." in page
    assert "Choose a level for every criterion" in client.post(f"{address}/{code[1]}", data={"c-c1": "2"}).text
    done = client.post(f"{address}/{code[1]}", data={"c-c1": "2", "c-c2": "0", "comment": "Polite next time."})
    assert done.status_code == 302
    assert entry_of(attempt).earned == "1/2"


def test_two_far_apart_need_a_third_and_the_middle_counts(cast: Cast) -> None:
    made = make_quiz(cast, ["open_text"], doubled=100)
    attempt = handed_in(cast, cast.ana, made)
    second, third = (of_the_course(cast, made, name) for name in ("Uma", "Vic"))
    graded(cast, cast.tess, made, FULL)
    assert grading.current_entries([attempt.id]) == {}
    with pytest.raises(IndexError):
        graded(cast, cast.tess, made, FULL)
    graded(cast, second, made, NONE)
    assert grading.current_entries([attempt.id]) == {}, "they are further apart than a quarter"
    graded(cast, third, made, HALF)
    assert entry_of(attempt).earned == "1/4"


def test_a_second_thought_is_added_and_the_first_stays(cast: Cast) -> None:
    made = make_quiz(cast, ["open_text"], pass_mark=50)
    attempt = handed_in(cast, cast.ana, made)
    graded(cast, cast.tess, made, NONE)
    assert not entry_of(attempt).passed
    code = hand_grading.desk(actor(cast.tess), made.module.id).done[0].code
    with transaction():
        hand_grading.grade(actor(cast.tess), made.module.id, code, FULL, "", now=TUESDAY + timedelta(days=1))
    assert entry_of(attempt).passed
    assert db.session.scalar(select(func.count(HandGrade.id))) == 2
    assert db.session.scalar(select(func.count(GradeEntry.id))) == 2
    assert len(hands.current([attempt.id])[attempt.id, made.questions["open_text"]]) == 1


def test_nobody_grades_their_own_and_no_stranger_grades_at_all(cast: Cast) -> None:
    made = make_quiz(cast, ["open_text"])
    handed_in(cast, cast.ana, made)
    code = hand_grading.desk(actor(cast.tess), made.module.id).waiting[0].code
    with pytest.raises((Unknown, Forbidden)):
        hand_grading.grade(actor(cast.dov), made.module.id, code, FULL, "", now=TUESDAY)
    with pytest.raises(Unknown):
        hand_grading.grade(actor(cast.tess), made.module.id, "0" * 16, FULL, "", now=TUESDAY)
    with pytest.raises(Refused, match="grade_no_such_level"):
        hand_grading.grade(actor(cast.tess), made.module.id, code, {"c1": "9", "c2": "1"}, "", now=TUESDAY)
