"""The workbook of questions in words: headings, kinds, ways to give marks, instructions; and what they are called in any language."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import LazyString
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from assessments.quizzes.formats.sheet import COLUMNS, CREDITS, KINDS, LETTERS, OPTIONS, Names
from assessments.quizzes.formats.sheet_writing import Words
from assessments.quizzes.words import KIND_HELP, KIND_LABELS, LINES_HELP
from lms.i18n import translate_to_all

_COLUMNS: dict[str, LazyString] = {
    "kind": _l("Kind"),
    "stem": _l("Question"),
    "right": _l("What is right"),
    "lines": _l("Parts, as lines"),
    "tolerance": _l("Tolerance"),
    "unit": _l("Unit"),
    "decimals": _l("Decimals"),
    "match_case": _l("Capital letters count"),
    "credit": _l("How marks are given"),
    "marks": _l("Marks"),
    "competency": _l("Competency"),
    "difficulty": _l("Difficulty"),
    "tags": _l("Tags"),
    "feedback": _l("Said to everyone afterwards"),
}
_CREDITS: dict[str, LazyString] = {
    "exact": _l("All or nothing"),
    "partial": _l("Part by part"),
    "penalty": _l("Part by part, wrong ones take away"),
    "places": _l("Each in its own place"),
    "pairs": _l("Each two the right way round"),
}


def column(code: str) -> str:
    return _("Option %(letter)s", letter=LETTERS[OPTIONS.index(code)]) if code in OPTIONS else str(_COLUMNS[code])


def names() -> Names:
    """Codes by what they are called in any of our languages, in small letters; the code itself as well."""

    def known(codes: tuple[str, ...], labels: Mapping[str, LazyString] | None) -> dict[str, str]:
        found = {code.casefold(): code for code in codes}
        for code in codes:
            said = translate_to_all(lambda code=code: column(code) if labels is None else str(labels[code]))
            found |= {label.casefold(): code for label in said.values()}
        return found

    return Names(known(COLUMNS, None), known(KINDS, KIND_LABELS), known(CREDITS, _CREDITS))


def words() -> Words:
    """The workbook in the reader's language."""
    return Words(
        sheet=_("Questions"),
        columns={code: column(code) for code in COLUMNS},
        kinds={code: str(KIND_LABELS[code]) for code in KINDS},
        credits={code: str(_CREDITS[code]) for code in CREDITS},
        instructions=_("Instructions"),
        lines=_instructions(),
    )


def _instructions() -> list[tuple[str, str]]:
    right = column("right")
    own = {
        "single": _("The letter of the right option, like B."),
        "multiple": _("The letters of the right options, like A, C."),
        "true_false": _("TRUE or FALSE."),
        "numeric": _("The number. The tolerance stands in its own column, as a number or in per cent like %(example)s.", example="5%"),
        "short_text": _("Every spelling that counts, with | between. An asterisk stands for any letters; 1/2: customer earns half the marks."),
        "calculated": _("The formula. The variables stand as lines: a = 10 .. 50 step 5."),
    }
    lines = [
        (_("How to fill in this workbook"), ""),
        ("", _("One question a row on the first sheet, in one language. Columns may be left out or stand in another order; their headings must stay.")),
        ("", _("Nothing is added when you send the file: you see what it holds, and each row that cannot be read with the reason, and then decide.")),
        (column("kind"), _("Needed. One of the kinds below.")),
        (column("stem"), _("Needed. The question, with Markdown if you like.")),
        (column(OPTIONS[0]), _("The options of a choice, from A on.")),
        (_COLUMNS["marks"], _("A whole number from 1 to 100; 1 if empty.")),
        (_COLUMNS["difficulty"], _("A whole number from 1, very easy, to 5, very hard; may stay empty.")),
        (_COLUMNS["tags"], _("Separated by commas.")),
        (_COLUMNS["credit"], "; ".join(map(str, _CREDITS.values()))),
        (_("The kinds"), ""),
    ]
    for kind in KINDS:
        where = _("%(column)s: %(what)s", column=right, what=own[kind]) if kind in own else ""
        parts = _("%(column)s: %(what)s", column=column("lines"), what=LINES_HELP[kind]) if kind in LINES_HELP else ""
        lines.append((KIND_LABELS[kind], " ".join(filter(None, [str(KIND_HELP[kind]), where, parts]))))
    return [(str(name), str(text)) for name, text in lines]
