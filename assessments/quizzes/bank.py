"""Between the question bank and the grader: rows to questions and back, the key that is in force."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

import opencc
from msgspec.structs import replace
from sqlalchemy import bindparam, or_, select
from sqlalchemy.orm import undefer

from assessments.grading.parts import PAIRED, OrderKey, Part, PartsKey, shape_of
from assessments.grading.questions import (
    TRUE_FALSE,
    Key,
    Option,
    Question,
    SingleKey,
    body_of,
    body_to_json,
    key_to_json,
    parse_key,
)
from assessments.quizzes.models import Question as QuestionRow
from assessments.quizzes.models import QuestionVersion
from lms import canonical, kept
from lms.db import db, fetch


class KeyInForce(NamedTuple):
    """The key of a version as last mended, and the version that holds it."""

    version_id: int
    key: Key


@lru_cache
def _simplifier() -> opencc.OpenCC:
    return opencc.OpenCC("t2s")


def fold(text: str) -> str:
    """Traditional characters as simplified ones, so that 客戶 is 客户."""
    return text if text.isascii() else str(_simplifier().convert(text))


def columns_of(question: Question) -> dict[str, Any]:
    """A question as the columns of a ``QuestionVersion``."""
    return {
        "stem": dict(question.stem),
        "options": [{"id": option.id, "text": dict(option.text)} for option in question.options],
        "unit": question.unit,
        "body": body_to_json(question),
        "key": key_to_json(question.key, question.kind),
        "feedback": {
            "all": dict(question.feedback),
            "options": {option.id: dict(option.feedback) for option in question.options if option.feedback},
        },
    }


def question_of(kind: str, version: QuestionVersion, key: Key | None = None) -> Question:
    """The question of a version whose key and feedback are loaded; ``key`` instead of its own if given."""
    said = version.feedback.get("options", {})
    options = tuple(Option(each["id"], each["text"], said.get(each["id"], {})) for each in version.options)
    body = version.body or {}
    own = key or parse_key(kind, version.key, [option.id for option in options], version.unit, body)
    said_to_all = version.feedback.get("all", {})
    return Question(kind, version.stem, own, options, version.unit, said_to_all, **body_of(kind, body))


def renamed(question: Question) -> Question:
    """The same question with names made from the words, where counted ones would tell which thing belongs where."""
    if question.kind not in (*PAIRED, "ordering"):
        return question
    options, parts = _from_words("option", question.options), _from_words("part", question.parts)
    key = question.key
    if isinstance(key, OrderKey):
        key = replace(key, order=tuple(options[each] for each in key.order))
    if isinstance(key, PartsKey):
        pairs = [(parts[id_], SingleKey(options[own.correct])) for id_, own in key.parts if isinstance(own, SingleKey)]
        key = replace(key, parts=tuple(pairs))
    return replace(
        question,
        key=key,
        options=tuple(replace(each, id=options[each.id]) for each in question.options),
        parts=tuple(replace(each, id=parts[each.id]) for each in question.parts),
    )


def _from_words(what: str, things: Iterable[Option | Part]) -> dict[str, str]:
    """Name → the name made from its words; the same words again get the next one."""
    found: dict[str, str] = {}
    for each in things:
        again = 0
        while (name := _hashed(what, each.text, again)) in found.values():
            again += 1
        found[each.id] = name
    return found


def _hashed(what: str, text: Mapping[str, str], again: int) -> str:
    words = json.dumps([what, dict(text), again], ensure_ascii=False, sort_keys=True)
    return f"o{hashlib.sha256(words.encode()).hexdigest()[:10]}"


def skeleton(kind: str, version: QuestionVersion) -> dict[str, Any]:
    """What an attempt needs to know of a version to lay it out: options, parts or variables; no key."""
    ids = option_ids(kind, version.options)
    body = body_of(kind, version.body or {})
    found: dict[str, Any] = {"options": ids}
    if "parts" in body:
        found["shape"] = shape_of(kind, body["parts"], ids)
    if "variables" in body and version.body:
        found["variables"] = version.body["variables"]
    return found


def option_ids(kind: str, options: Iterable[Mapping[str, Any]]) -> list[str]:
    """The ids that an answer may name."""
    return list(TRUE_FALSE) if kind == "true_false" else [each["id"] for each in options]


_VERSIONS: Any = bindparam("versions", expanding=True)
_IN_FORCE = (
    select(QuestionVersion.id, QuestionVersion.mends_id)
    .where(or_(QuestionVersion.id.in_(_VERSIONS), QuestionVersion.mends_id.in_(_VERSIONS)))
    .order_by(QuestionVersion.id)
)
_KEYS = (
    select(
        QuestionVersion.id,
        QuestionRow.kind,
        QuestionVersion.options,
        QuestionVersion.unit,
        QuestionVersion.body,
        QuestionVersion.key,
    )
    .join(QuestionRow, QuestionRow.id == QuestionVersion.question_id)
    .where(QuestionVersion.id.in_(_VERSIONS))
)
"""Both built once: every attempt that is handed in asks them."""


def keys_in_force(version_ids: Iterable[int]) -> dict[int, KeyInForce]:
    """Version → its key as last mended. Which one that is, is asked anew; a key itself never changes and is read once."""
    rows = fetch(_IN_FORCE, {"versions": list(set(version_ids))}).all()
    newest = {mends or id_: id_ for id_, mends in rows}
    keys = kept.each("key", newest.values(), _read_keys)
    return {version: KeyInForce(id_, keys[id_]) for version, id_ in newest.items()}


def _read_keys(ids: list[int]) -> dict[int, Key]:
    rows = fetch(_KEYS, {"versions": ids}).all()
    return {id_: parse_key(kind, key, [each["id"] for each in options], unit, body) for id_, kind, options, unit, body, key in rows}


def latest_versions(question_ids: Iterable[int]) -> dict[int, QuestionVersion]:
    """Question → the newest version of its text (its key may have been mended since), all columns loaded."""
    rows = db.session.scalars(
        select(QuestionVersion)
        .options(undefer(QuestionVersion.key), undefer(QuestionVersion.feedback))
        .where(QuestionVersion.question_id.in_(set(question_ids)), QuestionVersion.mends_id.is_(None))
        .order_by(QuestionVersion.number)
    )
    return {version.question_id: version for version in rows}


def fingerprint(keys: Mapping[int, Key]) -> str:
    """SHA-256 over the keys by version, in canonical form: the same keys are the same fingerprint."""
    return canonical.sha256({str(version): key_to_json(key) for version, key in keys.items()})
