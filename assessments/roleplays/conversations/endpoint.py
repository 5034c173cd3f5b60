"""Where the language model is, by the settings: the one address that is ever asked. Pure.

A rep, a scenario or an answer of the model never changes it, and a redirection is not followed.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from msgspec import Struct

AFTER, BEFORE, OFF = "after", "before", "off"
"""When raters see a proposal: after their own rating, before it, or never (then none is asked for)."""
COMPLETIONS = "/chat/completions"


class SettingInvalid(ValueError):
    """A setting that cannot be: said at the start, not to a rep."""


class Endpoint(Struct, frozen=True):
    """``seconds``: how long an answer may take as a whole."""

    secure: bool
    host: str
    port: int
    path: str
    name: str
    key: str
    seconds: float
    proposals: str

    def __repr__(self) -> str:
        return f"<Endpoint {self.host} {self.name}>"  # never the key


def endpoint(settings: Mapping[str, Any]) -> Endpoint | None:
    """The endpoint of these settings; None where no model is set. :raises SettingInvalid: if they cannot be used."""
    url, name = str(settings.get("LANGUAGE_MODEL_URL", "")), str(settings.get("LANGUAGE_MODEL_NAME", ""))
    if not url:
        return None
    if not name or len(name) > 100:
        raise SettingInvalid("LANGUAGE_MODEL_NAME: name the model that LANGUAGE_MODEL_URL serves")
    host, port, path, secure = _address(url)
    key, proposals = str(settings.get("LANGUAGE_MODEL_KEY", "")), str(settings.get("LANGUAGE_MODEL_PROPOSALS", AFTER))
    if key and not secure and not _on_this_machine(host):
        raise SettingInvalid("LANGUAGE_MODEL_URL: a key is sent over https alone, or to this machine")
    if not key.isascii() or any(letter < "!" for letter in key):
        raise SettingInvalid("LANGUAGE_MODEL_KEY: a key has letters, digits and signs, no spaces")
    if proposals not in (AFTER, BEFORE, OFF):
        raise SettingInvalid("LANGUAGE_MODEL_PROPOSALS: after, before or off")
    seconds = float(settings.get("LANGUAGE_MODEL_SECONDS", 45))
    if not 0 < seconds <= 100:
        raise SettingInvalid("LANGUAGE_MODEL_SECONDS: from 1 to 100")
    return Endpoint(secure, host, port, path, name, key, seconds, proposals)


def _address(url: str) -> tuple[str, int, str, bool]:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise SettingInvalid("LANGUAGE_MODEL_URL: this is no address") from None
    plain = parts.scheme in ("http", "https") and parts.hostname and not (parts.username or parts.query or parts.fragment)
    if not plain or any(letter <= " " for letter in url):
        raise SettingInvalid("LANGUAGE_MODEL_URL: http(s)://host/v1, without user, query and fragment")
    secure = parts.scheme == "https"
    path = parts.path.rstrip("/")
    path = path if path.endswith(COMPLETIONS) else path + COMPLETIONS
    return str(parts.hostname), port or (443 if secure else 80), path, secure


def _on_this_machine(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
