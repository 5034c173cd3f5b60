"""People, teams, roles, audit trail, jobs and files."""

import sqlalchemy as sa
from alembic import op

from lms.db import UtcDateTime

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        "team",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(64), nullable=False),
        sa.Column("name", sa.JSON(), nullable=False),
        sa.Column("parent_id", sa.Integer(), sa.ForeignKey("team.id", name="fk_team_parent_id_team")),
        sa.Column("path", sa.String(255), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_team"),
        sa.UniqueConstraint("code", name="uq_team_code"),
    )
    op.create_index("ix_team_parent_id", "team", ["parent_id"])
    op.create_index("ix_team_path", "team", ["path"])
    op.create_table(
        "person",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(64), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("name_latin", sa.String(200)),
        sa.Column("email", sa.String(254)),
        sa.Column("team_id", sa.Integer()),
        sa.Column("hired_on", sa.Date()),
        sa.Column("left_on", sa.Date()),
        sa.Column("locale", sa.String(16)),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("password", sa.String(255)),
        sa.Column("fs_uniquifier", sa.String(64), nullable=False),
        sa.Column("confirmed_at", UtcDateTime()),
        sa.Column("last_login_at", UtcDateTime()),
        sa.Column("password_set_at", UtcDateTime()),
        sa.Column("tf_primary_method", sa.String(64)),
        sa.Column("tf_totp_secret", sa.String(255)),
        sa.Column("tf_last_counter", sa.Integer()),
        sa.Column("mf_recovery_codes", sa.JSON()),
        sa.PrimaryKeyConstraint("id", name="pk_person"),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name="fk_person_team_id_team"),
        sa.UniqueConstraint("number", name="uq_person_number"),
        sa.UniqueConstraint("email", name="uq_person_email"),
        sa.UniqueConstraint("fs_uniquifier", name="uq_person_fs_uniquifier"),
        sa.CheckConstraint("locale IN ('en', 'zh_Hans', 'zh_Hant')", name=op.f("ck_person_locale_known")),
        sa.CheckConstraint(
            "left_on IS NULL OR hired_on IS NULL OR left_on >= hired_on", name=op.f("ck_person_left_after_hired")
        ),
    )
    op.create_index("ix_person_team_id", "person", ["team_id"])
    op.create_table(
        "role_grant",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("scope", sa.String(16), nullable=False),
        sa.Column("team_id", sa.Integer()),
        sa.Column("course_id", sa.Integer()),
        sa.Column("granted_at", UtcDateTime(), nullable=False),
        sa.Column("granted_by_id", sa.Integer()),
        sa.PrimaryKeyConstraint("id", name="pk_role_grant"),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name="fk_role_grant_person_id_person", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name="fk_role_grant_team_id_team"),
        sa.ForeignKeyConstraint(["granted_by_id"], ["person.id"], name="fk_role_grant_granted_by_id_person"),
        sa.CheckConstraint("role IN ('rep', 'trainer', 'manager', 'hr', 'admin')", name=op.f("ck_role_grant_role_known")),
        sa.CheckConstraint(
            "(scope = 'company' AND team_id IS NULL AND course_id IS NULL)"
            " OR (scope = 'team' AND team_id IS NOT NULL AND course_id IS NULL)"
            " OR (scope = 'course' AND course_id IS NOT NULL AND team_id IS NULL)",
            name=op.f("ck_role_grant_scope_names_its_object"),
        ),
        sa.UniqueConstraint("person_id", "role", "scope", "team_id", "course_id", name="uq_role_grant_once"),
    )
    op.create_index("ix_role_grant_person_id", "role_grant", ["person_id"])
    op.create_table(
        "login_session",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key_hash", sa.String(64), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("started_at", UtcDateTime(), nullable=False),
        sa.Column("ended_at", UtcDateTime()),
        sa.Column("address", sa.String(45), nullable=False),
        sa.Column("device", sa.String(200), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_login_session"),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name="fk_login_session_person_id_person", ondelete="CASCADE"
        ),
        sa.UniqueConstraint("key_hash", name="uq_login_session_key_hash"),
    )
    op.create_index("ix_login_session_person_id", "login_session", ["person_id"])
    op.create_table(
        "audit_entry",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("actor_id", sa.Integer()),
        sa.Column("action", sa.String(64), nullable=False),
        sa.Column("subject_type", sa.String(32), nullable=False),
        sa.Column("subject_id", sa.Integer()),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_audit_entry"),
        sa.ForeignKeyConstraint(["actor_id"], ["person.id"], name="fk_audit_entry_actor_id_person"),
    )
    op.create_index("ix_audit_entry_at", "audit_entry", ["at"])
    op.create_index("ix_audit_entry_actor_id", "audit_entry", ["actor_id"])
    op.create_index("ix_audit_entry_subject", "audit_entry", ["subject_type", "subject_id"])
    op.create_table(
        "job",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(64), nullable=False),
        sa.Column("params", sa.JSON(), nullable=False),
        sa.Column("owner_id", sa.Integer()),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("result", sa.JSON()),
        sa.Column("error", sa.String(64)),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("started_at", UtcDateTime()),
        sa.Column("heartbeat_at", UtcDateTime(), nullable=False),
        sa.Column("finished_at", UtcDateTime()),
        sa.PrimaryKeyConstraint("id", name="pk_job"),
        sa.ForeignKeyConstraint(["owner_id"], ["person.id"], name="fk_job_owner_id_person"),
        sa.CheckConstraint("state IN ('queued', 'running', 'done', 'failed')", name=op.f("ck_job_state_known")),
    )
    op.create_index("ix_job_owner_id", "job", ["owner_id"])
    op.create_index("ix_job_state", "job", ["state", "heartbeat_at"])
    op.create_table(
        "stored_file",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("name", sa.String(255), nullable=False),
        sa.Column("media_type", sa.String(100), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("owner_id", sa.Integer()),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_stored_file"),
        sa.ForeignKeyConstraint(["owner_id"], ["person.id"], name="fk_stored_file_owner_id_person"),
        sa.UniqueConstraint("key", name="uq_stored_file_key"),
    )


def downgrade():
    for table in ("stored_file", "job", "audit_entry", "login_session", "role_grant", "person", "team"):
        op.drop_table(table)
