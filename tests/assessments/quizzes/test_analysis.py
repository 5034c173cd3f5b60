"""Item analysis on its page: where a question stands, its parts, what certainty and lost marks do not change."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from assessments.grading.part_items import part_statistics
from assessments.quizzes import grading, policies, sections
from assessments.quizzes.analysis import jobs, runs, shown
from assessments.quizzes.analysis.models import QuizAnalysisRun, RunKind
from assessments.quizzes.sections import Section
from lms.db import db, transaction
from lms.jobs import Job
from lms.people.models import Person
from tests.assessments.quizzes.crowd import make_crowd, took
from tests.assessments.quizzes.factory import Made, make_quiz, version_of
from tests.courses.factory import MONDAY, WEDNESDAY, actor
from tests.courses.test_pages import MOST_QUERIES, queries_of
from tests.people import Cast

SignIn = Callable[[Person], FlaskClient]
THURSDAY, FRIDAY = WEDNESDAY + timedelta(days=1), WEDNESDAY + timedelta(days=2)


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
    quiz, found, _kept = shown.of_quiz(actor(cast.tess), made.module.id)
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
    empty = shown.of_quiz(actor(cast.tess), made.module.id).found
    assert empty.n == 0
    everything, half = ["p1=a", "p1=b", "p2=false"], ["p1=a", "p1=b"]
    people = make_crowd(cast, 60)
    took(made, people, answers_to(made, "scenario", everything, half, 60))
    found = shown.of_quiz(actor(cast.tess), made.module.id).found
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
    found = shown.of_quiz(actor(cast.tess), made.module.id).found
    assert [row.statistics.facility.value for row in found.items] == [0.0, 0.0]  # type: ignore[union-attr]


def test_answers_given_too_fast_are_noticed(cast: Cast, sign_in: SignIn) -> None:
    made = make_quiz(cast, ["single", "true_false"])
    people = make_crowd(cast, 40)
    given = [{made.questions["single"]: ["s2"], made.questions["true_false"]: ["false"]} for _each in people]
    took(made, people[:30], given[:30], gap=300)
    took(made, people[30:], given[30:], gap=1)
    found = shown.of_quiz(actor(cast.tess), made.module.id).found
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


def everything(cast: Cast, size: int = 12) -> Made:
    """A quiz of kinds with options, parts and neither, taken with gaps: some figures cannot be known."""
    made = make_quiz(cast, ["single", "scenario", "numeric", "ordering"])
    rng = np.random.default_rng(9)
    given: dict[str, list[Any]] = {
        "single": ["s1", "s2"], "scenario": ["p1=a", "p1=b", "p2=false"], "numeric": ["1", "12"], "ordering": [],
    }  # fmt: skip
    answers = [
        {made.questions[kind]: [rng.choice(some)] if kind != "scenario" else some[: rng.integers(1, 4)] for kind, some in given.items() if some and rng.random() < 0.8}
        for _each in range(size)
    ]
    took(made, make_crowd(cast, size), answers)
    return made


def as_of(made: Made, cast: Cast, moment: datetime) -> QuizAnalysisRun:
    """The figures as a worker made them at a moment."""
    quiz = policies.quiz_of(made.module.id)
    with transaction():
        run = runs.begun(actor(cast.tess), quiz.id, RunKind.ITEMS, now=moment)
        return runs.keep(run.id, runs.computed(quiz, RunKind.ITEMS)[RunKind.ITEMS], now=moment)


def test_of_many_takers_the_page_shows_what_the_worker_made_and_that_is_what_it_would_show_of_few(
    cast: Cast, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, client = everything(cast), sign_in(cast.tess)
    now_ = shown.of_quiz(actor(cast.tess), made.module.id)
    assert now_.kept is None
    monkeypatch.setattr(shown, "MOST_AT_ONCE", 11)
    text = client.get(page(made)).text
    assert "No figures yet" in text
    assert "Cronbach" not in text
    assert client.post(f"/authoring/quizzes/{made.module.id}/runs/items").status_code == 302
    later = shown.of_quiz(actor(cast.tess), made.module.id)
    assert later.kept is not None and later.kept.run is not None and later.kept.run.n == 12
    assert later.found == now_.found
    json.dumps(later.kept.run.report, allow_nan=False)
    text = client.get(page(made)).text
    assert "From the first finished attempts of 12 people" in text
    assert "Computed" in text
    assert "Since then" not in text
    assert "Compute again" in text


def test_what_came_after_the_kept_figures_is_said(cast: Cast, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shown, "MOST_AT_ONCE", 5)
    made, client = everything(cast, 6), sign_in(cast.tess)
    as_of(made, cast, WEDNESDAY)
    took(made, make_crowd(cast, 3, label="late"), [{made.questions["single"]: ["s2"]} for _each in range(3)], now=WEDNESDAY)
    text = client.get(page(made)).text
    assert "From the first finished attempts of 6 people" in text
    assert "Since then 3 attempts were finished." in text
    assert "A key was mended" not in text
    with transaction():
        grading.mend(actor(cast.tess), made.module.id, version_of(made.questions["single"]), {"correct": "s1"}, now=THURSDAY)
    assert "A key was mended after these figures" in client.get(page(made)).text
    as_of(made, cast, FRIDAY)
    text = client.get(page(made)).text
    assert "From the first finished attempts of 9 people" in text
    assert "Since then" not in text
    assert "A key was mended" not in text


def test_each_night_the_figures_are_made_of_those_quizzes_that_many_took(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    made = everything(cast, 6)
    jobs.summarise_all()
    assert [run.kind for run in db.session.scalars(select(QuizAnalysisRun))] == ["summary"]
    monkeypatch.setattr(shown, "MOST_AT_ONCE", 5)
    took(made, make_crowd(cast, 1, label="late"), [{made.questions["single"]: ["s2"]}], now=datetime(2030, 1, 1, tzinfo=UTC))
    jobs.summarise_all()
    made_ = db.session.execute(select(QuizAnalysisRun.kind, QuizAnalysisRun.n).order_by(QuizAnalysisRun.id)).all()
    assert made_[1:] == [("summary", 7), ("items", 7)]


def test_whose_figures_wait_or_failed_is_told_so(cast: Cast, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shown, "MOST_AT_ONCE", 5)
    made, client = everything(cast, 6), sign_in(cast.tess)
    as_of(made, cast, WEDNESDAY)
    with transaction():
        run = runs.begun(actor(cast.tess), policies.quiz_of(made.module.id).id, RunKind.ITEMS, now=THURSDAY)
        run.job = Job(kind="quiz.analyse", params={"run_id": run.id}, owner_id=cast.tess.id, created_at=THURSDAY, heartbeat_at=datetime.now(UTC))
    text = client.get(page(made)).text
    assert "The figures are being computed." in text
    assert "Compute again" not in text
    assert "of 6 people" in text, "what was computed before is still shown"
    with transaction():
        run.job.state, run.job.finished_at = "failed", THURSDAY
    text = client.get(page(made)).text
    assert "The last computation failed." in text
    assert "of 6 people" in text


def test_the_page_of_many_takes_as_many_statements_as_that_of_few(cast: Cast, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shown, "MOST_AT_ONCE", 5)
    made, client = everything(cast, 6), sign_in(cast.tess)
    as_of(made, cast, WEDNESDAY)
    before = queries_of(client, page(made))
    took(made, make_crowd(cast, 20, label="late"), [{made.questions["single"]: ["s2"]} for _each in range(20)], now=WEDNESDAY)
    assert queries_of(client, page(made)) == before <= MOST_QUERIES
