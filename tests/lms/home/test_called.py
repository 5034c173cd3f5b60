"""The names by which pages call a person and an act."""

from __future__ import annotations

import re
from collections.abc import Callable

from flask import Flask
from flask.testing import FlaskClient

from lms.audit import action_name
from lms.config import ROOT
from lms.db import transaction
from lms.i18n import PACKAGES
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


def test_every_act_of_the_audit_trail_has_words(app: Flask) -> None:
    """The code of an act stands second in ``record(actor, "course.publish", …)``."""
    sources = [path.read_text() for package in PACKAGES for path in (ROOT / package).rglob("*.py")]
    acts = {act for source in sources for act in re.findall(r'\brecord\(\s*[\w.()]+,\s*"([a-z_0-9]+\.[a-z_0-9.]+)"', source)}
    assert len(acts) > 100, "the acts are written in another way now"
    assert [act for act in sorted(acts) if action_name(act) == act] == []
