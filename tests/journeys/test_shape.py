"""Pages of one shape are alike to axe: what differs in anything that it judges differs in shape."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.journeys.shape import REPEATED, shape

PAGE = """
<html lang="en"><head><title>People</title><meta name="token" content="a1"></head><body><nav aria-label="Main"><a href="/people">People</a></nav><main id="main">
<h1 class="name">People</h1><label for="q">Search</label><input id="q" value="">
<table><tbody><tr><td id="one"><a href="/people/1">Ana</a></td></tr><tr><td id="two"><a href="/people/2">Bo</a></td></tr></tbody></table>
</main></body></html>
"""


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context()
    yield context.new_page()
    context.close()


def _shape(page: Page, markup: str) -> tuple[str, str]:
    page.set_content(markup)
    return shape(page)


@pytest.mark.parametrize(
    ("old", "new"),
    [("Ana", "李娜"), ('"a1"', '"b2"'), ("/people/2", "/people/3"), ('<tr><td id="two"><a href="/people/2">Bo</a></td></tr>', ""), ('"q"', '"name"')],
    ids=["words", "token", "address", "a row less", "id"],
)
def test_other_words_and_more_rows_make_no_other_shape(page: Page, old: str, new: str) -> None:
    assert old in PAGE
    assert _shape(page, PAGE) == _shape(page, PAGE.replace(old, new))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('class="name"', 'class="faint"'),
        ('<h1 class="name">', '<h1 class="name" style="color: #eee">'),
        (">People</h1>", "></h1>"),
        ('for="q"', 'for="none"'),
        ('id="two"', 'id="one"'),
        ('value=""', 'value="Ana"'),
        ('value=""', "autofocus"),
        ("<h1", "<h3"),
        ('<a href="/people/2">Bo</a>', "<button></button>"),
    ],
)
def test_what_axe_judges_makes_another_content(page: Page, old: str, new: str) -> None:
    assert old in PAGE
    assert _shape(page, PAGE)[0] != _shape(page, PAGE.replace(old, new))[0]


@pytest.mark.parametrize(
    ("old", "new"),
    [('lang="en"', 'lang="zh-Hans"'), ('aria-label="Main"', 'aria-label=""'), ("<nav", '<nav aria-label="Main"></nav><nav'), ("<title>People", "<title>")],
)
def test_what_stands_around_the_content_has_a_shape_of_its_own(page: Page, old: str, new: str) -> None:
    assert old in PAGE
    before, after = _shape(page, PAGE), _shape(page, PAGE.replace(old, new))
    assert before[0] == after[0]
    assert before[1] != after[1]


def test_the_third_row_of_a_kind_is_marked_and_one_of_another_kind_is_not(page: Page) -> None:
    rows = "".join(f"<tr><td>{name}</td></tr>" for name in ("Ana", "Ben", "Cleo", "", "Dov"))
    page.set_content(f"<main><table><tbody>{rows}</tbody></table></main>")
    for _again in range(2):
        shape(page)
        assert page.locator(f"tr[{REPEATED}]").all_inner_texts() == ["Cleo", "Dov"]
