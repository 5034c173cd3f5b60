"""Item analysis on its page: where a question stands, its parts, what certainty and lost marks do not change."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from flask.testing import FlaskClient

from assessments.grading.part_items import part_statistics
from assessments.quizzes import sections
from assessments.quizzes.analysis import items
from assessments.quizzes.sections import Section
from lms.db import transaction
from lms.people.models import Person
from tests.assessments.quizzes.crowd import make_crowd, took
from tests.assessments.quizzes.factory import Made, make_quiz
from tests.courses.factory import MONDAY, actor
from tests.courses.test_pages import MOST_QUERIES, queries_of
from tests.people import Cast

SignIn = Callable[[Person], FlaskClient]


def page(made: Made) -> str:
    return f"/authoring/quizzes/{made.module.id}/analysis"


def answers_to(made: Made, kind: str, strong: list[Any], weak: list[Any], size: int) -> list[dict[int, list[str]]]:
    """Half of the takers are strong: they have the first question right, and answer the other one as the strong do."""
    first, other = made.questions["single"], made.questions[kind]
    return [{first: ["s2" if at % 2 else "s1"], other: strong if at % 2 else weak} for at in range(size)]


def test_a_question_drawn_by_a_section_is_said_to_be_drawn_by_it(cast: Cast, sign_in: SignIn) -> None:
    made = make_quiz(cast, ["single", "true_false"])
    people = make_crowd(cast, 6)
    took(made, people, [{id_: [] for id_ in made.questions.values()} for _each in people])
    quiz, found = items.of_quiz(actor(cast.tess), made.module.id)
    assert [row.place.number for row in found.items] == [1, 2]
    with transaction():
        quiz.items = quiz.items[:1]
    client = sign_in(cast.tess)
    assert "not in the draft any more" in client.get(page(made)).text
    with transaction():
        sections.add(actor(cast.tess), made.module.id, Section({"en": "Warm-up"}, draw=1), now=MONDAY)
    text = client.get(page(made)).text
    assert "drawn from the bank by “Warm-up”" in text
    assert "not in the draft any more" not in text


def test_each_part_has_its_own_figures_against_the_other_questions(cast: Cast) -> None:
    made = make_quiz(cast, ["single", "scenario"])
    _quiz, empty = items.of_quiz(actor(cast.tess), made.module.id)
    assert empty.n == 0
    everything, half = ["p1=a", "p1=b", "p2=false"], ["p1=a", "p1=b"]
    people = make_crowd(cast, 60)
    took(made, people, answers_to(made, "scenario", everything, half, 60))
    _quiz, found = items.of_quiz(actor(cast.tess), made.module.id)
    row = next(each for each in found.items if each.kind == "scenario")
    by_name = {part.name: part for part in row.parts}
    assert {name: part.omitted for name, part in by_name.items()} == {"p1": 0, "p2": 30}
    assert by_name["p1"].facility.value == 1.0  # type: ignore[union-attr]
    assert by_name["p2"].discrimination.value == pytest.approx(1.0)  # type: ignore[union-attr]
    assert by_name["p2"].alarm == "often_omitted"


def test_a_part_is_not_compared_with_its_own_question() -> None:
    rng = np.random.default_rng(3)
    rest, luck = rng.normal(size=400), rng.random(400)
    shares = np.column_stack([luck < 0.5, luck < 0.5]).astype(float)
    first, _second = part_statistics(shares, rest, ["a", "b"])
    assert abs(first.discrimination.value) < 0.1, "the two parts agree, but not with the rest"  # type: ignore[union-attr]


def test_a_wrong_answer_that_costs_marks_is_wrong_and_no_more(cast: Cast) -> None:
    made = make_quiz(cast, ["single", "true_false"], penalty=25)
    people = make_crowd(cast, 4)
    took(made, people, [{id_: ["s1"] if at else ["true"] for at, id_ in enumerate(reversed(made.questions.values()))} for _each in people])
    _quiz, found = items.of_quiz(actor(cast.tess), made.module.id)
    assert [row.statistics.facility.value for row in found.items] == [0.0, 0.0]  # type: ignore[union-attr]


def test_answers_given_too_fast_are_noticed(cast: Cast, sign_in: SignIn) -> None:
    made = make_quiz(cast, ["single", "true_false"])
    people = make_crowd(cast, 40)
    given = [{made.questions["single"]: ["s2"], made.questions["true_false"]: ["false"]} for _each in people]
    took(made, people[:30], given[:30], gap=300)
    took(made, people[30:], given[30:], gap=1)
    _quiz, found = items.of_quiz(actor(cast.tess), made.module.id)
    assert any(alarm.code == "too_fast" for row in found.items for alarm in row.statistics.alarms)
    assert "answer faster than one can read it" in sign_in(cast.tess).get(page(made)).text


def test_the_analysis_takes_few_statements_whatever_the_number_of_takers(cast: Cast, sign_in: SignIn) -> None:
    made = make_quiz(cast, ["single", "matching", "cloze"])
    people = make_crowd(cast, 40)
    answers: list[dict[int, list[str]]] = [{made.questions["single"]: ["s2"]} for _each in people]
    took(made, people[:10], answers[:10])
    client = sign_in(cast.tess)
    few = queries_of(client, page(made))
    took(made, people[10:], answers[10:])
    assert queries_of(client, page(made)) == few <= MOST_QUERIES
