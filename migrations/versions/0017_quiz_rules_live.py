"""Quizzes: introductions of sections, accommodations in minutes and for every quiz, how sure an answer is, how far one has come."""

import sqlalchemy as sa
from alembic import op

from lms.db import UtcDateTime

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade():
    _filled("quiz_section", "introduction", sa.JSON(), "'{}'")
    _filled("quiz_accommodation", "extra_minutes", sa.Integer(), "0")
    op.add_column("quiz_accommodation", sa.Column("until_at", UtcDateTime()))
    with op.batch_alter_table("quiz_accommodation") as batch:
        batch.alter_column("quiz_id", existing_type=sa.Integer(), nullable=True)
        batch.create_check_constraint(op.f("ck_quiz_accommodation_extra_minutes_range"), "extra_minutes BETWEEN 0 AND 600")
    op.add_column("attempt", sa.Column("reached", sa.Integer()))
    op.add_column("answer_save", sa.Column("certainty", sa.Integer()))
    with op.batch_alter_table("answer_save") as batch:
        batch.create_check_constraint(op.f("ck_answer_save_certainty_level"), "certainty BETWEEN 1 AND 3")


def _filled(table, name, kind, value):
    """A column that may not be empty, with ``value`` in the rows that are there."""
    op.add_column(table, sa.Column(name, kind))
    op.execute(sa.text(f"UPDATE {table} SET {name} = {value}"))
    with op.batch_alter_table(table) as batch:
        batch.alter_column(name, existing_type=kind, nullable=False)


def downgrade():
    """Accommodations for every quiz have no place in the older form and go."""
    with op.batch_alter_table("answer_save") as batch:
        batch.drop_constraint(op.f("ck_answer_save_certainty_level"), type_="check")
        batch.drop_column("certainty")
    op.drop_column("attempt", "reached")
    op.execute(sa.text("DELETE FROM quiz_accommodation WHERE quiz_id IS NULL"))
    with op.batch_alter_table("quiz_accommodation") as batch:
        batch.drop_constraint(op.f("ck_quiz_accommodation_extra_minutes_range"), type_="check")
        batch.alter_column("quiz_id", existing_type=sa.Integer(), nullable=False)
        batch.drop_column("until_at")
        batch.drop_column("extra_minutes")
    with op.batch_alter_table("quiz_section") as batch:
        batch.drop_column("introduction")
