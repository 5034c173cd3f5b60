"""What a taker sent, as an answer to a question of an attempt: whether it is its turn, what it says, how sure its giver is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from assessments.grading.answers import Answer, BadAnswer, parse
from assessments.grading.files import FILED
from assessments.grading.open_text import BY_HAND
from lms.errors import Refused

SURE = "~"
"""Names how sure one is beside the parts of an answer; no part can be named so."""
WHOLE = "v"
"""Names the answer itself where it has no parts."""
_LEVELS = {"1": 1, "2": 2, "3": 3}


def item_of(frozen: Mapping[str, Any], question_id: int) -> dict[str, Any] | None:
    return next((item for item in frozen["items"] if item["question"] == question_id), None)


def asks_certainty(frozen: Mapping[str, Any], kind: str) -> bool:
    """Whether the taker says how sure an answer is; of an open one a grader judges."""
    return bool(frozen.get("certainty")) and kind not in BY_HAND


def parsed(frozen: Mapping[str, Any], item: Mapping[str, Any], data: object) -> tuple[Answer, int | None]:
    """The answer, and how sure its giver is. :raises Refused: ``answer_…``; always for what comes as a file (``answer_files``)."""
    if item["kind"] in FILED:
        raise Refused("answer_unreadable")
    sure = None
    if asks_certainty(frozen, item["kind"]) and isinstance(data, dict):
        sure = _level(data.get(SURE))
        rest = {name: value for name, value in data.items() if name != SURE}
        named = "shape" in item or item["kind"] in ("ordering", "hotspot")
        data = rest if named else rest.get(WHOLE)
    try:
        return parse(item["kind"], item["options"], data or None, item.get("shape")), sure
    except BadAnswer as problem:
        raise Refused(problem.code) from problem


def _level(data: object) -> int | None:
    if isinstance(data, list) and len(data) == 1:
        data = data[0]
    if data is None or data in ("", []):
        return None
    level = _LEVELS.get(str(data)) if isinstance(data, str | int) else None
    if level is None:
        raise Refused("answer_unreadable")
    return level


def turn(frozen: Mapping[str, Any], reached: int | None) -> int:
    """The number of the question that is asked now where there is no going back; 0 where all may be answered."""
    return (reached or 1) if frozen.get("one_way") else 0


def check_turn(frozen: Mapping[str, Any], reached: int | None, question_id: int) -> None:
    """:raises Refused: ``question_left``, ``question_not_reached``, where there is no going back."""
    now = turn(frozen, reached)
    if not now:
        return
    at = next((number for number, item in enumerate(frozen["items"], 1) if item["question"] == question_id), now)
    if at != now:
        raise Refused("question_left" if at < now else "question_not_reached")
