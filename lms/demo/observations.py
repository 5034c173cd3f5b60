"""Joint visits of the demo: every quarter each manager goes along with the own reps and fills in a sheet of what was seen.

Who sells more than the team tends to be seen to do better, by ``BOND``; the rest is the eye of the day. Drawn from the seed.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any

import numpy as np
from sqlalchemy import func, select

from assessments.roleplays import rating, rubrics, scenario, scenarios
from assessments.roleplays.models import Play, ScenarioVersion, Way
from assessments.roleplays.rating_models import PlayResult, Rating, RatingTask, Reason
from lms.authz import Role
from lms.db import db
from lms.demo.company import OPENED, Company
from lms.i18n import in_languages as _t
from lms.people.models import Person, RoleGrant
from performance.kpis.models import Kpi, KpiRecord

VISITS = 6
BOND = 0.55
"""Correlation of what is seen with the standing in sales within the team."""
SEEN: tuple[tuple[str, str, str], ...] = (
    ("客户拜访", "Leads the visit and agrees on a next step", "主导拜访，约定下一步"),
    ("需求挖掘", "Finds out what is wrong and what it costs", "弄清问题和代价"),
    ("异议处理", "Finds out what an objection means before answering", "先弄清异议再回应"),
    ("价值销售", "Says in money what the offer is worth", "用钱说明方案的价值"),
    ("商机管理", "Knows the stage of the deal by evidence", "凭证据判断商机阶段"),
    ("联合生意计划", "Works on goals shared with the customer", "与客户谈共同目标"),
    ("团队协同", "Brings colleagues in at the right moment", "适时引入同事"),
    ("回款管理", "Speaks about payment in time", "及时谈回款"),
    ("目标管理", "Knows what the visit is to add to the target", "清楚本次拜访对目标的贡献"),
    ("大客户思维", "Thinks of the account beyond this order", "着眼客户长期经营"),
    ("客户评分", "Knows what the account is worth, and why", "清楚客户的价值及依据"),
)
ANCHORS = (_t("Not seen", "没有做到"), _t("Begun", "开始尝试"), _t("Done", "做到"), _t("Done well", "做得好"), _t("A model for others", "可作示范"))
HARD = {"价值销售": 0.5, "异议处理": 0.45, "联合生意计划": 0.6, "客户评分": 0.2, "回款管理": 0.15}
"""In levels of the sheet: what the whole company finds harder."""
TITLE = _t("Joint visit: what was seen", "陪访：现场观察")


def fill(seed: int, company: Company, *, now: datetime) -> None:
    """The sheet by the trainer, and the visits of the last quarters."""
    trainer = company.actors["trainer"]
    rubric = rubrics.load(trainer, _t("Joint visit sheet", "陪访观察表"), _rubric(), now=OPENED + timedelta(days=20))
    row = scenarios.load(trainer, "JOINT-VISIT", TITLE, _content(), rubric, now=OPENED + timedelta(days=20))
    version = scenarios.publish(trainer, row.id, now=OPENED + timedelta(days=20, hours=2))
    rng = np.random.default_rng([seed, 17])
    plays = [
        (person, manager, visit, rng.integers(0, 60))
        for person, manager in _managed(company)
        for visit in range(VISITS)
        if rng.random() < 0.9
    ]
    _write(rng, version, plays, _standing(company), now)


def _rubric() -> dict[str, Any]:
    levels = [{"points": str(i), "anchor": anchor} for i, anchor in enumerate(ANCHORS)]
    criteria = [
        {"key": f"seen{at}", "title": _t(en, hans), "kind": "levels", "weight": "1", "blocks_below": None,
         "competency": word, "levels": levels}
        for at, (word, en, hans) in enumerate(SEEN)
    ]  # fmt: skip
    return {"pass_mark": "1/2", "criteria": criteria}


def _content() -> dict[str, Any]:
    brief = {
        "goal": _t("Lead a visit of your own while your manager watches and says nothing.", "由您主导一次拜访，经理在旁观察，不发言。"),
        "company": _t("A customer of your own", "您自己的客户"),
        "person": _t("Whoever receives you", "接待您的人"),
        "position": _t("As it is", "以实际为准"),
        "known": _t("What stands in your account plan.", "客户计划中已有的信息。"),
        "hidden": _t("Agreed on with the manager before the visit.", "拜访前与经理约定。"),
        "recorded": False,
        "stage": "needs", "difficulty": 2, "minutes": 45, "competencies": [word for word, _, _ in SEEN],
    }  # fmt: skip
    return scenario.EMPTY | brief


def _managed(company: Company) -> list[tuple[int, int]]:
    """(rep, manager of the rep's own team) of those who are there."""
    managers = dict(
        db.session.execute(
            select(RoleGrant.team_id, func.min(RoleGrant.person_id)).where(RoleGrant.role == Role.MANAGER.value).group_by(RoleGrant.team_id)
        ).all()
    )
    rows = db.session.execute(
        select(Person.id, Person.team_id).where(Person.id.in_(company.key_accounts), Person.left_on.is_(None)).order_by(Person.id)
    )
    return [(person, managers[team]) for person, team in rows if team in managers]


def _standing(company: Company) -> dict[int, float]:
    """Rep → how far the sales lie from those of the team, in standard deviations."""
    rows = db.session.execute(
        select(KpiRecord.person_id, Person.team_id, func.avg(KpiRecord.value))
        .join(Kpi, Kpi.id == KpiRecord.kpi_id)
        .join(Person, Person.id == KpiRecord.person_id)
        .where(Kpi.code == "sales_amount", KpiRecord.superseded_at.is_(None), KpiRecord.person_id.in_(company.key_accounts))
        .group_by(KpiRecord.person_id, Person.team_id)
    ).all()
    teams: dict[int, list[float]] = {}
    for _person, team, value in rows:
        teams.setdefault(team, []).append(float(np.log(value)))
    spread = float(np.mean([np.std(some) for some in teams.values()])) or 1.0
    return {person: (float(np.log(value)) - float(np.mean(teams[team]))) / spread for person, team, value in rows}


def _write(
    rng: np.random.Generator, version: ScenarioVersion, visits: Sequence[tuple[int, int, int, Any]], standing: dict[int, float], now: datetime
) -> None:
    scale = rating.exact(version.rubric)
    talent = {person: BOND * standing.get(person, 0.0) + np.sqrt(1 - BOND**2) * rng.normal() for person, *_ in visits}
    own = {person: rng.normal(0, 0.6, len(SEEN)) for person in talent}
    counted: dict[int, int] = {}
    rows: list[tuple[Play, int, dict[str, str]]] = []
    for person, manager, visit, day in sorted(visits, key=lambda each: (each[0], -each[2])):
        number = counted[person] = counted.get(person, 0) + 1
        at = (now - timedelta(days=12 + 91 * visit + int(day))).replace(hour=3, minute=0, second=0, microsecond=0)
        points = {
            criterion["key"]: str(int(np.clip(round(2.75 - HARD.get(word, 0.0) + 0.55 * talent[person] + own[person][i] + 0.06 * number + rng.normal(0, 0.6)), 0, 4)))
            for i, (criterion, (word, _, _)) in enumerate(zip(version.rubric.content["criteria"], SEEN, strict=True))
        }
        play = Play(
            scenario_id=version.scenario_id, version_id=version.id, person_id=person, way=Way.LIVE.value, number=number,
            takes=1, started_at=at, submitted_at=at, for_calibration=False, observer_id=manager,
        )  # fmt: skip
        rows.append((play, manager, points))
    db.session.add_all([play for play, _, _ in rows])
    db.session.flush()
    tasks = [_task(play, manager) for play, manager, _ in rows]
    db.session.add_all(tasks)
    db.session.flush()
    ratings, results = [], []
    for (play, _manager, points), task in zip(rows, tasks, strict=True):
        shares = {key: Fraction(value, 4) for key, value in ((k, int(v)) for k, v in points.items())}
        total = sum(shares.values(), Fraction(0)) / len(shares)
        ratings.append(_rating(version, play, task, points, total, total >= (scale.pass_mark or 0)))
        results.append((play, shares, total))
    db.session.add_all(ratings)
    db.session.flush()
    db.session.add_all(
        PlayResult(
            play_id=play.id, rubric_hash=version.rubric.content_hash, score=float(total), exact=str(total),
            passed=given.passed, blocked_by=[], criteria={key: str(share) for key, share in shares.items()},
            ratings=[given.id], disputed=False, at=given.at,
        )
        for (play, shares, total), given in zip(results, ratings, strict=True)
    )  # fmt: skip
    db.session.flush()


def _task(play: Play, manager: int) -> RatingTask:
    at = play.started_at
    return RatingTask(
        play_id=play.id, person_id=play.person_id, rater_id=manager, reason=Reason.OBSERVER.value, assigned_at=at,
        closed_at=at + timedelta(hours=2),
    )  # fmt: skip


def _rating(version: ScenarioVersion, play: Play, task: RatingTask, points: dict[str, str], total: Fraction, passed: bool) -> Rating:
    best = max(points, key=lambda key: int(points[key]))
    worst = min(points, key=lambda key: int(points[key]))
    said = {f"seen{at}": hans for at, (_, _, hans) in enumerate(SEEN)}
    return Rating(
        task_id=task.id, rater_id=task.rater_id, play_id=play.id, rubric_version_id=version.rubric_version_id, points=points,
        total=float(total), passed=passed, best=f"{said[best]}，值得保持。", change=f"下次重点：{said[worst]}。",
        client_key=secrets.token_hex(16), given_at=play.started_at, at=play.started_at + timedelta(hours=2),
    )  # fmt: skip
