"""Which passwords are too easy to guess. Pure.

Length counts and the known-bad are refused; no rules of composition (NIST SP 800-63B-4, section 3.1.1.2).
"""

from __future__ import annotations

import re
from collections.abc import Iterable

MIN_LENGTH = 10
MAX_LENGTH = 200
SEQUENCES = ("01234567890", "abcdefghijklmnopqrstuvwxyz", "qwertyuiop", "asdfghjkl", "zxcvbnm", "1qaz2wsx3edc4rfv")
COMMON = (
    "password", "passw0rd", "welcome", "letmein", "iloveyou", "admin", "qwerty", "monkey", "dragon", "football",
    "baseball", "sunshine", "princess", "superman", "changeme", "secret", "needle", "woaini", "mima", "woaiwojia",
)  # fmt: skip


def weakness(password: str, personal: Iterable[str | None] = ()) -> str | None:
    """'too_short', 'too_long', 'too_common' or 'too_personal'; None when the password is good enough.

    ``personal``: what is known about the person (name, number, address), whole and in words of three characters
    or more. What remains without the known parts must still have four characters, all different.
    """
    if len(password) < MIN_LENGTH:
        return "too_short"
    if len(password) > MAX_LENGTH:
        return "too_long"
    text = password.casefold()
    if _rest(text, COMMON + SEQUENCES) < 4:
        return "too_common"
    known = [word.casefold() for word in personal if word]
    words = [part for word in known for part in re.split(r"[\s@.]+", word) if len(part) >= 3]
    if _rest(text, known + words) < 4:
        return "too_personal"
    return None


def _rest(text: str, known: Iterable[str]) -> int:
    """How many different characters are left when the known words and runs of keys are taken out."""
    for word in sorted(known, key=len, reverse=True):
        text = text.replace(word, "").replace(word[::-1], "")
    for row in SEQUENCES:
        for size in range(len(row), 3, -1):
            for start in range(len(row) - size + 1):
                run = row[start : start + size]
                text = text.replace(run, "").replace(run[::-1], "")
    return len(set(text)) if len(text) >= 4 else 0
