"""Where the words for competencies stand: each floor above says which words it uses, so that none is left without an answer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

from msgspec import Struct
from sqlalchemy import select

from courses.models import Course
from lms.db import db


class Room(Struct, frozen=True):
    """A place of words: its ``label`` for people, and ``words()``, which gives each word with how often it stands there."""

    key: str
    label: Any
    words: Callable[[], Mapping[str, int]]


_rooms: dict[str, Room] = {}


def register(room: Room) -> None:
    """Called by the roof through the features."""
    _rooms[room.key] = room


def label(key: str) -> str:
    return str(_rooms[key].label)


def used() -> dict[str, Mapping[str, int]]:
    """Room → word → how often: one statement each."""
    return {room.key: room.words() for room in _rooms.values()}


def in_courses() -> Counter[str]:
    """The words of courses that are not retired."""
    rows = db.session.scalars(select(Course.competencies).where(Course.status != "retired"))
    return Counter(word for words in rows for word in words)
