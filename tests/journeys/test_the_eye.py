"""The eye that watches the journeys is not blind."""

from __future__ import annotations

import pytest

from tests.journeys.conftest import Enter
from tests.journeys.scenes import House
from tests.journeys.shape import REPEATED
from tests.journeys.visitor import Visitor


@pytest.mark.parametrize(
    ("mistake", "said"),
    [
        ("document.querySelector('main').append(document.createElement('button'))", "button-name"),
        ("document.querySelector('h1').style.color = '#eee'", "axe, light, /login: color-contrast"),
        ("document.querySelector('h1').style.color = '#222'", "axe, dark, /login: color-contrast"),
        ("document.querySelector('h1').style.width = '600px'", "over the edge at 375 px"),
        ("console.error('a mistake')", "console: a mistake"),
        ("setTimeout(() => { throw new Error('a mistake') })", "script: "),
        ("fetch('/no/such/file').then(() => 0)", "404 for GET"),
        ("fetch('http://localhost:9/elsewhere').catch(() => 0)", "Content Security Policy"),
    ],
)
def test_a_mistake_on_a_page_is_seen(enter: Enter, house: House, mistake: str, said: str) -> None:
    visitor: Visitor = enter(phone=True)
    visitor.go("/login")
    visitor.page.evaluate(mistake)
    visitor.check()
    found, visitor.troubles = visitor.troubles, []
    assert any(said in each for each in found), found


def test_the_eye_leaves_a_page_as_it_was(enter: Enter, house: House) -> None:
    visitor: Visitor = enter()
    visitor.go("/login")
    visitor.page.evaluate("document.querySelector('main').insertAdjacentHTML('beforeend', '<ul>' + '<li>Ana</li>'.repeat(5) + '</ul>')")
    before, rows = _page(visitor), visitor.page.locator("main li")
    visitor.check()
    assert _page(visitor) == before
    assert rows.count() == 5


def _page(visitor: Visitor) -> str:
    return str(visitor.page.evaluate("document.body.outerHTML")).replace(f' {REPEATED}=""', "")
