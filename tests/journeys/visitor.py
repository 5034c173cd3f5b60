"""Somebody at a browser, and the eye that watches every page they open."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Response, WebError, expect

from lms.config import ROOT
from lms.i18n import LANGUAGE_NAMES
from tests.journeys.server import PASSWORD
from tests.journeys.shape import REPEATED, shape
from tests.journeys.words import Words

PHONE = {"width": 375, "height": 812}
DESK = {"width": 1280, "height": 900}
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
COLOUR = ["color-contrast", "link-in-text-block"]
"""The rules that another theme can break: the rest looks at what both themes share."""
CLEAN: set[tuple[str, str, bool]] = set()
"""Shapes in which axe found nothing, with their theme and whether on a phone."""
BROWSER_TAGS = {"en": "en-GB", "zh_Hans": "zh-CN", "zh_Hant": "zh-TW"}


AWAKE = "wakeAxe"


@cache
def _axe() -> str:
    """Given to every page asleep, since to send it to each page that is looked at takes longer than to look."""
    return f"window.{AWAKE} = () => {{ {(ROOT / 'node_modules' / 'axe-core' / 'axe.min.js').read_text()} }}"


_LOOK = """
async ([wake, repeated, around, options]) => {
    if (!window.axe) window[wake]();
    const main = document.querySelector('main');
    const beside = around || !main ? [] : Array.from(document.body.children).filter(each => !each.contains(main));
    const away = [...beside, ...document.querySelectorAll(`[${repeated}]`)].filter(each =>
        !each.contains(document.activeElement) && !each.closest('svg') && !each.matches('option, optgroup') && !each.parentElement.closest(`[${repeated}]`));
    const places = away.map(each => { const place = document.createComment(''); each.replaceWith(place); return [place, each]; });
    try {
        const found = await window.axe.run(options);
        return found.violations.map(each => ({id: each.id, help: each.help, nodes: each.nodes.map(node => node.html.slice(0, 160))}));
    } finally {
        for (const [place, each] of places.reverse()) place.replaceWith(each);
    }
}
"""
"""Axe reads the whole page, whatever it is told to leave out: what it need not see is taken away meanwhile and put back."""


class Visitor:
    """One person at one browser.

    Everything that goes wrong in the background is remembered and raised by ``leave``: console errors, script
    errors, requests to another host, answers of 500 and above.
    """

    def __init__(self, browser: Browser, url: str, *, locale: str, phone: bool, scripts: bool = True) -> None:
        self.words, self.url, self.phone = Words(locale), url, phone
        self.troubles: list[str] = []
        self.context: BrowserContext = browser.new_context(
            base_url=url,
            locale=BROWSER_TAGS[locale],
            timezone_id="Asia/Shanghai",
            viewport=PHONE if phone else DESK,  # type: ignore[arg-type]
            has_touch=phone,
            java_script_enabled=scripts,
            color_scheme="light",
            reduced_motion="reduce",
        )
        self.context.set_default_timeout(30_000)
        self.context.add_init_script(_axe())
        self.context.on("console", self._console)
        self.context.on("weberror", self._web_error)
        self.context.on("request", lambda request: self._request(request.url))
        self.context.on("response", self._response)
        self.page: Page = self.context.new_page()

    # What is watched ------------------------------------------------------------------------------

    def _console(self, message: ConsoleMessage) -> None:
        # a page that is refused on purpose says so on the console, too: answers are judged by their status
        if message.type in ("error", "warning") and not message.text.startswith("Failed to load resource"):
            self.troubles.append(f"console: {message.text}")

    def _web_error(self, error: WebError) -> None:
        self.troubles.append(f"script: {error.error}")

    def _request(self, url: str) -> None:
        if urlsplit(url).scheme in ("http", "https", "ws", "wss") and not url.startswith(self.url + "/"):
            self.troubles.append(f"request to another host: {url}")

    def _response(self, response: Response) -> None:
        document = response.request.is_navigation_request()
        if response.status >= 500 or (response.status >= 400 and not document):
            self.troubles.append(f"{response.status} for {response.request.method} {response.url}")

    # What a visitor does --------------------------------------------------------------------------

    def go(self, path: str) -> Response:
        response = self.page.goto(path)
        if response is None:
            raise AssertionError(f"no answer for {path}")
        return response

    def sign_in(self, identity: str, password: str = PASSWORD) -> None:
        self.go("/login")
        self.page.get_by_label(self.words("E-mail or person number")).fill(identity)
        self.page.get_by_label(self.words("Password"), exact=True).fill(password)
        self.button("Sign in").click()
        expect(self.page).not_to_have_url(f"{self.url}/login")

    def speak(self, locale: str) -> None:
        """Choose the language in the menu, whatever was chosen for this person before."""
        self.page.locator(".top-end details.menu summary").first.click()
        self.page.get_by_role("button", name=LANGUAGE_NAMES[locale]).click()
        expect(self.page.locator("html")).to_have_attribute("lang", locale.replace("_", "-"))

    def button(self, source: str, **values: Any) -> Any:
        return self.page.get_by_role("button", name=self.words(source, **values), exact=True)

    def link(self, source: str, **values: Any) -> Any:
        return self.page.get_by_role("link", name=self.words(source, **values), exact=True)

    def field(self, source: str) -> Any:
        """By its label; the mark behind an optional one does not count."""
        label = self.words(source)
        plain = self.page.get_by_label(label, exact=True)
        return plain.or_(self.page.get_by_label(f"{label} {self.words('(optional)')}", exact=True))

    def sees(self, source: str, **values: Any) -> None:
        expect(self.page.get_by_text(self.words(source, **values)).first).to_be_visible()

    def keep_picture(self, path: Path, *, whole: bool = False) -> None:
        """Only if somebody wants pictures: ``NEEDLE_PICTURES``."""
        path.parent.mkdir(parents=True, exist_ok=True)
        if "NEEDLE_PICTURES" in os.environ:
            self.page.screenshot(path=str(path), full_page=whole)

    def check(self, *, dark: bool | None = None) -> None:
        """Everybody can use the page that is open, in light and in dark; on a phone nothing hangs over the edge.

        ``dark``: whether to look in dark, too. Colours know no language: by default in English alone, in which every page is seen.
        """
        self.page.wait_for_load_state()
        shapes = shape(self.page)
        self._look(shapes, "light", {"runOnly": {"type": "tag", "values": TAGS}, "rules": {"target-size": {"enabled": True}}})
        if self.words.locale == "en" if dark is None else dark:
            self._look(shapes, "dark", {"runOnly": {"type": "rule", "values": COLOUR}})
        if self.phone:
            over = self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            if over > 0:
                self.troubles.append(f"{self.page.url} hangs {over} px over the edge at 375 px")

    def _look(self, shapes: tuple[str, str], theme: Literal["light", "dark"], options: dict[str, Any]) -> None:
        """Let axe look, unless it found nothing in a content and in a frame of these shapes before."""
        looked_at = tuple((each, theme, self.phone) for each in shapes)
        if CLEAN.issuperset(looked_at):
            return
        if theme == "dark":
            self.page.emulate_media(color_scheme="dark")
        found = _findings(self.page, options, theme, around=looked_at[1] not in CLEAN)
        if theme == "dark":
            self.page.emulate_media(color_scheme="light")
        self.troubles += found
        if not found:
            CLEAN.update(looked_at)

    def leave(self) -> None:
        self.context.close()
        if self.troubles:
            raise AssertionError("\n".join(self.troubles))


def _findings(page: Page, options: dict[str, Any], theme: str, *, around: bool) -> list[str]:
    """``around``: whether to look at what stands around the content, too."""
    result = page.evaluate(_LOOK, [AWAKE, REPEATED, around, options | {"resultTypes": ["violations"]}])
    return [
        f"axe, {theme}, {urlsplit(page.url).path}: {each['id']} ({each['help']}): {' | '.join(each['nodes'][:4])}"
        for each in result
    ]
