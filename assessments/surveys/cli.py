"""``flask survey``: surveys as files, their results, and what falls due, for operators and for checking by hand."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click
from flask.cli import AppGroup
from msgspec.structs import asdict
from sqlalchemy import select

from assessments.grading.estimates import Estimate
from assessments.surveys import authoring, results, sending
from assessments.surveys.models import Survey
from assessments.surveys.results import Filter, Findings
from assessments.surveys.summary import Result
from courses.models import Course
from lms.authz import SYSTEM
from lms.cli import fail, read_json, refusals_as_exit_code, show, write_text
from lms.clock import now
from lms.db import db, transaction
from lms.i18n import local
from lms.values import NotEstimable

LARGEST = 5 * 1024 * 1024
survey_cli = AppGroup("survey", help="Surveys: files, results, and what falls due.")


@survey_cli.command("import")
@click.argument("file", type=click.Path())
@click.option("--code", help="Another code than the one in the file.")
@click.option("--publish", is_flag=True, help="Publish it at once.")
@click.option("--json", "as_json", is_flag=True, help="The result as JSON.")
def import_survey(file: str, code: str | None, publish: bool, as_json: bool) -> None:
    """Make a survey from FILE: whole or not at all."""
    data = read_json(Path(file), LARGEST)
    with refusals_as_exit_code():
        own, content = authoring.from_file(data)
        with transaction():
            survey = authoring.load(SYSTEM, code or own, content, now=now())
            if publish:
                authoring.publish(SYSTEM, survey.id, now=now())
    result = {"survey": survey.id, "code": survey.code, "items": len(survey.items), "version": survey.version}
    show(result, as_json=as_json, text=lambda: f"{survey.code}: {local(survey.title)}, {len(survey.items)} items")


@survey_cli.command("export")
@click.argument("code")
@click.option("-o", "--output", type=click.Path(), help="The file to write; standard output otherwise.")
def export_survey(code: str, output: str | None) -> None:
    """Write the survey CODE as a file, without its answers."""
    text = json.dumps(authoring.exported(_survey(code)), ensure_ascii=False, indent=1) + "\n"
    write_text(text, output)


@survey_cli.command("results")
@click.argument("code")
@click.option("--version", type=int, help="Which version; the last one sent otherwise.")
@click.option("--course", help="Only sendings about the course of this code.")
@click.option("--json", "as_json", is_flag=True, help="The result as JSON.")
def show_results(code: str, version: int | None, course: str | None, as_json: bool) -> None:
    """The results of the survey CODE, under the same rules of anonymity as on its page."""
    survey = _survey(code)
    with refusals_as_exit_code():
        found = results.findings(SYSTEM, survey.id, Filter(version, _course(course) if course else None))
    if found is None:
        fail(f"{code} has not been sent yet")
    show(as_json_value(found), as_json=as_json, text=lambda: _text(found))


@survey_cli.command("tend")
@click.option("--json", "as_json", is_flag=True, help="The result as JSON.")
def tend(as_json: bool) -> None:
    """Close sendings whose date is over, invite by rules, remind: what the worker does every hour."""
    with transaction():
        done = sending.tend(SYSTEM, now=now())
    show(done, as_json=as_json, text=lambda: ", ".join(f"{name}: {n}" for name, n in done.items()))


def as_json_value(found: Findings) -> dict[str, Any]:
    return {
        "survey": found.survey.code,
        "version": found.version.number,
        "anonymous": found.version.anonymous,
        "n": found.n,
        "invited": found.invited,
        "answers": found.answers,
        "held_back": found.held_back,
        "response_rate": _value(found.rate),
        "questions": [_question(result) for result in found.results],
    }


def _question(result: Result) -> dict[str, Any]:
    data: dict[str, Any] = {
        "id": result.item.id,
        "kind": result.item.kind,
        "n": result.n,
        "held_back": result.held_back,
        "shares": {bar.key: {"count": bar.count} | (_value(bar.share) or {}) for bar in result.bars},
    }
    if result.row:
        data["statement"] = result.row.id
    if result.mean is not None:
        data["mean"] = _value(result.mean)
    if result.nps is not None:
        data["nps"] = _value(result.nps)
    if result.ranks:
        data["places"] = {option.id: _value(place) for option, place in result.ranks}
    if result.item.kind in ("open", "short"):
        data |= {"texts": list(result.texts), "terms": {term.text: len(term.answers) for term in result.terms}}
    return data


def _value(value: Estimate | NotEstimable | None) -> dict[str, Any] | None:
    if value is None:
        return None
    if isinstance(value, NotEstimable):
        return {"not_estimable": value.code}
    return {"value": value.value, "interval": asdict(value.interval) if value.interval else None, "n": value.n}


def _text(found: Findings) -> str:
    lines = [f"{found.survey.code} version {found.version.number}: {found.n} of {found.answers} answers shown, {found.invited} asked"]
    for result in found.results:
        title = local(dict(result.row.text if result.row else result.item.text))
        lines.append(f"  {title}  n={result.n}" + ("  (some held back)" if result.held_back else ""))
        lines += [f"    {bar.key:<8} {bar.count}" for bar in result.bars if result.n]
        for name, value in (("mean", result.mean), ("NPS", result.nps)):
            if isinstance(value, Estimate):
                lines.append(f"    {name} {value.value:.2f}")
    return "\n".join(lines)


def _survey(code: str) -> Survey:
    survey = db.session.scalar(select(Survey).where(Survey.code == code))
    if survey is None:
        fail(f"there is no survey {code}")
    return survey


def _course(code: str) -> int:
    course = db.session.scalar(select(Course.id).where(Course.code == code))
    if course is None:
        fail(f"there is no course {code}")
    return course
