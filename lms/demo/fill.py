"""Fill an empty database with the demo company: in one transaction, so that a start that was cut short left nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from msgspec import Struct
from sqlalchemy import delete, select

from lms import audit, jobs
from lms.audit import AuditEntry
from lms.authz import SYSTEM
from lms.db import db, transaction
from lms.demo import (
    cases,
    catalogue,
    channel,
    company,
    costs,
    dialogues,
    feedback360,
    figures,
    histories,
    portfolio,
    product_check,
    question_bank,
    quiz_draws,
    quizzes,
    roleplays,
    rollouts,
    skills,
    studies,
    surveys,
    taking,
    targets,
    today,
    world,
)
from lms.errors import Refused
from lms.jobs import Job
from lms.people.models import Person

MARK = "demo.fill"
"""The entry of the audit trail that says: the demo company is here, made from this seed."""
Say = Callable[[str], None]


class Filled(Struct, frozen=True):
    """``fresh`` False: it was there already."""

    seed: int
    fresh: bool


def fill(seed: int, say: Say, *, now: datetime) -> Filled:
    """Make the demo company unless it is there.

    :raises Refused: ``demo_beside_others`` if the database holds other people.
    """
    there = seed_of_the_demo()
    if there is not None:
        return Filled(there, False)
    if db.session.scalar(select(Person.id).limit(1)) is not None:
        raise Refused("demo_beside_others")
    with transaction():
        promised = _fill(seed, say, now)
        _tell_nobody(promised)
        audit.record(SYSTEM, MARK, "demo", None, seed=seed)
    for job_id in promised:
        jobs.run(job_id)  # computed already: this only writes down that the promise is kept
    return Filled(seed, True)


def _tell_nobody(computed: Sequence[int]) -> None:
    """Let go what was promised on the way beside what was computed: PDFs of certificates, drawn when they are first fetched, and mails."""
    db.session.execute(delete(Job).where(Job.state == "queued", Job.id.not_in(computed)))


def seed_of_the_demo() -> int | None:
    """The seed from which the demo in this database was made; None if there is no demo."""
    details = db.session.scalar(select(AuditEntry.details).where(AuditEntry.action == MARK).limit(1))
    return None if details is None else int(details["seed"])


def _fill(seed: int, say: Say, now: datetime) -> list[int]:
    """All of it; the jobs promised on the way."""
    say("people")
    there = company.found(seed, now)
    say("figures")
    worlds = world.key_accounts(seed, there.roster), channel.channel(seed, there.channel_roster)
    figures.record(there, worlds)
    say("courses")
    courses = catalogue.publish(there)
    catalogue.draft(there, now)
    say("histories")
    past = histories.passages(seed, there, worlds, courses)
    histories.write(past, courses)
    targets.fill(there)
    say("today")
    today.fill(seed, there, past, courses, now=now)
    quizzes.fill(there, now=now)
    quiz_draws.fill(there, now=now)
    taking.fill(there, now=now)
    roleplays.fill(seed, there, now=now)
    dialogues.fill(seed, there, now=now)
    surveys.fill(seed, there, past, courses, now=now)
    feedback360.fill(seed, there, now=now)
    cases.fill(seed, there, now=now)
    skills.fill(seed, there, now=now)
    product_check.fill(seed, there, now=now)
    question_bank.fill(there, now=now)
    say("studies")
    promised = studies.compute(there, courses, now=now) + rollouts.fill(there, courses, now=now)
    costs.state(there, now=now)
    promised += portfolio.fill(there, courses, now=now)
    return promised
