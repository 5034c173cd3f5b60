"""The demo's courses: course files as anybody could import them, loaded and published by the services."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from msgspec import Struct
from sqlalchemy import select
from sqlalchemy.orm import undefer

from assessments.grading.questions import Key
from assessments.quizzes.bank import keys_in_force
from assessments.quizzes.models import Quiz
from courses import authoring, exchange, publishing
from courses.completion import Rule, rule_from_json
from courses.models import Area, Course, CourseVersion, ModuleVersion
from lms.db import LocalText, db
from lms.demo.company import OPENED, Company

FOLDER = Path(__file__).parent / "courses"
DRAFT: tuple[str, LocalText, LocalText] = (
    "KA-08",
    {
        "en": "Industry: testing for new energy",
        "zh_Hans": "行业方案：新能源检测",
        "zh_Hant": "行業方案：新能源檢測",
    },
    {
        "en": "Battery and solar makers are our fastest-growing accounts, and their questions are new to most reps.",
        "zh_Hans": "动力电池与光伏企业是增长最快的客户，他们的问题对多数同事来说还很陌生。",
        "zh_Hant": "動力電池與光電企業是成長最快的客戶，他們的問題對多數同事來說還很陌生。",
    },
)


class Published(Struct, frozen=True):
    """A published course with what a history in it needs."""

    course: Course
    version: CourseVersion
    rule: Rule
    lessons: list[int]
    quiz: int
    """The module that is its quiz."""
    quiz_id: int
    content: dict[str, Any]
    """The quiz as it was frozen: settings and items."""
    keys: dict[int, Key]
    """Question version → its key."""


def publish(company: Company) -> dict[str, Published]:
    """Load and publish every course file, each by one of the trainers; and leave one draft unfinished."""
    trainers = [company.actors[name] for name in ("lu.siyuan", "he.lan", "ouyang.mu")]
    found = {}
    for at, path in enumerate(sorted(FOLDER.glob("*.json"))):
        trainer, moment = trainers[at % len(trainers)], OPENED + timedelta(days=at)
        course = exchange.load(trainer, path.read_bytes(), now=moment)
        version = publishing.publish(trainer, course.id, now=moment + timedelta(hours=3))
        found[course.code] = _published(course, version)
    return found


def draft(company: Company, now: datetime) -> Course:
    """A course that a trainer has begun to write."""
    code, title, background = DRAFT
    trainer = company.actors["trainer"]
    course = authoring.create(trainer, code, title, Area.INDUSTRY, now=now - timedelta(days=9))
    course.background = background
    db.session.flush()
    return course


def _published(course: Course, version: CourseVersion) -> Published:
    modules = db.session.scalars(
        select(ModuleVersion)
        .options(undefer(ModuleVersion.content))
        .where(ModuleVersion.course_version_id == version.id)
        .order_by(ModuleVersion.position)
    ).all()
    quiz = next(module for module in modules if module.kind == "quiz")
    keys = keys_in_force(item["version"] for item in quiz.content["items"])
    return Published(
        course,
        version,
        rule_from_json(version.rule.rule),
        [module.module_id for module in modules if module.kind == "lesson"],
        quiz.module_id,
        db.session.scalars(select(Quiz.id).where(Quiz.module_id == quiz.module_id)).one(),
        quiz.content,
        {version_id: found.key for version_id, found in keys.items()},
    )
