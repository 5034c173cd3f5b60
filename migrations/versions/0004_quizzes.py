"""Quizzes: questions and their versions, quizzes, attempts, answers, grades."""

import sqlalchemy as sa
from alembic import op

from lms.db import UtcDateTime

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def _key(table, column, target):
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=f"fk_{table}_{column}_{target}")


def _check(table, name, rule):
    return sa.CheckConstraint(rule, name=op.f(f"ck_{table}_{name}"))


def _questions():
    op.create_table(
        "question",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("course_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("competency", sa.String(200), nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("created_by_id", sa.Integer()),
        sa.PrimaryKeyConstraint("id", name="pk_question"),
        _key("question", "course_id", "course"),
        _key("question", "created_by_id", "person"),
        _check(
            "question",
            "kind_known",
            "kind IN ('single', 'multiple', 'true_false', 'numeric', 'short_text')",
        ),
        _check("question", "status_known", "status IN ('active', 'retired')"),
    )
    op.create_index("ix_question_course_id", "question", ["course_id"])
    op.create_table(
        "question_version",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("question_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("mends_id", sa.Integer()),
        sa.Column("stem", sa.JSON(), nullable=False),
        sa.Column("options", sa.JSON(), nullable=False),
        sa.Column("unit", sa.String(40), nullable=False),
        sa.Column("key", sa.JSON(), nullable=False),
        sa.Column("feedback", sa.JSON(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("created_by_id", sa.Integer()),
        sa.PrimaryKeyConstraint("id", name="pk_question_version"),
        sa.UniqueConstraint("question_id", "number", name="uq_question_version_question_id_number"),
        _key("question_version", "question_id", "question"),
        _key("question_version", "mends_id", "question_version"),
        _key("question_version", "created_by_id", "person"),
    )
    op.create_index("ix_question_version_mends_id", "question_version", ["mends_id"])


def _quizzes():
    op.create_table(
        "quiz",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("module_id", sa.Integer(), nullable=False),
        sa.Column("pass_mark", sa.Integer(), nullable=False),
        sa.Column("attempts", sa.Integer()),
        sa.Column("wait_minutes", sa.Integer(), nullable=False),
        sa.Column("time_limit", sa.Integer()),
        sa.Column("shuffle", sa.Boolean(), nullable=False),
        sa.Column("review", sa.String(16), nullable=False),
        sa.Column("layout", sa.String(16), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_quiz"),
        sa.UniqueConstraint("module_id", name="uq_quiz_module_id"),
        _key("quiz", "module_id", "module"),
        _check("quiz", "pass_mark_percent", "pass_mark BETWEEN 0 AND 100"),
        _check("quiz", "attempts_positive", "attempts IS NULL OR attempts > 0"),
        _check("quiz", "wait_minutes_not_negative", "wait_minutes >= 0"),
        _check("quiz", "time_limit_positive", "time_limit IS NULL OR time_limit > 0"),
        _check("quiz", "review_known", "review IN ('score', 'marks', 'key_when_done', 'key')"),
        _check("quiz", "layout_known", "layout IN ('page', 'one')"),
    )
    op.create_table(
        "quiz_item",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("quiz_id", sa.Integer(), nullable=False),
        sa.Column("question_id", sa.Integer(), nullable=False),
        sa.Column("marks", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_quiz_item"),
        sa.UniqueConstraint("quiz_id", "question_id", name="uq_quiz_item_quiz_id_question_id"),
        _key("quiz_item", "quiz_id", "quiz"),
        _key("quiz_item", "question_id", "question"),
        _check("quiz_item", "marks_range", "marks BETWEEN 1 AND 100"),
    )
    op.create_index("ix_quiz_item_question_id", "quiz_item", ["question_id"])


def _attempts():
    op.create_table(
        "attempt",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("quiz_id", sa.Integer(), nullable=False),
        sa.Column("enrolment_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("module_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("allowed", sa.Integer()),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("started_at", UtcDateTime(), nullable=False),
        sa.Column("deadline_at", UtcDateTime()),
        sa.Column("ended_at", UtcDateTime()),
        sa.Column("frozen", sa.JSON(), nullable=False),
        sa.Column("marked", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_attempt"),
        sa.UniqueConstraint("quiz_id", "enrolment_id", "number", name="uq_attempt_quiz_id_enrolment_id_number"),
        _key("attempt", "quiz_id", "quiz"),
        _key("attempt", "enrolment_id", "enrolment"),
        _key("attempt", "person_id", "person"),
        _key("attempt", "module_id", "module"),
        _check("attempt", "state_known", "state IN ('open', 'submitted', 'expired')"),
        _check("attempt", "number_allowed", "number > 0 AND (allowed IS NULL OR number <= allowed)"),
        _check("attempt", "ended_unless_open", "(state = 'open') = (ended_at IS NULL)"),
    )
    for column in ("enrolment_id", "person_id", "module_id"):
        op.create_index(f"ix_attempt_{column}", "attempt", [column])
    op.create_index("ix_attempt_state_deadline_at", "attempt", ["state", "deadline_at"])
    is_open = sa.text("state = 'open'")
    op.create_index(
        "uq_attempt_open",
        "attempt",
        ["quiz_id", "enrolment_id"],
        unique=True,
        sqlite_where=is_open,
        postgresql_where=is_open,
    )
    op.create_table(
        "answer_save",
        sa.Column("attempt_id", sa.Integer(), nullable=False),
        sa.Column("question_id", sa.Integer(), nullable=False),
        sa.Column("answer", sa.JSON(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("given_at", UtcDateTime(), nullable=False),
        sa.Column("received_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("attempt_id", "question_id", name="pk_answer_save"),
        _key("answer_save", "attempt_id", "attempt"),
        _key("answer_save", "question_id", "question"),
        _check("answer_save", "sequence_positive", "sequence > 0"),
    )


def _grades():
    op.create_table(
        "grade_entry",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("attempt_id", sa.Integer(), nullable=False),
        sa.Column("marks", sa.JSON(), nullable=False),
        sa.Column("earned", sa.String(64), nullable=False),
        sa.Column("possible", sa.Integer(), nullable=False),
        sa.Column("score", sa.Double(), nullable=False),
        sa.Column("passed", sa.Boolean(), nullable=False),
        sa.Column("key_fingerprint", sa.String(64), nullable=False),
        sa.Column("grader", sa.String(32), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("by_id", sa.Integer()),
        sa.Column("supersedes_id", sa.Integer()),
        sa.PrimaryKeyConstraint("id", name="pk_grade_entry"),
        sa.UniqueConstraint("supersedes_id", name="uq_grade_entry_supersedes_id"),
        _key("grade_entry", "attempt_id", "attempt"),
        _key("grade_entry", "by_id", "person"),
        _key("grade_entry", "supersedes_id", "grade_entry"),
        _check("grade_entry", "score_is_share", "score BETWEEN 0 AND 1"),
    )
    op.create_index("ix_grade_entry_attempt_id", "grade_entry", ["attempt_id"])
    first = sa.text("supersedes_id IS NULL")
    op.create_index(
        "uq_grade_entry_first",
        "grade_entry",
        ["attempt_id"],
        unique=True,
        sqlite_where=first,
        postgresql_where=first,
    )


def upgrade():
    _questions()
    _quizzes()
    _attempts()
    _grades()


def downgrade():
    for table in (
        "grade_entry",
        "answer_save",
        "attempt",
        "quiz_item",
        "quiz",
        "question_version",
        "question",
    ):
        op.drop_table(table)
