"""How questions and marks are put into words on pages."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import datetime
from fractions import Fraction
from typing import Any, NamedTuple

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from markupsafe import Markup

from assessments.grading import certainty
from assessments.grading.files import SUFFIXES, FileRule
from assessments.grading.open_text import BY_HAND
from assessments.grading.questions import GAP, decimal_text
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
    "matching": _l("Matching"),
    "categorisation": _l("Sorting into groups"),
    "ordering": _l("Putting in order"),
    "cloze": _l("Text with gaps"),
    "scenario": _l("A case with several questions"),
    "calculated": _l("Calculated number"),
    "hotspot": _l("Spot on an image"),
    "open_text": _l("Open text"),
    "file": _l("File"),
    "oral": _l("Oral answer, recorded"),
}
KIND_HELP = {
    "single": _l("One of several options is right."),
    "multiple": _l("Any number of options is right; marks for each, if you like."),
    "true_false": _l("A statement to agree with or not."),
    "numeric": _l("A number, with the tolerance you allow."),
    "short_text": _l("A word or name; you list the spellings that count."),
    "matching": _l("Things that belong together are paired; spare choices are possible."),
    "categorisation": _l("Things are sorted into a few groups."),
    "ordering": _l("Steps are put into the right order."),
    "cloze": _l("Gaps within a text: to choose from, to type a word or a number."),
    "scenario": _l("One case is read once and several questions are asked about it."),
    "calculated": _l("Everyone gets other numbers; a formula knows what is right."),
    "hotspot": _l("A place on an image is pointed at."),
    "open_text": _l("Read by a grader, without a name, by criteria you set."),
    "file": _l("A document or picture is handed in and graded like open text."),
    "oral": _l("The answer is spoken, recorded and graded like open text."),
}
LINES_LABELS = {
    "matching": _l("Pairs"),
    "categorisation": _l("Things and their groups"),
    "ordering": _l("Things in the right order"),
    "cloze": _l("What is right in each gap"),
    "scenario": _l("Questions on the case"),
    "calculated": _l("Variables"),
    "hotspot": _l("Areas that count as right"),
    **dict.fromkeys(BY_HAND, _l("Criteria and levels")),
}
LINES_HELP = {
    "matching": _l("A pair a line, with an arrow between: Budget -> Situation. A line that begins with the arrow is a spare choice."),
    "categorisation": _l("A thing a line, with an arrow to its group: Price list -> Facts."),
    "ordering": _l("One a line. Learners see them in another order."),
    "cloze": _l("Write gaps into the text as [[1]], [[2]]. Here, under each [[1]]: lines with * (right) and - (wrong) to choose from, or = spelling | another, or # 12.5 +- 0.5 for a number."),
    "scenario": _l("Begin each question with ?. Under it: lines with * (right) and - (wrong) to choose from, or = spelling | another, or # 12.5 +- 0.5, or ! true."),
    "calculated": _l("One a line: a = 10 .. 50 step 5. In the question write {a} where the number belongs."),
    "hotspot": _l("One a line, in per cent of the image from its left and top: rectangle left top right bottom, or ellipse x y width/2 height/2, or polygon x y x y x y."),
    **dict.fromkeys(BY_HAND, _l("Begin each criterion with ?. Under it its levels, lowest first, with their points: 0 Not named.")),
}
FAMILY_LABELS = {"pdf": _l("PDF"), "image": _l("pictures"), "office": _l("Word, Excel and PowerPoint")}
PART_CREDIT_LABELS = {
    "partial": _l("For each part that is right"),
    "exact": _l("Only when every part is right"),
}
ORDER_CREDIT_LABELS = {
    "pairs": _l("For each two that stand the right way round"),
    "places": _l("For each in its own place"),
    "exact": _l("Only for the whole order"),
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
    "key_when_closed": _l("Score and marks at once; the right answers once the quiz has closed"),
    "key": _l("Score, marks and the right answers at once"),
}
COUNTS_LABELS = {
    "best": _l("The best"),
    "first": _l("The first"),
    "last": _l("The last"),
    "average": _l("The average of all"),
}
DIFFICULTY_LABELS = {
    "1": _l("1: very easy"),
    "2": _l("2: easy"),
    "3": _l("3: medium"),
    "4": _l("4: hard"),
    "5": _l("5: very hard"),
}
CERTAINTY_LABELS = {1: _l("Not very sure"), 2: _l("Fairly sure"), 3: _l("Very sure")}
CERTAINTY_ADVICE = {
    1: _l("below two chances in three"),
    2: _l("from two chances in three on"),
    3: _l("from four chances in five on"),
}
STAKES = {level: (certainty.RIGHT[level], certainty.WRONG[level]) for level in certainty.RIGHT}
"""Level → marks when right, when wrong."""
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
    """The beginning of a question's text for lists, without its marks of Markdown; gaps are dots."""
    words = " ".join(Markup(markdown.render(local(text))).striptags().split())  # noqa: S704
    words = GAP.sub("…", words)
    return words if len(words) <= longest else words[: longest - 1] + "…"


