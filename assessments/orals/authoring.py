"""What trainers do with an oral exam of the draft: its questions, criteria and rules; and what is frozen of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from msgspec import Struct
from msgspec.structs import asdict

from assessments.grading import notation, open_text
from assessments.grading.names import Kept, shown
from assessments.grading.notation import BadNotation
from assessments.grading.texts import BadQuestion, text_of
from assessments.orals.models import OralExam
from courses import authoring
from courses import policies as course_policies
from lms import audit
from lms.authz import Actor, Permission, require
from lms.db import db
from lms.errors import Refused

MOST_TOPICS = 100
LONGEST_TOPIC = 1_000
RULES = {"draw": (1, 20), "pass_mark": (0, 100), "apart": (0, 100), "minutes": (1, 240)}


class Rules(Struct, frozen=True):
    """How many questions are drawn; pass mark and the distance of examiners in percent; minutes; attempts (None: any)."""

    draw: int = 3
    pass_mark: int = 60
    apart: int = 20
    minutes: int = 20
    attempts: int | None = None


def authored(actor: Actor, module_id: int) -> OralExam:
    """:raises Unknown: if the actor does not author the course."""
    course_policies.authored_module(actor, module_id)
    return db.session.get_one(OralExam, module_id)


def edit(
    actor: Actor, module_id: int, language: str, topics: str, criteria: str, rules: Rules, *, now: datetime
) -> OralExam:
    """Write questions (one a line) and criteria (as of an open question) in a language; the others stay.

    :raises Refused: ``notation_…``, ``question_criteria``, ``question_levels``, ``oral_topics``, ``oral_rule``.
    """
    require(actor, Permission.COURSE_AUTHOR)
    exam = authored(actor, module_id)
    authoring.touched(actor, module_id, now=now)
    content = {"topics": _topics(topics, language, exam.content), "criteria": _criteria(criteria, language, exam.content)}
    exam.content = checked(content)
    for name, value in asdict(checked_rules(rules)).items():
        setattr(exam, name, value)
    db.session.flush()
    audit.record(actor, "oral.edit", "module", module_id, topics=len(content["topics"]))
    return exam


def _topics(lines: str, language: str, before: Mapping[str, Any]) -> list[dict[str, Any]]:
    words = [line.strip() for line in lines.splitlines() if line.strip()]
    return Kept(language, {"body": {"parts": before.get("topics", [])}}).parts(words)


def _criteria(lines: str, language: str, before: Mapping[str, Any]) -> list[Any]:
    try:
        read = notation.read("oral", lines, language, {"key": {"criteria": before.get("criteria", [])}})
    except BadNotation as problem:
        raise Refused(problem.code, field="criteria", line=problem.line) from problem
    return list(read["key"]["criteria"])


def checked(content: object) -> dict[str, Any]:
    """Questions and criteria in their canonical form. :raises Refused: for what cannot be."""
    topics = content.get("topics") if isinstance(content, dict) else None
    if not isinstance(content, dict) or not isinstance(topics, list) or not 1 <= len(topics) <= MOST_TOPICS:
        raise Refused("oral_topics", field="topics")
    try:
        kept: list[dict[str, Any]] = [{"id": f"t{at}", "text": text_of(each.get("text") if isinstance(each, dict) else None, "topics")} for at, each in enumerate(topics, 1)]
        key = open_text.parse_key({"criteria": content.get("criteria")})
    except BadQuestion as problem:
        raise Refused(problem.code, field="topics" if problem.where == "topics" else "criteria") from problem
    if not all(any(each["text"].values()) for each in kept) or any(len(word) > LONGEST_TOPIC for each in kept for word in each["text"].values()):
        raise Refused("oral_topics", field="topics")
    return {"topics": kept, "criteria": open_text.key_to_json(key)["criteria"]}


def checked_rules(rules: Rules) -> Rules:
    """:raises Refused: ``oral_rule`` with the field."""
    for name, (least, most) in RULES.items():
        value = getattr(rules, name)
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            raise Refused("oral_rule", field=name)
    if rules.attempts is not None and (isinstance(rules.attempts, bool) or not 1 <= rules.attempts <= 100):
        raise Refused("oral_rule", field="attempts")
    return rules


def rules_of(exam: OralExam) -> Rules:
    return Rules(exam.draw, exam.pass_mark, exam.apart, exam.minutes, exam.attempts)


def lines_of(exam: OralExam, language: str) -> tuple[str, str]:
    """Questions and criteria as their author writes them."""
    topics = "\n".join(shown(each["text"], language) for each in exam.content.get("topics", []))
    criteria = exam.content.get("criteria")
    return topics, notation.write("oral", {"key": {"criteria": criteria}}, language) if criteria else ""
