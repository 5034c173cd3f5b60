"""Questions from files of other systems into a quiz and its bank, and out again. What could not come along is told."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import PurePath
from typing import NamedTuple

from msgspec import Struct
from msgspec.structs import asdict

from assessments.grading.questions import parse, to_json
from assessments.quizzes import bank, editing, policies, sections, sheet_words
from assessments.quizzes.editing import Settings, settings_of
from assessments.quizzes.formats import aiken, gift, moodle_xml, sheet, sheet_writing
from assessments.quizzes.formats.entries import LARGEST, LARGEST_WITH_PICTURES, BadFile, Entry, Found, Written
from assessments.quizzes.formats.media import Media, Medium, names_in, renamed_in
from assessments.quizzes.formats.paper import Paper, PaperSection, left_behind
from assessments.quizzes.formats.qti import reading, writing
from assessments.quizzes.formats.qti.vocabulary import V21, V22, V30, Version
from assessments.quizzes.models import Question, Quiz
from courses import files
from lms.authz import Actor, Permission, require
from lms.db import db
from lms.errors import Refused, Unknown
from lms.storage import StoredFile, put
from lms.storage import read as stored
from lms.tables import CONTENT_TYPES


class Source(NamedTuple):
    """A quiz to be written: its questions (those by choice first), the quiz around them, the pictures they show."""

    entries: Sequence[Entry]
    chosen: int
    """How many of the entries are in the quiz by choice; the others may be drawn."""
    paper: Paper
    media: Media


Reader = Callable[[bytes, str], Found]
Writer = Callable[[Source, str], Written]


class Format(Struct, frozen=True):
    """``carries`` says what beside its questions a quiz keeps in it; ``write`` None: it is only read."""

    name: str
    suffix: str
    media_type: str
    read: Reader
    write: Writer
    carries: frozenset[str] = frozenset()
    largest: int = LARGEST


def _chosen(write: Callable[[Sequence[Entry], str, Media], Written]) -> Writer:
    """A writer of the questions that are in the quiz by choice."""
    return lambda source, language: write(source.entries[: source.chosen], language, source.media)


def _qti(version: Version) -> Format:
    def write(source: Source, language: str) -> Written:
        return writing.write(source.entries, language, version, source.paper, source.media)

    name = f"qti{version.name.replace('.', '')}"
    return Format(name, "zip", "application/zip", reading.read, write, writing.CARRIES, LARGEST_WITH_PICTURES)


def _sheet() -> Format:
    """A workbook is headed in the reader's language and read in any."""

    def read_(content: bytes, language: str) -> Found:
        return sheet.read(content, language, sheet_words.names())

    def write(source: Source, language: str) -> Written:
        return sheet_writing.write(source.entries[: source.chosen], language, sheet_words.words())

    return Format("xlsx", "xlsx", CONTENT_TYPES["xlsx"], read_, write, TAGGED)


TAGGED = frozenset({"tags", "competency", "difficulty"})
FORMATS = {
    each.name: each
    for each in (
        Format("gift", "gift", "text/plain; charset=utf-8", gift.read, _chosen(gift.write)),
        Format("moodle", "xml", "application/xml", moodle_xml.read, _chosen(moodle_xml.write), TAGGED, LARGEST_WITH_PICTURES),
        Format("aiken", "aiken", "text/plain; charset=utf-8", aiken.read, _chosen(aiken.write)),
        *map(_qti, (V30, V22, V21)),
        _sheet(),
    )
}


def format_of(name: str, wanted: str = "", content: bytes = b"") -> Format:
    """The format by its name, or by the file's; XML by what it begins with. :raises Refused: ``file_format_unknown``."""
    if wanted:
        found = FORMATS.get(wanted)
    elif any(word in content[:4000] for word in (b"assessmentItem", b"qti-assessment-item")):
        found = FORMATS["qti30"]
    else:
        suffix = PurePath(name).suffix.lower().lstrip(".")
        by_suffix = {each.suffix: each for each in reversed(FORMATS.values())} | {"txt": FORMATS["gift"]}
        found = by_suffix.get(suffix)
    if found is None:
        raise Refused("file_format_unknown", field="file")
    return found


