"""Answers: what a browser sent, as a value that can be graded, or a word for what is wrong with it. Pure.

An answer is a tuple: ``()`` was left empty, ``("k3",)`` names an option, several names are several options, and
``("12.5",)`` is what was typed; ``("p1=k3", "p2=7")`` says something to each part. That is also how it is stored (as a JSON list).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Collection, Mapping, Sequence
from fractions import Fraction
from typing import Any

from assessments.grading.areas import point_of
from assessments.grading.files import FILED

LONGEST_TYPED = 1_000
"""Characters of a typed answer. A longer one is refused when it is saved, not cut."""
LONGEST_OPEN = 20_000
"""The same for an open answer."""

Answer = tuple[str, ...]
Fold = Callable[[str], str]
"""Makes spellings equal that count as the same, e.g. traditional characters → simplified ones."""

_NUMBER = re.compile(r"[+-]?\d{0,18}(?:\.\d{0,18})?")
_GROUPED = re.compile(r"[+-]?\d{1,3}(?:,\d{3})+(?:\.\d*)?", re.ASCII)
_ROW = re.compile(r"[1-9]\d{0,17}", re.ASCII)
_SPACE = re.compile(r"\s+")


class BadAnswer(ValueError):
    """The answer cannot be one to this question: a stable ``code``."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def parse(
    kind: str, option_ids: Collection[str], data: object, shape: Sequence[Mapping[str, Any]] | None = None
) -> Answer:
    """An answer from untrusted JSON. Anything else sent beside it (a score, a verdict) is not looked at.

    ``shape`` is that of :func:`assessments.grading.parts.shape_of`, for the kinds with parts.

    :raises BadAnswer: ``answer_unreadable``, ``answer_no_such_option``, ``answer_too_long``.
    """
    if data is None or data == "" or data == []:
        return ()
    if shape is not None:
        return _parted(shape, _named(data))
    if kind == "ordering":
        return _ordered(option_ids, _named(data))
    if kind == "multiple":
        return _several(option_ids, data if isinstance(data, list) else [data])
    return _one(kind, option_ids, data)


def _one(kind: str, option_ids: Collection[str], data: object) -> Answer:
    if kind == "true_false" and isinstance(data, bool):
        data = "true" if data else "false"
    if isinstance(data, list) and len(data) == 1:
        data = data[0]
    if isinstance(data, int | float) and not isinstance(data, bool) and kind in ("numeric", "calculated"):
        data = repr(data)
    if kind == "hotspot":
        return _point(data)
    if not isinstance(data, str):
        raise BadAnswer("answer_unreadable")
    if kind in FILED:
        return _received(data)
    if kind in ("single", "true_false"):
        return _several(option_ids, [data])
    return _typed(data, LONGEST_OPEN if kind == "open_text" else LONGEST_TYPED)


def _received(data: str) -> Answer:
    """The number under which a file was received."""
    if not _ROW.fullmatch(data):
        raise BadAnswer("answer_unreadable")
    return (data,)


def _named(data: object) -> dict[str, object]:
    """What was said by part, from ``{"p1": "k3"}`` or ``["p1=k3"]``."""
    if isinstance(data, dict):
        return data
    found: dict[str, object] = {}
    for each in data if isinstance(data, list) else [data]:
        name, equals, value = each.partition("=") if isinstance(each, str) else ("", "", "")
        if not equals:
            raise BadAnswer("answer_unreadable")
        before = found.get(name)
        found[name] = value if before is None else [*(before if isinstance(before, list) else [before]), value]
    return found


def _parted(shape: Sequence[Mapping[str, Any]], data: Mapping[str, object]) -> Answer:
    """Every part in its order, so that the same answer is always the same."""
    if not set(data) <= {part["id"] for part in shape}:
        raise BadAnswer("answer_no_such_option")
    found: list[str] = []
    for part in shape:
        given = data.get(part["id"])
        if isinstance(given, list):
            given = [each for each in given if each != ""]
        found += [f"{part['id']}={value}" for value in parse(part["kind"], part["options"], given)]
    return tuple(found)


def _ordered(option_ids: Collection[str], data: Mapping[str, object]) -> Answer:
    """Thing → place, 1 to the number of things; a thing without a place is left out."""
    known = sorted(option_ids)
    if not set(data) <= set(known):
        raise BadAnswer("answer_no_such_option")
    found = []
    for id_ in known:
        given = data.get(id_)
        place = given[0] if isinstance(given, list) and len(given) == 1 else given
        if place in (None, "", []):
            continue
        if not isinstance(place, str | int) or isinstance(place, bool) or str(place) not in _PLACES[: len(known)]:
            raise BadAnswer("answer_unreadable")
        found.append(f"{id_}={place}")
    return tuple(found)


_PLACES = tuple(str(place) for place in range(1, 101))


def _point(data: object) -> Answer:
    """A point as ``"412,87"``, or as ``{"x": "41.2", "y": "8.7"}`` in per cent of the image's sides."""
    if isinstance(data, dict):
        sides = [data.get("x"), data.get("y")]
        if all(side in ("", None, [], [""]) for side in sides):
            return ()
        shares = [number(_only(side), "%") for side in sides]
        if any(share is None or not 0 <= share <= 100 for share in shares):
            raise BadAnswer("answer_no_point")
        return (",".join(str(round(share * 10)) for share in shares if share is not None),)
    if not isinstance(data, str) or point_of(data) is None:
        raise BadAnswer("answer_no_point")
    return (data,)


def _only(data: object) -> str:
    each = data[0] if isinstance(data, list) and len(data) == 1 else data
    return each if isinstance(each, str) else repr(each) if isinstance(each, int | float) else ""


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
    text = ungrouped(text)
    if not text.isascii() or not _NUMBER.fullmatch(text) or not any(letter.isdigit() for letter in text):
        return None
    return Fraction(text.rstrip("."))


def ungrouped(text: str) -> str:
    """A number without the commas between its thousands. Any other comma stays: ``1,5`` is no fifteen."""
    return text.replace(",", "") if _GROUPED.fullmatch(text) else text


def _several(option_ids: Collection[str], data: list[object]) -> Answer:
    if not all(isinstance(each, str) for each in data):
        raise BadAnswer("answer_unreadable")
    chosen = {str(each) for each in data}
    if not chosen <= set(option_ids):
        raise BadAnswer("answer_no_such_option")
    return tuple(sorted(chosen))


def _typed(text: str, longest: int) -> Answer:
    if len(text) > longest:
        raise BadAnswer("answer_too_long")
    text = text.replace("\x00", "").strip()
    return (text,) if text else ()
