"""From a draft to a version that learners see: what is missing, review, publish, retire."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from msgspec import Struct, field
from sqlalchemy import select

from courses import kinds, policies, search
from courses.authoring import edited, modules_of
from courses.completion import Need, Requirement, Rule, rule_to_json
from courses.models import PARTS, CompletionRule, Course, CourseVersion, Module, ModuleVersion, Status
from lms import audit
from lms.authz import Actor, Permission, require
from lms.db import db
from lms.errors import Refused
from lms.people.models import Person
from lms.people.scope import called_in_sql


class Problems(Struct, frozen=True):
    """What keeps a course from being published: of the course itself, and module id → sentences."""

    course: list[str] = field(default_factory=list)
    modules: dict[int, list[str]] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.course or any(self.modules.values()))


def rule_of(course: Course, modules: Sequence[Module]) -> Rule:
    """The rule as the draft has it now."""
    requirements = tuple(
        Requirement(module.id, Need(module.need), module.minimum) for module in modules if module.required
    )
    return Rule(requirements, course.at_least)


def problems(course: Course, modules: Sequence[Module]) -> Problems:
    """What is missing before the course can be published, in the reader's language."""
    found = Problems()
    names = {
        "background": _("Background"),
        "benefits": _("Benefits"),
        "features": _("Features"),
        "audience": _("Audience"),
        "duration": _("Duration"),
        "outline": _("Outline"),
    }
    for part, name in names.items():
        if not any(getattr(course, part).values()):
            found.course.append(_("“%(part)s” is empty.", part=name))
    if not modules:
        found.course.append(_("There is no module yet."))
    elif not any(module.required for module in modules):
        found.course.append(_("No module is required, so nobody could complete the course."))
    elif course.at_least is not None and course.at_least > sum(module.required for module in modules):
        found.course.append(_("The completion rule asks for more modules than are required."))
    for kind, group in kinds.by_kind(modules):
        found.modules.update(kind.problems(group))
    return found


def remarks(modules: Sequence[Module], now: datetime) -> dict[int, list[str]]:
    """What may be published and is hardly meant: module id → sentences in the reader's language."""
    found: dict[int, list[str]] = {}
    for kind, group in kinds.by_kind(modules):
        found.update(kinds.remarks(kind, group, now))
    return found


def submit_for_review(actor: Actor, course_id: int, *, now: datetime) -> Course:
    """Ask another trainer to look at a draft. :raises Refused: ``not_a_draft``, ``course_has_problems``."""
    require(actor, Permission.COURSE_AUTHOR)
    course = policies.authored_course(actor, course_id)
    if course.status != Status.DRAFT:
        raise Refused("not_a_draft")
    if problems(course, modules_of(course_id)):
        raise Refused("course_has_problems")
    course.status, course.review_note = Status.REVIEW, None
    edited(course, now)
    audit.record(actor, "course.submit_for_review", "course", course.id)
    return course


def send_back(actor: Actor, course_id: int, note: str, *, now: datetime) -> Course:
    """Give a course in review back to its author with a note. :raises Refused: ``not_in_review``, ``reason_missing``."""
    require(actor, Permission.COURSE_PUBLISH)
    course = policies.authored_course(actor, course_id)
    if course.status != Status.REVIEW:
        raise Refused("not_in_review")
    if not note.strip():
        raise Refused("reason_missing", field="note")
    course.status, course.review_note = Status.DRAFT, note.strip()
    edited(course, now)
    audit.record(actor, "course.send_back", "course", course.id)
    return course


