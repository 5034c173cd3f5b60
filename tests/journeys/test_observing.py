"""A live talk, observed: the score sheet on a phone, minutes without a connection, and nothing is lost."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from assessments.roleplays.models import Play
from assessments.roleplays.rating_models import PlayResult, Rating
from lms.db import db
from tests.assessments.roleplays.factory import GOOD
from tests.journeys import practice
from tests.journeys.conftest import Enter
from tests.journeys.scenes import House
from tests.journeys.server import Needle


@pytest.mark.parametrize("locale", ["en", "zh_Hans"])
def test_a_manager_scores_on_a_phone_minutes_without_a_connection_and_the_rep_has_the_result(
    enter: Enter, house: House, needle: Needle, locale: str
) -> None:
    rep, manager, _trainer = practice.crew(needle, f"olga-{locale[:2]}", locale)
    with needle.scene():
        scenario, player = practice.scenario(f"RP-O-{locale[:2].upper()}"), practice.number_of(rep)
    rhea = enter(locale=locale, phone=True)
    rhea.sign_in(manager)
    rhea.go(f"/practice/scenarios/{scenario}")
    rhea.link("Observe somebody live").click()
    rhea.page.locator("#player-").select_option(str(player))
    rhea.check()
    rhea.button("Open the score sheet").click()
    expect(rhea.button("Hand in the rating")).to_be_visible()
    rhea.check()
    sheet = rhea.page.url

    rhea.page.clock.install()
    rhea.context.set_offline(True)
    practice.mark(rhea, GOOD)
    rhea.sees("Kept in this browser")
    rhea.button("Hand in the rating").click()
    rhea.sees("No connection. Your rating is kept in this browser and sent as soon as it is back; you can go on with the next person.")
    rhea.page.clock.fast_forward("05:00")
    with needle.scene():
        assert db.session.scalars(select(Rating).join(Play).where(Play.scenario_id == scenario)).all() == []
    rhea.page.close()

    rhea.context.set_offline(False)
    rhea.page = rhea.context.new_page()
    with rhea.page.expect_response(lambda answer: answer.request.method == "POST") as sent:
        rhea.go("/practice/ratings/")
    assert sent.value.url == sheet and sent.value.ok
    rhea.go(sheet)
    rhea.sees("Your rating")
    with needle.scene():
        play, passed = db.session.execute(
            select(Play.id, PlayResult.passed).join(PlayResult).where(Play.scenario_id == scenario)
        ).one()
        assert passed
    olga = enter(locale=locale)
    olga.sign_in(rep)
    olga.go(f"/practice/plays/{play}")
    olga.sees("Passed with %(share)s of the whole.", share="92%")
