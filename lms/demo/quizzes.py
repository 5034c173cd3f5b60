"""The demo's course whose quiz asks in every way: pairs, groups, an order, gaps, a case, a calculation, a spot and open text.

Lin Xiaoyun is enrolled and has not begun; two colleagues have handed in, and their open answers wait for the trainer.
"""

from __future__ import annotations

import base64
import io
import json
from datetime import datetime, timedelta
from typing import Any

from PIL import Image, ImageDraw, ImageFont
from sqlalchemy import select

from assessments.quizzes import services as quizzes
from assessments.quizzes.models import QuestionVersion
from courses import exchange, publishing
from courses import services as courses
from courses.models import Course, ModuleVersion
from lms.db import db
from lms.demo.company import Company
from lms.i18n import in_languages
from lms.people.models import Person
from lms.people.scope import load_actor

CODE = "KA-20"
BOXES = {
    "General manager": (380, 60, 620, 170),
    "Purchasing": (80, 300, 320, 410),
    "Laboratory": (380, 300, 620, 410),
    "Finance": (680, 300, 920, 410),
    "Lab technicians": (380, 480, 620, 570),
}
"""The chart of the spot question, in pixels of an image of 1,000 by 640."""
WORDS = (
    "目前最头疼的是交货期，平均六周，导致实验室排期混乱；我会先问清一次延误造成的损失，再谈方案。",
    "他们觉得价格高。我会说明我们的质量更好。",
)


def fill(company: Company, *, now: datetime) -> Course:
    """The course, published; its enrolments; and the answers that wait for a grader."""
    trainer = company.actors["lu.siyuan"]
    begun = now - timedelta(days=4)
    course = exchange.load(trainer, json.dumps(_course()).encode(), now=begun)
    publishing.publish(trainer, course.id, now=begun + timedelta(hours=1))
    for at, person_id in enumerate(company.key_accounts[:3]):
        person = load_actor(db.session.get_one(Person, person_id))
        enrolment = courses.enrol(person, course.id, now=begun + timedelta(hours=2))
        if at:
            _take(person, enrolment.id, course, WORDS[at - 1], now - timedelta(days=2, minutes=at))
    return course


def _take(person: Any, enrolment_id: int, course: Course, words: str, moment: datetime) -> None:
    module = db.session.scalars(
        select(ModuleVersion.module_id).where(ModuleVersion.kind == "quiz").order_by(ModuleVersion.id.desc())
    ).first()
    attempt = quizzes.start(person, enrolment_id, module or 0, now=moment)
    for sequence, item in enumerate(attempt.frozen["items"], 1):
        said = words if item["kind"] == "open_text" else _answer(item)
        late = moment + timedelta(minutes=sequence)
        quizzes.save_answer(person, attempt.id, item["question"], said, sequence, late, now=late)
    quizzes.submit(person, attempt.id, now=moment + timedelta(minutes=12))


def _answer(item: dict[str, Any]) -> Any:
    """Mostly right, as somebody answers who has paid attention."""
    key = db.session.scalars(select(QuestionVersion.key).where(QuestionVersion.id == item["version"])).one()
    if "pairs" in key:
        return key["pairs"]
    if "order" in key:
        return {id_: str(place) for place, id_ in enumerate(key["order"], 1)}
    if item["kind"] == "calculated":
        return str(float(item["values"]["price"]) * (100 - float(item["values"]["off"])) / 100)
    if item["kind"] == "hotspot":
        return {"x": "50", "y": "55"}
    return (
        {"1": key["parts"]["1"]["correct"], "2": "35"}
        if item["kind"] == "cloze"
        else {"p1": key["parts"]["p1"]["correct"]}
    )


def _picture() -> str:
    """The organisation chart as a PNG in base64."""
    image = Image.new("RGB", (1000, 640), "white")
    draw, font = ImageDraw.Draw(image), ImageFont.load_default(24)
    for start, end in (
        ((500, 170), (500, 300)),
        ((200, 235), (800, 235)),
        ((200, 235), (200, 300)),
        ((800, 235), (800, 300)),
        ((500, 410), (500, 480)),
    ):
        draw.line((start, end), "#7a7f92", 3)
    for words, box in BOXES.items():
        draw.rounded_rectangle(box, 10, "#eef0fb", "#4750b5", 3)
        draw.text(((box[0] + box[2]) / 2, (box[1] + box[3]) / 2), words, "#1d2140", font, anchor="mm")
    out = io.BytesIO()
    image.save(out, "PNG")
    return base64.b64encode(out.getvalue()).decode()


