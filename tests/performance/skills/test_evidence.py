"""What quizzes and role-plays hand up: the last attempt by question, each performance by criterion."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from flask.testing import FlaskClient

from assessments.cases import evidence as cases
from assessments.grading.evidence import Source
from assessments.quizzes import evidence as quizzes
from assessments.roleplays import evidence as roleplays
from assessments.roleplays import rating
from courses.chosen import Chosen
from courses.competencies import queries, services
from courses.competencies.services import Said
from lms.authz import SYSTEM
from lms.db import transaction
from lms.people.models import Person
from tests.assessments.quizzes import factory as quiz
from tests.assessments.roleplays import factory as play
from tests.courses.factory import enrol, publish
from tests.people import Cast

SignIn = Callable[[Person], FlaskClient]


def test_the_last_attempt_of_ana_counts_question_by_question(cast: Cast) -> None:
    made = quiz.make_quiz(cast, ["single", "multiple"], attempts=3)
    first = quiz.take(cast.ana, made, {"single": quiz.RIGHT["single"]})
    assert [(each.share, each.items) for each in quizzes.competency_evidence([cast.ana.id])] == [(0.5, 2)]
    last = quiz.take(cast.ana, made, {}, quiz.TUESDAY + timedelta(days=3))
    (found,) = quizzes.competency_evidence([cast.ana.id, cast.ben.id])
    assert (found.competency, found.source, found.share) == ("Discovery", Source.QUIZ, 0.0)
    assert found.reference == ("attempt", last.id) != ("attempt", first.id)
    assert quizzes.competency_evidence([cast.ana.id], since=quiz.TUESDAY + timedelta(days=4)) == []
    assert quizzes.words_in_use() == {"Discovery": 2}


def test_a_weak_competency_in_a_result_leads_to_the_course_that_trains_it(cast: Cast, sign_in: SignIn) -> None:
    made = quiz.draft_quiz(cast, ["single", "multiple"], review="key")
    with transaction():
        services.create(SYSTEM, "DISC", Said({"en": "Finding out", "zh_Hans": "发现需求"}, aliases=("discovery",)), now=quiz.TUESDAY)
        made.course.competencies = ["DISCOVERY"]
    publish(cast, made.course)
    enrol(cast, made.course, cast.ana, cast.dov, chosen=Chosen.WAVES)
    assert [each.code for each in queries.courses_by_competency(queries.catalogue()).popitem()[1]] == [made.course.code]
    poor = quiz.take(cast.ana, made, {})
    page = sign_in(cast.ana).get(f"/quizzes/attempts/{poor.id}/result").text
    assert "Finding out" in page and f"/courses/{made.course.id}" in page and "What to work on next" in page
    good = quiz.take(cast.dov, made, quiz.RIGHT)
    assert "What to work on next" not in sign_in(cast.dov).get(f"/quizzes/attempts/{good.id}/result").text


def test_a_rated_performance_speaks_for_its_scenario_where_no_criterion_names_a_competency(cast: Cast) -> None:
    version = play.make_scenario(cast, competencies=["Needs analysis"])
    done = play.sent(cast.ana, version)
    assert roleplays.competency_evidence([cast.ana.id]) == [], "not rated yet"
    play.rate(cast.cleo, done, play.FAIR)
    (found,) = roleplays.competency_evidence([cast.ana.id, cast.dov.id])
    total = float(rating.judge(version.rubric, play.FAIR).total)  # type: ignore[arg-type]
    assert (found.competency, found.source, found.share, found.items) == ("Needs analysis", Source.ROLE_PLAY, total, 3)
    assert found.reference == ("play", done.id)
    assert roleplays.words_in_scenarios() == {"Needs analysis": 1}
    assert [each.words for each in roleplays.practice()] == [("Needs analysis",)]


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
