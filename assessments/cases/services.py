"""Working on a case: begin, save as one types, hand an answer in, then see the others', then the model answer."""

from __future__ import annotations

import secrets
from datetime import datetime

from sqlalchemy import select

from assessments.cases import case as rules
from assessments.cases import policies
from assessments.cases.case import Given, Step
from assessments.cases.models import Case, CaseAnswer, CaseVersion, CaseWork, Goal
from courses import queries as course_queries
from courses import services as courses
from courses.completion import Outcome
from courses.queries import Learning
from lms import audit
from lms.authz import Actor, Permission, require
from lms.db import db
from lms.errors import Refused, Unknown
from lms.people.models import Person

KIND = "case"


def start(actor: Actor, case_id: int, *, now: datetime) -> CaseWork:
    """Begin a case of the library with the own team, or go on with the work there is.

    :raises Unknown: if it is not open in the library.
    """
    require(actor, Permission.CASE_READ)
    person = _locked(actor)
    version = db.session.scalar(
        select(CaseVersion).join(Case, policies.CURRENT).where(Case.id == case_id, policies.open_in_library())
    )
    if version is None:
        raise Unknown()
    there = db.session.scalar(
        select(CaseWork).where(
            CaseWork.person_id == person.id, CaseWork.version_id == version.id, CaseWork.enrolment_id.is_(None)
        )
    )
    return there or _begin(actor, CaseWork(version_id=version.id, team_id=person.team_id, goal=Goal.ANSWERED.value), now)


def start_in_course(actor: Actor, enrolment_id: int, module_id: int, *, now: datetime) -> CaseWork:
    """Begin the case of a module of the own enrolment, with those enrolled in the course; or go on.

    :raises Unknown: if there is no such module of an own enrolment.
    """
    require(actor, Permission.CASE_READ)
    _locked(actor)
    learning = module_of(actor, enrolment_id, module_id)
    there = work_in_course(enrolment_id, module_id)
    if there is not None:
        return there
    content = learning.module.content if learning.module else {}
    work = CaseWork(
        version_id=content["version"],
        enrolment_id=enrolment_id,
        module_id=module_id,
        course_id=learning.enrolment.course_id,
        goal=content["goal"],
    )
    return _begin(actor, work, now)


def module_of(actor: Actor, enrolment_id: int, module_id: int) -> Learning:
    """The actor's own enrolment with a module that is a case. :raises Unknown: otherwise."""
    learning = course_queries.learning(actor, enrolment_id, module_id)
    if learning.module is None or learning.module.kind != KIND:
        raise Unknown()
    return learning


def work_in_course(enrolment_id: int, module_id: int) -> CaseWork | None:
    return db.session.scalar(
        select(CaseWork).where(CaseWork.enrolment_id == enrolment_id, CaseWork.module_id == module_id)
    )


def _locked(actor: Actor) -> Person:
    """The actor's row, held until the end: a double click is one work. :raises Unknown: for the system."""
    person = db.session.get(Person, actor.person_id, with_for_update=True) if actor.person_id else None
    if person is None:
        raise Unknown()
    return person


def _begin(actor: Actor, work: CaseWork, now: datetime) -> CaseWork:
    work.person_id, work.started_at = actor.person_id or 0, now
    work.alias = secrets.token_hex(3).upper()
    db.session.add(work)
    db.session.flush()
    audit.record(actor, "case.start", "case_work", work.id, version=work.version_id)
    return work


def answers_of(work: CaseWork) -> dict[str, CaseAnswer]:
    rows = db.session.scalars(select(CaseAnswer).where(CaseAnswer.work_id == work.id))
    return {row.question: row for row in rows}


def progress(answers: dict[str, CaseAnswer]) -> dict[str, Given]:
    return {
        key: Given(row.given_at is not None, row.revealed_at is not None) for key, row in answers.items()
    }


