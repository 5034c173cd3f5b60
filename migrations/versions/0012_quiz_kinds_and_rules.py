"""Quizzes: more kinds of question, sections and draws, windows, penalties, accommodations, grades given by hand."""

import sqlalchemy as sa
from alembic import op

from lms.db import UtcDateTime

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

OLD_KINDS = "kind IN ('single', 'multiple', 'true_false', 'numeric', 'short_text')"
NEW_KINDS = (
    "kind IN ('single', 'multiple', 'true_false', 'numeric', 'short_text', 'matching', 'categorisation', "
    "'ordering', 'cloze', 'scenario', 'calculated', 'hotspot', 'open_text')"
)
QUESTION = {"status_known": "status IN ('active', 'retired')"}
QUIZ = {
    "pass_mark_percent": "pass_mark BETWEEN 0 AND 100",
    "attempts_positive": "attempts IS NULL OR attempts > 0",
    "wait_minutes_not_negative": "wait_minutes >= 0",
    "time_limit_positive": "time_limit IS NULL OR time_limit > 0",
    "layout_known": "layout IN ('page', 'one')",
}
OLD_REVIEW = "review IN ('score', 'marks', 'key_when_done', 'key')"
NEW_REVIEW = "review IN ('score', 'marks', 'key_when_done', 'key_when_closed', 'key')"
QUESTION_NEW = QUESTION | {"kind_known": NEW_KINDS, "difficulty_range": "difficulty BETWEEN 1 AND 5"}
QUIZ_NEW = QUIZ | {
    "review_known": NEW_REVIEW,
    "counts_known": "counts IN ('best', 'first', 'last', 'average')",
    "penalty_percent": "penalty BETWEEN 0 AND 100",
    "doubled_percent": "doubled BETWEEN 0 AND 100",
    "window_in_order": "closes_at IS NULL OR opens_at IS NULL OR closes_at > opens_at",
}
QUESTION_OLD = QUESTION | {"kind_known": OLD_KINDS}
QUIZ_OLD = QUIZ | {"review_known": OLD_REVIEW}


def _columns(table):
    """Name → (column that may be empty, the value for rows that are there or None when it stays empty)."""
    if table == "question":
        return {"difficulty": (sa.Integer(), None), "tags": (sa.JSON(), "'[]'")}
    return {
        "one_way": (sa.Boolean(), "false"),
        "opens_at": (UtcDateTime(), None),
        "closes_at": (UtcDateTime(), None),
        "counts": (sa.String(16), "'best'"),
        "penalty": (sa.Integer(), "0"),
        "certainty": (sa.Boolean(), "false"),
        "doubled": (sa.Integer(), "0"),
    }


def _check(table, name, rule):
    return sa.CheckConstraint(rule, name=op.f(f"ck_{table}_{name}"))


def _swap(batch, table, old, new):
    """Drop and add the checks that differ."""
    for name in old:
        if old[name] != new.get(name):
            batch.drop_constraint(op.f(f"ck_{table}_{name}"), type_="check")
    for name in new:
        if new[name] != old.get(name):
            batch.create_check_constraint(op.f(f"ck_{table}_{name}"), new[name])


def _widen(table, old, new):
    columns = _columns(table)
    for name, (kind, value) in columns.items():
        op.add_column(table, sa.Column(name, kind))
        if value is not None:
            op.execute(sa.text(f"UPDATE {table} SET {name} = {value}"))
    with op.batch_alter_table(table) as batch:
        _swap(batch, table, old, new)
        for name, (kind, value) in columns.items():
            if value is not None:
                batch.alter_column(name, existing_type=kind, nullable=False)


def _narrow(table, old, new):
    with op.batch_alter_table(table) as batch:
        _swap(batch, table, new, old)
        for name in _columns(table):
            batch.drop_column(name)


def _key(table, column, target):
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=f"fk_{table}_{column}_{target}")


