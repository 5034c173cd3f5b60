"""Open answers grouped by the terms they share, in Chinese and in Latin script. Pure.

Chinese has no blanks between words and the product carries no dictionary: candidates are runs of two to four characters, of which
the longer replaces the shorter when it occurs in the same answers (客户 stays beside 大客户 only if it says more).
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from msgspec import Struct

_HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff]+")
_LATIN = re.compile(r"[^\W\d_\u3400-\u9fff](?:[^\W_\u3400-\u9fff]|['’-]){2,}")
_EMPTY_HAN = frozenset("的了是在我你他她它们这那有和与及也都就还很更最不没要会能可以对把被给让到从为而但或吗呢吧啊个些一上下中里后前时得地着过")
_EMPTY_WORDS = frozenset({"希望", "觉得", "比较", "非常", "我们", "你们", "大家", "多一", "自己", "时候", "这样", "有些"})
_EMPTY_LATIN = frozenset(re.findall(r"\S+", """
    the and for that this with was were are but not you your our their they them have has had from would could should very more
    most than then into about when what which who how its it's his her she him been being too also just can will did does
    all any some one out over there here only
"""))  # fmt: skip
LONGEST_GRAM = 4


class Term(Struct, frozen=True):
    """A term and the answers (their places in the list) in which it stands."""

    text: str
    answers: tuple[int, ...]


def terms(answers: Sequence[str], *, least: int = 2, most: int = 8) -> list[Term]:
    """The terms that stand in at least ``least`` answers that differ, those in the most answers first."""
    places: dict[str, set[int]] = {}
    said: dict[str, set[str]] = {}
    for at, answer in enumerate(answers):
        for term in _candidates(answer):
            places.setdefault(term, set()).add(at)
            said.setdefault(term, set()).add(answer)
    frequent = {term: found for term, found in places.items() if len(said[term]) >= least}
    kept: list[str] = []
    for term in sorted(frequent, key=lambda each: (-len(each), each)):
        if not any(_said_by(term, longer, frequent) for longer in kept):
            kept.append(term)
    kept.sort(key=lambda each: (-len(frequent[each]), -len(each), each))
    return [Term(term, tuple(sorted(frequent[term]))) for term in kept[:most]]


def _said_by(term: str, longer: str, places: dict[str, set[int]]) -> bool:
    """Whether a longer term of the same answers says it already, or overlaps with it (客户经, 户经理)."""
    if places[term] != places[longer]:
        return False
    return term in longer or any(longer.endswith(term[:n]) or longer.startswith(term[-n:]) for n in range(1, len(term)))


def _candidates(answer: str) -> set[str]:
    found = {word for word in _LATIN.findall(answer.casefold()) if word not in _EMPTY_LATIN}
    for run in _HAN.findall(answer):
        for size in range(2, LONGEST_GRAM + 1):
            grams = (run[at : at + size] for at in range(len(run) - size + 1))
            found |= {gram for gram in grams if not _EMPTY_HAN & set(gram) and not any(word in gram for word in _EMPTY_WORDS)}
    return found
