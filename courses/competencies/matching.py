"""Which competency a free word means: folded alike, a name or an alias. Pure.

Trainers write competencies as they speak: ``Needs analysis``, ``NEEDS-ANALYSIS``, ``需求挖掘``, ``需求挖掘 `` from a full-width keyboard,
``需求挖掘`` in either script. All of these meet in one folded form.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping
from functools import lru_cache

from msgspec import Struct

from courses import words

_BETWEEN = str.maketrans(dict.fromkeys("-_‐‑–—·/、&", " "))


@lru_cache(maxsize=4096)
def folded(word: str) -> str:
    """Full-width as half-width, traditional as simplified characters, small letters, one blank between words."""
    plain = unicodedata.normalize("NFKC", word).translate(_BETWEEN)
    plain = plain.casefold() if plain.isascii() else words.fold(plain)
    return " ".join(plain.split())


class Catalogue:
    """The words of a catalogue: folded word → id of the competency that answers to it."""

    def __init__(self, known: Mapping[str, int]) -> None:
        self._known = dict(known)

    def resolve(self, word: str) -> int | None:
        """The competency, or None if no competency answers to the word."""
        return self._known.get(folded(word))

    def resolve_all(self, some: Iterable[str]) -> list[int]:
        """The competencies that the words mean, each once, in the order met; unknown words are passed over."""
        found = (self.resolve(word) for word in some)
        return list(dict.fromkeys(id_ for id_ in found if id_ is not None))


class Unanswered(Struct, frozen=True):
    """A word in use that no competency answers to: as written most often, and how often in which room."""

    word: str
    uses: tuple[tuple[str, int], ...]

    @property
    def total(self) -> int:
        return sum(count for _, count in self.uses)


def unanswered(catalogue: Catalogue, used: Mapping[str, Mapping[str, int]]) -> list[Unanswered]:
    """The words without a competency, the most used first.

    :param used: room (``"courses"``) → word as written → how often it stands there.
    """
    spellings: dict[str, Counter[str]] = {}
    rooms: dict[str, Counter[str]] = {}
    for room, counts in used.items():
        for word, count in counts.items():
            if folded(word) and catalogue.resolve(word) is None:
                spellings.setdefault(folded(word), Counter())[word.strip()] += count
                rooms.setdefault(folded(word), Counter())[room] += count
    found = [
        Unanswered(_commonest(spellings[key]), tuple(sorted(rooms[key].items()))) for key in spellings
    ]
    return sorted(found, key=lambda each: (-each.total, each.word))


def _commonest(spellings: Counter[str]) -> str:
    return min(spellings, key=lambda word: (-spellings[word], word))
