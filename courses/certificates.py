"""Certificates: events with frozen values. Issued with the completion, revoked with a reason, never edited."""

from __future__ import annotations

import secrets
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from courses.completion import Judgement
from courses.dates import day_of, months_after
from courses.models import Certificate, Completion, CourseVersion, Enrolment, ModuleVersion
from courses.policies import enrolments_seen
from courses.words import in_three_languages
from lms import audit, jobs
from lms.authz import Actor, Permission, require
from lms.db import LocalText, db
from lms.errors import Refused, Unknown
from lms.people.models import Person, Team

CORRECTED = "result_corrected"
"""The reason kept when a corrected result revokes a certificate."""
_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_LENGTH = 20  # letters of 5 bits: 100 bits, out of reach for guessing


def new_code() -> str:
    """A code that cannot be guessed and can be read aloud: ``7KQ2M-XR40P-…``, without I, L, O and U."""
    letters = "".join(secrets.choice(_LETTERS) for _ in range(_LENGTH))
    return "-".join(letters[at : at + 5] for at in range(0, _LENGTH, 5))


def normal_code(text: str) -> str:
    """The code as it is kept, from what somebody typed: case, blanks and look-alikes do not matter."""
    letters = text.upper().translate(str.maketrans("OIL", "011", " -–_"))
    return "-".join(letters[at : at + 5] for at in range(0, len(letters), 5))[:32]


def settle(
    actor: Actor, enrolment: Enrolment, completion: Completion, judgement: Judgement, *, now: datetime
) -> Certificate | None:
    """Make the certificates agree with the judgement, in its own transaction; the one in force, if any.

    Issued once at completion. A correction that unmakes the completion, or changes a result that the
    certificate states, revokes it; where the completion stands a new one is issued. One that somebody
    revoked by hand is not issued again by itself.
    """
    last = _last(completion.id)
    if not judgement.met:
        if last is not None and last.revoked_at is None:
            _revoke(actor, last, CORRECTED, now)
        return None
    if last is None:
        return issue(actor, enrolment, completion, judgement, now=now)
    if last.revoked_at is not None:
        return (
            issue(actor, enrolment, completion, judgement, now=now)
            if last.revoked_reason == CORRECTED
            else None
        )
    if _scores(last.values["results"]) == _scores(_results(enrolment, judgement)):
        return last
    _revoke(actor, last, CORRECTED, now)
    return issue(actor, enrolment, completion, judgement, now=now)


def issue(
    actor: Actor, enrolment: Enrolment, completion: Completion, judgement: Judgement | None, *, now: datetime
) -> Certificate:
    """Issue a certificate with the values of this moment; its PDF and the mail are promised with it."""
    issued_on = day_of(now)
    months = (enrolment.version or enrolment.course).valid_months
    expires_on = months_after(completion.completed_on, months) if months else None
    certificate = Certificate(
        code=new_code(),
        completion_id=completion.id,
        values=frozen_values(enrolment, completion, judgement, issued_on, expires_on),
        issued_at=now,
        issued_on=issued_on,
        expires_on=expires_on,
    )
    db.session.add(certificate)
    db.session.flush()
    audit.record(actor, "certificate.issue", "certificate", certificate.id, completion=completion.id)
    jobs.promise(actor, "certificate.render", certificate=certificate.id)
    return certificate


def revoke(actor: Actor, certificate_id: int, reason: str, *, now: datetime) -> Certificate:
    """Revoke by hand, for people in scope. :raises Refused: ``reason_missing``, ``already_revoked``."""
    require(actor, Permission.CERTIFICATE_REVOKE)
    certificate = db.session.scalar(
        select(Certificate)
        .join(Completion, Completion.id == Certificate.completion_id)
        .join(Enrolment, Enrolment.id == Completion.enrolment_id)
        .join(Person, Person.id == Enrolment.person_id)
        .where(Certificate.id == certificate_id, enrolments_seen(actor, Permission.CERTIFICATE_REVOKE))
        .with_for_update(of=Certificate)
    )
    if certificate is None:
        raise Unknown()
    if certificate.revoked_at is not None:
        raise Refused("already_revoked")
    if not reason.strip() or reason.strip() == CORRECTED:
        raise Refused("reason_missing", field="reason")
    _revoke(actor, certificate, reason.strip(), now)
    db.session.flush()
    return certificate


def state(certificate: Certificate, today: date) -> str:
    """``revoked``, ``expired`` or ``valid`` on that day; a certificate is valid on its last day."""
    if certificate.revoked_at is not None:
        return "revoked"
    if certificate.expires_on is not None and certificate.expires_on < today:
        return "expired"
    return "valid"


def _revoke(actor: Actor, certificate: Certificate, reason: str, now: datetime) -> None:
    certificate.revoked_at = now
    certificate.revoked_reason = reason
    certificate.revoked_by_id = actor.person_id
    audit.record(actor, "certificate.revoke", "certificate", certificate.id, reason=reason)
    db.session.flush()


def _last(completion_id: int) -> Certificate | None:
    return db.session.scalar(
        select(Certificate)
        .where(Certificate.completion_id == completion_id)
        .order_by(Certificate.id.desc())
        .limit(1)
    )


def frozen_values(
    enrolment: Enrolment,
    completion: Completion,
    judgement: Judgement | None,
    issued_on: date,
    expires_on: date | None,
) -> dict[str, Any]:
    """Everything the certificate says, in three languages: later renames change nothing of it."""
    person = db.session.scalars(
        select(Person).options(joinedload(Person.team)).where(Person.id == enrolment.person_id)
    ).one()
    version, course = enrolment.version, enrolment.course
    snapshot = _snapshot(version) if version else {}
    return {
        "person": {"name": person.name, "name_latin": person.name_latin, "number": person.number},
        "course": {
            "code": course.code,
            "title": in_three_languages(version.title if version else course.title),
            "duration": in_three_languages(snapshot.get("duration", course.duration)),
            "version": version.number if version else None,
        },
        "organisation": in_three_languages(_organisation(person)),
        "chinese": "zh_Hant" if person.locale == "zh_Hant" else "zh_Hans",
        "cycle": enrolment.cycle,
        "completed_on": completion.completed_on.isoformat(),
        "issued_on": issued_on.isoformat(),
        "expires_on": expires_on.isoformat() if expires_on else None,
        "results": _results(enrolment, judgement) if judgement else [],
    }


def _snapshot(version: CourseVersion) -> dict[str, Any]:
    return db.session.scalar(select(CourseVersion.snapshot).where(CourseVersion.id == version.id)) or {}


def _organisation(person: Person) -> LocalText:
    """The name of the team at the root of the person's tree."""
    if person.team is None:
        return {}
    root = int(person.team.path.strip("/").split("/")[0])
    return db.session.scalar(select(Team.name).where(Team.id == root)) or {}


def _results(enrolment: Enrolment, judgement: Judgement) -> list[dict[str, Any]]:
    """The scores of the acts that completed the course; acts after the completion add nothing."""
    titles = dict(
        db.session.execute(
            select(ModuleVersion.module_id, ModuleVersion.title).where(
                ModuleVersion.course_version_id == enrolment.version_id
            )
        ).all()
    )
    return [
        {
            "module": each.requirement.module_id,
            "title": in_three_languages(titles.get(each.requirement.module_id, {})),
            "score": each.score,
        }
        for each in judgement.requirements
        if each.met
        and each.score is not None
        and each.at is not None
        and judgement.at
        and each.at <= judgement.at
    ]


def _scores(results: list[dict[str, Any]]) -> list[tuple[int, float]]:
    return [(each["module"], round(each["score"], 9)) for each in results]
