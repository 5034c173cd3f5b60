"""Tries are counted: failed sign-ins and codes, and every request for a link, per address and per identity."""

from __future__ import annotations

import hashlib

from flask import Flask, current_app, request
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from limits import parse
from werkzeug.exceptions import TooManyRequests

EXTENSION = "needle_limiter"


def _keys(scope: str, identity: str) -> list[tuple[str, str, str]]:
    """What is counted: the address, and the identity whoever tries it. Identities are hashed."""
    name = hashlib.sha256(identity.strip().casefold().encode()).hexdigest()[:32]
    return [(scope, "address", request.remote_addr or "-"), (scope, "identity", name)]


def check(scope: str, identity: str) -> None:
    """:raises TooManyRequests: when the setting ``SIGN_IN_LIMIT`` has been used up."""
    limiter: Limiter = current_app.extensions[EXTENSION]
    if not limiter.enabled:
        return
    limit = parse(current_app.config["SIGN_IN_LIMIT"])
    if not all(limiter.limiter.test(limit, *key) for key in _keys(scope, identity)):
        raise TooManyRequests()


def count(scope: str, identity: str) -> None:
    limiter: Limiter = current_app.extensions[EXTENSION]
    if limiter.enabled:
        limit = parse(current_app.config["SIGN_IN_LIMIT"])
        for key in _keys(scope, identity):
            limiter.limiter.hit(limit, *key)


def init_app(app: Flask) -> None:
    """Counted in this process, or for all of them in Redis when ``REDIS_URL`` is set."""
    limiter = Limiter(
        get_remote_address, strategy="moving-window", storage_uri=app.config["REDIS_URL"] or "memory://"
    )
    limiter.init_app(app)
    app.extensions[EXTENSION] = limiter
