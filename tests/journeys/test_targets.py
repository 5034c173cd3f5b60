"""A target from above to the rep: HR gives the team one, the manager hands it down, the rep finds it on the phone."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.journeys.conftest import Enter
from tests.journeys.scenes import House


def test_a_target_is_given_handed_down_and_found_by_the_rep(enter: Enter, house: House) -> None:
    hana = enter()
    hana.sign_in("hana")
    hana.go("/targets/")
    hana.page.get_by_label("KPI").select_option(label="New-market sales")
    hana.page.get_by_label("Team", exact=True).select_option(label="Company")
    hana.button("Show").click()
    hana.check()
    hana.page.get_by_role("link", name="East", exact=True).click()
    hana.page.locator("dl.tiles a").first.click()
    hana.field("Target").fill("240万")
    hana.field("What it is for, or why it changes").fill("Plan of the year")
    hana.button("Publish").click()
    expect(hana.page.get_by_text("¥2,400,000").first).to_be_visible()
    hana.check()

    cleo = enter()
    cleo.sign_in("cleo")
    cleo.go(hana.page.url.replace(hana.url, ""))
    expect(cleo.page.get_by_text("given to you from above")).to_be_visible()
    cleo.page.get_by_role("navigation", name="You are here").get_by_role("link", name="Targets").click()
    cleo.link("Hand down").click()
    cleo.check()
    cleo.button("Publish at once").click()
    expect(cleo.page.get_by_text("nothing is unassigned")).to_be_visible()
    cleo.check()

    ana = enter(phone=True)
    ana.sign_in("ana")
    ana.go("/my/targets/")
    ana.check()
    ana.page.get_by_role("link", name="New-market sales").first.click()
    expect(ana.page.get_by_role("heading", level=1)).to_contain_text("New-market sales")
    ana.check()
