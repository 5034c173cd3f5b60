"""360° feedback from opening to report: HR opens, a rep nominates, the manager approves, colleagues and a customer answer."""

from __future__ import annotations

import re

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
COLLEAGUES = ("Runa", "Rolf", "Robin")


def _circle(needle: Needle) -> None:
    """A team of its own: Renata reads Chinese, Rhea manages, three colleagues, Rhoda in HR."""
    with needle.scene():
        team = make_team("round", "Round table")
        people = [make_person("Renata", team, Role.REP, locale="zh_Hans"), make_person("Rhea", team, Role.MANAGER, scope=team),
                  make_person("Rhoda", None, Role.HR), *(make_person(name, team, Role.REP) for name in COLLEAGUES)]  # fmt: skip
        for person in people:
            give_password(db.session.get_one(Person, person.id))


def _rate(visitor: Visitor, level: int) -> None:
    for item in ITEMS:
        visitor.page.locator(f"#i{item}-{level}").check(force=True)


def _answers(visitor: Visitor, who: str, about: str, level: int) -> None:
    visitor.sign_in(who)
    visitor.page.get_by_role("link", name=about).click()
    _rate(visitor, level)
    visitor.button("Send my feedback").click()
    visitor.sees("Thank you. Your feedback has arrived.")


def test_renata_is_seen_from_all_sides_and_reads_it_in_chinese(enter: Enter, house: House, needle: Needle) -> None:
    _circle(needle)
    rhoda = enter()
    rhoda.sign_in("rhoda")
    rhoda.go("/feedback/questionnaires/new")
    rhoda.field("Code").fill("F-ROUND")
    rhoda.button("Make the questionnaire").click()
    rhoda.go("/feedback/cycles/new")
    rhoda.field("Name in English").fill("Round one")
    rhoda.field("Name in Chinese").fill("第一轮")
    rhoda.page.get_by_label("Questionnaire", exact=True).select_option(label="The practice of key-account selling (F-ROUND)")
    rhoda.field("Person numbers").fill("renata")
    rhoda.check()
    rhoda.button("Open the cycle").click()
    cycle = rhoda.page.url

    renata = enter(locale="zh_Hans", phone=True)
    renata.sign_in("renata")
    renata.link("Choose who gives you feedback").click()
    for name in COLLEAGUES:
        renata.page.get_by_role("searchbox").first.fill(name)
        renata.button("Search: %(group)s", group=renata.words("Peers")).click()
        renata.button("Add").first.click()
    renata.page.locator("#g-customer summary").click()
    renata.field("Name of the customer").fill("Lakeside Steel")
    renata.field("E-mail").fill("round@lakeside.example")
    renata.page.get_by_label(renata.words("Language of the mail")).select_option("en")
    renata.button("Add the customer").click()
    expect(renata.page.get_by_text("round@lakeside.example")).to_be_visible()
    renata.check()

    rhea = enter()
    rhea.sign_in("rhea")
    rhea.link("Approve the raters of %(name)s", name="Renata").click()
    rhea.button("Ask those ticked").click()
    rhea.sees("%(num)s raters are asked.".replace("%(num)s", "4"))

    _keeps_what_was_typed(enter)
    for name in COLLEAGUES[1:]:
        _answers(enter(), name.lower(), "Feedback for Renata", 3)
    mail = needle.mail_to("round@lakeside.example", about="/feedback/link/").get_content()
    link = re.search(r"/feedback/link/[\w-]+", mail)
    assert link is not None
    customer = enter(phone=True, scripts=False)
    customer.go(link.group())
    _rate(customer, 4)
    customer.button("Send my feedback").click()
    expect(customer.page.get_by_role("heading", level=1)).to_have_text("Thank you")
    assert customer.go(link.group()).status == 404

    rhoda.go(cycle)
    rhoda.button("Close now").click()
    renata.go("/feedback/")
    renata.page.get_by_role("link", name=renata.words("Your feedback report is there")).click()
    expect(renata.page.get_by_text("从 Renata 的笔记学到很多")).to_be_visible()
    expect(renata.page.locator("dl.tiles").get_by_text("3 / 3")).to_be_visible()
    renata.sees("A group had too few answers to be shown. They were deleted when the cycle was closed, and no figure here contains them.")
    renata.check()


def _keeps_what_was_typed(enter: Enter) -> None:
    """Runa begins, loads the page again, forgets an item, and sends."""
    runa = enter(phone=True)
    runa.sign_in("runa")
    runa.page.get_by_role("link", name="Feedback for Renata").click()
    runa.page.locator("#go_on-v").fill("从 Renata 的笔记学到很多")
    runa.page.locator("#i1-2").check(force=True)
    runa.sees("Kept in this browser until you send it")
    runa.page.reload()
    expect(runa.page.locator("#go_on-v")).to_have_value("从 Renata 的笔记学到很多")
    expect(runa.page.locator("#i1-2")).to_be_checked()
    runa.button("Send my feedback").click()
    expect(runa.page.locator(".error-summary")).to_be_visible()
    runa.check()
    _rate(runa, 3)
    runa.button("Send my feedback").click()
    runa.sees("Thank you. Your feedback has arrived.")
    assert runa.page.evaluate("Object.keys(localStorage).filter(key => key.startsWith('needle-draft-')).length") == 0
