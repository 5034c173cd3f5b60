"""Surveys: drafts and versions, rules, sendings, invitations, links, marks, answers."""

import sqlalchemy as sa
from alembic import op

from lms.db import UtcDateTime

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

TABLES = (
    "survey_module",
    "survey_response",
    "survey_link",
    "survey_mark",
    "survey_draft",
    "survey_invitation",
    "survey_sending",
    "survey_rule",
    "survey_version",
    "survey",
)


def _key(table, column, target):
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=f"fk_{table}_{column}_{target}")


def _check(table, name, rule):
    return sa.CheckConstraint(rule, name=op.f(f"ck_{table}_{name}"))


def _of_sending(table):
    return sa.ForeignKeyConstraint(
        ["sending_id", "anonymous"], ["survey_sending.id", "survey_sending.anonymous"], name=f"fk_{table}_sending"
    )


def _surveys():
    op.create_table(
        "survey",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(64), nullable=False),
        sa.Column("title", sa.JSON(), nullable=False),
        sa.Column("intro", sa.JSON(), nullable=False),
        sa.Column("thanks", sa.JSON(), nullable=False),
        sa.Column("purpose", sa.String(16), nullable=False),
        sa.Column("anonymous", sa.Boolean(), nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("items", sa.JSON(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("owner_id", sa.Integer()),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("edited_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_survey"),
        sa.UniqueConstraint("code", name="uq_survey_code"),
        _key("survey", "owner_id", "person"),
        _check(
            "survey",
            "purpose_known",
            "purpose IN ('reaction', 'behaviour', 'needs', 'satisfaction', 'other')",
        ),
        _check("survey", "status_known", "status IN ('active', 'retired')"),
    )
    op.create_index("ix_survey_owner_id", "survey", ["owner_id"])
    op.create_table(
        "survey_version",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("survey_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("title", sa.JSON(), nullable=False),
        sa.Column("intro", sa.JSON(), nullable=False),
        sa.Column("thanks", sa.JSON(), nullable=False),
        sa.Column("anonymous", sa.Boolean(), nullable=False),
        sa.Column("items", sa.JSON(), nullable=False),
        sa.Column("published_at", UtcDateTime(), nullable=False),
        sa.Column("published_by_id", sa.Integer()),
        sa.PrimaryKeyConstraint("id", name="pk_survey_version"),
        sa.UniqueConstraint("survey_id", "number", name="uq_survey_version_survey_id_number"),
        _key("survey_version", "survey_id", "survey"),
        _key("survey_version", "published_by_id", "person"),
        _check("survey_version", "number_positive", "number > 0"),
    )
    op.create_table(
        "survey_module",
        sa.Column("module_id", sa.Integer(), nullable=False),
        sa.Column("survey_id", sa.Integer()),
        sa.PrimaryKeyConstraint("module_id", name="pk_survey_module"),
        _key("survey_module", "module_id", "module"),
        _key("survey_module", "survey_id", "survey"),
    )


def _sendings():
    op.create_table(
        "survey_rule",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("survey_id", sa.Integer(), nullable=False),
        sa.Column("course_id", sa.Integer(), nullable=False),
        sa.Column("recipient", sa.String(16), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("open_days", sa.Integer(), nullable=False),
        sa.Column("remind_days", sa.Integer()),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("ended_on", sa.Date()),
        sa.Column("created_by_id", sa.Integer()),
        sa.PrimaryKeyConstraint("id", name="pk_survey_rule"),
        sa.UniqueConstraint(
            "survey_id",
            "course_id",
            "recipient",
            "days",
            name="uq_survey_rule_survey_id_course_id_recipient_days",
        ),
        _key("survey_rule", "survey_id", "survey"),
        _key("survey_rule", "course_id", "course"),
        _key("survey_rule", "created_by_id", "person"),
        _check("survey_rule", "days_range", "days BETWEEN 0 AND 365"),
        _check("survey_rule", "open_days_range", "open_days BETWEEN 1 AND 90"),
        _check("survey_rule", "remind_days_range", "remind_days IS NULL OR remind_days BETWEEN 1 AND 60"),
        _check("survey_rule", "recipient_known", "recipient IN ('learner', 'manager')"),
    )
    op.create_index("ix_survey_rule_course_id", "survey_rule", ["course_id"])
    op.create_table(
        "survey_sending",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("survey_id", sa.Integer(), nullable=False),
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("anonymous", sa.Boolean(), nullable=False),
        sa.Column("origin", sa.String(16), nullable=False),
        sa.Column("rule_id", sa.Integer()),
        sa.Column("course_id", sa.Integer()),
        sa.Column("module_id", sa.Integer()),
        sa.Column("month", sa.String(7), nullable=False),
        sa.Column("opened_at", UtcDateTime(), nullable=False),
        sa.Column("closes_at", UtcDateTime(), nullable=False),
        sa.Column("closed_at", UtcDateTime()),
        sa.Column("remind_days", sa.Integer()),
        sa.Column("reminded_on", sa.Date()),
        sa.Column("links", sa.Integer(), nullable=False),
        sa.Column("links_about", sa.JSON(), nullable=False),
        sa.Column("created_by_id", sa.Integer()),
        sa.PrimaryKeyConstraint("id", name="pk_survey_sending"),
        sa.UniqueConstraint("id", "anonymous", name="uq_survey_sending_id_anonymous"),
        sa.UniqueConstraint("rule_id", "version_id", "month", name="uq_survey_sending_rule_id_version_id_month"),
        sa.UniqueConstraint(
            "module_id", "version_id", "month", name="uq_survey_sending_module_id_version_id_month"
        ),
        _key("survey_sending", "survey_id", "survey"),
        _key("survey_sending", "version_id", "survey_version"),
        _key("survey_sending", "rule_id", "survey_rule"),
        _key("survey_sending", "course_id", "course"),
        _key("survey_sending", "module_id", "module"),
        _key("survey_sending", "created_by_id", "person"),
        _check("survey_sending", "origin_known", "origin IN ('rule', 'hand', 'link', 'course')"),
        _check("survey_sending", "rule_of_rules", "(origin = 'rule') = (rule_id IS NOT NULL)"),
        _check("survey_sending", "module_of_courses", "(origin = 'course') = (module_id IS NOT NULL)"),
        _check("survey_sending", "links_not_negative", "links >= 0"),
    )
    for column in ("survey_id", "course_id", "closes_at"):
        op.create_index(f"ix_survey_sending_{column}", "survey_sending", [column])


def _asked():
    op.create_table(
        "survey_invitation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("sending_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("about_id", sa.Integer()),
        sa.Column("enrolment_id", sa.Integer()),
        sa.Column("invited_on", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_survey_invitation"),
        sa.UniqueConstraint(
            "sending_id",
            "person_id",
            "about_id",
            "enrolment_id",
            name="uq_survey_invitation_sending_id_person_id_about_id_enrolment_id",
        ),
        sa.UniqueConstraint("id", "sending_id", name="uq_survey_invitation_id_sending"),
        _key("survey_invitation", "sending_id", "survey_sending"),
        _key("survey_invitation", "person_id", "person"),
        _key("survey_invitation", "about_id", "person"),
        _key("survey_invitation", "enrolment_id", "enrolment"),
    )
    op.create_index("ix_survey_invitation_person_id", "survey_invitation", ["person_id"])
    op.create_index("ix_survey_invitation_enrolment_id", "survey_invitation", ["enrolment_id"])
    op.create_table(
        "survey_draft",
        sa.Column("invitation_id", sa.Integer(), nullable=False),
        sa.Column("sending_id", sa.Integer(), nullable=False),
        sa.Column("anonymous", sa.Boolean(), nullable=False),
        sa.Column("fields", sa.JSON(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("saved_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("invitation_id", name="pk_survey_draft"),
        sa.ForeignKeyConstraint(
            ["invitation_id", "sending_id"],
            ["survey_invitation.id", "survey_invitation.sending_id"],
            name="fk_survey_draft_invitation",
        ),
        _of_sending("survey_draft"),
        _check("survey_draft", "named_only", "NOT anonymous"),
    )
    op.create_table(
        "survey_mark",
        sa.Column("mark", sa.String(64), nullable=False),
        sa.Column("sending_id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("mark", name="pk_survey_mark"),
        _key("survey_mark", "sending_id", "survey_sending"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_survey_mark_sending_id", "survey_mark", ["sending_id"])
    op.create_table(
        "survey_link",
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("sending_id", sa.Integer(), nullable=False),
        sa.Column("anonymous", sa.Boolean(), nullable=False),
        sa.Column("about_id", sa.Integer()),
        sa.Column("label", sa.String(200), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("used_at", UtcDateTime()),
        sa.PrimaryKeyConstraint("token_hash", name="pk_survey_link"),
        _of_sending("survey_link"),
        _key("survey_link", "about_id", "person"),
        _check("survey_link", "use_of_named_only", "used_at IS NULL OR NOT anonymous"),
        _check("survey_link", "label_of_named_only", "label = '' OR NOT anonymous"),
    )
    op.create_index("ix_survey_link_sending_id", "survey_link", ["sending_id"])


def _answers():
    op.create_table(
        "survey_response",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("sending_id", sa.Integer(), nullable=False),
        sa.Column("anonymous", sa.Boolean(), nullable=False),
        sa.Column("invitation_id", sa.Integer()),
        sa.Column("label", sa.String(200), nullable=False),
        sa.Column("submitted_at", UtcDateTime()),
        sa.Column("unit_id", sa.Integer()),
        sa.Column("about_id", sa.Integer()),
        sa.Column("answers", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_survey_response"),
        _of_sending("survey_response"),
        _key("survey_response", "invitation_id", "survey_invitation"),
        _key("survey_response", "unit_id", "team"),
        _key("survey_response", "about_id", "person"),
        sa.UniqueConstraint("invitation_id", name="uq_survey_response_invitation_id"),
        _check(
            "survey_response",
            "anonymous_unlinked",
            "NOT anonymous OR (invitation_id IS NULL AND label = '' AND submitted_at IS NULL)",
        ),
        _check("survey_response", "named_dated", "anonymous OR submitted_at IS NOT NULL"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_survey_response_sending_id", "survey_response", ["sending_id"])


def upgrade():
    _surveys()
    _sendings()
    _asked()
    _answers()


def downgrade():
    for table in TABLES:
        op.drop_table(table)
