"""How attempts went: the log that a browser keeps, the timeline of an attempt, pairs whose answers agree."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from assessments.quizzes.analysis.models import QuizAnalysisRun
from assessments.quizzes.integrity import activity, queries
from assessments.quizzes.integrity.models import QuizActivity
from assessments.quizzes.models import Attempt
from lms.db import db, transaction
from lms.errors import Unknown
from lms.people.models import Person
from tests.assessments.quizzes.crowd import by_ability, make_crowd, took
from tests.assessments.quizzes.factory import RIGHT, TUESDAY, begin, enrolled, give, hand_in, make_quiz, take
from tests.assessments.quizzes.test_scale_fairness_gain import at, of_singles
from tests.courses.factory import actor
from tests.courses.test_pages import MOST_QUERIES, counted, queries_of
from tests.people import Cast

SignIn = Callable[[Person], FlaskClient]
START = int(TUESDAY.timestamp() * 1000)


def tell(client: FlaskClient, attempt: Attempt, events: Any) -> int:
    return client.post(f"/quizzes/attempts/{attempt.id}/activity", json=events).status_code


def kept(attempt: Attempt) -> list[Any]:
    rows = db.session.scalars(select(QuizActivity.events).where(QuizActivity.attempt_id == attempt.id).order_by(QuizActivity.number))
    return [event for events in rows for event in events]


def test_ana_is_told_before_she_begins_what_is_logged(cast: Cast, sign_in: SignIn) -> None:
    made = make_quiz(cast)
    offer = sign_in(cast.ana).get(f"/quizzes/{enrolled(cast.ana, made).id}/{made.module.id}").text
    assert "when this page is covered, left or comes back" in offer
    assert "Your trainers can see it." in offer


def test_what_anas_browser_tells_is_kept_and_nothing_else(cast: Cast) -> None:
    made = make_quiz(cast)
    attempt = begin(cast.ana, made)
    sent = [[START + 1000, "hidden"], [START + 9000, "shown", None], [START, "cheated"], ["x", "hidden"], [True, "hidden"], "no", [START + 2000, "pasted", 7]]
    with transaction():
        assert activity.keep(actor(cast.ana), attempt.id, sent, now=TUESDAY + timedelta(minutes=1)) == 3
    assert kept(attempt) == [[START + 1000, "hidden", None], [START + 9000, "shown", None], [START + 2000, "pasted", 7]]
    with transaction():
        activity.keep(actor(cast.ana), attempt.id, [[START + 10**9, "hidden"], [0, "shown"]], now=TUESDAY + timedelta(minutes=2))
    assert [event[0] for event in kept(attempt)[3:]] == [START + 120_000, START], "no moment lies outside the attempt"
    for nonsense in (None, {}, "hidden", [[[]]], [None]):
        with transaction():
            assert activity.keep(actor(cast.ana), attempt.id, nonsense, now=TUESDAY) == 0


def test_the_log_is_bounded_and_closes_with_the_attempt(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    made = make_quiz(cast)
    attempt = begin(cast.ana, made)
    monkeypatch.setattr(activity, "MOST_MESSAGES", 2)
    many = [[START + at, "changed", 1] for at in range(activity.MOST_EVENTS + 50)]
    for _message in range(4):
        with transaction():
            activity.keep(actor(cast.ana), attempt.id, many, now=TUESDAY + timedelta(minutes=1))
    assert db.session.scalar(select(func.count()).select_from(QuizActivity)) == 2
    assert len(kept(attempt)) == 2 * activity.MOST_EVENTS
    done = take(cast.dov, made)
    with transaction():
        assert activity.keep(actor(cast.dov), done.id, [[START, "hidden"]], now=TUESDAY + timedelta(minutes=1)) == 1
        assert activity.keep(actor(cast.dov), done.id, [[START, "hidden"]], now=TUESDAY + timedelta(minutes=9)) == 0


def test_dov_cannot_tell_anything_of_anas_attempt(cast: Cast, sign_in: SignIn) -> None:
    attempt = begin(cast.ana, make_quiz(cast))
    assert tell(sign_in(cast.dov), attempt, [[START, "hidden"]]) == 404
    assert kept(attempt) == []
    client, address = sign_in(cast.ana), f"/quizzes/attempts/{attempt.id}/activity"
    with counted() as statements:
        assert client.post(address, json=[[START, "hidden"]]).status_code == 204
    own = [each for each in statements if "attempt" in each or "quiz_activity" in each]
    assert len(own) == 3, "two questions, one row"
    assert "max(" not in own[0] and "max(" in own[1], "the number is read after the attempt is locked"


def test_the_timeline_holds_what_happened_and_who_looked(cast: Cast, sign_in: SignIn) -> None:
    made = make_quiz(cast)
    attempt = begin(cast.ana, made)
    minute = timedelta(minutes=1)
    give(cast.ana, attempt, made.questions["single"], RIGHT["single"], now=TUESDAY + minute, given_at=TUESDAY + minute / 2)
    with transaction():
        told = [[START + 61_000, "hidden"], [START + 91_000, "shown"], [START + 95_000, "pasted", made.questions["short_text"]]]
        activity.keep(actor(cast.ana), attempt.id, told, now=TUESDAY + 2 * minute)
    hand_in(cast.ana, attempt, TUESDAY + 3 * minute)
    address = f"/authoring/quizzes/{made.module.id}/attempts/{attempt.id}/timeline"
    client = sign_in(cast.tess)
    client.get(f"/authoring/quizzes/{made.module.id}/results/{attempt.id}")
    client.get(address)
    _quiz, line = queries.timeline(actor(cast.tess), made.module.id, attempt.id)
    assert [each.what for each in line.entries] == ["begun", "saved", "hidden", "shown", "pasted", "submitted", "graded", "looked", "looked"]
    assert (line.went.attention.left, line.went.attention.seconds, line.went.attention.pasted) == (1, 30.0, 1)
    text = client.get(address).text
    for words in ("The page was covered or left", "told by the browser", "reached the server 30 s later", "Opened by a trainer", "Tess"):
        assert words in text
    assert queries_of(client, address) <= MOST_QUERIES + 1, "one of them notes who looked"
    for stranger in (cast.cleo, cast.ana, cast.dov):
        assert sign_in(stranger).get(address).status_code == 403
    with pytest.raises(Unknown):
        queries.timeline(actor(cast.hana), made.module.id, attempt.id)


def test_two_who_copied_are_listed_with_what_it_cannot_know(cast: Cast, sign_in: SignIn) -> None:
    made, client, rng = of_singles(cast, 24), sign_in(cast.tess), np.random.default_rng(3)
    assert "From 100 takers on" in client.get(at(made, "integrity")).text
    people = make_crowd(cast, 110)
    answers = by_ability(rng, made, 110, "s2", ("s1", "s3"))
    answers[1] = dict(answers[0])
    for number, id_ in enumerate(made.questions.values()):
        if number % 2:
            answers[0][id_] = answers[1][id_] = ["s1" if number % 4 == 1 else "s3"]
    first = took(made, people, answers)
    client.post(at(made, "runs/similarity"))
    run = db.session.scalars(select(QuizAnalysisRun)).one()
    assert run.report is not None
    assert [pair["attempts"] for pair in run.report["pairs"]] == [first[:2]]
    text = client.get(at(made, "integrity")).text
    assert "Nothing here is a verdict" in text
    assert "may share mistakes without sharing answers" in text
    assert queries_of(client, at(made, "integrity")) <= MOST_QUERIES
