"""What a course cost, as stated for a study, and the subgroups named for it before it is computed."""

import sqlalchemy as sa
from alembic import op

from lms.db import UtcDateTime

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        "study_costing",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("study_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("inputs", sa.JSON(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("created_by_id", sa.Integer()),
        sa.PrimaryKeyConstraint("id", name="pk_study_costing"),
        sa.ForeignKeyConstraint(["study_id"], ["study.id"], name="fk_study_costing_study_id_study"),
        sa.ForeignKeyConstraint(["created_by_id"], ["person.id"], name="fk_study_costing_created_by_id_person"),
        sa.UniqueConstraint("study_id", "number", name="uq_study_costing_study_id_number"),
    )
    op.create_table(
        "study_subgroups",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("study_id", sa.Integer(), nullable=False),
        sa.Column("splits", sa.JSON(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("created_by_id", sa.Integer()),
        sa.PrimaryKeyConstraint("id", name="pk_study_subgroups"),
        sa.ForeignKeyConstraint(["study_id"], ["study.id"], name="fk_study_subgroups_study_id_study"),
        sa.ForeignKeyConstraint(["created_by_id"], ["person.id"], name="fk_study_subgroups_created_by_id_person"),
    )
    op.create_index("ix_study_subgroups_study_id", "study_subgroups", ["study_id"])


def downgrade():
    op.drop_table("study_subgroups")
    op.drop_table("study_costing")
