"""Branching dialogues: drafts, versions, plays and their steps; a role-play of a course may be one."""

import sqlalchemy as sa
from alembic import op

from lms.db import UtcDateTime

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def _key(table, column, target):
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=f"fk_{table}_{column}_{target}")


def _check(table, name, rule):
    return sa.CheckConstraint(rule, name=op.f(f"ck_{table}_{name}"))


def upgrade():
    _stories()
    _plays()
    with op.batch_alter_table("role_play") as batch:
        batch.add_column(sa.Column("dialogue_id", sa.Integer()))
        batch.create_foreign_key("fk_role_play_dialogue_id_dialogue", "dialogue", ["dialogue_id"], ["id"])
        batch.create_check_constraint(
            op.f("ck_role_play_one_of_both"), "scenario_id IS NULL OR dialogue_id IS NULL"
        )
        batch.create_index("ix_role_play_dialogue_id", ["dialogue_id"])


def _stories():
    op.create_table(
        "dialogue",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(64), nullable=False),
        sa.Column("title", sa.JSON(), nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("notes", sa.JSON(), nullable=False),
        sa.Column("owner_id", sa.Integer()),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("edited_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_dialogue"),
        sa.UniqueConstraint("code", name="uq_dialogue_code"),
        _key("dialogue", "owner_id", "person"),
        _check("dialogue", "status_known", "status IN ('draft', 'published', 'retired')"),
        _check("dialogue", "published_has_version", "status = 'draft' OR version > 0"),
    )
    op.create_index("ix_dialogue_status", "dialogue", ["status"])
    op.create_index("ix_dialogue_owner_id", "dialogue", ["owner_id"])
    op.create_table(
        "dialogue_version",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("dialogue_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("content_hash", sa.String(64), nullable=False),
        sa.Column("title", sa.JSON(), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("best", sa.String(32), nullable=False),
        sa.Column("published_at", UtcDateTime(), nullable=False),
        sa.Column("published_by_id", sa.Integer()),
        sa.PrimaryKeyConstraint("id", name="pk_dialogue_version"),
        sa.UniqueConstraint("dialogue_id", "number", name="uq_dialogue_version_dialogue_id_number"),
        _key("dialogue_version", "dialogue_id", "dialogue"),
        _key("dialogue_version", "published_by_id", "person"),
        _check("dialogue_version", "number_positive", "number > 0"),
    )


def _plays():
    op.create_table(
        "dialogue_play",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("dialogue_id", sa.Integer(), nullable=False),
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("enrolment_id", sa.Integer()),
        sa.Column("module_id", sa.Integer()),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("started_at", UtcDateTime(), nullable=False),
        sa.Column("ended_at", UtcDateTime()),
        sa.Column("exact", sa.String(64)),
        sa.Column("score", sa.Double()),
        sa.Column("passed", sa.Boolean()),
        sa.Column("blocked", sa.Boolean()),
        sa.PrimaryKeyConstraint("id", name="pk_dialogue_play"),
        sa.UniqueConstraint("person_id", "dialogue_id", "number", name="uq_dialogue_play_person_id_dialogue_id_number"),
        _key("dialogue_play", "dialogue_id", "dialogue"),
        _key("dialogue_play", "version_id", "dialogue_version"),
        _key("dialogue_play", "person_id", "person"),
        _key("dialogue_play", "enrolment_id", "enrolment"),
        _key("dialogue_play", "module_id", "module"),
        _check("dialogue_play", "number_positive", "number > 0"),
        _check("dialogue_play", "module_with_enrolment", "(module_id IS NULL) = (enrolment_id IS NULL)"),
        _check(
            "dialogue_play",
            "result_with_end",
            "(ended_at IS NULL) = (exact IS NULL) AND (ended_at IS NULL) = (score IS NULL) "
            "AND (ended_at IS NULL) = (passed IS NULL) AND (ended_at IS NULL) = (blocked IS NULL)",
        ),
        _check("dialogue_play", "score_share", "score IS NULL OR score BETWEEN 0 AND 1"),
    )
    for column in ("person_id", "enrolment_id", "module_id"):
        op.create_index(f"ix_dialogue_play_{column}", "dialogue_play", [column])
    op.create_index("ix_dialogue_play_version_ended", "dialogue_play", ["version_id", "ended_at"])
    op.create_table(
        "dialogue_step",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("play_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("passage", sa.String(100), nullable=False),
        sa.Column("choice", sa.Integer(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_dialogue_step"),
        sa.UniqueConstraint("play_id", "number", name="uq_dialogue_step_play_id_number"),
        _key("dialogue_step", "play_id", "dialogue_play"),
        _check("dialogue_step", "numbers_possible", "number > 0 AND choice >= 0"),
    )


def downgrade():
    with op.batch_alter_table("role_play") as batch:
        batch.drop_index("ix_role_play_dialogue_id")
        batch.drop_constraint(op.f("ck_role_play_one_of_both"), type_="check")
        batch.drop_constraint("fk_role_play_dialogue_id_dialogue", type_="foreignkey")
        batch.drop_column("dialogue_id")
    for table in ("dialogue_step", "dialogue_play", "dialogue_version", "dialogue"):
        op.drop_table(table)
