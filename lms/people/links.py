"""Links that are sent by mail: absolute, signed, good for one use."""

from __future__ import annotations

import base64
import hashlib
import hmac
from typing import Any

from flask import current_app

from lms.people.models import Person


def absolute(endpoint: str, **values: Any) -> str:
    """The address of a page for somebody outside: made from the setting ``BASE_URL``, with or without a request."""
    base: str = current_app.config["BASE_URL"]
    return base.rstrip("/") + current_app.url_map.bind("").build(endpoint, values)


def set_password_link(person: Person) -> str:
    """Good until it is used, until the person is signed out everywhere, or for the time the accounts allow.

    It carries the key that a new password replaces. Nothing is hashed, so ten thousand are made in a moment.
    """
    serializer = current_app.extensions["security"].reset_serializer
    return absolute("security.reset_password", token=serializer.dumps([person.fs_uniquifier, None]))


def derived_token(*parts: str | int) -> str:
    """The token of a link that can be sent again: made from the server's secret and what it is for, and kept nowhere."""
    text = ":".join(str(part) for part in parts).encode()
    digest = hmac.new(current_app.config["SECRET_KEY"].encode(), text, hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest[:24]).decode()


def hash_of(token: str) -> str:
    """What the database keeps of a token: whoever reads it there cannot use the link."""
    return hashlib.sha256(token.encode()).hexdigest()