def _named(letter: str, *texts: tuple[str, str]) -> list[dict[str, Any]]:
    return [{"id": f"{letter}{at}", "text": in_languages(*each)} for at, each in enumerate(texts, 1)]


def _course() -> dict[str, Any]:
    words = in_languages(
        "A customer visit, start to finish: five kinds of questions, one case, one calculation.",
        "一次客户拜访的全过程：多种题型、一个案例、一道计算题。",
    )
    parts = dict.fromkeys(("background", "benefits", "features", "audience", "outline"), words)
    content = {
        "settings": {
            "pass_mark": 60,
            "attempts": 3,
            "review": "key_when_done",
            "shuffle": False,
            "doubled": 50,
        },
        "questions": _questions(),
        "files": {"1": {"name": "organisation.png", "media_type": "image/png", "data": _picture()}},
    }
    module = {
        "kind": "quiz", "title": in_languages("Visit check", "拜访综合测验"), "required": True, "need": "passed", "minimum": None, "minutes": 20, "content": content,
    }  # fmt: skip
    return {
        "format": "needle-course", "version": 1, "code": CODE, "title": in_languages("The customer visit: practice test", "客户拜访综合练习"),
        "area": "skills", **parts, "duration": in_languages("20 minutes", "20 分钟"), "competencies": ["客户拜访"],
        "at_least": None, "valid_months": None, "modules": [module],
    }  # fmt: skip


def _question(kind: str, stem: dict[str, str], key: dict[str, Any], **more: Any) -> dict[str, Any]:
    feedback = more.pop("feedback", {})
    return {
        "kind": kind,
        "stem": stem,
        "key": key,
        "feedback": feedback,
        "marks": more.pop("marks", 2),
        "competency": "客户拜访",
    } | more


def _questions() -> list[dict[str, Any]]:
    return [_ordering(), _matching(), _groups(), _cloze(), _case(), _calculated(), _spot(), _open()]


def _ordering() -> dict[str, Any]:
    steps = (("Set the goal of the visit", "确定拜访目标"), ("Agree on the agenda", "与客户确认议程"), ("Ask about the situation", "了解现状"), ("Agree on the next step", "约定下一步"), ("Write the record the same day", "当天写拜访记录"))  # fmt: skip
    key = {"order": ["k1", "k2", "k3", "k4", "k5"], "credit": "pairs"}
    return _question(
        "ordering",
        in_languages("Put the steps of a visit in order.", "请将拜访步骤按先后排序。"),
        key,
        options=_named("k", *steps),
    )


def _matching() -> dict[str, Any]:
    options = _named(
        "k",
        ("Situation", "背景问题"),
        ("Problem", "难点问题"),
        ("Implication", "暗示问题"),
        ("Need-payoff", "需求效益问题"),
    )
    parts = _named("p", ("Which instruments do you use today?", "您现在用哪些仪器？"), ("What goes wrong most often?", "最常出的问题是什么？"), ("What does one day of standstill cost you?", "停机一天损失多少？"))  # fmt: skip
    key = {"pairs": {"p1": "k1", "p2": "k2", "p3": "k3"}, "credit": "partial"}
    return _question(
        "matching",
        in_languages("What kind of question is this?", "下列问题属于哪一类？"),
        key,
        options=options,
        body={"parts": parts},
        marks=3,
    )


def _groups() -> dict[str, Any]:
    options = _named("k", ("Fact", "事实"), ("Guess", "推测"))
    parts = _named("p", ("The tender closes on 15 December.", "招标截止日为 12 月 15 日。"), ("The lab manager seems to like us.", "实验室主任好像对我们有好感。"), ("Two instruments are older than ten years.", "有两台仪器使用超过十年。"))  # fmt: skip
    key = {"pairs": {"p1": "k1", "p2": "k2", "p3": "k1"}, "credit": "partial"}
    return _question(
        "categorisation",
        in_languages("Sort these notes from a visit record.", "请将拜访记录中的内容归类。"),
        key,
        options=options,
        body={"parts": parts},
    )


