"""Which bytes a browser asks for (RFC 9110, section 14). Pure."""

from __future__ import annotations

import re

_ONE = re.compile(r"^bytes=(\d{0,18})-(\d{0,18})$")


class Unsatisfiable(ValueError):
    """The range lies outside the file."""


def asked(header: str | None, size: int) -> tuple[int, int] | None:
    """``(first, last)`` inclusive, for one range; None: the whole, also for several ranges or one that is not understood.

    :raises Unsatisfiable: for a range that begins behind the end.
    """
    match = _ONE.match((header or "").strip())
    if match is None or match[0] == "bytes=-":
        return None
    first, last = match[1], match[2]
    if not first:
        if int(last) == 0:
            raise Unsatisfiable
        return max(0, size - int(last)), size - 1
    if int(first) >= size:
        raise Unsatisfiable
    end = min(int(last), size - 1) if last else size - 1
    return None if end < int(first) else (int(first), end)
