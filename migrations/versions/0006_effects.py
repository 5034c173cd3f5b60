"""Training-effect studies and their runs."""

import sqlalchemy as sa
from alembic import op

from lms.db import UtcDateTime

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        "study",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("course_id", sa.Integer(), nullable=False),
        sa.Column("kpi_id", sa.Integer(), nullable=False),
        sa.Column("since", sa.Date()),
        sa.Column("until", sa.Date()),
        sa.Column("horizon", sa.Integer()),
        sa.Column("anticipation", sa.Integer(), nullable=False),
        sa.Column("chosen", sa.String(16)),
        sa.Column("chosen_reason", sa.String(500), nullable=False),
        sa.Column("confirmed_at", UtcDateTime()),
        sa.Column("confirmed_by_id", sa.Integer()),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("created_by_id", sa.Integer()),
        sa.PrimaryKeyConstraint("id", name="pk_study"),
        sa.ForeignKeyConstraint(["course_id"], ["course.id"], name="fk_study_course_id_course"),
        sa.ForeignKeyConstraint(["kpi_id"], ["kpi.id"], name="fk_study_kpi_id_kpi"),
        sa.ForeignKeyConstraint(["confirmed_by_id"], ["person.id"], name="fk_study_confirmed_by_id_person"),
        sa.ForeignKeyConstraint(["created_by_id"], ["person.id"], name="fk_study_created_by_id_person"),
        sa.UniqueConstraint(
            "course_id", "kpi_id", "since", "until", "horizon", "anticipation", name="uq_study_question"
        ),
        sa.CheckConstraint("horizon IS NULL OR horizon BETWEEN 1 AND 60", name=op.f("ck_study_horizon_sensible")),
        sa.CheckConstraint("anticipation BETWEEN 0 AND 12", name=op.f("ck_study_anticipation_sensible")),
        sa.CheckConstraint(
            "since IS NULL OR until IS NULL OR since <= until", name=op.f("ck_study_window_in_order")
        ),
        sa.CheckConstraint(
            "chosen IN ('random', 'waves', 'low_kpi', 'volunteers', 'teams', 'everyone', 'unknown')",
            name=op.f("ck_study_chosen_known"),
        ),
        sa.CheckConstraint("(chosen IS NULL) = (confirmed_at IS NULL)", name=op.f("ck_study_chosen_is_confirmed")),
    )
    op.create_index("ix_study_kpi_id", "study", ["kpi_id"])
    op.create_table(
        "study_run",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("study_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("job_id", sa.Integer()),
        sa.Column("chosen", sa.String(16), nullable=False),
        sa.Column("plan", sa.JSON(), nullable=False),
        sa.Column("seed", sa.Integer(), nullable=False),
        sa.Column("version", sa.String(16), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("created_by_id", sa.Integer()),
        sa.Column("fingerprint", sa.String(64)),
        sa.Column("data_until", sa.Date()),
        sa.Column("grade", sa.String(1)),
        sa.Column("scale", sa.String(8)),
        sa.Column("estimate", sa.Double()),
        sa.Column("low", sa.Double()),
        sa.Column("high", sa.Double()),
        sa.Column("report", sa.JSON()),
        sa.Column("finished_at", UtcDateTime()),
        sa.PrimaryKeyConstraint("id", name="pk_study_run"),
        sa.ForeignKeyConstraint(["study_id"], ["study.id"], name="fk_study_run_study_id_study"),
        sa.ForeignKeyConstraint(["job_id"], ["job.id"], name="fk_study_run_job_id_job"),
        sa.ForeignKeyConstraint(["created_by_id"], ["person.id"], name="fk_study_run_created_by_id_person"),
        sa.UniqueConstraint("study_id", "number", name="uq_study_run_study_id_number"),
        sa.CheckConstraint("grade IN ('A', 'B', 'C', 'D')", name=op.f("ck_study_run_grade_known")),
        sa.CheckConstraint("scale IN ('level', 'log')", name=op.f("ck_study_run_scale_known")),
        sa.CheckConstraint(
            "(finished_at IS NULL) = (report IS NULL)", name=op.f("ck_study_run_finished_with_report")
        ),
        sa.CheckConstraint(
            "(estimate IS NULL) = (low IS NULL) AND (low IS NULL) = (high IS NULL)",
            name=op.f("ck_study_run_whole_interval"),
        ),
    )
    op.create_index("ix_study_run_job", "study_run", ["job_id"])


def downgrade():
    op.drop_table("study_run")
    op.drop_table("study")
