"""Everybody can use every page: axe looks at each one, as each role, in light and in dark."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.journeys.conftest import Enter
from tests.journeys.scenes import House
from tests.journeys.server import Needle

FILES = (".pdf", ".csv", ".xlsx", ".zip", ".json", ".svg", "/export", "/state", "/healthz")
"""Addresses that answer with something else than a page."""
ROLES = {"rep": "ana", "manager": "cleo", "trainer": "tess", "hr": "hana", "admin": "ada"}


def pages_without_arguments(needle: Needle) -> list[str]:
    """Every address of a page that can be asked for as it is."""
    return sorted(
        rule.rule
        for rule in needle.app.url_map.iter_rules()
        if "GET" in (rule.methods or ()) and not rule.arguments and not rule.rule.endswith(FILES)
    )


@pytest.mark.parametrize("role", ROLES)
def test_every_page_of_a_role_can_be_used_by_everyone(enter: Enter, house: House, needle: Needle, role: str) -> None:
    visitor = enter(phone=role == "rep")
    visitor.sign_in(ROLES[role])
    seen = 0
    for path in pages_without_arguments(needle):
        response = visitor.go(path)
        if response.status == 403 or visitor.page.url.endswith("/login"):
            continue
        assert response.status == 200, path
        expect(visitor.page.get_by_role("heading", level=1)).to_have_count(1)
        visitor.check()
        seen += 1
    assert seen >= 5


def test_every_page_before_the_sign_in_can_be_used_by_everyone(enter: Enter, house: House) -> None:
    visitor = enter(phone=True)
    for path in ("/login", "/reset", "/verify/check", "/verify/AAAAA-BBBBB-CCCCC-DDDDD"):
        visitor.go(path)
        expect(visitor.page.get_by_role("heading", level=1)).to_have_count(1)
        visitor.check()
