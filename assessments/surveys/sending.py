"""Verbs of those who ask: rules, sendings by hand and by links, reminders, closing."""

from __future__ import annotations

import calendar
import secrets
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from flask import current_app
from msgspec import Struct
from sqlalchemy import delete, select

from assessments.surveys import authoring, managers, policies
from assessments.surveys.models import (
    Origin,
    Recipient,
    Survey,
    SurveyDraft,
    SurveyInvitation,
    SurveyLink,
    SurveyMark,
    SurveyRule,
    SurveySending,
    SurveyVersion,
)
from courses.dates import day_of
from courses.models import Completion, Course, Enrolment
from courses.policies import may_author as may_author_course
from courses.standing import stands
from lms import audit, jobs
from lms.authz import SYSTEM, Actor, Permission, require
from lms.db import db
from lms.errors import Refused
from lms.people.links import absolute, hash_of
from lms.people.models import Person
from lms.people.scope import people_in_scope, person_in_scope

MOST_LINKS = 2000


class Link(Struct, frozen=True):
    """A public link as it was made: its address is known now and never again."""

    url: str
    label: str
    about: str
    expires_at: datetime


def set_rule(actor: Actor, survey_id: int, course_id: int, recipient: Recipient, days: int, open_days: int,
             remind_days: int | None, *, now: datetime) -> SurveyRule:  # fmt: skip
    """Ask so many days after each completion that falls due from today on.

    :raises Refused: ``survey_not_published``, ``survey_about_needs_names``, ``survey_rule_twice``.
    """
    require(actor, Permission.SURVEY_SEND)
    survey = policies.authored_survey(actor, survey_id)
    version = _open_version(survey)
    if recipient is Recipient.MANAGER and version.anonymous:
        raise Refused("survey_about_needs_names", field="recipient")
    course = db.session.get(Course, course_id)
    if course is None or not (may_author_course(actor, course) or actor.company_wide(Permission.SURVEY_SEND)):
        raise Refused("not_found", field="course")
    rule = db.session.scalar(select(SurveyRule).where(
        SurveyRule.survey_id == survey.id, SurveyRule.course_id == course_id,
        SurveyRule.recipient == recipient.value, SurveyRule.days == days))  # fmt: skip
    if rule is not None and rule.ended_on is None:
        raise Refused("survey_rule_twice", field="days")
    if rule is None:
        rule = SurveyRule(survey_id=survey.id, course_id=course_id, recipient=recipient.value, days=days)
        db.session.add(rule)
    rule.open_days, rule.remind_days, rule.since = open_days, remind_days, day_of(now)
    rule.ended_on, rule.created_by_id = None, actor.person_id
    db.session.flush()
    audit.record(actor, "survey.rule", "survey", survey.id, course=course_id, recipient=recipient.value, days=days)
    return rule


def end_rule(actor: Actor, survey_id: int, rule_id: int, *, now: datetime) -> SurveyRule:
    require(actor, Permission.SURVEY_SEND)
    survey = policies.authored_survey(actor, survey_id)
    rule = db.session.get(SurveyRule, rule_id)
    if rule is None or rule.survey_id != survey.id:
        raise Refused("not_found")
    rule.ended_on = day_of(now)
    db.session.flush()
    audit.record(actor, "survey.rule_end", "survey", survey.id, rule=rule.id)
    return rule


def send(actor: Actor, survey_id: int, person_ids: Sequence[int], closes_on: date, *, course_id: int | None = None,
         remind_days: int | None = None, now: datetime) -> SurveySending:  # fmt: skip
    """Ask people in the actor's scope, until the end of ``closes_on``.

    :raises Refused: ``survey_nobody``, ``survey_closing_past``, ``survey_not_published``.
    """
    require(actor, Permission.SURVEY_SEND)
    survey = policies.sendable_survey(actor, survey_id)
    people = db.session.scalars(select(Person.id).where(
        Person.id.in_(person_ids), Person.active, Person.left_on.is_(None),
        people_in_scope(actor, Permission.SURVEY_SEND)))  # fmt: skip
    found = sorted(set(people))
    if not found:
        raise Refused("survey_nobody", field="people")
    sending = _sending(actor, survey, Origin.HAND, _end_of(closes_on, now), now)
    sending.course_id, sending.remind_days = course_id, remind_days
    _invite(sending, [(person, None, None) for person in found], now)
    audit.record(actor, "survey.send", "survey", survey.id, sending=sending.id, people=len(found))
    return sending


