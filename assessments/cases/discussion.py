"""The talk within a group about one question, moderated by trainers, and the lessons that are drawn from it."""

from __future__ import annotations

from datetime import datetime

from assessments.cases import policies, services
from assessments.cases.models import CaseComment, CaseLesson
from lms import audit
from lms.authz import Actor, Permission, require
from lms.db import db
from lms.errors import Refused, Unknown
from lms.i18n import with_language

LONGEST = 4000


def comment(actor: Actor, work_id: int, question: str, text: str, *, now: datetime) -> CaseComment:
    """Say something to the group about a question that one has answered oneself.

    :raises Refused: ``case_answer_first``, ``case_no_group``, ``case_text_missing``, ``case_text_long``.
    """
    require(actor, Permission.CASE_READ)
    work = policies.own_work(actor, work_id)
    services.answered(work, question)
    if work.course_id is None and work.team_id is None:
        raise Refused("case_no_group")
    _check(text)
    row = CaseComment(
        version_id=work.version_id,
        question=question,
        course_id=work.course_id,
        team_id=work.team_id,
        person_id=work.person_id,
        text=text.strip(),
        at=now,
    )
    db.session.add(row)
    db.session.flush()
    return row


def _check(text: str) -> None:
    if not text.strip():
        raise Refused("case_text_missing", field="text")
    if len(text) > LONGEST:
        raise Refused("case_text_long", field="text", most=LONGEST)


def hide(actor: Actor, comment_id: int, why: str, *, now: datetime) -> CaseComment:
    """Take a contribution out of sight, with a reason that its author reads. :raises Refused: ``case_reason_missing``."""
    require(actor, Permission.CASE_AUTHOR)
    row = policies.moderated_comment(actor, comment_id)
    if not why.strip():
        raise Refused("case_reason_missing", field="why")
    if row.hidden_at is None:
        row.hidden_at, row.hidden_why, row.hidden_by_id = now, why.strip()[:500], actor.person_id
        db.session.flush()
        audit.record(actor, "case.comment_hide", "case_comment", row.id)
    return row


def show(actor: Actor, comment_id: int) -> CaseComment:
    """Bring a hidden contribution back."""
    require(actor, Permission.CASE_AUTHOR)
    row = policies.moderated_comment(actor, comment_id)
    if row.hidden_at is not None:
        row.hidden_at = row.hidden_why = row.hidden_by_id = None
        db.session.flush()
        audit.record(actor, "case.comment_show", "case_comment", row.id)
    return row


def draw_lesson(
    actor: Actor, case_id: int, language: str, text: str, comment_id: int | None = None, *, now: datetime
) -> CaseLesson:
    """Write down a lesson of a case, perhaps from a contribution. :raises Refused: ``case_text_missing``, ``case_text_long``."""
    require(actor, Permission.CASE_AUTHOR)
    case = policies.authored_case(actor, case_id)
    _check(text)
    if comment_id is not None and policies.moderated_comment(actor, comment_id).version.case_id != case.id:
        raise Unknown()
    lesson = CaseLesson(
        case_id=case.id, text=with_language({}, language, text), comment_id=comment_id, by_id=actor.person_id, at=now
    )
    db.session.add(lesson)
    db.session.flush()
    audit.record(actor, "case.lesson_add", "case", case.id, lesson=lesson.id)
    return lesson


def say_lesson(actor: Actor, lesson_id: int, language: str, text: str) -> CaseLesson:
    """Say a lesson anew in one language."""
    require(actor, Permission.CASE_AUTHOR)
    lesson = _lesson(lesson_id)
    _check(text)
    lesson.text = with_language(lesson.text, language, text)
    db.session.flush()
    return lesson


def remove_lesson(actor: Actor, lesson_id: int, *, now: datetime) -> CaseLesson:
    require(actor, Permission.CASE_AUTHOR)
    lesson = _lesson(lesson_id)
    if lesson.removed_at is None:
        lesson.removed_at = now
        db.session.flush()
        audit.record(actor, "case.lesson_remove", "case", lesson.case_id, lesson=lesson.id)
    return lesson


def _lesson(lesson_id: int) -> CaseLesson:
    lesson = db.session.get(CaseLesson, lesson_id)
    if lesson is None:
        raise Unknown()
    return lesson
