"""Starting, saving, handing in, being closed: the server decides time, order and grade."""

from __future__ import annotations

from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from assessments.quizzes import services
from assessments.quizzes.models import AnswerSave, Attempt, GradeEntry, State
from courses.models import Certificate, Completion, ModuleOutcome
from lms.authz import SYSTEM
from lms.db import db, transaction
from lms.errors import Refused, Unknown
from tests.assessments.quizzes.factory import (
    RIGHT,
    TUESDAY,
    WRONG,
    begin,
    enrolled,
    entry_of,
    give,
    hand_in,
    make_quiz,
    take,
)
from tests.courses.factory import actor
from tests.people import Cast

MINUTE = timedelta(minutes=1)


def held(attempt: Attempt) -> dict[int, list[Any]]:
    rows = db.session.execute(
        select(AnswerSave.question_id, AnswerSave.answer).where(AnswerSave.attempt_id == attempt.id)
    )
    return dict(rows.all())


def count(model: Any) -> int:
    return db.session.scalar(select(func.count()).select_from(model)) or 0


def refusal_of(act: Any, *args: Any, **kwargs: Any) -> str:
    with pytest.raises(Refused) as refused:
        act(*args, **kwargs)
    return refused.value.code


def test_anas_right_answers_pass_the_quiz_complete_the_course_and_certify_her(cast: Cast) -> None:
    made = make_quiz(cast)
    entry = entry_of(take(cast.ana, made))
    assert (entry.earned, entry.possible, entry.passed) == ("5", 5, True)
    assert db.session.scalar(select(Completion.enrolment_id)) == enrolled(cast.ana, made).id
    assert count(Certificate) == 1


def test_anas_wrong_answers_fail_and_complete_nothing(cast: Cast) -> None:
    made = make_quiz(cast)
    entry = entry_of(take(cast.ana, made, WRONG))
    assert (entry.earned, entry.passed) == ("0", False)
    assert db.session.execute(select(ModuleOutcome.passed, ModuleOutcome.score)).all() == [(False, 0.0)]
    assert count(Completion) == 0


def test_half_of_a_multiple_choice_is_half_a_mark(cast: Cast) -> None:
    made = make_quiz(cast, ["multiple", "single"])
    entry = entry_of(take(cast.ana, made, {"multiple": ["m1"], "single": "s2"}))
    assert Fraction(entry.earned) == Fraction(3, 2)
    assert entry.score == 0.75


def test_a_double_click_on_start_is_one_attempt(cast: Cast) -> None:
    made = make_quiz(cast)
    assert begin(cast.ana, made).id == begin(cast.ana, made, TUESDAY + MINUTE).id
    assert count(Attempt) == 1


def test_a_third_attempt_of_two_is_refused(cast: Cast) -> None:
    made = make_quiz(cast, attempts=2)
    assert [take(cast.ana, made, WRONG).number, take(cast.ana, made, WRONG).number] == [1, 2]
    assert refusal_of(begin, cast.ana, made) == "attempts_used_up"


def test_the_database_itself_takes_no_attempt_beyond_the_limit(cast: Cast) -> None:
    made = make_quiz(cast, attempts=1)
    take(cast.ana, made)
    row = {c.key: getattr(begin(cast.dov, made), c.key) for c in Attempt.__table__.columns if c.key != "id"}
    for number in (1, 2):
        with pytest.raises(IntegrityError), transaction():
            db.session.add(Attempt(**row | {"number": number}))
            db.session.flush()


def test_the_next_attempt_waits_as_long_as_the_quiz_says(cast: Cast) -> None:
    made = make_quiz(cast, wait_minutes=30)
    take(cast.ana, made, WRONG)
    with pytest.raises(Refused) as refused:
        begin(cast.ana, made, TUESDAY + 10 * MINUTE)
    assert (refused.value.code, refused.value.params) == ("wait_before_next", {"minutes": 20})
    assert begin(cast.ana, made, TUESDAY + 30 * MINUTE).number == 2


