"""The revisions of a record are told apart by person first: that index finds a person's records as well, and another one need not be kept."""

from alembic import op

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None


def _revisions_by(*columns):
    with op.batch_alter_table("kpi_record") as record:
        record.drop_constraint("uq_kpi_record_revision", type_="unique")
        record.create_unique_constraint("uq_kpi_record_revision", [*columns, "period_start", "revision"])


def upgrade():
    op.drop_index("ix_kpi_record_person", table_name="kpi_record")
    _revisions_by("person_id", "kpi_id")


def downgrade():
    _revisions_by("kpi_id", "person_id")
    op.create_index("ix_kpi_record_person", "kpi_record", ["person_id", "kpi_id", "period_start", "superseded_at"])
