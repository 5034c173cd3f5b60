"""A question of every kind, as JSON in its canonical form, with an answer that is right and one that is wrong."""

from __future__ import annotations

from typing import Any


def options(*ids: str) -> list[dict[str, Any]]:
    return [{"id": id_, "text": {"en": f"Option {id_}", "zh_Hans": f"选项{id_}"}, "feedback": {}} for id_ in ids]


def parts(*ids: str) -> list[dict[str, Any]]:
    return [{"id": id_, "text": {"en": f"Thing {id_}", "zh_Hans": f"事项{id_}"}} for id_ in ids]


def question(kind: str, key: dict[str, Any], **more: Any) -> dict[str, Any]:
    stem = {"en": more.pop("stem", f"About {kind}?")}
    return {"kind": kind, "stem": stem, "options": [], "unit": "", "key": key, "feedback": {"en": "Because."}} | more


CLOZE_PARTS = [
    {"id": "1", "kind": "single", "options": [{"id": "a", "text": {"en": "price"}}, {"id": "b", "text": {"en": "value"}}]},
    {"id": "2", "kind": "short_text"},
    {"id": "3", "kind": "numeric", "unit": "%"},
]
CASE_PARTS = [
    {"id": "p1", "kind": "multiple", "text": {"en": "Who decides?"}, "options": [
        {"id": id_, "text": {"en": f"Person {id_}"}} for id_ in ("a", "b", "c", "d")]},
    {"id": "p2", "kind": "true_false", "text": {"en": "The budget is known."}},
]  # fmt: skip
SPELLING = {"accepted": ["discount"], "match_case": False, "patterns": ["dis*t"]}
THIRTY = {"value": "30", "tolerance": "0.5", "relative": False}

NEW: dict[str, dict[str, Any]] = {
    "matching": question(
        "matching",
        {"pairs": {"p1": "k1", "p2": "k2"}, "credit": "partial"},
        options=options("k1", "k2", "k3"),
        body={"parts": parts("p1", "p2")},
    ),
    "categorisation": question(
        "categorisation",
        {"pairs": {"p1": "k1", "p2": "k1", "p3": "k2", "p4": "k2"}, "credit": "exact"},
        options=options("k1", "k2"),
        body={"parts": parts("p1", "p2", "p3", "p4")},
    ),
    "ordering": question(
        "ordering", {"order": ["k2", "k1", "k3"], "credit": "pairs"}, options=options("k1", "k2", "k3")
    ),
    "cloze": question(
        "cloze",
        {"parts": {"1": {"correct": "b"}, "2": SPELLING, "3": THIRTY}, "credit": "partial"},
        stem="Sell [[1]], give no [[2]], keep [[3]] margin.",
        body={"parts": CLOZE_PARTS},
    ),
    "scenario": question(
        "scenario",
        {"parts": {"p1": {"correct": ["a", "b"], "credit": "penalty"}, "p2": {"correct": False}}, "credit": "partial"},
        body={"parts": CASE_PARTS},
    ),
    "calculated": question(
        "calculated",
        {"formula": "a * (100 - b) / 100", "decimals": 2, "tolerance": "0.01", "relative": False},
        unit="k€",
        stem="{a} minus {b} per cent?",
        feedback={"en": "Take {b} per cent off {a}."},
        body={"variables": [
            {"name": "a", "low": "10", "high": "50", "step": "5"},
            {"name": "b", "low": "2.5", "high": "10", "step": "0.5"},
        ]},
    ),
    "hotspot": question(
        "hotspot",
        {"areas": [{"shape": "rectangle", "points": [100, 200, 300, 400]}, {"shape": "ellipse", "points": [700, 700, 100, 50]}]},
        body={"image": "file:7", "alt": {"en": "An organisation chart"}},
    ),
    "open_text": question(
        "open_text",
        {"criteria": [
            {"id": "c1", "text": {"en": "Names the need"}, "levels": [
                {"points": "0", "text": {"en": "Not"}}, {"points": "1", "text": {"en": "Partly"}}, {"points": "2", "text": {"en": "Fully"}}]},
            {"id": "c2", "text": {"en": "Is polite"}, "levels": [
                {"points": "0", "text": {"en": "No"}}, {"points": "1", "text": {"en": "Yes"}}]},
        ]},
    ),
}  # fmt: skip
NEW["file"] = NEW["open_text"] | {"kind": "file", "stem": {"en": "About file?"}, "body": {"accept": ["pdf", "image"], "most_mb": 5}}
NEW["oral"] = NEW["open_text"] | {"kind": "oral", "stem": {"en": "About oral?"}, "body": {"seconds": 60}}
RIGHT: dict[str, Any] = {
    "matching": {"p1": "k1", "p2": "k2"},
    "categorisation": {"p1": "k1", "p2": "k1", "p3": "k2", "p4": "k2"},
    "ordering": {"k2": "1", "k1": "2", "k3": "3"},
    "cloze": {"1": "b", "2": " Discount", "3": "30.5 %"},
    "scenario": {"p1": ["b", "a"], "p2": "false"},
    "hotspot": {"x": "10", "y": "40"},
    "open_text": "The customer needs shorter delays.",
}
HALF: dict[str, Any] = {
    "matching": {"p1": "k1", "p2": "k1"},
    "scenario": {"p2": "false"},
}
WRONG: dict[str, Any] = {
    "matching": {"p1": "k2", "p2": "k1"},
    "categorisation": {"p1": "k1", "p2": "k1", "p3": "k2", "p4": "k1"},
    "ordering": {"k3": "1", "k1": "2", "k2": "3"},
    "cloze": {"1": "a", "2": "price", "3": "31"},
    "scenario": {"p1": ["c"], "p2": "true"},
    "hotspot": {"x": "9.9", "y": "40"},
}
