"""Reading what a rater sent: form fields in; levels, comments and what is wrong with them out. Pure.

Fields bear the ids of items and comments. A level is "1" … "5", or "0" for *not observed*, which leaves the item out: it is missing, not low.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct

from assessments.feedback360.questionnaire import LEVELS, Questionnaire

Raw = Mapping[str, Sequence[str]]
NOT_OBSERVED = "0"
LONGEST_COMMENT = 4000


class Read(Struct, frozen=True):
    """``levels``: item → 1 … 5, without those not observed. ``problems``: field → code."""

    levels: Mapping[str, int]
    comments: Mapping[str, str]
    problems: Mapping[str, str]

    @property
    def kept(self) -> dict[str, Any]:
        """As it is written down."""
        return {"levels": dict(self.levels), "comments": dict(self.comments)}


def read(questionnaire: Questionnaire, raw: Raw) -> Read:
    levels: dict[str, int] = {}
    problems: dict[str, str] = {}
    known = {str(level) for level in LEVELS}
    for item in questionnaire.items:
        given = _first(raw, item.id)
        if given in known:
            levels[item.id] = int(given)
        elif given != NOT_OBSERVED:
            problems[item.id] = "feedback_answer_required" if not given else "feedback_answer_unknown"
    if not levels and not problems:
        problems[questionnaire.items[0].id] = "feedback_nothing_observed"
    comments = {comment.id: text for comment in questionnaire.comments if (text := _first(raw, comment.id).replace("\x00", ""))}
    problems |= {id_: "feedback_comment_long" for id_, text in comments.items() if len(text) > LONGEST_COMMENT}
    return Read(levels, comments, problems)


def _first(raw: Raw, name: str) -> str:
    values = raw.get(name) or ("",)
    return values[0].strip()
