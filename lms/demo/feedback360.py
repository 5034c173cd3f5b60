"""The demo's 360° feedback: two finished cycles of Shanghai 1 half a year apart, and an open one that waits for its manager and a rep.

Levels are drawn from the seed around what each person is like; rows are written as the services would have left them.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from msgspec import Struct
from sqlalchemy import insert, select

from assessments.feedback360 import anonymity, authoring
from assessments.feedback360.models import (
    FeedbackAnswer,
    FeedbackCycle,
    FeedbackRater,
    FeedbackSubject,
    FeedbackVersion,
    Group,
    Purpose,
    State,
)
from assessments.surveys import managers
from courses.dates import day_of
from lms.authz import Actor
from lms.db import LocalText, db
from lms.demo.company import DOMAIN, Company
from lms.i18n import in_languages
from lms.people.models import Person

LEAST, MOST = 3, 8
LEVEL = {"c1": 3.3, "c2": 2.9, "c3": 3.9, "c4": 3.2}
"""What the others see of the team, by competency; Lin Xiaoyun overrates her planning and underrates her team work."""
OWN_VIEW = {"c1": 0.1, "c2": 1.3, "c3": -0.9, "c4": 0.2}
GO_ON = (
    "拜访前的准备很充分，问题问得准。",
    "会后当天就把记录发给大家，我们交付很省心。",
    "遇到质量问题，第一时间到现场。",
    "答应的事情都做到了。",
    "愿意把客户资源介绍给新同事。",
    "懂我们的工艺，提的建议能落地。",
    "Visits are well prepared; the questions are the right ones.",
)
DIFFERENTLY = (
    "报价前多问一句为什么，有时让步太快。",
    "年度计划最好和我们一起定，不要定好了才通知。",
    "回款计划写得再具体一些。",
    "希望把方案的收益用我们的数据算给老板看。",
    "遇到拖欠，早点告诉团队。",
    "Please bring the plan to us before it is finished.",
)
CUSTOMERS = (
    ("临港精密", "buyer@lingang.example"),
    ("东方轴承", "plant@dfzc.example"),
    ("华岳制药", "quality@huayue.example"),
    ("海宁纺机", "office@haining.example"),
)


class _Makes(Struct):
    rng: np.random.Generator
    now: datetime
    version: FeedbackVersion
    hr: Actor
    rep: int


def fill(seed: int, company: Company, *, now: datetime) -> None:
    hr, rep = company.actors["hr"], company.person[f"lin.xiaoyun@{DOMAIN}"]
    draft = authoring.create(hr, "F-KEY", "key_accounts", {}, now=now - timedelta(days=330))
    makes = _Makes(np.random.default_rng([seed, 17]), now, authoring.freeze(draft, now - timedelta(days=300)), hr, rep)
    manager = company.person[f"zhou.mingzhe@{DOMAIN}"]
    team = db.session.scalars(
        select(Person.id).where(Person.team_id == db.session.get_one(Person, rep).team_id, Person.active, Person.left_on.is_(None))
        .order_by(Person.id)
    ).all()  # fmt: skip
    for name, ago, lift in (
        (in_languages("Spring 2026: how we work with customers", "2026 年春季：我们如何与客户合作", "2026 年春季：我們如何與客戶合作"), 240, -0.35),
        (in_languages("Autumn 2026: how we work with customers", "2026 年秋季：我们如何与客户合作", "2026 年秋季：我們如何與客戶合作"), 70, 0.0),
    ):
        _finished(makes, name, ago, lift, team, manager)
    _open(makes, company, [each for each in team if each != manager], manager)


def _cycle(makes: _Makes, name: LocalText, opened: datetime, days: int) -> FeedbackCycle:
    closes = opened + timedelta(days=days)
    cycle = FeedbackCycle(
        name=name, purpose=Purpose.DEVELOPMENT.value, version_id=makes.version.id, opened_at=opened,
        nominate_until=opened + timedelta(days=10), closes_at=closes, closed_at=closes if closes <= makes.now else None,
        remind_days=5, created_by_id=makes.hr.person_id,
        **{f"{end}_{group}": value for end, value in (("least", LEAST), ("most", MOST)) for group in anonymity.ANONYMOUS})  # fmt: skip
    db.session.add(cycle)
    db.session.flush()
    return cycle


def _subjects(cycle: FeedbackCycle, people: Sequence[int], tallies: dict[int, dict[str, list[int]]]) -> dict[int, int]:
    """Person → id as somebody looked at."""
    of = managers.of(people)
    rows = [{"cycle_id": cycle.id, "person_id": person, "manager_id": of.get(person), "tally": tallies.get(person, {})} for person in people]
    ids = db.session.scalars(insert(FeedbackSubject).returning(FeedbackSubject.id, sort_by_parameter_order=True), rows)
    return dict(zip(people, ids, strict=True))


def _finished(makes: _Makes, name: LocalText, ago: int, lift: float, team: Sequence[int], manager: int) -> None:
    """Everybody of the team with their manager's, six peers' and four customers' view, and the manager with his reports'."""
    cycle = _cycle(makes, name, makes.now - timedelta(days=ago), 28)
    people = [each for each in team if each != manager]
    of = managers.of([*people, manager])
    chosen = {person: _raters(makes, person, people, manager, of) for person in [*people, manager]}
    tallies = {
        person: {group: [len(raters), n] for group, (raters, n) in groups.items()} for person, groups in chosen.items()
    }
    subjects = _subjects(cycle, list(chosen), tallies)
    for person, groups in chosen.items():
        kept = _write_raters(cycle, subjects[person], groups, answered=False)
        _answer(makes, subjects[person], person, {group: n for group, (_raters_, n) in groups.items()}, kept, lift)
    if lift < 0:
        _read(list(subjects.values()), cycle.closes_at + timedelta(days=2))


Groups = dict[str, tuple[list[int | tuple[str, str]], int]]
"""Group → (raters, how many of them have answered)."""


def _raters(makes: _Makes, person: int, people: Sequence[int], manager: int, of: dict[int, int]) -> Groups:
    others = [each for each in people if each != person]
    groups: Groups = {"self": ([person], 1)}
    if person in of:
        groups["manager"] = ([of[person]], 1)
    if person == manager:
        groups["report"] = (list(others), len(others) - 2)
    else:
        peers = [int(each) for each in makes.rng.permutation(others)[:6]]
        groups["peer"] = (list(peers), len(peers) - int(makes.rng.integers(0, 2)))
        groups["customer"] = ([(name, f"{person}.{email}") for name, email in CUSTOMERS], 3 if person == makes.rep else int(makes.rng.integers(2, 5)))
    return groups


def _write_raters(cycle: FeedbackCycle, subject: int, groups: Groups, *, answered: bool) -> dict[str, int]:
    """The raters of one person, all approved; group → id of the named ones."""
    rows: list[dict[str, Any]] = []
    for group, (raters, _n) in groups.items():
        for rater in raters:
            person, (name, email) = (None, rater) if isinstance(rater, tuple) else (rater, ("", None))
            rows.append({
                "subject_id": subject, "relation": group, "person_id": person, "name": name, "email": email,
                "locale": "zh_Hans" if email else None, "state": State.APPROVED.value, "reason": "",
                "invited_on": day_of(cycle.opened_at), "answered": answered or (cycle.closed_at is not None and group in anonymity.NAMED)})  # fmt: skip
    ids = db.session.scalars(insert(FeedbackRater).returning(FeedbackRater.id, sort_by_parameter_order=True), rows)
    return {row["relation"]: id_ for row, id_ in zip(rows, ids, strict=True) if row["relation"] in anonymity.NAMED}


def _answer(makes: _Makes, subject: int, person: int, counts: dict[str, int], named: dict[str, int], lift: float) -> None:
    """Answers of as many as answered; groups under their minimum leave none, as when a cycle is closed."""
    talent = 0.35 * float(makes.rng.normal())
    shown = {group for atom in anonymity.atoms(counts, dict.fromkeys(anonymity.ANONYMOUS, LEAST)) for group in atom} | set(anonymity.NAMED)
    rows = []
    texts = {key: [str(text) for text in makes.rng.permutation(lines)] for key, lines in (("go_on", GO_ON), ("differently", DIFFERENTLY))}
    for group, n in counts.items():
        for _at in range(n if group in shown else 0):
            own = group == Group.SELF
            severity = 0.3 * float(makes.rng.normal())
            rows.append({"id": makes.rng.bytes(16).hex(), "subject_id": subject, "relation": group, "rater_id": named.get(group),
                         "answers": _said(makes, own, own and person == makes.rep, talent + severity + lift, group, texts)})  # fmt: skip
    db.session.execute(insert(FeedbackAnswer), rows)


def _said(makes: _Makes, own: bool, herself: bool, shift: float, group: str, texts: dict[str, list[str]]) -> dict[str, Any]:
    levels = {}
    for competency in authoring.asked(makes.version).competencies:
        mean = LEVEL[competency.id] + shift + (0.3 if own else 0.0) + (OWN_VIEW[competency.id] if herself else 0.0)
        for item in competency.items:
            unseen = group == Group.CUSTOMER and competency.id in ("c3", "c4") and makes.rng.random() < 0.15
            if not unseen:
                levels[item.id] = int(np.clip(round(float(makes.rng.normal(mean, 0.55))), 1, 5))
    comments = {}
    if not own:
        for key, left in texts.items():
            if left and makes.rng.random() < 0.5:
                comments[key] = left.pop()
    return {"levels": levels, "comments": comments}


def _read(subjects: Sequence[int], at: datetime) -> None:
    for subject in subjects:
        db.session.get_one(FeedbackSubject, subject).read_at = at


def _open(makes: _Makes, company: Company, team: Sequence[int], manager: int) -> None:
    """Two reps are looked at: one has proposed raters who wait for the manager's word, the other is to choose hers."""
    name = in_languages("Winter 2026: collection and planning", "2026 年冬季：回款与计划", "2026 年冬季：回款與計劃")
    cycle = _cycle(makes, name, makes.now - timedelta(days=3), 25)
    colleague = next(each for each in team if each != makes.rep)
    subjects = _subjects(cycle, [makes.rep, colleague], {})
    for person, subject in subjects.items():
        _write_raters(cycle, subject, {"self": ([person], 0), "manager": ([manager], 0)}, answered=False)
    _write_raters(cycle, subjects[colleague], {"peer": ([makes.rep], 0)}, answered=False)
    proposed = [each for each in team if each not in (makes.rep, colleague)][:4]
    db.session.execute(insert(FeedbackRater), [
        {"subject_id": subjects[colleague], "relation": "peer", "person_id": each, "name": "", "state": State.PROPOSED.value, "reason": "",
         "answered": False} for each in proposed])  # fmt: skip
    db.session.flush()
