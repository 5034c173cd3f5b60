"""Studies: the KPI that the course cannot touch, as named, with who named it and when."""

import sqlalchemy as sa
from alembic import op

from lms.db import UtcDateTime

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        "study_untouchable",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("study_id", sa.Integer(), nullable=False),
        sa.Column("kpi_id", sa.Integer()),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("created_by_id", sa.Integer()),
        sa.PrimaryKeyConstraint("id", name="pk_study_untouchable"),
        sa.ForeignKeyConstraint(["study_id"], ["study.id"], name="fk_study_untouchable_study_id_study"),
        sa.ForeignKeyConstraint(["kpi_id"], ["kpi.id"], name="fk_study_untouchable_kpi_id_kpi"),
        sa.ForeignKeyConstraint(
            ["created_by_id"], ["person.id"], name="fk_study_untouchable_created_by_id_person"
        ),
    )
    op.create_index("ix_study_untouchable_study_id", "study_untouchable", ["study_id"])


def downgrade():
    op.drop_table("study_untouchable")
