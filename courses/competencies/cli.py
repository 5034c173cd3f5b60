"""``flask competency …``: for operators."""

from __future__ import annotations

import click
from flask.cli import AppGroup

from courses.competencies import profiles, queries, seeds, services
from courses.competencies.models import Competency
from lms.authz import SYSTEM
from lms.cli import refusals_as_exit_code, show
from lms.clock import now
from lms.db import db, transaction
from lms.i18n import local

competency = AppGroup("competency", help="The catalogue of competencies.")


@competency.command("seed")
@click.option("--json", "as_json", is_flag=True, help="The result as JSON.")
def seed(as_json: bool) -> None:
    """Add the competencies of key-account selling that are not there yet; with none before, a job profile too."""
    with refusals_as_exit_code(), transaction():
        added = [found.code for found in services.seed(SYSTEM, now=now())]
        seed_profile()
    show({"added": added}, as_json=as_json, text=lambda: f"{len(added)} added: {', '.join(added) or '–'}")


def seed_profile() -> None:
    """The profile to begin with, while there is none at all."""
    if queries.profiles(SYSTEM):
        return
    code, name, levels = seeds.PROFILE
    made = profiles.create(SYSTEM, code, name, now=now())
    ids = {row.code: row.id for row in db.session.query(Competency)}
    profiles.require_levels(SYSTEM, made.id, {ids[c]: level for c, level in levels.items() if c in ids}, now=now())


@competency.command("list")
@click.option("--json", "as_json", is_flag=True, help="The result as JSON.")
def list_(as_json: bool) -> None:
    """List the competencies, and the words in use that none of them answers to."""
    rows = queries.competencies(SYSTEM, retired=True)
    without = queries.words_without(SYSTEM, queries.catalogue())
    result = {
        "competencies": [
            {"code": row.code, "name": row.name, "stage": row.stage, "retired": row.retired_at is not None,
             "aliases": services.aliases_of(row)}
            for row in rows
        ],
        "without": [{"word": each.word, "uses": dict(each.uses)} for each in without],
    }  # fmt: skip
    lines = [f"{row.code:16} {local(row.name)}" for row in rows]
    lines += [f"{'?':16} {each.word} ({each.total})" for each in without]
    show(result, as_json=as_json, text=lambda: "\n".join(lines))
