"""The frame around every page: the bar at its top, drawn once for each language, set of permissions and place.

Nearly all of it is the same for everybody who holds the same permissions and is at the same place of the navigation;
drawing it anew was a third of what a page cost. What differs from one request to the next (the token of its forms, the
way back, the name) is left open while drawing and filled in afterwards.
"""

from __future__ import annotations

from flask import Flask, current_app, g, request
from flask_wtf.csrf import generate_csrf
from markupsafe import Markup, escape

from lms import kept
from lms.assets import asset
from lms.authz import Actor
from lms.components import url_with
from lms.i18n import called
from lms.navigation import current_item, nav_items

_OPEN = {"token": "\ue000token\ue001", "back": "\ue000back\ue001", "name": "\ue000name\ue001"}
"""What stands in the drawn bar where a value is to come: characters that no text holds, being private to us."""


def links() -> Markup:
    """What the head of every page loads: mark, font, style, scripts."""
    return kept.drawn("links", _links)


def _links() -> Markup:
    return Markup(
        '<link rel="icon" href="{}" type="image/svg+xml">\n'
        '<link rel="preload" href="{}" as="font" type="font/woff2" crossorigin>\n'
        '<link rel="stylesheet" href="{}">\n<script src="{}"></script>\n<script type="module" src="{}"></script>'
    ).format(*map(asset, ("mark.svg", "inter-latin.woff2", "app.css", "theme.js", "app.js")))


def top(*, bare: bool = False) -> Markup:
    """The bar at the top of a page; ``bare`` without the navigation (sign-in, public pages)."""
    actor: Actor | None = g.get("actor")
    place = current_item(request.endpoint)
    key = ("top", actor.permissions if actor else None, place, bare)
    bar = kept.drawn(key, lambda: _draw(bare=bare, signed_in=actor is not None))
    bar = bar.replace(_OPEN["token"], escape(generate_csrf())).replace(_OPEN["back"], escape(url_with()))
    return Markup(bar.replace(_OPEN["name"], escape(called(actor)) if actor else ""))  # noqa: S704 -- escaped above


def _draw(*, bare: bool, signed_in: bool) -> str:
    template = current_app.jinja_env.get_template("lms/_top.html")
    return template.render(items=[] if bare else nav_items(), signed_in=signed_in, **_OPEN)


def init_app(app: Flask) -> None:
    kept.init_app(app)
    app.jinja_env.globals.update(frame_top=top, frame_links=links)
