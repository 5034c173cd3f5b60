"""``flask quiz analyse`` and ``flask roleplay reliability``: the statistics of a file, without a database."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any, NoReturn, cast

import click
from flask.cli import AppGroup

from assessments.grading.irt import Model
from assessments.psychometrics_files import BadFile, read_ratings, read_responses
from assessments.psychometrics_report import quiz_json, quiz_text, ratings_json, ratings_text

quiz_cli = AppGroup("quiz", help="Quizzes: analyse their items.")
roleplay_cli = AppGroup("roleplay", help="Role-plays: judge how far their scores can be trusted.")


def _refuse(error: BadFile) -> NoReturn:
    click.echo(f"Error: {error}", err=True)
    sys.exit(2)


def _as_json(report: dict[str, Any]) -> str:
    return json.dumps(report, ensure_ascii=False, indent=2, allow_nan=False)


@quiz_cli.command("analyse", with_appcontext=False)
@click.argument("responses", type=click.Path(path_type=Path))
@click.option(
    "--irt",
    "model",
    type=click.Choice(["1pl", "2pl"], case_sensitive=False),
    help="Fit this model, whatever the number of takers.",
)
@click.option(
    "--pass-mark",
    "cut",
    type=click.FloatRange(0, 1),
    help="How consistent is passing at this share of the points?",
)
@click.option(
    "--blank",
    type=click.Choice(["omitted", "undrawn"]),
    default="omitted",
    show_default=True,
    help="What an empty cell means.",
)
@click.option("--json", "wants_json", is_flag=True, help="Print JSON.")
def analyse_command(
    responses: Path, model: str | None, cut: float | None, blank: str, wants_json: bool
) -> None:
    """Item analysis of RESPONSES, a CSV file: a row per taker, a column per item, scores 0-1, empty = omitted."""
    try:
        read = read_responses(responses)
    except BadFile as error:
        _refuse(error)
    report = quiz_json(read, model=cast("Model | None", model), blank=blank, cut=cut)
    click.echo(_as_json(report) if wants_json else quiz_text(report))


@roleplay_cli.command("reliability", with_appcontext=False)
@click.argument("ratings", type=click.Path(path_type=Path))
@click.option("--json", "wants_json", is_flag=True, help="Print JSON.")
def reliability_command(ratings: Path, wants_json: bool) -> None:
    """Agreement and severity of raters in RATINGS, a CSV file with the columns subject, rater, criterion, score."""
    try:
        read = read_ratings(ratings)
    except BadFile as error:
        _refuse(error)
    report = ratings_json(read)
    click.echo(_as_json(report) if wants_json else ratings_text(report))
