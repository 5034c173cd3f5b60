"""Tess begins a case, a dialogue, a scenario, a rubric: a refused form keeps what was typed and says at the field what is wrong."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from lms.people.models import Person
from tests.people import Cast

PAGES = {"case": "/authoring/cases/", "dialogue": "/authoring/roleplays/dialogues/", "scenario": "/authoring/roleplays/scenarios"}


@pytest.fixture
def tess(cast: Cast, sign_in: Callable[[Person], FlaskClient]) -> FlaskClient:
    return sign_in(cast.tess)


@pytest.mark.parametrize("page", PAGES.values(), ids=PAGES)
def test_a_refused_code_is_explained_at_its_field_and_nothing_typed_is_lost(tess: FlaskClient, page: str) -> None:
    odd = tess.post(page, data={"code": "no spaces!", "title": "The lost tender"}).text
    assert "A code begins with a letter or digit" in odd
    assert 'value="no spaces!"' in odd and 'value="The lost tender"' in odd
    assert tess.post(page, data={"code": "ONE", "title": "First"}).status_code == 302
    taken = tess.post(page, data={"code": "one", "title": "Second"}).text
    assert 'value="one"' in taken and 'value="Second"' in taken
    assert 'aria-describedby="code-help code-error"' in taken


@pytest.mark.parametrize("page", PAGES.values(), ids=PAGES)
def test_a_title_of_spaces_is_none(tess: FlaskClient, page: str) -> None:
    answer = tess.post(page, data={"code": "ONE", "title": "   "})
    assert answer.status_code == 200 and "Please fill this in." in answer.text


def test_a_rubric_without_a_title_is_refused_at_its_own_field(tess: FlaskClient) -> None:
    page = tess.post("/authoring/roleplays/rubrics", data={"title": "x" * 201}).text
    assert 'id="rubric-title-error"' in page and 'id="title-error"' not in page
    assert "x" * 201 in page