def make_links(actor: Actor, survey_id: int, labels: Sequence[str], about_id: int | None, closes_on: date, *,
               now: datetime) -> list[Link]:  # fmt: skip
    """Public links, one a customer, each good for one answer until the closing date.

    Of an anonymous survey the database keeps no label: which customer got which link is known to the caller alone.
    """
    require(actor, Permission.SURVEY_SEND)
    survey = policies.sendable_survey(actor, survey_id)
    if not 1 <= len(labels) <= MOST_LINKS:
        raise Refused("survey_links_number", field="labels")
    about = person_in_scope(actor, Permission.SURVEY_SEND, about_id) if about_id is not None else None
    closes_at = _end_of(closes_on, now)
    sending = _link_sending(actor, survey, closes_at, now)
    found = []
    for label in labels:
        token = secrets.token_urlsafe(24)
        db.session.add(SurveyLink(
            token_hash=hash_of(token), sending_id=sending.id, anonymous=sending.anonymous, about_id=about_id,
            label="" if sending.anonymous else label[:200], expires_at=closes_at))  # fmt: skip
        found.append(Link(absolute("surveys.public", token=token), label, about.name if about else "", closes_at))
    sending.links += len(found)
    if about_id is not None:
        made = sending.links_about.get(str(about_id), 0) + len(found)
        sending.links_about = sending.links_about | {str(about_id): made}
    db.session.flush()
    audit.record(actor, "survey.links", "survey", survey.id, sending=sending.id, links=len(found))
    return found


def close(actor: Actor, sending_id: int, *, now: datetime) -> SurveySending:
    """No more answers; marks, drafts and unused links are deleted. What was anonymous can be read from now on.

    :raises Refused: ``survey_close_by_date`` for those of rules and courses, which others are still led to.
    """
    require(actor, Permission.SURVEY_SEND)
    sending = policies.tended_sending(actor, sending_id)
    if sending.origin in (Origin.RULE, Origin.COURSE):
        raise Refused("survey_close_by_date")
    if sending.closed_at is None:
        _close(sending, now)
        audit.record(actor, "survey.close", "survey", sending.survey_id, sending=sending.id)
    return sending


def remind(actor: Actor, sending_id: int, *, now: datetime) -> SurveySending:
    """Remind those who have not answered; of an anonymous survey everybody, so that no record tells who had not.

    :raises Refused: ``survey_closed``, ``survey_reminder_today``.
    """
    require(actor, Permission.SURVEY_SEND)
    sending = policies.tended_sending(actor, sending_id)
    if sending.closed_at is not None or sending.closes_at <= now:
        raise Refused("survey_closed")
    if sending.reminded_on == day_of(now):
        raise Refused("survey_reminder_today")
    sending.reminded_on = day_of(now)
    db.session.flush()
    jobs.promise(actor, "surveys.remind", sending=sending.id, since=None)
    return sending


def tend(actor: Actor, *, now: datetime) -> dict[str, int]:
    """What falls due by itself: close sendings, invite by rules, remind. Done twice it does nothing more."""
    require(actor, Permission.SURVEY_SEND)
    closed = db.session.scalars(select(SurveySending).where(
        SurveySending.closed_at.is_(None), SurveySending.closes_at <= now).order_by(SurveySending.closes_at, SurveySending.id)
    ).all()  # fmt: skip
    for sending in closed:
        _close(sending, now)
    rules = db.session.scalars(select(SurveyRule).where(SurveyRule.ended_on.is_(None))).all()
    invited = sum(_follow(rule, now) for rule in rules)
    reminded = _due_reminders(day_of(now))
    for sending_, since in reminded:
        sending_.reminded_on = day_of(now)
        jobs.promise(actor, "surveys.remind", sending=sending_.id, since=since.isoformat() if since else None)
    db.session.flush()
    return {"closed": len(closed), "invited": invited, "reminders": len(reminded)}


def course_sending(survey_id: int, version_id: int, module_id: int, course_id: int, now: datetime) -> SurveySending:
    """The sending of this month in a course's module; it closes with the month after."""
    month = day_of(now).isoformat()[:7]
    sending = db.session.scalar(select(SurveySending).where(
        SurveySending.module_id == module_id, SurveySending.version_id == version_id, SurveySending.month == month))  # fmt: skip
    if sending is None:
        survey = db.session.get_one(Survey, survey_id)
        version = db.session.get_one(SurveyVersion, version_id)
        sending = _sending(SYSTEM, survey, Origin.COURSE, _month_end(day_of(now)), now, version=version, module_id=module_id)
        sending.course_id = course_id
        db.session.flush()
    return sending


def _follow(rule: SurveyRule, now: datetime) -> int:
    """Invite by a rule whoever falls due; each completion once."""
    survey = rule.survey
    version = authoring.current_version(survey)
    if survey.status == "retired" or version is None:
        return 0
    due = _due(rule, day_of(now))
    if rule.recipient == Recipient.MANAGER:
        if version.anonymous:
            return 0
        of = managers.of([person for person, _enrolment in due])
        invited: list[tuple[int, int | None, int | None]] = [
            (of[person], person, enrolment) for person, enrolment in due if person in of
        ]
    else:
        invited = [(person, None, enrolment) for person, enrolment in due]
    if invited:
        _invite(_rule_sending(rule, version, now), invited, now)
    return len(invited)


