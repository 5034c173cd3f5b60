"""Oral exams: drafts, sittings, sheets of examiners, what two agreed on, results."""

import sqlalchemy as sa
from alembic import op

from lms.db import UtcDateTime

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def _key(table, column, other):
    return sa.ForeignKeyConstraint([column], [f"{other}.id"], name=f"fk_{table}_{column}_{other}")


def _check(table, name, rule):
    return sa.CheckConstraint(rule, name=op.f(f"ck_{table}_{name}"))


def upgrade():
    op.create_table(
        "oral_exam",
        sa.Column("module_id", sa.Integer(), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("draw", sa.Integer(), nullable=False),
        sa.Column("pass_mark", sa.Integer(), nullable=False),
        sa.Column("apart", sa.Integer(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("attempts", sa.Integer()),
        sa.PrimaryKeyConstraint("module_id", name="pk_oral_exam"),
        _key("oral_exam", "module_id", "module"),
        _check("oral_exam", "draw_range", "draw BETWEEN 1 AND 20"),
        _check("oral_exam", "pass_mark_percent", "pass_mark BETWEEN 0 AND 100"),
        _check("oral_exam", "apart_percent", "apart BETWEEN 0 AND 100"),
        _check("oral_exam", "minutes_range", "minutes BETWEEN 1 AND 240"),
        _check("oral_exam", "attempts_positive", "attempts IS NULL OR attempts > 0"),
    )
    op.create_table(
        "oral_sitting",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("enrolment_id", sa.Integer(), nullable=False),
        sa.Column("module_id", sa.Integer(), nullable=False),
        sa.Column("module_version_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("frozen", sa.JSON(), nullable=False),
        sa.Column("opened_at", UtcDateTime(), nullable=False),
        sa.Column("opened_by_id", sa.Integer(), nullable=False),
        sa.Column("closed_at", UtcDateTime()),
        sa.Column("cancelled_at", UtcDateTime()),
        sa.PrimaryKeyConstraint("id", name="pk_oral_sitting"),
        _key("oral_sitting", "enrolment_id", "enrolment"),
        _key("oral_sitting", "module_id", "module"),
        _key("oral_sitting", "module_version_id", "module_version"),
        _key("oral_sitting", "person_id", "person"),
        _key("oral_sitting", "opened_by_id", "person"),
        sa.UniqueConstraint("id", "person_id", name="uq_oral_sitting_id_person_id"),
        sa.UniqueConstraint(
            "enrolment_id", "module_id", "number", name="uq_oral_sitting_enrolment_id_module_id_number"
        ),
        _check("oral_sitting", "number_positive", "number > 0"),
        _check("oral_sitting", "cancelled_is_closed", "cancelled_at IS NULL OR closed_at IS NOT NULL"),
    )
    op.create_index("ix_oral_sitting_module_id", "oral_sitting", ["module_id"])
    op.create_index("ix_oral_sitting_person_id", "oral_sitting", ["person_id"])
    op.create_index(
        "uq_oral_sitting_open",
        "oral_sitting",
        ["enrolment_id", "module_id"],
        unique=True,
        sqlite_where=sa.text("closed_at IS NULL"),
        postgresql_where=sa.text("closed_at IS NULL"),
    )
    op.create_table(
        "oral_sheet",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("sitting_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("examiner_id", sa.Integer(), nullable=False),
        sa.Column("third", sa.Boolean(), nullable=False),
        sa.Column("points", sa.JSON()),
        sa.Column("note", sa.String(4000), nullable=False),
        sa.Column("asked_at", UtcDateTime(), nullable=False),
        sa.Column("given_at", UtcDateTime()),
        sa.PrimaryKeyConstraint("id", name="pk_oral_sheet"),
        sa.ForeignKeyConstraint(
            ["sitting_id", "person_id"], ["oral_sitting.id", "oral_sitting.person_id"], name="fk_oral_sheet_sitting"
        ),
        _key("oral_sheet", "examiner_id", "person"),
        sa.UniqueConstraint("sitting_id", "examiner_id", name="uq_oral_sheet_sitting_id_examiner_id"),
        _check("oral_sheet", "not_ones_own", "examiner_id <> person_id"),
        _check("oral_sheet", "given_with_points", "(given_at IS NULL) = (points IS NULL)"),
    )
    op.create_index("ix_oral_sheet_examiner", "oral_sheet", ["examiner_id", "given_at"])
    op.create_table(
        "oral_proposal",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("sitting_id", sa.Integer(), nullable=False),
        sa.Column("percent", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(2000), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("confirmed_by_id", sa.Integer()),
        sa.Column("confirmed_at", UtcDateTime()),
        sa.PrimaryKeyConstraint("id", name="pk_oral_proposal"),
        _key("oral_proposal", "sitting_id", "oral_sitting"),
        _key("oral_proposal", "by_id", "person"),
        _key("oral_proposal", "confirmed_by_id", "person"),
        _check("oral_proposal", "percent_range", "percent BETWEEN 0 AND 100"),
        _check(
            "oral_proposal", "confirmed_by_somebody", "(confirmed_at IS NULL) = (confirmed_by_id IS NULL)"
        ),
        _check("oral_proposal", "confirmed_by_the_other", "confirmed_by_id IS NULL OR confirmed_by_id <> by_id"),
    )
    op.create_index("ix_oral_proposal_sitting_id", "oral_proposal", ["sitting_id"])
    op.create_table(
        "oral_result",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("sitting_id", sa.Integer(), nullable=False),
        sa.Column("share", sa.String(64), nullable=False),
        sa.Column("score", sa.Double(), nullable=False),
        sa.Column("passed", sa.Boolean(), nullable=False),
        sa.Column("how", sa.String(16), nullable=False),
        sa.Column("reason", sa.String(2000), nullable=False),
        sa.Column("sheets", sa.JSON(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_oral_result"),
        _key("oral_result", "sitting_id", "oral_sitting"),
        sa.UniqueConstraint("sitting_id", name="uq_oral_result_sitting_id"),
        _check("oral_result", "score_is_share", "score BETWEEN 0 AND 1"),
        _check("oral_result", "how_known", "how IN ('agreed', 'third', 'discussion')"),
        _check("oral_result", "discussed_with_reason", "how <> 'discussion' OR reason <> ''"),
    )


def downgrade():
    for table in ("oral_result", "oral_proposal", "oral_sheet", "oral_sitting", "oral_exam"):
        op.drop_table(table)
