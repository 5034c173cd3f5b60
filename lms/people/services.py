"""What is done to people and their accounts: permission first, flush, never commit."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from msgspec import Struct
from msgspec.structs import asdict
from sqlalchemy import func, or_, select

from lms import audit, jobs, mail
from lms.authz import ROLE_PERMISSIONS, SYSTEM, Actor, Permission, Role, require
from lms.db import db
from lms.errors import Refused
from lms.imports.cells import plain
from lms.people import login_sessions, memberships
from lms.people.datastore import find_by_identity
from lms.people.links import set_password_link
from lms.people.models import Person, Team
from lms.people.scope import people_in_scope, person_in_scope, team_in_scope

INVITED_AT_ONCE = 200


class PersonData(Struct, frozen=True):
    """What HR knows about a person. ``email`` is kept in small letters; an empty text means unknown."""

    number: str
    name: str
    name_latin: str | None = None
    email: str | None = None
    team_id: int | None = None
    hired_on: date | None = None
    left_on: date | None = None
    locale: str | None = None

    def cleaned(self) -> dict[str, Any]:
        values = {key: value or None for key, value in asdict(self).items()}
        values["number"] = plain(self.number) or None
        if self.email:
            values["email"] = self.email.strip().lower()
        return values


def create_person(actor: Actor, data: PersonData, *, now: datetime) -> Person:
    """:raises Refused: ``number_taken``, ``email_taken``, ``left_before_hired``; Unknown for a team out of scope."""
    require(actor, Permission.PERSON_MANAGE)
    values = data.cleaned()
    _check(actor, values, person_id=None)
    person = Person(**values, created_at=now, active=True, fs_uniquifier=uuid.uuid4().hex)
    db.session.add(person)
    db.session.flush()
    memberships.record({person.id: person.team_id}, now.date())
    audit.record(actor, "person.create", "person", person.id, number=person.number)
    return person


def edit_person(actor: Actor, person_id: int, data: PersonData, *, now: datetime) -> Person:
    """Change what is known of a person; the audit trail keeps old and new. Errors as in ``create_person``."""
    require(actor, Permission.PERSON_MANAGE)
    person = person_in_scope(actor, Permission.PERSON_MANAGE, person_id)
    if person.erased_at is not None:
        raise Refused("erased_already")
    values = data.cleaned()
    changes = {k: [getattr(person, k), v] for k, v in values.items() if getattr(person, k) != v}
    codes = _team_codes(changes.get("team_id", []))
    if not changes:
        return person
    _check(actor, values, person_id=person.id, old_team_id=person.team_id)
    if "email" in changes:
        require_account(actor, person)
    for key, (_old, new) in changes.items():
        setattr(person, key, new)
    if not person.is_active:
        login_sessions.end_all(person, now)
    db.session.flush()
    if "team_id" in changes:
        memberships.record({person.id: person.team_id}, now.date())
    audit.record(actor, "person.edit", "person", person.id, changes=_plain(changes, codes))
    return person


def set_active(actor: Actor, person_id: int, active: bool, *, now: datetime) -> Person:
    """Close or open an account. Closing ends the running sessions; nobody closes their own."""
    require(actor, Permission.PERSON_MANAGE)
    person = person_in_scope(actor, Permission.PERSON_MANAGE, person_id)
    require_account(actor, person)
    if person.id == actor.person_id:
        raise Refused("not_yourself")
    person.active = active
    if not active:
        login_sessions.end_all(person, now)
    db.session.flush()
    audit.record(actor, "person.activate" if active else "person.deactivate", "person", person.id)
    return person


def end_sessions(actor: Actor, person_id: int, *, now: datetime) -> Person:
    """Sign a person out everywhere: oneself, or somebody in one's care."""
    require(actor, Permission.ACCOUNT_MANAGE_OWN)
    person = person_in_scope(actor, Permission.PERSON_MANAGE, person_id, own=True)
    require_account(actor, person)
    login_sessions.end_all(person, now)
    audit.record(actor, "sessions.end", "person", person.id)
    return person


def reset_second_factor(actor: Actor, person_id: int, *, now: datetime) -> Person:
    """For a lost phone: the person sets the second factor up anew. Never one's own: that is what it guards."""
    require(actor, Permission.PERSON_MANAGE)
    person = person_in_scope(actor, Permission.PERSON_MANAGE, person_id)
    require_account(actor, person)
    if person.id == actor.person_id:
        raise Refused("not_yourself")
    person.tf_primary_method = person.tf_totp_secret = person.tf_last_counter = person.mf_recovery_codes = None
    login_sessions.end_all(person, now)
    audit.record(actor, "second_factor.reset", "person", person.id)
    return person


def set_own_locale(actor: Actor, locale: str | None) -> None:
    """The language of one's pages and mails; None means: as the browser says."""
    require(actor, Permission.ACCOUNT_MANAGE_OWN)
    person = db.session.get_one(Person, actor.person_id)
    person.locale = locale
    db.session.flush()