def read(form: Format, content: bytes, language: str) -> Found:
    """What the file holds. Nothing is kept. :raises Refused: with the word for what is wrong, and the line."""
    if len(content) > form.largest:
        raise Refused("file_too_large", field="file", limit=form.largest // 1024 // 1024)
    try:
        return form.read(content, language)
    except UnicodeDecodeError as problem:
        line = content[: problem.start].count(b"\n") + 1
        raise Refused("file_not_utf8", field="file", line=line) from problem
    except BadFile as problem:
        limit = form.largest // 1024 // 1024
        raise Refused(problem.code, field="file", line=problem.line, limit=limit, **problem.params) from problem


def keep(actor: Actor, module_id: int, content: bytes, name: str, limit: int = LARGEST_WITH_PICTURES) -> StoredFile:
    """Keep an uploaded file until its preview is accepted. :raises Refused: ``file_empty``, ``file_too_large``."""
    require(actor, Permission.QUIZ_AUTHOR)
    policies.authored_quiz(actor, module_id)
    return put(actor, content, name, limit=limit)


def kept(actor: Actor, file_id: int) -> bytes:
    """A file that the actor has uploaded. :raises Unknown: if it is somebody else's."""
    file = db.session.get(StoredFile, file_id)
    if file is None or file.owner_id is None or file.owner_id != actor.person_id:
        raise Unknown()
    return stored(file)


def load(actor: Actor, module_id: int, found: Found, *, now: datetime) -> int:
    """Put the questions at the end of the quiz, and so into the bank of its course: all or none. Returns how many.

    The pictures they show become images of the course. :raises Refused: ``file_nothing``, ``quiz_full``, ``image_…``.
    """
    require(actor, Permission.QUIZ_AUTHOR)
    if not found.entries:
        raise Refused("file_nothing")
    quiz = policies.authored_quiz(actor, module_id)
    taken = _pictures(actor, quiz, found)
    for entry in found.entries:
        data = to_json(entry.question)
        asked = parse(renamed_in(data, taken)) if names_in(data) else entry.question
        item = editing.add_read(actor, module_id, asked, marks=entry.marks, competency=entry.competency, now=now)
        sections.describe(actor, policies.question_in(quiz, item.question_id), entry.difficulty, entry.tags)
    return len(found.entries)


def _pictures(actor: Actor, quiz: Quiz, found: Found) -> dict[str, str]:
    """The pictures that questions show as images of the course: name in the file → name in the course."""
    shown = {name for entry in found.entries for name in names_in(to_json(entry.question))}
    wanted = [(ref, medium) for ref, medium in found.media.items() if ref in shown]
    course = quiz.module.course
    return {ref: str(files.add(actor, course, io.BytesIO(each.content), each.name).id) for ref, each in wanted}


def source(quiz: Quiz) -> Source:
    """The quiz to be written, keys included. The caller has found that the reader may have them."""
    pools = sections.pools([quiz])
    chosen = [item.question for item in quiz.items]
    drawn = {each.id: each for pool in pools.values() for each in pool}
    entries = _entries([*chosen, *drawn.values()], {item.question_id: item.marks for item in quiz.items})
    named = {name for entry in entries for name in names_in(to_json(entry.question))}
    named |= {name for each in quiz.sections for name in names_in(each.introduction)}
    found = files.contents(quiz.module.course_id, named) if named else {}
    media = {ref: Medium(*each) for ref, each in found.items()}
    return Source(entries, len(chosen), _paper(quiz, pools, [*(each.id for each in chosen), *drawn]), media)


def _paper(quiz: Quiz, pools: dict[int, list[Question]], ids: Sequence[int]) -> Paper:
    place = {id_: at for at, id_ in enumerate(ids, 1)}
    parts = []
    for section, items in sections.parts_of(quiz):
        if section is not None:
            own = [each.id for each in pools.get(section.id, [])] if section.draw else [each.question_id for each in items]
            numbers = [place[id_] for id_ in own]
            parts.append(PaperSection(section.title, section.introduction, numbers, section.draw, section.marks))
    rules = {name: value for name, value in asdict(settings_of(quiz)).items() if value != getattr(Settings(), name)}
    return Paper(quiz.module.title, parts, rules | {"pass_mark": quiz.pass_mark})


def _entries(questions: Sequence[Question], marks: dict[int, int]) -> list[Entry]:
    latest = bank.latest_versions(each.id for each in questions)
    keys = bank.keys_in_force(version.id for version in latest.values())
    return [
        Entry(
            bank.question_of(each.kind, latest[each.id], keys[latest[each.id].id].key),
            marks=marks.get(each.id, 1),
            competency=each.competency,
            difficulty=each.difficulty,
            tags=tuple(each.tags),
        )
        for each in questions
    ]


def written(quiz: Quiz, form: Format, language: str, given: Source | None = None) -> Written:
    """The questions of a quiz in its order as a file, and what it leaves behind. ``given``: its source, read already."""
    own = given or source(quiz)
    file = form.write(own, language)
    entries = own.entries if "draws" in form.carries else own.entries[: own.chosen]
    notes = [*left_behind(own.paper, entries, form.carries), *file.notes]
    return Written(file.content, tuple(sorted(notes, key=lambda note: note.line)))


def template() -> bytes:
    """The empty workbook in the reader's language."""
    return sheet_writing.write([], "en", sheet_words.words()).content
