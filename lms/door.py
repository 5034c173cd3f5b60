"""The door: who is at it, and whether the route they knock at is open to them. Closed unless marked."""

from __future__ import annotations

from flask import Flask, abort, current_app, g, redirect, request, url_for
from flask.sessions import SecureCookieSessionInterface
from flask_login import current_user
from itsdangerous import URLSafeTimedSerializer
from werkzeug.wrappers import Response

from lms import api
from lms.authz import is_marked
from lms.people.scope import actor_of, load_actor

LIBRARY_ENDPOINTS = frozenset({"static"})
"""Routes that a library serves to everyone. Flask-Security's own views are named in ``SECURITY_ENDPOINTS``."""
SECURITY_BLUEPRINT = "security"


class Cookies(SecureCookieSessionInterface):
    """Flask's signed cookies; what signs and reads them is made once, not for every request anew."""

    _signer: URLSafeTimedSerializer | None = None

    def get_signing_serializer(self, app: Flask) -> URLSafeTimedSerializer | None:
        if self._signer is None:
            self._signer = super().get_signing_serializer(app)
        return self._signer


def init_app(app: Flask) -> None:
    app.session_interface = Cookies()

    @app.before_request
    def who() -> None:
        g.actor = None
        if request.endpoint in LIBRARY_ENDPOINTS:
            return
        if api.is_asked() and api.with_token():
            g.actor = api.actor_by_token()
        else:
            person = current_user._get_current_object()  # noqa: SLF001 -- the documented way past the proxy, which asks again for each word
            if person.is_authenticated:
                held = g.pop("grants", None)
                g.actor = load_actor(person) if held is None else actor_of(person, held)

    @app.before_request
    def door() -> Response | None:
        if request.endpoint is None or request.endpoint in LIBRARY_ENDPOINTS:
            return None
        if request.blueprint == SECURITY_BLUEPRINT:
            return None
        view = current_app.view_functions[request.endpoint]
        if not is_marked(view):
            abort(403)
        permission = view.required_permission  # type: ignore[union-attr]
        if permission is None:
            return None
        if api.is_asked():
            api.check_door()
        if g.actor is None:
            wanted = request.full_path.rstrip("?") if request.method == "GET" else None
            return redirect(url_for("security.login", next=wanted))
        if not g.actor.can(permission):
            abort(403)
        return None