def _cloze() -> dict[str, Any]:
    stem = in_languages(
        "Talk about [[1]] before you talk about price, and keep at least [[2]] % margin.",
        "先谈[[1]]，再谈价格；毛利率至少保持 [[2]] %。",
    )
    options = _named("k", ("value", "价值"), ("discounts", "折扣"), ("competitors", "竞争对手"))
    parts = [{"id": "1", "kind": "single", "options": options}, {"id": "2", "kind": "numeric"}]
    key = {
        "parts": {"1": {"correct": "k1"}, "2": {"value": "35", "tolerance": "0", "relative": False}},
        "credit": "partial",
    }
    return _question("cloze", stem, key, body={"parts": parts})


def _case() -> dict[str, Any]:
    stem = in_languages(
        "**The case.** Huadong Pharma runs two ageing chromatographs. The lab manager wants new ones, purchasing asks for three quotes, and finance has a freeze until January.",
        "**案例**：华东药业有两台老旧色谱仪。实验室主任想更新，采购要求三家报价，财务在一月前冻结支出。",
    )
    people = _named("k", ("The lab manager", "实验室主任"), ("Purchasing", "采购"), ("Finance", "财务"))
    parts = [
        {"id": "p1", "kind": "single", "text": in_languages("Who can say no right now?", "眼下谁可以否决？"), "options": people},
        {"id": "p2", "kind": "true_false", "text": in_languages("A discount before December solves the problem.", "十二月前给折扣就能解决问题。")},
    ]  # fmt: skip
    key = {"parts": {"p1": {"correct": "k3"}, "p2": {"correct": False}}, "credit": "partial"}
    return _question("scenario", stem, key, body={"parts": parts})


def _calculated() -> dict[str, Any]:
    variables = [
        {"name": "price", "low": "200", "high": "600", "step": "20"},
        {"name": "off", "low": "2", "high": "10", "step": "1"},
    ]
    stem = in_languages(
        "The list price is {price} thousand yuan, you agreed on {off} % off. What is the contract worth?",
        "目录价 {price} 千元，谈定让利 {off} %。合同金额是多少？",
    )
    key = {"formula": "price * (100 - off) / 100", "decimals": 1, "tolerance": "0.1", "relative": False}
    return _question("calculated", stem, key, unit="k¥", body={"variables": variables})


def _spot() -> dict[str, Any]:
    box = BOXES["Laboratory"]
    points = [box[0], box[1] * 1000 // 640, box[2], box[3] * 1000 // 640]
    alt = in_languages(
        "Organisation chart: a general manager; below purchasing, laboratory and finance; technicians below the laboratory",
        "组织结构图：总经理，下设采购、实验室、财务；实验室下设技术员",
    )
    stem = in_languages(
        "Who feels the problem of the case first? Point at the box.", "案例中的问题最先影响谁？请在图上点出。"
    )
    return _question(
        "hotspot",
        stem,
        {"areas": [{"shape": "rectangle", "points": points}]},
        body={"image": "file:1", "alt": alt},
    )


def _open() -> dict[str, Any]:
    levels = [{"points": "0", "text": in_languages("Not named", "没有提到")}, {"points": "1", "text": in_languages("Named in general words", "笼统提到")}, {"points": "2", "text": in_languages("Named with its consequence for the customer", "说清对客户的影响")}]  # fmt: skip
    steps = [
        {"points": "0", "text": in_languages("None, or a monologue", "没有，或自说自话")},
        {"points": "1", "text": in_languages("A question that leads on", "提出能推进的问题")},
    ]
    criteria = [
        {"id": "c1", "text": in_languages("The customer’s problem", "客户的问题"), "levels": levels},
        {"id": "c2", "text": in_languages("The next question", "下一个问题"), "levels": steps},
    ]
    stem = in_languages(
        "The customer says: “You are too expensive.” What do you answer, and why?",
        "客户说：“你们太贵了。”你怎么回答，为什么？",
    )
    return _question("open_text", stem, {"criteria": criteria}, marks=4)
