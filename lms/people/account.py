"""What an account is to Flask-Security: who may come in, and who needs a second factor to do so."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from flask import current_app
from flask_security.core import UserMixin
from flask_security.utils import verify_password

from lms.clock import today


class Account(UserMixin):
    """Mixed into ``Person``: the questions that the library asks about a person."""

    if TYPE_CHECKING:
        left_on: Any
        email: Any
        last_login_at: Any
        password: Any
        grants: Any

    @property
    def is_active(self) -> bool:
        """A deactivated person, or one whose last day is over, has no way in."""
        last_day: date | None = self.left_on
        return self.active and (last_day is None or last_day >= today())

    @property
    def roles(self) -> list[Any]:  # type: ignore[override]
        """The library asks for roles; Needle decides by grants (``lms.authz``), so there are none here."""
        return []

    def verify_and_update_password(self, password: str) -> bool:
        """Only verified: a hash is made anew when a password is set, never in passing while signing in."""
        return self.password is not None and bool(verify_password(password, self.password))

    def check_tf_required(self, tf_setup_methods: list[Any], tf_fresh: bool) -> tuple[bool, list[Any]]:
        return bool(tf_setup_methods) or self.check_tf_required_setup(), tf_setup_methods

    def check_tf_required_setup(self) -> bool:
        """Whether one of the person's roles is named in the setting ``SECOND_FACTOR_ROLES``."""
        required = set(current_app.config["SECOND_FACTOR_ROLES"])
        return bool(required) and any(grant.role in required for grant in self.grants)

    def calc_username(self) -> str:
        """The name under which an authenticator app keeps the account."""
        return str(self.email or self.number)  # type: ignore[attr-defined]
