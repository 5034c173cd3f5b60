"""By what the trained may be split, and who belongs where. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from enum import StrEnum


class Split(StrEnum):
    TENURE = "tenure"
    RESULTS = "results"
    REGION = "region"


TENURE_BANDS = (("under_1", 0.0, 1.0), ("1_to_3", 1.0, 3.0), ("over_3", 3.0, float("inf")))
"""(key, from, to) in years with the firm when the course began."""
THIRDS = ("low", "middle", "high")
YEAR = 365.25


def tenure_band(hired: date | None, started: date | None) -> str | None:
    """The band of a rep; None where a date is not known."""
    if hired is None or started is None:
        return None
    years = max(0.0, (started - hired).days / YEAR)
    return next(key for key, low, high in TENURE_BANDS if low <= years < high)


def known_splits(given: Sequence[str]) -> list[str]:
    """Those named, in the order of the page, each once. Unknown names: ValueError."""
    wanted = {Split(name) for name in given}
    return [split.value for split in Split if split in wanted]
