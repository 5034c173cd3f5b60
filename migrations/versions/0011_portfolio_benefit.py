"""What a course has earned so far, beside what it cost, in the portfolio."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

COLUMNS = ("benefit", "benefit_low", "benefit_high", "probability")


def upgrade():
    with op.batch_alter_table("portfolio_entry") as entry:
        for name in COLUMNS:
            entry.add_column(sa.Column(name, sa.Double()))


def downgrade():
    with op.batch_alter_table("portfolio_entry") as entry:
        for name in reversed(COLUMNS):
            entry.drop_column(name)