def publish(actor: Actor, course_id: int, *, now: datetime) -> CourseVersion:
    """Freeze the draft as the next version and open it for enrolment.

    People who are learning stay with the version they began. A completion rule that says the same as the
    last one is that one; another is a new version of the rule.

    :raises Refused: ``course_has_problems``, ``nothing_to_publish``.
    """
    require(actor, Permission.COURSE_PUBLISH)
    course = policies.authored_course(actor, course_id)
    db.session.refresh(course, with_for_update=True)
    modules = modules_of(course_id)
    if course.status == Status.PUBLISHED and not has_changes(course):
        raise Refused("nothing_to_publish")
    if problems(course, modules):
        raise Refused("course_has_problems")
    version = CourseVersion(
        course_id=course.id,
        number=course.version + 1,
        title=dict(course.title),
        area=course.area,
        snapshot={part: dict(getattr(course, part)) for part in PARTS}
        | {"competencies": list(course.competencies)},
        rule_id=_rule_row(actor, course, rule_of(course, modules), now).id,
        valid_months=course.valid_months,
        published_at=now,
        published_by_id=actor.person_id,
    )
    db.session.add(version)
    db.session.flush()
    frozen = [_frozen(version, module, at) for at, module in enumerate(modules, 1)]
    db.session.add_all(frozen)
    course.version, course.status, course.review_note, course.edited_at = (
        version.number,
        Status.PUBLISHED,
        None,
        now,
    )
    db.session.flush()
    search.index(version, frozen, course.code)
    audit.record(actor, "course.publish", "course", course.id, version=version.number)
    return version


def has_changes(course: Course) -> bool:
    """Whether the draft was edited after its last publication."""
    published_at = db.session.scalar(
        select(CourseVersion.published_at).where(
            CourseVersion.course_id == course.id, CourseVersion.number == course.version
        )
    )
    return published_at is None or course.edited_at > published_at


def retire(actor: Actor, course_id: int, *, now: datetime) -> Course:
    """Close a course for enrolment; those who are learning go on. :raises Refused: ``not_published``."""
    require(actor, Permission.COURSE_PUBLISH)
    course = policies.authored_course(actor, course_id)
    if course.status != Status.PUBLISHED:
        raise Refused("not_published")
    course.status = Status.RETIRED
    db.session.flush()
    audit.record(actor, "course.retire", "course", course.id)
    return course


def reopen(actor: Actor, course_id: int, *, now: datetime) -> Course:
    """Open a retired course again. :raises Refused: ``not_retired``."""
    require(actor, Permission.COURSE_PUBLISH)
    course = policies.authored_course(actor, course_id)
    if course.status != Status.RETIRED:
        raise Refused("not_retired")
    course.status = Status.PUBLISHED
    db.session.flush()
    audit.record(actor, "course.reopen", "course", course.id)
    return course


def _rule_row(actor: Actor, course: Course, rule: Rule, now: datetime) -> CompletionRule:
    last = db.session.scalar(
        select(CompletionRule)
        .where(CompletionRule.course_id == course.id)
        .order_by(CompletionRule.number.desc())
        .limit(1)
    )
    wanted: dict[str, Any] = rule_to_json(rule)
    if last is not None and last.rule == wanted:
        return last
    row = CompletionRule(
        course_id=course.id,
        number=last.number + 1 if last else 1,
        rule=wanted,
        created_at=now,
        created_by_id=actor.person_id,
    )
    db.session.add(row)
    db.session.flush()
    return row


def _frozen(version: CourseVersion, module: Module, position: int) -> ModuleVersion:
    return ModuleVersion(
        course_version_id=version.id,
        module_id=module.id,
        position=position,
        kind=module.kind,
        title=dict(module.title),
        required=module.required,
        minutes=module.minutes,
        settings=dict(module.settings),
        content=kinds.kind_of(module.kind).freeze(module),
    )


def versions(course: Course, limit: int = 50) -> list[tuple[int, datetime, str | None, int]]:
    """Number, moment, author's name and number of the rule of each published version, the newest first."""
    rows = db.session.execute(
        select(CourseVersion.number, CourseVersion.published_at, called_in_sql(), CompletionRule.number)
        .join(CompletionRule, CompletionRule.id == CourseVersion.rule_id)
        .outerjoin(Person, Person.id == CourseVersion.published_by_id)
        .where(CourseVersion.course_id == course.id)
        .order_by(CourseVersion.number.desc())
        .limit(limit)
    )
    return [(number, at, name, rule) for number, at, name, rule in rows]
