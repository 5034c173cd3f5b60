"""What a scenario consists of, what it lacks before it can be published, and who sees which of its facts. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from assessments.roleplays.assigning import Rule

TEXTS = ("company", "person", "position", "mood", "situation", "goal", "known", "model")
"""What everybody who plays it reads (``model`` is shown with the result)."""
HIDDEN = "hidden"
"""The facts to be found out: for the observer and the raters alone."""
BUYING_ROLES = ("decider", "economic", "technical", "user", "influencer", "purchaser", "gatekeeper")
INDUSTRIES = ("manufacturing", "electronics", "automotive", "energy", "pharma", "food", "public", "other")
PARTS = ("AR", "SR", "FR")
MEDIA = ("video", "audio")

EMPTY: dict[str, Any] = {
    **{name: {} for name in (*TEXTS, HIDDEN)},
    "buying_role": "decider",
    "stage": "needs",
    "industry": "manufacturing",
    "difficulty": 2,
    "minutes": 10,
    "competencies": [],
    "parts": {},
    "recorded": True,
    "live": True,
    "conversation": False,
    "media": "video",
    "takes": 3,
    "retention_days": 180,
    "raters": {"manager": 1, "trainer": 0, "peer": 0, "doubled": 20, "anchors": 10},
}
NEEDED = ("company", "person", "position", "goal", "known", "hidden")

LIMITS: dict[str, tuple[int, int]] = {
    "difficulty": (1, 3),
    "minutes": (1, 120),
    "takes": (1, 10),
    "retention_days": (7, 1095),
}
RATER_LIMITS: dict[str, tuple[int, int]] = {
    "manager": (0, 3),
    "trainer": (0, 3),
    "peer": (0, 5),
    "doubled": (0, 100),
    "anchors": (0, 50),
}


def problem_of(content: Mapping[str, Any]) -> str | None:
    """The name of the first setting that cannot be, or None."""
    for name, (low, high) in LIMITS.items():
        if not low <= content[name] <= high:
            return name
    for name, (low, high) in RATER_LIMITS.items():
        if not low <= content["raters"][name] <= high:
            return name
    if content["media"] not in MEDIA or content["industry"] not in INDUSTRIES:
        return "media"
    return None if content["buying_role"] in BUYING_ROLES and set(content["parts"]) <= set(PARTS) else "parts"


def missing(content: Mapping[str, Any]) -> list[str]:
    """What is needed before others may play it: names of texts without words, ``way``, ``raters``."""
    lacking = [name for name in NEEDED if not any(content[name].values())]
    if not (content["recorded"] or content["live"]):
        lacking.append("way")
    if content["recorded"] and not any(content["raters"][circle] for circle in ("manager", "trainer", "peer")):
        lacking.append("raters")
    return lacking


def rule_of(content: Mapping[str, Any]) -> Rule:
    """Who rates; shares are kept in percent."""
    raters = content["raters"]
    return Rule(
        raters["manager"], raters["trainer"], raters["peer"], raters["doubled"] / 100, raters["anchors"] / 100
    )


def brief(content: Mapping[str, Any], part: str | None = None) -> dict[str, Any]:
    """What the player reads: without the hidden facts and without the model answer."""
    shown = {name: value for name, value in content.items() if name not in (HIDDEN, "model")}
    shown["own_part"] = content["parts"].get(part) if part else None
    return shown
