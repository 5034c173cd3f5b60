"""Saying no: a word in the service, a sentence at the edge."""

from __future__ import annotations

from typing import Any

from flask_babel import LazyString, gettext
from flask_babel import lazy_gettext as _l


class Refused(Exception):
    """The act is not possible. ``code`` names the rule; ``field`` the form field it belongs to, if any."""

    status = 409

    def __init__(self, code: str, *, field: str | None = None, **params: Any) -> None:
        super().__init__(code)
        self.code = code
        self.field = field
        self.params = params


class Forbidden(Refused):
    """The person may see this but may not do it."""

    status = 403

    def __init__(self, code: str = "not_permitted", **params: Any) -> None:
        super().__init__(code, **params)


class Unknown(Refused):
    """There is no such thing, or the person may not know of it: the two look alike from outside."""

    status = 404

    def __init__(self, code: str = "not_found", **params: Any) -> None:
        super().__init__(code, **params)


_messages: dict[str, LazyString] = {
    "not_permitted": _l("Your role does not allow this. Ask your administrator if you need it."),
    "not_found": _l("There is no such page, or it is not open to you."),
    "stale_form": _l("This page had been open for too long. Your input is kept; please send it again."),
}


def register(messages: dict[str, LazyString]) -> None:
    """Add a feature's sentences to the one table; a code may be given a sentence once."""
    for code, sentence in messages.items():
        if _messages.get(code, sentence) is not sentence:
            raise ValueError(f"refusal {code!r} has two sentences")
        _messages[code] = sentence


def known_codes() -> frozenset[str]:
    return frozenset(_messages)


def sentence(refusal: Refused) -> str:
    """The sentence for a refusal in the reader's language."""
    message = _messages.get(refusal.code)
    if message is None:
        return gettext("This was not possible (%(code)s).", code=refusal.code)
    text = str(message)
    return text % refusal.params if refusal.params else text
