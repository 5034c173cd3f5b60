"""Codes that people give, and the hashes by which frozen things are found again."""

from __future__ import annotations

import pytest
from flask import Flask

from assessments.roleplays import scenarios
from courses import authoring
from courses.models import Area
from lms import canonical, codes
from lms.clock import now
from lms.db import transaction
from lms.errors import Refused
from lms.i18n import with_language
from tests.people import Cast


@pytest.mark.parametrize(("code", "fits"), [("KA-1", True), ("a.b_c", True), ("-KA", False), ("", False), ("大客户", False), ("KA 1", False), ("KA\n", False), ("x" * 65, False)])  # fmt: skip
def test_a_code_is_short_and_plain(code: str, fits: bool) -> None:
    assert codes.is_code(code) is fits


def test_no_two_things_differ_by_capitals_alone(cast: Cast) -> None:
    with transaction():
        scenarios.create(cast.actor(cast.tess), "RP-North", {"en": "A visit"}, now=now())
        authoring.create(cast.actor(cast.tess), "KA-North", {"en": "A course"}, Area.SKILLS, now=now())
    with pytest.raises(Refused, match="scenario_code_taken"), transaction():
        scenarios.create(cast.actor(cast.tess), "rp-north", {"en": "Another"}, now=now())
    with pytest.raises(Refused, match="course_code_taken"), transaction():
        authoring.create(cast.actor(cast.tess), "ka-north", {"en": "Another"}, Area.SKILLS, now=now())


def test_the_same_content_has_the_same_hash_in_whatever_order() -> None:
    assert canonical.sha256({"a": 1, "b": "漢"}) == canonical.sha256({"b": "漢", "a": 1})
    assert canonical.sha256({"a": 1}) != canonical.sha256({"a": "1"})
    assert canonical.text({"b": [1.5], "a": "汉"}) == '{"a":"汉","b":[1.5]}'
    with pytest.raises(ValueError, match="JSON compliant"):
        canonical.text(float("nan"))


def test_an_emptied_language_is_gone_and_the_others_stay(app: Flask) -> None:
    assert with_language({"en": "A", "zh_Hans": "甲"}, "en", "  ") == {"zh_Hans": "甲"}
    assert with_language({"zh_Hans": "甲"}, "en", " B ") == {"zh_Hans": "甲", "en": "B"}
    with pytest.raises(Refused, match="language_unknown"):
        with_language({}, "fr", "A")
