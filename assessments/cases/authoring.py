"""What trainers do with cases: write them, publish them as a version, retire them, put them into a course."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select

from assessments.cases import anonymizing, documents, policies
from assessments.cases import case as rules
from assessments.cases.models import Case, CaseModule, CaseVersion, Goal, State
from assessments.roleplays import rubrics
from courses import authoring
from courses import policies as course_policies
from lms import audit, codes
from lms.authz import Actor, Permission, require
from lms.db import LocalText, db
from lms.errors import Refused, Unknown
from lms.i18n import with_language


def create(actor: Actor, code: str, title: LocalText, *, now: datetime) -> Case:
    """An empty draft. :raises Refused: ``case_code_taken``."""
    require(actor, Permission.CASE_AUTHOR)
    codes.check_free(Case.code, code, "case_code_taken")
    case = Case(
        code=code,
        title=title,
        status=State.DRAFT.value,
        version=0,
        content=dict(rules.EMPTY),
        real_deal=False,
        watch=[],
        note="",
        owner_id=actor.person_id,
        created_at=now,
        edited_at=now,
    )
    db.session.add(case)
    db.session.flush()
    audit.record(actor, "case.create", "case", case.id, code=code)
    return case


def edit(
    actor: Actor,
    case_id: int,
    language: str,
    title: str,
    texts: Mapping[str, str],
    settings: Mapping[str, Any],
    rubric_id: int | None,
    *,
    real_deal: bool,
    watch: Sequence[str] = (),
    now: datetime,
) -> Case:
    """Texts in one language; settings and rubric for all. What was published stays as it was.

    :raises Refused: ``case_setting``.
    """
    require(actor, Permission.CASE_AUTHOR)
    case = policies.authored_case(actor, case_id)
    case.title = with_language(case.title, language, title)
    said = {name: with_language(case.content[name], language, texts[name]) for name in rules.TEXTS}
    _write(actor, case, {**case.content, **settings, **said}, now)
    case.rubric_id = rubrics.authored(actor, rubric_id).id if rubric_id else None
    case.real_deal = real_deal or case.proposed_by_id is not None
    case.watch = list(watch)
    db.session.flush()
    return case


def _write(actor: Actor, case: Case, content: dict[str, Any], now: datetime) -> None:
    wrong = rules.problem_of(content)
    if wrong is not None:
        raise Refused("case_setting", field=wrong)
    case.content, case.edited_at = content, now
    db.session.flush()
    audit.record(actor, "case.edit", "case", case.id)


def put_question(
    actor: Actor, case_id: int, key: str | None, language: str, texts: Mapping[str, str], *, now: datetime
) -> str:
    """Add a question (``key`` None) or say it anew in one language; its key.

    :raises Refused: ``case_questions_full``, ``case_question_title``.
    """
    require(actor, Permission.CASE_AUTHOR)
    case = policies.authored_case(actor, case_id)
    questions = [dict(each) for each in case.content["questions"]]
    at = next((i for i, each in enumerate(questions) if each["key"] == key), None)
    if key is not None and at is None:
        raise Unknown()
    if at is None and len(questions) >= rules.MOST_QUESTIONS:
        raise Refused("case_questions_full", most=rules.MOST_QUESTIONS)
    if not texts["title"].strip():
        raise Refused("case_question_title", field="title")
    before: dict[str, Any] = questions[at] if at is not None else {"key": secrets.token_hex(4)}
    after = {"key": before["key"]} | {
        name: with_language(before.get(name, {}), language, texts[name]) for name in rules.QUESTION_TEXTS
    }
    questions[len(questions) if at is None else at : len(questions) if at is None else at + 1] = [after]
    _write(actor, case, {**case.content, "questions": questions}, now)
    return str(after["key"])


def change_question(actor: Actor, case_id: int, key: str, act: str, *, now: datetime) -> None:
    """Move a question one place (``up``, ``down``) or take it out (``remove``). :raises Unknown: for another one."""
    require(actor, Permission.CASE_AUTHOR)
    case = policies.authored_case(actor, case_id)
    questions = list(case.content["questions"])
    at = next((i for i, each in enumerate(questions) if each["key"] == key), None)
    if at is None or act not in ("up", "down", "remove"):
        raise Unknown()
    question = questions.pop(at)
    if act != "remove":
        questions.insert(max(at + (-1 if act == "up" else 1), 0), question)
    _write(actor, case, {**case.content, "questions": questions}, now)


def load(actor: Actor, code: str, title: LocalText, content: Mapping[str, Any], rubric_id: int | None, *, now: datetime) -> Case:
    """A case from its content as a whole. :raises Refused: as :func:`create`, ``case_setting``."""
    case = create(actor, code, title, now=now)
    _write(actor, case, {**rules.EMPTY, **content}, now)
    case.rubric_id = rubric_id
    db.session.flush()
    return case


def lacking(case: Case) -> list[str]:
    """What keeps it from being published: names of :func:`case.missing`, ``rubric``."""
    unfit = case.rubric_id is not None and rubrics.problem_of(case.rubric)
    return [*rules.missing(case.content), *(["rubric"] if unfit else [])]


def publish(actor: Actor, case_id: int, *, now: datetime) -> CaseVersion:
    """Freeze case, documents and rubric as the next version; work that was begun keeps its own.

    :raises Refused: ``case_incomplete``, ``case_flags_open``, ``case_proposal_waits``.
    """
    require(actor, Permission.CASE_AUTHOR)
    case = policies.authored_case(actor, case_id)
    if case.status in (State.PROPOSED, State.DECLINED):
        raise Refused("case_proposal_waits")
    missing = lacking(case)
    if missing:
        raise Refused("case_incomplete", missing=", ".join(missing))
    open_flags = anonymizing.open_flags(case)
    if open_flags:
        raise Refused("case_flags_open", n=len(open_flags))
    frozen = rubrics.freeze(actor, case.rubric, now=now) if case.rubric else None
    case.version, case.status = case.version + 1, State.PUBLISHED.value
    version = CaseVersion(
        case_id=case.id,
        number=case.version,
        title=case.title,
        stage=case.content["stage"],
        industry=case.content["industry"],
        ending=case.content["ending"],
        rubric_version_id=frozen.id if frozen else None,
        content=case.content | {"documents": documents.listed(case.id)},
        words=rules.findable(case.title, case.content),
        published_at=now,
        published_by_id=actor.person_id,
    )
    db.session.add(version)
    db.session.flush()
    audit.record(actor, "case.publish", "case", case.id, version=case.version)
    return version


def retire(actor: Actor, case_id: int, *, now: datetime) -> Case:
    """Take it out of the library; who has begun may finish, and publishing opens it again."""
    require(actor, Permission.CASE_AUTHOR)
    case = policies.authored_case(actor, case_id)
    if case.status == State.PUBLISHED:
        case.status, case.edited_at = State.RETIRED.value, now
        audit.record(actor, "case.retire", "case", case.id)
    db.session.flush()
    return case


def current(case_id: int) -> CaseVersion | None:
    """The version that is open."""
    query = select(CaseVersion).join(Case, policies.CURRENT)
    return db.session.scalar(query.where(Case.id == case_id, Case.status == State.PUBLISHED.value))


# The module of a course


def module_of(actor: Actor, module_id: int) -> CaseModule:
    """The case of a module of the draft, if the actor may edit its course. :raises Unknown: otherwise."""
    course_policies.authored_module(actor, module_id)
    chosen = db.session.get(CaseModule, module_id)
    if chosen is None:
        raise Unknown()
    return chosen


def configure_module(actor: Actor, module_id: int, case_id: int | None, goal: Goal, *, now: datetime) -> CaseModule:
    """Choose the case of a course's module, and what of it completes the module.

    :raises Refused: ``case_not_open``, ``case_rubric_needed``.
    """
    require(actor, Permission.COURSE_AUTHOR)
    authoring.touched(actor, module_id, now=now)
    chosen = module_of(actor, module_id)
    version = current(case_id) if case_id is not None else None
    if case_id is not None and version is None:
        raise Refused("case_not_open", field="case")
    if version is not None and goal is Goal.PASSED and version.rubric_version_id is None:
        raise Refused("case_rubric_needed", field="goal")
    chosen.case_id, chosen.goal = case_id, goal.value
    db.session.flush()
    return chosen
