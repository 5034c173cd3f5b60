"""Quizzes: answers that are a file or a recording of one's voice."""

import sqlalchemy as sa
from alembic import op

from lms.db import UtcDateTime

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

OLD_KINDS = (
    "kind IN ('single', 'multiple', 'true_false', 'numeric', 'short_text', 'matching', 'categorisation', "
    "'ordering', 'cloze', 'scenario', 'calculated', 'hotspot', 'open_text')"
)
NEW_KINDS = OLD_KINDS.replace("'open_text')", "'open_text', 'file', 'oral')")


def upgrade():
    _kinds(NEW_KINDS)
    op.create_table(
        "answer_file",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("attempt_id", sa.Integer(), nullable=False),
        sa.Column("question_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(255), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("received", sa.BigInteger(), nullable=False),
        sa.Column("media_type", sa.String(100)),
        sa.Column("sha256", sa.String(64)),
        sa.Column("started_at", UtcDateTime(), nullable=False),
        sa.Column("finished_at", UtcDateTime()),
        sa.Column("erased_at", UtcDateTime()),
        sa.PrimaryKeyConstraint("id", name="pk_answer_file"),
        sa.ForeignKeyConstraint(["attempt_id"], ["attempt.id"], name="fk_answer_file_attempt_id_attempt"),
        sa.ForeignKeyConstraint(["question_id"], ["question.id"], name="fk_answer_file_question_id_question"),
        sa.CheckConstraint(
            "size > 0 AND received BETWEEN 0 AND size", name=op.f("ck_answer_file_received_within_size")
        ),
        sa.CheckConstraint("finished_at IS NULL OR received = size", name=op.f("ck_answer_file_finished_is_whole")),
    )
    op.create_index("ix_answer_file_attempt_question", "answer_file", ["attempt_id", "question_id"])
    op.create_index("ix_answer_file_kept", "answer_file", ["erased_at", "started_at"])
    op.create_table(
        "answer_file_piece",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("file_id", sa.Integer(), nullable=False),
        sa.Column("start", sa.BigInteger(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_answer_file_piece"),
        sa.ForeignKeyConstraint(["file_id"], ["answer_file.id"], name="fk_answer_file_piece_file_id_answer_file"),
        sa.UniqueConstraint("file_id", "start", name="uq_answer_file_piece_file_id_start"),
        sa.UniqueConstraint("key", name="uq_answer_file_piece_key"),
        sa.CheckConstraint("start >= 0 AND size > 0", name=op.f("ck_answer_file_piece_place_possible")),
    )


def _kinds(rule):
    with op.batch_alter_table("question") as batch:
        batch.drop_constraint(op.f("ck_question_kind_known"), type_="check")
        batch.create_check_constraint(op.f("ck_question_kind_known"), rule)


def downgrade():
    """Questions of the new kinds have no place in the older form: as long as there are any, this stops."""
    op.drop_table("answer_file_piece")
    op.drop_table("answer_file")
    _kinds(OLD_KINDS)
