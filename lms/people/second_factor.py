"""The second factor: codes of an authenticator app (TOTP, RFC 6238), each of which works once."""

from __future__ import annotations

import base64
import hashlib

import segno
from flask_security.core import UserMixin
from flask_security.totp import Totp
from passlib.totp import TotpMatch


def derived_key(secret: str, purpose: str) -> str:
    """A key for one purpose from the installation's secret, in the form that Fernet takes (32 bytes, base64)."""
    digest = hashlib.sha256(f"{purpose}:{secret}".encode()).digest()
    return base64.urlsafe_b64encode(digest).decode()


class OneTimeCodes(Totp):
    """Remembers the last time step used, and draws the QR code without another package."""

    def get_last_counter(self, user: UserMixin) -> int | None:
        counter: int | None = user.tf_last_counter  # type: ignore[attr-defined]
        return counter

    def set_last_counter(self, user: UserMixin, tmatch: TotpMatch) -> None:
        user.tf_last_counter = tmatch.counter  # type: ignore[attr-defined]

    def generate_qrcode(self, username: str, totp: str) -> str:
        code = segno.make(self.get_totp_uri(username, totp), error="m")
        return str(code.svg_data_uri(scale=5, border=4, light="#fff", dark="#000"))
