"""What a browser sends is read, or refused: it never ends in a server error."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from flask import Flask, request
from flask.testing import FlaskClient
from werkzeug.exceptions import BadRequest

from courses import authoring
from courses.models import Area
from lms.bodies import sent_id, sent_ids
from lms.clock import now
from lms.db import transaction
from lms.people.models import Person
from tests.courses.factory import actor
from tests.people import Cast

SignIn = Callable[[Person], FlaskClient]

DEEP = "[" * 200_000
BODIES = (DEEP, json.dumps({"order": ["9" * 5000]}), '{"order": ' + "9" * 5000 + "}", '{"order": [true, null]}', "\x00", "{}")


@pytest.mark.parametrize("body", BODIES, ids=range(len(BODIES)))
def test_an_order_that_cannot_be_read_is_refused_in_words(cast: Cast, sign_in: SignIn, body: str) -> None:
    with transaction():
        course = authoring.create(actor(cast.tess), "ORDER", {"en": "Order"}, Area.SKILLS, now=now())
    answer = sign_in(cast.tess).post(f"/authoring/{course.id}/order", data=body, content_type="application/json")
    assert answer.status_code == 409 or answer.status_code == 400, answer.status_code


@pytest.mark.parametrize(("value", "id_"), [(7, 7), ("7", 7), (True, None), ("٣", None), (-1, None), ("9" * 5000, None), (10**12, None), (None, None)])  # fmt: skip
def test_an_id_is_a_short_plain_number(value: object, id_: int | None) -> None:
    assert sent_id(value) == id_


def test_one_bad_id_spoils_the_list() -> None:
    assert sent_ids([1, "2"]) == [1, 2]
    assert sent_ids([1, "x"]) is None
    assert sent_ids("12") is None


def test_a_body_that_is_too_deep_is_as_unreadable_as_any_other(app: Flask) -> None:
    with app.test_request_context("/", method="POST", data=DEEP, content_type="application/json"):
        assert request.get_json(silent=True) is None
        with pytest.raises(BadRequest):
            request.get_json()


def test_who_sends_too_large_a_file_is_told_how_large_it_may_be(app: Flask, cast: Cast, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(app.config, "MAX_CONTENT_LENGTH", 2**20)
    client = sign_in(cast.hana)
    answer = client.post("/imports/new/people", data=bytes(2**20 + 1), content_type="multipart/form-data; boundary=part")
    assert answer.status_code == 413 and "At most 1 MB" in answer.text
