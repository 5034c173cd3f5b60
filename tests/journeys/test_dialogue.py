"""A dialogue from Twine to the result: brought in, published, played on a phone, and scored."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from assessments.roleplays.dialogues.models import DialoguePlay
from lms.db import db
from tests.assessments.roleplays.dialogues.stories import TWINE
from tests.journeys import practice
from tests.journeys.conftest import Enter
from tests.journeys.scenes import House
from tests.journeys.server import Needle


@pytest.mark.parametrize("locale", ["en", "zh_Hans"])
def test_a_trainer_brings_a_file_from_twine_and_a_rep_plays_it_to_the_end(
    enter: Enter, house: House, needle: Needle, locale: str
) -> None:
    code = f"DL-{locale[:2].upper()}"
    rep, _manager, trainer = practice.crew(needle, f"rita-{locale[:2]}", locale)
    tess = enter(locale=locale)
    tess.sign_in(trainer)
    tess.go("/authoring/roleplays/dialogues/")
    tess.field("Code").fill(code)
    tess.field("Title").fill(f"会谈 {code}")
    tess.button("Create").click()
    story = TWINE.replace("Meeting Mrs Gao", f"Meeting Mrs Gao {code}")
    tess.page.locator("#file").set_input_files({"name": "gao.twee", "mimeType": "text/plain", "buffer": story.encode()})
    tess.page.locator("#spoken").select_option("en")
    tess.button("Bring in").click()
    tess.sees("The file has taken the place of the draft. What was published stays as it is.")
    tess.check()
    tess.button("Publish version %(number)s", number=1).click()
    tess.sees("It is published and open for practice.")
    rita = enter(locale=locale, phone=True)
    rita.sign_in(rep)
    rita.go("/practice/dialogues/")
    rita.page.get_by_role("link", name=f"Meeting Mrs Gao {code}" if locale == "en" else f"会谈 {code}").click()
    rita.button("Begin the dialogue").click()
    rita.check()
    rita.page.get_by_role("button", name="Ask what changed this year").press("Enter")
    rita.page.get_by_text("Good: a question before an answer.").wait_for()
    rita.page.reload()
    rita.page.get_by_role("button", name="Ask for a visit to the line").click()
    rita.sees("Passed with %(share)s of the whole.", share="100%")
    rita.check()
    with needle.scene():
        play = db.session.scalars(select(DialoguePlay).where(DialoguePlay.person_id == practice.number_of(rep))).one()
        assert (play.exact, play.passed) == ("1", True)
