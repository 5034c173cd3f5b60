"""Planned rollouts: plan, draw, waves, members, what became of them, and the report. What was drawn is frozen."""

import sqlalchemy as sa
from alembic import op

from lms.db import UtcDateTime

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

FROZEN = ("rollout_draw", "rollout_wave", "rollout_member")
"""Neither changed nor deleted once written. A rebuild of such a table on SQLite has to lay its triggers again."""


def upgrade():
    op.create_table(
        "rollout",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("course_id", sa.Integer(), nullable=False),
        sa.Column("kpi_id", sa.Integer(), nullable=False),
        sa.Column("unit", sa.String(8), nullable=False),
        sa.Column("teams", sa.JSON(), nullable=False),
        sa.Column("left_out", sa.JSON(), nullable=False),
        sa.Column("waves", sa.Integer(), nullable=False),
        sa.Column("gap", sa.Integer(), nullable=False),
        sa.Column("horizon", sa.Integer(), nullable=False),
        sa.Column("waiting", sa.Boolean(), nullable=False),
        sa.Column("first_on", sa.Date(), nullable=False),
        sa.Column("estimator", sa.String(8), nullable=False),
        sa.Column("transform", sa.String(8), nullable=False),
        sa.Column("subgroups", sa.JSON(), nullable=False),
        sa.Column("notes", sa.Text(), nullable=False),
        sa.Column("expected", sa.Double()),
        sa.Column("cost_per_rep", sa.Double()),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("created_by_id", sa.Integer()),
        sa.Column("edited_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_rollout"),
        sa.ForeignKeyConstraint(["course_id"], ["course.id"], name="fk_rollout_course_id_course"),
        sa.ForeignKeyConstraint(["kpi_id"], ["kpi.id"], name="fk_rollout_kpi_id_kpi"),
        sa.ForeignKeyConstraint(["created_by_id"], ["person.id"], name="fk_rollout_created_by_id_person"),
        sa.CheckConstraint("unit IN ('reps', 'teams')", name=op.f("ck_rollout_unit_known")),
        sa.CheckConstraint("waves BETWEEN 1 AND 6", name=op.f("ck_rollout_waves_few")),
        sa.CheckConstraint("waves > 1 OR waiting", name=op.f("ck_rollout_somebody_to_compare")),
        sa.CheckConstraint("gap BETWEEN 1 AND 12", name=op.f("ck_rollout_gap_sensible")),
        sa.CheckConstraint("horizon BETWEEN 1 AND 24", name=op.f("ck_rollout_horizon_sensible")),
        sa.CheckConstraint("estimator IN ('bjs', 'gcomp')", name=op.f("ck_rollout_estimator_known")),
        sa.CheckConstraint("transform IN ('auto', 'none', 'log')", name=op.f("ck_rollout_transform_known")),
        sa.CheckConstraint("expected IS NULL OR expected > 0", name=op.f("ck_rollout_expected_positive")),
        sa.CheckConstraint(
            "cost_per_rep IS NULL OR cost_per_rep >= 0", name=op.f("ck_rollout_cost_not_negative")
        ),
    )
    op.create_index("ix_rollout_course_id", "rollout", ["course_id"])
    op.create_index("ix_rollout_created_by_id", "rollout", ["created_by_id"])
    op.create_table(
        "rollout_power",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("rollout_id", sa.Integer(), nullable=False),
        sa.Column("job_id", sa.Integer()),
        sa.Column("question", sa.JSON(), nullable=False),
        sa.Column("asked_at", UtcDateTime(), nullable=False),
        sa.Column("result", sa.JSON()),
        sa.Column("finished_at", UtcDateTime()),
        sa.PrimaryKeyConstraint("id", name="pk_rollout_power"),
        sa.ForeignKeyConstraint(
            ["rollout_id"], ["rollout.id"], name="fk_rollout_power_rollout_id_rollout", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["job_id"], ["job.id"], name="fk_rollout_power_job_id_job"),
        sa.CheckConstraint(
            "(finished_at IS NULL) = (result IS NULL)", name=op.f("ck_rollout_power_finished_with_result")
        ),
    )
    op.create_index("ix_rollout_power_rollout_id", "rollout_power", ["rollout_id"])
    op.create_index("ix_rollout_power_job", "rollout_power", ["job_id"])
    op.create_table(
        "rollout_draw",
        sa.Column("rollout_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("seed", sa.BigInteger(), nullable=False),
        sa.Column("plan", sa.JSON(), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("closes_on", sa.Date(), nullable=False),
        sa.Column("drawn_at", UtcDateTime(), nullable=False),
        sa.Column("drawn_by_id", sa.Integer()),
        sa.PrimaryKeyConstraint("rollout_id", name="pk_rollout_draw"),
        sa.ForeignKeyConstraint(["rollout_id"], ["rollout.id"], name="fk_rollout_draw_rollout_id_rollout"),
        sa.ForeignKeyConstraint(["drawn_by_id"], ["person.id"], name="fk_rollout_draw_drawn_by_id_person"),
    )
    op.create_index("ix_rollout_draw_closes_on", "rollout_draw", ["closes_on"])
    op.create_table(
        "rollout_wave",
        sa.Column("rollout_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("rollout_id", "number", name="pk_rollout_wave"),
        sa.ForeignKeyConstraint(["rollout_id"], ["rollout.id"], name="fk_rollout_wave_rollout_id_rollout"),
    )
    op.create_index("ix_rollout_wave_starts_on", "rollout_wave", ["starts_on"])
    op.create_table(
        "rollout_member",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("rollout_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("team_id", sa.Integer()),
        sa.Column("tercile", sa.Integer(), nullable=False),
        sa.Column("wave", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_rollout_member"),
        sa.ForeignKeyConstraint(["rollout_id"], ["rollout.id"], name="fk_rollout_member_rollout_id_rollout"),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_rollout_member_person_id_person"),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name="fk_rollout_member_team_id_team"),
        sa.UniqueConstraint("rollout_id", "person_id", name="uq_rollout_member_rollout_id_person_id"),
        sa.CheckConstraint("tercile BETWEEN 0 AND 2", name=op.f("ck_rollout_member_tercile_known")),
        sa.CheckConstraint("wave > 0", name=op.f("ck_rollout_member_wave_positive")),
    )
    op.create_index("ix_rollout_member_person_id", "rollout_member", ["person_id"])
    op.create_table(
        "rollout_settlement",
        sa.Column("member_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("outcome", sa.String(16), nullable=False),
        sa.Column("enrolment_id", sa.Integer()),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("member_id", name="pk_rollout_settlement"),
        sa.ForeignKeyConstraint(
            ["member_id"], ["rollout_member.id"], name="fk_rollout_settlement_member_id_rollout_member"
        ),
        sa.ForeignKeyConstraint(
            ["enrolment_id"], ["enrolment.id"], name="fk_rollout_settlement_enrolment_id_enrolment"
        ),
        sa.CheckConstraint(
            "outcome IN ('enrolled', 'otherwise', 'left', 'stopped')",
            name=op.f("ck_rollout_settlement_outcome_known"),
        ),
        sa.CheckConstraint(
            "outcome <> 'enrolled' OR enrolment_id IS NOT NULL",
            name=op.f("ck_rollout_settlement_enrolled_has_enrolment"),
        ),
    )
    op.create_index("ix_rollout_settlement_enrolment_id", "rollout_settlement", ["enrolment_id"])
    op.create_table(
        "rollout_deviation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("rollout_id", sa.Integer(), nullable=False),
        sa.Column("text", sa.String(1000), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("by_id", sa.Integer()),
        sa.PrimaryKeyConstraint("id", name="pk_rollout_deviation"),
        sa.ForeignKeyConstraint(
            ["rollout_id"], ["rollout.id"], name="fk_rollout_deviation_rollout_id_rollout"
        ),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name="fk_rollout_deviation_by_id_person"),
    )
    op.create_index("ix_rollout_deviation_rollout_id", "rollout_deviation", ["rollout_id"])
    op.create_table(
        "rollout_stop",
        sa.Column("rollout_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("reason", sa.String(1000), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("by_id", sa.Integer()),
        sa.PrimaryKeyConstraint("rollout_id", name="pk_rollout_stop"),
        sa.ForeignKeyConstraint(["rollout_id"], ["rollout.id"], name="fk_rollout_stop_rollout_id_rollout"),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name="fk_rollout_stop_by_id_person"),
    )
    op.create_table(
        "rollout_report",
        sa.Column("rollout_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("study_id", sa.Integer(), nullable=False),
        sa.Column("run_number", sa.Integer(), nullable=False),
        sa.Column("test", sa.JSON(), nullable=False),
        sa.Column("departures", sa.JSON(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("rollout_id", name="pk_rollout_report"),
        sa.ForeignKeyConstraint(["rollout_id"], ["rollout.id"], name="fk_rollout_report_rollout_id_rollout"),
        sa.ForeignKeyConstraint(["study_id"], ["study.id"], name="fk_rollout_report_study_id_study"),
        sa.UniqueConstraint("study_id", name="uq_rollout_report_study_id"),
    )
    _freeze()


def _freeze():
    """Triggers that refuse a change: of what was drawn always, of a plan once there is a draw."""
    if op.get_bind().dialect.name == "sqlite":
        for table in FROZEN:
            for act in ("UPDATE", "DELETE"):
                op.execute(
                    f"CREATE TRIGGER {table}_no_{act.lower()} BEFORE {act} ON {table} "
                    "BEGIN SELECT RAISE(ABORT, 'a drawn rollout is frozen'); END"
                )
        op.execute(
            "CREATE TRIGGER rollout_no_update BEFORE UPDATE ON rollout "
            "WHEN EXISTS (SELECT 1 FROM rollout_draw WHERE rollout_id = OLD.id) "
            "BEGIN SELECT RAISE(ABORT, 'a drawn rollout is frozen'); END"
        )
        return
    op.execute(
        "CREATE FUNCTION rollout_frozen() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'a drawn rollout is frozen' USING ERRCODE = 'integrity_constraint_violation'; "
        "END $$"
    )
    for table in FROZEN:
        op.execute(
            f"CREATE TRIGGER {table}_frozen BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION rollout_frozen()"
        )
    op.execute(
        "CREATE FUNCTION rollout_plan_frozen() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN IF EXISTS (SELECT 1 FROM rollout_draw WHERE rollout_id = OLD.id) THEN "
        "RAISE EXCEPTION 'a drawn rollout is frozen' USING ERRCODE = 'integrity_constraint_violation'; "
        "END IF; RETURN NEW; END $$"
    )
    op.execute(
        "CREATE TRIGGER rollout_frozen BEFORE UPDATE ON rollout "
        "FOR EACH ROW EXECUTE FUNCTION rollout_plan_frozen()"
    )


def downgrade():
    for table in (
        "rollout_report", "rollout_stop", "rollout_deviation", "rollout_settlement", "rollout_member",
        "rollout_wave", "rollout_draw", "rollout_power", "rollout",
    ):  # fmt: skip
        op.drop_table(table)
    if op.get_bind().dialect.name != "sqlite":
        op.execute("DROP FUNCTION rollout_plan_frozen()")
        op.execute("DROP FUNCTION rollout_frozen()")