def test_the_server_sets_the_deadline_and_freezes_questions_order_and_marks(cast: Cast) -> None:
    made = make_quiz(cast, time_limit=600, shuffle=False)
    attempt = begin(cast.ana, made)
    assert attempt.deadline_at == TUESDAY + 10 * MINUTE
    assert [item["question"] for item in attempt.frozen["items"]] == list(made.questions.values())
    assert attempt.frozen["items"][0]["options"] == ["s1", "s2", "s3"]


def test_shuffled_questions_keep_their_own_options_and_true_comes_before_false(cast: Cast) -> None:
    made = make_quiz(cast, attempts=None)
    for _attempt in range(12):
        items = {item["question"]: item for item in take(cast.ana, made, {}).frozen["items"]}
        assert set(items) == set(made.questions.values())
        assert set(items[made.questions["single"]]["options"]) == {"s1", "s2", "s3"}
        assert items[made.questions["true_false"]]["options"] == ["true", "false"]


def test_an_answer_replaces_the_one_before(cast: Cast) -> None:
    made = make_quiz(cast)
    attempt, single = begin(cast.ana, made), made.questions["single"]
    give(cast.ana, attempt, single, "s1", sequence=1)
    give(cast.ana, attempt, single, "s2", sequence=2)
    assert held(attempt) == {single: ["s2"]}


def test_the_same_answer_sent_twice_is_acknowledged_twice(cast: Cast) -> None:
    made = make_quiz(cast)
    attempt, single = begin(cast.ana, made), made.questions["single"]
    give(cast.ana, attempt, single, "s1", sequence=1)
    give(cast.ana, attempt, single, "s1", sequence=1)
    assert held(attempt) == {single: ["s1"]}


def test_an_older_answer_that_arrives_late_does_not_come_back(cast: Cast) -> None:
    made = make_quiz(cast)
    attempt, single = begin(cast.ana, made), made.questions["single"]
    later = TUESDAY + MINUTE
    give(cast.ana, attempt, single, "s2", sequence=2, now=later)
    give(cast.ana, attempt, single, "s1", sequence=1, now=later, given_at=TUESDAY)
    assert held(attempt) == {single: ["s2"]}


def test_a_page_left_behind_is_told_that_the_question_was_answered_elsewhere(cast: Cast) -> None:
    made = make_quiz(cast)
    attempt, single = begin(cast.ana, made), made.questions["single"]
    give(cast.ana, attempt, single, "s2", sequence=5)
    late = TUESDAY + MINUTE
    assert refusal_of(give, cast.ana, attempt, single, "s1", sequence=3, now=late) == "answered_elsewhere"
    assert refusal_of(give, cast.ana, attempt, single, "s1", sequence=5, now=late) == "answered_elsewhere"
    assert held(attempt) == {single: ["s2"]}


@pytest.mark.parametrize("sequence", [0, -1, 2**31, 2**70])
def test_a_sequence_that_cannot_be_is_refused(cast: Cast, sequence: int) -> None:
    made = make_quiz(cast)
    attempt = begin(cast.ana, made)
    code = refusal_of(give, cast.ana, attempt, made.questions["single"], "s1", sequence=sequence)
    assert code == "answer_unreadable"


@pytest.mark.parametrize(
    ("given", "kept"),
    [(-3600, 0), (30, 30), (3600, 60)],
    ids=["before the start", "as said", "in the future"],
)
def test_a_browsers_clock_is_believed_between_the_start_and_now(cast: Cast, given: int, kept: int) -> None:
    made = make_quiz(cast)
    attempt = begin(cast.ana, made)
    said = TUESDAY + timedelta(seconds=given)
    give(cast.ana, attempt, made.questions["single"], "s1", now=TUESDAY + MINUTE, given_at=said)
    assert db.session.scalar(select(AnswerSave.given_at)) == TUESDAY + timedelta(seconds=kept)


