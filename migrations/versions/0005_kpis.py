"""KPI definitions and records."""

import sqlalchemy as sa
from alembic import op

from lms.db import UtcDateTime

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        "kpi",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(64), nullable=False),
        sa.Column("name", sa.JSON(), nullable=False),
        sa.Column("description", sa.JSON(), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("unit", sa.String(32), nullable=False),
        sa.Column("direction", sa.String(8), nullable=False),
        sa.Column("period", sa.String(8), nullable=False),
        sa.Column("digits", sa.Integer(), nullable=False),
        sa.Column("numerator_name", sa.JSON()),
        sa.Column("denominator_name", sa.JSON()),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("retired_at", UtcDateTime()),
        sa.PrimaryKeyConstraint("id", name="pk_kpi"),
        sa.UniqueConstraint("code", name="uq_kpi_code"),
        sa.CheckConstraint("kind IN ('amount', 'count', 'rate')", name=op.f("ck_kpi_kind_known")),
        sa.CheckConstraint("direction IN ('higher', 'lower')", name=op.f("ck_kpi_direction_known")),
        sa.CheckConstraint("period IN ('week', 'month', 'quarter', 'year')", name=op.f("ck_kpi_period_known")),
        sa.CheckConstraint("digits BETWEEN 0 AND 6", name=op.f("ck_kpi_digits_few")),
    )
    op.create_table(
        "kpi_record",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kpi_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("period_start", sa.Date(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("value", sa.Double(), nullable=False),
        sa.Column("numerator", sa.Double()),
        sa.Column("denominator", sa.Double()),
        sa.Column("batch_id", sa.Integer()),
        sa.Column("recorded_at", UtcDateTime(), nullable=False),
        sa.Column("recorded_by_id", sa.Integer()),
        sa.Column("superseded_at", UtcDateTime()),
        sa.PrimaryKeyConstraint("id", name="pk_kpi_record"),
        sa.ForeignKeyConstraint(["kpi_id"], ["kpi.id"], name="fk_kpi_record_kpi_id_kpi"),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_kpi_record_person_id_person"),
        sa.ForeignKeyConstraint(["batch_id"], ["import_batch.id"], name="fk_kpi_record_batch_id_import_batch"),
        sa.ForeignKeyConstraint(["recorded_by_id"], ["person.id"], name="fk_kpi_record_recorded_by_id_person"),
        sa.CheckConstraint(
            "(numerator IS NULL) = (denominator IS NULL)", name=op.f("ck_kpi_record_both_parts_or_none")
        ),
        sa.CheckConstraint(
            "denominator IS NULL OR denominator > 0", name=op.f("ck_kpi_record_denominator_positive")
        ),
        sa.UniqueConstraint(
            "kpi_id", "person_id", "period_start", "revision", name="uq_kpi_record_revision"
        ),
    )
    op.create_index(
        "uq_kpi_record_current",
        "kpi_record",
        ["kpi_id", "period_start", "person_id"],
        unique=True,
        sqlite_where=sa.text("superseded_at IS NULL"),
        postgresql_where=sa.text("superseded_at IS NULL"),
    )
    op.create_index("ix_kpi_record_person", "kpi_record", ["person_id", "kpi_id", "period_start"])
    op.create_index("ix_kpi_record_batch", "kpi_record", ["batch_id"])
    op.create_index("ix_kpi_record_recorded_by", "kpi_record", ["recorded_by_id"])


def downgrade():
    op.drop_table("kpi_record")
    op.drop_table("kpi")
