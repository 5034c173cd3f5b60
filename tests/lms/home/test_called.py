"""The name by which a page calls a person."""

from __future__ import annotations

from collections.abc import Callable

from flask.testing import FlaskClient

from lms.db import transaction
from lms.people.models import Person
from tests.people import Cast


def test_english_readers_meet_the_latin_name_and_chinese_readers_the_chinese_one(
    cast: Cast, sign_in: Callable[[Person], FlaskClient]
) -> None:
    with transaction():
        cast.ana.name, cast.ana.name_latin, cast.ana.locale = "林晓芸", "Lin Xiaoyun", "en"
    page = sign_in(cast.ana).get("/").get_data(as_text=True)
    assert "Lin Xiaoyun" in page
    assert "林晓芸" not in page
    with transaction():
        cast.ana.locale = "zh_Hans"
    page = sign_in(cast.ana).get("/").get_data(as_text=True)
    assert "林晓芸" in page
