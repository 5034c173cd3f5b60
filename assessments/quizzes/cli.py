"""``flask quiz import`` and ``flask quiz export``: quizzes as files, for operators and for checking by hand."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click
from sqlalchemy import select

from assessments.grading.texts import LANGUAGES
from assessments.psychometrics_cli import quiz_cli
from assessments.quizzes import exchange, policies, quiz_file
from assessments.quizzes.exchange import FORMATS
from assessments.quizzes.exchange_words import note_words
from assessments.quizzes.formats.entries import Note
from assessments.quizzes.kind import KEY
from assessments.quizzes.models import Quiz
from courses import authoring
from courses.models import Course, Module
from lms.authz import SYSTEM
from lms.cli import fail, read_bytes, read_json, refusals_as_exit_code, show, write_text
from lms.clock import now
from lms.db import db, transaction
from lms.i18n import local

LARGEST = 32 * 1024 * 1024


@quiz_cli.command("import")
@click.argument("file", type=click.Path())
@click.option("--course", "code", required=True, help="The code of the course whose draft gets the quiz.")
@click.option("--format", "form", type=click.Choice(["json", *FORMATS]), help="By the file's name otherwise.")
@click.option("--language", type=click.Choice(list(LANGUAGES)), default="en", help="Of a file of another system.")
@click.option("--json", "as_json", is_flag=True, help="The result as JSON.")
def import_quiz(file: str, code: str, form: str | None, language: str, as_json: bool) -> None:
    """Put the quiz of FILE at the end of a course's draft: whole or not at all.

    FILE is Needle's own JSON, GIFT, Moodle XML, Aiken, a QTI item or package, or a workbook; what of the others cannot come
    along is listed.
    """
    other = {"txt", *(each.suffix for each in FORMATS.values())}
    if form not in (None, "json") or (form is None and Path(file).suffix.lower().lstrip(".") in other):
        _import_other(Path(file), code, form or "", language, as_json)
        return
    data = read_json(Path(file), LARGEST)
    course = _course(code)
    with refusals_as_exit_code():
        title, content = quiz_file.content_of(data)
        with transaction():
            module = authoring.add_module(SYSTEM, course.id, KEY, title, now=now())
            quiz = quiz_file.load(SYSTEM, module.id, content, now=now())
            result = {"module": module.id, "course": code, "title": title, "questions": len(quiz.items)}
    show(result, as_json=as_json, text=lambda: f"{local(title)}: {result['questions']} questions, in the draft of {code}")


@quiz_cli.command("export")
@click.argument("code")
@click.option("--module", "module_id", type=int, help="Which quiz, when the course has several.")
@click.option("-o", "--output", type=click.Path(), help="The file to write; standard output otherwise.")
@click.option("--format", "form", type=click.Choice(["json", *FORMATS]), help="By the file's name otherwise, else json.")
@click.option("--language", type=click.Choice(list(LANGUAGES)), default="en", help="For the other formats.")
def export_quiz(
    code: str, module_id: int | None, output: str | None, form: str | None, language: str
) -> None:
    """Write a quiz of the course CODE as a file, with its questions and keys."""
    module = _module(_course(code), module_id)
    suffix = Path(output or "").suffix.lower().lstrip(".")
    name = form or next((each.name for each in FORMATS.values() if each.suffix == suffix), "json")
    quiz = policies.quiz_of(module.id)
    if name == "json":
        write_text(json.dumps(quiz_file.file_of(quiz), ensure_ascii=False, indent=1) + "\n", output)
    else:
        _write(_content_of(quiz, name, language), output)


def _content_of(quiz: Quiz, name: str, language: str) -> bytes:
    """The file; what it could not hold goes to the error stream."""
    written = exchange.written(quiz, FORMATS[name], language)
    for note in written.notes:
        where = f"question {note.line}" if note.line else "the quiz"
        click.echo(f"{where}: {'left out' if note.left_out else 'changed'}: {note_words(note)}", err=True)
    return written.content


def _write(content: bytes, output: str | None) -> None:
    """Bytes to a file or to standard output."""
    if output is None:
        click.echo(content, nl=False)
        return
    try:
        Path(output).write_bytes(content)
    except OSError as error:
        fail(f"{output}: {error.strerror}")


def _import_other(path: Path, code: str, form: str, language: str, as_json: bool) -> None:
    content, course = read_bytes(path, LARGEST), _course(code)
    with refusals_as_exit_code():
        found = exchange.read(exchange.format_of(path.name, form, content), content, language)
        with transaction():
            module = authoring.add_module(SYSTEM, course.id, KEY, {language: path.stem[:200]}, now=now())
            count = exchange.load(SYSTEM, module.id, found, now=now())
            notes = [_note_of(each) for each in found.notes]
            result = {"module": module.id, "course": code, "questions": count, "notes": notes}
    lines = [f"{e.get('item', '')} line {e['line']}: {'left out' if e['left_out'] else 'changed'}: {e['words']}".strip() for e in notes]
    show(result, as_json=as_json, text=lambda: "\n".join([*lines, f"{count} questions, in the draft of {code}"]))


def _note_of(note: Note) -> dict[str, Any]:
    own = {"item": note.item} if note.item else {}
    return own | {"line": note.line, "code": note.code, "left_out": note.left_out, "words": note_words(note)}


def _course(code: str) -> Course:
    course = db.session.scalar(select(Course).where(Course.code == code))
    if course is None:
        fail(f"there is no course {code}")
    return course


def _module(course: Course, module_id: int | None) -> Module:
    quizzes = [each for each in authoring.modules_of(course.id) if each.kind == KEY]
    wanted = [each for each in quizzes if module_id in (None, each.id)]
    if not wanted:
        fail(f"{course.code} has no such quiz")
    if len(wanted) > 1:
        names = ", ".join(f"{each.id} ({local(each.title)})" for each in wanted)
        fail(f"{course.code} has several quizzes: say --module with one of {names}")
    return wanted[0]
