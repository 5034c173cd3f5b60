"""The frame around every page: the bar at its top, drawn once for each language, set of permissions and place.

Nearly all of it is the same for everybody who holds the same permissions and is at the same place of the navigation;
drawing it anew was a third of what a page cost. What differs from one request to the next (the token of its forms, the
way back, the name) is left open while drawing and filled in afterwards.
"""

from __future__ import annotations

from flask import Flask, current_app, g, request
from flask_wtf.csrf import generate_csrf
from markupsafe import Markup, escape

from lms.authz import Actor
from lms.components import url_with
from lms.i18n import called, current_locale
from lms.navigation import current_item, nav_items

_OPEN = {"token": "\ue000token\ue001", "back": "\ue000back\ue001", "name": "\ue000name\ue001"}
"""What stands in the drawn bar where a value is to come: characters that no text holds, being private to us."""
_KEPT_AT_MOST = 512


def top(*, bare: bool = False) -> Markup:
    """The bar at the top of a page; ``bare`` without the navigation (sign-in, public pages)."""
    actor: Actor | None = g.get("actor")
    place = current_item(request.endpoint)
    key = (current_locale(), actor.permissions if actor else None, place, bare, request.script_root)
    kept: dict[object, str] = current_app.extensions["needle-frames"]
    drawn = kept.get(key)
    if drawn is None or current_app.debug:
        if len(kept) >= _KEPT_AT_MOST:
            kept.clear()
        drawn = kept[key] = _draw(bare=bare, signed_in=actor is not None)
    drawn = drawn.replace(_OPEN["token"], escape(generate_csrf())).replace(_OPEN["back"], escape(url_with()))
    return Markup(drawn.replace(_OPEN["name"], escape(called(actor)) if actor else ""))  # noqa: S704 -- escaped above


def _draw(*, bare: bool, signed_in: bool) -> str:
    template = current_app.jinja_env.get_template("lms/_top.html")
    return template.render(items=[] if bare else nav_items(), signed_in=signed_in, **_OPEN)


def init_app(app: Flask) -> None:
    app.extensions["needle-frames"] = {}
    app.jinja_env.globals["frame_top"] = top
