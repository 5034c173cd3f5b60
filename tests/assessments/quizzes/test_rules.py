"""The rules of a quiz: its window, what a wrong answer costs, which attempt counts."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any

import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from assessments.grading.grade import Item, grade
from assessments.grading.questions import SingleKey
from assessments.quizzes.counting import Graded, of_all
from courses.completion import Outcome
from courses.services import outcomes_of
from lms.errors import Refused
from lms.people.models import Person
from tests.assessments.quizzes.factory import (
    RIGHT,
    TUESDAY,
    WRONG,
    Made,
    begin,
    draft_quiz,
    enrolled,
    entry_of,
    make_quiz,
    take,
)
from tests.people import Cast

SignIn = Callable[[Person], FlaskClient]


def at(hours: float) -> datetime:
    return TUESDAY + timedelta(hours=hours)


def told(person: Person, made: Made) -> dict[str, Any]:
    """What the course knows of the quiz: the last outcome of each source."""
    id_ = enrolled(person, made).id
    found = outcomes_of([id_])[id_][made.module.id]
    return {each.source: (each.passed, each.score) for each in found}


def test_nobody_begins_before_it_opens_or_after_it_has_closed(cast: Cast, sign_in: SignIn) -> None:
    made = make_quiz(cast, ["single"], opens_at=at(1).isoformat(), closes_at=at(3).isoformat())
    with pytest.raises(Refused, match="quiz_not_open"):
        begin(cast.ana, made, at(0))
    with pytest.raises(Refused, match="quiz_closed"):
        begin(cast.ana, made, at(3))
    attempt = begin(cast.ana, made, at(2.5))
    assert attempt.deadline_at == at(3), "it ends with the window"
    page = sign_in(cast.dov).get(f"/quizzes/{enrolled(cast.dov, made).id}/{made.module.id}").text
    assert "This quiz has closed." in page


def test_a_wrong_answer_costs_and_an_empty_one_does_not(cast: Cast) -> None:
    made = make_quiz(cast, ["single", "true_false", "numeric"], penalty=50)
    assert entry_of(take(cast.ana, made, {"single": RIGHT["single"], "true_false": WRONG["true_false"]})).earned == "1/2"
    assert entry_of(take(cast.dov, made, {"numeric": "99"})).earned == "0", "the whole is never below 0"


@pytest.mark.parametrize(("counts", "passed", "score"), [("first", False, 0.0), ("last", False, 0.0), ("average", False, 1 / 3)])
def test_the_attempt_that_counts_is_the_one_the_course_is_told(cast: Cast, counts: str, passed: bool, score: float) -> None:
    made = make_quiz(cast, ["single"], counts=counts, pass_mark=50)
    for hour, answer in enumerate(("s1", "s2", "s1")):
        take(cast.ana, made, {"single": answer}, at(hour))
    ((found, reached),) = told(cast.ana, made).values()
    assert (found, pytest.approx(reached)) == (passed, score)


def test_with_the_best_each_attempt_stands_for_itself(cast: Cast) -> None:
    made = make_quiz(cast, ["single"])
    for hour, answer in enumerate(("s1", "s2", "s1")):
        take(cast.ana, made, {"single": answer}, at(hour))
    assert sorted(told(cast.ana, made).values()) == [(False, 0.0), (False, 0.0), (True, 1.0)]


def test_the_right_answers_are_shown_when_the_quiz_has_closed(cast: Cast, sign_in: SignIn) -> None:
    made = make_quiz(cast, ["single"], review="key_when_closed", closes_at=at(3).isoformat())
    attempt = take(cast.ana, made, {"single": "s1"})
    assert "right answer" in sign_in(cast.ana).get(f"/quizzes/attempts/{attempt.id}/result").text


def test_without_a_closing_they_stay_hidden(cast: Cast, sign_in: SignIn) -> None:
    made = make_quiz(cast, ["single"], review="key_when_closed")
    attempt = take(cast.ana, made, {"single": "s1"})
    assert "right answer" not in sign_in(cast.ana).get(f"/quizzes/attempts/{attempt.id}/result").text


def test_tess_sets_the_rules_in_her_own_time(cast: Cast, sign_in: SignIn) -> None:
    made = draft_quiz(cast, ["single"])
    client, address = sign_in(cast.tess), f"/authoring/quizzes/{made.module.id}"
    sent = {"pass_mark": 70, "layout": "page", "review": "key_when_closed", "counts": "average", "penalty": 25, "doubled": 20}
    sent |= {"opens_at": "2026-11-23T09:00", "closes_at": "2026-11-27T18:00"}
    assert client.post(address, data=sent).status_code == 302
    page = client.get(address).text
    assert 'value="2026-11-23T09:00"' in page
    assert "A quiz closes after it opens." in client.post(address, data=sent | {"closes_at": "2026-11-22T18:00"}).text
    for moment in ("0001-01-01T00:00", "9999-12-31T23:59"):
        for field in ("opens_at", "closes_at"):
            told = client.post(address, data=sent | {field: moment})
            assert (told.status_code, f'value="{moment}"' in told.text) == (200, True), "what was typed is kept"


def test_tess_is_asked_whether_a_closed_quiz_and_a_pass_mark_of_nothing_are_meant(cast: Cast, sign_in: SignIn) -> None:
    made = draft_quiz(cast, ["single"])
    client, address = sign_in(cast.tess), f"/authoring/quizzes/{made.module.id}"
    check = f"/authoring/{made.course.id}/check"
    sent: dict[str, Any] = {"layout": "page", "review": "key_when_closed", "counts": "best"}
    client.post(address, data=sent | {"pass_mark": 70, "closes_at": "2099-11-27T18:00"})
    assert "Is this meant?" not in client.get(check).text
    client.post(address, data=sent | {"pass_mark": 0, "closes_at": "2026-01-27T18:00"})
    page = client.get(check).text
    assert "nobody can take it any more" in page
    assert "The pass mark is 0%" in page
    assert "Publish version 1" in page, "it is a question, not a ban"


SHARES = st.builds(Fraction, st.integers(0, 8), st.just(8))


@given(st.lists(SHARES, min_size=1, max_size=6), st.randoms(use_true_random=False))
def test_the_order_in_which_attempts_are_graded_does_not_matter(shares: list[Fraction], chance: Any) -> None:
    graded = [Graded(number, share, share >= Fraction(1, 2)) for number, share in enumerate(shares, 1)]
    mixed = list(graded)
    chance.shuffle(mixed)
    own = Outcome(True, 1.0, TUESDAY, "quiz:1")
    for counts in ("last", "average"):
        assert of_all(counts, graded, Fraction(1, 2), own) == of_all(counts, mixed, Fraction(1, 2), own)


@given(st.lists(st.sampled_from(["a", "b", ""]), min_size=1, max_size=8), st.integers(0, 100), st.randoms(use_true_random=False))
def test_a_penalty_depends_on_no_order(given_: list[str], percent: int, chance: Any) -> None:
    items = [Item(number, SingleKey("a"), 1) for number in range(len(given_))]
    answers = {number: (answer,) if answer else () for number, answer in enumerate(given_)}
    mixed = list(items)
    chance.shuffle(mixed)
    penalty = Fraction(percent, 100)
    found = grade(items, answers, Fraction(1, 2), penalty=penalty)
    assert found.earned == grade(mixed, answers, Fraction(1, 2), penalty=penalty).earned
    assert found.earned == max(Fraction(0), given_.count("a") - penalty * given_.count("b"))
