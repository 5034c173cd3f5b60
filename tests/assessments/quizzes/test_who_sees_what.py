"""Role × route × object: whoever is neither the taker nor a trainer of the course finds no key, answer or hidden score anywhere."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import BuildError, Rule

from assessments.quizzes import answer_files
from assessments.repetition import services as practice
from lms.db import transaction
from lms.people.models import Person
from tests.assessments.grading.kinds import RIGHT as NEW_RIGHT
from tests.assessments.quizzes.factory import actor, begin, enrolled, give, hand_in, make_quiz, version_of
from tests.courses.factory import TUESDAY
from tests.people import Cast

SignIn = Callable[[Person], FlaskClient]
ROOMS = ("quiz", "repetition", "orals", "oral_")
KEYS = ("secret-spelling", "secret-feedback", "Names the need")
OWN = ("anas-very-own-words", "anas-own-plan", "a plan of anas")


def routes(app: Flask, objects: dict[str, Any]) -> Iterator[tuple[str, Rule]]:
    """Every address of these rooms, made of Ana's objects; what a route names that is not among them is 1."""
    for rule in app.url_map.iter_rules():
        if not rule.endpoint.startswith(ROOMS):
            continue
        chosen = {name: objects.get(name, 1) for name in rule.arguments}
        for word in ("act", "way", "format"):
            if word in rule.arguments:
                chosen[word] = rule._converters[word].regex.strip("(?:)").split("|")[0]
        try:
            with app.test_request_context():
                yield app.url_map.bind("localhost").build(rule.endpoint, chosen, append_unknown=False), rule
        except BuildError:  # the same endpoint under another method
            continue


@pytest.fixture
def objects(cast: Cast) -> dict[str, Any]:
    """Ana has handed in an attempt whose review shows the score alone; Dov takes the same quiz and has just begun."""
    made = make_quiz(cast, ["short_text", "single", "file", "open_text"], review="score")
    attempt = begin(cast.ana, made)
    give(cast.ana, attempt, made.questions["short_text"], OWN[0])
    give(cast.ana, attempt, made.questions["open_text"], f"{OWN[0]} {NEW_RIGHT['open_text']}")
    with transaction():
        plan = io.BytesIO(b"%PDF-1.7\n" + OWN[2].encode() * 30)
        file = answer_files.whole(actor(cast.ana), attempt.id, made.questions["file"], plan, f"{OWN[1]}.pdf", now=TUESDAY)
    hand_in(cast.ana, attempt)
    begin(cast.dov, made)
    shown = make_quiz(cast, ["short_text"], code="KA-P", review="key")
    other = begin(cast.ana, shown)
    hand_in(cast.ana, other)
    with transaction():
        card = practice.answer(actor(cast.ana), shown.questions["short_text"], 1, [OWN[0]], now=TUESDAY)
    return {
        "attempt_id": attempt.id, "enrolment_id": enrolled(cast.ana, made).id, "module_id": made.module.id,
        "question_id": made.questions["short_text"], "version_id": version_of(made.questions["short_text"]),
        "course_id": made.course.id, "person_id": cast.ana.id, "file_id": file.id, "review_id": card.id,
        "word": answer_files.ticket(actor(cast.ana), file), "code": "x",
    }  # fmt: skip


def bodies(client: FlaskClient, address: str, rule: Rule) -> Iterator[tuple[str, str]]:
    for method in sorted(rule.methods or ()):
        if method in ("GET", "POST"):
            answer = client.open(address, method=method, headers={"Accept": "application/json"} if method == "POST" else {})
            assert answer.status_code < 500, f"{method} {address}"
            yield f"{method} {address} {answer.status_code}", answer.get_data(as_text=True) + str(answer.headers)


@pytest.mark.parametrize("who", ["ben", "dov", "cleo", "hana", "ada"])
def test_nobody_else_sees_a_key_or_anas_answers(app: Flask, cast: Cast, sign_in: SignIn, objects: dict[str, Any], who: str) -> None:
    client, seen = sign_in(getattr(cast, who)), 0
    for address, rule in routes(app, objects):
        for where, text in bodies(client, address, rule):
            seen += 1
            found = [word for word in (*KEYS, *OWN) if word in text]
            assert not found, f"{who} reads {found} at {where}"
    assert seen > 60


def test_ana_herself_finds_no_key_that_is_not_released(app: Flask, cast: Cast, sign_in: SignIn, objects: dict[str, Any]) -> None:
    client, own = sign_in(cast.ana), 0
    for address, rule in routes(app, objects):
        if "GET" not in (rule.methods or ()) or rule.endpoint == "repetition.review":
            continue
        text = client.get(address).get_data(as_text=True)
        own += OWN[0] in text
        assert not [word for word in KEYS if word in text], f"{rule.endpoint} shows a key"
    assert own == 0, "with the score alone released, no page repeats her words"
