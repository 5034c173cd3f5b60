"""The bank: what a second trainer said of a version, whether a course asks for that, how versions fared."""

import sqlalchemy as sa
from alembic import op

from lms.db import UtcDateTime

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        "question_review",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("act", sa.String(16), nullable=False),
        sa.Column("comment", sa.String(2000), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("created_by_id", sa.Integer()),
        sa.PrimaryKeyConstraint("id", name="pk_question_review"),
        sa.ForeignKeyConstraint(["version_id"], ["question_version.id"], name="fk_question_review_version_id_question_version"),
        sa.ForeignKeyConstraint(["created_by_id"], ["person.id"], name="fk_question_review_created_by_id_person"),
        sa.CheckConstraint("act IN ('asked', 'approved', 'sent_back')", name=op.f("ck_question_review_act_known")),
        sa.CheckConstraint("act <> 'sent_back' OR comment <> ''", name=op.f("ck_question_review_sent_back_says_why")),
    )
    op.create_index("ix_question_review_version_id", "question_review", ["version_id"])
    op.create_index("ix_question_review_act", "question_review", ["act"])
    op.create_table(
        "question_bank_rule",
        sa.Column("course_id", sa.Integer(), nullable=False),
        sa.Column("reviewed_only", sa.Boolean(), nullable=False),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.Column("changed_by_id", sa.Integer()),
        sa.PrimaryKeyConstraint("course_id", name="pk_question_bank_rule"),
        sa.ForeignKeyConstraint(["course_id"], ["course.id"], name="fk_question_bank_rule_course_id_course"),
        sa.ForeignKeyConstraint(["changed_by_id"], ["person.id"], name="fk_question_bank_rule_changed_by_id_person"),
    )
    op.create_table(
        "question_figure",
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("asked", sa.Integer(), nullable=False),
        sa.Column("answered", sa.Integer(), nullable=False),
        sa.Column("earned", sa.Double(), nullable=False),
        sa.Column("counted_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("version_id", name="pk_question_figure"),
        sa.ForeignKeyConstraint(["version_id"], ["question_version.id"], name="fk_question_figure_version_id_question_version"),
        sa.CheckConstraint("answered BETWEEN 0 AND asked", name=op.f("ck_question_figure_answered_of_asked")),
        sa.CheckConstraint("earned >= 0", name=op.f("ck_question_figure_earned_not_negative")),
    )


def downgrade():
    op.drop_table("question_figure")
    op.drop_table("question_bank_rule")
    op.drop_table("question_review")
