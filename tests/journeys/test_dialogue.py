"""A dialogue from Twine to the result: brought in, published, played on a phone in Chinese menus, and scored."""

from __future__ import annotations

from sqlalchemy import select

from assessments.roleplays.dialogues.models import DialoguePlay
from lms.authz import Role
from lms.db import db
from lms.people.models import Team
from tests.assessments.roleplays.dialogues.stories import TWINE
from tests.journeys.conftest import Enter
from tests.journeys.scenes import House
from tests.journeys.server import Needle, give_password
from tests.people import make_person


def test_tess_brings_a_file_from_twine_and_rita_plays_it_to_the_end(enter: Enter, house: House, needle: Needle) -> None:
    with needle.scene():
        east = db.session.scalar(select(Team).where(Team.code == "east"))
        give_password(make_person("Rita", east, Role.REP, number="rita", locale="zh_Hans"))
    tess = enter()
    tess.sign_in("tess")
    tess.go("/authoring/roleplays/dialogues/")
    tess.field("Code").fill("DL-J")
    tess.field("Title").fill("A talk")
    tess.button("Create").click()
    tess.page.locator("#file").set_input_files({"name": "gao.twee", "mimeType": "text/plain", "buffer": TWINE.encode()})
    tess.page.locator("#spoken").select_option("en")
    tess.button("Bring in").click()
    tess.sees("The file has taken the place of the draft. What was published stays as it is.")
    tess.check()
    tess.button("Publish version %(number)s", number=1).click()
    tess.sees("It is published and open for practice.")
    rita = enter(locale="zh_Hans", phone=True)
    rita.sign_in("rita")
    rita.go("/practice/dialogues/")
    rita.page.get_by_role("link", name="Meeting Mrs Gao").click()
    rita.button("Begin the dialogue").click()
    rita.check()
    rita.page.get_by_role("button", name="Ask what changed this year").press("Enter")
    rita.page.get_by_text("Good: a question before an answer.").wait_for()
    rita.page.reload()
    rita.page.get_by_role("button", name="Ask for a visit to the line").click()
    rita.sees("Passed with %(share)s of the whole.", share="100%")
    rita.check()
    with needle.scene():
        play = db.session.scalars(select(DialoguePlay)).one()
        assert (play.exact, play.passed) == ("1", True)
