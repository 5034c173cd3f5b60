"""A small course of the kind trainers write, as a course file: a lesson, and a quiz with questions of five kinds."""

from __future__ import annotations

from typing import Any

BODY = "Ask about the situation first.\n\n- Who decides?\n- What hurts?\n"


def _question(kind: str, stem: str, key: dict[str, Any], *options: str, unit: str = "") -> dict[str, Any]:
    choices = [{"id": f"o{n}", "text": {"en": text}, "feedback": {}} for n, text in enumerate(options, 1)]
    return {"kind": kind, "stem": {"en": stem}, "options": choices, "unit": unit, "key": key, "feedback": {}}


QUESTIONS = [
    _question("single", "Which question comes first?", {"correct": "o2"}, "The price", "The situation", "The contract"),
    _question("multiple", "Who is part of the iron triangle?", {"correct": ["o1", "o3"], "credit": "exact"},
              "The account manager", "The auditor", "The solution manager"),
    _question("true_false", "A need that was said aloud is always the real one.", {"correct": False}),
    _question("numeric", "Of 40 accounts 10 bought. What is the share?",
              {"value": "25", "tolerance": "0.5", "relative": False}, unit="%"),
    _question("short_text", "What does KPI stand for?",
              {"accepted": ["key performance indicator"], "match_case": False}),
]  # fmt: skip


def course_file(code: str, title: str) -> dict[str, Any]:
    parts = {part: {"en": f"About the {part}."} for part in ("background", "benefits", "features", "audience", "duration", "outline")}
    rule = {"required": True, "need": "passed", "minimum": None, "minutes": 5}
    settings = {"pass_mark": 80, "attempts": 3, "shuffle": False, "review": "key", "layout": "page"}
    return {
        "format": "needle-course", "version": 1, "code": code, "title": {"en": title}, "area": "skills", **parts,
        "competencies": ["Discovery"], "at_least": None, "valid_months": 24,
        "modules": [
            {"kind": "lesson", "title": {"en": "Ask first"}, "content": {"body": {"en": BODY}, "files": {}}, **rule},
            {"kind": "quiz", "title": {"en": "What stayed?"},
             "content": {"settings": settings, "questions": QUESTIONS, "files": {}}, **rule},
        ],
    }  # fmt: skip
