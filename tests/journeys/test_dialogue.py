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


def test_tess_brings_a_file_from_twine_and_rosa_plays_it_to_the_end(enter: Enter, house: House, needle: Needle) -> None:
    with needle.scene():
        east = db.session.scalar(select(Team).where(Team.code == "east"))
        give_password(make_person("Rosa", east, Role.REP, number="rosa", locale="zh_Hans"))
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
    rosa = enter(locale="zh_Hans", phone=True)
    rosa.sign_in("rosa")
    rosa.go("/practice/dialogues/")
    rosa.page.get_by_role("link", name="Meeting Mrs Gao").click()
    rosa.button("Begin the dialogue").click()
    rosa.check()
    rosa.page.get_by_role("button", name="Ask what changed this year").press("Enter")
    rosa.page.get_by_text("Good: a question before an answer.").wait_for()
    rosa.page.reload()
    rosa.page.get_by_role("button", name="Ask for a visit to the line").click()
    rosa.sees("Passed with %(share)s of the whole.", share="100%")
    rosa.check()
    with needle.scene():
        play = db.session.scalars(select(DialoguePlay)).one()
        assert (play.exact, play.passed) == ("1", True)
