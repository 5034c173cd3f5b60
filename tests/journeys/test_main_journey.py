"""The main job, once through: from a course that is written to the evidence of what it did, in Chinese and in English.

One test per language; its acts follow each other as they do in a company, each by the role whose act it is.
"""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from PIL import Image, ImageDraw
from playwright.sync_api import Download, Locator, expect
from pypdf import PdfReader

from lms.authz import Role
from tests.journeys.company import CHINESE, ENGLISH, Files, Speech
from tests.journeys.conftest import Enter
from tests.journeys.scenes import House
from tests.journeys.server import PASSWORD, Needle, give_password
from tests.journeys.visitor import Visitor
from tests.people import make_person, make_team

LONG = 90_000
"""Milliseconds for work in the background on a busy machine."""


@pytest.mark.parametrize("speech", [ENGLISH, CHINESE], ids=["english", "chinese"])
def test_from_a_course_that_is_written_to_the_evidence_of_what_it_did(
    enter: Enter, house: House, needle: Needle, pictures: Path, speech: Speech
) -> None:
    files = Files(speech)
    company = _Company(enter, needle, speech, files, pictures)
    company.exists()
    company.hr_imports_people()
    code = company.trainer_publishes_a_course()
    company.manager_assigns_it()
    certificate = company.rep_learns_and_passes()
    company.anybody_verifies(certificate)
    company.hr_imports_completions(code)
    company.hr_imports_records()
    company.manager_reads_the_evidence()


