"""Parts of pages that are the same for everybody who may see them: drawn once, kept in the process.

Only what can never change under its key may be kept: the bar of the navigation under a set of permissions, what a
published version says under that version. Everything personal is drawn anew.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import TypeVar, cast

from flask import Flask, current_app, request

from lms.i18n import current_locale

_AT_MOST = 1024
_NAME = "needle-drawn"
Drawn = TypeVar("Drawn")


def once(key: Hashable, draw: Callable[[], Drawn]) -> Drawn:
    """What ``draw`` gives, drawn the first time that ``key`` is asked for in this language and under this prefix."""
    kept: dict[Hashable, object] = current_app.extensions[_NAME]
    place = (key, current_locale(), request.script_root)
    found = kept.get(place)
    if found is None or current_app.debug:
        if len(kept) >= _AT_MOST:
            kept.clear()
        found = kept[place] = draw()
    return cast(Drawn, found)


def forget(app: Flask) -> None:
    """Draw everything anew: for tests, whose rolled-back rows give the same numbers to other texts."""
    app.extensions[_NAME] = {}


def init_app(app: Flask) -> None:
    forget(app)
