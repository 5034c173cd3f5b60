"""The index of a person's records says which are current, so that the page of the day need not look at each."""

from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None


def upgrade():
    op.drop_index("ix_kpi_record_person", table_name="kpi_record")
    op.create_index("ix_kpi_record_person", "kpi_record", ["person_id", "kpi_id", "period_start", "superseded_at"])


def downgrade():
    op.drop_index("ix_kpi_record_person", table_name="kpi_record")
    op.create_index("ix_kpi_record_person", "kpi_record", ["person_id", "kpi_id", "period_start"])
