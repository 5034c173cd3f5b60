"""Courses: drafts and versions, modules, enrolments, outcomes, completions, certificates, the search."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import TSVECTOR

from lms.db import UtcDateTime

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def _key(table, column, target):
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=f"fk_{table}_{column}_{target}")


def _course():
    op.create_table(
        "course",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(64), nullable=False),
        sa.Column("title", sa.JSON(), nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("area", sa.String(16), nullable=False),
        sa.Column("background", sa.JSON(), nullable=False),
        sa.Column("benefits", sa.JSON(), nullable=False),
        sa.Column("features", sa.JSON(), nullable=False),
        sa.Column("audience", sa.JSON(), nullable=False),
        sa.Column("duration", sa.JSON(), nullable=False),
        sa.Column("outline", sa.JSON(), nullable=False),
        sa.Column("competencies", sa.JSON(), nullable=False),
        sa.Column("at_least", sa.Integer()),
        sa.Column("valid_months", sa.Integer()),
        sa.Column("owner_id", sa.Integer()),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("edited_at", UtcDateTime(), nullable=False),
        sa.Column("review_note", sa.Text()),
        sa.PrimaryKeyConstraint("id", name="pk_course"),
        sa.UniqueConstraint("code", name="uq_course_code"),
        _key("course", "owner_id", "person"),
        sa.CheckConstraint("status IN ('draft', 'review', 'published', 'retired')", name=op.f("ck_course_status_known")),
        sa.CheckConstraint("area IN ('skills', 'product', 'industry')", name=op.f("ck_course_area_known")),
        sa.CheckConstraint(
            "status NOT IN ('published', 'retired') OR version > 0", name=op.f("ck_course_published_has_version")
        ),
        sa.CheckConstraint("at_least IS NULL OR at_least > 0", name=op.f("ck_course_at_least_positive")),
        sa.CheckConstraint("valid_months IS NULL OR valid_months > 0", name=op.f("ck_course_valid_months_positive")),
    )
    op.create_index("ix_course_status", "course", ["status"])
    op.create_index("ix_course_owner_id", "course", ["owner_id"])


def _versions():
    op.create_table(
        "completion_rule",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("course_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("rule", sa.JSON(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("created_by_id", sa.Integer()),
        sa.PrimaryKeyConstraint("id", name="pk_completion_rule"),
        sa.UniqueConstraint("course_id", "number", name="uq_completion_rule_course_id_number"),
        _key("completion_rule", "course_id", "course"),
        _key("completion_rule", "created_by_id", "person"),
    )
    op.create_table(
        "course_version",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("course_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("title", sa.JSON(), nullable=False),
        sa.Column("area", sa.String(16), nullable=False),
        sa.Column("snapshot", sa.JSON(), nullable=False),
        sa.Column("rule_id", sa.Integer(), nullable=False),
        sa.Column("valid_months", sa.Integer()),
        sa.Column("published_at", UtcDateTime(), nullable=False),
        sa.Column("published_by_id", sa.Integer()),
        sa.PrimaryKeyConstraint("id", name="pk_course_version"),
        sa.UniqueConstraint("course_id", "number", name="uq_course_version_course_id_number"),
        _key("course_version", "course_id", "course"),
        _key("course_version", "rule_id", "completion_rule"),
        _key("course_version", "published_by_id", "person"),
        sa.CheckConstraint("number > 0", name=op.f("ck_course_version_number_positive")),
    )
    op.create_index("ix_course_version_area", "course_version", ["area"])


def _modules():
    op.create_table(
        "module",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("course_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("title", sa.JSON(), nullable=False),
        sa.Column("required", sa.Boolean(), nullable=False),
        sa.Column("need", sa.String(16), nullable=False),
        sa.Column("minimum", sa.Double()),
        sa.Column("minutes", sa.Integer()),
        sa.Column("settings", sa.JSON(), nullable=False),
        sa.Column("removed_at", UtcDateTime()),
        sa.PrimaryKeyConstraint("id", name="pk_module"),
        _key("module", "course_id", "course"),
        sa.CheckConstraint("need IN ('done', 'passed', 'score')", name=op.f("ck_module_need_known")),
        sa.CheckConstraint(
            "(need = 'score' AND minimum BETWEEN 0 AND 1) OR (need <> 'score' AND minimum IS NULL)",
            name=op.f("ck_module_minimum_with_score"),
        ),
    )
    op.create_index("ix_module_course_id_position", "module", ["course_id", "position"])
    op.create_table(
        "module_version",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("course_version_id", sa.Integer(), nullable=False),
        sa.Column("module_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("title", sa.JSON(), nullable=False),
        sa.Column("required", sa.Boolean(), nullable=False),
        sa.Column("minutes", sa.Integer()),
        sa.Column("settings", sa.JSON(), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_module_version"),
        sa.UniqueConstraint(
            "course_version_id", "module_id", name="uq_module_version_course_version_id_module_id"
        ),
        _key("module_version", "course_version_id", "course_version"),
        _key("module_version", "module_id", "module"),
    )
    op.create_index("ix_module_version_module_id", "module_version", ["module_id"])
    op.create_table(
        "lesson_content",
        sa.Column("module_id", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("module_id", name="pk_lesson_content"),
        _key("lesson_content", "module_id", "module"),
    )
    op.create_table(
        "course_file",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("course_id", sa.Integer(), nullable=False),
        sa.Column("file_id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_course_file"),
        sa.UniqueConstraint("file_id", name="uq_course_file_file_id"),
        _key("course_file", "course_id", "course"),
        _key("course_file", "file_id", "stored_file"),
    )
    op.create_index("ix_course_file_course_id", "course_file", ["course_id"])


def _learning():
    op.create_table(
        "enrolment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("course_id", sa.Integer(), nullable=False),
        sa.Column("version_id", sa.Integer()),
        sa.Column("cycle", sa.Integer(), nullable=False),
        sa.Column("enrolled_at", UtcDateTime(), nullable=False),
        sa.Column("started_on", sa.Date()),
        sa.Column("due_on", sa.Date()),
        sa.Column("chosen", sa.String(16), nullable=False),
        sa.Column("reason", sa.String(500), nullable=False),
        sa.Column("chosen_by_id", sa.Integer()),
        sa.Column("source", sa.String(16), nullable=False),
        sa.Column("import_batch_id", sa.Integer()),
        sa.Column("withdrawn_at", UtcDateTime()),
        sa.PrimaryKeyConstraint("id", name="pk_enrolment"),
        sa.UniqueConstraint("person_id", "course_id", "cycle", name="uq_enrolment_person_id_course_id_cycle"),
        _key("enrolment", "person_id", "person"),
        _key("enrolment", "course_id", "course"),
        _key("enrolment", "version_id", "course_version"),
        _key("enrolment", "chosen_by_id", "person"),
        sa.CheckConstraint(
            "chosen IN ('random', 'waves', 'low_kpi', 'volunteers', 'teams', 'everyone', 'unknown')",
            name=op.f("ck_enrolment_chosen_known"),
        ),
        sa.CheckConstraint("source IN ('internal', 'imported')", name=op.f("ck_enrolment_source_known")),
        sa.CheckConstraint("cycle > 0", name=op.f("ck_enrolment_cycle_positive")),
        sa.CheckConstraint(
            "source = 'imported' OR version_id IS NOT NULL", name=op.f("ck_enrolment_internal_has_version")
        ),
    )
    op.create_index("ix_enrolment_course_id_id", "enrolment", ["course_id", "id"])
    op.create_index("ix_enrolment_version_id", "enrolment", ["version_id"])
    op.create_index("ix_enrolment_due_on", "enrolment", ["due_on"])
    op.create_index("ix_enrolment_import_batch_id", "enrolment", ["import_batch_id"])
    op.create_table(
        "module_outcome",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("enrolment_id", sa.Integer(), nullable=False),
        sa.Column("module_id", sa.Integer(), nullable=False),
        sa.Column("passed", sa.Boolean(), nullable=False),
        sa.Column("score", sa.Double()),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("source", sa.String(64), nullable=False),
        sa.Column("recorded_at", UtcDateTime(), nullable=False),
        sa.Column("recorded_by_id", sa.Integer()),
        sa.PrimaryKeyConstraint("id", name="pk_module_outcome"),
        _key("module_outcome", "enrolment_id", "enrolment"),
        _key("module_outcome", "module_id", "module"),
        _key("module_outcome", "recorded_by_id", "person"),
        sa.CheckConstraint("score IS NULL OR score BETWEEN 0 AND 1", name=op.f("ck_module_outcome_score_is_share")),
    )
    op.create_index("ix_module_outcome_enrolment_id_module_id", "module_outcome", ["enrolment_id", "module_id"])
    op.create_index("ix_module_outcome_module_id", "module_outcome", ["module_id"])


def _completions():
    op.create_table(
        "completion",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("enrolment_id", sa.Integer(), nullable=False),
        sa.Column("completed_on", sa.Date(), nullable=False),
        sa.Column("rule_id", sa.Integer()),
        sa.Column("evidence", sa.JSON(), nullable=False),
        sa.Column("recorded_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_completion"),
        sa.UniqueConstraint("enrolment_id", name="uq_completion_enrolment_id"),
        _key("completion", "enrolment_id", "enrolment"),
        _key("completion", "rule_id", "completion_rule"),
    )
    op.create_index("ix_completion_completed_on", "completion", ["completed_on"])
    op.create_table(
        "completion_review",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("completion_id", sa.Integer(), nullable=False),
        sa.Column("stands", sa.Boolean(), nullable=False),
        sa.Column("why", sa.String(64), nullable=False),
        sa.Column("evidence", sa.JSON(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("by_id", sa.Integer()),
        sa.PrimaryKeyConstraint("id", name="pk_completion_review"),
        _key("completion_review", "completion_id", "completion"),
        _key("completion_review", "by_id", "person"),
    )
    op.create_index("ix_completion_review_completion_id", "completion_review", ["completion_id"])
    op.create_table(
        "certificate",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(32), nullable=False),
        sa.Column("completion_id", sa.Integer(), nullable=False),
        sa.Column("values", sa.JSON(), nullable=False),
        sa.Column("issued_at", UtcDateTime(), nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=False),
        sa.Column("expires_on", sa.Date()),
        sa.Column("revoked_at", UtcDateTime()),
        sa.Column("revoked_reason", sa.String(500)),
        sa.Column("revoked_by_id", sa.Integer()),
        sa.Column("pdf_sha256", sa.String(64)),
        sa.Column("file_id", sa.Integer()),
        sa.PrimaryKeyConstraint("id", name="pk_certificate"),
        sa.UniqueConstraint("code", name="uq_certificate_code"),
        _key("certificate", "completion_id", "completion"),
        _key("certificate", "revoked_by_id", "person"),
        _key("certificate", "file_id", "stored_file"),
        sa.CheckConstraint(
            "(revoked_at IS NULL) = (revoked_reason IS NULL)", name=op.f("ck_certificate_revoked_with_reason")
        ),
        sa.CheckConstraint("(pdf_sha256 IS NULL) = (file_id IS NULL)", name=op.f("ck_certificate_hash_with_file")),
    )
    op.create_index("ix_certificate_completion_id", "certificate", ["completion_id"])
    op.create_index("ix_certificate_expires_on", "certificate", ["expires_on"])
    in_force = sa.text("revoked_at IS NULL")
    op.create_index(
        "uq_certificate_in_force",
        "certificate",
        ["completion_id"],
        unique=True,
        sqlite_where=in_force,
        postgresql_where=in_force,
    )


def _search():
    op.create_table(
        "course_search",
        sa.Column("course_id", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("words", sa.Text().with_variant(TSVECTOR(), "postgresql"), nullable=False),
        sa.PrimaryKeyConstraint("course_id", name="pk_course_search"),
        _key("course_search", "course_id", "course"),
    )
    op.create_index("ix_course_search_words", "course_search", ["words"], postgresql_using="gin")
    if op.get_bind().dialect.name == "sqlite":
        op.execute("CREATE VIRTUAL TABLE course_fts USING fts5(title, body, tokenize = 'unicode61')")


def upgrade():
    _course()
    _versions()
    _modules()
    _learning()
    _completions()
    _search()


def downgrade():
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TABLE course_fts")
    for table in (
        "course_search",
        "certificate",
        "completion_review",
        "completion",
        "module_outcome",
        "enrolment",
        "course_file",
        "lesson_content",
        "module_version",
        "module",
        "course_version",
        "completion_rule",
        "course",
    ):
        op.drop_table(table)
