"""Verbs of respondents: save as they go, and hand in. An anonymous answer is let go of here: nothing else is kept of it."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from flask import current_app
from sqlalchemy import delete, func, select, update

from assessments.surveys import answers, authoring, policies, sending
from assessments.surveys.models import (
    SurveyDraft,
    SurveyInvitation,
    SurveyLink,
    SurveyMark,
    SurveyResponse,
    SurveySending,
)
from assessments.surveys.suppression import LEAST
from courses import queries as course_queries
from courses import services as course_services
from courses.completion import Outcome
from courses.dates import day_of
from lms.authz import Actor, Permission, require
from lms.db import db
from lms.errors import Refused, Unknown
from lms.people.links import hash_of
from lms.people.models import Person, Team

SOURCE = "survey"
"""The source of the outcome of a survey in a course."""
MOST_IN_A_FIELD = 30


class Incomplete(Refused):
    """Some answers are missing or cannot be read: item id → code."""

    def __init__(self, problems: Mapping[str, str]) -> None:
        super().__init__("survey_incomplete")
        self.problems = dict(problems)


def submit(actor: Actor, invitation_id: int, raw: answers.Raw, *, now: datetime) -> SurveyResponse:
    """Hand in the answers to an invitation, once.

    :raises Incomplete: with what has to be mended. :raises Refused: ``survey_closed``, ``survey_answered``.
    """
    require(actor, Permission.SURVEY_ANSWER)
    policies.own_invitation(actor, invitation_id)
    invitation = db.session.get_one(SurveyInvitation, invitation_id, with_for_update=True)
    sent = invitation.sending
    _check_open(sent, now)
    if answered(invitation):
        raise Refused("survey_answered")
    given = _read(sent, raw)
    if sent.anonymous:
        db.session.add(SurveyMark(mark=mark_of(invitation), sending_id=sent.id))
        response = _keep(sent, given, unit_id=unit_of(sent.id, invitation.person_id))
    else:
        response = _keep(sent, given, invitation=invitation, now=now)
        db.session.execute(delete(SurveyDraft).where(SurveyDraft.invitation_id == invitation.id))
    return response


def submit_in_course(
    actor: Actor, enrolment_id: int, module_id: int, raw: answers.Raw, *, now: datetime
) -> SurveyResponse:
    """Hand in the survey of a course's module, which is done with it."""
    require(actor, Permission.SURVEY_ANSWER)
    invitation = invite_in_course(actor, enrolment_id, module_id, now=now)
    response = submit(actor, invitation.id, raw, now=now)
    outcome = Outcome(True, None, now, SOURCE)
    course_services.record_outcome(actor, enrolment_id, module_id, outcome, now=now)
    return response


def invite_in_course(actor: Actor, enrolment_id: int, module_id: int, *, now: datetime) -> SurveyInvitation:
    """The learner's invitation to the survey of a module, made on the first call of the month.

    :raises Refused: ``survey_answered``.
    """
    require(actor, Permission.SURVEY_ANSWER)
    learning = course_queries.learning(actor, enrolment_id, module_id)
    if learning.module is None or learning.module.kind != SOURCE:
        raise Unknown()
    if answered_in_course(enrolment_id, module_id):
        raise Refused("survey_answered")
    content = learning.module.content
    sent = sending.course_sending(
        content["survey"], content["version"], module_id, learning.enrolment.course_id, now
    )
    invitation: SurveyInvitation | None = db.session.scalar(
        select(SurveyInvitation).where(
            SurveyInvitation.sending_id == sent.id, SurveyInvitation.enrolment_id == enrolment_id
        )
    )
    if invitation is None:
        invitation = SurveyInvitation(
            sending_id=sent.id, person_id=actor.person_id, enrolment_id=enrolment_id, invited_on=day_of(now)
        )
        db.session.add(invitation)
        db.session.flush()
    return invitation


def answered_in_course(enrolment_id: int, module_id: int) -> bool:
    known = course_services.outcomes_of([enrolment_id]).get(enrolment_id, {}).get(module_id, [])
    return any(outcome.source == SOURCE for outcome in known)


def save_draft(
    actor: Actor, invitation_id: int, question: str, answer: Any, sequence: int, *, now: datetime
) -> SurveyDraft:
    """Keep what is in one field so far; an older save never takes the place of a newer one.

    :raises Refused: ``survey_draft_anonymous``, ``survey_closed``, ``survey_answered``.
    """
    require(actor, Permission.SURVEY_ANSWER)
    invitation = policies.own_invitation(actor, invitation_id)
    sent = invitation.sending
    if sent.anonymous:
        raise Refused("survey_draft_anonymous")
    _check_open(sent, now)
    if answered(invitation):
        raise Refused("survey_answered")
    known = answers.known_fields(authoring.items_of(sent.version))
    draft = db.session.get(SurveyDraft, invitation_id, with_for_update=True)
    if draft is None:
        draft = SurveyDraft(invitation_id=invitation_id, sending_id=sent.id, fields={}, sequence=0, saved_at=now)
        db.session.add(draft)
    fields = dict(draft.fields)
    for name, values in _fields(question, answer).items():
        if name in known and fields.get(name, {}).get("sequence", 0) < sequence:
            fields[name] = {"values": values, "sequence": sequence}
    draft.fields, draft.sequence, draft.saved_at = fields, max(draft.sequence, sequence), now
    db.session.flush()
    return draft


