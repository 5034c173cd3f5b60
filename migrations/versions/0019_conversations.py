"""Talks with a customer whom a language model plays: their turns, and the scores that it proposed."""

import sqlalchemy as sa
from alembic import op

from lms.db import UtcDateTime

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def _ways(known):
    with op.batch_alter_table("play") as batch:
        batch.drop_constraint(op.f("ck_play_way_known"), type_="check")
        batch.create_check_constraint(op.f("ck_play_way_known"), f"way IN ({known})")


def upgrade():
    _ways("'recorded', 'live', 'conversation'")
    op.create_table(
        "conversation_turn",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("play_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("model", sa.String(100)),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_conversation_turn"),
        sa.UniqueConstraint("play_id", "number", name="uq_conversation_turn_play_id_number"),
        sa.ForeignKeyConstraint(["play_id"], ["play.id"], name="fk_conversation_turn_play_id_play"),
        sa.CheckConstraint("number > 0", name=op.f("ck_conversation_turn_number_positive")),
        sa.CheckConstraint("text <> ''", name=op.f("ck_conversation_turn_says_something")),
    )
    op.create_index("ix_conversation_turn_at", "conversation_turn", ["at"])
    op.create_table(
        "score_proposal",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("play_id", sa.Integer(), nullable=False),
        sa.Column("rubric_version_id", sa.Integer(), nullable=False),
        sa.Column("model", sa.String(100), nullable=False),
        sa.Column("points", sa.JSON()),
        sa.Column("evidence", sa.JSON(), nullable=False),
        sa.Column("refused", sa.String(32)),
        sa.Column("shown_first", sa.Boolean(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_score_proposal"),
        sa.ForeignKeyConstraint(["play_id"], ["play.id"], name="fk_score_proposal_play_id_play"),
        sa.ForeignKeyConstraint(
            ["rubric_version_id"], ["rubric_version.id"], name="fk_score_proposal_rubric_version_id_rubric_version"
        ),
        sa.CheckConstraint(
            "(refused IS NULL) = (points IS NOT NULL)", name=op.f("ck_score_proposal_points_or_reason")
        ),
    )
    op.create_index("ix_score_proposal_play_id", "score_proposal", ["play_id"])
    op.create_index("ix_score_proposal_rubric_version_id", "score_proposal", ["rubric_version_id", "model"])
    _captions()


def _captions():
    op.create_table(
        "recording_caption",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("recording_id", sa.Integer(), nullable=False),
        sa.Column("language", sa.String(8), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("by_id", sa.Integer()),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_recording_caption"),
        sa.ForeignKeyConstraint(
            ["recording_id"], ["recording.id"], name="fk_recording_caption_recording_id_recording"
        ),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name="fk_recording_caption_by_id_person"),
        sa.CheckConstraint(
            "language IN ('en', 'zh_Hans', 'zh_Hant')", name=op.f("ck_recording_caption_language_known")
        ),
    )
    op.create_index("ix_recording_caption_recording_id", "recording_caption", ["recording_id", "language"])


def downgrade():
    op.drop_table("recording_caption")
    op.drop_table("score_proposal")
    op.drop_table("conversation_turn")
    op.execute("UPDATE play SET way = 'live' WHERE way = 'conversation'")
    _ways("'recorded', 'live'")
