"""Languages: English, 简体中文 and 繁體中文 in pages, mails, PDFs and exports; numbers and dates by locale."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any, NamedTuple, Protocol

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_skeleton, format_time
from babel.numbers import format_decimal, get_currency_symbol
from babel.support import NullTranslations
from flask import Flask, current_app, g, has_request_context, request
from flask_babel import Babel, Domain, force_locale, get_locale, get_timezone, gettext
from jinja2 import pass_eval_context
from jinja2.nodes import EvalContext
from markupsafe import Markup, escape

from lms.config import ROOT
from lms.db import LocalText
from lms.errors import Refused

LOCALES = ("en", "zh_Hans", "zh_Hant")
LANGUAGE_NAMES = {"en": "English", "zh_Hans": "简体中文", "zh_Hant": "繁體中文"}
PACKAGES = ("lms", "courses", "assessments", "performance", "effects")

babel = Babel()


@lru_cache(maxsize=1024)
def supported(tag: str) -> str | None:
    """The language of ours that a BCP 47 tag means: zh-TW and zh-HK are Hant by their likely script."""
    try:
        locale = Locale.parse(tag.replace("_", "-"), sep="-")
    except (ValueError, UnknownLocaleError, TypeError):
        return None
    if locale.language == "en":
        return "en"
    if locale.language != "zh":
        return None
    script = locale.script or ("Hant" if locale.territory in {"TW", "HK", "MO"} else "Hans")
    return f"zh_{script}" if script in {"Hans", "Hant"} else "zh_Hans"


def choose_locale() -> str:
    """Per person first, then the choice kept in the session, then the browser, then the setting."""
    default: str = current_app.config["DEFAULT_LOCALE"]
    if not has_request_context():
        return default
    actor = g.get("actor")
    if actor is not None and actor.locale:
        return str(actor.locale)
    chosen = request.cookies.get("language")
    if chosen in LOCALES:
        return chosen
    for tag, _quality in request.accept_languages:
        locale = supported(tag)
        if locale:
            return locale
    return default


class _Spoken(NamedTuple):
    """A language as it is spoken in this context: found once, asked a hundred times a page."""

    locale: Locale
    name: str
    catalogue: NullTranslations


def _spoken() -> _Spoken | None:
    """None outside an application. What was found last holds while Flask-Babel's own note of the locale is the same."""
    try:
        here = vars(g._get_current_object())  # noqa: SLF001 -- the documented way past the proxy
    except RuntimeError:
        return None
    spoken: _Spoken | None = here.get("spoken")
    if spoken is None or getattr(here.get("_flask_babel"), "babel_locale", None) is not spoken.locale:
        locale = get_locale()
        spoken = g.spoken = _Spoken(locale, supported(str(locale)) or "en", _catalogues.of_the_locale())
    return spoken


class _Catalogues(Domain):  # type: ignore[misc]
    """Flask-Babel's catalogues, looked up once in a request and not for every word that ``_()`` says."""

    def get_translations(self) -> NullTranslations:
        spoken = _spoken()
        return NullTranslations() if spoken is None else spoken.catalogue

    def of_the_locale(self) -> NullTranslations:
        return super().get_translations()


_catalogues = _Catalogues()


def current_locale() -> str:
    """'en', 'zh_Hans' or 'zh_Hant'."""
    spoken = _spoken()
    return "en" if spoken is None else spoken.name


@pass_eval_context
def _in_template(context: EvalContext, text: str, /, **values: Any) -> str:
    """``_()`` of templates: as Jinja's own in what it says, without its three calls around each word."""
    spoken = _spoken()
    return _filled(context, text if spoken is None else spoken.catalogue.ugettext(text), values)


@pass_eval_context
def _number_in_template(context: EvalContext, one: str, many: str, num: int, /, **values: Any) -> str:
    """``ngettext()`` of templates; ``num`` is there to be named in the words."""
    spoken = _spoken()
    words = (one if num == 1 else many) if spoken is None else spoken.catalogue.ungettext(one, many, num)
    return _filled(context, words, {"num": num} | values)


def _filled(context: EvalContext, words: str, values: dict[str, Any]) -> str:
    """The words with their values put in, the values escaped where the template escapes."""
    if "%" in words:
        if context.autoescape:
            values = {name: value if type(value) is int else escape(value) for name, value in values.items()}
        words = words % values
    return Markup(words) if context.autoescape else words  # noqa: S704 -- the words are the catalogue's, what is a person's is escaped


@contextmanager
def speaking(locale: str | None) -> Iterator[None]:
    """Everything inside is worded in ``locale``: a mail or a certificate speaks its reader's language."""
    with force_locale(locale or current_app.config["DEFAULT_LOCALE"]):
        yield


_NEAREST = {"en": ("zh_Hans", "zh_Hant"), "zh_Hans": ("zh_Hant", "en"), "zh_Hant": ("zh_Hans", "en")}


def local(text: LocalText | str | None, locale: str | None = None) -> str:
    """The text in the reader's language, else in the nearest one that is there."""
    if not text:
        return ""
    if isinstance(text, str):
        return text
    wanted = locale or current_locale()
    return text.get(wanted) or next((text[key] for key in _NEAREST[wanted] if text.get(key)), "")


def with_language(text: LocalText, language: str, words: str | None) -> LocalText:
    """A copy of the text with the words of one language set, or taken out when they are empty.

    :raises Refused: ``language_unknown``.
    """
    if language not in LOCALES:
        raise Refused("language_unknown")
    changed = {**text, language: (words or "").strip()}
    return {key: value for key, value in changed.items() if value}


def in_a_sentence(name: str) -> str:
    """A name as it stands in the middle of a sentence: without its capital."""
    return name[:1].lower() + name[1:]


