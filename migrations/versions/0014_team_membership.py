"""Who was in which team when, filled with the present teams from the day each person was entered."""

from datetime import UTC

import sqlalchemy as sa
from alembic import op

from lms.db import UtcDateTime

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

AT_ONCE = 1000


def upgrade():
    table = op.create_table(
        "team_membership",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("team_id", sa.Integer(), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("until", sa.Date()),
        sa.PrimaryKeyConstraint("id", name="pk_team_membership"),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name="fk_team_membership_person_id_person", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name="fk_team_membership_team_id_team"),
        sa.UniqueConstraint("person_id", "since", name="uq_team_membership_person_id_since"),
        sa.CheckConstraint("until IS NULL OR until > since", name=op.f("ck_team_membership_ends_after_it_began")),
    )
    op.create_index("ix_team_membership_team_id", "team_membership", ["team_id"])
    op.create_index(
        "uq_team_membership_one_runs",
        "team_membership",
        ["person_id"],
        unique=True,
        sqlite_where=sa.text("until IS NULL"),
        postgresql_where=sa.text("until IS NULL"),
    )
    _fill(table)


def _fill(table):
    person = sa.table("person", sa.column("id"), sa.column("team_id"), sa.column("created_at", UtcDateTime()))
    query = sa.select(person.c.id, person.c.team_id, person.c.created_at).where(person.c.team_id.is_not(None))
    connection = op.get_bind()
    rows = [
        {"person_id": id_, "team_id": team, "since": entered.astimezone(UTC).date()}
        for id_, team, entered in connection.execute(query)
    ]
    for first in range(0, len(rows), AT_ONCE):
        connection.execute(sa.insert(table), rows[first : first + AT_ONCE])


def downgrade():
    op.drop_table("team_membership")
