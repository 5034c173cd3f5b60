"""Imports: batches, previews, changes, remembered headings."""

import sqlalchemy as sa
from alembic import op

from lms.db import UtcDateTime

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        "import_batch",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(64), nullable=False),
        sa.Column("file_id", sa.Integer(), nullable=False),
        sa.Column("actor_id", sa.Integer()),
        sa.Column("job_id", sa.Integer()),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("encoding", sa.String(16)),
        sa.Column("sheet", sa.String(200)),
        sa.Column("header", sa.JSON(), nullable=False),
        sa.Column("mapping", sa.JSON(), nullable=False),
        sa.Column("options", sa.JSON(), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("new", sa.Integer(), nullable=False),
        sa.Column("changed", sa.Integer(), nullable=False),
        sa.Column("unchanged", sa.Integer(), nullable=False),
        sa.Column("rejected", sa.Integer(), nullable=False),
        sa.Column("notices", sa.Integer(), nullable=False),
        sa.Column("fingerprint", sa.String(64)),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("previewed_at", UtcDateTime()),
        sa.Column("accepted_at", UtcDateTime()),
        sa.Column("accepted_by_id", sa.Integer()),
        sa.Column("undone_at", UtcDateTime()),
        sa.Column("undone_by_id", sa.Integer()),
        sa.PrimaryKeyConstraint("id", name="pk_import_batch"),
        sa.ForeignKeyConstraint(["file_id"], ["stored_file.id"], name="fk_import_batch_file_id_stored_file"),
        sa.ForeignKeyConstraint(["actor_id"], ["person.id"], name="fk_import_batch_actor_id_person"),
        sa.ForeignKeyConstraint(["job_id"], ["job.id"], name="fk_import_batch_job_id_job"),
        sa.ForeignKeyConstraint(["accepted_by_id"], ["person.id"], name="fk_import_batch_accepted_by_id_person"),
        sa.ForeignKeyConstraint(["undone_by_id"], ["person.id"], name="fk_import_batch_undone_by_id_person"),
        sa.CheckConstraint(
            "state IN ('uploaded', 'previewed', 'accepted', 'undone')", name=op.f("ck_import_batch_state_known")
        ),
        sa.CheckConstraint(
            name=op.f("ck_import_batch_accepted_when"),
            sqltext="(state IN ('accepted', 'undone')) = (accepted_at IS NOT NULL)",
        ),
        sa.CheckConstraint(
            name=op.f("ck_import_batch_undone_when"), sqltext="(state = 'undone') = (undone_at IS NOT NULL)"
        ),
    )
    op.create_index("ix_import_batch_kind", "import_batch", ["kind", "created_at"])
    op.create_index("ix_import_batch_actor_id", "import_batch", ["actor_id"])
    op.create_table(
        "import_preview_row",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("batch_id", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.String(16), nullable=False),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(255), nullable=False),
        sa.Column("heading", sa.String(255), nullable=False),
        sa.Column("value", sa.String(255), nullable=False),
        sa.Column("code", sa.String(64), nullable=False),
        sa.Column("params", sa.JSON(), nullable=False),
        sa.Column("fields", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_import_preview_row"),
        sa.ForeignKeyConstraint(
            ["batch_id"],
            ["import_batch.id"],
            name="fk_import_preview_row_batch_id_import_batch",
            ondelete="CASCADE",
        ),
        sa.CheckConstraint(
            "outcome IN ('new', 'changed', 'rejected', 'notice')", name=op.f("ck_import_preview_row_outcome_known")
        ),
    )
    op.create_index("ix_import_preview_row_batch", "import_preview_row", ["batch_id", "outcome", "row"])
    op.create_table(
        "import_change",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("batch_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(64), nullable=False),
        sa.Column("key", sa.String(255), nullable=False),
        sa.Column("old", sa.JSON()),
        sa.Column("new", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_import_change"),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["import_batch.id"], name="fk_import_change_batch_id_import_batch", ondelete="CASCADE"
        ),
        sa.UniqueConstraint("batch_id", "key", name="uq_import_change_once"),
    )
    op.create_index("ix_import_change_key", "import_change", ["kind", "key"])
    op.create_table(
        "import_heading",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(64), nullable=False),
        sa.Column("heading", sa.String(255), nullable=False),
        sa.Column("column_key", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_import_heading"),
        sa.UniqueConstraint("kind", "heading", name="uq_import_heading_once"),
    )


def downgrade():
    op.drop_table("import_heading")
    op.drop_table("import_change")
    op.drop_table("import_preview_row")
    op.drop_table("import_batch")
