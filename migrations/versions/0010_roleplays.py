"""Role-plays: scenarios and rubrics with their versions, performances and recordings, ratings, results."""

import sqlalchemy as sa
from alembic import op

from lms.db import UtcDateTime

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def _key(table, column, target):
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=f"fk_{table}_{column}_{target}")


def _check(table, name, rule):
    return sa.CheckConstraint(rule, name=op.f(f"ck_{table}_{name}"))


def _scenarios():
    op.create_table(
        "rubric",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("title", sa.JSON(), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("edited_at", UtcDateTime(), nullable=False),
        sa.Column("created_by_id", sa.Integer()),
        sa.PrimaryKeyConstraint("id", name="pk_rubric"),
        _key("rubric", "created_by_id", "person"),
    )
    op.create_table(
        "rubric_version",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("rubric_id", sa.Integer(), nullable=False),
        sa.Column("content_hash", sa.String(64), nullable=False),
        sa.Column("title", sa.JSON(), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("frozen_at", UtcDateTime(), nullable=False),
        sa.Column("frozen_by_id", sa.Integer()),
        sa.PrimaryKeyConstraint("id", name="pk_rubric_version"),
        sa.UniqueConstraint("content_hash", name="uq_rubric_version_content_hash"),
        _key("rubric_version", "frozen_by_id", "person"),
        _key("rubric_version", "rubric_id", "rubric"),
    )
    op.create_index("ix_rubric_version_rubric_id", "rubric_version", ["rubric_id"])
    op.create_table(
        "scenario",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(64), nullable=False),
        sa.Column("title", sa.JSON(), nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("rubric_id", sa.Integer()),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("owner_id", sa.Integer()),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("edited_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_scenario"),
        sa.UniqueConstraint("code", name="uq_scenario_code"),
        _key("scenario", "owner_id", "person"),
        _key("scenario", "rubric_id", "rubric"),
        _check("scenario", "published_has_version", "status = 'draft' OR version > 0"),
        _check("scenario", "status_known", "status IN ('draft', 'published', 'retired')"),
    )
    op.create_index("ix_scenario_owner_id", "scenario", ["owner_id"])
    op.create_index("ix_scenario_rubric_id", "scenario", ["rubric_id"])
    op.create_index("ix_scenario_status", "scenario", ["status"])
    op.create_table(
        "scenario_version",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("scenario_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("title", sa.JSON(), nullable=False),
        sa.Column("stage", sa.String(16), nullable=False),
        sa.Column("industry", sa.String(32), nullable=False),
        sa.Column("difficulty", sa.Integer(), nullable=False),
        sa.Column("rubric_version_id", sa.Integer(), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("published_at", UtcDateTime(), nullable=False),
        sa.Column("published_by_id", sa.Integer()),
        sa.PrimaryKeyConstraint("id", name="pk_scenario_version"),
        sa.UniqueConstraint("scenario_id", "number", name="uq_scenario_version_scenario_id_number"),
        _key("scenario_version", "published_by_id", "person"),
        _key("scenario_version", "rubric_version_id", "rubric_version"),
        _key("scenario_version", "scenario_id", "scenario"),
        _check("scenario_version", "difficulty_range", "difficulty BETWEEN 1 AND 3"),
        _check("scenario_version", "number_positive", "number > 0"),
        _check("scenario_version", "stage_known", "stage IN ('profile', 'leads', 'needs', 'objections', 'agreement', 'cash')"),
    )
    op.create_index("ix_scenario_version_rubric_version_id", "scenario_version", ["rubric_version_id"])
    op.create_table(
        "role_play",
        sa.Column("module_id", sa.Integer(), nullable=False),
        sa.Column("scenario_id", sa.Integer()),
        sa.Column("attempts", sa.Integer()),
        sa.PrimaryKeyConstraint("module_id", name="pk_role_play"),
        _key("role_play", "module_id", "module"),
        _key("role_play", "scenario_id", "scenario"),
        _check("role_play", "attempts_positive", "attempts IS NULL OR attempts > 0"),
    )
    op.create_index("ix_role_play_scenario_id", "role_play", ["scenario_id"])


def _plays():
    op.create_table(
        "play",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("scenario_id", sa.Integer(), nullable=False),
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("enrolment_id", sa.Integer()),
        sa.Column("module_id", sa.Integer()),
        sa.Column("way", sa.String(16), nullable=False),
        sa.Column("part", sa.String(8)),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("takes", sa.Integer(), nullable=False),
        sa.Column("started_at", UtcDateTime(), nullable=False),
        sa.Column("submitted_at", UtcDateTime()),
        sa.Column("abandoned_at", UtcDateTime()),
        sa.Column("consent_at", UtcDateTime()),
        sa.Column("consent_hash", sa.String(64)),
        sa.Column("for_calibration", sa.Boolean(), nullable=False),
        sa.Column("consent_ended_at", UtcDateTime()),
        sa.Column("delete_after", sa.Date()),
        sa.Column("observer_id", sa.Integer()),
        sa.Column("together", sa.String(32)),
        sa.PrimaryKeyConstraint("id", name="pk_play"),
        sa.UniqueConstraint("id", "person_id", name="uq_play_id_person_id"),
        sa.UniqueConstraint("person_id", "scenario_id", "number", name="uq_play_person_id_scenario_id_number"),
        _key("play", "enrolment_id", "enrolment"),
        _key("play", "module_id", "module"),
        _key("play", "observer_id", "person"),
        _key("play", "person_id", "person"),
        _key("play", "scenario_id", "scenario"),
        _key("play", "version_id", "scenario_version"),
        _check("play", "module_with_enrolment", "(module_id IS NULL) = (enrolment_id IS NULL)"),
        _check("play", "numbers_positive", "number > 0 AND takes > 0"),
        _check("play", "recorded_with_consent", "way = 'live' OR consent_at IS NOT NULL"),
        _check("play", "way_known", "way IN ('recorded', 'live')"),
    )
    op.create_index("ix_play_delete_after", "play", ["delete_after"])
    op.create_index("ix_play_enrolment_id", "play", ["enrolment_id"])
    op.create_index("ix_play_module_id", "play", ["module_id"])
    op.create_index("ix_play_person_id", "play", ["person_id"])
    op.create_index("ix_play_together", "play", ["together"])
    op.create_index("ix_play_version_submitted", "play", ["version_id", "submitted_at"])
    op.create_index(
        "uq_play_open",
        "play",
        ["person_id", "scenario_id"],
        unique=True,
        sqlite_where=sa.text("submitted_at IS NULL AND abandoned_at IS NULL"),
        postgresql_where=sa.text("submitted_at IS NULL AND abandoned_at IS NULL"),
    )
    op.create_table(
        "recording",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("play_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("received", sa.BigInteger(), nullable=False),
        sa.Column("media_type", sa.String(100)),
        sa.Column("sha256", sa.String(64)),
        sa.Column("started_at", UtcDateTime(), nullable=False),
        sa.Column("finished_at", UtcDateTime()),
        sa.Column("sent_at", UtcDateTime()),
        sa.Column("erased_at", UtcDateTime()),
        sa.PrimaryKeyConstraint("id", name="pk_recording"),
        sa.UniqueConstraint("play_id", "number", name="uq_recording_play_id_number"),
        _key("recording", "play_id", "play"),
        _check("recording", "finished_is_whole", "finished_at IS NULL OR received = size"),
        _check("recording", "received_within_size", "size > 0 AND received BETWEEN 0 AND size"),
        _check("recording", "sent_is_finished", "sent_at IS NULL OR finished_at IS NOT NULL"),
    )
    op.create_index(
        "uq_recording_sent",
        "recording",
        ["play_id"],
        unique=True,
        sqlite_where=sa.text("sent_at IS NOT NULL"),
        postgresql_where=sa.text("sent_at IS NOT NULL"),
    )
    op.create_table(
        "recording_piece",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("recording_id", sa.Integer(), nullable=False),
        sa.Column("start", sa.BigInteger(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_recording_piece"),
        sa.UniqueConstraint("key", name="uq_recording_piece_key"),
        sa.UniqueConstraint("recording_id", "start", name="uq_recording_piece_recording_id_start"),
        _key("recording_piece", "recording_id", "recording"),
        _check("recording_piece", "place_possible", "start >= 0 AND size > 0"),
    )


def _ratings():
    op.create_table(
        "rating_task",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("play_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("rater_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(16), nullable=False),
        sa.Column("assigned_at", UtcDateTime(), nullable=False),
        sa.Column("closed_at", UtcDateTime()),
        sa.PrimaryKeyConstraint("id", name="pk_rating_task"),
        sa.UniqueConstraint("id", "rater_id", name="uq_rating_task_id_rater_id"),
        sa.UniqueConstraint("play_id", "rater_id", name="uq_rating_task_play_id_rater_id"),
        sa.ForeignKeyConstraint(["play_id", "person_id"], ["play.id", "play.person_id"], name="fk_rating_task_play"),
        _key("rating_task", "rater_id", "person"),
        _check("rating_task", "not_ones_own", "rater_id <> person_id"),
        _check("rating_task", "reason_known", "reason IN ('rule', 'doubled', 'third', 'anchor', 'observer', 'objection')"),
    )
    op.create_index("ix_rating_task_rater_id", "rating_task", ["rater_id", "closed_at"])
    op.create_table(
        "rating",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("task_id", sa.Integer(), nullable=False),
        sa.Column("rater_id", sa.Integer(), nullable=False),
        sa.Column("play_id", sa.Integer(), nullable=False),
        sa.Column("rubric_version_id", sa.Integer(), nullable=False),
        sa.Column("points", sa.JSON(), nullable=False),
        sa.Column("total", sa.Double(), nullable=False),
        sa.Column("passed", sa.Boolean(), nullable=False),
        sa.Column("best", sa.Text(), nullable=False),
        sa.Column("change", sa.Text(), nullable=False),
        sa.Column("client_key", sa.String(64), nullable=False),
        sa.Column("given_at", UtcDateTime(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_rating"),
        sa.UniqueConstraint("client_key", name="uq_rating_client_key"),
        sa.UniqueConstraint("task_id", name="uq_rating_task_id"),
        _key("rating", "play_id", "play"),
        _key("rating", "rubric_version_id", "rubric_version"),
        sa.ForeignKeyConstraint(["task_id", "rater_id"], ["rating_task.id", "rating_task.rater_id"], name="fk_rating_task"),
    )
    op.create_index("ix_rating_play_id", "rating", ["play_id"])
    op.create_index("ix_rating_rubric_version_id", "rating", ["rubric_version_id", "id"])
    op.create_table(
        "rating_comment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("task_id", sa.Integer(), nullable=False),
        sa.Column("second", sa.Double(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("removed_at", UtcDateTime()),
        sa.PrimaryKeyConstraint("id", name="pk_rating_comment"),
        _key("rating_comment", "task_id", "rating_task"),
        _check("rating_comment", "second_not_negative", "second >= 0"),
    )
    op.create_index("ix_rating_comment_task_id", "rating_comment", ["task_id"])


def _results():
    op.create_table(
        "play_result",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("play_id", sa.Integer(), nullable=False),
        sa.Column("rubric_hash", sa.String(64), nullable=False),
        sa.Column("score", sa.Double(), nullable=False),
        sa.Column("exact", sa.String(64), nullable=False),
        sa.Column("passed", sa.Boolean(), nullable=False),
        sa.Column("blocked_by", sa.JSON(), nullable=False),
        sa.Column("criteria", sa.JSON(), nullable=False),
        sa.Column("ratings", sa.JSON(), nullable=False),
        sa.Column("disputed", sa.Boolean(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("supersedes_id", sa.Integer()),
        sa.PrimaryKeyConstraint("id", name="pk_play_result"),
        sa.UniqueConstraint("supersedes_id", name="uq_play_result_supersedes_id"),
        _key("play_result", "play_id", "play"),
        _key("play_result", "supersedes_id", "play_result"),
        _check("play_result", "score_is_share", "score BETWEEN 0 AND 1"),
    )
    op.create_index("ix_play_result_play_id", "play_result", ["play_id"])
    op.create_index(
        "uq_play_result_first",
        "play_result",
        ["play_id"],
        unique=True,
        sqlite_where=sa.text("supersedes_id IS NULL"),
        postgresql_where=sa.text("supersedes_id IS NULL"),
    )
    op.create_table(
        "objection",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("result_id", sa.Integer(), nullable=False),
        sa.Column("play_id", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_objection"),
        sa.UniqueConstraint("result_id", name="uq_objection_result_id"),
        _key("objection", "play_id", "play"),
        _key("objection", "result_id", "play_result"),
    )
    op.create_index("ix_objection_play_id", "objection", ["play_id"])
    op.create_table(
        "objection_answer",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("objection_id", sa.Integer(), nullable=False),
        sa.Column("decision", sa.String(16), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("by_id", sa.Integer()),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_objection_answer"),
        sa.UniqueConstraint("objection_id", name="uq_objection_answer_objection_id"),
        _key("objection_answer", "by_id", "person"),
        _key("objection_answer", "objection_id", "objection"),
        _check("objection_answer", "decision_known", "decision IN ('rerate', 'stands')"),
    )
    op.create_table(
        "anchor",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("play_id", sa.Integer(), nullable=False),
        sa.Column("points", sa.JSON(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("by_id", sa.Integer()),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("ended_at", UtcDateTime()),
        sa.PrimaryKeyConstraint("id", name="pk_anchor"),
        sa.UniqueConstraint("play_id", name="uq_anchor_play_id"),
        _key("anchor", "by_id", "person"),
        _key("anchor", "play_id", "play"),
    )


def upgrade():
    _scenarios()
    _plays()
    _ratings()
    _results()


def downgrade():
    for table in (
        "anchor",
        "objection_answer",
        "objection",
        "play_result",
        "rating_comment",
        "rating",
        "rating_task",
        "recording_piece",
        "recording",
        "play",
        "role_play",
        "scenario_version",
        "scenario",
        "rubric_version",
        "rubric",
    ):
        op.drop_table(table)
