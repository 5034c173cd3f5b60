"""How dialogues, their problems and what a file held are put into words on pages."""

from __future__ import annotations

from fractions import Fraction

from flask_babel import lazy_gettext as _l

from assessments.roleplays.dialogues.story import Passage, names
from assessments.roleplays.dialogues.terms import condition_words, effects_words
from lms.i18n import current_locale, local, number

STATUS = {"draft": ("none", _l("draft")), "published": ("ok", _l("published")), "retired": ("none", _l("retired"))}
ENDINGS = {"": _l("The talk goes on"), "end": _l("The talk ends here"), "failed": _l("The talk ends here and is lost")}
FEEDBACK = {"at_once": _l("after each answer"), "at_end": _l("at the end")}
PROBLEMS = {
    "no_start": _l("There is no passage to begin with."),
    "no_text": _l("Nobody says anything here."),
    "no_choice_text": _l("An answer has no words."),
    "not_translated": _l("The words are not there in every language."),
    "link_to_nowhere": _l("An answer leads to a passage that is not there."),
    "unreachable": _l("Nobody ever gets here."),
    "dead_end": _l("There is no answer to choose and it is not marked as an ending."),
    "stuck": _l("One can stand here without an answer that is open."),
    "never_offered": _l("This answer is never open: its condition cannot come true here."),
    "endless": _l("From here one goes round in circles and never comes to an end."),
    "unwinnable": _l("Nobody can pass: no ending that is reached gives enough points without a blocker."),
    "too_many_states": _l("There are too many ways through it to check them all. Use fewer variables or circles."),
    "ending_with_choices": _l("It is marked as an ending and has answers. Take one of the two away."),
    "lost": _l("Whoever comes here cannot pass any more. That may be what you want."),
}
NOTES = {
    "before_first": _l("Stands before the first passage and was left out."),
    "special": _l("Is for Twine’s own player (style, script, menu) and was left out."),
    "header": _l("The head of this passage could not be read; all of it became the name."),
    "json": _l("These settings could not be read and were left out."),
    "name": _l("The name has characters that links cannot hold; they were replaced."),
    "twice": _l("A second passage of this name got a number."),
    "macro": _l("This command is not understood. It stays in the text as it is."),
    "variable": _l("Variables are not printed in texts. It stays in the text as it is."),
    "html": _l("This mark-up is not understood. It stays in the text as it is."),
    "comment": _l("This comment was left out."),
    "marker": _l("This marker could not be read, or no answer stands before it; it was left out."),
    "condition": _l("This condition is not understood. The answer is always open."),
    "always_shown": _l("Words under a condition: they are always shown."),
    "link": _l("This link has no target. It stays in the text as it is."),
    "many_choices": _l("More than 12 answers. This one stays in the text."),
}
_WIDE, _NARROW, _ROOM = 11.5, 6.0, 134.0
"""Pixels of a letter on the map, and of its line."""
conditions = condition_words
effects = effects_words


def points(value: Fraction | str) -> str:
    found = Fraction(value)
    return number(int(found)) if found.denominator == 1 else number(float(found), 2)


def shown(passage: Passage) -> str:
    """The name of a passage in the reader's language, where its author gave one; else the name that links use."""
    tongue = current_locale()[:2]
    return local({key: words for key, words in names(passage).items() if key[:2] == tongue}) or passage.name


def fitting(words: object) -> str:
    """As many letters as a box of the map has room for."""
    text = " ".join(str(words).split())
    width = 0.0
    for at, letter in enumerate(text):
        width += _WIDE if letter > "\u2e7f" else _NARROW
        if width > _ROOM:
            return text[: at - 1] + "…"
    return text


def snippet(text: dict[str, str]) -> str:
    return fitting(local(text))