def _sections():
    op.create_table(
        "quiz_section",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("quiz_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("title", sa.JSON(), nullable=False),
        sa.Column("draw", sa.Integer()),
        sa.Column("competency", sa.String(200), nullable=False),
        sa.Column("difficulty", sa.Integer()),
        sa.Column("tag", sa.String(40), nullable=False),
        sa.Column("marks", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_quiz_section"),
        _key("quiz_section", "quiz_id", "quiz"),
        _check("quiz_section", "draw_range", "draw IS NULL OR draw BETWEEN 1 AND 100"),
        _check("quiz_section", "difficulty_range", "difficulty BETWEEN 1 AND 5"),
        _check("quiz_section", "marks_range", "marks BETWEEN 1 AND 100"),
    )
    op.create_index("ix_quiz_section_quiz_id", "quiz_section", ["quiz_id"])
    with op.batch_alter_table("quiz_item") as batch:
        batch.add_column(sa.Column("section_id", sa.Integer()))
        batch.create_foreign_key("fk_quiz_item_section_id_quiz_section", "quiz_section", ["section_id"], ["id"])
    op.create_index("ix_quiz_item_section_id", "quiz_item", ["section_id"])


def _accommodations():
    op.create_table(
        "quiz_accommodation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("quiz_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("extra_percent", sa.Integer(), nullable=False),
        sa.Column("extra_attempts", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(500), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("created_by_id", sa.Integer()),
        sa.PrimaryKeyConstraint("id", name="pk_quiz_accommodation"),
        _key("quiz_accommodation", "quiz_id", "quiz"),
        _key("quiz_accommodation", "person_id", "person"),
        _key("quiz_accommodation", "created_by_id", "person"),
        _check("quiz_accommodation", "extra_percent_range", "extra_percent BETWEEN 0 AND 300"),
        _check("quiz_accommodation", "extra_attempts_range", "extra_attempts BETWEEN 0 AND 100"),
    )
    op.create_index("ix_quiz_accommodation_quiz_person", "quiz_accommodation", ["quiz_id", "person_id"])
    op.create_index("ix_quiz_accommodation_person_id", "quiz_accommodation", ["person_id"])


def _hand_grades():
    op.create_table(
        "hand_grade",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("attempt_id", sa.Integer(), nullable=False),
        sa.Column("question_id", sa.Integer(), nullable=False),
        sa.Column("key_version_id", sa.Integer(), nullable=False),
        sa.Column("points", sa.JSON(), nullable=False),
        sa.Column("comment", sa.String(4000), nullable=False),
        sa.Column("grader_id", sa.Integer(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("supersedes_id", sa.Integer()),
        sa.PrimaryKeyConstraint("id", name="pk_hand_grade"),
        sa.UniqueConstraint("supersedes_id", name="uq_hand_grade_supersedes_id"),
        _key("hand_grade", "attempt_id", "attempt"),
        _key("hand_grade", "question_id", "question"),
        _key("hand_grade", "key_version_id", "question_version"),
        _key("hand_grade", "grader_id", "person"),
        _key("hand_grade", "supersedes_id", "hand_grade"),
    )
    op.create_index("ix_hand_grade_attempt_question", "hand_grade", ["attempt_id", "question_id"])
    op.create_index(
        "uq_hand_grade_first",
        "hand_grade",
        ["attempt_id", "question_id", "grader_id"],
        unique=True,
        sqlite_where=sa.text("supersedes_id IS NULL"),
        postgresql_where=sa.text("supersedes_id IS NULL"),
    )


def upgrade():
    op.add_column("question_version", sa.Column("body", sa.JSON()))
    _widen("question", QUESTION_OLD, QUESTION_NEW)
    _widen("quiz", QUIZ_OLD, QUIZ_NEW)
    _sections()
    _accommodations()
    _hand_grades()


def downgrade():
    """Questions of the new kinds have no place in the older form: the checks refuse them, and nothing is lost unseen."""
    op.drop_table("hand_grade")
    op.drop_table("quiz_accommodation")
    op.drop_index("ix_quiz_item_section_id", "quiz_item")
    with op.batch_alter_table("quiz_item") as batch:
        batch.drop_constraint("fk_quiz_item_section_id_quiz_section", type_="foreignkey")
        batch.drop_column("section_id")
    op.drop_table("quiz_section")
    _narrow("quiz", QUIZ_OLD, QUIZ_NEW)
    _narrow("question", QUESTION_OLD, QUESTION_NEW)
    op.drop_column("question_version", "body")
