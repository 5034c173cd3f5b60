"""Tries are counted: failed sign-ins and codes, and every request for a link, per address and per identity."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager

from flask import Flask, current_app, request
from limits import parse
from limits.storage import storage_from_string
from limits.strategies import MovingWindowRateLimiter
from werkzeug.exceptions import TooManyRequests

EXTENSION = "needle_limits"


def _keys(scope: str, identity: str) -> list[tuple[str, str, str]]:
    """What is counted: the address, and the identity whoever tries it. Identities are hashed."""
    name = hashlib.sha256(identity.strip().casefold().encode()).hexdigest()[:32]
    return [(scope, "address", request.remote_addr or "-"), (scope, "identity", name)]


def check(scope: str, identity: str) -> None:
    """:raises TooManyRequests: when the setting ``SIGN_IN_LIMIT`` has been used up."""
    limiter: MovingWindowRateLimiter = current_app.extensions[EXTENSION]
    limit = parse(current_app.config["SIGN_IN_LIMIT"])
    if _counting() and not all(limiter.test(limit, *key) for key in _keys(scope, identity)):
        raise TooManyRequests()


def count(scope: str, identity: str) -> None:
    limiter: MovingWindowRateLimiter = current_app.extensions[EXTENSION]
    limit = parse(current_app.config["SIGN_IN_LIMIT"])
    if _counting():
        for key in _keys(scope, identity):
            limiter.hit(limit, *key)


def spend(name: str, allowance: str) -> None:
    """Count one of ``allowance``, like "120 per minute". :raises TooManyRequests: when it has been used up."""
    limiter: MovingWindowRateLimiter = current_app.extensions[EXTENSION]
    if _counting() and not limiter.hit(parse(allowance), name):
        raise TooManyRequests()


@contextmanager
def alone(name: str, longest: int) -> Iterator[None]:
    """One at a time of this name; were it never ended, it counts as over after ``longest`` seconds.

    :raises TooManyRequests: while another one runs.
    """
    limiter: MovingWindowRateLimiter = current_app.extensions[EXTENSION]
    spend(name, f"1 per {longest} second")
    try:
        yield
    finally:
        limiter.clear(parse(f"1 per {longest} second"), name)


def address() -> str:
    """The network address of this request."""
    return request.remote_addr or "-"


def _counting() -> bool:
    return bool(current_app.config.get("RATELIMIT_ENABLED", True))


def init_app(app: Flask) -> None:
    """Counted in this process, or for all of them in Redis when ``REDIS_URL`` is set.

    :raises ValueError: if the setting ``SIGN_IN_LIMIT`` is not like "10 per minute".
    """
    parse(app.config["SIGN_IN_LIMIT"])
    storage = storage_from_string(app.config["REDIS_URL"] or "memory://")
    app.extensions[EXTENSION] = MovingWindowRateLimiter(storage)  # type: ignore[arg-type]
