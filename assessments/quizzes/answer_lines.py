"""What was said to each part of a question, and what is right there, as lines of a page. The key only when it is released."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import NamedTuple

from flask_babel import gettext as _

from assessments.grading.formula import BadFormula, CalculatedKey
from assessments.grading.grade import part_shares
from assessments.grading.keys import MultipleKey, NumericKey, SimpleKey, SingleKey, TextKey, TrueFalseKey
from assessments.grading.parts import OrderKey, PartsKey
from assessments.grading.questions import Key
from assessments.grading.texts import decimal_text
from assessments.quizzes.bank import fold
from assessments.quizzes.queries import Asked, AskedPart
from assessments.quizzes.words import option_words
from lms.db import LocalText
from lms.i18n import local, number


class Line(NamedTuple):
    """A part: its words, what was said, what is right and whether it was; the last two empty before the release."""

    label: str
    given: str
    right: str = ""
    state: str = ""
    """right | part | wrong | empty, or nothing."""


def lines(question: Asked, key: Key | None) -> list[Line]:
    """The lines of a question with parts or of one to put in order; none for the others."""
    if question.kind == "ordering":
        return _places(question, key if isinstance(key, OrderKey) else None)
    if not question.parts:
        return []
    known = key if isinstance(key, PartsKey) else None
    own = dict(known.parts) if known else {}
    shares = part_shares(known, tuple(question.answer), fold=fold) if known else {}
    return [
        Line(
            _label(question, part, at),
            _said(part),
            _right(own[part.id], part) if known else "",
            _state(shares[part.id], part.given) if known else "",
        )
        for at, part in enumerate(question.parts, 1)
    ]


def resolved(key: Key, values: Mapping[str, Fraction]) -> Key:
    """A formula as the number that it gives for these values."""
    if not isinstance(key, CalculatedKey):
        return key
    try:
        return key.resolved(values)
    except BadFormula:
        return key


def _label(question: Asked, part: AskedPart, at: int) -> str:
    return _("Gap %(number)s", number=number(at)) if question.kind == "cloze" else local(part.text)


def _places(question: Asked, key: OrderKey | None) -> list[Line]:
    words = {id_: local(text) for id_, text in question.options}
    given: dict[int, list[str]] = {}
    for id_, places in question.given.items():
        given.setdefault(int(places[0]), []).append(id_)
    found = []
    for place in range(1, len(words) + 1):
        said = _(", ").join(words[id_] for id_ in given.get(place, []))
        right = key.order[place - 1] if key else ""
        state = _state(Fraction(given.get(place, []) == [right]), given.get(place, [])) if key else ""
        found.append(Line(number(place), said, words.get(right, ""), state))
    return found


def _state(share: Fraction, given: Sequence[str]) -> str:
    if not given:
        return "empty"
    return "right" if share == 1 else "part" if share else "wrong"


def _said(part: AskedPart) -> str:
    if part.options or part.kind == "true_false":
        return _names(part, part.given)
    return " ".join([*part.given, part.unit] if part.unit and part.given else part.given)


def _names(part: AskedPart, ids: Sequence[str]) -> str:
    words: dict[str, LocalText] = dict(part.options)
    return _(", ").join(option_words(part.kind, id_, words.get(id_, {})) for id_ in ids)


def _right(key: SimpleKey, part: AskedPart) -> str:
    if isinstance(key, SingleKey):
        return _names(part, [key.correct])
    if isinstance(key, MultipleKey):
        return _names(part, [id_ for id_, _text in part.options if id_ in key.correct])
    if isinstance(key, TrueFalseKey):
        return _names(part, ["true" if key.correct else "false"])
    if isinstance(key, NumericKey):
        return " ".join(filter(None, [decimal_text(key.value), part.unit]))
    return _(" or ").join([*key.accepted, *key.patterns]) if isinstance(key, TextKey) else ""
