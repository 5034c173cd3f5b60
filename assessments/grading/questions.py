"""Questions: what they ask, which answer is right, and what a taker may see of them. Pure.

A question as JSON, in files and in the bank::

    {"kind": "single", "stem": {"en": "…"}, "options": [{"id": "k3", "text": {"en": "…"}, "feedback": {}}],
     "unit": "", "key": {"correct": "k3"}, "feedback": {"en": "…"}}

Some kinds have a ``body`` as well: ``{"parts": […]}`` (matching, categorisation, cloze, scenario), ``{"variables": […]}``
(calculated), ``{"image": "file:12", "alt": {…}}`` (hotspot), what may be given (file, oral). The keys stand in the modules of their
kinds: ``keys``, ``parts``, ``formula``, ``areas``, ``open_text``; what may be given in ``files``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct, field

from assessments.grading import areas, files, formula, open_text
from assessments.grading.areas import AreaKey
from assessments.grading.files import FILED, FileRule
from assessments.grading.formula import CalculatedKey, Variable
from assessments.grading.keys import (
    CHOICES,
    LONGEST_ACCEPTED,
    MOST_ACCEPTED,
    SIMPLE,
    TRUE_FALSE,
    Credit,
    MultipleKey,
    NumericKey,
    SimpleKey,
    SingleKey,
    TextKey,
    TrueFalseKey,
    parse_simple,
    simple_to_json,
)
from assessments.grading.open_text import BY_HAND, OpenKey
from assessments.grading.parts import (
    PARTED,
    OrderKey,
    Part,
    PartsKey,
    order_share,
    parse_order_key,
    parse_parts_key,
    part_to_json,
    parts_key_to_json,
    parts_of,
)
from assessments.grading.texts import (
    LANGUAGES,
    LONGEST_TEXT,
    MOST_OPTIONS,
    BadQuestion,
    Option,
    Text,
    decimal_text,
    options_of,
    text_of,
    unit_of,
)

__all__ = [
    "CHOICES", "KINDS", "LANGUAGES", "LONGEST_ACCEPTED", "LONGEST_TEXT", "MOST_ACCEPTED", "MOST_OPTIONS", "SIMPLE",
    "TRUE_FALSE", "WITH_OPTIONS", "AreaKey", "BadQuestion", "CalculatedKey", "Credit", "Key", "MultipleKey",
    "NumericKey", "OpenKey", "Option", "OrderKey", "Part", "PartsKey", "Question", "SimpleKey", "SingleKey", "Text",
    "TextKey", "TrueFalseKey", "Variable", "body_to_json", "decimal_text", "gaps_in", "key_to_json", "order_share",
    "parse", "parse_key", "public_view", "text_of", "to_json",
]  # fmt: skip

Key = SimpleKey | PartsKey | OrderKey | CalculatedKey | AreaKey | OpenKey
KINDS = (
    *SIMPLE,
    *("matching", "categorisation", "ordering", "cloze", "scenario", "calculated", "hotspot", *BY_HAND),
)
WITH_OPTIONS = (*CHOICES, "matching", "categorisation", "ordering")
UNITED = ("numeric", "calculated")
GAP = re.compile(r"\[\[([A-Za-z0-9_-]{1,16})\]\]", re.ASCII)
"""Where a gap stands in the text of a cloze: ``[[p1]]``."""
_IMAGE = re.compile(r"file:[A-Za-z0-9_-]{1,40}", re.ASCII)


class Question(Struct, frozen=True):
    """A question of any kind; ``feedback`` is said to everyone afterwards, an option's to those who chose it."""

    kind: str
    stem: Text
    key: Key
    options: tuple[Option, ...] = ()
    unit: str = ""
    feedback: Text = field(default_factory=dict)
    parts: tuple[Part, ...] = ()
    variables: tuple[Variable, ...] = ()
    image: str = ""
    alt: Text = field(default_factory=dict)
    rule: FileRule | None = None


def parse(data: object) -> Question:
    """A question from JSON. :raises BadQuestion: naming what is wrong and where."""
    if not isinstance(data, dict):
        raise BadQuestion("question_unreadable", "question")
    kind = data.get("kind")
    if kind not in KINDS:
        raise BadQuestion("question_kind_unknown", "kind")
    stem = text_of(data.get("stem"), "stem")
    if not any(stem.values()):
        raise BadQuestion("question_stem_missing", "stem")
    options = options_of(data.get("options")) if kind in WITH_OPTIONS else ()
    unit = unit_of(data.get("unit"))
    unit = unit if kind in UNITED else ""
    body = data.get("body") or {}
    key = parse_key(kind, data.get("key"), [option.id for option in options], unit, body)
    question = Question(
        kind, stem, key, options, unit, text_of(data.get("feedback"), "feedback"), **body_of(kind, body)
    )
    if kind == "cloze":
        _check_gaps(question)
    return question


