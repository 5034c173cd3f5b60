"""A failure tells whoever sees it what to say, and whoever looks into it where to look."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient


@pytest.fixture
def broken(app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> FlaskClient:
    """A client of a server whose sign-in page fails."""

    def fail() -> str:
        raise RuntimeError("a disk is gone")

    monkeypatch.setitem(app.config, "PROPAGATE_EXCEPTIONS", False)
    monkeypatch.setitem(app.view_functions, "security.login", fail)
    return client


@pytest.mark.parametrize(("locale", "words"), [("en", "If you ask for help, say: 500 "), ("zh-CN", "如需协助，请告知：500 ")])
def test_what_a_page_says_leads_to_the_line_in_the_log(
    broken: FlaskClient, caplog: pytest.LogCaptureFixture, locale: str, words: str
) -> None:
    answer = broken.get("/login", headers={"Accept-Language": locale})
    assert answer.status_code == 500
    mark = re.search(f"{words}([0-9a-f]{{8}})<", answer.text)
    assert mark is not None
    assert f"{mark[1]} failed at /login" in caplog.text and "a disk is gone" in caplog.text
    assert "a disk is gone" not in answer.text


def test_programs_are_told_the_same(broken: FlaskClient, caplog: pytest.LogCaptureFixture) -> None:
    said = broken.get("/login", headers={"Accept": "application/json"}).get_json()
    assert said["error"] == "failed"
    assert f"{said['log']} failed at" in caplog.text


def test_a_page_that_is_not_there_needs_no_more_than_its_number(client: FlaskClient) -> None:
    assert "say: 404<" in client.get("/nowhere", headers={"Accept-Language": "en"}).text
