"""Answers: what a browser sent, as a value that can be graded, or a word for what is wrong with it. Pure.

An answer is a tuple: ``()`` was left empty, ``("k3",)`` names an option, several names are several options, and
``("12.5",)`` is what was typed. That is also how it is stored (as a JSON list).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Collection
from fractions import Fraction

LONGEST_TYPED = 1_000
"""Characters of a typed answer. A longer one is refused when it is saved, not cut."""

Answer = tuple[str, ...]
Fold = Callable[[str], str]
"""Makes spellings equal that count as the same, e.g. traditional characters → simplified ones."""

_NUMBER = re.compile(r"[+-]?(?:\d{1,3}(?:,\d{3})+|\d{1,18})?(?:\.\d{0,18})?")
_SPACE = re.compile(r"\s+")


class BadAnswer(ValueError):
    """The answer cannot be one to this question: a stable ``code``."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def parse(kind: str, option_ids: Collection[str], data: object) -> Answer:
    """An answer from untrusted JSON. Anything else sent beside it (a score, a verdict) is not looked at.

    :raises BadAnswer: ``answer_unreadable``, ``answer_no_such_option``, ``answer_too_long``.
    """
    if data is None or data == "" or data == []:
        return ()
    if kind == "multiple":
        return _several(option_ids, data if isinstance(data, list) else [data])
    if kind == "true_false" and isinstance(data, bool):
        data = "true" if data else "false"
    if isinstance(data, list) and len(data) == 1:
        data = data[0]
    if isinstance(data, int | float) and not isinstance(data, bool) and kind == "numeric":
        data = repr(data)
    if not isinstance(data, str):
        raise BadAnswer("answer_unreadable")
    if kind in ("single", "true_false"):
        return _several(option_ids, [data])
    return _typed(data)


def normal(text: str, *, match_case: bool = False, fold: Fold | None = None) -> str:
    """A text as it is compared: NFKC (full width → half width), white space, case, and what ``fold`` makes equal.

    White space at the ends and between Chinese characters does not count; elsewhere a run of it is one blank.
    """
    text = _SPACE.sub(" ", unicodedata.normalize("NFKC", text)).strip()
    text = re.sub(r"(?<=[\u3400-\u9fff]) | (?=[\u3400-\u9fff])", "", text)
    if not match_case:
        text = text.casefold()
    return fold(text) if fold else text


def number(text: str, unit: str = "") -> Fraction | None:
    """The number somebody typed, exact: full-width digits, ``1,234.5``, a unit behind it; None if it is none."""
    text = unicodedata.normalize("NFKC", text).replace("\u2212", "-").strip()
    unit = unicodedata.normalize("NFKC", unit).strip()
    if unit and text.casefold().endswith(unit.casefold()):
        text = text[: len(text) - len(unit)].strip()
    if not text.isascii() or not _NUMBER.fullmatch(text) or not any(letter.isdigit() for letter in text):
        return None
    return Fraction(text.replace(",", "").rstrip("."))


def _several(option_ids: Collection[str], data: list[object]) -> Answer:
    if not all(isinstance(each, str) for each in data):
        raise BadAnswer("answer_unreadable")
    chosen = {str(each) for each in data}
    if not chosen <= set(option_ids):
        raise BadAnswer("answer_no_such_option")
    return tuple(sorted(chosen))


def _typed(text: str) -> Answer:
    if len(text) > LONGEST_TYPED:
        raise BadAnswer("answer_too_long")
    text = text.replace("\x00", "").strip()
    return (text,) if text else ()