def test_an_option_of_another_question_is_no_answer(cast: Cast) -> None:
    made = make_quiz(cast)
    attempt = begin(cast.ana, made)
    assert refusal_of(give, cast.ana, attempt, made.questions["single"], "m1") == "answer_no_such_option"


def test_a_question_that_was_not_asked_is_unknown(cast: Cast) -> None:
    made = make_quiz(cast, ["single"])
    other = make_quiz(cast, ["numeric"], code="KA-202")
    attempt = begin(cast.ana, made)
    for question_id in (other.questions["numeric"], 10**8):
        with pytest.raises(Unknown):
            give(cast.ana, attempt, question_id, "1")


def test_an_answer_on_its_way_at_the_deadline_is_taken_and_a_late_one_is_not(cast: Cast) -> None:
    made = make_quiz(cast, time_limit=600)
    attempt = begin(cast.ana, made)
    deadline = TUESDAY + 10 * MINUTE
    give(cast.ana, attempt, made.questions["single"], "s2", sequence=1, now=deadline + services.GRACE)
    late = deadline + services.GRACE + timedelta(seconds=1)
    said = TUESDAY + MINUTE
    code = refusal_of(
        give, cast.ana, attempt, made.questions["numeric"], "12.5", sequence=2, now=late, given_at=said
    )
    assert code == "deadline_passed"
    assert held(attempt) == {made.questions["single"]: ["s2"]}


def test_handing_in_late_closes_as_of_the_deadline_and_what_was_saved_counts(cast: Cast) -> None:
    made = make_quiz(cast, ["single"], time_limit=600)
    attempt = begin(cast.ana, made)
    give(cast.ana, attempt, made.questions["single"], "s2")
    attempt = hand_in(cast.ana, attempt, TUESDAY + 60 * MINUTE)
    assert (attempt.state, attempt.ended_at) == (State.EXPIRED, TUESDAY + 10 * MINUTE)
    assert entry_of(attempt).passed
    assert db.session.scalar(select(ModuleOutcome.at)) == TUESDAY + 10 * MINUTE


def test_handing_in_twice_is_handing_in_once(cast: Cast) -> None:
    made = make_quiz(cast)
    attempt = take(cast.ana, made)
    hand_in(cast.ana, attempt, TUESDAY + MINUTE)
    assert (count(GradeEntry), count(ModuleOutcome), count(Completion)) == (1, 1, 1)
    assert attempt.ended_at == TUESDAY


def test_nothing_can_be_changed_after_handing_in(cast: Cast) -> None:
    made = make_quiz(cast)
    attempt = take(cast.ana, made, WRONG)
    assert (
        refusal_of(give, cast.ana, attempt, made.questions["single"], "s2", sequence=99) == "attempt_closed"
    )
    with pytest.raises(Refused), transaction():
        services.mark(actor(cast.ana), attempt.id, made.questions["single"], now=TUESDAY)


def test_the_clock_closes_what_is_over_and_leaves_the_rest_open(cast: Cast) -> None:
    made = make_quiz(cast, ["single"], time_limit=600)
    early = begin(cast.ana, made)
    give(cast.ana, early, made.questions["single"], "s2")
    late = begin(cast.dov, made, TUESDAY + 30 * MINUTE)
    with transaction():
        assert services.expire(SYSTEM, now=TUESDAY + 31 * MINUTE) == 1
    with transaction():
        assert services.expire(SYSTEM, now=TUESDAY + 31 * MINUTE) == 0
    states = dict(db.session.execute(select(Attempt.id, Attempt.state)).all())
    assert states == {early.id: State.EXPIRED, late.id: State.OPEN}
    assert entry_of(early).passed


def test_starting_again_after_the_deadline_closes_the_old_attempt_first(cast: Cast) -> None:
    made = make_quiz(cast, time_limit=600)
    first = begin(cast.ana, made)
    assert begin(cast.ana, made, TUESDAY + 60 * MINUTE).number == 2
    assert entry_of(first).passed is False


