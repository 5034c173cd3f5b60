"""A person can be erased: since then the row is nobody's."""

import sqlalchemy as sa
from alembic import op

from lms.db import UtcDateTime

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None


def upgrade():
    op.add_column("person", sa.Column("erased_at", UtcDateTime()))


def downgrade():
    op.drop_column("person", "erased_at")
