"""JSON in one form, and the hash that names it: what is frozen is found again by what it says. Pure."""

from __future__ import annotations

import hashlib
import json
from typing import Any


def text(value: Any) -> str:
    """One line of JSON: keys in order, no spaces, characters as they are. Errors: ``ValueError`` for NaN and infinity."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)


def sha256(value: Any) -> str:
    """Hexadecimal SHA-256 of the text in UTF-8: anybody can compute it again from the JSON."""
    return hashlib.sha256(text(value).encode()).hexdigest()
