"""Practising again: which questions become cards and which never, when they come back, and that no grade hears of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any

import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select

from assessments.quizzes import editing, services
from assessments.quizzes.models import Attempt, GradeEntry
from assessments.repetition import queries
from assessments.repetition import services as practice
from assessments.repetition.cards import NEW_A_DAY, Card, Tried, cards, in_turn
from assessments.repetition.models import PracticeReview
from assessments.repetition.schedule import after
from courses.models import ModuleOutcome
from lms.db import db, transaction
from lms.errors import Refused, Unknown
from lms.people.models import Person
from tests.assessments.quizzes.factory import RIGHT, WRONG, Made, actor, begin, give, make_quiz, take
from tests.courses.factory import TUESDAY
from tests.courses.test_pages import counted
from tests.people import Cast

SignIn = Callable[[Person], FlaskClient]
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


def item(question: int, kind: str = "single") -> dict[str, Any]:
    return {"question": question, "version": question * 10, "kind": kind}


def mark(question: int, share: str) -> dict[str, Any]:
    return {"question": question, "share": share}


def ids(found: list[Card]) -> list[int]:
    return [card.question for card in found]


def test_what_went_wrong_is_a_card_once_the_key_is_released() -> None:
    marks = [mark(1, "1"), mark(2, "1/2"), mark(3, "0"), mark(4, "-1/4")]
    items = [item(1), item(2), item(3), item(4)]
    assert ids(cards([Tried(7, items, True, marks)], [])) == [2, 3, 4]
    assert cards([Tried(7, items, False, marks)], []) == []


def test_a_question_of_an_attempt_whose_key_is_not_released_is_no_card_wherever_else_it_stands() -> None:
    released, held = Tried(7, [item(1), item(2)], True, [mark(1, "0"), mark(2, "0")]), Tried(8, [item(2)], False, [])
    assert ids(cards([released, held], [(7, item(2)), (7, item(3))])) == [3, 1]


def test_what_people_grade_is_no_card_and_certainty_does_not_hide_what_was_right() -> None:
    sure = {"question": 1, "share": "-1", "correct": "1"}
    assert cards([Tried(7, [item(1), item(2, "oral")], True, [sure, mark(2, "0")])], []) == []


@given(st.lists(st.integers(1, 60), unique=True), st.integers(0, 25), st.data())
def test_due_cards_come_first_and_new_ones_twenty_a_day(known: list[int], met: int, data: st.DataObject) -> None:
    deck = [Card(each, each, "single", 1, each % 2 == 0) for each in known]
    due = {each: NOON + timedelta(hours=data.draw(st.integers(-5, 5))) for each in known if data.draw(st.booleans())}
    now, later = in_turn(deck, due, met, NOON)
    assert [due[card.question] for card in now if card.question in due] == sorted(moment for moment in due.values() if moment <= NOON)
    assert sum(card.question not in due for card in now) <= max(0, NEW_A_DAY - met)
    assert {*ids(now), *ids(later)} == {each for each in known if each not in due or due[each] <= NOON}


def test_what_was_right_comes_back_ever_later_and_what_was_wrong_in_ten_minutes() -> None:
    first = after(None, None, Fraction(0), NOON)
    assert first.due_at == NOON + timedelta(minutes=10)
    moment, memory, last, gaps = first.due_at, first.memory, NOON, []
    for _each in range(5):
        found = after(memory, last, Fraction(1), moment)
        gaps.append((found.due_at - moment).days)
        memory, last, moment = found.memory, moment, found.due_at
    assert gaps == sorted(gaps)
    assert gaps[-1] > 21
    assert after(memory, last, Fraction(1, 2), moment).due_at < after(memory, last, Fraction(1), moment).due_at
    lapsed = after(memory, last, Fraction(0), moment)
    assert lapsed.due_at - moment == timedelta(minutes=10)


def deck_of(person: Person, now: datetime = TUESDAY) -> queries.Deck:
    return queries.deck(actor(person), now)


def answered(person: Person, question: int, number: int, data: object, now: datetime = TUESDAY) -> PracticeReview:
    with transaction():
        return practice.answer(actor(person), question, number, data, now=now)


@pytest.mark.parametrize(
    ("settings", "found"),
    [
        ({"review": "key"}, ["single"]),
        ({"review": "score"}, []),
        ({"review": "marks"}, []),
        ({"review": "key_when_done", "attempts": 2}, []),
        ({"review": "key_when_done", "attempts": 1}, ["single"]),
    ],
)
def test_anas_wrong_answers_become_cards_by_the_rule_of_her_result_page(cast: Cast, settings: dict[str, Any], found: list[str]) -> None:
    made = make_quiz(cast, ["single", "numeric"], pass_mark=80, **settings)
    take(cast.ana, made, {"single": WRONG["single"], "numeric": RIGHT["numeric"]})
    assert ids(list(deck_of(cast.ana).cards)) == [made.questions[kind] for kind in found]
    assert deck_of(cast.dov).cards == []


def test_an_open_attempt_takes_its_questions_out_of_practice(cast: Cast, sign_in: SignIn) -> None:
    made = make_quiz(cast, ["single"], review="key", pass_mark=80)
    take(cast.ana, made, WRONG)
    begin(cast.ana, made, TUESDAY + timedelta(hours=1))
    assert deck_of(cast.ana).cards == []
    with pytest.raises(Unknown):
        answered(cast.ana, made.questions["single"], 1, ["s2"])
    assert sign_in(cast.ana).get("/repetition/card").status_code == 302


def test_an_answer_looked_back_at_shows_no_key_while_its_question_is_being_asked(cast: Cast, sign_in: SignIn) -> None:
    made = make_quiz(cast, ["short_text"], review="key", pass_mark=80)
    take(cast.ana, made, WRONG)
    page = f"/repetition/answers/{answered(cast.ana, made.questions['short_text'], 1, 'nobody').id}"
    assert "secret-spelling" in sign_in(cast.ana).get(page).text
    attempt = begin(cast.ana, made, TUESDAY + timedelta(hours=1))
    during = sign_in(cast.ana).get(page).text
    assert "secret" not in during
    assert "The answer comes after the attempt" in during
    with transaction():
        services.submit(actor(cast.ana), attempt.id, now=TUESDAY + timedelta(hours=1))
    assert "secret-spelling" in sign_in(cast.ana).get(page).text


def test_a_completed_course_offers_its_questions_only_where_its_trainer_allows_it(cast: Cast) -> None:
    allowed: list[int] = []
    for code, practised in (("KA-1", True), ("KA-2", False)):
        made: Made = make_quiz(cast, ["single"], code=code, practice=practised, review="score")
        take(cast.ana, made, RIGHT)
        allowed += [made.questions["single"]] * practised
        assert deck_of(cast.dov).cards == [], "Dov has not completed it"
    assert [(card.question, card.wrong) for card in deck_of(cast.ana).cards] == [(allowed[0], False)]


def test_a_card_is_judged_at_once_and_its_next_date_kept(cast: Cast) -> None:
    made = make_quiz(cast, ["single"], review="key", pass_mark=80)
    take(cast.ana, made, WRONG)
    asked = made.questions["single"]
    before = [db.session.scalar(select(func.count()).select_from(model)) for model in (Attempt, GradeEntry, ModuleOutcome)]
    wrong = answered(cast.ana, asked, 1, ["s1"])
    assert (wrong.share, wrong.due_at) == ("0", TUESDAY + timedelta(minutes=10))
    assert answered(cast.ana, asked, 1, ["s2"]).id == wrong.id, "sent twice it is one answer"
    with pytest.raises(Refused, match="card_not_due"):
        answered(cast.ana, asked, 2, ["s2"])
    right = answered(cast.ana, asked, 2, ["s2"], TUESDAY + timedelta(minutes=11))
    assert (right.share, right.number) == ("1", 2)
    after_ = [db.session.scalar(select(func.count()).select_from(model)) for model in (Attempt, GradeEntry, ModuleOutcome)]
    assert after_ == before, "no grade hears of it"


def test_ana_practises_in_pages_without_a_script_and_sees_the_key_only_afterwards(cast: Cast, sign_in: SignIn) -> None:
    made = make_quiz(cast, ["short_text"], review="key", pass_mark=80)
    take(cast.ana, made, WRONG)
    client = sign_in(cast.ana)
    with counted() as statements:
        page = client.get("/repetition/").text
    assert len(statements) <= 12
    assert "1 card is due" in page
    with counted() as statements:
        card = client.get("/repetition/card").text
    assert len(statements) <= 12
    assert "secret" not in card
    id_ = made.questions["short_text"]
    done = client.post(f"/repetition/card/{id_}", data={"number": "1", f"q{id_}": "nobody"})
    with counted() as statements:
        review = client.get(done.location).text
    assert len(statements) <= 12
    assert "secret-spelling" in review
    assert sign_in(cast.dov).get(done.location).status_code == 404


def test_the_page_of_a_card_is_the_same_however_often_it_is_loaded(cast: Cast, sign_in: SignIn) -> None:
    made = make_quiz(cast, ["calculated"], review="key", pass_mark=80)
    attempt = begin(cast.ana, made)
    give(cast.ana, attempt, made.questions["calculated"], "0")
    with transaction():
        services.submit(actor(cast.ana), attempt.id, now=TUESDAY)
    card = deck_of(cast.ana).cards[0]
    first, again, next_time = (queries.laid_out(actor(cast.ana), card, number) for number in (1, 1, 2))
    assert first == again
    assert first["seed"] != next_time["seed"]


def test_the_setting_travels_with_a_quiz_file(cast: Cast) -> None:
    assert editing.problem_of(editing.Settings(practice=True)) is None
