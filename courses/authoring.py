"""What trainers do: make a course, put modules in order, say what completes it, publish it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from msgspec import Struct
from sqlalchemy import func, select

from courses import kinds, policies
from courses.completion import Need
from courses.models import (
    PARTS,
    Area,
    Course,
    Module,
    Status,
)
from lms import audit, codes
from lms.authz import Actor, Permission, require
from lms.db import LocalText, db
from lms.errors import Forbidden, Refused
from lms.i18n import with_language


class ModuleRule(Struct, frozen=True):
    """What a module contributes to the completion: whether it is required, and what it must show."""

    required: bool
    need: Need
    minimum: float | None


def create(actor: Actor, code: str, title: LocalText, area: Area, *, now: datetime) -> Course:
    """A new draft, owned by its author. :raises Refused: ``course_code_taken``, ``course_code_shape``, ``title_missing``."""
    require(actor, Permission.COURSE_AUTHOR)
    if not policies.may_create(actor):
        raise Forbidden()
    if not codes.is_code(code):
        raise Refused("course_code_shape", field="code")
    codes.check_free(Course.code, code, "course_code_taken")
    if not any(title.values()):
        raise Refused("title_missing", field="title")
    course = Course(
        code=code, title=title, area=area, owner_id=actor.person_id, created_at=now, edited_at=now, version=0
    )
    course.status = Status.DRAFT
    db.session.add(course)
    db.session.flush()
    audit.record(actor, "course.create", "course", course.id, code=code)
    return course


def edit_parts(
    actor: Actor,
    course_id: int,
    language: str,
    texts: Mapping[str, str],
    *,
    area: Area,
    competencies: Sequence[str],
    now: datetime,
) -> Course:
    """Set title and parts in one language; texts in other languages stay. :raises Refused: ``title_missing``."""
    require(actor, Permission.COURSE_AUTHOR)
    course = policies.authored_course(actor, course_id)
    for name in ("title", *PARTS):
        if name in texts:
            setattr(course, name, with_language(getattr(course, name), language, texts[name]))
    if not any(course.title.values()):
        raise Refused("title_missing", field="title")
    course.area = area
    course.competencies = list(dict.fromkeys(name.strip() for name in competencies if name.strip()))
    edited(course, now)
    audit.record(actor, "course.edit", "course", course.id, language=language)
    return course


def add_module(actor: Actor, course_id: int, kind: str, title: LocalText, *, now: datetime) -> Module:
    """Put an empty module at the end. :raises Refused: ``title_missing``, ``module_kind_unknown``."""
    require(actor, Permission.COURSE_AUTHOR)
    course = policies.authored_course(actor, course_id)
    if not any(title.values()):
        raise Refused("title_missing", field="title")
    owner = kinds.kind_of(kind)
    last = db.session.scalar(select(func.max(Module.position)).where(Module.course_id == course.id)) or 0
    module = Module(
        course_id=course.id, position=last + 1, kind=kind, title=title, required=True, settings={}
    )
    module.need = (Need.PASSED if owner.scored else Need.DONE).value
    db.session.add(module)
    db.session.flush()
    owner.create(actor, module, now)
    edited(course, now)
    audit.record(actor, "course.add_module", "course", course.id, module=module.id, kind=kind)
    return module


def rename_module(
    actor: Actor, module_id: int, language: str, title: str, minutes: int | None, *, now: datetime
) -> Module:
    """Set a module's title in one language and how long it takes. :raises Refused: ``title_missing``."""
    require(actor, Permission.COURSE_AUTHOR)
    module = policies.authored_module(actor, module_id)
    changed = with_language(module.title, language, title)
    if not changed:
        raise Refused("title_missing", field="title")
    module.title, module.minutes = changed, minutes
    edited(module.course, now)
    return module


def touched(actor: Actor, module_id: int, *, now: datetime) -> Module:
    """For kinds: the content of a module is about to be edited; the module, if the actor may."""
    require(actor, Permission.COURSE_AUTHOR)
    module = policies.authored_module(actor, module_id)
    edited(module.course, now)
    return module


