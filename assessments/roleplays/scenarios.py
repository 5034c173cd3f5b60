"""What trainers do with scenarios: write, publish as a version with its frozen rubric, retire, put into a course."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select

from assessments.roleplays import rubrics, scenario
from assessments.roleplays.dialogues import authoring as dialogues
from assessments.roleplays.models import RolePlay, Rubric, Scenario, ScenarioVersion
from courses import authoring
from courses import policies as course_policies
from lms import audit, codes
from lms.authz import Actor, Permission, require
from lms.db import LocalText, db
from lms.errors import Refused, Unknown
from lms.i18n import with_language


def create(actor: Actor, code: str, title: LocalText, *, now: datetime) -> Scenario:
    """An empty draft. :raises Refused: ``scenario_code_taken``."""
    require(actor, Permission.ROLEPLAY_AUTHOR)
    codes.check_free(Scenario.code, code, "scenario_code_taken")
    row = Scenario(
        code=code,
        title=title,
        status="draft",
        version=0,
        content=dict(scenario.EMPTY),
        owner_id=actor.person_id,
        created_at=now,
        edited_at=now,
    )
    db.session.add(row)
    db.session.flush()
    audit.record(actor, "scenario.create", "scenario", row.id, code=code)
    return row


def authored(actor: Actor, scenario_id: int) -> Scenario:
    """A scenario for its trainers: they share the library. :raises Unknown: otherwise."""
    require(actor, Permission.ROLEPLAY_AUTHOR)
    row = db.session.get(Scenario, scenario_id)
    if row is None:
        raise Unknown()
    return row


def edit(
    actor: Actor,
    scenario_id: int,
    language: str,
    title: str,
    texts: Mapping[str, str],
    parts: Mapping[str, str],
    settings: Mapping[str, Any],
    rubric_id: int | None,
    *,
    now: datetime,
) -> Scenario:
    """Texts and parts in one language; settings and rubric for all. What was published stays as it was.

    :raises Refused: ``scenario_setting``.
    """
    row = authored(actor, scenario_id)
    content = {**row.content, **settings}
    for name in (*scenario.TEXTS, scenario.HIDDEN):
        if name in texts:
            content[name] = with_language(row.content[name], language, texts[name])
    content["parts"] = {
        part: said
        for part in scenario.PARTS
        if any((said := with_language(row.content["parts"].get(part, {}), language, parts.get(part, ""))).values())
    }
    wrong = scenario.problem_of(content)
    if wrong is not None:
        raise Refused("scenario_setting", field=wrong)
    row.title = with_language(row.title, language, title)
    row.content = content
    row.rubric_id = rubrics.authored(actor, rubric_id).id if rubric_id else None
    row.edited_at = now
    db.session.flush()
    audit.record(actor, "scenario.edit", "scenario", row.id)
    return row


def load(
    actor: Actor, code: str, title: LocalText, content: Mapping[str, Any], rubric: Rubric, *, now: datetime
) -> Scenario:
    """A scenario from its content as a whole. :raises Refused: as :func:`create`, ``scenario_setting``."""
    row = create(actor, code, title, now=now)
    row.content = {**scenario.EMPTY, **content}
    if scenario.problem_of(row.content) is not None:
        raise Refused("scenario_setting", field=scenario.problem_of(row.content))
    row.rubric_id = rubric.id
    db.session.flush()
    return row


def lacking(row: Scenario) -> list[str]:
    """What keeps it from being published: names of :func:`scenario.missing`, ``rubric``."""
    return [
        *scenario.missing(row.content),
        *(["rubric"] if rubrics.problem_of(row.rubric) else []),
    ]


def publish(actor: Actor, scenario_id: int, *, now: datetime) -> ScenarioVersion:
    """Freeze scenario and rubric as the next version; performances begun keep theirs. Without a change the open version
    stays the open one.

    :raises Refused: ``scenario_incomplete``.
    """
    row = authored(actor, scenario_id)
    missing = lacking(row)
    if missing or row.rubric is None:
        raise Refused("scenario_incomplete", missing=", ".join(missing))
    there = unchanged(row)
    if there is not None:
        return there
    frozen = rubrics.freeze(actor, row.rubric, now=now)
    row.version, row.status = row.version + 1, "published"
    version = ScenarioVersion(
        scenario_id=row.id,
        number=row.version,
        title=row.title,
        stage=row.content["stage"],
        industry=row.content["industry"],
        difficulty=row.content["difficulty"],
        rubric_version_id=frozen.id,
        content=row.content,
        published_at=now,
        published_by_id=actor.person_id,
    )
    db.session.add(version)
    db.session.flush()
    audit.record(actor, "scenario.publish", "scenario", row.id, version=row.version)
    return version


def unchanged(row: Scenario) -> ScenarioVersion | None:
    """The open version, if the draft and its rubric say the same."""
    there = current(row.id)
    if there is None or row.rubric is None or lacking(row):
        return None
    same = (there.content, there.title) == (row.content, row.title)
    return there if same and there.rubric.content_hash == rubrics.exact(row.rubric.title, row.rubric.content).content_hash else None


def retire(actor: Actor, scenario_id: int, *, now: datetime) -> Scenario:
    """Take it out of the catalogue; who has begun may finish, and publishing opens it again."""
    row = authored(actor, scenario_id)
    if row.status == "published":
        row.status, row.edited_at = "retired", now
        audit.record(actor, "scenario.retire", "scenario", row.id)
    db.session.flush()
    return row


def current(scenario_id: int) -> ScenarioVersion | None:
    """The version that is open for practice."""
    return db.session.scalar(
        select(ScenarioVersion)
        .join(Scenario, (Scenario.id == ScenarioVersion.scenario_id) & (Scenario.version == ScenarioVersion.number))
        .where(Scenario.id == scenario_id, Scenario.status == "published")
    )


def configure_module(
    actor: Actor,
    module_id: int,
    scenario_id: int | None,
    attempts: int | None,
    *,
    dialogue_id: int | None = None,
    now: datetime,
) -> RolePlay:
    """Choose the scenario, or the dialogue, of a course's module.

    :raises Refused: ``scenario_not_open``, ``dialogue_not_open``, ``scenario_or_dialogue``.
    """
    authoring.touched(actor, module_id, now=now)
    role_play = module_of(actor, module_id)
    if scenario_id is not None and current(scenario_id) is None:
        raise Refused("scenario_not_open", field="scenario")
    if dialogue_id is not None and dialogues.current(dialogue_id) is None:
        raise Refused("dialogue_not_open", field="dialogue")
    if scenario_id is not None and dialogue_id is not None:
        raise Refused("scenario_or_dialogue", field="dialogue")
    role_play.scenario_id, role_play.dialogue_id, role_play.attempts = scenario_id, dialogue_id, attempts
    db.session.flush()
    return role_play


def module_of(actor: Actor, module_id: int) -> RolePlay:
    """The role-play of a module of the draft, if the actor may edit its course. :raises Unknown: otherwise."""
    course_policies.authored_module(actor, module_id)
    role_play = db.session.get(RolePlay, module_id)
    if role_play is None:
        raise Unknown()
    return role_play
