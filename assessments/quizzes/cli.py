"""``flask quiz import`` and ``flask quiz export``: quizzes as files, for operators and for checking by hand."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click
from sqlalchemy import select

from assessments.psychometrics_cli import quiz_cli
from assessments.quizzes import editing, policies
from assessments.quizzes.kind import KEY
from courses import authoring
from courses.models import Course, Module
from lms.authz import SYSTEM
from lms.cli import fail, refusals_as_exit_code, show
from lms.clock import now
from lms.db import db, transaction
from lms.i18n import local

LARGEST = 20 * 1024 * 1024


@quiz_cli.command("import")
@click.argument("file", type=click.Path())
@click.option("--course", "code", required=True, help="The code of the course whose draft gets the quiz.")
@click.option("--json", "as_json", is_flag=True, help="The result as JSON.")
def import_quiz(file: str, code: str, as_json: bool) -> None:
    """Put the quiz of FILE at the end of a course's draft: whole or not at all."""
    data = _read(Path(file))
    course = _course(code)
    with refusals_as_exit_code():
        title, content = editing.content_of(data)
        with transaction():
            module = authoring.add_module(SYSTEM, course.id, KEY, title, now=now())
            quiz = editing.load(SYSTEM, module.id, content, now=now())
            result = {"module": module.id, "course": code, "title": title, "questions": len(quiz.items)}
    show(result, as_json=as_json, text=lambda: f"{local(title)}: {result['questions']} questions, in the draft of {code}")


@quiz_cli.command("export")
@click.argument("code")
@click.option("--module", "module_id", type=int, help="Which quiz, when the course has several.")
@click.option("-o", "--output", type=click.Path(), help="The file to write; standard output otherwise.")
def export_quiz(code: str, module_id: int | None, output: str | None) -> None:
    """Write a quiz of the course CODE as a file, with its questions and keys."""
    module = _module(_course(code), module_id)
    text = json.dumps(editing.file_of(policies.quiz_of(module.id)), ensure_ascii=False, indent=1) + "\n"
    if output is None:
        click.echo(text, nl=False)
        return
    try:
        Path(output).write_text(text, encoding="utf-8")
    except OSError as error:
        fail(f"{output} cannot be written: {error.strerror}")


def _read(path: Path) -> Any:
    if not path.is_file():
        fail(f"there is no file {path}")
    if path.stat().st_size > LARGEST:
        fail(f"{path} is larger than {LARGEST // 1024 // 1024} MB")
    try:
        return json.loads(path.read_bytes().decode("utf-8-sig"))
    except (UnicodeDecodeError, ValueError, RecursionError):
        fail(f"{path} is not JSON in UTF-8")


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
