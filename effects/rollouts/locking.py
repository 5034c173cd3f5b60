"""The locked analysis plan: its canonical text and the hash that names it. Pure."""

from __future__ import annotations

import hashlib
import json
from typing import Any

FORMAT = 1


def canonical(plan: dict[str, Any]) -> str:
    """The plan as one line of JSON: keys in order, no spaces, characters as they are."""
    return json.dumps(plan, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)


def sha256(plan: dict[str, Any]) -> str:
    """Hexadecimal SHA-256 of the canonical text in UTF-8: anybody can compute it again from the plan's JSON."""
    return hashlib.sha256(canonical(plan).encode()).hexdigest()