class Piece(NamedTuple):
    """A piece of a text with gaps, and the gap after it; none after the last."""

    html: Markup
    gap: str | None


def pieces(stem: Stem) -> list[Piece]:
    """A cloze's text, cut at its gaps."""
    html = stem.block if stem.block is not None else Markup("<p>%s</p>") % stem.line
    cut = GAP.split(str(html))
    gaps: list[str | None] = [*cut[1::2], None]
    return [Piece(Markup(html), gap) for html, gap in zip(cut[::2], gaps, strict=True)]  # noqa: S704 (cleaned above)


def marks_words(earned: Fraction, possible: int) -> str:
    """“2.5 of 4 marks”, two decimals at most."""
    digits = 0 if earned.denominator == 1 else (1 if (earned * 10).denominator == 1 else 2)
    return ngettext(
        "%(earned)s of %(num)s mark", "%(earned)s of %(num)s marks", possible, earned=number(float(earned), digits)
    )


def score_words(share: float) -> str:
    """A score in per cent, cut and not rounded after one decimal: 79.96 % is no 80 %."""
    tenths = math.floor(share * 1000 + 1e-6)
    return percent(tenths / 1000, 1 if tenths % 10 else 0)


def moment(value: datetime | str) -> datetime:
    """A moment of a quiz's rules, as a draft or a frozen quiz holds it."""
    return datetime.fromisoformat(value) if isinstance(value, str) else value


def decimal(value: Fraction) -> str:
    """A number as it stands in keys."""
    return decimal_text(value)


def extra_words(percent_: int, minutes: int, attempts: int) -> str:
    """“+25%, +10 min, +1 attempt”; a dash for nothing."""
    said = [
        _("+%(share)s of the time", share=percent(percent_ / 100)) if percent_ else "",
        _("+%(minutes)s min", minutes=number(minutes)) if minutes else "",
        ngettext("+%(num)s attempt", "+%(num)s attempts", attempts) if attempts else "",
    ]
    return _(", ").join(filter(None, said)) or _("nothing more")


def text(words: LocalText, media: Mapping[str, Media]) -> Markup:
    """A text of a quiz as HTML."""
    return markdown.render(local(words), media, under=3)


def stake_words(level: int) -> str:
    """What is at stake at a level of certainty."""
    right, wrong = certainty.RIGHT[level], -certainty.WRONG[level]
    earns = ngettext("right: %(num)s mark", "right: %(num)s marks", right)
    return earns + _(", ") + (_("wrong: −%(marks)s", marks=number(wrong)) if wrong else _("wrong: 0"))


def draw_words(section: Any, fit: int) -> str:
    """“Draws 3 of 12 questions: Discovery, difficulty 2, price”"""
    by = [
        section.competency,
        _("difficulty %(level)s", level=number(section.difficulty)) if section.difficulty else "",
        section.tag,
        ngettext("%(num)s mark", "%(num)s marks", section.marks) if section.marks != 1 else "",
    ]
    named = _(", ").join(filter(None, by))
    words = _("Draws %(draw)s of %(fit)s questions", draw=number(section.draw), fit=number(fit))
    return _("%(what)s: %(details)s", what=words, details=named) if named else words


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


def rule_words(rule: FileRule) -> str:
    """What may be given, in a sentence."""
    if rule.seconds:
        return _("Speak for at most %(time)s.", time=limit_words(rule.seconds))
    families = _(", ").join(str(FAMILY_LABELS[each]) for each in rule.accept)
    return _("One file: %(kinds)s; at most %(most)s MB.", kinds=families, most=number(rule.most_mb))


def file_words(file: Any) -> str:
    """“PDF, 1.2 MB”"""
    size = _("%(size)s MB", size=number(max(file.size / 1024 / 1024, 0.1), 1))
    kind = _("Recording") if file.media_type.startswith("audio/") else SUFFIXES[file.media_type].upper()
    return kind + _(", ") + size
