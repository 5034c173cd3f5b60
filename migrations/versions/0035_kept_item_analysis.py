"""The item analysis of a quiz that many have taken is kept like its scale; how many finished since is counted by an index."""

from alembic import op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None

OLD = "kind IN ('summary', 'scale', 'similarity')"
NEW = "kind IN ('summary', 'items', 'scale', 'similarity')"


def _known(rule):
    with op.batch_alter_table("quiz_analysis_run") as run:
        run.drop_constraint(op.f("ck_quiz_analysis_run_kind_known"), type_="check")
        run.create_check_constraint(op.f("ck_quiz_analysis_run_kind_known"), rule)


def upgrade():
    _known(NEW)
    op.create_index("ix_attempt_quiz_id_ended_at", "attempt", ["quiz_id", "ended_at"])


def downgrade():
    """What was kept is computed again when it is asked for."""
    op.drop_index("ix_attempt_quiz_id_ended_at", table_name="attempt")
    op.execute("DELETE FROM quiz_analysis_run WHERE kind = 'items'")
    _known(OLD)