class _Company:
    def __init__(self, enter: Enter, needle: Needle, speech: Speech, files: Files, pictures: Path) -> None:
        self.enter, self.needle, self.speech, self.files = enter, needle, speech, files
        self.pictures = pictures / speech.locale
        self.hr = enter(locale=speech.locale)
        self.words = self.hr.words

    def exists(self) -> None:
        """A root team with its manager, a trainer and HR: whoever may give these roles has given them."""
        said = self.speech
        with self.needle.scene():
            root = make_team(said.team, said.team)
            for role, scope in ((Role.HR, None), (Role.TRAINER, None), (Role.MANAGER, root)):
                number = f"{role.value}-{said.code.lower()}"
                give_password(make_person(number, root, role, scope=scope, number=number, locale=said.locale))

    def _signed_in(self, role: str) -> Visitor:
        visitor = self.enter(locale=self.speech.locale)
        visitor.sign_in(f"{role}-{self.speech.code.lower()}")
        return visitor

    def _keep(self, visitor: Visitor, name: str, *, whole: bool = False) -> None:
        visitor.keep_picture(self.pictures / f"{name}.png", whole=whole)

    # HR imports people -----------------------------------------------------------------------------

    def hr_imports_people(self) -> None:
        hr = self.hr
        hr.sign_in(f"hr-{self.speech.code.lower()}")
        self._upload("people", "people.csv", self.files.people())
        hr.field("Create teams that do not exist yet").check()
        hr.field("Send new people a link by mail to set their password").check()
        self._preview({"New": 80, "Changed": 0, "Unchanged": 0, "Rejected": 0})
        self._keep(hr, "import-people")
        expect(hr.page.get_by_text(self.speech.rep).first).to_be_visible()
        self._accept()
        hr.check()
        hr.go(f"/people?q={self.speech.number}")
        expect(hr.page.get_by_role("link", name=self.speech.rep)).to_be_visible()

    def _upload(self, kind: str, name: str, content: bytes) -> None:
        hr = self.hr
        hr.go(f"/imports/new/{kind}")
        hr.field("File").set_input_files([{"name": name, "mimeType": "text/csv", "buffer": content}])
        hr.check()
        hr.button("Upload").click()
        expect(hr.page.get_by_role("heading", level=1)).to_have_text(self.words("How is this file read?"))
        hr.check()

    def _preview(self, counts: dict[str, int]) -> None:
        hr = self.hr
        hr.button("Preview").click()
        expect(self._decision()).to_be_visible(timeout=LONG)
        for label, count in counts.items():
            tile = hr.page.locator("dl.tiles > div").filter(has=hr.page.locator("dt", has_text=re.compile(f"^{self.words(label)}$")))
            expect(tile.locator("dd").first).to_have_text(f"{count:,}")
        hr.check()

    def _decision(self) -> Locator:
        return self.hr.page.get_by_role("heading", name=self.words("Your decision"))

    def _accept(self) -> None:
        self.hr.button("Accept the import").click()
        expect(self.hr.button("Undo this import")).to_be_visible(timeout=LONG)

    # The trainer -----------------------------------------------------------------------------------

    def trainer_publishes_a_course(self) -> str:
        said, words = self.speech, self.words
        code = f"KA-{said.code}1"
        tess = self._signed_in("trainer")
        tess.go("/authoring")
        tess.link("New course").click()
        tess.field("Title").fill(said.course)
        tess.field("Code").fill(code)
        tess.check()
        tess.button("Create the draft").click()
        for part in ("Background", "Benefits", "Features", "Audience", "Duration", "Outline"):
            tess.field(part).fill(f"**{words(part)}** {said.course}")
        tess.button("Save").click()
        tess.sees("Saved.")
        tess.check()
        self._write_lesson(tess)
        self._write_quiz(tess)
        self._publish(tess)
        return code

    def _add_module(self, tess: Visitor, kind: str, title: str) -> None:
        tess.page.get_by_role("navigation").get_by_role("link", name=self.words("Modules")).or_(
            tess.link("Modules")
        ).first.click()
        tess.field("Kind").select_option(label=self.words(kind))
        tess.field("Title").fill(title)
        tess.check()
        tess.button("Add").click()

    def _write_lesson(self, tess: Visitor) -> None:
        self._add_module(tess, "Lesson", self.speech.module[0])
        tess.field("Image or video").set_input_files(
            [{"name": "triangle.png", "mimeType": "image/png", "buffer": triangle()}]
        )
        tess.button("Upload").click()
        line = tess.page.locator("#files code").inner_text()
        tess.field("Text").fill(f"## {self.speech.course}\n\n- 1\n- 2\n\n{line}\n")
        tess.field("Minutes").fill("10")
        tess.button("Save").click()
        tess.sees("Saved.")
        tess.check()
        tess.go(urlsplit(tess.page.url).path.split("?")[0] + "/preview")
        assert _loaded(tess.page.locator("article img"))
        tess.check()
        tess.page.go_back()
        self._back_to_course(tess)

    def _back_to_course(self, tess: Visitor) -> None:
        tess.page.locator("nav.crumb a").get_by_text(f"KA-{self.speech.code}1", exact=True).click()

    def _write_quiz(self, tess: Visitor) -> None:
        self._add_module(tess, "Quiz", self.speech.module[1])
        for kind in ("single", "multiple", "true_false", "numeric", "short_text"):
            self._write_question(tess, kind)
        tess.check()
        tess.field("Pass mark in percent").fill("80")
        tess.field("Questions and options in another order for everyone").uncheck()
        tess.field("Attempts allowed").fill("3")
        tess.button("Save").click()
        tess.sees("Saved. Attempts already begun keep the rules they began with.")
        self._back_to_course(tess)

    def _write_question(self, tess: Visitor, kind: str) -> None:
        words = self.words
        tess.page.locator(f"#new a[href$='/questions/new/{kind}']").click()
        tess.field("Question").fill(f"{kind}?")
        if kind in ("single", "multiple"):
            for n, text in enumerate(("A1", "A2", "A3"), 1):
                tess.page.get_by_label(words("Option %(number)s", number=n), exact=True).fill(f"{kind} {text}")
            for n in (2,) if kind == "single" else (1, 3):
                tess.page.get_by_label(words("Option %(number)s is right", number=n), exact=True).check()
        elif kind == "true_false":
            tess.page.get_by_label(words("False"), exact=True).check()
        elif kind == "numeric":
            tess.field("Right number").fill("12.5")
            tess.field("Tolerance").fill("0.5")
        else:
            tess.field("Answers that count as right").fill("大客户\nkey account")
        tess.check()
        tess.button("Save").click()
        expect(tess.page.locator("#new")).to_be_visible()

    def _publish(self, tess: Visitor) -> None:
        tess.link("Check and publish").first.click()
        tess.sees("Nothing is missing. Look at the preview once more, then publish.")
        tess.check()
        tess.button("Publish version %(number)s", number=1).click()
        tess.link("Published page").click()
        expect(tess.page.get_by_role("heading", level=1)).to_have_text(self.speech.course)
        tess.check()
        self._keep(tess, "course-written")

    # The manager assigns ---------------------------------------------------------------------------

    def manager_assigns_it(self) -> None:
        cleo = self._signed_in("manager")
        cleo.go("/progress/assign")
        course = cleo.field("Course")
        course.select_option(label=self.words("%(words)s (%(remark)s)", words=self.speech.course, remark=f"KA-{self.speech.code}1"))
        cleo.field("Person numbers").fill(self.speech.number)
        cleo.button("Assign").click()
        expect(cleo.page.locator(".error-summary")).to_be_visible()
        expect(cleo.field("Person numbers")).to_have_value(self.speech.number)
        cleo.check()
        cleo.page.get_by_label(self.words("In waves by the calendar, whoever’s turn it was")).check()
        cleo.field("Reason").fill("Q4")
        cleo.button("Assign").click()
        expect(cleo.page.locator(".flash")).to_be_visible()
        cleo.check()

    # The rep ---------------------------------------------------------------------------------------

    def rep_learns_and_passes(self) -> str:
        said = self.speech
        rep = self.enter(locale=said.locale, phone=True)
        mail = self.needle.mail_to(f"{said.number.lower()}@reps.example.com", about="/reset/")
        link = re.search(r"https?://\S+/reset/\S+", mail.get_content())
        assert link, mail.get_content()
        rep.page.goto(link[0])
        for label in ("New password", "New password once more"):
            rep.page.get_by_label(self.words(label), exact=True).fill(PASSWORD)
        rep.check()
        rep.button("Set the password").click()
        expect(rep.page).not_to_have_url(link[0])
        rep.page.wait_for_load_state()
        if not rep.page.locator("details.menu .person-name").count():
            rep.sign_in(said.number)
        rep.go("/")
        expect(rep.page.get_by_text(said.course).first).to_be_visible()
        rep.check()
        self._keep(rep, "today-phone")
        rep.go("/learning")
        rep.check()
        rep.page.get_by_role("link", name=said.course).first.click()
        rep.check()
        rep.button("Start: %(title)s", title=said.module[0]).click()
        assert _loaded(rep.page.locator("article img"))
        rep.check()
        rep.button("I have read this; go on").click()
        rep.check()
        rep.button("Begin the quiz").click()
        self._answer(rep)
        rep.button("Check and hand in").click()
        rep.sees("Every question is answered.")
        rep.check()
        rep.button("Hand in").click()
        expect(rep.page.get_by_role("heading", level=1)).to_contain_text("100")
        rep.check()
        self._keep(rep, "result-phone")
        rep.link("On with the course").click()
        rep.check()
        return self._certificate(rep)

    def _answer(self, rep: Visitor) -> None:
        page, words = rep.page, self.words
        rep.check()
        page.get_by_label("single A2").check()
        page.get_by_label("multiple A1").check()
        page.get_by_label("multiple A3").check()
        page.get_by_label(words("False"), exact=True).check()
        page.get_by_label(words("Your answer, a number")).fill("12.4")
        page.get_by_label(words("Your answer"), exact=True).fill("大客戶")
        rep.sees("All answers saved")
        self._keep(rep, "quiz-phone")
        page.reload()
        for label in ("single A2", "multiple A1", "multiple A3"):
            expect(page.get_by_label(label)).to_be_checked()
        expect(page.get_by_label("multiple A2")).not_to_be_checked()
        expect(page.get_by_label(words("Your answer"), exact=True)).to_have_value("大客戶")

    def _certificate(self, rep: Visitor) -> str:
        """Downloads the certificate; the address it asks to verify at."""
        with rep.page.expect_download() as download:
            rep.link("Download the certificate").click()
        content, text = _pdf(download.value)
        self._keep_file("certificate.pdf", content)
        for expected in (self.speech.rep, self.speech.course):
            assert _tight(expected) in _tight(text), text
        address = re.search(rf"{re.escape(self.needle.url)}/verify/[0-9A-Z-]+", text)
        assert address, text
        return address[0]

    def _keep_file(self, name: str, content: bytes) -> None:
        self.pictures.mkdir(parents=True, exist_ok=True)
        (self.pictures / name).write_bytes(content)

    def anybody_verifies(self, address: str) -> None:
        stranger = self.enter(locale=self.speech.locale, phone=True)
        assert stranger.go(address).status == 200
        stranger.sees("valid")
        expect(stranger.page.get_by_text(self.speech.rep)).to_be_visible()
        stranger.check()
        assert stranger.go(address[:-1] + ("0" if address[-1] != "0" else "1")).status == 404
        expect(stranger.page.get_by_text(self.speech.rep)).to_have_count(0)

    # HR imports what was earned elsewhere, and the records -----------------------------------------

    def hr_imports_completions(self, code: str) -> None:
        content = self.files.completions(code)
        self._upload("completions", "completions.csv", content)
        self._preview({"New": content.count(b"\n") - 1, "Rejected": 0})
        self._accept()

    def hr_imports_records(self) -> None:
        hr, said = self.hr, self.speech
        self._upload("kpi", "records.csv", self.files.records(mistake=True))
        expect(hr.field("Encoding")).to_have_value(said.encoding)
        self._preview({"New": 1759, "Rejected": 1})
        expect(hr.page.get_by_text(f"{said.code}9999")).to_be_visible()
        self._keep(hr, "import-rejected")
        hr.button("Accept the import").click()
        expect(hr.page.get_by_role("heading", level=1)).to_be_visible()
        expect(hr.button("Undo this import")).to_have_count(0)

        self._upload("kpi", "records-mended.csv", self.files.records())
        self._preview({"New": 1760, "Rejected": 0})
        self._keep(hr, "import-records")
        self._accept()

        self._upload("kpi", "correction.csv", self.files.correction())
        self._preview({"New": 0, "Changed": 1, "Unchanged": 0, "Rejected": 0})
        expect(hr.page.locator("ins").get_by_text("201000")).to_be_visible()
        self._keep(hr, "import-correction")
        self._accept()
        hr.button("Undo this import").click()
        expect(hr.page.get_by_text(self.words("Undone on %(when)s. Everything is as it was before this import.", when="|").split("|")[1])).to_be_visible(timeout=LONG)
        hr.check()

    # The manager reads the evidence ----------------------------------------------------------------

    def manager_reads_the_evidence(self) -> None:
        said, words = self.speech, self.words
        cleo = self._signed_in("manager")
        cleo.go("/effects")
        cleo.link("New study").first.click()
        cleo.field("Course").select_option(label=said.course)
        cleo.field("KPI").select_option(label=said.kpi)
        cleo.page.get_by_label(words("By calendar or territory, without a look at recent results")).check()
        cleo.field("How do you know?").fill("rollout plan")
        cleo.check()
        cleo.button("Compute the study").click()
        checks = cleo.page.get_by_role("heading", name=words("Can it be trusted?"))
        at_work = cleo.page.get_by_text(words("Computing run %(number)s", number=1))
        expect(at_work.or_(checks).first).to_be_visible()
        expect(checks).to_be_visible(timeout=LONG)
        expect(cleo.page.locator("[data-chart] svg, [data-chart] canvas, .figure svg, .figure canvas").first).to_be_visible()
        cleo.check()
        headline = cleo.page.get_by_role("heading", level=1).inner_text()
        assert said.course in headline
        assert re.search(r"\d", headline), headline
        expect(cleo.page.locator(".grade").first).to_be_visible()
        expect(cleo.page.locator(".struck")).to_be_visible()
        self._keep(cleo, "evidence")
        self._keep(cleo, "evidence-whole", whole=True)
        with cleo.page.expect_download() as download:
            cleo.page.get_by_role("link", name="PDF", exact=True).click()
        content, text = _pdf(download.value)
        self._keep_file("evidence.pdf", content)
        assert _tight(headline) in _tight(text), text
        assert _tight(words("Can it be trusted?")) in _tight(text), text


def triangle() -> bytes:
    """A picture for a lesson."""
    image = Image.new("RGB", (640, 360), "white")
    ImageDraw.Draw(image).polygon([(320, 40), (520, 320), (120, 320)], outline=(70, 70, 160), width=8)
    stream = io.BytesIO()
    image.save(stream, "PNG")
    return stream.getvalue()


def _loaded(image: Locator) -> bool:
    expect(image).to_be_visible()
    image.scroll_into_view_if_needed()
    expect(image).to_have_js_property("complete", True)
    expect(image).not_to_have_js_property("naturalWidth", 0)
    return True


def _pdf(download: Download) -> tuple[bytes, str]:
    content = Path(download.path()).read_bytes()
    return content, "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages)


def _tight(text: Any) -> str:
    """Without blanks and joiners: a PDF breaks its lines where it likes."""
    return re.sub(r"[\s\u2060]+", "", str(text))
