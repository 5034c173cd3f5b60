"""Codes by which people name courses, surveys, cases and the like: short, there for good, and no two alike but for capitals."""

from __future__ import annotations

import re
from typing import Any

from sqlalchemy import func, select

from lms.db import db
from lms.errors import Refused

PATTERN = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"
"""What a code may look like, for forms."""


def is_code(text: str) -> bool:
    return re.fullmatch(PATTERN, text) is not None and not text.endswith("\n")


def check_free(column: Any, code: str, refusal: str) -> None:
    """:raises Refused: ``refusal`` (taken) if a row has this code already, in capitals or not."""
    if db.session.scalar(select(column).where(func.lower(column) == code.lower()).limit(1)) is not None:
        raise Refused(refusal, field="code", taken=code)
