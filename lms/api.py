"""The JSON interface: its door, and its description made from the routes themselves.

A program comes in with a token of a person (``Authorization: Bearer …``) and may do what that person may; somebody who
is signed in may read in the browser. Only a token writes: a browser's cookie is never enough for that, so the forms'
token against forgery is not asked for.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from typing import Any, TypeVar

from flask import Blueprint, Flask, Response, current_app, g, jsonify, request
from werkzeug.exceptions import Unauthorized
from werkzeug.routing import Rule

from lms.authz import Actor, public
from lms.db import transaction
from lms.people.tokens import services as tokens

PREFIX = "/api/v1"
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
VARIABLE = re.compile(r"<(?:[^:<>]+:)?([^<>]+)>")
_rooms: set[str] = set()
View = TypeVar("View", bound=Callable[..., Any])


def room(name: str, import_name: str) -> Blueprint:
    """A blueprint of the interface; ``let_in`` registers it."""
    _rooms.add(name)
    return Blueprint(name, import_name, url_prefix=PREFIX)


def let_in(app: Flask, blueprint: Blueprint) -> None:
    """Register a room of the interface."""
    app.extensions["csrf"].exempt(blueprint)
    app.register_blueprint(blueprint)


def asks(*names: str) -> Callable[[View], View]:
    """Mark a view with the whole numbers that it reads from the address, for the description."""

    def mark(view: View) -> View:
        view.asks = names  # type: ignore[attr-defined]
        return view

    return mark


def is_asked() -> bool:
    """Whether this request is for the interface."""
    return request.blueprint in _rooms


def with_token() -> bool:
    return "Authorization" in request.headers


def actor_by_token() -> Actor | None:
    """Whose token came with this request; None without one that opens the door.

    :raises TooManyRequests: by too many requests.
    """
    kind, _space, secret = request.headers.get("Authorization", "").partition(" ")
    found = tokens.find(secret.strip()) if kind.lower() == "bearer" else None
    if found is None:
        return None
    if found.first_today:
        with transaction():
            tokens.note_use(found.token_id)
    return found.actor


def check_door() -> None:
    """:raises Unauthorized: a token that opens nothing, a program without one, or a browser that wants to write."""
    asks_json = request.accept_mimetypes.best_match(["text/html", "application/json"]) == "application/json"
    if g.actor is None and (with_token() or asks_json or request.method not in SAFE):
        raise Unauthorized()
    if request.method not in SAFE and not with_token():
        raise Unauthorized()


blueprint = room("api", __name__)


@blueprint.get("/openapi.json")
@public
def openapi() -> Response:
    """This description."""
    return jsonify(description(current_app))


def description(app: Flask) -> dict[str, Any]:
    """OpenAPI 3.1 of every route of the interface."""
    paths: dict[str, dict[str, Any]] = {}
    for rule in sorted(app.url_map.iter_rules(), key=lambda rule: rule.rule):
        if rule.endpoint.split(".")[0] in _rooms:
            for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
                paths.setdefault(_path(rule), {})[method.lower()] = _operation(app, rule)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Needle", "version": "1"},
        "paths": paths,
        "components": {"securitySchemes": {"token": {"type": "http", "scheme": "bearer"}}},
        "security": [{"token": []}],
    }


def _path(rule: Rule) -> str:
    return VARIABLE.sub(r"{\1}", rule.rule)


def _operation(app: Flask, rule: Rule) -> dict[str, Any]:
    view = app.view_functions[rule.endpoint]
    permission = getattr(view, "required_permission", None)
    text = inspect.getdoc(view) or ""
    asked = [{"name": name, "in": "query", "schema": {"type": "integer"}} for name in getattr(view, "asks", ())]
    path = [{"name": n, "in": "path", "required": True, "schema": {"type": "integer"}} for n in sorted(rule.arguments)]
    answers = {"200": {"description": "JSON"}} if "POST" not in (rule.methods or ()) else {"202": {"description": "promised"}}
    refused = {"401": {"description": "no token"}, "403": {"description": "not permitted"}, "404": {"description": "not there"}}
    made: dict[str, Any] = {"operationId": rule.endpoint, "summary": text, "parameters": path + asked}
    made["responses"] = answers | (refused if permission else {})
    if permission is None:
        return made | {"security": []}
    return made | {"x-permission": str(permission)}


def init_app(app: Flask) -> None:
    let_in(app, blueprint)
