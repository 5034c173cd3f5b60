"""The words for stages and levels, as people read them."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

STAGES = {
    "profile": _l("Account profile"),
    "leads": _l("Sales leads"),
    "needs": _l("Finding needs"),
    "objections": _l("Handling objections"),
    "agreement": _l("Reaching agreement"),
    "cash": _l("Getting paid"),
}
LEVELS = {1: _l("Foundation"), 2: _l("Developing"), 3: _l("Proficient"), 4: _l("Exemplary")}


def level(number: int) -> str:
    """``3 Proficient``."""
    return f"{number} {LEVELS[number]}"
