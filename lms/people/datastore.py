"""Where Flask-Security finds people. It changes them inside our own transactions, so it has nothing to save."""

from __future__ import annotations

from typing import Any

from flask_security.datastore import Datastore, UserDatastore
from sqlalchemy import or_, select

from lms.clock import now
from lms.db import db
from lms.people import login_sessions
from lms.people.models import Person


class PersonDatastore(Datastore, UserDatastore):  # type: ignore[misc]
    """People without roles of the library's kind; the doors around its views open the transactions."""

    def __init__(self) -> None:
        Datastore.__init__(self, db)
        UserDatastore.__init__(self, Person, None)  # type: ignore[arg-type]

    def put(self, model: Any) -> Any:
        db.session.add(model)
        return model

    def find_user(self, case_insensitive: bool = False, **attributes: Any) -> Person | None:
        """By one attribute. Only those who may come in are found by the key that sessions and links carry."""
        ((name, value),) = attributes.items()
        person = db.session.scalar(select(Person).where(getattr(Person, name) == value))
        if name == "fs_uniquifier" and person is not None and not person.is_active:
            return None
        return person

    def find_role(self, role: str) -> None:
        return None

    def set_uniquifier(self, user: Any, uniquifier: str | None = None) -> None:
        login_sessions.end_all(user, now())

    def mf_delete_recovery_code(self, user: Any, idx: int) -> bool:
        """A new list, so that the change is seen: a recovery code works once."""
        codes = list(user.mf_recovery_codes or [])
        if not 0 <= idx < len(codes):
            return False
        user.mf_recovery_codes = codes[:idx] + codes[idx + 1 :]
        return True

    def tf_reset(self, user: Any) -> None:
        user.tf_primary_method = user.tf_totp_secret = user.tf_last_counter = user.mf_recovery_codes = None

    def tf_set(
        self, user: Any, primary_method: str, totp_secret: str | None = None, phone: str | None = None
    ) -> None:
        user.tf_primary_method = primary_method
        if totp_secret is not None:
            user.tf_totp_secret = totp_secret


def find_by_identity(identity: str) -> Person | None:
    """The person with this e-mail address (kept in small letters) or number; an address wins should both fit."""
    wanted = identity.strip()
    if not wanted:
        return None
    same = or_(Person.email.in_({wanted, wanted.lower()}), Person.number == wanted)
    people = db.session.scalars(select(Person).where(same)).all()
    return next((p for p in people if p.number != wanted), people[0] if people else None)
