"""How people were chosen for a course: asked at every enrolment, and what a course can be credited with hangs on it. Pure."""

from __future__ import annotations

from enum import StrEnum


class Chosen(StrEnum):
    """How the trained were chosen."""

    RANDOM = "random"
    """by a lottery, as drawn by the rollout planner"""
    WAVES = "waves"
    """by calendar or territory, unrelated to recent results"""
    LOW_KPI = "low_kpi"
    """for low recent results"""
    VOLUNTEERS = "volunteers"
    """came forward, or were nominated as promising"""
    TEAMS = "teams"
    """whole teams at a time"""
    EVERYONE = "everyone"
    """all at once"""
    UNKNOWN = "unknown"

    @classmethod
    def parse(cls, text: str) -> Chosen:
        """From a word, "low-kpi" or "low_kpi"; raises ValueError."""
        return cls(text.strip().lower().replace("-", "_"))
