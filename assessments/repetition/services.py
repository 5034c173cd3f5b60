"""Answering a card: judged at once by the key in force, and the next date with it. Nothing else hears of it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from assessments.grading.answers import BadAnswer, parse
from assessments.grading.grade import share
from assessments.quizzes import bank
from assessments.quizzes.layout import values_of
from assessments.repetition import queries, schedule
from assessments.repetition.models import PracticeReview
from lms.authz import Actor, Permission, require
from lms.db import db
from lms.errors import Refused, Unknown
from lms.people.models import Person


def answer(actor: Actor, question_id: int, number: int, data: object, *, now: datetime) -> PracticeReview:
    """Answer a card that is due, for the ``number``-th time. Sent twice it is one answer: the first one.

    :raises Unknown: if it is no card of the actor's. :raises Refused: ``card_not_due``, ``answer_…``.
    """
    require(actor, Permission.QUIZ_ATTEMPT)
    if actor.person_id is None:
        raise Unknown()
    db.session.execute(select(Person.id).where(Person.id == actor.person_id).with_for_update())
    found = queries.deck(actor, now)
    card = next((each for each in found.cards if each.question == question_id), None)
    last = found.last.get(question_id)
    if last is not None and last.number >= number > 0:
        return last
    if card is None:
        raise Unknown()
    if card not in found.due or number != (last.number if last else 0) + 1:
        raise Refused("card_not_due")
    item = queries.laid_out(actor, card, number)
    try:
        given = parse(card.kind, item["options"], data or None, item.get("shape"))
    except BadAnswer as problem:
        raise Refused(problem.code) from problem
    in_force = bank.keys_in_force([card.version])[card.version]
    right = share(in_force.key, given, fold=bank.fold, values=values_of(item))
    coming = schedule.after(last.memory if last else None, last.at if last else None, right, now)
    row = PracticeReview(
        person_id=actor.person_id,
        question_id=question_id,
        version_id=card.version,
        key_version_id=in_force.version_id,
        number=number,
        item=item,
        answer=list(given),
        share=str(right),
        memory=coming.memory,
        scheduler=schedule.SCHEDULER,
        at=now,
        due_at=coming.due_at,
    )
    db.session.add(row)
    db.session.flush()
    return row
