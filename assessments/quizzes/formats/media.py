"""Pictures that travel with questions: named ``file:12`` in a course, by a path in a file of another system. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from msgspec import Struct

REFERENCE = re.compile(r"file:([A-Za-z0-9_-]+)")
SHOWN = re.compile(r"!\[((?:[^\]\\]|\\.)*)\]\(file:([A-Za-z0-9_-]+)\)")
"""An image in a text: its words and its name."""


class Medium(Struct, frozen=True):
    """A picture with the name of its file."""

    name: str
    media_type: str
    content: bytes


Media = Mapping[str, Medium]
"""Name in the text → picture."""


def names_in(data: Any) -> set[str]:
    """The names of all files that a JSON value refers to."""
    if isinstance(data, str):
        return set(REFERENCE.findall(data))
    inner = data.values() if isinstance(data, Mapping) else data if isinstance(data, list) else []
    return {name for each in inner for name in names_in(each)}


def renamed_in(data: Any, renamed: Mapping[str, str]) -> Any:
    """The same JSON value, its files under other names; those without one stay."""
    if isinstance(data, str):
        return REFERENCE.sub(lambda match: f"file:{renamed.get(match[1], match[1])}", data)
    if isinstance(data, Mapping):
        return {key: renamed_in(value, renamed) for key, value in data.items()}
    return [renamed_in(each, renamed) for each in data] if isinstance(data, list) else data


def words_only(text: str) -> str:
    """A text without its images: their words stay."""
    return SHOWN.sub(lambda match: match[1], text).strip()
