"""The demo company as each role meets it in the morning, in both languages; the pictures of the README come from here."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from lms.authz import Role
from lms.demo.company import PASSWORD, SIGN_INS
from tests.journeys.conftest import Enter
from tests.journeys.server import Needle
from tests.journeys.visitor import Visitor


def _enter(enter: Enter, demo: Needle, role: Role, locale: str) -> Visitor:
    visitor = enter(locale=locale, phone=role is Role.REP, at=demo)
    visitor.sign_in(next(each.email for each in SIGN_INS if each.role is role), PASSWORD)
    visitor.speak(locale)
    return visitor


@pytest.mark.parametrize("locale", ["en", "zh_Hans"])
@pytest.mark.parametrize("role", list(dict.fromkeys(each.role for each in SIGN_INS)), ids=lambda role: role.value)
def test_everyone_finds_on_todays_page_what_to_do(
    enter: Enter, demo: Needle, pictures: Path, role: Role, locale: str
) -> None:
    visitor = _enter(enter, demo, role, locale)
    visitor.go("/")
    expect(visitor.page.get_by_role("heading", level=1)).to_be_visible()
    assert visitor.page.locator("main :is(section, .card, .hero)").count() >= 1
    visitor.check()
    visitor.keep_picture(pictures / "demo" / f"today-{role.value}-{locale}.png")
    visitor.keep_picture(pictures / "demo" / f"today-{role.value}-{locale}-whole.png", whole=True)


@pytest.mark.parametrize("locale", ["en", "zh_Hans"])
def test_the_manager_opens_every_study_and_reads_its_sentence(
    enter: Enter, demo: Needle, pictures: Path, locale: str
) -> None:
    manager = _enter(enter, demo, Role.MANAGER, locale)
    manager.go("/effects")
    manager.keep_picture(pictures / "demo" / f"studies-{locale}.png")
    studies = manager.page.locator("main table a").evaluate_all("links => links.map(a => a.getAttribute('href'))")
    assert len(studies) >= 3
    for number, path in enumerate(studies):
        manager.go(path)
        expect(manager.page.get_by_role("heading", level=1)).to_have_text(re.compile("[。.]"))
        expect(manager.page.locator(".grade").first).to_be_visible()
        if number == 0:
            manager.check()
        manager.keep_picture(pictures / "demo" / f"study-{number}-{locale}.png")


@pytest.mark.parametrize("locale", ["en", "zh_Hans"])
def test_a_rep_finds_a_course_by_two_characters(enter: Enter, demo: Needle, pictures: Path, locale: str) -> None:
    rep = _enter(enter, demo, Role.REP, locale)
    rep.go("/courses?q=客户")
    first = rep.page.locator("main article a").first
    expect(first).to_be_visible()
    trainer = _enter(enter, demo, Role.TRAINER, locale)
    trainer.go(f"/courses/{_first_course(trainer)}")
    trainer.check()
    trainer.keep_picture(pictures / "demo" / f"course-{locale}.png")


def _first_course(visitor: Visitor) -> str:
    visitor.go("/courses")
    href = visitor.page.locator("main article a[href^='/courses/']").first.get_attribute("href") or ""
    return href.rsplit("/", 1)[1]
