"""Figures as people read them: what is written by hand for speed says what CLDR says."""

from __future__ import annotations

import random
from datetime import date

import pytest
from babel.numbers import format_decimal, format_percent
from flask import Flask
from flask_babel import force_locale

from lms.i18n import LOCALES, bracketed, grouped, money, month, number, percent, with_remark

CHANCE = random.Random(20261122)
VALUES = [0.0, 0.5, 1.5, 2.5, 0.005, 2.675, 1e6, 999_999.5, 1234567.891, -0.4, -1234.5, 7, 10**15] + [
    round(CHANCE.uniform(-1e7, 1e7), CHANCE.randrange(6)) for _ in range(400)
]


@pytest.mark.parametrize("locale", LOCALES)
def test_numbers_are_grouped_and_rounded_as_each_language_does(locale: str) -> None:
    for value in VALUES:
        for digits in (0, 1, 2):
            pattern = "#,##0" + ("." + "0" * digits if digits else "")
            assert grouped(value, digits) == format_decimal(value, format=pattern, locale=locale), (value, digits)


@pytest.mark.parametrize("locale", LOCALES)
def test_shares_become_per_cent_as_each_language_writes_them(bare_app: Flask, locale: str) -> None:
    with force_locale(locale):
        for value in (0.0, 0.005, 0.015, 0.125, 0.5, 0.999, 1.0, 12.3456):
            assert percent(value, 1) == format_percent(value, format="#,##0.0%", locale=locale)
        assert percent(-0.25) == "−25%"


def test_amounts_are_counted_in_wan_and_yi(bare_app: Flask) -> None:
    with force_locale("zh_Hans"):
        assert [money(v, "CNY") for v in (0, 9_999, 10_000, 123_456, 23_456_789, 1.5e8)] == [
            "¥0", "¥9,999", "¥1 万", "¥12.3 万", "¥2,346 万", "¥1.5 亿",
        ]  # fmt: skip
    with force_locale("zh_Hant"):
        assert money(-123_456, "CNY") == "−¥12.3 萬"


def test_what_is_not_a_number_is_not_a_crash(bare_app: Flask) -> None:
    assert number(float("nan")) == format_decimal(float("nan"), locale="en")
    assert number(None) == "–"


def test_a_number_below_zero_has_a_true_minus() -> None:
    assert [number(v, 2) for v in (-0.44, 0.44, -1234.5)] == ["−0.44", "0.44", "−1,234.50"]


@pytest.mark.parametrize(("locale", "words"), [("en", "Mar 2024"), ("zh_Hans", "2024年3月")])
def test_a_month_is_named_as_its_readers_do(bare_app: Flask, locale: str, words: str) -> None:
    with force_locale(locale):
        assert month(date(2024, 3, 31)) == words


@pytest.mark.parametrize(("locale", "said", "alone"), [("en", "Pricing (100% sure)", " (12)"), ("zh_Hans", "Pricing（100% sure）", "（12）"), ("zh_Hant", "Pricing（100% sure）", "（12）")])
def test_a_remark_stands_in_the_brackets_of_the_readers_language(bare_app: Flask, locale: str, said: str, alone: str) -> None:
    with force_locale(locale):
        assert with_remark("Pricing", "100% sure") == said
        assert bracketed("12") == alone
