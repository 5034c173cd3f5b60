"""A survey from template to results: a trainer makes and sends it, a rep and a customer answer, the trainer reads."""

from __future__ import annotations

import re
from pathlib import Path

from playwright.sync_api import expect

from tests.journeys.conftest import Enter
from tests.journeys.scenes import House


def test_a_survey_is_made_sent_answered_and_read(enter: Enter, house: House, tmp_path: Path) -> None:
    tess = enter()
    tess.sign_in("tess")
    tess.go("/authoring/surveys/new")
    tess.page.get_by_label("Customer satisfaction, for public links").check()
    tess.field("Code").fill("S-JOURNEY")
    tess.button("Make the survey").click()
    tess.check()
    tess.link("Preview").click()
    expect(tess.page.get_by_text("What should we improve first?")).to_be_hidden()
    tess.page.locator("#q3-4").check()
    expect(tess.page.get_by_text("What should we improve first?")).to_be_visible()
    tess.link("Leave the preview").click()
    tess.page.get_by_label("Anonymous", exact=True).uncheck()
    tess.button("Save").click()
    tess.button("Publish").click()

    tess.link("Ask people").click()
    tess.field("Person numbers").fill("ana")
    tess.check()
    tess.button("Ask these people").click()
    tess.sees("Sendings")
    tess.link("Make public links").click()
    tess.field("Customers").fill("Lakeside Steel")
    with tess.page.expect_download() as download:
        tess.button("Make links and download them").click()
    file = tmp_path / "links.csv"
    download.value.save_as(file)
    link = re.search(r"/surveys/link/[\w-]+", file.read_text(encoding="utf-8-sig"))
    assert link is not None

    ana = enter(phone=True)
    ana.sign_in("ana")
    ana.page.get_by_role("link", name="Customer satisfaction").click()
    ana.page.locator("#q1-4").check()
    ana.page.locator("#q3-6").check()
    ana.button("Send my answers").click()
    expect(ana.page.locator(".error-summary")).to_be_visible()
    expect(ana.page.locator("#q1-4")).to_be_checked()
    for row in ("r1", "r2", "r3"):
        ana.page.locator(f"#q2-{row}-d").check()
    ana.check()
    ana.button("Send my answers").click()
    expect(ana.page).to_have_url(re.compile(r"/thanks$"))
    ana.check()

    customer = enter(phone=True, scripts=False)
    customer.go(link.group())
    for field in ("q1-5", "q2-r1-e", "q2-r2-e", "q2-r3-e", "q3-10"):
        customer.page.locator(f"#{field}").check()
    customer.button("Send my answers").click()
    expect(customer.page.get_by_role("heading", level=1)).to_have_text("Your answers have arrived")

    tess.go("/authoring/surveys")
    tess.page.get_by_role("link", name="2", exact=True).click()
    expect(tess.page.get_by_text("2 of 2 asked")).to_be_visible()
    tess.check()
