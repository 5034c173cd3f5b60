"""The demo's answers that are a file or a voice, an oral exam whose examiners are apart, and cards for Lin Xiaoyun to practise.

A colleague has handed in a plan and a recording, which wait for the trainer; of Lin's product quiz three answers were wrong, and
she has begun to practise them.
"""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select

from assessments.orals import services as orals
from assessments.quizzes import answer_files
from assessments.quizzes import services as quizzes
from assessments.quizzes.models import QuestionVersion
from assessments.repetition import queries as practice_queries
from assessments.repetition import services as practice
from courses import exchange, publishing
from courses import services as courses
from courses.authoring import modules_of
from courses.models import Course
from lms.authz import Actor
from lms.db import db
from lms.demo.company import Company
from lms.i18n import in_languages
from lms.people.models import Person
from lms.people.scope import load_actor

VOICE = Path(__file__).with_name("oral_sample.webm")
PLAN = b"""%PDF-1.4
1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj
2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj
3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>endobj
4 0 obj<</Length 78>>stream
BT /F1 20 Tf 72 760 Td (Account plan: goals, people, next three steps) Tj ET
endstream endobj
5 0 obj<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>endobj
trailer<</Root 1 0 R>>
%%EOF
"""
SOUNDNESS = (("Not sound", "不成立"), ("Sound in part", "部分成立"), ("Sound, with figures", "成立并有数据"))
CLARITY = (("Hard to follow", "难以听懂"), ("Clear", "清楚"))
FACTS = (
    ("Which detector suits trace metals at parts per billion?", "测定 ppb 级痕量金属应选哪种检测器？", ("ICP-MS", "ICP-MS"), ("Flame photometer", "火焰光度计"), True),
    ("How long is the warranty of the HC-200 pump?", "HC-200 泵的质保期是多长？", ("Three years", "三年"), ("One year", "一年"), False),
    ("Which service contract includes a loan instrument?", "哪种服务合同包含备用仪器？", ("Gold", "金牌"), ("Basic", "基础"), False),
    ("What does the HC-500 need that the HC-300 does not?", "HC-500 比 HC-300 多需要什么？", ("Argon supply", "氩气供应"), ("Water cooling", "水冷"), False),
    ("Who calibrates at the customer’s site?", "客户现场由谁校准？", ("The service engineer", "服务工程师"), ("The rep", "销售代表"), True),
)  # fmt: skip
"""English and 简体 of a question, of its right answer, of a wrong one; whether Lin knew it."""


def fill(company: Company, *, now: datetime) -> None:
    """Both courses, published, with what has happened in them."""
    lin, colleague, other = (load_actor(db.session.get_one(Person, id_)) for id_ in company.key_accounts[:3])
    _defence(company, [lin, colleague, other], now)
    _products(company, lin, now)


def _defence(company: Company, people: Sequence[Actor], now: datetime) -> None:
    course = _published(company, _defence_course(), now - timedelta(days=6))
    enrolments = [courses.enrol(each, course.id, now=now - timedelta(days=5)) for each in people]
    quiz, exam = (next(each for each in modules_of(course.id) if each.kind == kind) for kind in ("quiz", "oral"))
    moment = now - timedelta(days=1)
    attempt = quizzes.start(people[1], enrolments[1].id, quiz.id, now=moment)
    for item in attempt.frozen["items"]:
        content, name = (PLAN, "plan.pdf") if item["kind"] == "file" else (VOICE.read_bytes(), "answer.webm")
        answer_files.whole(people[1], attempt.id, item["question"], io.BytesIO(content), name, now=moment)
    quizzes.submit(people[1], attempt.id, now=moment + timedelta(minutes=20))
    manager, trainer = company.actors["zhou.mingzhe"], company.actors["lu.siyuan"]
    sitting = orals.convene(manager, enrolments[2].id, exam.id, trainer.person_id or 0, now=moment)
    words = {manager: ("2", "1", "数据准备充分，客户损失算得清楚。"), trainer: ("1", "0", "第二题只讲了产品，没有讲客户的收益。")}
    for examiner, (sound, clear, note) in words.items():
        points = {each["id"]: {"c1": sound, "c2": clear} for each in sitting.frozen["topics"]}
        orals.give(examiner, sitting.id, points, note, now=moment + timedelta(minutes=30))


