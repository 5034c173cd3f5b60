"""Practising again: whether a quiz's questions may be practised, and the answers given to cards."""

import sqlalchemy as sa
from alembic import op

from lms.db import UtcDateTime

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade():
    op.add_column("quiz", sa.Column("practice", sa.Boolean()))
    op.execute(sa.text("UPDATE quiz SET practice = false"))
    with op.batch_alter_table("quiz") as batch:
        batch.alter_column("practice", existing_type=sa.Boolean(), nullable=False)
    op.create_table(
        "practice_review",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("question_id", sa.Integer(), nullable=False),
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("key_version_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("item", sa.JSON(), nullable=False),
        sa.Column("answer", sa.JSON(), nullable=False),
        sa.Column("share", sa.String(64), nullable=False),
        sa.Column("memory", sa.JSON(), nullable=False),
        sa.Column("scheduler", sa.String(32), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("due_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_practice_review"),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_practice_review_person_id_person"),
        sa.ForeignKeyConstraint(["question_id"], ["question.id"], name="fk_practice_review_question_id_question"),
        sa.ForeignKeyConstraint(
            ["version_id"], ["question_version.id"], name="fk_practice_review_version_id_question_version"
        ),
        sa.ForeignKeyConstraint(
            ["key_version_id"], ["question_version.id"], name="fk_practice_review_key_version_id_question_version"
        ),
        sa.UniqueConstraint(
            "person_id", "question_id", "number", name="uq_practice_review_person_id_question_id_number"
        ),
        sa.CheckConstraint("number > 0", name=op.f("ck_practice_review_number_positive")),
        sa.CheckConstraint("due_at > at", name=op.f("ck_practice_review_due_later")),
    )
    op.create_index("ix_practice_review_question_id", "practice_review", ["question_id"])


def downgrade():
    op.drop_table("practice_review")
    with op.batch_alter_table("quiz") as batch:
        batch.drop_column("practice")