def test_an_attempt_without_a_limit_of_time_stays_open(cast: Cast) -> None:
    made = make_quiz(cast)
    begin(cast.ana, made)
    with transaction():
        assert services.expire(SYSTEM, now=TUESDAY + timedelta(days=400)) == 0


def test_ben_and_tess_cannot_touch_anas_attempt(cast: Cast) -> None:
    made = make_quiz(cast)
    attempt = begin(cast.ana, made)
    acts: list[Any] = [
        lambda who: give(who, attempt, made.questions["single"], "s1"),
        lambda who: hand_in(who, attempt),
        lambda who: begin_in(who, enrolled(cast.ana, made).id, made.module.id),
    ]
    for person in (cast.ben, cast.dov, cast.tess):
        for act in acts:
            with pytest.raises(Unknown):
                act(person)
    assert held(attempt) == {}


def begin_in(person: Any, enrolment_id: int, module_id: int, now: datetime = TUESDAY) -> Attempt:
    with transaction():
        return services.start(actor(person), enrolment_id, module_id, now=now)


def save_page(person: Any, attempt: Attempt, values: Any, *, held: int = 0, unsent: Any = None) -> None:
    with transaction():
        services.save_form(actor(person), attempt.id, values, held=held, unsent=unsent, now=TUESDAY)


def test_a_page_without_script_keeps_all_its_answers(cast: Cast) -> None:
    made = make_quiz(cast)
    attempt = begin(cast.ana, made)
    save_page(cast.ana, attempt, {id_: RIGHT[kind] for kind, id_ in made.questions.items()})
    assert entry_of(hand_in(cast.ana, attempt)).earned == "5"


def test_a_page_without_script_does_not_undo_what_a_newer_page_saved(cast: Cast) -> None:
    made = make_quiz(cast, ["single", "numeric"])
    attempt, single, numeric = begin(cast.ana, made), *made.questions.values()
    give(cast.ana, attempt, single, "s2", sequence=1)
    save_page(cast.ana, attempt, {single: "s1", numeric: "12.5"}, held=0)
    assert held(attempt) == {single: ["s2"], numeric: ["12.5"]}
    save_page(cast.ana, attempt, {single: "s3"}, held=2)
    assert held(attempt)[single] == ["s3"]


def test_of_a_page_with_script_only_what_it_had_not_yet_sent_is_taken(cast: Cast) -> None:
    made = make_quiz(cast, ["single", "numeric"])
    attempt, single, numeric = begin(cast.ana, made), *made.questions.values()
    give(cast.ana, attempt, single, "s2", sequence=7)
    save_page(cast.ana, attempt, {single: "s1", numeric: "12.5"}, held=9, unsent=[numeric])
    assert held(attempt) == {single: ["s2"], numeric: ["12.5"]}


def test_a_mark_for_review_comes_and_goes(cast: Cast) -> None:
    made = make_quiz(cast, ["single"])
    attempt, single = begin(cast.ana, made), made.questions["single"]
    for expected in ([single], []):
        with transaction():
            assert services.mark(actor(cast.ana), attempt.id, single, now=TUESDAY).marked == expected


def test_an_unreadable_answer_of_a_page_is_handed_back_and_the_others_are_kept(cast: Cast) -> None:
    made = make_quiz(cast, ["single", "numeric"])
    attempt, single, numeric = begin(cast.ana, made), made.questions["single"], made.questions["numeric"]
    with transaction():
        _attempt, refused = services.save_form(
            actor(cast.ana), attempt.id, {numeric: "1", single: "nonsense"}, held=0, unsent=None, now=TUESDAY
        )
    assert {id_: refusal.code for id_, refusal in refused.items()} == {single: "answer_no_such_option"}
    assert set(held(attempt)) == {numeric}
