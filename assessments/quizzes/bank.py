"""Between the question bank and the grader: rows to questions and back, the key that is in force."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

import opencc
from sqlalchemy import or_, select
from sqlalchemy.orm import undefer

from assessments.grading.questions import TRUE_FALSE, Key, Option, Question, key_to_json, parse_key
from assessments.quizzes.models import Question as QuestionRow
from assessments.quizzes.models import QuestionVersion
from lms.db import db


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
        "key": key_to_json(question.key),
        "feedback": {
            "all": dict(question.feedback),
            "options": {option.id: dict(option.feedback) for option in question.options if option.feedback},
        },
    }


def question_of(kind: str, version: QuestionVersion, key: Key | None = None) -> Question:
    """The question of a version whose key and feedback are loaded; ``key`` instead of its own if given."""
    said = version.feedback.get("options", {})
    options = tuple(Option(each["id"], each["text"], said.get(each["id"], {})) for each in version.options)
    own = key or parse_key(kind, version.key, [option.id for option in options], version.unit)
    return Question(kind, version.stem, own, options, version.unit, version.feedback.get("all", {}))


def option_ids(kind: str, options: Iterable[Mapping[str, Any]]) -> list[str]:
    """The ids that an answer may name."""
    return list(TRUE_FALSE) if kind == "true_false" else [each["id"] for each in options]


def keys_in_force(version_ids: Iterable[int]) -> dict[int, KeyInForce]:
    """Version → its key as last mended, in one statement."""
    wanted = set(version_ids)
    rows = db.session.execute(
        select(
            QuestionVersion.id,
            QuestionVersion.mends_id,
            QuestionRow.kind,
            QuestionVersion.options,
            QuestionVersion.unit,
            QuestionVersion.key,
        )
        .join(QuestionRow, QuestionRow.id == QuestionVersion.question_id)
        .where(or_(QuestionVersion.id.in_(wanted), QuestionVersion.mends_id.in_(wanted)))
        .order_by(QuestionVersion.id)
    )
    found: dict[int, KeyInForce] = {}
    for id_, mends, kind, options, unit, key in rows:
        parsed = parse_key(kind, key, [each["id"] for each in options], unit)
        found[mends or id_] = KeyInForce(id_, parsed)
    return found


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
    canonical = {str(version): key_to_json(key) for version, key in sorted(keys.items())}
    text = json.dumps(canonical, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
