"""Everybody can use every page: axe looks at each one, as two roles of the demo company, in light, and in dark as the first.

From the pages that need no argument the links are followed: one instance of every page that a role can reach.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest
from lxml import html
from werkzeug.exceptions import HTTPException

from lms.authz import Role
from lms.demo.company import PASSWORD, SIGN_INS
from tests.journeys.conftest import Enter
from tests.journeys.server import Needle

FILES = (".pdf", ".csv", ".xlsx", ".zip", ".json", ".svg", "/export", "/state", "/progress", "/healthz")
"""Addresses that answer with something else than a page."""
FILE_PAGES = {"courses.file", "home.file", "static"}
ONE_PER_ROLE = {each.role: each for each in reversed(SIGN_INS)}
SAME_FOR_ALL = ("security", "verify")
"""Blueprints whose pages look alike to every role: looked at once, as a rep."""

EYES = 2
"""A page that several roles reach is opened and looked at by axe as the first two of them, in dark as the first; every role has to
get it."""
LOOKED_AT: Counter[str] = Counter()


@pytest.mark.parametrize("role", ONE_PER_ROLE, ids=lambda role: role.value)
def test_every_page_that_a_role_can_reach_can_be_used_by_everyone(enter: Enter, demo: Needle, role: Role) -> None:
    visitor = enter(phone=role is Role.REP, at=demo)
    visitor.sign_in(ONE_PER_ROLE[role].email, PASSWORD)
    seen: set[str] = set()
    waiting = [*_without_arguments(demo)]
    while waiting:
        path = waiting.pop(0)
        endpoint = _endpoint(demo, path)
        if endpoint is None or endpoint in seen or (role is not Role.REP and endpoint.startswith(SAME_FOR_ALL)):
            continue
        seen.add(endpoint)
        opened = LOOKED_AT[endpoint] < EYES
        answer = visitor.go(path) if opened else visitor.context.request.get(path)
        if answer.status == 403 or answer.url.endswith("/login"):
            continue
        assert answer.status == 200, path
        LOOKED_AT[endpoint] += 1
        if opened:
            visitor.check(dark=LOOKED_AT[endpoint] == 1)
        page = html.fromstring(answer.text())
        assert len(page.findall(".//h1")) == 1, path
        waiting += [str(link) for link in page.xpath("//main//a/@href[starts-with(., '/')]")]
    assert {"home.today", "courses.catalogue", "courses.course", "people.account"} <= seen


def _without_arguments(demo: Needle) -> Iterator[str]:
    for rule in sorted(demo.app.url_map.iter_rules(), key=lambda rule: rule.rule):
        if "GET" in (rule.methods or ()) and not rule.arguments and not rule.rule.endswith(FILES) and not rule.rule.startswith("/api/"):
            yield rule.rule


def _endpoint(demo: Needle, path: str) -> str | None:
    """What answers at an address; None if it is no page."""
    plain = path.split("?")[0].split("#")[0]
    if plain.endswith(FILES):
        return None
    try:
        endpoint, _values = demo.app.url_map.bind("127.0.0.1").match(plain, "GET")
    except HTTPException:
        return None
    return None if endpoint in FILE_PAGES else str(endpoint)
