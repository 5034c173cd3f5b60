"""Levels of competencies and readiness as reckoned, snapshots of quarters, and checks of what readiness predicts."""

import sqlalchemy as sa
from alembic import op

from lms.db import UtcDateTime

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def _key(table, column, target, **options):
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=f"fk_{table}_{column}_{target}", **options)


def _check(table, name, rule):
    return sa.CheckConstraint(rule, name=op.f(f"ck_{table}_{name}"))


def _id(table):
    return sa.Column("id", sa.Integer(), nullable=False), sa.PrimaryKeyConstraint("id", name=f"pk_{table}")


def upgrade():
    _runs()
    _states()
    _people()
    _checks()


def _runs():
    table = "skill_run"
    op.create_table(
        table,
        *_id(table),
        sa.Column("kind", sa.String(8), nullable=False),
        sa.Column("quarter", sa.Date()),
        sa.Column("as_of", UtcDateTime(), nullable=False),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.Column("made_by_id", sa.Integer()),
        sa.Column("version", sa.String(16), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("norms", sa.JSON(), nullable=False),
        sa.Column("fingerprint", sa.String(64), nullable=False),
        sa.UniqueConstraint("quarter", name="uq_skill_run_quarter"),
        _key(table, "made_by_id", "person"),
        _check(table, "kind_known", "kind IN ('current', 'quarter')"),
        _check(table, "quarter_of_snapshot", "(kind = 'quarter') = (quarter IS NOT NULL)"),
    )
    op.create_index("ix_skill_run_kind", table, ["kind", "id"])


def _states():
    table = "skill_state"
    op.create_table(
        table,
        *_id(table),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("competency_id", sa.Integer(), nullable=False),
        sa.Column("mean", sa.Double()),
        sa.Column("error", sa.Double()),
        sa.Column("reliability", sa.Double()),
        sa.Column("reason", sa.String(16)),
        sa.Column("knowledge_only", sa.Boolean(), nullable=False),
        sa.Column("last_at", UtcDateTime()),
        sa.Column("required", sa.Integer()),
        sa.Column("verdict", sa.String(16)),
        sa.Column("probability", sa.Double()),
        sa.Column("evidence", sa.JSON(), nullable=False),
        sa.UniqueConstraint("run_id", "person_id", "competency_id", name="uq_skill_state_run_id_person_id_competency_id"),
        _key(table, "run_id", "skill_run", ondelete="CASCADE"),
        _key(table, "person_id", "person"),
        _key(table, "competency_id", "competency"),
        _check(table, "level_or_reason", "(mean IS NULL) = (reason IS NOT NULL)"),
        _check(table, "level_with_error", "(mean IS NULL) = (error IS NULL)"),
        _check(table, "required_range", "required IS NULL OR required BETWEEN 1 AND 4"),
        _check(table, "verdict_known", "verdict IS NULL OR verdict IN ('met', 'gap', 'unsettled', 'unknown')"),
        _check(table, "verdict_where_required", "(verdict IS NULL) = (required IS NULL)"),
    )
    op.create_index("ix_skill_state_person_id", table, ["person_id"])
    op.create_index("ix_skill_state_competency_id", table, ["competency_id"])
    op.create_index("ix_skill_state_run_competency", table, ["run_id", "competency_id", "verdict"])


def _people():
    table = "person_readiness"
    op.create_table(
        table,
        *_id(table),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("team_id", sa.Integer()),
        sa.Column("profile_id", sa.Integer()),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in ("required", "known", "met", "gaps")),
        *(sa.Column(name, sa.Double()) for name in ("share", "low", "high", "variance")),
        sa.Column("reason", sa.String(24)),
        sa.UniqueConstraint("run_id", "person_id", name="uq_person_readiness_run_id_person_id"),
        _key(table, "run_id", "skill_run", ondelete="CASCADE"),
        _key(table, "person_id", "person"),
        _key(table, "team_id", "team"),
        _key(table, "profile_id", "job_profile"),
        _check(table, "share_or_reason", "(share IS NULL) = (reason IS NOT NULL)"),
        _check(table, "share_within", "share IS NULL OR (low <= share AND share <= high)"),
    )
    op.create_index("ix_person_readiness_run_team", table, ["run_id", "team_id"])
    op.create_index("ix_person_readiness_person_id", table, ["person_id"])


def _checks():
    table = "skill_check"
    op.create_table(
        table,
        *_id(table),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("kpi_id", sa.Integer(), nullable=False),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.Column("made_by_id", sa.Integer()),
        sa.Column("version", sa.String(16), nullable=False),
        sa.Column("quarters", sa.JSON(), nullable=False),
        sa.Column("afterwards", sa.Integer(), nullable=False),
        sa.Column("verdict", sa.String(16), nullable=False),
        sa.Column("reason", sa.String(24)),
        sa.Column("params", sa.JSON(), nullable=False),
        sa.Column("observed", sa.Double()),
        sa.Column("figures", sa.JSON(), nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in ("pairs", "people", "teams")),
        sa.Column("fingerprint", sa.String(64), nullable=False),
        sa.UniqueConstraint("number", "kpi_id", name="uq_skill_check_number_kpi_id"),
        _key(table, "kpi_id", "kpi"),
        _key(table, "made_by_id", "person"),
        _check(table, "verdict_known", "verdict IN ('predicts', 'opposite', 'does_not', 'cannot_say')"),
        _check(table, "figure_or_reason", "(reason IS NULL) = (observed IS NOT NULL)"),
    )
    op.create_index("ix_skill_check_number", table, ["number"])


def downgrade():
    for table in ("skill_check", "person_readiness", "skill_state", "skill_run"):
        op.drop_table(table)
