"""Where there is no going back, the server holds to it; where certainty counts, marks follow the published scheme exactly."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from assessments.grading import certainty
from assessments.quizzes.analysis import shown as analysis
from assessments.quizzes.models import AnswerSave, Attempt
from lms.db import db
from lms.errors import Refused
from lms.people.models import Person
from tests.assessments.quizzes.factory import (
    Made,
    begin,
    draft_quiz,
    enrolled,
    entry_of,
    give,
    hand_in,
    make_quiz,
)
from tests.courses.factory import actor
from tests.people import Cast

SignIn = Callable[[Person], FlaskClient]
KINDS = ["single", "true_false", "numeric"]


def one_way(cast: Cast) -> tuple[Made, Attempt, list[int]]:
    made = make_quiz(cast, KINDS, layout="one", one_way=True, shuffle=False)
    attempt = begin(cast.ana, made)
    return made, attempt, [item["question"] for item in attempt.frozen["items"]]


def send(client: FlaskClient, attempt: Attempt, id_: int, answer: str, go: str) -> None:
    sent = {"asked": str(id_), "held": "0", "unsent": "all", f"q{id_}": answer, "go": go}
    assert client.post(f"/quizzes/attempts/{attempt.id}", data=sent).status_code == 302


def test_an_answer_to_a_question_that_was_left_is_refused_in_words(cast: Cast, sign_in: SignIn) -> None:
    _made, attempt, (first, second, third) = one_way(cast)
    client, page = sign_in(cast.ana), f"/quizzes/attempts/{attempt.id}"
    send(client, attempt, first, "s1", "q:2")
    with pytest.raises(Refused, match="question_left"):
        give(cast.ana, attempt, first, "s2", sequence=5)
    with pytest.raises(Refused, match="question_not_reached"):
        give(cast.ana, attempt, third, "12.5", sequence=5)
    said = client.post(f"{page}/answers", json={"question": str(first), "answer": "s2", "sequence": 6, "given_at": ""})
    assert said.status_code == 409
    assert "does not come back" in said.json["sentence"]
    send(client, attempt, first, "s2", "q:2")  # the page before, from the browser's memory
    shown = client.get(f"{page}?q=1").text
    assert "does not come back" in shown
    assert f'id="q{second}"' in shown
    assert f'id="q{first}"' not in shown
    assert db.session.scalar(select(AnswerSave.answer).where(AnswerSave.question_id == first)) == ["s1"]


def test_one_question_after_the_other_and_a_double_click_is_one_step(cast: Cast, sign_in: SignIn) -> None:
    _made, attempt, (first, second, third) = one_way(cast)
    client, page = sign_in(cast.ana), f"/quizzes/attempts/{attempt.id}"
    send(client, attempt, first, "s2", "q:2")
    send(client, attempt, first, "s2", "q:2")
    assert f'id="q{second}"' in client.get(page).text
    send(client, attempt, second, "false", "q:3")
    shown = client.get(page).text
    assert f'id="q{third}"' in shown
    assert "Previous question" not in shown
    assert "About single?" not in client.get(f"{page}/check").text
    send(client, attempt, third, "12.5", "q:9")
    hand_in(cast.ana, attempt)
    assert entry_of(attempt).earned == "3"


def test_nobody_skips_ahead(cast: Cast, sign_in: SignIn) -> None:
    _made, attempt, (first, second, _third) = one_way(cast)
    client = sign_in(cast.ana)
    send(client, attempt, first, "s2", "q:3")
    assert f'id="q{first}"' in client.get(f"/quizzes/attempts/{attempt.id}?q=3").text
    assert f'id="q{second}"' not in client.get(f"/quizzes/attempts/{attempt.id}?q=3").text


def test_no_going_back_needs_one_question_after_the_other(cast: Cast) -> None:
    with pytest.raises(Refused, match="quiz_setting"):
        draft_quiz(cast, ["single"], one_way=True)


def test_certainty_and_a_cost_of_wrong_answers_do_not_go_together(cast: Cast) -> None:
    with pytest.raises(Refused, match="quiz_setting"):
        draft_quiz(cast, ["single"], certainty=True, penalty=50)


PUBLISHED = {(1, True): 1, (2, True): 2, (3, True): 3, (1, False): 0, (2, False): -2, (3, False): -6}
"""Gardner-Medwin & Gahan 2003, table 1."""


@pytest.mark.parametrize(("case", "marks"), PUBLISHED.items())
def test_the_scheme_is_the_published_one(case: tuple[int, bool], marks: int) -> None:
    level, right = case
    assert certainty.earned(Fraction(right), level) * certainty.MOST == marks


@given(st.fractions(0, 1))
def test_it_pays_to_be_honest(chance: Fraction) -> None:
    expected = {level: chance * certainty.RIGHT[level] + (1 - chance) * certainty.WRONG[level] for level in (1, 2, 3)}
    best = 1 if chance < Fraction(2, 3) else 2 if chance < Fraction(4, 5) else 3
    assert expected[best] == max(expected.values())


def test_how_sure_ana_is_decides_what_she_earns(cast: Cast, sign_in: SignIn) -> None:
    made = make_quiz(cast, ["single", "true_false", "numeric", "multiple", "short_text"], certainty=True, pass_mark=30, review="key")
    attempt = begin(cast.ana, made)
    given_ = {
        "single": {"v": "s2", "~": "3"},  # right, very sure: 3
        "true_false": {"v": "true", "~": "2"},  # wrong, fairly sure: -2
        "numeric": "12.5",  # right, nothing said: 1
        "multiple": {"v": ["m1"], "~": "2"},  # half right, fairly sure: 1
    }
    for sequence, (kind, answer) in enumerate(given_.items(), 1):
        give(cast.ana, attempt, made.questions[kind], answer, sequence=sequence)
    hand_in(cast.ana, attempt)
    entry = entry_of(attempt)
    assert (entry.earned, entry.possible, entry.passed) == ("3", 15, False)
    by_question = {mark["question"]: mark for mark in entry.marks}
    half = by_question[made.questions["multiple"]]
    assert (half["share"], half["correct"], half["sure"]) == ("1/3", "1/2", 2)
    page = sign_in(cast.ana).get(f"/quizzes/attempts/{attempt.id}/result").text
    assert "Very sure" in page
    assert "-2 of 3 marks" in page.replace("−", "-")
    found = analysis.of_quiz(actor(cast.tess), made.module.id).found
    facilities = {row.kind: row.statistics.facility.value for row in found.items}  # type: ignore[union-attr]
    assert facilities["multiple"] == 0.5, "the analysis asks what is right, not how sure"


def test_the_whole_is_never_below_nothing(cast: Cast) -> None:
    made = make_quiz(cast, ["single"], certainty=True)
    attempt = begin(cast.ana, made)
    give(cast.ana, attempt, made.questions["single"], {"v": "s1", "~": "3"})
    assert (entry_of(hand_in(cast.ana, attempt)).earned, entry_of(attempt).score) == ("0", 0.0)


def test_the_scheme_stands_on_the_offer_and_the_choice_is_there_again(cast: Cast, sign_in: SignIn) -> None:
    made = make_quiz(cast, ["single", "matching"], certainty=True)
    client = sign_in(cast.ana)
    offer = client.get(f"/quizzes/{enrolled(cast.ana, made).id}/{made.module.id}").text
    assert "How sure you are counts" in offer
    assert "2 questions, 6 marks" in offer
    attempt = begin(cast.ana, made)
    single, matching = made.questions["single"], made.questions["matching"]
    sent = {"asked": f"{single},{matching}", "held": "0", "unsent": "all", "go": "save"}
    sent |= {f"q{single}.v": "s2", f"q{single}.~": "3", f"q{matching}.~": "1"}
    assert client.post(f"/quizzes/attempts/{attempt.id}", data=sent).status_code == 302
    page = client.get(f"/quizzes/attempts/{attempt.id}").text
    assert f'name="q{single}.~" value="3" checked' in page
    assert f'name="q{matching}.~" value="1" checked' in page
    assert f'name="q{single}.v" value="s2" checked' in page


@pytest.mark.parametrize("level", ["0", "4", True, ["1", "2"], {"a": 1}])
def test_a_level_that_does_not_exist_is_refused(cast: Cast, level: object) -> None:
    made = make_quiz(cast, ["single"], certainty=True)
    attempt = begin(cast.ana, made)
    with pytest.raises(Refused, match="answer_unreadable"):
        give(cast.ana, attempt, made.questions["single"], {"v": "s2", "~": level})
