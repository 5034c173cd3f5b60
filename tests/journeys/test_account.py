"""Signing in and what belongs to one's account: language, theme, second factor, a forgotten password."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import struct
import time

import pytest
from playwright.sync_api import expect

from lms.authz import Role
from tests.journeys.conftest import Enter
from tests.journeys.scenes import House
from tests.journeys.server import Needle, give_password
from tests.people import make_person


def test_ana_reads_needle_in_the_language_she_chooses_and_finds_it_again_elsewhere(
    enter: Enter, house: House, needle: Needle
) -> None:
    with needle.scene():
        give_password(make_person("Lin", None, Role.REP, number="lin", locale=None))
    lin = enter(locale="en")
    lin.go("/login")
    expect(lin.page.locator("html")).to_have_attribute("lang", "en")
    lin.sign_in("lin")
    for name, tag, today in (("简体中文", "zh-Hans", "今天"), ("繁體中文", "zh-Hant", "今天"), ("English", "en", "Today")):
        lin.page.locator(".top-end details.menu summary").first.click()
        lin.page.get_by_role("button", name=name).click()
        expect(lin.page.locator("html")).to_have_attribute("lang", tag)
        expect(lin.page.locator("nav").get_by_role("link", name=today).first).to_be_visible()
        lin.check()
    lin.page.locator(".top-end details.menu summary").first.click()
    lin.page.get_by_role("button", name="繁體中文").click()
    expect(lin.page.locator("html")).to_have_attribute("lang", "zh-Hant")

    elsewhere = enter(locale="en")
    elsewhere.sign_in("lin")
    expect(elsewhere.page.locator("html")).to_have_attribute("lang", "zh-Hant")


def test_a_stranger_is_greeted_in_the_language_of_the_browser(enter: Enter, house: House) -> None:
    for locale, heading in (("en", "Sign in"), ("zh_Hans", "登录"), ("zh_Hant", "登入")):
        stranger = enter(locale=locale)
        stranger.go("/login")
        expect(stranger.page.get_by_role("heading", level=1)).to_have_text(heading)
        stranger.check()


def test_the_theme_follows_the_device_until_somebody_chooses_one(enter: Enter, house: House) -> None:
    ana = enter()
    ana.go("/login")

    def ground() -> str:
        return str(ana.page.evaluate("getComputedStyle(document.body).backgroundColor"))

    light = ground()
    ana.page.emulate_media(color_scheme="dark")
    dark = ground()
    assert dark != light
    ana.page.locator(".top-end details.menu summary").first.click()
    ana.page.get_by_role("button", name="Light").click()
    assert ground() == light
    ana.page.reload()
    assert ground() == light, "the choice is remembered"
    ana.page.locator(".top-end details.menu summary").first.click()
    ana.page.get_by_role("button", name="As the device").click()
    assert ground() == dark


def test_ana_turns_the_second_factor_on_and_signs_in_with_its_code(
    enter: Enter, house: House, needle: Needle
) -> None:
    with needle.scene():
        give_password(make_person("Ivy", None, Role.REP, number="ivy"))
    ivy = enter()
    ivy.sign_in("ivy")
    ivy.go("/account")
    ivy.link("Second factor").click()
    ivy.check()
    ivy.button("Set up the second factor").click()
    ivy.page.get_by_text("Or type the key").click()
    key = ivy.page.locator("details code").inner_text()
    ivy.check()
    steps = _Codes(key)
    ivy.page.get_by_role("textbox").fill(steps.next())
    ivy.button("Turn it on").click()
    expect(ivy.page.get_by_text("Second factor on")).to_be_visible()

    again = enter()
    again.go("/login")
    again.field("E-mail or person number").fill("ivy")
    again.field("Password").fill("seven quiet herons at dusk")
    again.button("Sign in").click()
    expect(again.page.get_by_role("heading", level=1)).to_have_text("The code from your app")
    again.check()
    again.page.get_by_role("textbox").fill("000000")
    again.button("Sign in").click()
    expect(again.page.get_by_role("heading", level=1)).to_have_text("The code from your app")
    again.page.get_by_role("textbox").fill(steps.next())
    again.button("Sign in").click()
    expect(again.page.get_by_role("link", name="Today").first).to_be_visible()


class _Codes:
    """RFC 6238 codes of a key, each one used once: the next is that of the following half minute if need be."""

    def __init__(self, key: str) -> None:
        self.secret = base64.b32decode(re.sub(r"[\s-]", "", key).upper() + "=" * (-len(re.sub(r"[\s-]", "", key)) % 8))
        self.last = 0

    def next(self) -> str:
        self.last = max(int(time.time()) // 30, self.last + 1)
        digest = hmac.digest(self.secret, struct.pack(">Q", self.last), hashlib.sha1)
        start = digest[-1] & 15
        return f"{(struct.unpack('>I', digest[start:start + 4])[0] & 0x7FFFFFFF) % 1_000_000:06d}"


@pytest.mark.parametrize("locale", ["en", "zh_Hans"])
def test_who_forgot_the_password_sets_a_new_one_by_mail(
    enter: Enter, house: House, needle: Needle, locale: str
) -> None:
    number = f"forgetful-{locale.lower().replace('_', '-')}"
    with needle.scene():
        give_password(make_person("Otto", None, Role.REP, number=number, locale=locale))
    otto = enter(locale=locale)
    otto.go("/login")
    otto.link("Forgotten your password?").click()
    otto.check()
    otto.field("E-mail or person number").fill(number)
    otto.button("Send the link").click()
    mail = needle.mail_to(f"{number}@example.com")
    found = re.search(r"https?://\S+/reset/\S+", mail.get_content())
    assert found, mail.get_content()
    otto.page.goto(found[0])
    otto.check()
    otto.page.get_by_label(otto.words("New password"), exact=True).fill("twelve slow ferries home")
    otto.page.get_by_label(otto.words("New password once more"), exact=True).fill("twelve slow ferries home")
    otto.button("Set the password").click()

    fresh = enter(locale=locale)
    fresh.sign_in(number, "twelve slow ferries home")
    expect(fresh.page.get_by_role("link", name=fresh.words("Today")).first).to_be_visible()
    fresh.page.goto(found[0])
    expect(fresh.page.get_by_label(fresh.words("New password"), exact=True)).to_have_count(0)


@pytest.mark.parametrize("locale", ["en", "zh_Hans", "zh_Hant"])
def test_what_is_not_there_or_not_open_gets_a_page_that_helps(enter: Enter, house: House, locale: str) -> None:
    ana = enter(locale=locale, phone=True)
    ana.sign_in("dov")
    for path, status in (("/audit", 403), ("/settings", 403), ("/no/such/page", 404), (f"/learning/{house.enrolment}", 404)):
        assert ana.go(path).status == status
        expect(ana.page.get_by_role("heading", level=1)).to_be_visible()
        expect(ana.page.get_by_role("main").get_by_role("link").first).to_be_visible()
        ana.check()


def test_every_page_before_the_sign_in_can_be_used_by_everyone(enter: Enter, house: House) -> None:
    visitor = enter(phone=True)
    for path in ("/login", "/reset", "/verify/check", "/verify/AAAAA-BBBBB-CCCCC-DDDDD"):
        visitor.go(path)
        expect(visitor.page.get_by_role("heading", level=1)).to_have_count(1)
        visitor.check()
