"""A settled oral exam can be corrected: results form a chain whose last link counts."""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None

OLD = "how IN ('agreed', 'third', 'discussion')"
NEW = "how IN ('agreed', 'third', 'discussion', 'corrected')"
FIRST = sa.text("supersedes_id IS NULL")


def _name(rule):
    return op.f(f"ck_oral_result_{rule}")


def upgrade():
    with op.batch_alter_table("oral_result") as batch:
        batch.add_column(sa.Column("by_id", sa.Integer()))
        batch.add_column(sa.Column("supersedes_id", sa.Integer()))
        batch.create_foreign_key("fk_oral_result_by_id_person", "person", ["by_id"], ["id"])
        batch.create_foreign_key("fk_oral_result_supersedes_id_oral_result", "oral_result", ["supersedes_id"], ["id"])
        batch.drop_constraint("uq_oral_result_sitting_id", type_="unique")
        batch.create_unique_constraint("uq_oral_result_supersedes_id", ["supersedes_id"])
        batch.drop_constraint(_name("how_known"), type_="check")
        batch.create_check_constraint(_name("how_known"), NEW)
        batch.create_check_constraint(_name("correction_supersedes"), "(how = 'corrected') = (supersedes_id IS NOT NULL)")
        batch.create_check_constraint(_name("corrected_with_reason"), "how <> 'corrected' OR (reason <> '' AND by_id IS NOT NULL)")
    op.create_index("uq_oral_result_first", "oral_result", ["sitting_id"], unique=True, sqlite_where=FIRST, postgresql_where=FIRST)
    op.create_index("ix_oral_result_sitting_id", "oral_result", ["sitting_id"])


def downgrade():
    """Corrections are lost; what they corrected counts again."""
    op.drop_index("ix_oral_result_sitting_id", "oral_result")
    op.drop_index("uq_oral_result_first", "oral_result")
    chain = sa.table("oral_result", sa.column("id"), sa.column("supersedes_id"))
    rows = op.get_bind().execute(sa.select(chain.c.id).where(chain.c.supersedes_id.is_not(None)).order_by(chain.c.id.desc()))
    for (id_,) in rows.all():
        op.execute(sa.delete(chain).where(chain.c.id == id_))
    with op.batch_alter_table("oral_result") as batch:
        for rule in ("corrected_with_reason", "correction_supersedes", "how_known"):
            batch.drop_constraint(_name(rule), type_="check")
        batch.create_check_constraint(_name("how_known"), OLD)
        batch.drop_constraint("uq_oral_result_supersedes_id", type_="unique")
        batch.drop_constraint("fk_oral_result_supersedes_id_oral_result", type_="foreignkey")
        batch.drop_constraint("fk_oral_result_by_id_person", type_="foreignkey")
        batch.drop_column("supersedes_id")
        batch.drop_column("by_id")
        batch.create_unique_constraint("uq_oral_result_sitting_id", ["sitting_id"])
