"""360° feedback from opening to report: HR opens, a rep nominates, the manager approves, colleagues and a customer answer."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import expect

from lms.authz import Role
from lms.db import db
from lms.people.models import Person
from tests.journeys.conftest import Enter
from tests.journeys.scenes import House
from tests.journeys.server import Needle, give_password
from tests.journeys.visitor import Visitor
from tests.people import make_person, make_team

ITEMS = range(1, 13)
PEOPLE = {"en": ("Renata", "Rhea", "Rhoda", "Runa", "Rolf", "Robin"), "zh_Hans": ("Ruixue", "Ruifang", "Ruyi", "Ronglan", "Rongwei", "Rongbo")}
"""The rep, the manager, HR and three colleagues of a circle that reads one language."""
WRITTEN = {"en": "Learned a lot from those notes", "zh_Hans": "从那些笔记学到很多"}


@dataclass(frozen=True, slots=True)
class Circle:
    """A team of its own, all of whom read ``locale``; every number is the name in small letters."""

    locale: str
    rep: str
    manager: str
    hr: str
    colleagues: tuple[str, ...]


def _circle(needle: Needle, locale: str) -> Circle:
    rep, manager, hr, *colleagues = PEOPLE[locale]
    with needle.scene():
        team = make_team(f"round-{locale}", f"Round table {locale}")
        people = [make_person(rep, team, Role.REP, locale=locale), make_person(manager, team, Role.MANAGER, scope=team, locale=locale),
                  make_person(hr, None, Role.HR, locale=locale), *(make_person(name, team, Role.REP, locale=locale) for name in colleagues)]  # fmt: skip
        for person in people:
            give_password(db.session.get_one(Person, person.id))
    return Circle(locale, rep, manager, hr, tuple(colleagues))


def _rate(visitor: Visitor, level: int) -> None:
    for item in ITEMS:
        visitor.page.locator(f"#i{item}-{level}").check()


def _opens(visitor: Visitor, who: str, source: str, **values: Any) -> None:
    """Signs in and goes on from the page of the day."""
    visitor.sign_in(who.lower())
    visitor.link(source, **values).click()


def _answers(visitor: Visitor, who: str, about: str, level: int) -> None:
    _opens(visitor, who, "Feedback for %(name)s", name=about)
    _rate(visitor, level)
    visitor.button("Send my feedback").click()
    visitor.sees("Thank you. Your feedback has arrived.")


@pytest.mark.parametrize("locale", ["en", "zh_Hans"])
def test_a_rep_is_seen_from_all_sides_and_reads_it(enter: Enter, house: House, needle: Needle, locale: str) -> None:
    circle, code, mail_to = _circle(needle, locale), f"F-ROUND-{locale[:2].upper()}", f"{locale.lower()}@lakeside.example"
    hr = enter(locale=locale)
    hr.sign_in(circle.hr.lower())
    hr.go("/feedback/questionnaires/new")
    hr.field("Code").fill(code)
    hr.button("Make the questionnaire").click()
    hr.go("/feedback/cycles/new")
    hr.field("Name in English").fill(f"Round {code}")
    hr.field("Name in Chinese").fill(f"第一轮 {code}")
    made = hr.page.get_by_label(hr.words("Questionnaire"), exact=True)
    made.select_option(value=made.locator("option", has_text=code).first.get_attribute("value"))
    hr.field("Person numbers").fill(circle.rep.lower())
    hr.check()
    hr.button("Open the cycle").click()
    cycle = hr.page.url

    rep = enter(locale=locale, phone=True)
    _opens(rep, circle.rep, "Choose who gives you feedback")
    for name in circle.colleagues:
        rep.page.get_by_role("searchbox").first.fill(name)
        rep.button("Search: %(group)s", group=rep.words("Peers")).click()
        rep.button("Add").first.click()
    rep.page.locator("#g-customer summary").click()
    rep.field("Name of the customer").fill("Lakeside Steel")
    rep.field("E-mail").fill(mail_to)
    rep.page.get_by_label(rep.words("Language of the mail")).select_option(locale)
    rep.button("Add the customer").click()
    expect(rep.page.get_by_text(mail_to)).to_be_visible()
    rep.check()

    manager = enter(locale=locale)
    _opens(manager, circle.manager, "Approve the raters of %(name)s", name=circle.rep)
    manager.button("Ask those ticked").click()
    expect(manager.page.get_by_text(manager.words("%(num)s rater is asked.", num=4) if locale != "en" else "4 raters are asked.")).to_be_visible()

    _keeps_what_was_typed(enter, circle)
    for name in circle.colleagues[1:]:
        _answers(enter(locale=locale), name, circle.rep, 3)
    mail = needle.mail_to(mail_to, about="/feedback/link/").get_content()
    link = re.search(r"/feedback/link/[\w-]+", mail)
    assert link is not None
    customer = enter(locale=locale, phone=True, scripts=False)
    customer.go(link.group())
    _rate(customer, 4)
    customer.button("Send my feedback").click()
    expect(customer.page.get_by_role("heading", level=1)).to_have_text(customer.words("Thank you"))
    assert customer.go(link.group()).status == 404

    hr.go(cycle)
    hr.button("Close now").click()
    rep.go("/feedback/")
    rep.link("Your feedback report is there").click()
    expect(rep.page.get_by_text(WRITTEN[locale])).to_be_visible()
    expect(rep.page.locator("dl.tiles").get_by_text({"en": "3 of 3", "zh_Hans": "3 / 3"}[locale])).to_be_visible()
    rep.sees("A group had too few answers to be shown. They were deleted when the cycle was closed, and no figure here contains them.")
    rep.check()


def _keeps_what_was_typed(enter: Enter, circle: Circle) -> None:
    """The first colleague begins, loads the page again, forgets an item, and sends."""
    first = enter(locale=circle.locale, phone=True)
    _opens(first, circle.colleagues[0], "Feedback for %(name)s", name=circle.rep)
    first.page.locator("#go_on-v").fill(WRITTEN[circle.locale])
    first.page.locator("#i1-2").check()
    first.sees("Kept in this browser until you send it")
    first.page.reload()
    expect(first.page.locator("#go_on-v")).to_have_value(WRITTEN[circle.locale])
    expect(first.page.locator("#i1-2")).to_be_checked()
    first.button("Send my feedback").click()
    expect(first.page.locator(".error-summary")).to_be_visible()
    first.check()
    _rate(first, 3)
    first.button("Send my feedback").click()
    first.sees("Thank you. Your feedback has arrived.")
    assert first.page.evaluate("Object.keys(localStorage).filter(key => key.startsWith('needle-draft-')).length") == 0
