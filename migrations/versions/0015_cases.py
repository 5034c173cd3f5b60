"""Cases: drafts, versions, documents, dismissed flags, modules, work, answers, discussion, lessons, scores."""

import sqlalchemy as sa
from alembic import op

from lms.db import UtcDateTime

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

TABLES = (
    "deal_case_score",
    "deal_case_lesson",
    "deal_case_comment",
    "deal_case_answer",
    "deal_case_work",
    "deal_case_module",
    "deal_case_dismissal",
    "deal_case_file",
    "deal_case_version",
    "deal_case",
)


def _key(table, column, target):
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=f"fk_{table}_{column}_{target}")


def _check(table, name, rule):
    return sa.CheckConstraint(rule, name=op.f(f"ck_{table}_{name}"))


def _id(table):
    return sa.Column("id", sa.Integer(), nullable=False), sa.PrimaryKeyConstraint("id", name=f"pk_{table}")


def _library():
    op.create_table(
        "deal_case",
        *_id("deal_case"),
        sa.Column("code", sa.String(64), nullable=False),
        sa.Column("title", sa.JSON(), nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("rubric_id", sa.Integer()),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("real_deal", sa.Boolean(), nullable=False),
        sa.Column("watch", sa.JSON(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("proposed_by_id", sa.Integer()),
        sa.Column("owner_id", sa.Integer()),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("edited_at", UtcDateTime(), nullable=False),
        sa.UniqueConstraint("code", name="uq_deal_case_code"),
        _key("deal_case", "rubric_id", "rubric"),
        _key("deal_case", "proposed_by_id", "person"),
        _key("deal_case", "owner_id", "person"),
        _check("deal_case", "status_known", "status IN ('proposed', 'declined', 'draft', 'published', 'retired')"),
        _check("deal_case", "published_has_version", "status NOT IN ('published', 'retired') OR version > 0"),
        _check("deal_case", "proposal_is_real", "proposed_by_id IS NULL OR real_deal"),
    )
    for column in ("status", "rubric_id", "proposed_by_id", "owner_id"):
        op.create_index(f"ix_deal_case_{column}", "deal_case", [column])
    table = "deal_case_version"
    op.create_table(
        table,
        *_id(table),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("title", sa.JSON(), nullable=False),
        sa.Column("stage", sa.String(16), nullable=False),
        sa.Column("industry", sa.String(32), nullable=False),
        sa.Column("ending", sa.String(8), nullable=False),
        sa.Column("rubric_version_id", sa.Integer()),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("published_at", UtcDateTime(), nullable=False),
        sa.Column("published_by_id", sa.Integer()),
        sa.UniqueConstraint("case_id", "number", name=f"uq_{table}_case_id_number"),
        _key(table, "case_id", "deal_case"),
        _key(table, "rubric_version_id", "rubric_version"),
        _key(table, "published_by_id", "person"),
        _check(table, "number_positive", "number > 0"),
        _check(
            table, "stage_known", "stage IN ('profile', 'leads', 'needs', 'objections', 'agreement', 'cash')"
        ),
        _check(table, "ending_known", "ending IN ('won', 'lost')"),
    )
    op.create_index(f"ix_{table}_rubric_version_id", table, ["rubric_version_id"])
    _around()


def _around():
    table = "deal_case_file"
    op.create_table(
        table,
        *_id(table),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("file_id", sa.Integer(), nullable=False),
        sa.Column("removed_at", UtcDateTime()),
        sa.UniqueConstraint("file_id", name=f"uq_{table}_file_id"),
        _key(table, "case_id", "deal_case"),
        _key(table, "file_id", "stored_file"),
    )
    op.create_index(f"ix_{table}_case_id", table, ["case_id"])
    table = "deal_case_dismissal"
    op.create_table(
        table,
        *_id(table),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("place", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("text", sa.String(255), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("by_id", sa.Integer()),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.UniqueConstraint("case_id", "place", "kind", "text", name=f"uq_{table}_case_id_place_kind_text"),
        _key(table, "case_id", "deal_case"),
        _key(table, "by_id", "person"),
    )
    table = "deal_case_module"
    op.create_table(
        table,
        sa.Column("module_id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer()),
        sa.Column("goal", sa.String(16), nullable=False),
        sa.PrimaryKeyConstraint("module_id", name=f"pk_{table}"),
        _key(table, "module_id", "module"),
        _key(table, "case_id", "deal_case"),
        _check(table, "goal_known", "goal IN ('answered', 'passed')"),
    )
    op.create_index(f"ix_{table}_case_id", table, ["case_id"])


def _work():
    table = "deal_case_work"
    op.create_table(
        table,
        *_id(table),
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("enrolment_id", sa.Integer()),
        sa.Column("module_id", sa.Integer()),
        sa.Column("course_id", sa.Integer()),
        sa.Column("team_id", sa.Integer()),
        sa.Column("goal", sa.String(16), nullable=False),
        sa.Column("alias", sa.String(16), nullable=False),
        sa.Column("started_at", UtcDateTime(), nullable=False),
        sa.Column("answered_at", UtcDateTime()),
        sa.UniqueConstraint("id", "person_id", name=f"uq_{table}_id_person_id"),
        sa.UniqueConstraint("enrolment_id", "module_id", name=f"uq_{table}_enrolment_id_module_id"),
        sa.UniqueConstraint("alias", name=f"uq_{table}_alias"),
        _key(table, "version_id", "deal_case_version"),
        _key(table, "person_id", "person"),
        _key(table, "enrolment_id", "enrolment"),
        _key(table, "module_id", "module"),
        _key(table, "course_id", "course"),
        _key(table, "team_id", "team"),
        _check(table, "module_with_enrolment", "(module_id IS NULL) = (enrolment_id IS NULL)"),
        _check(table, "course_with_enrolment", "(course_id IS NULL) = (enrolment_id IS NULL)"),
        _check(table, "one_group", "course_id IS NULL OR team_id IS NULL"),
    )
    for column in ("person_id", "module_id", "course_id", "team_id"):
        op.create_index(f"ix_{table}_{column}", table, [column])
    op.create_index("ix_deal_case_work_version_answered", table, ["version_id", "answered_at"])
    library = sa.text("enrolment_id IS NULL")
    op.create_index(
        "uq_deal_case_work_library",
        table,
        ["person_id", "version_id"],
        unique=True,
        sqlite_where=library,
        postgresql_where=library,
    )
    table = "deal_case_answer"
    op.create_table(
        table,
        *_id(table),
        sa.Column("work_id", sa.Integer(), nullable=False),
        sa.Column("question", sa.String(16), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("saved_at", UtcDateTime(), nullable=False),
        sa.Column("given_at", UtcDateTime()),
        sa.Column("revealed_at", UtcDateTime()),
        sa.UniqueConstraint("work_id", "question", name=f"uq_{table}_work_id_question"),
        _key(table, "work_id", "deal_case_work"),
        _check(table, "revealed_after_given", "revealed_at IS NULL OR given_at IS NOT NULL"),
        _check(table, "given_says_something", "given_at IS NULL OR text <> ''"),
    )


def _talk():
    table = "deal_case_comment"
    op.create_table(
        table,
        *_id(table),
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("question", sa.String(16), nullable=False),
        sa.Column("course_id", sa.Integer()),
        sa.Column("team_id", sa.Integer()),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("hidden_at", UtcDateTime()),
        sa.Column("hidden_why", sa.String(500)),
        sa.Column("hidden_by_id", sa.Integer()),
        _key(table, "version_id", "deal_case_version"),
        _key(table, "course_id", "course"),
        _key(table, "team_id", "team"),
        _key(table, "person_id", "person"),
        _key(table, "hidden_by_id", "person"),
        _check(table, "one_group", "(course_id IS NULL) <> (team_id IS NULL)"),
        _check(table, "hidden_with_reason", "(hidden_at IS NULL) = (hidden_why IS NULL)"),
    )
    op.create_index(f"ix_{table}_version_question", table, ["version_id", "question"])
    op.create_index(f"ix_{table}_person_id", table, ["person_id"])
    table = "deal_case_lesson"
    op.create_table(
        table,
        *_id(table),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("text", sa.JSON(), nullable=False),
        sa.Column("comment_id", sa.Integer()),
        sa.Column("by_id", sa.Integer()),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("removed_at", UtcDateTime()),
        _key(table, "case_id", "deal_case"),
        _key(table, "comment_id", "deal_case_comment"),
        _key(table, "by_id", "person"),
    )
    op.create_index(f"ix_{table}_case_id", table, ["case_id"])
    op.create_index(f"ix_{table}_comment_id", table, ["comment_id"])


def _scores():
    table = "deal_case_score"
    op.create_table(
        table,
        *_id(table),
        sa.Column("work_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("rater_id", sa.Integer(), nullable=False),
        sa.Column("rubric_version_id", sa.Integer(), nullable=False),
        sa.Column("points", sa.JSON(), nullable=False),
        sa.Column("total", sa.Double(), nullable=False),
        sa.Column("passed", sa.Boolean(), nullable=False),
        sa.Column("best", sa.Text(), nullable=False),
        sa.Column("change", sa.Text(), nullable=False),
        sa.Column("client_key", sa.String(64), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("supersedes_id", sa.Integer()),
        sa.UniqueConstraint("client_key", name=f"uq_{table}_client_key"),
        sa.UniqueConstraint("supersedes_id", name=f"uq_{table}_supersedes_id"),
        sa.ForeignKeyConstraint(
            ["work_id", "person_id"], ["deal_case_work.id", "deal_case_work.person_id"], name=f"fk_{table}_work"
        ),
        _key(table, "rater_id", "person"),
        _key(table, "rubric_version_id", "rubric_version"),
        _key(table, "supersedes_id", table),
        _check(table, "not_ones_own", "rater_id <> person_id"),
        _check(table, "total_is_share", "total BETWEEN 0 AND 1"),
    )
    op.create_index(f"ix_{table}_work_id", table, ["work_id"])
    op.create_index(f"ix_{table}_rater_id", table, ["rater_id"])
    first = sa.text("supersedes_id IS NULL")
    op.create_index(
        "uq_deal_case_score_first",
        table,
        ["work_id", "rater_id"],
        unique=True,
        sqlite_where=first,
        postgresql_where=first,
    )


def upgrade():
    _library()
    _work()
    _talk()
    _scores()


def downgrade():
    for table in TABLES:
        op.drop_table(table)
