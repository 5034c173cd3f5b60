"""The demo's bank: some questions approved by a second trainer, one sent back, some waiting; figures; a course that asks for review."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select

from assessments.quizzes.models import Question, QuizItem
from assessments.quizzes.question_bank import figures, reviewing, services
from courses.models import Course
from lms.authz import SYSTEM
from lms.db import db
from lms.demo.company import Company
from lms.i18n import in_languages

CODE = "PR-30"
"""The course whose quiz draws from its bank."""


def fill(company: Company, *, now: datetime) -> None:
    """Lu Siyuan wrote the questions, He Lan reviews them; two wait for Lu Siyuan."""
    author, reviewer = company.actors["lu.siyuan"], company.actors["he.lan"]
    ids = list(db.session.scalars(select(Question.id).join(Course, Course.id == Question.course_id).where(Course.code == CODE).order_by(Question.id)))
    asked = now - timedelta(days=2)
    for at, id_ in enumerate(ids):
        reviewing.ask(author, id_, now=asked + timedelta(minutes=at))
        if at == 2:
            comment = "“才可以”太绝对：客户主动谈价值时怎么办？ (Too absolute: what if the customer asks for the value?)"
            reviewing.send_back(reviewer, id_, comment, seen=_held(id_), now=asked + timedelta(hours=3))
        elif at < 5:
            reviewing.approve(reviewer, id_, seen=_held(id_), now=asked + timedelta(hours=3, minutes=at))
    _rewritten_by_another(company, ids[0], now)
    _waiting_for_lu(company, now)
    figures.count(SYSTEM, now=now)


def _held(question_id: int) -> int:
    return reviewing.held_version(db.session.get_one(Question, question_id)).id


def _rewritten_by_another(company: Company, question_id: int, now: datetime) -> None:
    """He Lan says the first one more plainly, and asks Lu Siyuan."""
    stem = in_languages("A 10 % discount at a 30 % margin costs a third of the profit of that sale.", "毛利率 30% 时打九折，这笔销售的利润会少三分之一。")
    data = {"kind": "true_false", "stem": stem, "key": {"correct": True}, "feedback": in_languages("10 of 30 points are gone.", "30 个百分点少了 10 个。")}
    helper, moment = company.actors["he.lan"], now - timedelta(hours=20)
    services.rewrite(helper, question_id, data, competency="价格谈判", now=moment)
    reviewing.ask(helper, question_id, "改得更口语了，请看一下。 (Said more plainly; please have a look.)", now=moment)


def _waiting_for_lu(company: Company, now: datetime) -> None:
    """He Lan asks for a look at a question of another course; one of it is retired."""
    helper, moment = company.actors["he.lan"], now - timedelta(hours=18)
    owned = select(Question.id).where(Question.created_by_id == helper.person_id).order_by(Question.id)
    mine = list(db.session.scalars(owned.limit(3)))
    for id_ in mine[:1]:
        reviewing.ask(helper, id_, now=moment)
    unused = owned.where(Question.id.not_in(select(QuizItem.question_id)))
    for id_ in db.session.scalars(unused.limit(1)).all():
        services.retire(helper, id_, now=moment)
