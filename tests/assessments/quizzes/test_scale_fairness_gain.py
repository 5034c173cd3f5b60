"""Beside the item analysis: the scale from 200 takers on, groups and versions, the gain between two quizzes, all quizzes."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import numpy as np
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from assessments.grading.forms import Forms, Verdict
from assessments.grading.irt import calibrate
from assessments.quizzes import editing
from assessments.quizzes.analysis import across, fairness, gains, runs, scale
from assessments.quizzes.analysis.fairness_words import forms_sentence
from assessments.quizzes.analysis.models import QuizAnalysisRun, RunKind
from assessments.quizzes.analysis.responses import responses
from assessments.quizzes.models import Quiz, QuizItem
from courses import authoring
from lms.db import db, transaction
from lms.errors import Refused, Unknown
from lms.jobs import Job
from lms.people.models import Person
from lms.values import Interval
from tests.assessments.quizzes.crowd import by_ability, make_crowd, took
from tests.assessments.quizzes.factory import Made, draft_quiz, make_quiz, question
from tests.courses.factory import MONDAY, TUESDAY, WEDNESDAY, actor, publish
from tests.courses.test_pages import MOST_QUERIES, queries_of
from tests.people import Cast

SignIn = Callable[[Person], FlaskClient]
OTHERS = ("s1", "s3")
LATER = MONDAY + timedelta(hours=1)


def of_singles(cast: Cast, number: int, **settings: object) -> Made:
    """A published quiz of so many questions of one right option, “s2”."""
    made = draft_quiz(cast, ["single"], **settings)
    with transaction():
        more = [
            editing.add_question(actor(cast.tess), made.module.id, question("single", stem={"en": f"Number {at}?"}), marks=1, competency="X", now=MONDAY)
            for at in range(2, number + 1)
        ]
    publish(cast, made.course)
    return Made(made.course, made.module, made.questions | {f"single{at}": item.question_id for at, item in enumerate(more, 2)})


def at(made: Made, page: str) -> str:
    return f"/authoring/quizzes/{made.module.id}/{page}"


def test_below_200_takers_the_scale_says_not_yet_and_above_it_is_computed_and_kept(cast: Cast, sign_in: SignIn) -> None:
    made, client, rng = of_singles(cast, 6), sign_in(cast.tess), np.random.default_rng(1)
    people = make_crowd(cast, 220)
    answers = by_ability(rng, made, 220, "s2", OTHERS)
    took(made, people[:120], answers[:120])
    assert "Not yet: 120 of 200 takers." in client.get(at(made, "scale")).text
    took(made, people[120:], answers[120:])
    assert client.post(at(made, "runs/scale")).status_code == 302
    run = db.session.scalars(select(QuizAnalysisRun)).one()
    assert (run.kind, run.number, run.n, run.finished_at is not None) == ("scale", 1, 220, True)
    found = responses(run.quiz_id)
    direct = calibrate(scale.answers_of(found), "1pl")  # type: ignore[arg-type]
    assert [item["b"] for item in run.report["items"]] == pytest.approx([item.b for item in direct.items])  # type: ignore[union-attr,index]
    text = client.get(at(made, "scale")).text
    assert "Rasch model, one slope for all" in text
    assert run.fingerprint and run.fingerprint[:12] in text
    assert run.fingerprint == runs.fingerprint(found)
    assert queries_of(client, at(made, "scale")) <= MOST_QUERIES


def test_a_run_under_way_is_not_promised_twice(cast: Cast) -> None:
    made = of_singles(cast, 3)
    waits(cast, made)
    with pytest.raises(Refused, match="analysis_running"), transaction():
        runs.promise(actor(cast.tess), made.module.id, RunKind.SCALE, now=TUESDAY)


def waits(cast: Cast, made: Made, kind: RunKind = RunKind.SCALE) -> QuizAnalysisRun:
    """A run whose job waits for a worker."""
    with transaction():
        run = runs.begun(actor(cast.tess), db.session.scalars(select(Quiz.id)).one(), kind, now=TUESDAY)
        run.job = Job(kind="quiz.analyse", params={"run_id": run.id}, owner_id=cast.tess.id, created_at=TUESDAY, heartbeat_at=TUESDAY)
    return run


@pytest.mark.parametrize(("kind", "page"), [(RunKind.SCALE, "scale"), (RunKind.SIMILARITY, "integrity")])
def test_a_run_whose_job_failed_says_so_and_may_be_tried_again(cast: Cast, sign_in: SignIn, kind: RunKind, page: str) -> None:
    made, client = of_singles(cast, 3), sign_in(cast.tess)
    first = waits(cast, made, kind)
    assert "is being computed" in client.get(at(made, page)).text
    for _each in range(2):
        with transaction():
            runs.keep(first.id, runs.Computed("0" * 64, 0, {"missing": "few_takers", "n": 0, "minimum": 9}), now=TUESDAY)
            job = waits(cast, made, kind).job
            assert job is not None
            job.state, job.finished_at = "failed", TUESDAY
    text = client.get(at(made, page)).text
    assert "The last computation failed." in text
    assert "is being computed" not in text
    assert runs.latest(first.quiz_id, kind).finished is first, "what was computed before is still shown"
    assert client.post(at(made, f"runs/{kind}")).status_code == 302
    after = runs.latest(first.quiz_id, kind)
    assert (after.failed, after.finished.number if after.finished else 0) == (None, 4)


def test_a_question_that_one_team_finds_harder_is_named_with_its_size(cast: Cast, sign_in: SignIn) -> None:
    made, rng = of_singles(cast, 8), np.random.default_rng(5)
    east, west = make_crowd(cast, 110), make_crowd(cast, 110, cast.west, "west")
    answers = by_ability(rng, made, 220, "s2", OTHERS)
    strange = made.questions["single4"]
    for each in answers[110:]:
        if rng.random() < 0.6:
            each[strange] = ["s1"]
    took(made, east + west, answers)
    _quiz, found = fairness.of_quiz(actor(cast.tess), made.module.id, f"team:{cast.west.id}")
    assert found is not None and found.chosen is not None and found.chosen.n == 110
    assert found.rows[0].version.question_id == strange
    assert found.rows[0].dif.grade == "C"  # type: ignore[union-attr]
    assert {row.dif.grade for row in found.rows[1:]} <= {"A", "B"}  # type: ignore[union-attr]
    client = sign_in(cast.tess)
    text = client.get(at(made, f"fairness?group=team:{cast.west.id}")).text
    assert "harder for the group" in text
    assert "110 takers against 110." in text
    assert queries_of(client, at(made, "fairness")) <= MOST_QUERIES


def test_a_question_that_became_easier_with_its_new_words_has_drifted(cast: Cast) -> None:
    made, rng = of_singles(cast, 8), np.random.default_rng(6)
    people, edited = make_crowd(cast, 200), made.questions["single8"]
    answers = by_ability(rng, made, 200, "s2", OTHERS)
    took(made, people[:100], answers[:100])
    with transaction():
        editing.edit_question(actor(cast.tess), made.module.id, edited, question("single", stem={"en": "Easier?"}), marks=1, competency="X", now=WEDNESDAY)
    publish(cast, made.course, WEDNESDAY)
    for each in answers[100:]:
        if rng.random() < 0.8:
            each[edited] = ["s2"]
    took(made, people[100:], answers[100:], now=WEDNESDAY)
    _quiz, found = fairness.of_quiz(actor(cast.tess), made.module.id)
    assert found is not None
    (row,) = found.drift
    assert (row.version.number, row.before.number if row.before else 0) == (2, 1)
    assert row.dif.grade == "C" and row.dif.delta > 0  # type: ignore[union-attr]


def test_few_people_of_a_group_are_not_compared(cast: Cast) -> None:
    made, rng = of_singles(cast, 4), np.random.default_rng(7)
    people = make_crowd(cast, 60) + make_crowd(cast, 20, cast.west, "west")
    took(made, people, by_ability(rng, made, 80, "s2", OTHERS))
    _quiz, found = fairness.of_quiz(actor(cast.tess), made.module.id)
    assert found is not None
    assert {each.by for each in found.groups} == {"language", "time"}, "20 in the west are too few, and so are 20 who are not in the east"


def second_quiz(cast: Cast, made: Made) -> Made:
    """Another quiz of the course that shares a question with the first."""
    with transaction():
        module = authoring.add_module(actor(cast.tess), made.course.id, "quiz", {"en": "Warm-up"}, now=LATER)
        editing.add_question(actor(cast.tess), module.id, question("single", stem={"en": "Before?"}), marks=1, competency="X", now=LATER)
        editing.take_in(actor(cast.tess), module.id, made.questions["single2"], now=LATER)
    publish(cast, made.course, LATER)
    items = db.session.scalars(select(QuizItem).join(Quiz).where(Quiz.module_id == module.id).order_by(QuizItem.position)).all()
    return Made(made.course, module, {"before": items[0].question_id, "single2": items[1].question_id})


def test_the_gain_is_of_those_who_sat_both_in_order_and_shared_questions_are_compared(cast: Cast, sign_in: SignIn) -> None:
    post = of_singles(cast, 4)
    pre = second_quiz(cast, post)
    people = make_crowd(cast, 30)
    took(pre, people, [{pre.questions["before"]: ["s1"], pre.questions["single2"]: ["s2" if i % 3 else "s1"]} for i in range(30)], now=TUESDAY)
    answers = [{id_: ["s2"] for id_ in post.questions.values()} for _each in people]
    took(post, people[:25], answers[:25], now=WEDNESDAY)
    took(post, people[25:], answers[25:], now=LATER)
    client = sign_in(cast.tess)
    assert client.post(at(post, "gain"), data={"pre": pre.module.id}).status_code == 302
    _quiz, found = gains.of_quiz(actor(cast.tess), post.module.id)
    assert found is not None
    assert (found.gain.n, found.only_before) == (25, 5), "who sat the post-test first does not count"  # type: ignore[union-attr]
    (both,) = found.common
    assert (both.before.value, both.after.value) == (pytest.approx(16 / 25), 1.0)  # type: ignore[union-attr]
    assert found.forms is not None
    assert (found.forms.verdict, found.forms.shared, found.forms.asked) == (Verdict.UNEQUAL, 1, 5)
    assert (found.forms.difference, found.forms.gain) == (pytest.approx(16 / 25), pytest.approx(9 / 25))
    text = client.get(at(post, "gain")).text
    assert "points of 100 higher afterwards" in text
    assert "Do not go by the gain above." in text
    assert queries_of(client, at(post, "gain")) <= MOST_QUERIES
    with transaction():
        gains.pair(actor(cast.tess), post.module.id, None, now=WEDNESDAY)
    assert gains.of_quiz(actor(cast.tess), post.module.id)[1] is None
    with pytest.raises(Refused, match="pairing_with_itself"), transaction():
        gains.pair(actor(cast.tess), post.module.id, post.module.id, now=WEDNESDAY)


@pytest.mark.parametrize(("difference", "said"), [(-0.233, "23.3 points of 100 less than"), (0.233, "23.3 points of 100 more than")])
def test_nobody_gains_a_negative_number_more(app: Flask, difference: float, said: str) -> None:
    forms = Forms(Verdict.UNEQUAL, 1, 18, difference, Interval(difference - 0.07, difference + 0.07), 0.24, Interval(0.17, 0.31), 200)
    assert said in forms_sentence(forms)


def test_the_figures_of_one_taker_are_grey_wherever_they_stand(cast: Cast, sign_in: SignIn) -> None:
    made, client = of_singles(cast, 4), sign_in(cast.tess)
    took(made, make_crowd(cast, 3), [{id_: [choice] for id_ in made.questions.values()} for choice in ("s2", "s1", "s2")])
    client.post("/authoring/quizzes/analysis")
    across_page, items_page = client.get("/authoring/quizzes/analysis").text, client.get(at(made, "analysis")).text
    assert re.search(r'<span class="soft">6[67][.\d]*%</span>', across_page)
    assert re.search(r'<dd><span class="soft">6[67][.\d]*%</span></dd>', items_page)
    for page in (across_page, items_page):
        rest = re.sub(r'<span class="soft[^"]*">.*?</span>', "", page.partition("<table")[2])
        assert not re.search(r"\d%", rest), "no figure of three people stands as if it were settled"


def test_all_quizzes_stand_side_by_side_from_their_kept_figures(cast: Cast, sign_in: SignIn) -> None:
    one = of_singles(cast, 4)
    two = second_quiz(cast, one)
    rng, people = np.random.default_rng(2), make_crowd(cast, 60)
    took(one, people, by_ability(rng, one, 60, "s2", OTHERS))
    took(two, people, [{two.questions["before"]: ["s2"], two.questions["single2"]: ["s1"]} for _each in people])
    client = sign_in(cast.tess)
    assert "not computed yet" in client.get("/authoring/quizzes/analysis").text
    assert len(across.outdated(actor(cast.tess))) == 2
    client.post("/authoring/quizzes/analysis")
    assert across.outdated(actor(cast.tess)) == []
    text = client.get("/authoring/quizzes/analysis").text
    assert "not equally hard everywhere" in text
    assert queries_of(client, "/authoring/quizzes/analysis") <= MOST_QUERIES
    today = client.get("/").text
    assert "Questions to look at" in today and "Warm-up" in today
    kept = {row.quiz.module_id: row.alarms for row in across.summaries(actor(cast.tess)) if row.alarms}
    alarming = across.alarming(actor(cast.tess))
    assert {each.module_id: each.total for each in alarming} == kept
    assert [each.total for each in alarming] == sorted(kept.values(), reverse=True)
    assert {each.n for each in alarming} == {60}
    assert across.alarming(actor(cast.hana)) == []
    shared = across.figures_of([one.questions["single2"]])[one.questions["single2"]]
    assert sorted(each["n"] for each in shared) == [60, 60]


def test_only_trainers_of_the_course_see_any_of_it(cast: Cast, sign_in: SignIn) -> None:
    made = make_quiz(cast, ["single"])
    for page in ("analysis", "scale", "fairness", "gain"):
        assert sign_in(cast.tess).get(at(made, page)).status_code == 200, page
        assert sign_in(cast.cleo).get(at(made, page)).status_code == 403, page
        assert sign_in(cast.ana).get(at(made, page)).status_code == 403, page
    with pytest.raises(Unknown):
        gains.of_quiz(actor(cast.hana), made.module.id)
