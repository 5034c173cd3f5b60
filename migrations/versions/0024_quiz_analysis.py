"""Runs of the analysis of quizzes, pre-tests, and what browsers tell of attempts."""

import sqlalchemy as sa
from alembic import op

from lms.db import UtcDateTime

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def _key(table, column, target):
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=f"fk_{table}_{column}_{target}")


def _check(table, name, rule):
    return sa.CheckConstraint(rule, name=op.f(f"ck_{table}_{name}"))


def _runs():
    op.create_table(
        "quiz_analysis_run",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("quiz_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("job_id", sa.Integer()),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("created_by_id", sa.Integer()),
        sa.Column("seed", sa.Integer(), nullable=False),
        sa.Column("version", sa.String(16), nullable=False),
        sa.Column("fingerprint", sa.String(64)),
        sa.Column("n", sa.Integer()),
        sa.Column("report", sa.JSON()),
        sa.Column("finished_at", UtcDateTime()),
        sa.PrimaryKeyConstraint("id", name="pk_quiz_analysis_run"),
        _key("quiz_analysis_run", "quiz_id", "quiz"),
        _key("quiz_analysis_run", "job_id", "job"),
        _key("quiz_analysis_run", "created_by_id", "person"),
        sa.UniqueConstraint("quiz_id", "kind", "number", name="uq_quiz_analysis_run_quiz_id_kind_number"),
        _check("quiz_analysis_run", "kind_known", "kind IN ('summary', 'scale', 'similarity')"),
        _check("quiz_analysis_run", "finished_with_report", "(finished_at IS NULL) = (report IS NULL)"),
    )
    op.create_index("ix_quiz_analysis_run_job_id", "quiz_analysis_run", ["job_id"])


def upgrade():
    _runs()
    op.create_table(
        "quiz_pairing",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("post_quiz_id", sa.Integer(), nullable=False),
        sa.Column("pre_quiz_id", sa.Integer()),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("created_by_id", sa.Integer()),
        sa.PrimaryKeyConstraint("id", name="pk_quiz_pairing"),
        _key("quiz_pairing", "post_quiz_id", "quiz"),
        _key("quiz_pairing", "pre_quiz_id", "quiz"),
        _key("quiz_pairing", "created_by_id", "person"),
        _check("quiz_pairing", "two_quizzes", "pre_quiz_id IS NULL OR pre_quiz_id <> post_quiz_id"),
    )
    op.create_index("ix_quiz_pairing_post_quiz_id_id", "quiz_pairing", ["post_quiz_id", "id"])
    op.create_table(
        "quiz_activity",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("attempt_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("received_at", UtcDateTime(), nullable=False),
        sa.Column("events", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_quiz_activity"),
        _key("quiz_activity", "attempt_id", "attempt"),
        sa.UniqueConstraint("attempt_id", "number", name="uq_quiz_activity_attempt_id_number"),
        _check("quiz_activity", "number_range", "number BETWEEN 1 AND 200"),
    )


def downgrade():
    op.drop_table("quiz_activity")
    op.drop_index("ix_quiz_pairing_post_quiz_id_id", "quiz_pairing")
    op.drop_table("quiz_pairing")
    op.drop_index("ix_quiz_analysis_run_job_id", "quiz_analysis_run")
    op.drop_table("quiz_analysis_run")
