"""Who was told that a certificate expires: once per certificate and term."""

import sqlalchemy as sa
from alembic import op

from lms.db import UtcDateTime

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        "certificate_reminder",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("certificate_id", sa.Integer(), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("sent_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_certificate_reminder"),
        sa.UniqueConstraint("certificate_id", "days", name="uq_certificate_reminder_certificate_id_days"),
        sa.ForeignKeyConstraint(["certificate_id"], ["certificate.id"], name="fk_certificate_reminder_certificate_id_certificate"),
    )


def downgrade():
    op.drop_table("certificate_reminder")