def save(actor: Actor, work_id: int, question: str, text: str, sequence: int, *, now: datetime) -> CaseAnswer:
    """Keep what is written so far; an older save never takes the place of a newer one.

    A save that comes after the same text was handed in has nothing left to do.

    :raises Refused: ``case_answer_given``, ``case_question_closed``, ``case_text_long``.
    """
    require(actor, Permission.CASE_READ)
    there = answers_of(policies.own_work(actor, work_id)).get(question)
    if there is not None and there.given_at is not None and there.text == text.strip():
        return there
    _work, answer = _open(actor, work_id, question, now)
    if len(text) > rules.LONGEST_ANSWER:
        raise Refused("case_text_long", most=rules.LONGEST_ANSWER)
    if sequence > answer.sequence:
        answer.text, answer.sequence, answer.saved_at = text, sequence, now
    db.session.flush()
    return answer


def give(actor: Actor, work_id: int, question: str, text: str, *, now: datetime) -> CaseAnswer:
    """Hand the own answer in. It stays as it is, and those of the group can be read from then on.

    With the last question the case is answered, and a module that asks for no more is done.

    :raises Refused: as :func:`save`, ``case_text_missing``.
    """
    require(actor, Permission.CASE_READ)
    work, answer = _open(actor, work_id, question, now)
    if not text.strip():
        raise Refused("case_text_missing", field="answer")
    if len(text) > rules.LONGEST_ANSWER:
        raise Refused("case_text_long", most=rules.LONGEST_ANSWER, field="answer")
    answer.text, answer.saved_at, answer.given_at = text.strip(), now, now
    db.session.flush()
    audit.record(actor, "case.answer", "case_work", work.id, question=question)
    given = {key for key, row in answers_of(work).items() if row.given_at is not None}
    if given >= set(rules.keys_of(work.version.content)) and work.answered_at is None:
        work.answered_at = now
        db.session.flush()
        if work.goal == Goal.ANSWERED:
            record(actor, work, Outcome(True, None, now, source_of(work)), now=now)
    return answer


def _open(actor: Actor, work_id: int, question: str, now: datetime) -> tuple[CaseWork, CaseAnswer]:
    """The own work, locked, and the answer to a question that waits for one."""
    policies.own_work(actor, work_id)
    work = db.session.get_one(CaseWork, work_id, with_for_update=True)
    answers = answers_of(work)
    step = rules.steps(rules.keys_of(work.version.content), progress(answers)).get(question)
    if step is None:
        raise Unknown()
    if step is not Step.ANSWER:
        raise Refused("case_question_closed" if step is Step.CLOSED else "case_answer_given")
    answer = answers.get(question)
    if answer is None:
        answer = CaseAnswer(work_id=work.id, question=question, text="", sequence=0, saved_at=now)
        db.session.add(answer)
    return work, answer


def reveal(actor: Actor, work_id: int, question: str, *, now: datetime) -> CaseAnswer:
    """Open the model answer and what really happened; the next question opens with it.

    :raises Refused: ``case_answer_first``.
    """
    require(actor, Permission.CASE_READ)
    work = policies.own_work(actor, work_id)
    answer = answered(work, question)
    if answer.revealed_at is None:
        answer.revealed_at = now
        db.session.flush()
    return answer


def answered(work: CaseWork, question: str) -> CaseAnswer:
    """The answer that was handed in. :raises Unknown: for another question. :raises Refused: ``case_answer_first``."""
    if question not in rules.keys_of(work.version.content):
        raise Unknown()
    answer = answers_of(work).get(question)
    if answer is None or answer.given_at is None:
        raise Refused("case_answer_first")
    return answer


def source_of(work: CaseWork) -> str:
    """The source of the outcome of a case in a course: a later score corrects it."""
    return f"{KIND}:{work.id}"


def record(actor: Actor, work: CaseWork, outcome: Outcome, *, now: datetime) -> None:
    """What became of the work, told to the course it belongs to; nothing from the library."""
    if work.enrolment_id is not None and work.module_id is not None:
        courses.record_outcome(actor, work.enrolment_id, work.module_id, outcome, now=now)


