"""What can never change under its key: made once, kept in the process.

The bar of the navigation under a set of permissions, what a published version says under that version. Everything personal,
and everything that somebody may edit, is made anew.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping
from typing import TypeVar, cast

from flask import Flask, current_app, request

from lms.i18n import current_locale

_AT_MOST = 6144
"""Enough for what two thousand published courses say: three entries each."""
_NAME = "needle-kept"
Made = TypeVar("Made")


def once(key: Hashable, make: Callable[[], Made]) -> Made:
    """What ``make`` gives, made the first time that ``key`` is asked for."""
    kept: dict[Hashable, object] = current_app.extensions[_NAME]
    found = kept.get(key)
    if found is None or current_app.debug:
        if len(kept) >= _AT_MOST:
            kept.clear()
        found = kept[key] = make()
    return cast(Made, found)


def each(name: str, ids: Iterable[int], make: Callable[[list[int]], Mapping[int, Made]]) -> dict[int, Made]:
    """The same for many by their ids: ``make`` is asked once, for all those that are not kept yet."""
    kept: dict[Hashable, Made] = current_app.extensions[_NAME]
    wanted = set(ids)
    found = {} if current_app.debug else {one: kept[name, one] for one in wanted if (name, one) in kept}
    if missing := wanted - found.keys():
        made = make(sorted(missing))
        if len(kept) + len(made) > _AT_MOST:
            kept.clear()
        kept.update({(name, one): value for one, value in made.items()})
        found |= made
    return found


def drawn(key: Hashable, draw: Callable[[], Made]) -> Made:
    """The same for a part of a page, which differs by language and by the prefix of its addresses."""
    return once((key, current_locale(), request.script_root), draw)


def forget(app: Flask) -> None:
    """Make everything anew: for tests, whose rolled-back rows give the same numbers to other texts."""
    app.extensions[_NAME] = {}


def init_app(app: Flask) -> None:
    forget(app)
