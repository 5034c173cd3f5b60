"""No table that says something of a person can be forgotten: the models are walked, not the list."""

from __future__ import annotations

from collections.abc import Iterator

from flask import Flask
from sqlalchemy import JSON, Column, String
from sqlalchemy.sql.schema import ForeignKey

from lms.db import db
from lms.privacy.rules import ABOUT_OTHERS, ACTS, NOT_EXPORTED, RULES


def references() -> Iterator[tuple[Column[object], ForeignKey]]:
    """Every reference to people, or to rows about people."""
    for table in db.metadata.sorted_tables:
        for column in table.columns:
            for key in column.foreign_keys:
                if key.column.table.name in RULES:
                    yield column, key


def test_every_reference_to_a_person_or_to_something_of_theirs_is_followed_or_explained(migrated_app: Flask) -> None:
    for column, key in references():
        name, table = column.name, column.table.name
        followed = table in RULES and name in RULES[table].columns
        act = key.column.table.name == "person" and name in ACTS
        assert followed or act or f"{table}.{name}" in ABOUT_OTHERS, (
            f"{table}.{name} refers to {key.column.table.name}: add the table to lms/privacy/rules.py (RULES), or say in ABOUT_OTHERS"
            " why neither export nor erasure follows it"
        )


def test_every_column_with_words_is_kept_or_goes(migrated_app: Flask) -> None:
    for table, rule in RULES.items():
        if rule.goes:
            continue
        decided = set(f"{rule.blank} {rule.keep} {rule.own}".split())
        columns = db.metadata.tables[table].columns
        words = {c.name for c in columns if isinstance(c.type, String | JSON) and not c.foreign_keys}
        assert words - decided == set(), f"lms/privacy/rules.py does not say what becomes of {table}: {sorted(words - decided)}"
        assert decided <= set(columns.keys()), f"{table} has no {sorted(decided - set(columns.keys()))}"


def test_no_rule_is_about_a_table_that_is_gone(migrated_app: Flask) -> None:
    assert set(RULES) | set(NOT_EXPORTED) <= set(db.metadata.tables)
    for name in ABOUT_OTHERS:
        table, column = name.split(".")
        assert column in db.metadata.tables[table].columns
