"""Words for the search, and Chinese from one script into the other. Pure.

A Chinese text has no blanks between its words, so each character is a word by itself and a query of
several becomes a phrase: 谈判 is found in 商务谈判技巧. Traditional characters are folded to simplified
ones, letters to lower case.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache

import opencc

_IDEOGRAPHS = (
    "\u2e80-\u2fdf\u3005-\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
)
_TOKEN = re.compile(rf"[{_IDEOGRAPHS}]|[^\W_{_IDEOGRAPHS}]+")
_TERM = re.compile(rf"[{_IDEOGRAPHS}]+|[^\W_{_IDEOGRAPHS}]+")
LONGEST_QUERY = 100


@lru_cache
def _converter(config: str) -> opencc.OpenCC:
    return opencc.OpenCC(config)


def fold(text: str) -> str:
    """Simplified characters, lower case: the form in which texts and queries meet."""
    return str(_converter("t2s").convert(text)).casefold()


def words(text: str) -> list[str]:
    """``words("大客户 Key-account") == ["大", "客", "户", "key", "account"]``."""
    return _TOKEN.findall(fold(text))


def terms(query: str) -> list[list[str]]:
    """The phrases of a query, each a list of words that stand side by side: ``谈判 key`` → [[谈, 判], [key]]."""
    return [_TOKEN.findall(term) for term in _TERM.findall(fold(query[:LONGEST_QUERY]))]


def segmented(texts: Iterable[str]) -> str:
    return " ".join(word for text in texts for word in words(text))


def in_three_languages(text: Mapping[str, str]) -> dict[str, str]:
    """The text with the missing Chinese script made from the one there is: its characters, not its words."""
    full = {key: value for key, value in text.items() if value}
    if "zh_Hans" in full and "zh_Hant" not in full:
        full["zh_Hant"] = _converter("s2tw").convert(full["zh_Hans"])
    if "zh_Hant" in full and "zh_Hans" not in full:
        full["zh_Hans"] = _converter("tw2s").convert(full["zh_Hant"])
    return full
