"""What each role finds in the navigation and on its "today" page. The roof fills both lists."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from functools import lru_cache
from types import SimpleNamespace
from typing import Any

from flask import Flask, g, request, url_for
from flask_babel import LazyString
from msgspec import Struct
from sqlalchemy import ColumnElement, select

from lms.authz import Actor, Permission, Role
from lms.prepared import Prepared


class NavItem(Struct, frozen=True):
    """A place in the navigation, shown to those who hold ``permission``. ``icon`` names a symbol of the sprite."""

    endpoint: str
    label: LazyString
    icon: str
    permission: Permission
    order: int
    phone: bool = False
    """Whether it belongs in the bar at the bottom of a phone (at most four do)."""

    @property
    def url(self) -> str:
        return url_for(self.endpoint)

    @property
    def current(self) -> bool:
        return current_item(request.endpoint) == self.endpoint


class TodayPanel(Struct, frozen=True):
    """A part of a role's "today" page.

    ``load(actor, now)`` returns the template's values, or None when there is nothing to show. ``asks``, where given, says in
    SQL whether there may be something for ``:person_id`` at ``:moment``: all of a page's are asked in one statement, and a
    panel of which it is false is not loaded.
    """

    name: str
    roles: frozenset[Role]
    order: int
    template: str
    load: Callable[[Actor, datetime], dict[str, Any] | None]
    asks: ColumnElement[bool] | None = None


_items: dict[str, NavItem] = {}
_panels: dict[str, TodayPanel] = {}


def add_item(item: NavItem) -> None:
    _items[item.endpoint] = item
    current_item.cache_clear()


@lru_cache(maxsize=1024)
def current_item(endpoint: str | None) -> str | None:
    """The item that a page belongs to: its own, else the first of the page's blueprint, else none."""
    if endpoint is None or endpoint in _items:
        return endpoint
    blueprint = endpoint.split(".")[0]
    same = [item for item in _items.values() if item.endpoint.split(".")[0] == blueprint]
    return min(same, key=lambda item: item.order).endpoint if same else None


def add_panel(panel: TodayPanel) -> None:
    _panels[panel.name] = panel
    _panels_of.cache_clear()


@lru_cache(maxsize=64)
def _panels_of(roles: frozenset[Role]) -> tuple[list[TodayPanel], Prepared | None]:
    """The panels of these roles in their order, and the one statement of what they ask."""
    panels = sorted((panel for panel in _panels.values() if panel.roles & roles), key=lambda panel: panel.order)
    asked = [panel.asks.label(f"panel_{at}") for at, panel in enumerate(panels) if panel.asks is not None]
    return panels, Prepared(select(*asked)) if asked else None


def nav_items(*, phone: bool = False) -> list[NavItem]:
    actor: Actor | None = g.get("actor")
    if actor is None:
        return []
    items = [i for i in _items.values() if actor.can(i.permission) and (i.phone or not phone)]
    return sorted(items, key=lambda item: item.order)


def today_panels(actor: Actor, moment: datetime) -> list[tuple[str, SimpleNamespace]]:
    """(template, values) of each panel that has something to show to this person."""
    panels, statement = _panels_of(frozenset(grant.role for grant in actor.grants))
    asked: Iterable[Any] = ()
    if statement is not None:
        (asked,) = statement.rows({"person_id": actor.person_id, "moment": moment})
    answers = iter(asked)
    found = []
    for panel in panels:
        if panel.asks is None or next(answers):
            values = panel.load(actor, moment)
            if values is not None:
                found.append((panel.template, SimpleNamespace(**values)))
    return found


def init_app(app: Flask) -> None:
    app.jinja_env.globals.update(nav_items=nav_items)
