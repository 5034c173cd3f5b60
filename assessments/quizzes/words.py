"""How questions and marks are put into words on pages."""

from __future__ import annotations

import math
from collections.abc import Mapping
from fractions import Fraction
from typing import NamedTuple

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from markupsafe import Markup

from courses import markdown
from courses.markdown import Media
from lms.db import LocalText
from lms.i18n import local, number, percent

KIND_LABELS = {
    "single": _l("One right option"),
    "multiple": _l("Several right options"),
    "true_false": _l("True or false"),
    "numeric": _l("Number"),
    "short_text": _l("Short text"),
}
KIND_HELP = {
    "single": _l("One of several options is right."),
    "multiple": _l("Any number of options is right; marks for each, if you like."),
    "true_false": _l("A statement to agree with or not."),
    "numeric": _l("A number, with the tolerance you allow."),
    "short_text": _l("A word or name; you list the spellings that count."),
}
TRUTH_LABELS = {"true": _l("True"), "false": _l("False")}
CREDIT_LABELS = {
    "partial": _l("For each right one; ticking too many takes it back"),
    "penalty": _l("For each right one; each wrong one takes a part back"),
    "exact": _l("Only when exactly the right ones are ticked"),
}
REVIEW_LABELS = {
    "score": _l("The score alone"),
    "marks": _l("Score and marks of each question"),
    "key_when_done": _l("Score and marks at once; the right answers once the quiz is passed or no attempt is left"),
    "key": _l("Score, marks and the right answers at once"),
}
LAYOUT_LABELS = {"page": _l("All questions on one page"), "one": _l("One question after the other")}


class Stem(NamedTuple):
    """A question's text: ``line`` if it is a single paragraph, so that it can be the group's name, else ``block``."""

    line: Markup | None
    block: Markup | None


def stem_of(text: LocalText, media: Mapping[str, Media]) -> Stem:
    html = markdown.render(local(text), media, under=3)
    inner = html.strip()
    if inner.startswith("<p>") and inner.endswith("</p>") and inner.count("<p>") == 1:
        return Stem(Markup(inner[3:-4]), None)  # noqa: S704 (cleaned by courses.markdown)
    return Stem(None, html)


def plain(text: LocalText, longest: int = 120) -> str:
    """The beginning of a question's text for lists, without its marks of Markdown."""
    words = " ".join(Markup(markdown.render(local(text))).striptags().split())  # noqa: S704
    return words if len(words) <= longest else words[: longest - 1] + "…"


def marks_words(earned: Fraction, possible: int) -> str:
    """“2.5 of 4 marks”, two decimals at most."""
    digits = 0 if earned.denominator == 1 else (1 if (earned * 10).denominator == 1 else 2)
    return _(
        "%(earned)s of %(possible)s marks", earned=number(float(earned), digits), possible=number(possible)
    )


def score_words(share: float) -> str:
    """A score in per cent, cut and not rounded after one decimal: 79.96 % is no 80 %."""
    tenths = math.floor(share * 1000 + 1e-6)
    return percent(tenths / 1000, 1 if tenths % 10 else 0)


def limit_words(seconds: int) -> str:
    """“30 min” or “1 min 30 s”."""
    minutes, rest = divmod(seconds, 60)
    if not rest:
        return _("%(minutes)s min", minutes=number(minutes))
    if not minutes:
        return _("%(seconds)s s", seconds=rest)
    return _("%(minutes)s min %(seconds)s s", minutes=number(minutes), seconds=rest)


def option_words(kind: str, id_: str, text: LocalText) -> str:
    """An option in the reader's language; true and false are Needle's own words."""
    if kind == "true_false":
        return str(TRUTH_LABELS[id_])
    return local(text)
