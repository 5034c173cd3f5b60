"""Where a person is signed in: each browser has its key, which ends at sign-out and can be ended from afar."""

from __future__ import annotations

import hashlib
import secrets
import uuid
from datetime import datetime, timedelta

from flask import current_app, g, session
from sqlalchemy import bindparam, exists, or_, select, update

from lms.clock import now
from lms.db import db
from lms.people.models import LoginSession, Person, RoleGrant

KEY = "login_session"
LIFETIME = timedelta(days=14)
"""After so long a person signs in again, whatever they did meanwhile."""


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


_OF_THIS_COOKIE = (
    select(Person)
    .join(LoginSession, LoginSession.person_id == Person.id)
    .where(
        Person.fs_uniquifier == bindparam("user_id"),
        LoginSession.key_hash == bindparam("key_hash"),
        LoginSession.ended_at.is_(None),
        LoginSession.started_at > bindparam("since"),
    )
)
"""Built once: it is asked on every request."""


def load(user_id: str) -> Person | None:
    """The person of this request's cookie, in one query: account open, session not ended, second factor done."""
    key = session.get(KEY)
    if not key or not user_id:
        return None
    query = _OF_THIS_COOKIE
    roles = current_app.config["SECOND_FACTOR_ROLES"]
    if roles:
        held = exists().where(RoleGrant.person_id == Person.id, RoleGrant.role.in_(roles))
        query = query.where(or_(Person.tf_primary_method.is_not(None), ~held))
    values = {"user_id": user_id, "key_hash": _digest(key), "since": now() - LIFETIME}
    person = db.session.scalar(query, values)
    if person is None or not person.is_active:
        return None
    g.fs_authn_via = "session"
    g.fs_paa = session.get("fs_paa", 0)
    return person


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
