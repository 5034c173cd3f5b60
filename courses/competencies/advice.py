"""After a result: which competency was weak in it, and which published course trains it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from courses.competencies import queries
from courses.competencies.queries import Brief, Trains
from courses.competencies.scale import begins

MOST = 3
WEAK = begins(3)
"""Under the share at which level 3 begins."""


class Advice(NamedTuple):
    """A competency that was weak in one result, by the share reached, and what trains it."""

    competency: Brief
    share: float
    courses: Sequence[Trains]


def weakest(shares: Mapping[str, float]) -> list[Advice]:
    """The weakest competencies first, from the shares by word. No statement where nothing was weak, else three.

    One result is no level: it says what to look at next, not what somebody can do.
    """
    weak = {word: share for word, share in shares.items() if word and share < WEAK}
    if not weak:
        return []
    words, briefs = queries.catalogue(), queries.briefs()
    found: dict[int, float] = {}
    for word, share in weak.items():
        competency_id = words.resolve(word)
        if competency_id is not None and not briefs[competency_id].retired:
            found[competency_id] = min(share, found.get(competency_id, 1.0))
    taught = queries.courses_by_competency(words) if found else {}
    ordered = sorted(found, key=lambda id_: (found[id_], briefs[id_].code))
    return [Advice(briefs[id_], found[id_], taught.get(id_, ())) for id_ in ordered[:MOST]]
