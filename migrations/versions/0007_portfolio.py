"""Other measures than courses, primary KPIs, and the portfolio of everything by every KPI."""

import sqlalchemy as sa
from alembic import op

from lms.db import UtcDateTime

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

CHOSEN = "chosen IN ('random', 'waves', 'low_kpi', 'volunteers', 'teams', 'everyone', 'unknown')"


def upgrade():
    _initiatives()
    with op.batch_alter_table("study") as study:
        study.alter_column("course_id", existing_type=sa.Integer(), nullable=True)
        study.add_column(sa.Column("initiative_id", sa.Integer()))
        study.create_foreign_key("fk_study_initiative_id_initiative", "initiative", ["initiative_id"], ["id"])
        study.create_check_constraint(op.f("ck_study_one_subject"), "(course_id IS NULL) <> (initiative_id IS NULL)")
        study.create_index("ix_study_initiative_id", ["initiative_id"])
    _primary_kpi()
    _runs()
    _entries()
    op.create_table(
        "portfolio_subscription",
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("wanted", sa.Boolean(), nullable=False),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.Column("last_quarter", sa.String(8)),
        sa.PrimaryKeyConstraint("person_id", name="pk_portfolio_subscription"),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name="fk_portfolio_subscription_person_id_person", ondelete="CASCADE"
        ),
    )