def open_link(token: str, now: datetime) -> SurveyLink:
    """The public link of a token, while it is good. :raises Unknown: if it never was or is used up, or its time is over."""
    link = db.session.get(SurveyLink, hash_of(token))
    if link is None or link.used_at is not None or link.expires_at <= now or link.sending.closed_at is not None:
        raise Unknown()
    return link


def submit_public(token: str, raw: answers.Raw, *, now: datetime) -> SurveyResponse:
    """Hand in the answers of somebody without an account; the link is used up by it.

    :raises Unknown: as :func:`open_link`. :raises Incomplete: with what has to be mended.
    """
    link = open_link(token, now)
    sent, about_id, label = link.sending, link.about_id, link.label
    given = _read(sent, raw)
    if not _use(link, now):
        raise Unknown()
    if not sent.anonymous:
        return _keep(sent, given, label=label, about_id=about_id, now=now)
    enough = sent.links_about.get(str(about_id), 0) >= LEAST
    return _keep(sent, given, about_id=about_id if enough else None)


def mark_of(invitation: SurveyInvitation) -> str:
    """The keyed hash that says an anonymous invitation was answered; without the secret key it names nobody."""
    key = current_app.config["SECRET_KEY"].encode()
    text = f"survey:{invitation.sending_id}:{invitation.person_id}:{invitation.about_id}:{invitation.enrolment_id}"
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()


def answered(invitation: SurveyInvitation) -> bool:
    """Whether an invitation to an open sending was answered."""
    if invitation.sending.anonymous:
        return db.session.get(SurveyMark, mark_of(invitation)) is not None
    query = select(SurveyResponse.id).where(SurveyResponse.invitation_id == invitation.id)
    return db.session.scalar(query) is not None


def unit_of(sending_id: int, person_id: int) -> int | None:
    """The smallest team around a person in which at least five were asked; None where only the company is."""
    own = db.session.scalar(select(Team.path).join(Person, Person.team_id == Team.id).where(Person.id == person_id))
    asked = db.session.execute(
        select(Team.path, func.count(SurveyInvitation.id))
        .join(Person, Person.team_id == Team.id)
        .join(SurveyInvitation, SurveyInvitation.person_id == Person.id)
        .where(SurveyInvitation.sending_id == sending_id)
        .group_by(Team.path)
    ).all()
    teams = [part for part in (own or "").split("/") if part]
    for depth in range(len(teams), 0, -1):
        path = "/" + "/".join(teams[:depth]) + "/"
        if sum(n for each, n in asked if each.startswith(path)) >= LEAST:
            return int(teams[depth - 1])
    return None


def _check_open(sent: SurveySending, now: datetime) -> None:
    if sent.closed_at is not None or sent.closes_at <= now:
        raise Refused("survey_closed")


def _read(sent: SurveySending, raw: answers.Raw) -> dict[str, Any]:
    given, problems = answers.read(authoring.items_of(sent.version), raw)
    if problems:
        raise Incomplete(problems)
    return given


def _keep(sent: SurveySending, given: dict[str, Any], *, invitation: SurveyInvitation | None = None,
          unit_id: int | None = None, about_id: int | None = None, label: str = "",
          now: datetime | None = None) -> SurveyResponse:  # fmt: skip
    if invitation is not None:
        unit_id, about_id = invitation.person.team_id, invitation.about_id
    response = SurveyResponse(
        id=secrets.token_hex(16), sending_id=sent.id, anonymous=sent.anonymous,
        invitation_id=invitation.id if invitation else None, label=label, submitted_at=now, unit_id=unit_id,
        about_id=about_id, answers=given)  # fmt: skip
    db.session.add(response)
    db.session.flush()
    return response


def _use(link: SurveyLink, now: datetime) -> bool:
    """Use a link up; of two at once one succeeds. Of an anonymous one nothing stays."""
    chosen = SurveyLink.token_hash == link.token_hash
    act: Any = (
        delete(SurveyLink).where(chosen)
        if link.anonymous
        else update(SurveyLink).where(chosen, SurveyLink.used_at.is_(None)).values(used_at=now)
    )
    done = db.session.execute(act.execution_options(synchronize_session=False))
    db.session.expire(link)
    return bool(done.rowcount)  # type: ignore[attr-defined]


def _fields(question: str, answer: Any) -> dict[str, list[str]]:
    """What the page's script says of a question, as form fields."""
    if isinstance(answer, dict):
        return {str(name): _values(value) for name, value in answer.items()}
    return {question: _values(answer)}


def _values(value: Any) -> list[str]:
    found: Sequence[Any] = value if isinstance(value, list) else [] if value is None else [value]
    return [str(each)[: answers.LONGEST_OPEN + 1] for each in found[:MOST_IN_A_FIELD]]

