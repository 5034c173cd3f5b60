"""Everybody can use every page: axe looks at each one, in light as every role to whom it shows something else, and in dark as the first.

From the pages that need no argument the links are followed: one instance of every page that a role can reach.
"""

from __future__ import annotations

from collections import defaultdict
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

Kind = tuple[str, ...]
SEEN_AT: defaultdict[tuple[str, bool], set[Kind]] = defaultdict(set)
"""Kinds of elements that were looked at on a page, at a desk and on a phone. Every role has to get a page; it is opened, and looked at by
axe, where a role finds a kind of element there that nobody before it did."""


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
        answer = visitor.context.request.get(path)
        if answer.status == 403 or answer.url.endswith("/login"):
            continue
        assert answer.status == 200, path
        page = html.fromstring(answer.text())
        assert len(page.findall(".//h1")) == 1, path
        if not _kinds(page) <= SEEN_AT[endpoint, visitor.phone]:
            assert visitor.go(path).status == 200, path
            visitor.check(dark=not SEEN_AT[endpoint, True] | SEEN_AT[endpoint, False])
            SEEN_AT[endpoint, visitor.phone] |= _kinds(page)
        waiting += [str(link) for link in page.xpath("//main//a/@href[starts-with(., '/')]")]
    assert {"home.today", "courses.catalogue", "courses.course", "people.account"} <= seen


def _without_arguments(demo: Needle) -> Iterator[str]:
    for rule in sorted(demo.app.url_map.iter_rules(), key=lambda rule: rule.rule):
        if "GET" in (rule.methods or ()) and not rule.arguments and not rule.rule.endswith(FILES) and not rule.rule.startswith("/api/"):
            yield rule.rule


def _kinds(page: html.HtmlElement) -> set[Kind]:
    """What there is in the content of a page: elements by their classes, their type and the attributes they have."""
    return {
        (each.tag, each.get("class", ""), each.get("type", ""), *sorted(each.keys()))
        for each in page.find(".//main").iter()
        if isinstance(each.tag, str)
    }


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
