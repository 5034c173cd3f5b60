"""What in a text may give away who it is about: people, companies, amounts, phone numbers, e-mail addresses. Pure.

It finds candidates for a person to judge, and never says that a text is anonymous.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from msgspec import Struct

KINDS = ("email", "phone", "amount", "company", "person", "watched", "document")
_HAN = r"\u4e00-\u9fff"
_FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
_NUMERALS = "一二三四五六七八九十百千两零〇"
_BEFORE = r"(?:了|在|向|对|与|和|给|把|被|是|由|跟|为|从|的|到|及|让|请|约)"
"""Words after which a company's name begins."""

_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+", re.ASCII)
_PHONE = re.compile(
    r"(?<![\d.])(?:(?:\+?86[- ]?)?1[3-9]\d[- ]?\d{4}[- ]?\d{4}|0\d{2,3}[- ]\d{7,8}|400[- ]?\d{3}[- ]?\d{4}|\+\d{1,3}[- ]\d[\d -]{5,13}\d)(?!\d)"
)
_AMOUNT = re.compile(
    r"(?:(?:[¥$€£]|RMB|CNY|USD|EUR)\s*\d[\d,.]*\d*(?:\s*(?:million|billion|万|亿))?"
    rf"|(?:\d[\d,]*(?:\.\d+)?|[{_NUMERALS}]+)\s*(?:千万|百万|[万亿])?(?:元|美元|欧元|人民币)"
    rf"|(?:\d[\d,]*(?:\.\d+)?|[{_NUMERALS}]+)\s*(?:千万|百万|万|亿)(?![一-鿿]{{0,1}}(?:次|人|台|件|公里))"
    r"|\d[\d,]*(?:\.\d+)?\s*(?:million|billion|yuan|dollars|euros|RMB|CNY|USD|EUR)\b)",
    re.IGNORECASE,
)
_COMPANY_HAN = re.compile(rf"[{_HAN}A-Za-z0-9（）()]{{2,24}}?(?:有限责任公司|股份有限公司|有限公司|集团|股份)")
_COMPANY_LATIN = re.compile(
    r"\b(?:[A-Z][\w&'’-]*\s+){1,4}(?:Co\.,?\s*Ltd\.?|Ltd\.?|Limited|Inc\.?|GmbH|Corporation|Corp\.?|LLC|PLC|AG|Group|Holdings?)(?!\w)"
)
_GENERIC = re.compile(r"^(?:(?:该|本|这家|那家|某|一家|整个|客户|对方|我们|大型|跨国)+)(?:集团|有限公司|股份)$")


class Flag(Struct, frozen=True):
    """``text`` as it stands from ``start`` to ``end`` of the text at ``place``."""

    place: str
    kind: str
    text: str
    start: int
    end: int


def find(place: str, text: str, people: Collection[str], watched: Collection[str] = ()) -> list[Flag]:
    """The flags of one text in their order; where two overlap the longer one stands.

    :param people: names of people, in any script. :param watched: names that the proposer said must not appear.
    """
    plain = text.translate(_FULL_WIDTH)
    found = [
        Flag(place, kind, text[start:end], start, end)
        for kind, start, end in _candidates(plain, people, watched)
        if plain[start:end].strip()
    ]
    found.sort(key=lambda flag: (flag.start - flag.end, KINDS.index(flag.kind), flag.start))
    kept: list[Flag] = []
    for flag in found:
        if all(flag.end <= other.start or flag.start >= other.end for other in kept):
            kept.append(flag)
    return sorted(kept, key=lambda flag: flag.start)


def _candidates(text: str, people: Collection[str], watched: Collection[str]) -> Iterator[tuple[str, int, int]]:
    for kind, pattern in (("email", _EMAIL), ("phone", _PHONE), ("amount", _AMOUNT), ("company", _COMPANY_LATIN)):
        yield from ((kind, match.start(), match.end()) for match in pattern.finditer(text))
    for match in _COMPANY_HAN.finditer(text):
        start = _name_begins(match.group(), match.start())
        if not _GENERIC.match(text[start : match.end()]) and match.end() - start > 2:
            yield "company", start, match.end()
    for kind, names in (("person", people), ("watched", watched)):
        pattern_ = _any_of(names)
        if pattern_ is not None:
            yield from ((kind, match.start(), match.end()) for match in pattern_.finditer(text))


def _name_begins(matched: str, start: int) -> int:
    """Where the name begins within what was matched: after the last small word before it."""
    last = 0
    for match in re.finditer(_BEFORE, matched):
        if len(matched) - match.end() > 3:
            last = match.end()
    return start + last


def _any_of(names: Collection[str]) -> re.Pattern[str] | None:
    wanted = sorted({name.strip().translate(_FULL_WIDTH) for name in names if len(name.strip()) >= 2}, key=len, reverse=True)
    if not wanted:
        return None
    return re.compile("|".join(_bounded(name) for name in wanted), re.IGNORECASE)


def _bounded(name: str) -> str:
    """Chinese has no spaces around words; Latin names have to stand alone, with any white space within."""
    words = r"\s+".join(re.escape(word) for word in name.split())
    return words if re.search(rf"[{_HAN}]", name) else rf"(?<![A-Za-z]){words}(?![A-Za-z])"


def around(text: str, flag: Flag, width: int = 18) -> tuple[str, str, str]:
    """Some words before, the place itself, some words after."""
    before, after = text[max(0, flag.start - width) : flag.start], text[flag.end : flag.end + width]
    return ("…" if flag.start > width else "") + before, flag.text, after + ("…" if flag.end + width < len(text) else "")
