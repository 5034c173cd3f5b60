"""The demo's practice: three scenarios, some months of rated performances, one recording that waits to be rated.

Who rates how severely, who lets one impression colour all and who becomes stricter is written here, so that the trust
page can be checked against it. Drawn from the seed.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
from msgspec import Struct
from sqlalchemy import select

from assessments.roleplays import rating, rubrics, scenarios, scoring, services, uploads
from assessments.roleplays.models import Play, Recording, RecordingPiece, ScenarioVersion, Way
from assessments.roleplays.rating_models import Anchor, PlayResult, Rating, RatingTask, Reason
from courses import authoring
from courses.dates import day_of
from courses.models import Course
from lms import storage
from lms.authz import Actor
from lms.db import db
from lms.demo.company import Company
from lms.demo.roleplay_content import FEEDBACK, RUBRIC, RUBRIC_TITLE, SCENARIOS
from lms.i18n import local
from lms.people.models import Person
from lms.people.scope import load_actor

SAMPLE = Path(__file__).parent / "roleplay_sample.webm"
GAIN = 0.30
"""Logits that a person gains with every attempt."""


class Eye(Struct, frozen=True):
    """A rater of the demo: ``severity`` in logits, ``halo`` 0-1, ``drift`` in logits a month."""

    mailbox: str
    severity: float
    halo: float = 0.0
    drift: float = 0.0


EYES = (
    Eye("lu.siyuan", 0.0),
    Eye("he.lan", 1.1),
    Eye("ouyang.mu", -0.9),
    Eye("zhou.mingzhe", -0.3, halo=0.9),
    Eye("shen.ruolan", 0.2, drift=0.45),
)


def fill(seed: int, company: Company, *, now: datetime) -> None:
    """Scenarios by the trainer, performances of reps in the east, anchors, and what waits today."""
    rng = np.random.default_rng([seed, 9])
    trainer = company.actors["trainer"]
    versions = _library(trainer, now - timedelta(days=190))
    _in_the_draft_course(trainer, versions[0].scenario_id, now)
    # Ten of the first team, ten of the next: each plays one or several times.
    raters = [(eye, company.actors[eye.mailbox]) for eye in EYES]
    for at, person_id in enumerate(company.key_accounts[:20]):
        _performances(rng, at, person_id, versions, raters, now)
    _anchor(company, versions[0], now)
    _waiting(company, versions[0], now)


def _library(trainer: Actor, moment: datetime) -> list[ScenarioVersion]:
    rubric = rubrics.load(trainer, RUBRIC_TITLE, RUBRIC, now=moment)
    versions = []
    for code, title, content in SCENARIOS:
        row = scenarios.load(trainer, code, title, content, rubric, now=moment)
        versions.append(scenarios.publish(trainer, row.id, now=moment + timedelta(hours=2)))
    return versions


def _in_the_draft_course(trainer: Actor, scenario_id: int, now: datetime) -> None:
    course = db.session.scalar(select(Course).where(Course.code == "KA-08"))
    if course is not None:
        title = {"en": "Role-play: first talk", "zh_Hans": "角色扮演：第一次面谈"}
        module = authoring.add_module(trainer, course.id, "roleplay", title, now=now - timedelta(days=8))
        scenarios.configure_module(trainer, module.id, scenario_id, 3, now=now - timedelta(days=8))


def _performances(
    rng: np.random.Generator,
    at: int,
    person_id: int,
    versions: Sequence[ScenarioVersion],
    raters: Sequence[tuple[Eye, Actor]],
    now: datetime,
) -> None:
    talent = float(rng.normal(0.2, 0.8))
    day = 175.0 - float(rng.uniform(0, 25))
    for scenario, version in enumerate(versions[:2]):
        for attempt in range(int(rng.integers(1, 5)) if at != 0 else 4):
            day -= float(rng.uniform(6, 20))
            if day < 2:
                return
            moment = (now - timedelta(days=day)).replace(hour=int(rng.integers(1, 9)), minute=0, second=0)
            skill = talent + GAIN * attempt - 0.4 * scenario
            _performance(rng, person_id, version, attempt + 1, skill, raters, moment, day)


def _performance(
    rng: np.random.Generator,
    person_id: int,
    version: ScenarioVersion,
    number: int,
    skill: float,
    raters: Sequence[tuple[Eye, Actor]],
    moment: datetime,
    day: float,
) -> Play:
    first, second = (int(i) for i in rng.choice(len(raters), 2, replace=False))
    chosen = [raters[first]] + ([raters[second]] if rng.random() < 0.7 else [])
    play = Play(
        scenario_id=version.scenario_id,
        version_id=version.id,
        person_id=person_id,
        way=Way.LIVE.value,
        number=number,
        takes=1,
        started_at=moment,
        submitted_at=moment,
        for_calibration=False,
        observer_id=chosen[0][1].person_id,
    )
    db.session.add(play)
    db.session.flush()
    strengths = skill + rng.normal(0, 0.6, len(version.rubric.content["criteria"]))
    kept = [
        _rated(rng, play, version, strengths, skill, eye, actor, place, day, moment)
        for place, (eye, actor) in enumerate(chosen)
    ]
    _result(play, version, kept, moment)
    return play


def _rated(
    rng: np.random.Generator,
    play: Play,
    version: ScenarioVersion,
    strengths: np.ndarray,
    skill: float,
    eye: Eye,
    actor: Actor,
    place: int,
    day: float,
    moment: datetime,
) -> Rating:
    severity = eye.severity + eye.drift * (90 - day) / 30
    points = {}
    for criterion, strength in zip(version.rubric.content["criteria"], strengths, strict=True):
        seen = (1 - eye.halo) * strength + eye.halo * skill - severity
        most = len(criterion["levels"]) - 1
        if criterion["kind"] == "yes_no":
            points[criterion["key"]] = "1" if rng.random() < 0.97 else "0"
        else:
            noise = rng.logistic(0, 0.25 if eye.halo else 0.5)
            points[criterion["key"]] = str(int(np.clip(np.floor((seen + noise) / 0.9 + most / 2 + 0.4), 0, most)))
    return _kept(rng, play, version, points, actor, place, moment)


def _kept(
    rng: np.random.Generator,
    play: Play,
    version: ScenarioVersion,
    points: dict[str, str],
    actor: Actor,
    place: int,
    moment: datetime,
) -> Rating:
    judged = rating.judge(version.rubric, points)
    best, change = FEEDBACK[int(rng.integers(len(FEEDBACK)))]
    reason = Reason.OBSERVER if place == 0 else Reason.DOUBLED
    task = RatingTask(
        play_id=play.id,
        person_id=play.person_id,
        rater_id=actor.person_id,
        reason=reason.value,
        assigned_at=moment,
        closed_at=moment + timedelta(hours=3),
    )
    db.session.add(task)
    db.session.flush()
    given = Rating(
        task_id=task.id,
        rater_id=task.rater_id,
        play_id=play.id,
        rubric_version_id=version.rubric_version_id,
        points=points,
        total=float(judged.total),  # type: ignore[arg-type]
        passed=bool(judged.passed),
        best=local(best, "zh_Hans"),
        change=local(change, "zh_Hans"),
        client_key=secrets.token_hex(16),
        given_at=moment,
        at=moment + timedelta(hours=3),
    )
    db.session.add(given)
    db.session.flush()
    return given


def _result(play: Play, version: ScenarioVersion, ratings: Sequence[Rating], moment: datetime) -> None:
    scale = rating.exact(version.rubric)
    settled = scoring.settle(scale, [rating.judge(version.rubric, each.points) for each in ratings])
    if isinstance(settled, scoring.Settled):
        db.session.add(
            PlayResult(
                play_id=play.id,
                rubric_hash=version.rubric.content_hash,
                score=float(settled.total),
                exact=str(settled.total),
                passed=settled.passed,
                blocked_by=list(settled.blocked_by),
                criteria={key: str(share) for key, share in settled.criteria},
                ratings=[each.id for each in ratings],
                disputed=settled.disputed,
                at=moment + timedelta(hours=3),
            )
        )


def _recorded(person_id: int, version: ScenarioVersion, moment: datetime) -> Play:
    """A performance with a recording of a few seconds, handed in."""
    play = services.new_play(version, person_id, Way.RECORDED, None, moment)
    play.takes, play.consent_at, play.submitted_at = 3, moment, moment + timedelta(minutes=20)
    play.consent_hash, play.for_calibration = "", True
    play.delete_after = day_of(moment) + timedelta(days=version.content["retention_days"])
    db.session.add(play)
    db.session.flush()
    data = SAMPLE.read_bytes()
    key = secrets.token_hex(16)
    storage.store().put(key, data)
    take = Recording(
        play_id=play.id,
        number=1,
        size=len(data),
        received=len(data),
        media_type="video/webm",
        started_at=moment,
        finished_at=moment,
        sent_at=play.submitted_at,
    )
    take.pieces.append(RecordingPiece(start=0, size=len(data), key=key))
    take.sha256 = uploads.fingerprint([data])
    db.session.add(take)
    db.session.flush()
    return play


def _anchor(company: Company, version: ScenarioVersion, now: datetime) -> None:
    """A recording that the trainers rated together."""
    moment = now - timedelta(days=60)
    play = _recorded(company.key_accounts[12], version, moment)
    points = {"needs": "2", "listening": "2", "value": "1", "objection": "1", "next_step": "3", "honest": "1"}
    rng = np.random.default_rng(7)
    given = _kept(rng, play, version, points, company.actors["lu.siyuan"], 0, moment)
    _result(play, version, [given], moment)
    db.session.add(
        Anchor(
            play_id=play.id,
            points=points,
            why="问到了现象和数量，但没有让客户算出损失，所以“价值”只到第二级；结束时日期、参会人和事项都有，给最高级。",
            by_id=company.actors["lu.siyuan"].person_id,
            at=moment + timedelta(days=2),
        )
    )
    db.session.flush()


def _waiting(company: Company, version: ScenarioVersion, now: datetime) -> None:
    """Lin Xiaoyun sent a recording yesterday: her manager and a trainer are asked."""
    play = _recorded(company.key_accounts[0], version, now - timedelta(days=1))
    actor = load_actor(db.session.get_one(Person, company.key_accounts[0]))
    for mailbox, reason in (("zhou.mingzhe", Reason.RULE), ("lu.siyuan", Reason.DOUBLED)):
        rating.ask(actor, play, company.actors[mailbox].person_id or 0, reason, now=now - timedelta(days=1))
