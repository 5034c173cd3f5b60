"""What quizzes and role-plays hand up: the last attempt by question, each performance by criterion."""

from __future__ import annotations

from collections.abc import Callable

from flask.testing import FlaskClient

from assessments.cases import evidence as cases
from assessments.quizzes import evidence as quizzes
from assessments.roleplays import evidence as roleplays
from lms.people.models import Person
from tests.people import Cast

SignIn = Callable[[Person], FlaskClient]


def test_criteria_are_weighed_by_word_and_the_scenario_speaks_where_none_is_named() -> None:
    criteria = [
        {"key": "a", "competency": "Needs", "weight": "3"}, {"key": "b", "competency": "Needs", "weight": "1"},
        {"key": "c", "competency": "", "weight": "9"}, {"key": "d", "competency": "Value", "weight": "0"},
    ]  # fmt: skip
    shares = {"a": 1.0, "b": 0.0, "c": 0.5, "d": 0.25}
    assert roleplays.by_word(criteria, shares, ["Talk"], 0.6) == {"Needs": (0.75, 2), "Value": (0.25, 1)}
    assert roleplays.by_word([{"key": "c", "competency": ""}], shares, ["Talk", "Tact"], 0.6) == {"Talk": (0.6, 4), "Tact": (0.6, 4)}


def test_a_level_is_a_share_of_its_criterions_span() -> None:
    criterion = {"levels": [{"points": "1"}, {"points": "2"}, {"points": "5"}]}
    assert [cases._share(criterion, points) for points in ("1", "2", "5")] == [0.0, 0.25, 1.0]


def test_nobody_has_shown_anything_in_an_empty_house(cast: Cast) -> None:
    ids = [cast.ana.id, cast.ben.id]
    for room in (quizzes, roleplays, cases):
        assert room.competency_evidence(ids, since=None) == []
    assert quizzes.words_in_use() == roleplays.words_in_rubrics() == cases.words_in_use() == {}