def in_languages(en: str, hans: str, hant: str | None = None) -> LocalText:
    """A text written down in its languages."""
    return {"en": en, "zh_Hans": hans} | ({"zh_Hant": hant} if hant is not None else {})


def with_remark(words: str, remark: str) -> str:
    """Words and a remark on them in brackets, as the reader's language writes them: “Pricing (PR-1)”, “定价（PR-1）”."""
    return gettext("%(words)s (%(remark)s)", words=words, remark=remark)


def bracketed(remark: str) -> str:
    """A remark in brackets, to follow words at once: it brings the blank before it where the reader's language has one."""
    return with_remark("", remark)


class Named(Protocol):
    """A person or an actor: a name, and perhaps one in Latin letters."""

    @property
    def name(self) -> str: ...

    @property
    def name_latin(self) -> str | None: ...


def called(who: Named) -> str:
    """The name by which a reader of this language knows a person: the Latin one in English, where there is one."""
    return (who.name_latin if current_locale() == "en" else None) or who.name


def number(value: float | None, digits: int = 0) -> str:
    """A number by locale, with a true minus; a missing one is a dash, never zero."""
    if value is None:
        return "–"
    text = grouped(value, digits)
    return "−" + text[1:] if text.startswith("-") else text


def grouped(value: float | Decimal, digits: int) -> str:
    """1234.5 as 1,234.5: all three languages group by commas and round half to even, as CLDR says (a test holds it)."""
    if digits == 0 and type(value) is int:
        return f"{value:,d}"
    exact = Decimal(str(value))
    return f"{exact:,.{digits}f}" if exact.is_finite() else str(format_decimal(value, locale="en"))


@lru_cache(maxsize=8192)
def _medium(value: date, locale: str) -> str:
    return str(format_date(value, format="medium", locale=locale))


def percent(share: float | None, digits: int = 0, *, signed: bool = False) -> str:
    """A share like 0.083 as 8 %, by locale."""
    if share is None:
        return "–"
    text = grouped(abs(100 * Decimal(str(share))), digits) + "%"
    if round(abs(share), digits + 2) == 0:
        return text
    sign = "−" if share < 0 else ("+" if signed else "")
    return sign + text


def money(value: float | None, currency: str | None = None) -> str:
    """An amount of money; Chinese readers get 万 and 亿."""
    if value is None:
        return "–"
    unit = currency or current_app.config["CURRENCY"]
    if current_locale().startswith("zh"):
        return ("−" if value < 0 else "") + ("¥" if unit == "CNY" else unit + " ") + _in_myriads(abs(value))
    return ("−" if value < 0 else "") + _symbol(unit) + grouped(abs(value), 0)


@lru_cache(maxsize=64)
def _symbol(unit: str) -> str:
    return "¥" if unit == "CNY" else str(get_currency_symbol(unit, locale="en"))


def _in_myriads(value: float) -> str:
    hant = current_locale() == "zh_Hant"
    for size, hans_unit, hant_unit in ((1e8, "亿", "億"), (1e4, "万", "萬")):
        if value >= size:
            digits = 1 if value / size < 1000 else 0
            return grouped(value / size, digits).removesuffix(".0") + " " + (hant_unit if hant else hans_unit)
    return grouped(value, 0)


def day(value: date | datetime | None) -> str:
    if value is None:
        return "–"
    if isinstance(value, datetime):
        value = value.astimezone(get_timezone()).date()
    return _medium(value, current_locale())


def month(value: date) -> str:
    """Mar 2024, 2024年3月."""
    return _month(value.replace(day=1), current_locale())


@lru_cache(maxsize=1024)
def _month(value: date, locale: str) -> str:
    return str(format_skeleton("yMMM", value, locale=locale))


def moment(value: datetime | None) -> str:
    """The day and the minute; nobody reads the seconds."""
    if value is None:
        return "–"
    locale = current_locale()
    clock = format_time(value, format="short", tzinfo=get_timezone(), locale=locale)
    return f"{day(value)}, {clock}" if locale == "en" else f"{day(value)} {clock}"


_NUMERALS = str.maketrans("一二三四五六七八九", "123456789")


def order_of(name: str) -> bytes:
    """What a list of names is sorted by: Latin whatever its capitals, Chinese by pinyin, 一队 before 二队 before 三队.

    GB 18030 begins with the 3,755 common characters of GB 2312 in the order of pinyin; rarer ones follow.
    """
    return name.translate(_NUMERALS).casefold().encode("gb18030")


def script_of(locale: str) -> str:
    """The ``lang`` attribute of a page: 'en', 'zh-Hans' or 'zh-Hant'."""
    return locale.replace("_", "-")


def translate_to_all(render: Any) -> LocalText:
    """``render()`` worded once in each language: {'en': …, 'zh_Hans': …, 'zh_Hant': …}."""
    texts: LocalText = {}
    for locale in LOCALES:
        with force_locale(locale):
            texts[locale] = render()
    return texts


def init_app(app: Flask) -> None:
    directories = ";".join(str(ROOT / package / "translations") for package in PACKAGES)
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = directories
    app.config["BABEL_DEFAULT_TIMEZONE"] = app.config["TIME_ZONE"]
    babel.init_app(app, locale_selector=choose_locale)
    babel.domain_instance = _catalogues
    app.jinja_env.filters.update(number=number, percent=percent, money=money, date=day, month=month, datetime=moment)
    app.jinja_env.globals.update(_=_in_template, gettext=_in_template, ngettext=_number_in_template)
    app.jinja_env.globals.update(
        local=local, called=called, with_remark=with_remark, bracketed=bracketed, current_locale=current_locale, LANGUAGE_NAMES=LANGUAGE_NAMES, script_of=script_of
    )