def body_of(kind: str, body: object) -> dict[str, Any]:
    """The fields of a question that stand in its body. :raises BadQuestion:"""
    if not isinstance(body, dict):
        raise BadQuestion("question_unreadable", "body")
    if kind in PARTED:
        return {"parts": parts_of(kind, body.get("parts"))}
    if kind == "calculated":
        return {"variables": formula.variables_of(body.get("variables"))}
    if kind == "hotspot":
        image, alt = body.get("image"), text_of(body.get("alt"), "alt")
        if not isinstance(image, str) or not _IMAGE.fullmatch(image):
            raise BadQuestion("question_image", "image")
        if not alt:
            raise BadQuestion("question_image_words", "alt")
        return {"image": image, "alt": alt}
    return {"rule": files.parse_rule(kind, body)} if kind in FILED else {}


def body_to_json(question: Question) -> dict[str, Any] | None:
    """The body in its canonical form; None for the kinds without."""
    if question.kind in PARTED:
        return {"parts": [part_to_json(question.kind, part) for part in question.parts]}
    if question.kind == "calculated":
        return {"variables": [formula.variable_to_json(each) for each in question.variables]}
    if question.kind == "hotspot":
        return {"image": question.image, "alt": dict(question.alt)}
    return files.rule_to_json(question.rule) if question.rule else None


def parse_key(
    kind: str,
    data: object,
    option_ids: list[str],
    unit: str = "",
    body: Mapping[str, Any] | None = None,
) -> Key:
    """The key of a question of ``kind`` with these options and this body. :raises BadQuestion:"""
    if kind in SIMPLE or kind not in KINDS:
        return parse_simple(kind, data, option_ids, unit)
    if kind == "ordering":
        return parse_order_key(data, option_ids)
    if kind == "hotspot":
        return areas.parse_key(data)
    if kind in BY_HAND:
        return open_text.parse_key(data)
    found = body_of(kind, body or {})
    if kind == "calculated":
        return formula.parse_key(data, found["variables"], unit)
    return parse_parts_key(kind, data, found["parts"], option_ids)


def to_json(question: Question) -> dict[str, Any]:
    """The whole question, key included; :func:`parse` gives it back."""
    body = body_to_json(question)
    return {
        "kind": question.kind,
        "stem": dict(question.stem),
        "options": [
            {"id": option.id, "text": dict(option.text), "feedback": dict(option.feedback)}
            for option in question.options
        ],
        "unit": question.unit,
        "key": key_to_json(question.key, question.kind),
        "feedback": dict(question.feedback),
        **({"body": body} if body is not None else {}),
    }


def key_to_json(key: Key, kind: str = "") -> dict[str, Any]:
    """The canonical form of a key: the same key is always the same JSON."""
    if isinstance(key, PartsKey):
        return parts_key_to_json(kind, key)
    if isinstance(key, OrderKey):
        return {"order": list(key.order), "credit": key.credit.value}
    if isinstance(key, CalculatedKey):
        return formula.key_to_json(key)
    if isinstance(key, AreaKey):
        return areas.key_to_json(key)
    if isinstance(key, OpenKey):
        return open_text.key_to_json(key)
    return simple_to_json(key)


def public_view(question: Question) -> dict[str, Any]:
    """What a taker may see before the key is released: no key, no feedback."""
    body = body_to_json(question)
    return {
        "kind": question.kind,
        "stem": dict(question.stem),
        "options": [{"id": option.id, "text": dict(option.text)} for option in question.options],
        "unit": question.unit,
        **({"body": body} if body is not None else {}),
    }


def gaps_in(text: str) -> list[str]:
    """The gaps of a text in their order."""
    return GAP.findall(text)


def _check_gaps(question: Question) -> None:
    """Every gap stands once in the text of every language. :raises BadQuestion: ``question_gaps``."""
    wanted = sorted(part.id for part in question.parts)
    texts: Sequence[str] = list(question.stem.values())
    if any(sorted(gaps_in(text)) != wanted for text in texts):
        raise BadQuestion("question_gaps", "stem")
