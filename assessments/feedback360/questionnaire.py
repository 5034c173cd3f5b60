"""What a 360° questionnaire is: competencies, items with a behavioural anchor per level, questions for comments. Pure.

As JSON: ``{"competencies": [{"id", "word", "name", "items": [{"id", "text", "anchors": [five texts]}]}], "comments": [{"id", "text"}]}``.
Texts are in languages. ``word`` is the word by which courses, quizzes and rubrics know the competency. A version is named by the hash of
this JSON (:func:`fingerprint`), so the same text is never frozen twice.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from msgspec import Struct

from lms import canonical

LEVELS = (1, 2, 3, 4, 5)
MOST_COMPETENCIES, MOST_ITEMS, MOST_COMMENTS = 12, 60, 5
LONGEST = 500
Text = Mapping[str, str]


class Unreadable(ValueError):
    """``code`` of what is wrong with a questionnaire."""


class Item(Struct, frozen=True):
    """A behaviour, and what it looks like on each level from 1 to 5."""

    id: str
    text: Text
    anchors: tuple[Text, ...]


class Competency(Struct, frozen=True):
    id: str
    word: str
    name: Text
    items: tuple[Item, ...]


class Comment(Struct, frozen=True):
    id: str
    text: Text


class Questionnaire(Struct, frozen=True):
    competencies: tuple[Competency, ...]
    comments: tuple[Comment, ...]

    @property
    def items(self) -> tuple[Item, ...]:
        return tuple(item for competency in self.competencies for item in competency.items)


def fingerprint(content: Mapping[str, Any]) -> str:
    """The SHA-256 that names a version."""
    return canonical.sha256(content)


def parse(content: Mapping[str, Any]) -> Questionnaire:
    """:raises Unreadable: ``feedback_competencies``, ``feedback_items``, ``feedback_comments``, ``feedback_text``, ``feedback_anchors``, ``feedback_ids``."""
    competencies = tuple(_competency(each) for each in content["competencies"])
    comments = tuple(Comment(each["id"], _text(each["text"])) for each in content["comments"])
    found = Questionnaire(competencies, comments)
    if not 1 <= len(competencies) <= MOST_COMPETENCIES:
        raise Unreadable("feedback_competencies")
    if len(found.items) > MOST_ITEMS or not all(each.items for each in competencies):
        raise Unreadable("feedback_items")
    if len(comments) > MOST_COMMENTS:
        raise Unreadable("feedback_comments")
    ids = list(_ids(found))
    if len(set(ids)) < len(ids):
        raise Unreadable("feedback_ids")
    return found


def next_id(content: Mapping[str, Any], letter: str) -> str:
    """An id that no part of the questionnaire has yet, like ``i7``."""
    taken = {part["id"] for part in parts(content)}
    return next(name for at in range(1, len(taken) + 2) if (name := f"{letter}{at}") not in taken)


def parts(content: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """All that has an id: competencies, their items, the questions for comments."""
    for competency in content["competencies"]:
        yield competency
        yield from competency["items"]
    yield from content["comments"]


def _ids(found: Questionnaire) -> Iterator[str]:
    for competency in found.competencies:
        yield competency.id
        yield from (item.id for item in competency.items)
    yield from (comment.id for comment in found.comments)


def _competency(each: Mapping[str, Any]) -> Competency:
    name = _text(each["name"])
    return Competency(each["id"], each["word"].strip() or next(iter(name.values())), name, tuple(_item(item) for item in each["items"]))


def _item(each: Mapping[str, Any]) -> Item:
    anchors = tuple(_text(anchor) for anchor in each["anchors"])
    if len(anchors) != len(LEVELS):
        raise Unreadable("feedback_anchors")
    return Item(each["id"], _text(each["text"]), anchors)


def _text(each: Any) -> Text:
    """A text in at least one language."""
    words = {key: value.strip() for key, value in each.items() if value and value.strip()}
    if not words or any(len(value) > LONGEST for value in words.values()):
        raise Unreadable("feedback_text")
    return words
