"""Questions from files of other systems into a quiz and its bank, and out again. What could not come along is told."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePath

from assessments.quizzes import bank, editing, policies
from assessments.quizzes.formats import aiken, gift, moodle_xml
from assessments.quizzes.formats.entries import LARGEST, BadFile, Entry, Found, Written
from assessments.quizzes.models import Quiz
from lms.authz import Actor, Permission, require
from lms.db import db
from lms.errors import Refused, Unknown
from lms.storage import StoredFile, put
from lms.storage import read as stored


@dataclass(frozen=True, slots=True)
class Format:
    name: str
    suffix: str
    media_type: str
    read: Callable[[bytes, str], Found]
    write: Callable[[Iterable[Entry], str], Written]


FORMATS = {
    each.name: each
    for each in (
        Format("gift", "gift", "text/plain; charset=utf-8", gift.read, gift.write),
        Format("moodle", "xml", "application/xml", moodle_xml.read, moodle_xml.write),
        Format("aiken", "aiken", "text/plain; charset=utf-8", aiken.read, aiken.write),
    )
}


def format_of(name: str, wanted: str = "") -> Format:
    """The format by its name, or by the file's. :raises Refused: ``file_format_unknown``."""
    if wanted:
        found = FORMATS.get(wanted)
    else:
        suffix = PurePath(name).suffix.lower().lstrip(".")
        by_suffix = {each.suffix: each for each in FORMATS.values()} | {"txt": FORMATS["gift"]}
        found = by_suffix.get(suffix)
    if found is None:
        raise Refused("file_format_unknown", field="file")
    return found


def read(form: Format, content: bytes, language: str) -> Found:
    """What the file holds. Nothing is kept. :raises Refused: with the word for what is wrong, and the line."""
    if len(content) > LARGEST:
        raise Refused("file_too_large", field="file", limit=LARGEST // 1024 // 1024)
    try:
        return form.read(content, language)
    except UnicodeDecodeError as problem:
        line = content[: problem.start].count(b"\n") + 1
        raise Refused("file_not_utf8", field="file", line=line) from problem
    except BadFile as problem:
        raise Refused(problem.code, field="file", line=problem.line) from problem


def keep(actor: Actor, module_id: int, content: bytes, name: str) -> StoredFile:
    """Keep an uploaded file until its preview is accepted. :raises Refused: ``file_empty``, ``file_too_large``."""
    require(actor, Permission.QUIZ_AUTHOR)
    policies.authored_quiz(actor, module_id)
    return put(actor, content, name, limit=LARGEST)


def kept(actor: Actor, file_id: int) -> bytes:
    """A file that the actor has uploaded. :raises Unknown: if it is somebody else's."""
    file = db.session.get(StoredFile, file_id)
    if file is None or file.owner_id is None or file.owner_id != actor.person_id:
        raise Unknown()
    return stored(file)


def load(actor: Actor, module_id: int, found: Found, *, now: datetime) -> int:
    """Put the questions at the end of the quiz, and so into the bank of its course: all or none. Returns how many.

    :raises Refused: ``file_nothing``, ``quiz_full``.
    """
    require(actor, Permission.QUIZ_AUTHOR)
    if not found.entries:
        raise Refused("file_nothing")
    for entry in found.entries:
        editing.add_read(actor, module_id, entry.question, marks=entry.marks, competency=entry.competency, now=now)
    return len(found.entries)


def written(quiz: Quiz, form: Format, language: str) -> Written:
    """The questions of a quiz in its order, keys included. The caller has found that the reader may have them."""
    latest = bank.latest_versions(item.question_id for item in quiz.items)
    keys = bank.keys_in_force(version.id for version in latest.values())
    entries = [
        Entry(
            bank.question_of(
                item.question.kind, latest[item.question_id], keys[latest[item.question_id].id].key
            ),
            marks=item.marks,
            competency=item.question.competency,
        )
        for item in quiz.items
    ]
    return form.write(entries, language)
