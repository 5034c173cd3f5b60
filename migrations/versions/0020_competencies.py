"""The catalogue of competencies with its words; job profiles, what they ask for, and who has them."""

import sqlalchemy as sa
from alembic import op

from lms.db import UtcDateTime

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

TABLES = ("job_profile_holder", "competency_requirement", "job_profile", "competency_word", "competency")
STAGES = "stage IN ('profile', 'leads', 'needs', 'objections', 'agreement', 'cash')"


def _key(table, column, target, **options):
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=f"fk_{table}_{column}_{target}", **options)


def _check(table, name, rule):
    return sa.CheckConstraint(rule, name=op.f(f"ck_{table}_{name}"))


def _id(table):
    return sa.Column("id", sa.Integer(), nullable=False), sa.PrimaryKeyConstraint("id", name=f"pk_{table}")


def _where(condition):
    return {"sqlite_where": sa.text(condition), "postgresql_where": sa.text(condition)}


def upgrade():
    _catalogue()
    _profiles()


def _catalogue():
    op.create_table(
        "competency",
        *_id("competency"),
        sa.Column("code", sa.String(64), nullable=False),
        sa.Column("name", sa.JSON(), nullable=False),
        sa.Column("description", sa.JSON(), nullable=False),
        sa.Column("stage", sa.String(16)),
        sa.Column("anchors", sa.JSON(), nullable=False),
        sa.Column("retired_at", UtcDateTime()),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("created_by_id", sa.Integer()),
        sa.Column("edited_at", UtcDateTime(), nullable=False),
        sa.UniqueConstraint("code", name="uq_competency_code"),
        _key("competency", "created_by_id", "person"),
        _check("competency", "stage_known", f"stage IS NULL OR {STAGES}"),
    )
    table = "competency_word"
    op.create_table(
        table,
        *_id(table),
        sa.Column("competency_id", sa.Integer(), nullable=False),
        sa.Column("word", sa.String(200), nullable=False),
        sa.Column("folded", sa.String(400), nullable=False),
        sa.Column("is_name", sa.Boolean(), nullable=False),
        sa.UniqueConstraint("folded", name="uq_competency_word_folded"),
        _key(table, "competency_id", "competency", ondelete="CASCADE"),
        _check(table, "folded_says_something", "folded <> ''"),
    )
    op.create_index("ix_competency_word_competency_id", table, ["competency_id"])


def _profiles():
    op.create_table(
        "job_profile",
        *_id("job_profile"),
        sa.Column("code", sa.String(64), nullable=False),
        sa.Column("name", sa.JSON(), nullable=False),
        sa.Column("is_default", sa.Boolean(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("created_by_id", sa.Integer()),
        sa.UniqueConstraint("code", name="uq_job_profile_code"),
        _key("job_profile", "created_by_id", "person"),
    )
    op.create_index("uq_job_profile_default", "job_profile", ["is_default"], unique=True, **_where("is_default"))
    table = "competency_requirement"
    op.create_table(
        table,
        *_id(table),
        sa.Column("profile_id", sa.Integer(), nullable=False),
        sa.Column("competency_id", sa.Integer(), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("stated_at", UtcDateTime(), nullable=False),
        sa.Column("stated_by_id", sa.Integer()),
        sa.Column("superseded_at", UtcDateTime()),
        _key(table, "profile_id", "job_profile"),
        _key(table, "competency_id", "competency"),
        _key(table, "stated_by_id", "person"),
        _check(table, "level_range", "level BETWEEN 1 AND 4"),
    )
    op.create_index("ix_competency_requirement_competency_id", table, ["competency_id"])
    op.create_index(
        "uq_competency_requirement_current", table, ["profile_id", "competency_id"], unique=True,
        **_where("superseded_at IS NULL"),
    )  # fmt: skip
    table = "job_profile_holder"
    op.create_table(
        table,
        *_id(table),
        sa.Column("profile_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer()),
        sa.Column("team_id", sa.Integer()),
        sa.Column("given_at", UtcDateTime(), nullable=False),
        sa.Column("given_by_id", sa.Integer()),
        sa.Column("superseded_at", UtcDateTime()),
        _key(table, "profile_id", "job_profile"),
        _key(table, "person_id", "person"),
        _key(table, "team_id", "team"),
        _key(table, "given_by_id", "person"),
        _check(table, "person_or_team", "(person_id IS NULL) <> (team_id IS NULL)"),
    )
    op.create_index("ix_job_profile_holder_profile_id", table, ["profile_id"])
    for whose in ("person", "team"):
        op.create_index(
            f"uq_job_profile_holder_{whose}", table, [f"{whose}_id"], unique=True,
            **_where(f"{whose}_id IS NOT NULL AND superseded_at IS NULL"),
        )  # fmt: skip


def downgrade():
    for table in TABLES:
        op.drop_table(table)
