"""What one piece of assessment says of one competency of one person: the common currency of skill evidence. Pure.

Each room of what is asked (quizzes, role-plays, cases, 360° feedback) offers its evidence in this form through a function
``competency_evidence(person_ids, *, since)`` in a module ``evidence.py`` of its own; nothing in it is a verdict yet.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from msgspec import Struct


class Source(StrEnum):
    """Where a piece of evidence comes from."""

    QUIZ = "quiz"
    ROLE_PLAY = "role_play"
    CASE = "case"
    OBSERVATION = "observation"
    FEEDBACK_360 = "feedback_360"
    DIALOGUE = "dialogue"

    @property
    def chosen(self) -> bool:
        """Whether it shows what somebody chose among given answers: that it is known, not that it is done."""
        return self in (Source.QUIZ, Source.DIALOGUE)


class SkillEvidence(Struct, frozen=True):
    """One occasion on which a competency was seen.

    ``competency`` is the word its author used (a catalogue of competencies may know it under several). ``share`` is what was
    reached of what could be, 0–1. ``items`` counts the questions, criteria, decisions or raters behind it, at least 1. ``standard_error`` is that
    of ``share``, on the same scale, or None where one occasion cannot know it. ``reference`` leads to the rows behind it:
    ``("attempt", 12)``.
    """

    person_id: int
    competency: str
    source: Source
    share: float
    items: int
    standard_error: float | None
    at: datetime
    reference: tuple[str, int]
