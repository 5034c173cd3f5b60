"""Where a person is signed in: each browser has its key, which ends at sign-out and can be ended from afar."""

from __future__ import annotations

import hashlib
import secrets
import uuid
from datetime import datetime, timedelta
from functools import lru_cache
from typing import NamedTuple

from flask import current_app, g, request, session
from sqlalchemy import bindparam, exists, literal, or_, select, update
from sqlalchemy.orm import aliased

from lms.clock import now, today
from lms.db import db
from lms.people.models import LoginSession, Person, RoleGrant, Team
from lms.people.scope import grant_of
from lms.prepared import Prepared

KEY = "login_session"
LIFETIME = timedelta(days=14)
"""After so long a person signs in again, whatever they did meanwhile."""
WHOLE_PERSON = frozenset({"security", "people"})
"""The blueprints whose pages are about the account itself."""


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()


def begin(person_id: int, moment: datetime, *, address: str = "", device: str = "") -> str:
    """Note a new session and return its key, for the cookie alone."""
    key = secrets.token_urlsafe(32)
    db.session.add(
        LoginSession(
            key_hash=_digest(key), person_id=person_id, started_at=moment, address=address[:45], device=device[:200]
        )
    )
    db.session.flush()
    return key


class SignedIn(NamedTuple):
    """Who is signed in, as far as every page needs to know it. What the library's own pages ask for is the person itself."""

    id: int
    name: str
    name_latin: str | None
    locale: str | None
    fs_uniquifier: str

    @property
    def is_active(self) -> bool:
        """Others are not found: see :meth:`lms.people.account.Account.is_active`."""
        return True

    @property
    def is_authenticated(self) -> bool:
        return True

    @property
    def is_anonymous(self) -> bool:
        return False

    def get_id(self) -> str:
        """What the cookie knows the person by."""
        return self.fs_uniquifier


_OF_THIS_COOKIE = (
    select(
        Person.id, Person.name, Person.name_latin, Person.locale, Person.fs_uniquifier,
        RoleGrant.role, RoleGrant.scope, RoleGrant.course_id, Team.path,
    )
    .join(LoginSession, LoginSession.person_id == Person.id)
    .outerjoin(RoleGrant, RoleGrant.person_id == Person.id)
    .outerjoin(Team, Team.id == RoleGrant.team_id)
    .where(
        Person.fs_uniquifier == bindparam("user_id"),
        LoginSession.key_hash == bindparam("key_hash"),
        LoginSession.ended_at.is_(None),
        LoginSession.started_at > bindparam("since"),
        Person.active.is_(True),
        or_(Person.left_on.is_(None), Person.left_on >= bindparam("today")),
    )
)  # fmt: skip
_held = aliased(RoleGrant)
_COLUMNS_OF_PERSON = len(SignedIn._fields)


@lru_cache
def _who(second_factor: tuple[str, ...]) -> Prepared:
    """The statement that every request asks; those who hold one of the roles are not found without a second factor."""
    if not second_factor:
        return Prepared(_OF_THIS_COOKIE)
    holds = exists().where(_held.person_id == Person.id, _held.role.in_([literal(role) for role in second_factor]))
    return Prepared(_OF_THIS_COOKIE.where(or_(Person.tf_primary_method.is_not(None), ~holds)))


def load(user_id: str) -> SignedIn | Person | None:
    """Who this request's cookie belongs to, in one query: account open, session not ended, second factor done.

    What they hold is read with them and left in ``g.grants`` for the door.
    """
    key = session.get(KEY)
    if not key or not user_id:
        return None
    values = {"user_id": user_id, "key_hash": _digest(key), "since": now() - LIFETIME, "today": today()}
    rows = _who(tuple(current_app.config["SECOND_FACTOR_ROLES"])).rows(values)
    if not rows:
        return None
    found = SignedIn(*rows[0][:_COLUMNS_OF_PERSON])
    g.grants = [grant_of(*row[_COLUMNS_OF_PERSON:]) for row in rows if row[_COLUMNS_OF_PERSON] is not None]
    g.fs_authn_via = "session"
    g.fs_paa = session.get("fs_paa", 0)
    return db.session.get(Person, found.id) if request.blueprint in WHOLE_PERSON else found


def end(key: str, moment: datetime) -> None:
    db.session.execute(
        update(LoginSession)
        .where(LoginSession.key_hash == _digest(key), LoginSession.ended_at.is_(None))
        .values(ended_at=moment)
    )


def end_all(person: Person, moment: datetime) -> None:
    """End every session of a person, and make every set-password link sent to them void."""
    person.fs_uniquifier = uuid.uuid4().hex
    db.session.execute(
        update(LoginSession)
        .where(LoginSession.person_id == person.id, LoginSession.ended_at.is_(None))
        .values(ended_at=moment)
    )
    db.session.flush()


def open_sessions(person_id: int, moment: datetime) -> list[LoginSession]:
    """Where the person is signed in now, the latest first."""
    return list(
        db.session.scalars(
            select(LoginSession)
            .where(
                LoginSession.person_id == person_id,
                LoginSession.ended_at.is_(None),
                LoginSession.started_at > moment - LIFETIME,
            )
            .order_by(LoginSession.started_at.desc(), LoginSession.id.desc())
        )
    )


def is_this_one(row: LoginSession) -> bool:
    """Whether ``row`` is the session of this request."""
    return row.key_hash == _digest(session.get(KEY, ""))
