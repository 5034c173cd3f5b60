"""Make a token, take it back, and know its person again. The token itself is shown once and never kept."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta

from msgspec import Struct
from sqlalchemy import select

from lms import audit, mail
from lms.authz import Actor, Permission, require
from lms.clock import today
from lms.db import db
from lms.errors import Refused, Unknown
from lms.people import limits
from lms.people.models import Person
from lms.people.scope import load_actor
from lms.people.tokens.models import AccessToken

SIGN = "ndl_"
"""How a token begins, so that one in a file or a log is known for what it is."""
SHOWN = 9
DAYS = (30, 90, 365)
MOST = 10
REQUESTS = "120 per minute"
TRIES = "30 per minute"


def create(actor: Actor, name: str, days: int, *, now: datetime) -> tuple[AccessToken, str]:
    """The token's row, and the token: whoever holds it may do what ``actor`` may.

    :raises Refused: ``token_name_missing``, ``token_days_unknown``, ``tokens_enough``.
    """
    require(actor, Permission.ACCOUNT_MANAGE_OWN)
    person = db.session.get(Person, actor.person_id) if actor.person_id else None
    if person is None:
        raise Unknown()
    if not name.strip():
        raise Refused("token_name_missing", field="name")
    if days not in DAYS:
        raise Refused("token_days_unknown", field="days")
    if len(own(actor)) >= MOST:
        raise Refused("tokens_enough")
    secret = SIGN + secrets.token_urlsafe(32)
    token = AccessToken(
        person_id=person.id,
        name=name.strip(),
        beginning=secret[:SHOWN],
        digest=_digest(secret),
        account_key=person.fs_uniquifier,
        created_at=now,
        expires_on=(now + timedelta(days=days)).date(),
    )
    db.session.add(token)
    db.session.flush()
    audit.record(actor, "token.create", "access_token", token.id, name=token.name)
    if person.email:
        mail.send(person.email, "people/emails/token_made", locale=person.locale, person=person, token=token)
    return token, secret


def revoke(actor: Actor, token_id: int, *, now: datetime) -> AccessToken:
    """Take a token of one's own back. :raises Unknown: it is not there, or another's."""
    require(actor, Permission.ACCOUNT_MANAGE_OWN)
    token = db.session.get(AccessToken, token_id)
    if token is None or token.person_id != actor.person_id:
        raise Unknown()
    if token.revoked_at is None:
        token.revoked_at = now
        db.session.flush()
        audit.record(actor, "token.revoke", "access_token", token.id, name=token.name)
    return token


def own(actor: Actor) -> list[AccessToken]:
    """The actor's tokens that open the door today, the newest first."""
    require(actor, Permission.ACCOUNT_MANAGE_OWN)
    query = (
        select(AccessToken)
        .join(Person)
        .where(AccessToken.person_id == actor.person_id, AccessToken.account_key == Person.fs_uniquifier)
        .where(AccessToken.revoked_at.is_(None), AccessToken.expires_on >= today())
        .order_by(AccessToken.id.desc())
    )
    return list(db.session.scalars(query))


class Found(Struct, frozen=True):
    """Whose token it is, with all they hold today; ``first_today`` it was not used yet today."""

    actor: Actor
    token_id: int
    first_today: bool


def find(secret: str) -> Found | None:
    """The owner of a token; None if it opens nothing.

    :raises TooManyRequests: more than ``REQUESTS`` with one token, or ``TRIES`` of one address with none that is known.
    """
    row = db.session.execute(
        select(AccessToken, Person)
        .join(Person)
        .where(AccessToken.digest == _digest(secret), AccessToken.account_key == Person.fs_uniquifier)
        .where(AccessToken.revoked_at.is_(None), AccessToken.expires_on >= today())
    ).first()
    if row is None or not _may_come_in(row[1]):
        limits.spend(f"token-tries:{limits.address()}", TRIES)
        return None
    token, person = row
    limits.spend(f"token:{token.id}", REQUESTS)
    return Found(load_actor(person), token.id, token.last_used_on != today())


def note_use(token_id: int) -> None:
    """Keep the day on which a token was last used."""
    token = db.session.get(AccessToken, token_id)
    if token is not None:
        token.last_used_on = today()
        db.session.flush()


def _may_come_in(person: Person) -> bool:
    return person.is_active and (bool(person.tf_primary_method) or not person.check_tf_required_setup())


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