def move_module(actor: Actor, module_id: int, step: int, *, now: datetime) -> Module:
    """One place up (-1) or down (+1); at the end it stays where it is."""
    require(actor, Permission.COURSE_AUTHOR)
    module = policies.authored_module(actor, module_id)
    order = [each.id for each in modules_of(module.course_id)]
    at = order.index(module.id)
    to = min(max(at + step, 0), len(order) - 1)
    order.insert(to, order.pop(at))
    _reorder(module.course, order, now)
    return module


def order_modules(actor: Actor, course_id: int, order: Sequence[int], *, now: datetime) -> None:
    """Put the modules in the given order. :raises Refused: ``order_outdated`` when it names others than there are."""
    require(actor, Permission.COURSE_AUTHOR)
    course = policies.authored_course(actor, course_id)
    if sorted(order) != sorted(module.id for module in modules_of(course_id)):
        raise Refused("order_outdated")
    _reorder(course, order, now)


def remove_module(actor: Actor, module_id: int, *, now: datetime) -> Module:
    """Take a module out of the draft; published versions keep it, and so do the people who learn by them."""
    require(actor, Permission.COURSE_AUTHOR)
    module = policies.authored_module(actor, module_id)
    module.removed_at = now
    edited(module.course, now)
    audit.record(actor, "course.remove_module", "course", module.course_id, module=module.id)
    return module


def restore_module(actor: Actor, module_id: int, *, now: datetime) -> Module:
    """Put a removed module back where it was."""
    require(actor, Permission.COURSE_AUTHOR)
    module = db.session.get(Module, module_id)
    if module is None or not policies.may_author(actor, module.course):
        raise Forbidden()
    module.removed_at = None
    edited(module.course, now)
    return module


def set_rule(
    actor: Actor,
    course_id: int,
    rules: Mapping[int, ModuleRule],
    *,
    at_least: int | None,
    valid_months: int | None,
    now: datetime,
) -> Course:
    """Say what completes the course. It takes effect with the next published version.

    :raises Refused: ``rule_asks_nothing``, ``rule_asks_too_many``, ``score_not_offered``, ``minimum_missing``.
    """
    require(actor, Permission.COURSE_AUTHOR)
    course = policies.authored_course(actor, course_id)
    modules = modules_of(course_id)
    for module in modules:
        if module.id in rules:
            set_module_rule(module, rules[module.id])
    required = sum(module.required for module in modules)
    if not required:
        raise Refused("rule_asks_nothing")
    if at_least is not None and at_least > required:
        raise Refused("rule_asks_too_many", field="at_least", most=required)
    course.at_least = None if at_least == required else at_least
    course.valid_months = valid_months
    edited(course, now)
    audit.record(actor, "course.set_rule", "course", course.id)
    return course


def set_module_rule(module: Module, rule: ModuleRule) -> None:
    """Set what one module contributes. :raises Refused: ``score_not_offered``, ``minimum_missing``."""
    if rule.need is Need.SCORE:
        if not kinds.kind_of(module.kind).scored:
            raise Refused("score_not_offered")
        if rule.minimum is None:
            raise Refused("minimum_missing", field=f"minimum-{module.id}")
    module.required, module.need = rule.required, rule.need.value
    module.minimum = rule.minimum if rule.need is Need.SCORE else None


def modules_of(course_id: int) -> list[Module]:
    """The modules of the draft, in their order."""
    return list(
        db.session.scalars(
            select(Module)
            .where(Module.course_id == course_id, Module.removed_at.is_(None))
            .order_by(Module.position, Module.id)
        )
    )


def _reorder(course: Course, order: Sequence[int], now: datetime) -> None:
    places = {module_id: at for at, module_id in enumerate(order, 1)}
    for module in modules_of(course.id):
        module.position = places[module.id]
    edited(course, now)


def edited(course: Course, now: datetime) -> None:
    """Note that the draft differs from what is published."""
    course.edited_at = now
    db.session.flush()
