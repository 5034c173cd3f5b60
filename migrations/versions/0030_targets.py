"""Targets of teams and members with every revision, the seniority table, and how a KPI's periods come to one figure."""

import sqlalchemy as sa
from alembic import op

from lms.db import UtcDateTime

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

_OVER_TIME = "over_time IN ('sum', 'last', 'mean')"


def _key(table, column, target):
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=f"fk_{table}_{column}_{target}")


def _check(name, rule):
    return sa.CheckConstraint(rule, name=op.f(f"ck_target_{name}"))


def _standing(name, subject):
    standing = sa.text("superseded_at IS NULL")
    columns = [subject, "kpi_id", "span", "starts_on", "status"]
    op.create_index(name, "target", columns, unique=True, sqlite_where=standing, postgresql_where=standing)


def upgrade():
    op.add_column("kpi", sa.Column("over_time", sa.String(8)))
    op.execute("UPDATE kpi SET over_time = 'sum'")
    op.execute("UPDATE kpi SET over_time = 'last' WHERE code IN ('customer_count', 'channel_customers')")
    op.execute("UPDATE kpi SET over_time = 'mean' WHERE kind <> 'rate' AND unit IN ('share', 'points')")
    with op.batch_alter_table("kpi") as kpi:
        kpi.alter_column("over_time", existing_type=sa.String(8), nullable=False)
        kpi.create_check_constraint(op.f("ck_kpi_over_time_known"), _OVER_TIME)
    _targets()
    op.create_table(
        "seniority_table",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("bands", sa.JSON(), nullable=False),
        sa.Column("reason", sa.String(500), nullable=False),
        sa.Column("set_at", UtcDateTime(), nullable=False),
        sa.Column("set_by_id", sa.Integer()),
        sa.PrimaryKeyConstraint("id", name="pk_seniority_table"),
        _key("seniority_table", "set_by_id", "person"),
    )


def _targets():
    op.create_table(
        "target",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kpi_id", sa.Integer(), nullable=False),
        sa.Column("span", sa.String(8), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("team_id", sa.Integer()),
        sa.Column("person_id", sa.Integer()),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("value", sa.Double(), nullable=False),
        sa.Column("base", sa.Double()),
        sa.Column("method", sa.String(16), nullable=False),
        sa.Column("factor", sa.Double()),
        sa.Column("reason", sa.String(500), nullable=False),
        sa.Column("batch_id", sa.Integer()),
        sa.Column("set_at", UtcDateTime(), nullable=False),
        sa.Column("set_by_id", sa.Integer()),
        sa.Column("superseded_at", UtcDateTime()),
        sa.PrimaryKeyConstraint("id", name="pk_target"),
        sa.UniqueConstraint("kpi_id", "span", "starts_on", "team_id", "revision", name="uq_target_team_revision"),
        sa.UniqueConstraint("kpi_id", "span", "starts_on", "person_id", "revision", name="uq_target_person_revision"),
        _key("target", "kpi_id", "kpi"),
        _key("target", "team_id", "team"),
        _key("target", "person_id", "person"),
        _key("target", "batch_id", "import_batch"),
        _key("target", "set_by_id", "person"),
        _check("span_known", "span IN ('month', 'quarter', 'year')"),
        _check("status_known", "status IN ('draft', 'published', 'withdrawn')"),
        _check("team_or_member", "(team_id IS NULL) <> (person_id IS NULL)"),
        _check("method_known", "method IN ('hand', 'equal', 'experience', 'results', 'import', 'undo')"),
        _check("base_positive", "base IS NULL OR base > 0"),
        _check("withdrawn_never_stands", "status <> 'withdrawn' OR superseded_at IS NOT NULL"),
    )
    _standing("uq_target_team_standing", "team_id")
    _standing("uq_target_person_standing", "person_id")
    op.create_index("ix_target_batch", "target", ["batch_id"])
    op.create_index("ix_target_set_by", "target", ["set_by_id"])


def downgrade():
    op.drop_table("seniority_table")
    op.drop_table("target")
    with op.batch_alter_table("kpi") as kpi:
        kpi.drop_constraint(op.f("ck_kpi_over_time_known"), type_="check")
        kpi.drop_column("over_time")