def _products(company: Company, lin: Actor, now: datetime) -> None:
    course = _published(company, _products_course(), now - timedelta(days=12))
    enrolment = courses.enrol(lin, course.id, now=now - timedelta(days=11))
    quiz = modules_of(course.id)[0]
    moment = now - timedelta(days=8)
    attempt = quizzes.start(lin, enrolment.id, quiz.id, now=moment)
    for sequence, item in enumerate(attempt.frozen["items"], 1):
        key = db.session.scalars(select(QuestionVersion.key).where(QuestionVersion.id == item["version"])).one()
        wrong = next(each for each in item["options"] if each != key["correct"])
        knew = FACTS[_place(item["version"])][4]
        quizzes.save_answer(lin, attempt.id, item["question"], key["correct"] if knew else wrong, sequence, moment, now=moment)
    quizzes.submit(lin, attempt.id, now=moment + timedelta(minutes=5))
    first = practice_queries.deck(lin, now - timedelta(days=2)).due[0]
    practice.answer(lin, first.question, 1, [], now=now - timedelta(days=2))


def _place(version: int) -> int:
    stem = db.session.get_one(QuestionVersion, version).stem["en"]
    return next(at for at, fact in enumerate(FACTS) if fact[0] == stem)


def _published(company: Company, data: dict[str, Any], moment: datetime) -> Course:
    trainer = company.actors["lu.siyuan"]
    course = exchange.load(trainer, json.dumps(data).encode(), now=moment)
    publishing.publish(trainer, course.id, now=moment + timedelta(hours=1))
    return course


def _criteria() -> list[dict[str, Any]]:
    named = (("Content", "内容", SOUNDNESS), ("Delivery", "表达", CLARITY))
    return [
        {
            "id": f"c{at}",
            "text": in_languages(english, chinese),
            "levels": [{"points": str(points), "text": in_languages(*words)} for points, words in enumerate(levels)],
        }
        for at, (english, chinese, levels) in enumerate(named, 1)
    ]


def _defence_course() -> dict[str, Any]:
    ask = {"key": {"criteria": _criteria()}, "feedback": {}, "competency": "大客户规划", "marks": 3}
    content = {
        "settings": {"pass_mark": 60, "attempts": 2, "shuffle": False},
        "questions": [
            {"kind": "file", "stem": in_languages("Hand in the plan for your largest account: goals, people, the next three steps.", "提交您最大客户的年度计划：目标、关键人物、接下来的三步。"), "body": {"accept": ["pdf", "image", "office"], "most_mb": 20}, **ask},
            {"kind": "oral", "stem": in_languages("Say in two minutes why this customer should stay with us.", "用两分钟说明这位客户为什么应当继续与我们合作。"), "body": {"seconds": 120}, **ask},
        ],
    }  # fmt: skip
    topics = (
        ("What does a week of standstill cost this customer?", "设备停机一周，这位客户损失多少？"),
        ("Who besides purchasing decides, and what do they want?", "除采购外还有谁参与决策？他们要什么？"),
        ("Which of your three steps would you drop if you had half the time?", "如果时间减半，三步中您会放弃哪一步？"),
    )
    exam = {
        "topics": [{"id": f"t{at}", "text": in_languages(*each)} for at, each in enumerate(topics, 1)],
        "criteria": _criteria(), "draw": 2, "pass_mark": 60, "apart": 20, "minutes": 20, "attempts": None,
    }  # fmt: skip
    return _course("KA-24", ("Defending the account plan", "客户计划答辩"), ("A plan is handed in, spoken to and defended.", "提交计划、口头说明并当面答辩。"), [
        _module("quiz", ("Plan and pitch", "计划与陈述"), content), _module("oral", ("Oral defence", "口试答辩"), exam),
    ])  # fmt: skip


def _products_course() -> dict[str, Any]:
    questions = [
        {
            "kind": "single", "stem": in_languages(english, chinese), "key": {"correct": "k1"}, "competency": "产品知识", "marks": 1,
            "options": [{"id": f"k{at}", "text": in_languages(*words)} for at, words in enumerate((right, wrong), 1)],
            "feedback": {},
        }
        for english, chinese, right, wrong, _knew in FACTS
    ]  # fmt: skip
    content = {"settings": {"pass_mark": 40, "review": "key", "practice": True}, "questions": questions}
    title = ("Product facts in five questions", "产品知识五问")
    return _course("PK-12", title, ("What customers ask most.", "客户最常问的问题。"), [_module("quiz", ("Five questions", "五道题"), content)])


def _module(kind: str, title: tuple[str, str], content: dict[str, Any]) -> dict[str, Any]:
    return {"kind": kind, "title": in_languages(*title), "required": True, "need": "passed", "minimum": None, "minutes": 20, "content": content}


def _course(code: str, title: tuple[str, str], about: tuple[str, str], modules: list[dict[str, Any]]) -> dict[str, Any]:
    parts = dict.fromkeys(("background", "benefits", "features", "audience", "outline"), in_languages(*about))
    return {
        "format": "needle-course", "version": 1, "code": code, "title": in_languages(*title), "area": "skills", **parts,
        "duration": in_languages("40 minutes", "40 分钟"), "competencies": [], "at_least": None, "valid_months": None, "modules": modules,
    }  # fmt: skip
