"""The migrations make exactly what the models say, up and down, and lose no children on the way."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Flask
from flask_migrate import downgrade, upgrade
from sqlalchemy import CheckConstraint, inspect

from lms.app import create_app
from lms.db import compared, db
from tests.fixtures import settings
from tests.test_architecture import ROOT


@pytest.fixture
def empty_app(fresh_database: Callable[[str], str], tmp_path: Path) -> Flask:
    return create_app(settings(tmp_path, fresh_database("migrations")))


def test_there_is_one_head_and_the_numbers_are_in_order() -> None:
    script = ScriptDirectory(str(ROOT / "migrations"))
    assert len(script.get_heads()) == 1
    revisions = [revision.revision for revision in script.walk_revisions()]
    assert revisions == sorted(revisions, reverse=True)


def test_models_and_migrations_are_the_same(app: Flask) -> None:
    connection = db.session.connection()
    context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True, "include_name": compared})
    difference = compare_metadata(context, db.metadata)
    assert not difference, f"Write a migration for: {difference}"


def test_every_check_of_the_models_is_in_the_database(app: Flask) -> None:
    """CHECK constraints are not compared above: Alembic does not see them."""
    inspector = inspect(db.session.connection())
    for table in db.metadata.tables.values():
        wanted = {str(c.name) for c in table.constraints if isinstance(c, CheckConstraint)}
        there = {str(c["name"]) for c in inspector.get_check_constraints(table.name)}
        assert wanted == there, table.name


def test_every_constraint_of_the_migrations_has_a_name() -> None:
    for path in (ROOT / "migrations" / "versions").glob("*.py"):
        for call in re.findall(r"sa\.(?:Unique|Check|PrimaryKey|ForeignKey)Constraint\(.*?\)\n?[,)]", path.read_text(), re.S):
            assert "name=" in call, f"{path.name}: {call}"


@pytest.mark.database
def test_down_to_nothing_and_up_again(empty_app: Flask) -> None:
    with empty_app.app_context():
        upgrade()
        downgrade(revision="base")
        left = set(inspect(db.engine).get_table_names()) - {"alembic_version"}
        assert not {t for t in left if not t.startswith("sqlite_")}, left
        upgrade()
        assert set(db.metadata.tables) <= set(inspect(db.engine).get_table_names())
        db.engine.dispose()
