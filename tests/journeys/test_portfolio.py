"""From the portfolio to the evidence page of its best pair, and on to the PDF."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import expect

from lms.authz import Role
from lms.demo.company import PASSWORD, SIGN_INS
from tests.journeys.conftest import Enter
from tests.journeys.server import Needle


def test_hr_goes_from_the_portfolio_to_the_evidence_and_its_pdf(enter: Enter, demo: Needle, pictures: Path) -> None:
    visitor = enter(locale="en", at=demo)
    visitor.sign_in(next(each.email for each in SIGN_INS if each.role is Role.HR), PASSWORD)
    visitor.speak("en")
    visitor.go("/portfolio")
    page = visitor.page
    heading = page.get_by_role("heading", level=1)
    expect(heading).to_contain_text("pairs of a course and a KPI")
    visitor.check()
    visitor.keep_picture(pictures / "portfolio" / "portfolio.png", whole=True)
    page.get_by_role("table", name="Courses and measures by KPI").get_by_role("link", name="Evidence page").first.click()
    expect(page.locator(".grade").first).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("link", name="PDF", exact=True).first.click()
    assert Path(download.value.path()).read_bytes().startswith(b"%PDF-")
    visitor.go("/portfolio")
    with page.expect_download() as download:
        page.get_by_role("link", name="PDF", exact=True).click()
    assert Path(download.value.path()).read_bytes().startswith(b"%PDF-")
