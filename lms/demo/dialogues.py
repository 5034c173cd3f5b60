"""The demo's dialogue: a first meeting with the purchasing manager of a key account, and how reps in the east went through it.

The talk is kept as a trainer would keep it, in a Twee file that Twine opens too.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
from sqlalchemy import select

from assessments.roleplays import scenarios
from assessments.roleplays.dialogues import authoring, services, story, twee
from assessments.roleplays.dialogues.models import DialogueVersion
from assessments.roleplays.dialogues.story import Choice
from courses import authoring as course_authoring
from courses.models import Course
from lms.authz import Actor
from lms.db import db
from lms.demo.company import Company
from lms.people.models import Person
from lms.people.scope import load_actor

STORY = Path(__file__).parent / "dialogue.twee"
CODE = "DL-01"
TITLE = {"en": "First meeting with the purchasing manager", "zh_Hans": "初次拜访：采购经理"}
PLAYERS = 22


def fill(seed: int, company: Company, *, now: datetime) -> None:
    """The dialogue by the trainer, some weeks of plays, and a place in the course that is being written."""
    trainer, rng = company.actors["trainer"], np.random.default_rng([seed, 16])
    moment = now - timedelta(days=60)
    found = twee.read(STORY.read_text(encoding="utf-8"), "zh_Hans").story
    row = authoring.load(trainer, CODE, TITLE, found, now=moment)
    version = authoring.publish(trainer, row.id, now=moment + timedelta(hours=1))
    _in_the_draft_course(trainer, row.id, now)
    for at, person_id in enumerate(company.key_accounts[:PLAYERS]):
        person = db.session.get_one(Person, person_id)
        for attempt in range(int(rng.integers(1, 3))):
            begun = moment + timedelta(days=3 + 2.3 * at + 9 * attempt, hours=int(rng.integers(1, 8)))
            if begun < now:
                _play(rng, load_actor(person), version, attempt, begun)


def _in_the_draft_course(trainer: Actor, dialogue_id: int, now: datetime) -> None:
    course = db.session.scalar(select(Course).where(Course.code == "KA-08"))
    if course is not None:
        moment = now - timedelta(days=8)
        title = {"en": "Dialogue: the purchasing manager", "zh_Hans": "分支对话：采购经理"}
        module = course_authoring.add_module(trainer, course.id, "roleplay", title, now=moment)
        scenarios.configure_module(trainer, module.id, None, 3, dialogue_id=dialogue_id, now=moment)


def _play(rng: np.random.Generator, actor: Actor, version: DialogueVersion, attempt: int, begun: datetime) -> None:
    """Answers by chance, the better ones more often, and more so at a second attempt."""
    play = services.start(actor, version.dialogue_id, now=begun)
    found = story.from_json(version.content)
    place, number = story.begin(found), 0
    while not story.ended(found, place):
        choices = story.offered(found, place)
        weights = np.array([_liking(choice, attempt) for _at, choice in choices])
        chosen = choices[int(rng.choice(len(choices), p=weights / weights.sum()))][0]
        number += 1
        services.take(actor, play.id, number, chosen, now=begun + timedelta(seconds=25 * number))
        place = story.step(found, place, chosen)


def _liking(choice: Choice, attempt: int) -> float:
    if choice.blocker:
        return 0.25 if attempt == 0 else 0.05
    return float(np.exp((0.45 + 0.5 * attempt) * float(choice.points)))
