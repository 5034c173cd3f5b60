"""Review: by a second person, of one version, only added to; and publishing that asks for it says what is missing."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from assessments.quizzes import editing, grading, policies, sections
from assessments.quizzes.models import Question
from assessments.quizzes.question_bank import reviewing, services
from assessments.quizzes.question_bank.models import QuestionReview
from assessments.quizzes.sections import Section
from courses import authoring, publishing
from courses.models import Area
from lms.authz import Role
from lms.db import db, transaction
from lms.errors import Forbidden, Refused
from lms.people.models import Person
from tests.assessments.quizzes.factory import draft_quiz, make_quiz, question, version_of
from tests.courses.factory import MONDAY, TUESDAY, actor
from tests.people import Cast, make_person

SignIn = Callable[[Person], FlaskClient]


def second_trainer() -> Person:
    with transaction():
        return make_person("Una", None, Role.TRAINER)


def approved(cast: Cast, una: Person, question_id: int) -> None:
    with transaction():
        reviewing.ask(actor(cast.tess), question_id, now=MONDAY)
        reviewing.approve(actor(una), question_id, seen=held(question_id), now=MONDAY)


def held(question_id: int) -> int:
    return reviewing.held_version(db.session.get_one(Question, question_id)).id


def state_of(question_id: int) -> str:
    return reviewing.state_of(db.session.get_one(Question, question_id))


def test_tess_cannot_approve_what_she_wrote_herself(cast: Cast, sign_in: SignIn) -> None:
    id_ = draft_quiz(cast, ["single"]).questions["single"]
    with transaction():
        reviewing.ask(actor(cast.tess), id_, now=MONDAY)
    for act in (reviewing.approve, reviewing.send_back):
        with pytest.raises(Refused, match="review_own"), transaction():
            act(actor(cast.tess), id_, "Mine", seen=held(id_), now=MONDAY)
    page = sign_in(cast.tess).post(f"/authoring/bank/{id_}/review/approve", data={"comment": "", "version": held(id_)}).text
    assert "nobody approves what they wrote themselves" in page
    with pytest.raises(Forbidden), transaction():
        reviewing.approve(actor(cast.ana), id_, seen=held(id_), now=MONDAY)
    assert state_of(id_) == "asked"


def test_una_sends_back_with_a_reason_and_approves_the_next_version(cast: Cast) -> None:
    id_, una = draft_quiz(cast, ["single"]).questions["single"], second_trainer()
    with pytest.raises(Refused, match="review_not_asked"), transaction():
        reviewing.approve(actor(una), id_, seen=held(id_), now=MONDAY)
    with transaction():
        reviewing.ask(actor(cast.tess), id_, "Please", now=MONDAY)
    with pytest.raises(Refused, match="review_not_askable"), transaction():
        reviewing.ask(actor(cast.tess), id_, now=MONDAY)
    with pytest.raises(Refused, match="review_comment"), transaction():
        reviewing.send_back(actor(una), id_, "  ", seen=held(id_), now=MONDAY)
    with transaction():
        reviewing.send_back(actor(una), id_, "Two options are right", seen=held(id_), now=MONDAY)
    assert state_of(id_) == "sent_back"
    with transaction():
        services.rewrite(actor(cast.tess), id_, question("single", stem={"en": "Better?"}), competency="", now=TUESDAY)
    assert state_of(id_) == "draft", "another text has not been looked at"
    approved(cast, una, id_)
    assert state_of(id_) == "approved"
    assert db.session.scalar(select(func.count(QuestionReview.id))) == 4, "nothing is overwritten"


def test_una_cannot_approve_a_text_that_was_rewritten_while_she_read(cast: Cast, sign_in: SignIn) -> None:
    id_, una = draft_quiz(cast, ["single"]).questions["single"], second_trainer()
    with transaction():
        reviewing.ask(actor(cast.tess), id_, now=MONDAY)
    client = sign_in(una)
    read = held(id_)
    assert f'name="version" value="{read}"' in client.get(f"/authoring/bank/{id_}").text
    with transaction():
        services.rewrite(actor(cast.tess), id_, question("single", stem={"en": "Quite another?"}), competency="", now=TUESDAY)
        reviewing.ask(actor(cast.tess), id_, now=TUESDAY)
    for act in ("approve", "send_back"):
        for version in (str(read), ""):
            page = client.post(f"/authoring/bank/{id_}/review/{act}", data={"comment": "Good", "version": version}).text
            assert "The question was changed after you opened it." in page
            assert "Quite another?" in page
    assert state_of(id_) == "asked"
    client.post(f"/authoring/bank/{id_}/review/approve", data={"version": held(id_)})
    assert state_of(id_) == "approved"


def test_a_mended_key_is_looked_at_again_and_not_by_who_mended_it(cast: Cast) -> None:
    made, una = make_quiz(cast, ["single"]), second_trainer()
    id_ = made.questions["single"]
    approved(cast, una, id_)
    with transaction():
        grading.mend(actor(una), made.module.id, version_of(id_), {"correct": "s3"}, now=TUESDAY)
    assert state_of(id_) == "draft"
    with transaction():
        reviewing.ask(actor(una), id_, now=TUESDAY)
    for person in (una, cast.tess):
        with pytest.raises(Refused, match="review_own"), transaction():
            reviewing.approve(actor(person), id_, seen=held(id_), now=TUESDAY)


def test_what_waits_stands_on_unas_first_page_and_not_on_that_of_its_author(cast: Cast, sign_in: SignIn) -> None:
    id_, una = draft_quiz(cast, ["single"]).questions["single"], second_trainer()
    assert reviewing.waiting(actor(una)) == []
    with transaction():
        reviewing.ask(actor(cast.tess), id_, now=MONDAY)
    assert [row.question_id for row in reviewing.waiting(actor(una))] == [id_]
    assert reviewing.waiting(actor(cast.tess)) == []
    assert "wait for your review" in sign_in(una).get("/").text
    assert "wait for your review" not in sign_in(cast.tess).get("/").text
    done = sign_in(una).post(f"/authoring/bank/{id_}/review/approve", data={"comment": "Good", "version": held(id_)}, follow_redirects=True)
    assert "approved it" in done.text
    assert "Good" in done.text
    assert reviewing.waiting(actor(una)) == []


def test_a_course_that_asks_for_review_is_published_only_with_approved_questions(cast: Cast, sign_in: SignIn) -> None:
    made, una = draft_quiz(cast, ["single", "true_false"]), second_trainer()
    sign_in(cast.tess).post(f"/authoring/{made.course.id}/bank/rule", data={"reviewed_only": "1"})
    page = sign_in(cast.tess).get(f"/authoring/{made.course.id}/check").text
    assert "2 questions have not been approved by a second trainer" in page
    approved(cast, una, made.questions["single"])
    with pytest.raises(Refused, match="course_has_problems"), transaction():
        publishing.publish(actor(cast.tess), made.course.id, now=TUESDAY)
    approved(cast, una, made.questions["true_false"])
    with transaction():
        publishing.publish(actor(cast.tess), made.course.id, now=TUESDAY)


def test_the_rule_is_off_at_first_and_only_approved_questions_are_drawn_under_it(cast: Cast) -> None:
    made, una = draft_quiz(cast, ["single", "true_false"]), second_trainer()
    tess = actor(cast.tess)
    with transaction():
        for id_ in made.questions.values():
            editing.take_out(tess, made.module.id, id_, now=MONDAY)
        part = sections.add(tess, made.module.id, Section({"en": "All"}, draw=1), now=MONDAY)
    approved(cast, una, made.questions["single"])

    def pool() -> list[int]:
        db.session.expire_all()
        return [each.id for each in sections.pools([policies.quiz_of(made.module.id)])[part.id]]

    assert len(pool()) == 2
    with transaction():
        reviewing.set_rule(tess, made.course.id, True, now=MONDAY)
    assert pool() == [made.questions["single"]]


def copied(who: Person, question_id: int, code: str) -> int:
    """Copy a question to a new course and ask for a review there; the copy."""
    with transaction():
        course = authoring.create(actor(who), code, {"en": "Elsewhere"}, Area.SKILLS, now=MONDAY)
        copy = services.copy_to(actor(who), question_id, course.id, now=TUESDAY)
        reviewing.ask(actor(who), copy.id, now=TUESDAY)
        return copy.id


def test_a_copy_keeps_who_wrote_it_so_tess_cannot_approve_hers_by_having_it_copied(cast: Cast, sign_in: SignIn) -> None:
    id_, una = draft_quiz(cast, ["single"]).questions["single"], second_trainer()
    for copier, code in ((una, "C-1"), (cast.tess, "C-2")):
        copy = copied(copier, id_, code)
        assert reviewing.waiting(actor(cast.tess)) == []
        with pytest.raises(Refused, match="review_own"), transaction():
            reviewing.approve(actor(cast.tess), copy, seen=held(copy), now=TUESDAY)
    copy = copied(una, copied(una, id_, "C-3"), "C-4")
    page = sign_in(cast.tess).get(f"/authoring/bank/{copy}").text
    assert "nobody approves what they wrote themselves" in page
    assert "copied by Una" in page
    with transaction():
        reviewing.approve(actor(una), copy, seen=held(copy), now=TUESDAY)
    assert state_of(copy) == "approved"


def test_a_copy_of_a_mended_question_is_approved_by_neither_author(cast: Cast) -> None:
    made, una = make_quiz(cast, ["single"]), second_trainer()
    id_ = made.questions["single"]
    with transaction():
        grading.mend(actor(una), made.module.id, version_of(id_), {"correct": "s3"}, now=TUESDAY)
        ugo = make_person("Ugo", None, Role.TRAINER)
    copy = copied(ugo, id_, "C-5")
    assert [row.question_id for who in (cast.tess, una, ugo) for row in reviewing.waiting(actor(who))] == [copy]
    for person in (cast.tess, una):
        with pytest.raises(Refused, match="review_own"), transaction():
            reviewing.approve(actor(person), copy, seen=held(copy), now=TUESDAY)
