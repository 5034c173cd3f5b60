"""Which works are scored by two, so that it can be known how far raters agree. Pure."""

from __future__ import annotations

import hashlib

SHARE = 20
"""Percent of the works."""


def by_two(alias: str, percent: int = SHARE) -> bool:
    """Whether the work with this mark was drawn. The mark is drawn by chance, so this is; and it stays as it was drawn."""
    return int.from_bytes(hashlib.sha256(alias.encode()).digest()[:4]) % 100 < percent
