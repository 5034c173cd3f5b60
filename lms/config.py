"""Settings: every one has a default that works on one machine, and an environment variable to change it."""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

ROOT = Path(__file__).resolve().parent.parent


def _flag(name: str, default: bool) -> bool:
    return os.environ.get(name, str(int(default))).strip().lower() in {"1", "true", "yes", "on"}


def _secret(var: Path, name: str) -> str:
    """A secret made once and kept beside the data, unless the environment gives one.

    Whoever starts at the same time gets the same one: it appears whole, under its name, or not at all.
    """
    path = var / name
    if not path.exists():
        with NamedTemporaryFile("w", dir=var, prefix=f".{name}.") as file:  # for the owner's eyes alone, as link keeps it
            file.write(secrets.token_urlsafe(48))
            file.flush()
            with suppress(FileExistsError):  # somebody was faster
                os.link(file.name, path)
    return path.read_text().strip()


def database_url(url: str) -> str:
    """Name the driver: ``postgres://`` and ``postgresql://`` mean psycopg 3."""
    for prefix in ("postgres://", "postgresql://"):
        if url.startswith(prefix):
            return "postgresql+psycopg://" + url.removeprefix(prefix)
    return url


def settings() -> dict[str, Any]:
    """The settings of this process, read from the environment."""
    var = Path(os.environ.get("NEEDLE_VAR", ROOT / "var")).resolve()
    var.mkdir(mode=0o700, parents=True, exist_ok=True)  # the data of people: for whoever runs Needle, and nobody else
    url = database_url(os.environ.get("DATABASE_URL", f"sqlite:///{var / 'needle.db'}"))
    return {
        "VAR": var,
        "SECRET_KEY": os.environ.get("SECRET_KEY") or _secret(var, "secret_key"),
        "SECURITY_PASSWORD_SALT": os.environ.get("SECURITY_PASSWORD_SALT") or _secret(var, "password_salt"),
        "SQLALCHEMY_DATABASE_URI": url,
        "SQLALCHEMY_ENGINE_OPTIONS": {} if url.startswith("sqlite") else {"pool_pre_ping": True},
        "REDIS_URL": os.environ.get("REDIS_URL", ""),
        "STORAGE_URL": os.environ.get("STORAGE_URL", f"file://{var / 'files'}"),
        "SMTP_URL": os.environ.get("SMTP_URL", ""),
        "MAIL_SENDER": os.environ.get("MAIL_SENDER", "Needle <needle@localhost>"),
        "BASE_URL": os.environ.get("BASE_URL", f"http://127.0.0.1:{os.environ.get('PORT', '8000')}"),
        "JOBS": os.environ.get("NEEDLE_JOBS", "queue"),
        "DEFAULT_LOCALE": os.environ.get("NEEDLE_LOCALE", "en"),
        "TIME_ZONE": os.environ.get("NEEDLE_TIME_ZONE", "Asia/Shanghai"),
        "CURRENCY": os.environ.get("NEEDLE_CURRENCY", "CNY"),
        "SECOND_FACTOR_ROLES": os.environ.get("NEEDLE_SECOND_FACTOR_ROLES", "").split(),
        "SIGN_IN_LIMIT": os.environ.get("NEEDLE_SIGN_IN_LIMIT", "10 per minute"),
        "MAX_CONTENT_LENGTH": int(os.environ.get("NEEDLE_MAX_UPLOAD_MB", "300")) * 1024 * 1024,
        "ANSWER_FILE_DAYS": int(os.environ.get("NEEDLE_ANSWER_FILE_DAYS", "365")),
        "RECORDING_MAX_MB": int(os.environ.get("NEEDLE_RECORDING_MAX_MB", "500")),
        "LANGUAGE_MODEL_URL": os.environ.get("LANGUAGE_MODEL_URL", ""),
        "LANGUAGE_MODEL_KEY": os.environ.get("LANGUAGE_MODEL_KEY", ""),
        "LANGUAGE_MODEL_NAME": os.environ.get("LANGUAGE_MODEL_NAME", ""),
        "LANGUAGE_MODEL_SECONDS": float(os.environ.get("LANGUAGE_MODEL_SECONDS", "45")),
        "LANGUAGE_MODEL_PROPOSALS": os.environ.get("LANGUAGE_MODEL_PROPOSALS", "after"),
        "SESSION_COOKIE_SECURE": _flag("NEEDLE_HTTPS", False),
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "TRUSTED_PROXIES": int(os.environ.get("NEEDLE_TRUSTED_PROXIES", "0")),
        "PORTFOLIO_REFRESH": os.environ.get("NEEDLE_PORTFOLIO_REFRESH", "quarter"),
        "DEMO": _flag("NEEDLE_DEMO", False),
    }
