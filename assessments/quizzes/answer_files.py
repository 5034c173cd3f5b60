"""Answers that are a file or a recording: received in pieces while the attempt is open, looked at when whole, kept for a time."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from pathlib import PurePath
from typing import IO, Any, NamedTuple

from flask import current_app
from sqlalchemy import exists, func, or_, select

from assessments.grading.files import FILED, SUFFIXES, FileRule, media_type_of, parse_rule
from assessments.quizzes import answering, policies, services
from assessments.quizzes.file_models import AnswerFile, AnswerFilePiece
from assessments.quizzes.models import AnswerSave, Attempt, GradeEntry, QuestionVersion, State
from lms import audit, pieces
from lms.authz import Actor, Permission, require
from lms.containers import kind_of
from lms.db import db
from lms.errors import Refused, Unknown

ROOM = "quizzes.answer_file"
MOST_TRIES = 50
"""Files begun for one answer; enough for everybody who changes their mind."""
LEFT_OVER = timedelta(days=1)
"""After this time what was never finished goes."""


class Handed(NamedTuple):
    """The file of an answer, if one was given; ``person_id`` gave it."""

    attempt_id: int
    person_id: int
    rule: FileRule
    file: AnswerFile | None


def rules_of(versions: Iterable[int]) -> dict[int, FileRule]:
    """Version → what may be given to it."""
    rows = db.session.execute(select(QuestionVersion.id, QuestionVersion.body).where(QuestionVersion.id.in_(set(versions))))
    return {id_: parse_rule("file" if "accept" in body else "oral", body) for id_, body in rows}


def handed(attempt: Attempt, answers: Mapping[int, Sequence[str]]) -> dict[int, Handed]:
    """Question → what was given, for the questions of an attempt that ask for a file; no statement where none does."""
    items = [item for item in attempt.frozen["items"] if item["kind"] in FILED]
    if not items:
        return {}
    rules = rules_of(item["version"] for item in items)
    files = by_id(answers[item["question"]] for item in items if item["question"] in answers)
    found = {}
    for item in items:
        said = answers.get(item["question"], ())
        file = files.get(int(said[0])) if said else None
        found[item["question"]] = Handed(attempt.id, attempt.person_id, rules[item["version"]], file)
    return found


def by_id(answers: Iterable[Sequence[str]]) -> dict[int, AnswerFile]:
    """The files that answers name."""
    ids = {int(said[0]) for said in answers if said}
    return {row.id: row for row in db.session.scalars(select(AnswerFile).where(AnswerFile.id.in_(ids)))} if ids else {}


def asked(actor: Actor, attempt_id: int, question_id: int, *, now: datetime) -> tuple[Attempt, dict[str, Any]]:
    """One's own open attempt, locked, and its item. :raises Unknown: if there is no such question of this sort.

    :raises Refused: ``attempt_closed``, ``deadline_passed``, ``question_left``, ``question_not_reached``.
    """
    require(actor, Permission.QUIZ_ATTEMPT)
    attempt = services.own_attempt(actor, attempt_id)
    item = answering.item_of(attempt.frozen, question_id)
    if item is None or item["kind"] not in FILED:
        raise Unknown()
    services.check_open(attempt.state, attempt.deadline_at, now)
    answering.check_turn(attempt.frozen, attempt.reached, question_id)
    return attempt, item


def begin(actor: Actor, attempt_id: int, question_id: int, size: int, *, now: datetime) -> AnswerFile:
    """A place for a file of ``size`` bytes; what was begun before and not finished goes.

    :raises Unknown: if it is not the actor's attempt, or no question that asks for one.
    :raises Refused: as :func:`asked`; ``recording_empty``, ``recording_too_large``, ``answer_files_many``.
    """
    attempt, item = asked(actor, attempt_id, question_id, now=now)
    pieces.check_size(size, rules_of([item["version"]])[item["version"]].limit)
    before = (AnswerFile.attempt_id == attempt.id, AnswerFile.question_id == question_id)
    if (db.session.scalar(select(func.count()).select_from(AnswerFile).where(*before)) or 0) >= MOST_TRIES:
        raise Refused("answer_files_many")
    for row in db.session.scalars(select(AnswerFile).where(*before, AnswerFile.finished_at.is_(None))):
        pieces.erase(row, now=now)
    file = AnswerFile(attempt_id=attempt.id, question_id=question_id, size=size, received=0, name="", started_at=now)
    db.session.add(file)
    db.session.flush()
    return file


def own_file(actor: Actor, file_id: int) -> AnswerFile:
    """:raises Unknown: if somebody else gave it."""
    file = db.session.scalar(
        select(AnswerFile)
        .join(Attempt, Attempt.id == AnswerFile.attempt_id)
        .where(AnswerFile.id == file_id, Attempt.person_id == actor.person_id)
    )
    if file is None or actor.person_id is None:
        raise Unknown()
    return file


def _locked(actor: Actor, file_id: int, now: datetime) -> tuple[AnswerFile, dict[str, Any]]:
    """The attempt's lock is the file's as well."""
    file = own_file(actor, file_id)
    _attempt, item = asked(actor, file.attempt_id, file.question_id, now=now)
    db.session.refresh(file)
    return file, item


def append(actor: Actor, file_id: int, offset: int, data: bytes, *, now: datetime) -> AnswerFile:
    """Keep the bytes that begin at ``offset``. :raises Refused: as :func:`asked` and :func:`lms.pieces.append`."""
    require(actor, Permission.QUIZ_ATTEMPT)
    file, _item = _locked(actor, file_id, now)
    pieces.append(file, partial(AnswerFilePiece, file_id=file.id), offset, data)
    return file


def finish(actor: Actor, file_id: int, name: str, *, now: datetime) -> AnswerFile:
    """It is whole: read what it is, and make it the answer; what was given before goes.

    Whoever calls it throws a refused one away (:func:`discard`).

    :raises Refused: as :func:`asked`; ``piece_out_of_place`` while bytes are missing, ``answer_file_type``, ``answer_oral_type``.
    """
    require(actor, Permission.QUIZ_ATTEMPT)
    file, item = _locked(actor, file_id, now)
    if file.finished_at is not None:
        return file
    if file.received != file.size:
        raise Refused("piece_out_of_place", offset=file.received)
    rule = rules_of([item["version"]])[item["version"]]
    found = _looked_at(file, item["kind"])
    if found not in rule.media_types:
        raise Refused(f"answer_{item['kind']}_type", field="file")
    file.name = PurePath(name.replace("\\", "/")).name[:255]
    pieces.close(file, found, now=now)
    _answer(file.attempt_id, file.question_id, (str(file.id),), now)
    return file


def _looked_at(file: AnswerFile, kind: str) -> str:
    if kind == "oral":
        return kind_of(lambda start, length: pieces.read(file, start, length), file.size) or ""
    return media_type_of(pieces.read(file, 0, file.size)) or ""


def _answer(attempt_id: int, question_id: int, answer: tuple[str, ...], now: datetime) -> None:
    before = db.session.get(AnswerSave, (attempt_id, question_id), populate_existing=True)
    services.upsert(attempt_id, question_id, answer, before.sequence + 1 if before else 1, now, now, None)
    for old in by_id([before.answer] if before else []).values():
        pieces.erase(old, now=now)


def whole(actor: Actor, attempt_id: int, question_id: int, content: IO[bytes], name: str, *, now: datetime) -> AnswerFile:
    """A file sent at once, by an ordinary form: the same steps."""
    require(actor, Permission.QUIZ_ATTEMPT)
    size = content.seek(0, io.SEEK_END)
    content.seek(0)
    file = begin(actor, attempt_id, question_id, size, now=now)
    while piece := content.read(pieces.PIECE):
        append(actor, file.id, file.received, piece, now=now)
    return finish(actor, file.id, name, now=now)


def discard(actor: Actor, file_id: int, *, now: datetime) -> None:
    """Throw a file away that did not become an answer."""
    require(actor, Permission.QUIZ_ATTEMPT)
    file = own_file(actor, file_id)
    if file.finished_at is None:
        pieces.erase(file, now=now)


def take_back(actor: Actor, attempt_id: int, question_id: int, *, now: datetime) -> None:
    """Leave the question empty again; the file goes. :raises Refused: as :func:`asked`."""
    require(actor, Permission.QUIZ_ATTEMPT)
    asked(actor, attempt_id, question_id, now=now)
    _answer(attempt_id, question_id, (), now)


# Opening


def ticket(actor: Actor, file: AnswerFile) -> str:
    """A word that opens the file for this viewer, for two hours."""
    return pieces.ticket(ROOM, file.id, actor.person_id)


def opened(actor: Actor, word: str) -> AnswerFile:
    """The file that a ticket opens, if it is the actor's own ticket and they gave the file, or grade it: once it is handed in.

    :raises Unknown: otherwise; expired, forged and foreign look alike.
    """
    require(actor, Permission.QUIZ_ATTEMPT)
    file = db.session.get(AnswerFile, pieces.opened(ROOM, word, actor.person_id))
    if file is None or file.finished_at is None or file.erased_at is not None:
        raise Unknown()
    attempt = file.attempt
    if attempt.person_id != actor.person_id and (attempt.state == State.OPEN or not policies.may_mark(actor, attempt.quiz)):
        raise Unknown()
    return file


def shown_name(actor: Actor, file: AnswerFile) -> str:
    """Its own name for its giver; a grader learns nothing from the name that they get."""
    suffix = SUFFIXES.get(file.media_type or "", "bin")
    own = file.attempt.person_id == actor.person_id
    return file.name if own and file.name else f"answer.{suffix}"


# Letting go


def keep_days() -> int:
    return int(current_app.config.get("ANSWER_FILE_DAYS", 365))


def erase_overdue(actor: Actor, *, now: datetime, most: int = 200) -> int:
    """Erase what was never finished, and what has been graded and kept long enough; how many."""
    require(actor, Permission.QUIZ_AUTHOR)
    graded = exists().where(GradeEntry.attempt_id == Attempt.id)
    rows = db.session.scalars(
        select(AnswerFile)
        .join(Attempt, Attempt.id == AnswerFile.attempt_id)
        .where(
            AnswerFile.erased_at.is_(None),
            or_(
                AnswerFile.finished_at.is_(None) & (AnswerFile.started_at < now - LEFT_OVER),
                graded & (Attempt.ended_at < now - timedelta(days=keep_days())),
            ),
        )
        .order_by(AnswerFile.id)
        .limit(most)
    ).all()
    for row in rows:
        pieces.erase(row, now=now)
        audit.record(actor, "answer_file.erase", "attempt", row.attempt_id, file=row.id)
    return len(rows)
