"""Rubrics: written by trainers in several languages, frozen when a scenario with them is published, read as exact scales.

A rubric's content is ``{"pass_mark": "7/10", "criteria": [{"key", "title": LocalText, "kind": "levels"|"yes_no",
"weight": "2", "blocks_below": "1"|None, "competency": "", "levels": [{"points": "0", "anchor": LocalText}]}]}``.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime
from fractions import Fraction
from typing import Any

from msgspec import Struct
from sqlalchemy import select

from assessments.grading import rubric as scale
from assessments.grading.rubric import RubricInvalid
from assessments.roleplays.models import Rubric, RubricVersion
from lms import audit
from lms.authz import Actor, Permission, require
from lms.db import LocalText, db
from lms.errors import Refused, Unknown
from lms.i18n import with_language

MOST_CRITERIA = 12
MOST_LEVELS = 5


class CriterionDraft(Struct, frozen=True):
    """One criterion in one language: ``anchors`` lowest level first, empty ones at the end left out; ``blocker`` fails
    the whole when the level is below ``blocks_below`` (a level's place from 1; yes/no: always the first)."""

    title: str
    kind: str
    weight: int
    anchors: Sequence[str]
    blocks_below: int | None
    competency: str


def create(actor: Actor, title: LocalText, *, now: datetime) -> Rubric:
    """An empty rubric with a pass mark of 70 %."""
    require(actor, Permission.ROLEPLAY_AUTHOR)
    if not any(title.values()):
        raise Refused("criterion_title_missing", field="title")
    rubric = Rubric(
        title=title,
        content={"pass_mark": "7/10", "criteria": []},
        created_at=now,
        edited_at=now,
        created_by_id=actor.person_id,
    )
    db.session.add(rubric)
    db.session.flush()
    audit.record(actor, "rubric.create", "rubric", rubric.id)
    return rubric


def authored(actor: Actor, rubric_id: int) -> Rubric:
    """A rubric for its trainers: they share the library. :raises Unknown: otherwise."""
    require(actor, Permission.ROLEPLAY_AUTHOR)
    rubric = db.session.get(Rubric, rubric_id)
    if rubric is None:
        raise Unknown()
    return rubric


def edit(actor: Actor, rubric_id: int, language: str, title: str, pass_mark: int, *, now: datetime) -> Rubric:
    """Title in one language, and the pass mark in percent."""
    rubric = authored(actor, rubric_id)
    rubric.title = with_language(rubric.title, language, title)
    _write(actor, rubric, rubric.content | {"pass_mark": str(Fraction(pass_mark, 100))}, now)
    return rubric


def put_criterion(
    actor: Actor, rubric_id: int, key: str | None, language: str, draft: CriterionDraft, *, now: datetime
) -> str:
    """Add a criterion (``key`` None) or say it anew in one language; its key.

    :raises Refused: ``rubric_full``, ``criterion_title_missing``, ``criterion_levels_few``, ``criterion_blocker``.
    """
    rubric = authored(actor, rubric_id)
    criteria = [dict(each) for each in rubric.content["criteria"]]
    at = next((i for i, each in enumerate(criteria) if each["key"] == key), None)
    if key is not None and at is None:
        raise Unknown()
    if at is None and len(criteria) >= MOST_CRITERIA:
        raise Refused("rubric_full", most=MOST_CRITERIA)
    before = criteria[at] if at is not None else {"key": secrets.token_hex(4), "title": {}, "levels": []}
    after = _said(before, language, draft)
    if at is None:
        criteria.append(after)
    else:
        criteria[at] = after
    _write(actor, rubric, rubric.content | {"criteria": criteria}, now)
    return str(after["key"])


def _said(before: Mapping[str, Any], language: str, draft: CriterionDraft) -> dict[str, Any]:
    if not draft.title.strip():
        raise Refused("criterion_title_missing", field="title")
    if not 0 <= draft.weight <= 100:
        raise Refused("criterion_weight", field="weight")
    count = 2 if draft.kind == "yes_no" else max((i for i, text in enumerate(draft.anchors, 1) if text.strip()), default=0)
    if count < 2:
        raise Refused("criterion_levels_few", field="level_1")
    old = [level["anchor"] for level in before["levels"]]
    anchors = [*draft.anchors, "", ""][:count]
    levels = [
        {"points": str(i), "anchor": with_language(old[i] if i < len(old) else {}, language, anchors[i])}
        for i in range(count)
    ]
    if draft.blocks_below is not None and not 2 <= draft.blocks_below <= count:
        raise Refused("criterion_blocker", field="blocks_below")
    return {
        "key": before["key"],
        "title": with_language(before["title"], language, draft.title),
        "kind": draft.kind,
        "weight": str(draft.weight),
        "blocks_below": None if draft.blocks_below is None else str(draft.blocks_below - 1),
        "competency": draft.competency.strip()[:200],
        "levels": levels,
    }


def remove_criterion(actor: Actor, rubric_id: int, key: str, *, now: datetime) -> None:
    """Take a criterion out of the draft; frozen versions keep it."""
    rubric = authored(actor, rubric_id)
    criteria = [each for each in rubric.content["criteria"] if each["key"] != key]
    _write(actor, rubric, rubric.content | {"criteria": criteria}, now)


def move_criterion(actor: Actor, rubric_id: int, key: str, step: int, *, now: datetime) -> None:
    """One place up (-1) or down (+1); at the end it stays where it is."""
    rubric = authored(actor, rubric_id)
    criteria = list(rubric.content["criteria"])
    at = next((i for i, each in enumerate(criteria) if each["key"] == key), None)
    if at is None:
        raise Unknown()
    criteria.insert(min(max(at + step, 0), len(criteria) - 1), criteria.pop(at))
    _write(actor, rubric, rubric.content | {"criteria": criteria}, now)


def _write(actor: Actor, rubric: Rubric, content: dict[str, Any], now: datetime) -> None:
    rubric.content = content
    rubric.edited_at = now
    db.session.flush()
    audit.record(actor, "rubric.edit", "rubric", rubric.id)


def load(actor: Actor, title: LocalText, content: Mapping[str, Any], *, now: datetime) -> Rubric:
    """A rubric from its content as a whole. :raises Refused: ``rubric_incomplete``."""
    rubric = create(actor, title, now=now)
    _write(actor, rubric, dict(content), now)
    exact(rubric.title, rubric.content)
    return rubric


def exact(title: LocalText, content: Mapping[str, Any]) -> scale.Rubric:
    """The scale that raters' points are judged by. Its texts are all languages together, so that the hash covers them.

    :raises Refused: ``rubric_incomplete`` with the word for what is wrong.
    """
    try:
        return scale.from_dict(
            {
                "title": _all_languages(title),
                "pass_mark": content["pass_mark"],
                "criteria": [
                    {
                        **each,
                        "title": _all_languages(each["title"]),
                        "levels": [
                            {"points": level["points"], "anchor": _all_languages(level["anchor"])}
                            for level in each["levels"]
                        ],
                    }
                    for each in content["criteria"]
                ],
            }
        )
    except RubricInvalid as wrong:
        raise Refused("rubric_incomplete", problem=wrong.code) from wrong


def as_written(content: Mapping[str, Any], points: Mapping[str, Any]) -> dict[str, str]:
    """Points that were judged by the frozen rubric, each as its level writes it: ``-0`` and ``0.0`` are kept as ``0``."""
    levels = {each["key"]: {Fraction(level["points"]): str(level["points"]) for level in each["levels"]} for each in content["criteria"]}
    return {key: levels[key][scale.exact(value)] for key, value in points.items()}


def _all_languages(text: LocalText) -> str:
    return json.dumps({key: text[key] for key in sorted(text) if text[key]}, ensure_ascii=False)


def problem_of(rubric: Rubric | None) -> str | None:
    """Why it cannot be used yet (``no_rubric``, ``no_criteria``, ``no_weight`` …), or None."""
    if rubric is None:
        return "no_rubric"
    try:
        exact(rubric.title, rubric.content)
    except Refused as refusal:
        return str(refusal.params["problem"])
    return None


def freeze(actor: Actor, rubric: Rubric, *, now: datetime) -> RubricVersion:
    """The frozen version of this content: the one there is, or a new one."""
    require(actor, Permission.ROLEPLAY_AUTHOR)
    content_hash = exact(rubric.title, rubric.content).content_hash
    there = db.session.scalar(select(RubricVersion).where(RubricVersion.content_hash == content_hash))
    if there is not None:
        return there
    version = RubricVersion(
        rubric_id=rubric.id,
        content_hash=content_hash,
        title=rubric.title,
        content=rubric.content,
        frozen_at=now,
        frozen_by_id=actor.person_id,
    )
    db.session.add(version)
    db.session.flush()
    audit.record(actor, "rubric.freeze", "rubric", rubric.id, version=version.id)
    return version