def _initiatives():
    op.create_table(
        "initiative",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(64), nullable=False),
        sa.Column("name", sa.JSON(), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("chosen", sa.String(16), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("created_by_id", sa.Integer()),
        sa.PrimaryKeyConstraint("id", name="pk_initiative"),
        sa.ForeignKeyConstraint(["created_by_id"], ["person.id"], name="fk_initiative_created_by_id_person"),
        sa.UniqueConstraint("code", name="uq_initiative_code"),
        sa.CheckConstraint(
            "kind IN ('reward_plan', 'tool', 'territory', 'other')", name=op.f("ck_initiative_kind_known")
        ),
        sa.CheckConstraint(CHOSEN, name=op.f("ck_initiative_chosen_known")),
    )
    op.create_table(
        "initiative_start",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("initiative_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("started_on", sa.Date(), nullable=False),
        sa.Column("batch_id", sa.Integer()),
        sa.Column("recorded_at", UtcDateTime(), nullable=False),
        sa.Column("recorded_by_id", sa.Integer()),
        sa.PrimaryKeyConstraint("id", name="pk_initiative_start"),
        sa.ForeignKeyConstraint(
            ["initiative_id"], ["initiative.id"], name="fk_initiative_start_initiative_id_initiative", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_initiative_start_person_id_person"),
        sa.ForeignKeyConstraint(["batch_id"], ["import_batch.id"], name="fk_initiative_start_batch_id_import_batch"),
        sa.ForeignKeyConstraint(["recorded_by_id"], ["person.id"], name="fk_initiative_start_recorded_by_id_person"),
        sa.UniqueConstraint("initiative_id", "person_id", name="uq_initiative_start_once"),
    )
    op.create_index("ix_initiative_start_person_id", "initiative_start", ["person_id"])
    op.create_index("ix_initiative_start_batch_id", "initiative_start", ["batch_id"])


def _primary_kpi():
    op.create_table(
        "primary_kpi",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("course_id", sa.Integer(), nullable=False),
        sa.Column("kpi_id", sa.Integer(), nullable=False),
        sa.Column("after_start", sa.Boolean(), nullable=False),
        sa.Column("named_at", UtcDateTime(), nullable=False),
        sa.Column("named_by_id", sa.Integer()),
        sa.Column("superseded_at", UtcDateTime()),
        sa.PrimaryKeyConstraint("id", name="pk_primary_kpi"),
        sa.ForeignKeyConstraint(["course_id"], ["course.id"], name="fk_primary_kpi_course_id_course"),
        sa.ForeignKeyConstraint(["kpi_id"], ["kpi.id"], name="fk_primary_kpi_kpi_id_kpi"),
        sa.ForeignKeyConstraint(["named_by_id"], ["person.id"], name="fk_primary_kpi_named_by_id_person"),
    )
    op.create_index("ix_primary_kpi_kpi_id", "primary_kpi", ["kpi_id"])
    op.create_index(
        "uq_primary_kpi_current",
        "primary_kpi",
        ["course_id"],
        unique=True,
        sqlite_where=sa.text("superseded_at IS NULL"),
        postgresql_where=sa.text("superseded_at IS NULL"),
    )


def _runs():
    op.create_table(
        "portfolio_run",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("only_studied", sa.Boolean(), nullable=False),
        sa.Column("origin", sa.String(16), nullable=False),
        sa.Column("seed", sa.Integer(), nullable=False),
        sa.Column("version", sa.String(16), nullable=False),
        sa.Column("job_id", sa.Integer()),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("created_by_id", sa.Integer()),
        sa.Column("fingerprint", sa.String(64)),
        sa.Column("prior_mean", sa.Double()),
        sa.Column("prior_spread", sa.Double()),
        sa.Column("finished_at", UtcDateTime()),
        sa.PrimaryKeyConstraint("id", name="pk_portfolio_run"),
        sa.ForeignKeyConstraint(["job_id"], ["job.id"], name="fk_portfolio_run_job_id_job"),
        sa.ForeignKeyConstraint(["created_by_id"], ["person.id"], name="fk_portfolio_run_created_by_id_person"),
        sa.UniqueConstraint("number", name="uq_portfolio_run_number"),
        sa.CheckConstraint(
            "(finished_at IS NULL) = (fingerprint IS NULL)", name=op.f("ck_portfolio_run_finished_with_fingerprint")
        ),
        sa.CheckConstraint("origin IN ('person', 'schedule')", name=op.f("ck_portfolio_run_origin_known")),
    )
    op.create_index("ix_portfolio_run_job", "portfolio_run", ["job_id"])


def _entries():
    numbers = ("estimate", "low", "high", "p_value", "deviation", "effect", "error")
    money = ("worth", "worth_low", "worth_high", "cost", "worthwhile")
    op.create_table(
        "portfolio_entry",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("course_id", sa.Integer()),
        sa.Column("initiative_id", sa.Integer()),
        sa.Column("kpi_id", sa.Integer(), nullable=False),
        sa.Column("study_id", sa.Integer()),
        sa.Column("is_primary", sa.Boolean(), nullable=False),
        sa.Column("primary_after_start", sa.Boolean(), nullable=False),
        sa.Column("chosen", sa.String(16), nullable=False),
        sa.Column("chosen_by", sa.String(16), nullable=False),
        sa.Column("grade", sa.String(1), nullable=False),
        sa.Column("method", sa.String(16)),
        sa.Column("scale", sa.String(8)),
        *(sa.Column(name, sa.Double()) for name in numbers),
        sa.Column("n_trained", sa.Integer(), nullable=False),
        sa.Column("n_comparison", sa.Integer(), nullable=False),
        *(sa.Column(name, sa.Double()) for name in money),
        sa.Column("refusal", sa.String(64)),
        sa.Column("refusal_params", sa.JSON()),
        sa.Column("fingerprint", sa.String(64)),
        sa.Column("computed_at", UtcDateTime(), nullable=False),
        sa.Column("rank", sa.Integer()),
        sa.Column("shrunken", sa.Double()),
        sa.Column("spread", sa.Double()),
        sa.Column("q_value", sa.Double()),
        sa.Column("badge", sa.Boolean(), nullable=False),
        sa.Column("verdict", sa.String(16)),
        sa.Column("verdict_reason", sa.String(32)),
        sa.PrimaryKeyConstraint("id", name="pk_portfolio_entry"),
        sa.ForeignKeyConstraint(
            ["run_id"], ["portfolio_run.id"], name="fk_portfolio_entry_run_id_portfolio_run", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["course_id"], ["course.id"], name="fk_portfolio_entry_course_id_course"),
        sa.ForeignKeyConstraint(
            ["initiative_id"], ["initiative.id"], name="fk_portfolio_entry_initiative_id_initiative"
        ),
        sa.ForeignKeyConstraint(["kpi_id"], ["kpi.id"], name="fk_portfolio_entry_kpi_id_kpi"),
        sa.ForeignKeyConstraint(["study_id"], ["study.id"], name="fk_portfolio_entry_study_id_study"),
        sa.UniqueConstraint("run_id", "course_id", "initiative_id", "kpi_id", name="uq_portfolio_entry_once"),
        sa.CheckConstraint(
            "(course_id IS NULL) <> (initiative_id IS NULL)", name=op.f("ck_portfolio_entry_one_subject")
        ),
        sa.CheckConstraint("grade IN ('A', 'B', 'C', 'D')", name=op.f("ck_portfolio_entry_grade_known")),
        sa.CheckConstraint(
            "verdict IS NULL OR verdict IN ('keep', 'fix', 'stop', 'cannot_know')",
            name=op.f("ck_portfolio_entry_verdict_known"),
        ),
        sa.CheckConstraint("(effect IS NULL) = (error IS NULL)", name=op.f("ck_portfolio_entry_effect_with_error")),
        sa.CheckConstraint(
            "grade = 'D' OR effect IS NOT NULL", name=op.f("ck_portfolio_entry_graded_with_effect")
        ),
    )
    for column in ("course_id", "initiative_id", "kpi_id", "study_id"):
        op.create_index(f"ix_portfolio_entry_{column}", "portfolio_entry", [column])


def downgrade():
    for table in ("portfolio_subscription", "portfolio_entry", "portfolio_run", "primary_kpi"):
        op.drop_table(table)
    op.execute(sa.text("DELETE FROM study_run WHERE study_id IN (SELECT id FROM study WHERE course_id IS NULL)"))
    op.execute(sa.text("DELETE FROM study WHERE course_id IS NULL"))
    with op.batch_alter_table("study") as study:
        study.drop_index("ix_study_initiative_id")
        study.drop_constraint(op.f("ck_study_one_subject"), type_="check")
        study.drop_constraint("fk_study_initiative_id_initiative", type_="foreignkey")
        study.drop_column("initiative_id")
        study.alter_column("course_id", existing_type=sa.Integer(), nullable=False)
    op.drop_table("initiative_start")
    op.drop_table("initiative")