# --- links by mail --------------------------------------------------------------------------------


def invite(actor: Actor, person_ids: Sequence[int], now: datetime) -> int:
    """Promise a set-password link by mail to each of these people; how many will get one.

    Those out of scope, without an address or without an open account get none. No password is hashed.
    """
    require(actor, Permission.PERSON_MANAGE)
    found: list[int] = []
    for start in range(0, len(person_ids), INVITED_AT_ONCE):
        ids = list(db.session.scalars(_invited(actor, person_ids[start : start + INVITED_AT_ONCE], now.date())))
        if ids:
            jobs.promise(SYSTEM, "people.send_invitations", person_ids=ids)
            audit.record(actor, "person.invite", "person", ids[0] if len(ids) == 1 else None, people=len(ids))
        found += ids
    return len(found)


def _invited(actor: Actor, person_ids: Sequence[int], day: date) -> Any:
    return select(Person.id).where(
        Person.id.in_(person_ids),
        people_in_scope(actor, Permission.PERSON_MANAGE),
        Person.email.is_not(None),
        Person.active.is_(True),
        or_(Person.left_on.is_(None), Person.left_on >= day),
    )


def send_invitations(actor: Actor, person_ids: Sequence[int]) -> None:
    """The mails that ``invite`` promised; done by a job."""
    require(actor, Permission.PERSON_MANAGE)
    for person in db.session.scalars(select(Person).where(Person.id.in_(person_ids))):
        if person.email and person.is_active:
            mail.send(
                person.email, "people/emails/invitation", locale=person.locale, person=person,
                link=set_password_link(person),
            )  # fmt: skip


def ask_for_link(identity: str) -> None:
    """Anybody may ask. The same is done whoever is named: a job looks for the person, out of the asker's sight."""
    jobs.promise(SYSTEM, "people.send_link", identity=identity[:254])


def send_link(actor: Actor, identity: str) -> None:
    """The mail that ``ask_for_link`` promised, if there is an open account with an address; done by a job."""
    require(actor, Permission.PERSON_MANAGE)
    person = find_by_identity(identity)
    if person is None or not person.email or not person.is_active:
        return
    audit.record(actor, "password.link", "person", person.id)
    mail.send(
        person.email, "people/emails/reset", locale=person.locale, person=person, link=set_password_link(person)
    )


# --- the rules behind the verbs -------------------------------------------------------------------


def _check(actor: Actor, values: dict[str, Any], *, person_id: int | None, old_team_id: int | None = None) -> None:
    for field, code in (("number", "number_taken"), ("email", "email_taken")):
        if values[field] and _another_has(field, values[field], person_id):
            raise Refused(code, field=field)
    if values["hired_on"] and values["left_on"] and values["left_on"] < values["hired_on"]:
        raise Refused("left_before_hired", field="left_on")
    if values["team_id"] is not None:
        if values["team_id"] != old_team_id:
            team_in_scope(actor, Permission.PERSON_MANAGE, values["team_id"])
    elif not actor.company_wide(Permission.PERSON_MANAGE):
        raise Refused("team_needed", field="team_id")


def _another_has(field: str, value: str, person_id: int | None) -> bool:
    query = select(Person.id).where(func.lower(getattr(Person, field)) == value.lower())
    if person_id is not None:
        query = query.where(Person.id != person_id)
    return db.session.scalar(query) is not None


def require_account(actor: Actor, person: Person) -> None:
    """Whoever could take over an account would hold its roles: those above the actor's own are out of reach.

    Nobody's account, what is left of an erased person, stays closed. :raises Refused: ``account_above_yours``, ``erased_already``.
    """
    if person.erased_at is not None:
        raise Refused("erased_already")
    if person.id == actor.person_id or actor.can(Permission.GRANT_MANAGE):
        return
    held = {Role(grant.role) for grant in person.grants}
    if any(Permission.GRANT_MANAGE in ROLE_PERMISSIONS[role] for role in held):
        raise Refused("account_above_yours")
    manages = any(Permission.PERSON_MANAGE in ROLE_PERMISSIONS[role] for role in held)
    if manages and not actor.company_wide(Permission.PERSON_MANAGE):
        raise Refused("account_above_yours")


def _team_codes(ids: list[Any]) -> dict[Any, str]:
    """The codes of teams: they say in the trail what an id does not."""
    query = select(Team.id, Team.code).where(Team.id.in_([id_ for id_ in ids if id_ is not None]))
    return {row.id: row.code for row in db.session.execute(query)} if ids else {}


def _plain(changes: dict[str, list[Any]], codes: dict[Any, str]) -> dict[str, list[Any]]:
    plain = {k: [v.isoformat() if isinstance(v, date) else v for v in pair] for k, pair in changes.items()}
    if "team_id" in plain:
        plain["team"] = [codes.get(id_) for id_ in plain.pop("team_id")]
    return plain
