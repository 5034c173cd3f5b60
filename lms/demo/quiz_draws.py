"""The demo's quiz that draws: two sections from a bank by difficulty and tag, one way through, marked by certainty, with extra time.

Lin Xiaoyun is enrolled and has a quarter more time; a colleague has taken it, and got other questions than she will.
"""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

from assessments.quizzes import accommodations
from assessments.quizzes import services as quizzes
from assessments.quizzes.accommodations import Extra
from courses import exchange, publishing
from courses import services as courses
from courses.authoring import modules_of
from courses.models import Course
from lms.db import db
from lms.demo.company import Company
from lms.i18n import in_languages
from lms.people.models import Person
from lms.people.scope import load_actor

CODE = "PR-30"
COMPETENCY = "价格谈判"
FACTS = (
    ("A 10 % discount at a 30 % margin costs a third of the profit of the sale.", "毛利率 30% 时打九折，会损失这笔销售三分之一的利润。", True, 3),
    ("Whoever names a discount first usually ends up with a larger one.", "先提出折扣的一方，最后的折扣往往更大。", True, 1),
    ("A price may be explained only after the customer has asked twice.", "客户问过两次之后才可以解释价格。", False, 1),
    ("Payment terms are worth nothing in a price negotiation.", "在价格谈判中，付款条件没有价值。", False, 1),
    ("Giving way step by step in equal steps tells the customer that there is more.", "等幅让步会让客户觉得还有余地。", True, 2),
    ("With a 25 % margin a 5 % discount needs 25 % more volume for the same profit.", "毛利率 25% 时降价 5%，需要多卖 25% 才能保持利润。", True, 3),
    ("A competitor’s lower offer should be matched at once.", "对手报价更低时应立即跟进。", False, 2),
    ("What the delay costs the customer belongs in the talk before the price.", "应先谈延误给客户造成的损失，再谈价格。", True, 2),
)
"""English, 简体, whether it is so, difficulty."""


def fill(company: Company, *, now: datetime) -> Course:
    """The course, published; its enrolments; the extra time; one attempt."""
    trainer = company.actors["lu.siyuan"]
    begun = now - timedelta(days=3)
    course = exchange.load(trainer, json.dumps(_course()).encode(), now=begun)
    publishing.publish(trainer, course.id, now=begun + timedelta(hours=1))
    module = next(each for each in modules_of(course.id) if each.kind == "quiz")
    lin, colleague = (load_actor(db.session.get_one(Person, id_)) for id_ in company.key_accounts[:2])
    enrolments = [courses.enrol(each, course.id, now=begun + timedelta(hours=2)) for each in (lin, colleague)]
    reason = "单手打字，速度较慢 (types with one hand)"
    until = now + timedelta(days=30)
    accommodations.grant(trainer, module.id, lin.person_id or 0, Extra(percent=25), reason, until=until, now=begun + timedelta(hours=3))
    _take(colleague, enrolments[1].id, module.id, now - timedelta(days=1))
    return course


def _take(person: Any, enrolment_id: int, module_id: int, moment: datetime) -> None:
    attempt = quizzes.start(person, enrolment_id, module_id, now=moment)
    for at, item in enumerate(attempt.frozen["items"], 1):
        late = moment + timedelta(minutes=at)
        sent = {item["question"]: {"v": "true", "~": str(1 + at % 3)}}
        quizzes.save_form(person, attempt.id, sent, 0, None, onwards=at + 1, now=late)
    quizzes.submit(person, attempt.id, now=moment + timedelta(minutes=9))


def _course() -> dict[str, Any]:
    words = in_languages("What giving way on price costs, and how not to.", "降价的代价，以及如何守住价格。")
    parts = dict.fromkeys(("background", "benefits", "features", "audience", "outline"), words)
    content = {
        "settings": {"pass_mark": 50, "attempts": 3, "time_limit": 600, "layout": "one", "one_way": True, "certainty": True},
        "sections": [
            {"title": in_languages("Principles", "基本原则"), "introduction": in_languages("True or false? Say also **how sure** you are.", "判断对错，并标明您的**把握程度**。"), "draw": 2, "tag": "原则"},
            {"title": in_languages("What it costs", "算清代价"), "draw": 1, "competency": COMPETENCY, "difficulty": 3, "marks": 2},
        ],
        "questions": [],
        "bank": [_question(*fact) for fact in FACTS],
    }  # fmt: skip
    module = {
        "kind": "quiz", "title": in_languages("Price check", "价格测验"), "required": True, "need": "passed", "minimum": None, "minutes": 10, "content": content,
    }  # fmt: skip
    return {
        "format": "needle-course", "version": 1, "code": CODE, "title": in_languages("Holding the price", "守住价格"),
        "area": "skills", **parts, "duration": in_languages("10 minutes", "10 分钟"), "competencies": [COMPETENCY],
        "at_least": None, "valid_months": None, "modules": [module],
    }  # fmt: skip


def _question(english: str, chinese: str, right: bool, difficulty: int) -> dict[str, Any]:
    tags = ["原则"] if difficulty < 3 else ["计算"]
    stem = in_languages(english, chinese)
    return {"kind": "true_false", "stem": stem, "key": {"correct": right}, "feedback": {}, "competency": COMPETENCY, "difficulty": difficulty, "tags": tags}
