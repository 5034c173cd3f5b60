"""The demo's surveys: reactions to two courses, behaviour as managers see it, customers' views, and some that wait for an answer.

Answers are drawn from the seed around what the demo knows to be true; rows are written as the services would have left them.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from msgspec import Struct
from sqlalchemy import insert, select

from assessments.surveys import authoring, managers
from assessments.surveys.models import (
    Origin,
    Recipient,
    Survey,
    SurveyInvitation,
    SurveyResponse,
    SurveyRule,
    SurveySending,
)
from courses.dates import day_of
from lms.authz import Actor
from lms.db import db
from lms.demo.catalogue import Published
from lms.demo.company import Company
from lms.demo.learners import Passage
from lms.people.models import Person

COURSES = ("KA-02", "KA-07")
SURVEYS = (
    ("S-REACTION", "reaction"),
    ("S-BEHAVIOUR-M", "behaviour_manager"),
    ("S-BEHAVIOUR", "behaviour_self"),
    ("S-CUSTOMER", "satisfaction"),
    ("S-NEEDS", "needs"),
)
USEFUL = (
    "客户拜访前的提问清单最实用，马上就能用。",
    "谈判案例很真实，和我们的大客户很像。",
    "角色扮演让我看到自己总是太早报价。",
    "老师讲的提问清单，我已经用在两个客户身上。",
    "案例讨论，听到了其他团队的做法。",
    "The list of questions: I used it the very next day.",
    "学会了画客户的决策链，知道该找谁。",
    "决策链分析，终于明白为什么上次丢单。",
    "角色扮演后的反馈很具体。",
)
TO_MEND = (
    "希望多一些我们行业的谈判案例。",
    "时间太紧，角色扮演只做了一轮。",
    "线上部分太长，手机上看不方便。",
    "案例太少，最好有丢单的案例。",
    "More cases from lost deals, please.",
    "希望课后有人陪同拜访。",
)
CUSTOMERS_MEND = (
    "交货期经常变动，希望提前通知。",
    "售后响应慢，报修要等两天。",
    "报价单太复杂，看不清总价。",
    "交货期希望更准一些。",
    "售后工程师换得太勤。",
    "Please tell us early when a delivery date moves.",
)
CUSTOMERS_VALUE = (
    "客户经理懂我们的工艺，建议很实在。",
    "技术支持专业，现场问题当天解决。",
    "客户经理反应快，说到做到。",
    "The account manager knows our process.",
    "仪器稳定，技术支持到位。",
)
SUPPORT = ("每周陪同拜访一次。", "例会上请他分享提问清单。", "一起准备下一次高层会谈。")


class _Makes(Struct):
    rng: np.random.Generator
    now: datetime
    teams: dict[int, int | None]

    def scale(self, mean: float, low: int, high: int) -> int:
        return int(np.clip(round(float(self.rng.normal(mean, 1.0))), low, high))

    def pick(self, texts: Sequence[str], chance: float) -> str | None:
        return str(self.rng.choice(list(texts))) if self.rng.random() < chance else None


def fill(seed: int, company: Company, past: Sequence[Passage], courses: dict[str, Published], *, now: datetime) -> None:
    trainer, hr = company.actors["lu.siyuan"], company.actors["hr"]
    found = {code: _published(hr if code in ("S-CUSTOMER", "S-NEEDS") else trainer, code, template, now) for code, template in SURVEYS}
    people = set(company.key_accounts)
    rows = db.session.execute(select(Person.id, Person.team_id).where(Person.id.in_(people), Person.left_on.is_(None)))
    makes = _Makes(np.random.default_rng([seed, 9]), now, dict(rows.all()))
    for at, code in enumerate(COURSES):
        took = {p.person_id for p in past if p.code == code and p.withdrawn_at is None} & set(makes.teams)
        learners = sorted(took, key=lambda person: (makes.teams[person] or 0, person))
        _reactions(makes, trainer, found["S-REACTION"], courses[code], learners, 3.9 - 0.5 * at)
        _behaviour(makes, trainer, found["S-BEHAVIOUR-M"], courses[code], learners, 3.6 - 0.5 * at)
    _customers(makes, hr, found["S-CUSTOMER"], company.key_accounts)
    _needs(makes, hr, found["S-NEEDS"])
    _waiting(makes, trainer, found, courses["KA-02"], company.key_accounts)


def _published(actor: Actor, code: str, template: str, now: datetime) -> Survey:
    made = now - timedelta(days=240)
    survey = authoring.create(actor, code, template, {}, now=made)
    authoring.publish(actor, survey.id, now=made)
    return survey


def _sending(makes: _Makes, actor: Actor, survey: Survey, origin: Origin, ago: int, *, open_days: int = 21, **more: Any) -> SurveySending:
    """Opened so many days ago; closed when its time is over."""
    version = authoring.current_version(survey)
    if version is None:
        raise LookupError(survey.code)
    opened = makes.now - timedelta(days=ago)
    closes = opened + timedelta(days=open_days)
    values: dict[str, Any] = {"links": 0, "links_about": {}} | more
    sending = SurveySending(
        survey_id=survey.id, version_id=version.id, anonymous=version.anonymous, origin=origin.value,
        month=day_of(opened).isoformat()[:7], opened_at=opened, closes_at=closes,
        closed_at=closes if closes <= makes.now else None, created_by_id=actor.person_id, **values)  # fmt: skip
    db.session.add(sending)
    db.session.flush()
    return sending


def _rule(makes: _Makes, actor: Actor, survey: Survey, course: Published, recipient: Recipient, days: int) -> SurveyRule:
    rule = SurveyRule(
        survey_id=survey.id, course_id=course.course.id, recipient=recipient.value, days=days, open_days=14, remind_days=5,
        since=day_of(makes.now), created_by_id=actor.person_id)  # fmt: skip
    db.session.add(rule)
    db.session.flush()
    return rule


def _invite(sending: SurveySending, people: Sequence[tuple[int, int | None]]) -> list[int]:
    rows = [{"sending_id": sending.id, "person_id": person, "about_id": about, "invited_on": day_of(sending.opened_at)}
            for person, about in people]  # fmt: skip
    if not rows:
        return []
    return list(db.session.scalars(insert(SurveyInvitation).returning(SurveyInvitation.id, sort_by_parameter_order=True), rows))


def _respond(makes: _Makes, sending: SurveySending, rows: Sequence[dict[str, Any]]) -> None:
    if not rows:
        return
    blank = {"invitation_id": None, "label": "", "submitted_at": None, "unit_id": None, "about_id": None}
    db.session.execute(
        insert(SurveyResponse),
        [blank | row | {"id": makes.rng.bytes(16).hex(), "sending_id": sending.id, "anonymous": sending.anonymous} for row in rows],
    )


def _reactions(makes: _Makes, actor: Actor, survey: Survey, course: Published, learners: Sequence[int], level: float) -> None:
    rule = _rule(makes, actor, survey, course, Recipient.LEARNER, 1)
    for part, ago in enumerate((130, 100, 65)):
        asked = learners[40 * part : 40 * (part + 1)]
        if not asked:
            break
        sending = _sending(makes, actor, survey, Origin.RULE, ago, rule_id=rule.id, course_id=course.course.id)
        _invite(sending, [(person, None) for person in asked])
        units = _units(makes, asked)
        _respond(makes, sending, [{"unit_id": units[person], "answers": _reaction(makes, level)}
                                  for person in asked if makes.rng.random() < 0.72])  # fmt: skip


def _units(makes: _Makes, asked: Sequence[int]) -> dict[int, int | None]:
    """Person → team, where at least five of the team were asked."""
    teams = [makes.teams[person] for person in asked]
    return {person: team if teams.count(team) >= 5 else None for person, team in zip(asked, teams, strict=True)}


def _reaction(makes: _Makes, level: float) -> dict[str, Any]:
    nps = makes.scale(level * 2 + 0.6, 0, 10)
    given: dict[str, Any] = {
        "q1": {f"r{at}": "abcde"[makes.scale(level + shift, 1, 5) - 1] for at, shift in enumerate((0.3, 0.1, -0.4, 0.2), 1)},
        "q2": nps,
        "q4": [option for option, chance in zip("abcd", (0.45, 0.2, 0.25, 0.3), strict=True) if makes.rng.random() < chance] or ["e"],
    }
    texts = {"q3": makes.pick(TO_MEND, 0.8) if nps <= 6 else None, "q5": makes.pick(USEFUL, 0.6)}
    return given | {key: text for key, text in texts.items() if text}


def _behaviour(makes: _Makes, actor: Actor, survey: Survey, course: Published, learners: Sequence[int], level: float) -> None:
    """What managers saw 30 and 90 days after; by name, as behaviour is."""
    of = managers.of(learners)
    for days, shift, ago in ((30, -0.3, 90), (90, 0.0, 45)):
        rule = _rule(makes, actor, survey, course, Recipient.MANAGER, days)
        sending = _sending(makes, actor, survey, Origin.RULE, ago, rule_id=rule.id, course_id=course.course.id)
        asked = [(of[person], person) for person in learners[:36] if person in of]
        rows = []
        for invitation, (_manager, about) in zip(_invite(sending, asked), asked, strict=True):
            if makes.rng.random() < 0.8:
                seen = {f"r{at}": "abcde"[makes.scale(level + shift + more, 1, 5) - 1] for at, more in enumerate((0.2, 0.0, -0.3, 0.3), 1)}
                given: dict[str, Any] = {"q1": seen, "q2": float(makes.rng.integers(0, 6)), "q3": "abcd"[4 - makes.scale(level - 0.4, 1, 4)]}
                text = makes.pick(SUPPORT, 0.4)
                rows.append({"invitation_id": invitation, "about_id": about, "unit_id": makes.teams.get(about),
                             "submitted_at": sending.opened_at + timedelta(days=int(makes.rng.integers(1, 20))),
                             "answers": given | ({"q4": text} if text else {})})  # fmt: skip
        _respond(makes, sending, rows)


def _customers(makes: _Makes, actor: Actor, survey: Survey, reps: Sequence[int]) -> None:
    """Public links to the customers of some reps, twice a year."""
    asked_about = [rep for rep in reps if rep in makes.teams][:8]
    for ago, lift in ((200, 0.0), (50, 0.35)):
        made = {str(rep): 12 for rep in asked_about}
        sending = _sending(makes, actor, survey, Origin.LINK, ago, links=sum(made.values()), links_about=made)
        rows = []
        for rep in asked_about:
            level = 3.5 + lift + 0.12 * (rep % 4)
            rows += [{"about_id": rep, "answers": _customer(makes, level)} for _at in range(12) if makes.rng.random() < 0.68]
        _respond(makes, sending, rows)


def _customer(makes: _Makes, level: float) -> dict[str, Any]:
    nps = makes.scale(level * 2 + 0.5, 0, 10)
    given: dict[str, Any] = {
        "q1": makes.scale(level + 0.1, 1, 5),
        "q2": {f"r{at}": "abcde"[makes.scale(level + shift, 1, 5) - 1] for at, shift in enumerate((0.4, -0.2, -0.4), 1)},
        "q3": nps,
    }
    text = makes.pick(CUSTOMERS_MEND, 0.7) if nps <= 8 else makes.pick(CUSTOMERS_VALUE, 0.7)
    return given | ({"q4" if nps <= 8 else "q5": text} if text else {})


def _needs(makes: _Makes, actor: Actor, survey: Survey) -> None:
    people = sorted(makes.teams)[:60]
    sending = _sending(makes, actor, survey, Origin.HAND, 80)
    _invite(sending, [(person, None) for person in people])
    units = _units(makes, people)
    rows = []
    for person in people:
        if makes.rng.random() < 0.75:
            given: dict[str, Any] = {
                "q1": {f"r{at}": "abcde"[makes.scale(level, 1, 5) - 1] for at, level in enumerate((3.4, 3.0, 2.6, 2.9, 2.4), 1)},
                "q2": [str(each) for each in makes.rng.permutation(list("abcd"))] if makes.rng.random() < 0.5 else list("cdab"),
                "q3": makes.scale(2.4, 1, 5),
            }
            text = makes.pick(("价格谈判没有准备好底线。", "没有见到决策人。", "谈判时被对方牵着走。", "回款拖了三个月。", "决策人换了，不知道。"), 0.6)
            rows.append({"unit_id": units[person], "answers": given | ({"q4": text} if text else {})})
    _respond(makes, sending, rows)


def _waiting(makes: _Makes, actor: Actor, surveys: dict[str, Survey], course: Published, reps: Sequence[int]) -> None:
    """What waits today: the reaction to a course for a rep, two of her reps for the manager."""
    there = [rep for rep in reps if rep in makes.teams]
    team = [rep for rep in there if makes.teams[rep] == makes.teams[there[0]]]
    reaction = _sending(makes, actor, surveys["S-REACTION"], Origin.HAND, 2, course_id=course.course.id)
    _invite(reaction, [(rep, None) for rep in there[:24]])
    own = _sending(makes, actor, surveys["S-BEHAVIOUR"], Origin.HAND, 3, course_id=course.course.id)
    _invite(own, [(rep, None) for rep in team])
    of = managers.of(team)
    seen = _sending(makes, actor, surveys["S-BEHAVIOUR-M"], Origin.HAND, 3, course_id=course.course.id)
    _invite(seen, [(of[rep], rep) for rep in team[:2] if rep in of])