def _due(rule: SurveyRule, today: date) -> list[tuple[int, int]]:
    """(person, enrolment) of the completions whose day has come and who have not been asked by this rule."""
    asked = select(SurveyInvitation.enrolment_id).join(
        SurveySending, SurveySending.id == SurveyInvitation.sending_id
    ).where(SurveySending.rule_id == rule.id)  # fmt: skip
    rows = db.session.execute(
        select(Enrolment.person_id, Enrolment.id)
        .join(Completion, Completion.enrolment_id == Enrolment.id)
        .join(Person, Person.id == Enrolment.person_id)
        .where(
            Enrolment.course_id == rule.course_id,
            Completion.completed_on <= today - timedelta(days=rule.days),
            Completion.completed_on >= rule.since - timedelta(days=rule.days),
            stands(),
            Person.active,
            Person.left_on.is_(None),
            Enrolment.id.not_in(asked),
        )
        .order_by(Enrolment.id)
    )
    return [(person, enrolment) for person, enrolment in rows]


def _rule_sending(rule: SurveyRule, version: SurveyVersion, now: datetime) -> SurveySending:
    month = day_of(now).isoformat()[:7]
    sending = db.session.scalar(select(SurveySending).where(
        SurveySending.rule_id == rule.id, SurveySending.version_id == version.id, SurveySending.month == month))  # fmt: skip
    if sending is None:
        closes_at = _month_end(day_of(now)) + timedelta(days=rule.open_days)
        sending = _sending(SYSTEM, rule.survey, Origin.RULE, closes_at, now, version=version, rule_id=rule.id)
        sending.course_id, sending.remind_days, sending.created_by_id = rule.course_id, rule.remind_days, rule.created_by_id
        db.session.flush()
    return sending


def _invite(sending: SurveySending, people: Sequence[tuple[int, int | None, int | None]], now: datetime) -> None:
    """(person, whom it is about, enrolment) each, with a mail."""
    today = day_of(now)
    rows = [
        SurveyInvitation(sending_id=sending.id, person_id=person, about_id=about, enrolment_id=enrolment, invited_on=today)
        for person, about, enrolment in people
    ]
    db.session.add_all(rows)
    db.session.flush()
    jobs.promise(SYSTEM, "surveys.tell", invitations=[row.id for row in rows])


def _due_reminders(today: date) -> list[tuple[SurveySending, date | None]]:
    """Open sendings with somebody invited so many days ago; and since when they have not been reminded."""
    open_ = db.session.scalars(
        select(SurveySending).where(SurveySending.closed_at.is_(None), SurveySending.remind_days.is_not(None))
    ).all()
    found = []
    for sending in open_:
        last = today - timedelta(days=sending.remind_days or 0)
        first = sending.reminded_on - timedelta(days=(sending.remind_days or 0) - 1) if sending.reminded_on else date.min
        due = select(SurveyInvitation.id).where(
            SurveyInvitation.sending_id == sending.id, SurveyInvitation.invited_on.between(first, last)
        )
        if db.session.scalar(due.limit(1)) is not None:
            found.append((sending, first if sending.reminded_on else None))
    return found


def _close(sending: SurveySending, now: datetime) -> None:
    sending.closed_at = now
    for table in (SurveyMark, SurveyDraft, SurveyLink):
        if table is not SurveyLink or sending.anonymous:
            db.session.execute(delete(table).where(table.sending_id == sending.id))
    db.session.flush()


def _open_version(survey: Survey) -> SurveyVersion:
    version = authoring.current_version(survey)
    if version is None:
        raise Refused("survey_not_published")
    return version


def _sending(actor: Actor, survey: Survey, origin: Origin, closes_at: datetime, now: datetime, *,
             version: SurveyVersion | None = None, rule_id: int | None = None,
             module_id: int | None = None) -> SurveySending:  # fmt: skip
    version = version or _open_version(survey)
    sending = SurveySending(
        survey_id=survey.id, version_id=version.id, anonymous=version.anonymous, origin=origin.value, rule_id=rule_id,
        module_id=module_id, month=day_of(now).isoformat()[:7], opened_at=now, closes_at=closes_at, links=0, links_about={},
        created_by_id=actor.person_id)  # fmt: skip
    db.session.add(sending)
    db.session.flush()
    return sending


def _link_sending(actor: Actor, survey: Survey, closes_at: datetime, now: datetime) -> SurveySending:
    """Links made by the same person with the same closing date belong to one sending."""
    version = _open_version(survey)
    found = db.session.scalar(select(SurveySending).where(
        SurveySending.version_id == version.id, SurveySending.origin == Origin.LINK.value,
        SurveySending.closes_at == closes_at, SurveySending.closed_at.is_(None),
        SurveySending.created_by_id == actor.person_id))  # fmt: skip
    return found or _sending(actor, survey, Origin.LINK, closes_at, now)


def _end_of(day: date, now: datetime) -> datetime:
    """The last second of a day in the organisation's time zone: on the day that people are told. :raises Refused: ``survey_closing_past``."""
    moment = datetime.combine(day, time(23, 59, 59), ZoneInfo(current_app.config["TIME_ZONE"])).astimezone(UTC)
    if moment <= now:
        raise Refused("survey_closing_past", field="closes_on")
    return moment


def _month_end(day: date) -> datetime:
    last = day.replace(day=calendar.monthrange(day.year, day.month)[1])
    return datetime.combine(last, time(23, 59, 59), ZoneInfo(current_app.config["TIME_ZONE"])).astimezone(UTC)
