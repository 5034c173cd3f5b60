"""A copied question keeps who wrote it: who wrote its key, where another, and who copied it stand beside."""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

NAMES = ("key_by_id", "copied_by_id")


def upgrade():
    with op.batch_alter_table("question_version") as batch:
        for name in NAMES:
            batch.add_column(sa.Column(name, sa.Integer()))
            batch.create_foreign_key(f"fk_question_version_{name}_person", "person", [name], ["id"])


def downgrade():
    with op.batch_alter_table("question_version") as batch:
        for name in NAMES:
            batch.drop_constraint(f"fk_question_version_{name}_person", type_="foreignkey")
            batch.drop_column(name)
