"""From the portfolio to the evidence page of its best pair, and on to both PDFs, in both languages, page by page."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import expect

from lms.authz import Role
from lms.demo.company import PASSWORD, SIGN_INS
from tests.journeys.conftest import Enter
from tests.journeys.server import Needle
from tests.journeys.visitor import Visitor

DOTS_PER_INCH = 60
LEAST_INK = 0.004
"""Share of a page that is not paper: less is a page with a stray line on it."""


@pytest.mark.parametrize("locale", ["en", "zh_Hans"])
def test_hr_goes_from_the_portfolio_to_the_evidence_and_its_pdf(
    enter: Enter, demo: Needle, pictures: Path, locale: str
) -> None:
    visitor = enter(locale=locale, at=demo)
    visitor.sign_in(next(each.email for each in SIGN_INS if each.role is Role.HR), PASSWORD)
    visitor.speak(locale)
    visitor.go("/portfolio")
    page, said, folder = visitor.page, visitor.words, pictures / "portfolio" / locale
    expect(page.get_by_role("heading", level=1)).to_contain_text({"en": "pairs of a course and a KPI", "zh_Hans": "个课程与 KPI 的组合"}[locale])
    visitor.check()
    visitor.keep_picture(folder / "portfolio.png", whole=True)
    assert _pages(visitor, folder / "portfolio") >= 2
    pairs = page.get_by_role("table", name=said("Courses and measures by KPI"))
    pairs.get_by_role("link", name=said("Evidence page")).first.click()
    expect(page.locator(".grade").first).to_be_visible()
    visitor.keep_picture(folder / "evidence.png", whole=True)
    assert _pages(visitor, folder / "evidence") >= 3


def _pages(visitor: Visitor, into: Path) -> int:
    """Downloads the PDF of the page that is open; how many pages it has, none of them empty, each kept as a picture."""
    with visitor.page.expect_download() as download:
        visitor.page.get_by_role("link", name="PDF", exact=True).first.click()
    download.value.save_as(into.with_suffix(".pdf"))
    subprocess.run(
        ["pdftoppm", "-r", str(DOTS_PER_INCH), "-png", "-gray", str(into.with_suffix(".pdf")), str(into)], check=True
    )
    found = sorted(into.parent.glob(f"{into.name}-*.png"))
    for each in found:
        with Image.open(each) as picture:
            dark = sum(picture.convert("L").histogram()[:200]) / (picture.width * picture.height)
        assert dark > LEAST_INK, f"{each.name} is nearly empty: {dark:.2%} of it is ink"
    return len(found)
