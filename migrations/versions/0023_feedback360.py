"""360° feedback: questionnaires, versions, cycles, people looked at, raters, answers."""

import sqlalchemy as sa
from alembic import op

from lms.db import UtcDateTime

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

TABLES = (
    "feedback_answer",
    "feedback_rater",
    "feedback_subject",
    "feedback_cycle",
    "feedback_version",
    "feedback_questionnaire",
)
GROUPS = "relation IN ('self', 'manager', 'peer', 'report', 'customer')"


def _key(table, column, target):
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=f"fk_{table}_{column}_{target}")


def _check(table, name, rule):
    return sa.CheckConstraint(rule, name=op.f(f"ck_{table}_{name}"))


def _questionnaires():
    op.create_table(
        "feedback_questionnaire",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(64), nullable=False),
        sa.Column("title", sa.JSON(), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("created_by_id", sa.Integer()),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("edited_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_feedback_questionnaire"),
        sa.UniqueConstraint("code", name="uq_feedback_questionnaire_code"),
        _key("feedback_questionnaire", "created_by_id", "person"),
        _check("feedback_questionnaire", "status_known", "status IN ('active', 'retired')"),
    )
    op.create_table(
        "feedback_version",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("questionnaire_id", sa.Integer(), nullable=False),
        sa.Column("fingerprint", sa.String(64), nullable=False),
        sa.Column("title", sa.JSON(), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("frozen_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_feedback_version"),
        sa.UniqueConstraint(
            "questionnaire_id", "fingerprint", name="uq_feedback_version_questionnaire_id_fingerprint"
        ),
        _key("feedback_version", "questionnaire_id", "feedback_questionnaire"),
    )


def _cycles():
    op.create_table(
        "feedback_cycle",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.JSON(), nullable=False),
        sa.Column("purpose", sa.String(16), nullable=False),
        sa.Column("version_id", sa.Integer(), nullable=False),
        *(sa.Column(f"{end}_{group}", sa.Integer(), nullable=False)
          for end in ("least", "most") for group in ("peer", "report", "customer")),
        sa.Column("opened_at", UtcDateTime(), nullable=False),
        sa.Column("nominate_until", UtcDateTime(), nullable=False),
        sa.Column("closes_at", UtcDateTime(), nullable=False),
        sa.Column("closed_at", UtcDateTime()),
        sa.Column("remind_days", sa.Integer()),
        sa.Column("reminded_on", sa.Date()),
        sa.Column("created_by_id", sa.Integer()),
        sa.PrimaryKeyConstraint("id", name="pk_feedback_cycle"),
        _key("feedback_cycle", "version_id", "feedback_version"),
        _key("feedback_cycle", "created_by_id", "person"),
        _check("feedback_cycle", "purpose_known", "purpose IN ('development', 'appraisal')"),
        _check("feedback_cycle", "least_three", "least_peer >= 3 AND least_report >= 3 AND least_customer >= 3"),
        _check("feedback_cycle", "most_twenty", "most_peer <= 20 AND most_report <= 20 AND most_customer <= 20"),
        _check(
            "feedback_cycle",
            "most_above_least",
            "(most_peer = 0 OR most_peer >= least_peer) AND (most_report = 0 OR most_report >= least_report)"
            " AND (most_customer = 0 OR most_customer >= least_customer)",
        ),
        _check("feedback_cycle", "remind_days_range", "remind_days IS NULL OR remind_days BETWEEN 1 AND 60"),
        _check("feedback_cycle", "nominated_before_closing", "nominate_until <= closes_at"),
    )
    for column in ("version_id", "closes_at", "created_by_id"):
        op.create_index(f"ix_feedback_cycle_{column}", "feedback_cycle", [column])
    op.create_table(
        "feedback_subject",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("cycle_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("manager_id", sa.Integer()),
        sa.Column("tally", sa.JSON(), nullable=False),
        sa.Column("read_at", UtcDateTime()),
        sa.PrimaryKeyConstraint("id", name="pk_feedback_subject"),
        sa.UniqueConstraint("cycle_id", "person_id", name="uq_feedback_subject_cycle_id_person_id"),
        _key("feedback_subject", "cycle_id", "feedback_cycle"),
        _key("feedback_subject", "person_id", "person"),
        _key("feedback_subject", "manager_id", "person"),
    )
    for column in ("person_id", "manager_id"):
        op.create_index(f"ix_feedback_subject_{column}", "feedback_subject", [column])


def _raters():
    op.create_table(
        "feedback_rater",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("subject_id", sa.Integer(), nullable=False),
        sa.Column("relation", sa.String(16), nullable=False),
        sa.Column("person_id", sa.Integer()),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("email", sa.String(254)),
        sa.Column("locale", sa.String(16)),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("decided_by_id", sa.Integer()),
        sa.Column("invited_on", sa.Date()),
        sa.Column("token_hash", sa.String(64)),
        sa.Column("answered", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_feedback_rater"),
        sa.UniqueConstraint("subject_id", "person_id", name="uq_feedback_rater_subject_id_person_id"),
        sa.UniqueConstraint("subject_id", "email", name="uq_feedback_rater_subject_id_email"),
        sa.UniqueConstraint("token_hash", name="uq_feedback_rater_token_hash"),
        sa.UniqueConstraint("id", "subject_id", "relation", name="uq_feedback_rater_id_subject_relation"),
        _key("feedback_rater", "subject_id", "feedback_subject"),
        _key("feedback_rater", "person_id", "person"),
        _key("feedback_rater", "decided_by_id", "person"),
        _check("feedback_rater", "relation_known", GROUPS),
        _check("feedback_rater", "state_known", "state IN ('proposed', 'approved', 'refused', 'declined')"),
        _check("feedback_rater", "customers_without_account", "(relation = 'customer') = (person_id IS NULL)"),
        _check("feedback_rater", "customers_by_mail", "(relation = 'customer') = (email IS NOT NULL)"),
        _check("feedback_rater", "answered_when_approved", "NOT answered OR state = 'approved'"),
    )
    op.create_index("ix_feedback_rater_person_id_answered", "feedback_rater", ["person_id", "answered"])
    op.create_table(
        "feedback_answer",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("subject_id", sa.Integer(), nullable=False),
        sa.Column("relation", sa.String(16), nullable=False),
        sa.Column("rater_id", sa.Integer()),
        sa.Column("answers", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_feedback_answer"),
        sa.UniqueConstraint("rater_id", name="uq_feedback_answer_rater_id"),
        _key("feedback_answer", "subject_id", "feedback_subject"),
        sa.ForeignKeyConstraint(
            ["rater_id", "subject_id", "relation"],
            ["feedback_rater.id", "feedback_rater.subject_id", "feedback_rater.relation"],
            name="fk_feedback_answer_rater",
        ),
        _check("feedback_answer", "relation_known", GROUPS),
        _check("feedback_answer", "named_only", "(relation IN ('self', 'manager')) = (rater_id IS NOT NULL)"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_feedback_answer_subject_id", "feedback_answer", ["subject_id"])


def upgrade():
    _questionnaires()
    _cycles()
    _raters()


def downgrade():
    for table in TABLES:
        op.drop_table(table)
