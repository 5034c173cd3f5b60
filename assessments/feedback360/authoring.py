"""Verbs of those who write questionnaires: make one, write its parts, retire it; and freeze a version when it is used."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select

from assessments.feedback360 import builtin, questionnaire
from assessments.feedback360.models import FeedbackQuestionnaire, FeedbackVersion
from assessments.feedback360.questionnaire import LEVELS, Questionnaire, Unreadable
from courses.words import in_three_languages
from lms import audit, codes
from lms.authz import Actor, Permission, require
from lms.db import LocalText, db
from lms.errors import Refused, Unknown


def create(actor: Actor, code: str, template: str, title: LocalText, *, now: datetime) -> FeedbackQuestionnaire:
    """A questionnaire from a template, ``key_accounts`` or ``blank``.

    :raises Refused: ``feedback_code``, ``feedback_code_taken``, ``feedback_title_missing``.
    """
    require(actor, Permission.FEEDBACK_AUTHOR)
    if not codes.is_code(code):
        raise Refused("feedback_code", field="code")
    codes.check_free(FeedbackQuestionnaire.code, code, "feedback_code_taken")
    words = in_three_languages(title) or (in_three_languages(builtin.TITLE) if template == "key_accounts" else {})
    if not words:
        raise Refused("feedback_title_missing", field="title_en")
    made = FeedbackQuestionnaire(
        code=code, title=words, content=_complete(builtin.TEMPLATES[template]), status="active",
        created_by_id=actor.person_id, created_at=now, edited_at=now)  # fmt: skip
    db.session.add(made)
    db.session.flush()
    audit.record(actor, "feedback.questionnaire", "feedback_questionnaire", made.id, code=code)
    return made


def write_competency(actor: Actor, id_: int, part: str | None, name: LocalText, word: str, *, now: datetime) -> None:
    """Name a competency; a new one without ``part``. :raises Refused: ``feedback_text``, ``feedback_competencies``."""
    found, content = _draft(actor, id_)
    if part is None:
        content["competencies"].append({"id": questionnaire.next_id(content, "c"), "items": []})
    target = content["competencies"][-1] if part is None else _part(content["competencies"], part)
    target |= {"name": _words(name, "name_en"), "word": word.strip()[:200]}
    if len(content["competencies"]) > questionnaire.MOST_COMPETENCIES:
        raise Refused("feedback_competencies")
    _keep(found, content, now)


def write_item(actor: Actor, id_: int, competency: str, part: str | None, text: LocalText, anchors: Sequence[LocalText], *,
               now: datetime) -> None:  # fmt: skip
    """Write an item with the anchors of its five levels; a new one without ``part``.

    :raises Refused: ``feedback_text``, ``feedback_anchors``, ``feedback_items``.
    """
    found, content = _draft(actor, id_)
    items = _part(content["competencies"], competency)["items"]
    if len(anchors) != len(LEVELS) or not all(any(each.values()) for each in anchors):
        raise Refused("feedback_anchors")
    written = {"text": _words(text, "text_en"), "anchors": [in_three_languages(each) for each in anchors]}
    if part is None:
        items.append({"id": questionnaire.next_id(content, "i")} | written)
    else:
        _part(items, part).update(written)
    if sum(len(each["items"]) for each in content["competencies"]) > questionnaire.MOST_ITEMS:
        raise Refused("feedback_items")
    _keep(found, content, now)


def write_comment(actor: Actor, id_: int, part: str | None, text: LocalText, *, now: datetime) -> None:
    """Write a question for comments; a new one without ``part``. :raises Refused: ``feedback_text``, ``feedback_comments``."""
    found, content = _draft(actor, id_)
    if part is None:
        content["comments"].append({"id": questionnaire.next_id(content, "t"), "text": _words(text, "text_en")})
    else:
        _part(content["comments"], part)["text"] = _words(text, "text_en")
    if len(content["comments"]) > questionnaire.MOST_COMMENTS:
        raise Refused("feedback_comments")
    _keep(found, content, now)


def remove(actor: Actor, id_: int, part: str, *, now: datetime) -> None:
    """Take out a competency with its items, an item or a question for comments. Frozen versions keep it."""
    found, content = _draft(actor, id_)
    content["competencies"] = [each for each in content["competencies"] if each["id"] != part]
    for each in content["competencies"]:
        each["items"] = [item for item in each["items"] if item["id"] != part]
    content["comments"] = [each for each in content["comments"] if each["id"] != part]
    _keep(found, content, now)


def retire(actor: Actor, id_: int, *, retired: bool, now: datetime) -> FeedbackQuestionnaire:
    """No new cycle asks it, or again it may be asked."""
    found, _content = _draft(actor, id_)
    found.status, found.edited_at = "retired" if retired else "active", now
    db.session.flush()
    return found


def freeze(found: FeedbackQuestionnaire, now: datetime) -> FeedbackVersion:
    """The version that says what the draft says now: the one frozen before, if nothing has changed since.

    :raises Refused: where it cannot be asked yet, with the code of :func:`questionnaire.parse`.
    """
    try:
        questionnaire.parse(found.content)
    except Unreadable as trouble:
        raise Refused(str(trouble), field="questionnaire") from None
    mark = questionnaire.fingerprint({"title": found.title, "content": found.content})
    version: FeedbackVersion | None = db.session.scalar(
        select(FeedbackVersion).where(FeedbackVersion.questionnaire_id == found.id, FeedbackVersion.fingerprint == mark)
    )
    if version is None:
        version = FeedbackVersion(questionnaire_id=found.id, fingerprint=mark, title=found.title, content=found.content, frozen_at=now)
        db.session.add(version)
        db.session.flush()
    return version


def asked(version: FeedbackVersion) -> Questionnaire:
    """What raters of a version meet."""
    return questionnaire.parse(version.content)


def _draft(actor: Actor, id_: int) -> tuple[FeedbackQuestionnaire, dict[str, Any]]:
    require(actor, Permission.FEEDBACK_AUTHOR)
    found = db.session.get(FeedbackQuestionnaire, id_, with_for_update=True)
    if found is None:
        raise Unknown()
    return found, copy.deepcopy(found.content)


def _keep(found: FeedbackQuestionnaire, content: dict[str, Any], now: datetime) -> None:
    found.content, found.edited_at = content, now
    db.session.flush()


def _part(parts: Sequence[dict[str, Any]], id_: str) -> dict[str, Any]:
    part = next((each for each in parts if each["id"] == id_), None)
    if part is None:
        raise Unknown()
    return part


def _words(text: LocalText, field: str) -> LocalText:
    words = in_three_languages({key: value.strip() for key, value in text.items() if value and value.strip()})
    if not words:
        raise Refused("feedback_text", field=field)
    return words


def _complete(content: Mapping[str, Any]) -> dict[str, Any]:
    """A copy with 繁體 beside 简体 everywhere."""
    spread = in_three_languages
    return {
        "competencies": [
            {**each, "name": spread(each["name"]),
             "items": [{"id": item["id"], "text": spread(item["text"]), "anchors": [spread(anchor) for anchor in item["anchors"]]}
                       for item in each["items"]]}
            for each in content["competencies"]
        ],
        "comments": [{"id": each["id"], "text": spread(each["text"])} for each in content["comments"]],
    }  # fmt: skip
