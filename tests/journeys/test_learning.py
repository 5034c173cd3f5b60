"""Reps learn: with the keyboard alone, without scripts, and with a server that was away for a moment."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.conftest import Enter
from tests.journeys.scenes import House, rep_in_course, spot_course
from tests.journeys.server import Needle

MOST_STEPS = 120


def tab_to(page: Page, *, text: str = "", value: str = "") -> None:
    """Press Tab until the control with this text (or of this value) has the focus, as somebody without a mouse does."""
    for _step in range(MOST_STEPS):
        page.keyboard.press("Tab")
        found, seen, there = page.evaluate(
            "() => {const e = document.activeElement; const box = e.getBoundingClientRect();"
            "const label = e.labels?.[0]?.innerText ?? '';"
            "return [(e.innerText || label || e.ariaLabel || '').trim(), e.value ?? '', box.width > 0 && box.height > 0]}"
        )
        if (text and text in found) or (value and seen == value):
            assert there, f"{found!r} has the focus and cannot be seen"
            return
    raise AssertionError(f"Tab does not lead to {text or value!r} on {page.url}")


def test_a_rep_reads_a_lesson_and_passes_a_quiz_with_the_keyboard_alone(
    enter: Enter, house: House, needle: Needle
) -> None:
    enrolment = rep_in_course(needle, house.quiz_course, "kim")
    kim = enter()
    page, keys = kim.page, kim.page.keyboard
    kim.go("/login")
    expect(kim.field("E-mail or person number")).to_be_focused()
    keys.type("kim")
    keys.press("Tab")
    keys.type("seven quiet herons at dusk")
    keys.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Kim")
    kim.go(f"/learning/{enrolment}")
    keys.press("Tab")
    expect(kim.link("Skip to the content")).to_be_focused()
    keys.press("Enter")
    tab_to(page, text="Start: Ask first")
    keys.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Ask first")
    tab_to(page, text="I have read this; go on")
    keys.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("What stayed?")
    tab_to(page, text="Begin the quiz")
    keys.press("Enter")
    expect(page.get_by_text("Which question comes first?")).to_be_visible()

    tab_to(page, text="The price")
    keys.press("Space")
    keys.press("ArrowDown")
    expect(page.get_by_label("The situation")).to_be_checked()
    tab_to(page, text="The account manager")
    keys.press("Space")
    tab_to(page, text="The solution manager")
    keys.press("Space")
    tab_to(page, text="True")
    keys.press("Space")
    keys.press("ArrowDown")
    expect(page.get_by_label("False")).to_be_checked()
    tab_to(page, text="Your answer in %")
    keys.type("25")
    tab_to(page, text="Your answer")
    keys.type("Key performance indicator")
    kim.sees("All answers saved")
    kim.check()
    tab_to(page, text="Check and hand in")
    keys.press("Enter")
    expect(page.get_by_text("Every question is answered.")).to_be_visible()
    kim.check()
    tab_to(page, text="Hand in")
    keys.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Passed with 100%")
    kim.check()
    tab_to(page, text="On with the course")
    keys.press("Enter")
    expect(page.get_by_text("Download the certificate")).to_be_visible()


def test_a_rep_whose_browser_runs_no_script_learns_and_passes_all_the_same(
    enter: Enter, house: House, needle: Needle
) -> None:
    enrolment = rep_in_course(needle, house.quiz_course, "noa")
    noa = enter(phone=True, scripts=False)
    noa.sign_in("noa")
    noa.go(f"/learning/{enrolment}")
    noa.button("Start: %(title)s", title="Ask first").click()
    noa.button("I have read this; go on").click()
    noa.button("Begin the quiz").click()
    answer_everything(noa.page)
    noa.button("Save").click()
    expect(noa.page.get_by_label("The situation")).to_be_checked()
    expect(noa.page.get_by_label("Your answer in %")).to_have_value("25")
    noa.button("Check and hand in").click()
    noa.button("Hand in").click()
    expect(noa.page.get_by_role("heading", level=1)).to_have_text("Passed with 100%")


def answer_everything(page: Page) -> None:
    page.get_by_label("The situation").check()
    page.get_by_label("The account manager").check()
    page.get_by_label("The solution manager").check()
    page.get_by_label("False", exact=True).check()
    page.get_by_label("Your answer in %").fill("25")
    page.get_by_label("Your answer", exact=True).fill("key performance indicator")


def test_answers_given_while_the_network_is_away_are_saved_when_it_is_back(
    enter: Enter, house: House, needle: Needle
) -> None:
    enrolment = rep_in_course(needle, house.quiz_course, "rob")
    rob = enter(phone=True)
    rob.sign_in("rob")
    rob.go(f"/learning/{enrolment}")
    rob.button("Start: %(title)s", title="Ask first").click()
    rob.button("I have read this; go on").click()
    rob.button("Begin the quiz").click()
    rob.page.get_by_label("The account manager").check()
    rob.sees("All answers saved")
    rob.context.set_offline(True)
    rob.page.get_by_label("The situation").check()
    expect(rob.page.get_by_text("Not saved yet: no connection.")).to_be_visible()
    rob.check()
    rob.context.set_offline(False)
    rob.sees("All answers saved")
    rob.page.reload()
    expect(rob.page.get_by_label("The situation")).to_be_checked()


def test_a_page_whose_script_never_came_says_that_it_does_not_save_by_itself(
    enter: Enter, house: House, needle: Needle
) -> None:
    enrolment = rep_in_course(needle, house.quiz_course, "una")
    una = enter(phone=True)
    una.sign_in("una")
    una.go(f"/learning/{enrolment}")
    una.button("Start: %(title)s", title="Ask first").click()
    una.button("I have read this; go on").click()
    una.context.route("**/autosave.*.js", lambda route: route.abort())
    una.button("Begin the quiz").click()
    una.page.get_by_label("The situation").check()
    una.sees("Not saved by itself: press “Save” before you leave.")
    una.check()
    una.button("Save").click()
    elsewhere = enter(phone=True)
    elsewhere.sign_in("una")
    elsewhere.go(una.page.url.removeprefix(needle.url))
    expect(elsewhere.page.get_by_label("The situation")).to_be_checked()


@pytest.mark.parametrize("locale", ["en", "zh_Hans"])
def test_two_pages_of_one_attempt_do_not_lose_answers_to_each_other(
    enter: Enter, house: House, needle: Needle, locale: str
) -> None:
    number = f"two-{locale.lower().replace('_', '-')}"
    enrolment = rep_in_course(needle, house.quiz_course, number, locale=locale)
    two = enter(locale=locale, phone=True)
    two.sign_in(number)
    two.go(f"/learning/{enrolment}")
    two.button("Start: %(title)s", title="Ask first").click()
    two.button("I have read this; go on").click()
    two.button("Begin the quiz").click()
    two.check()
    second = two.context.new_page()
    second.goto(two.page.url)
    two.page.get_by_label("The situation").check()
    two.sees("All answers saved")
    second.get_by_label("The account manager").check()
    expect(second.get_by_text(two.words("All answers saved")).first).to_be_visible()
    second.get_by_role("button", name=two.words("Save"), exact=True).click()
    two.page.reload()
    expect(two.page.get_by_label("The situation")).to_be_checked()
    expect(two.page.get_by_label("The account manager")).to_be_checked()


def test_an_answer_that_is_refused_does_not_stop_the_others(enter: Enter, house: House, needle: Needle) -> None:
    enrolment = rep_in_course(needle, house.quiz_course, "stale", locale="en")
    one = enter(locale="en", phone=True)
    one.sign_in("stale")
    one.go(f"/learning/{enrolment}")
    one.button("Start: %(title)s", title="Ask first").click()
    one.button("I have read this; go on").click()
    one.button("Begin the quiz").click()
    stale = one.context.new_page()
    stale.goto(one.page.url)
    for label in ("The account manager", "The auditor"):
        with one.page.expect_response("**/answers"):
            one.page.get_by_label(label).check()
    with stale.expect_response("**/answers") as refused:
        stale.get_by_label("The solution manager").check()
    assert refused.value.json()["error"] == "answered_elsewhere"
    with stale.expect_response("**/answers") as kept:
        stale.get_by_label("The situation").check()
    assert kept.value.ok
    expect(stale.locator("[data-save-state]").first).to_have_text(refused.value.json()["sentence"])
    one.page.reload()
    expect(one.page.get_by_label("The situation")).to_be_checked()
    expect(one.page.get_by_label("The auditor")).to_be_checked()
    assert one.troubles == [f"409 for POST {refused.value.url}"], "the one refusal that this is about"
    one.troubles.clear()


@pytest.mark.parametrize("locale", ["en", "zh_Hans"])
def test_half_a_point_on_an_image_is_named_and_costs_no_other_answer(
    enter: Enter, house: House, needle: Needle, pictures: Path, locale: str
) -> None:
    short = locale.lower().replace("_", "-")
    enrolment = rep_in_course(needle, spot_course(needle, f"KA-{short}"), f"half-{short}", locale=locale)
    half = enter(locale=locale, phone=True)
    half.sign_in(f"half-{short}")
    half.go(f"/learning/{enrolment}")
    half.button("Start: %(title)s", title="Ask first").click()
    half.button("I have read this; go on").click()
    half.button("Begin the quiz").click()
    left, top = (half.page.get_by_label(half.words(side) % ()) for side in ("From the left, %%", "From the top, %%"))
    with half.page.expect_response("**/answers") as refused:
        left.fill("41.2")
        left.blur()
    assert refused.value.json()["error"] == "answer_no_point"
    with half.page.expect_response(lambda response: response.url.endswith("/answers") and response.ok):
        half.page.get_by_label("The situation").check()
    half.button("Save").click()
    half.sees("Please check what is marked below; what you entered is kept.")
    half.sees("Give the place on the image by two numbers from 0 to 100.")
    expect(left).to_have_value("41.2")
    expect(half.page.get_by_label("The situation")).to_be_checked()
    half.check()
    half.keep_picture(pictures / locale / "half-a-point.png", whole=True)
    top.fill("8")
    half.button("Save").click()
    expect(half.page.locator(".error-summary")).to_have_count(0)
    expect(left).to_have_value("41.2")
    expect(top).to_have_value(re.compile(r"8(\.0)?"))
    assert set(half.troubles) == {f"409 for POST {refused.value.url}"}, "the refusals that this is about"
    half.troubles.clear()
