"""The settings in force, as an administrator may see them: no secret is among them."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit, urlunsplit

from flask import current_app
from flask_babel import LazyString
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from msgspec import Struct


class Setting(Struct, frozen=True):
    """``variable`` of the environment that changes it, what it means, its value in force."""

    variable: str
    meaning: LazyString
    value: str


_SHOWN: tuple[tuple[str, str, LazyString], ...] = (
    ("BASE_URL", "BASE_URL", _l("The address of this site in mails and certificates")),
    ("VAR", "NEEDLE_VAR", _l("The folder for data, files and the queue")),
    ("SQLALCHEMY_DATABASE_URI", "DATABASE_URL", _l("The database")),
    ("REDIS_URL", "REDIS_URL", _l("Redis for the queue and for counting tries; empty: on this machine")),
    ("STORAGE_URL", "STORAGE_URL", _l("Where files are kept")),
    ("SMTP_URL", "SMTP_URL", _l("The mail server; empty: mails are kept in a folder")),
    ("MAIL_SENDER", "MAIL_SENDER", _l("The sender of mails")),
    ("JOBS", "NEEDLE_JOBS", _l("Long work: by a worker (queue) or at once (immediate)")),
    ("DEFAULT_LOCALE", "NEEDLE_LOCALE", _l("The language when neither person nor browser says one")),
    ("TIME_ZONE", "NEEDLE_TIME_ZONE", _l("The time zone of pages and mails")),
    ("CURRENCY", "NEEDLE_CURRENCY", _l("The currency of amounts")),
    ("SECOND_FACTOR_ROLES", "NEEDLE_SECOND_FACTOR_ROLES", _l("Roles that must sign in with a second factor")),
    ("SIGN_IN_LIMIT", "NEEDLE_SIGN_IN_LIMIT", _l("Failed sign-ins allowed per address and per identity")),
    ("MAX_CONTENT_LENGTH", "NEEDLE_MAX_UPLOAD_MB", _l("The largest upload, in MB")),
    ("LANGUAGE_MODEL_URL", "LANGUAGE_MODEL_URL", _l("The language model that plays customers; empty: none")),
    ("LANGUAGE_MODEL_NAME", "LANGUAGE_MODEL_NAME", _l("The name of that model")),
    ("LANGUAGE_MODEL_PROPOSALS", "LANGUAGE_MODEL_PROPOSALS", _l("When raters see the scores that it proposes: after, before or off")),
    ("SESSION_COOKIE_SECURE", "NEEDLE_HTTPS", _l("Cookies over HTTPS only")),
    ("TRUSTED_PROXIES", "NEEDLE_TRUSTED_PROXIES", _l("Proxies in front whose headers are believed")),
    ("DEMO", "NEEDLE_DEMO", _l("This is the demo company")),
)


def settings() -> list[Setting]:
    config = dict(current_app.config) | {"MAX_CONTENT_LENGTH": largest_upload()}
    return [Setting(variable, meaning, _plain(config.get(key))) for key, variable, meaning in _SHOWN]


def largest_upload() -> int:
    """In MB, as its variable has it."""
    return int(current_app.config["MAX_CONTENT_LENGTH"]) // 2**20


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return str(_("yes") if value else _("no"))
    if isinstance(value, list):
        return " ".join(map(str, value))
    return without_password(str(value))


def without_password(text: str) -> str:
    """A URL with user, password and query taken out; any other text as it is."""
    parts = urlsplit(text)
    if not parts.scheme or not parts.netloc:
        return text
    host = parts.netloc.rpartition("@")[2]
    shown = f"…@{host}" if "@" in parts.netloc else host
    return urlunsplit((parts.scheme, shown, parts.path, "", ""))
