"""A wrong answer to how people were chosen is contradicted by the records, on the page and in the PDF, in both languages."""

from __future__ import annotations

import re
from io import BytesIO
from pathlib import Path

from playwright.sync_api import expect
from pypdf import PdfReader
from sqlalchemy import select

from courses.models import Course, Enrolment
from effects.stats.simulate import Selection
from lms.authz import Role
from lms.db import db
from lms.people.models import Person, Team
from performance.kpis.models import Kpi
from tests.effects.company import settle
from tests.journeys.conftest import Enter
from tests.journeys.scenes import House
from tests.journeys.server import Needle, give_password
from tests.journeys.visitor import Visitor
from tests.people import make_person

BY_LOT = "By lot, in planned waves"
FOR_LOW_RESULTS = "Because their recent results were low"
CONTRADICTED = "The records contradict this: those trained had unusually poor results just before. The careful method for people chosen by poor results is used."
CONFIRMED = "The records confirm it: results were poor just before the course."
CAREFUL = "Forecast from each rep's own history (g-computation)"


def test_hr_says_by_lot_and_the_records_say_that_weak_reps_were_sent(
    enter: Enter, house: House, needle: Needle, pictures: Path
) -> None:
    course, kpi = _weak_reps_were_sent(needle)
    hana = enter()
    hana.sign_in("hana")
    hana.go(f"/effects/new?course_id={course}&kpi_id={kpi}")
    _say(hana, BY_LOT, "Compute the study")
    _reads_of_the_contradiction(hana, pictures)
    path = hana.page.url.removeprefix(hana.url)
    bo = enter(locale="zh_Hans")
    bo.sign_in("bo-weak")
    bo.go(path)
    _reads_of_the_contradiction(bo, pictures)
    _say(bo, FOR_LOW_RESULTS, "Confirm and compute again")
    bo.sees(CONFIRMED)
    expect(bo.page.get_by_text(bo.words(CONTRADICTED))).to_have_count(0)


def _weak_reps_were_sent(needle: Needle) -> tuple[int, int]:
    """A company that sent its reps after weak months, and somebody of HR there who reads Chinese."""
    with needle.scene():
        course, kpi = settle(selection=Selection.LOW_RECENT)
        company = db.session.scalars(select(Team).where(Team.code == "company")).one()
        _set_apart(db.session.get_one(Course, course), db.session.get_one(Kpi, kpi), company)
        give_password(make_person("Bo", company, Role.HR, number="bo-weak", locale="zh_Hans"))
    return course, kpi


def _set_apart(course: Course, kpi: Kpi, company: Team) -> None:
    """Names of their own and teams below the one company: other journeys look for theirs by name."""
    course.title = {"en": "Calls after a weak month", "zh_Hans": "低谷之后的拜访"}
    kpi.code, kpi.name = "weak_months", {"en": "Sales after weak months", "zh_Hans": "低谷之后的销售额"}
    teams = db.session.scalars(
        select(Team).join(Person, Person.team_id == Team.id).join(Enrolment, Enrolment.person_id == Person.id).distinct()
        .where(Enrolment.course_id == course.id)
    )  # fmt: skip
    for team in teams:
        team.parent_id, team.path = company.id, f"{company.path}{team.id}/"
    db.session.flush()


def _say(visitor: Visitor, chosen: str, button: str) -> None:
    """How they were chosen, and it is computed."""
    visitor.page.get_by_label(visitor.words(chosen)).check()
    visitor.field("How do you know?").fill("rollout plan")
    visitor.button(button).click()
    expect(visitor.page.get_by_text(re.compile(visitor.words("Computing run %(number)s", number="")))).to_have_count(0, timeout=120_000)
    expect(visitor.page.get_by_role("heading", name=visitor.words("Can it be trusted?"))).to_be_visible(timeout=120_000)


def _reads_of_the_contradiction(visitor: Visitor, pictures: Path) -> None:
    """The page names the contradiction and grades no higher than C; the PDF says the same words."""
    words = visitor.words
    stated = words("Stated: people were chosen %(how)s.", how=words("by lot"))
    for said in (stated, words(CONTRADICTED), words("Were they chosen at a low or a high?")):
        expect(visitor.page.get_by_text(said).first).to_be_visible()
    expect(visitor.page.locator(".grade").first).to_have_text(f"C · {words('suggestive')}")
    visitor.check()
    folder = pictures / "contradicted"
    visitor.keep_picture(folder / f"{words.locale}.png", whole=True)
    with visitor.page.expect_download() as download:
        visitor.page.get_by_role("link", name="PDF", exact=True).click()
    content = Path(download.value.path()).read_bytes()
    (folder / f"{words.locale}.pdf").write_bytes(content)
    text = _tight("".join(page.extract_text() for page in PdfReader(BytesIO(content)).pages))
    for said in (stated, words(CONTRADICTED)):
        assert _tight(said) in text, text


def _tight(text: str) -> str:
    """Without blanks and joiners: a PDF breaks its lines where it likes."""
    return re.sub(r"[\s\u2060]+", "", text)
