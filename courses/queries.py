"""What learners and the effect engine read. Everything is scoped to the viewer in SQL, and loads once per page."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, NamedTuple, Protocol, TypeVar

from msgspec import Struct
from sqlalchemy import and_, bindparam, exists, func, or_, select
from sqlalchemy.orm import aliased, joinedload, undefer

from courses import policies, search
from courses.completion import Judgement, RequirementState, judge, rule_from_json
from courses.models import (
    Certificate,
    Completion,
    Course,
    CourseVersion,
    Enrolment,
    ModuleVersion,
    Status,
)
from courses.services import outcomes_of
from courses.standing import stands
from lms.authz import Actor, Permission
from lms.db import LocalText, db
from lms.errors import Unknown
from lms.paging import Page, paginate
from lms.people.course_scopes import CourseName
from lms.prepared import Prepared

CATALOGUE_PAGE = 24
CURRENT = (CourseVersion.course_id == Course.id) & (CourseVersion.number == Course.version)


class Learning(Struct, frozen=True):
    """An enrolment as its learner meets it: the version it began with, its modules, and the judgement so far."""

    enrolment: Enrolment
    version: CourseVersion
    modules: Sequence[ModuleVersion]
    judgement: Judgement
    module: ModuleVersion | None = None
    """The module that is open, its content loaded."""

    def state(self, module_id: int) -> RequirementState | None:
        """How a module stands; None for one that the rule does not ask for."""
        return next((s for s in self.judgement.requirements if s.requirement.module_id == module_id), None)

    @property
    def next_module(self) -> ModuleVersion | None:
        """The first module that the rule still asks for."""
        return next_of(self.modules, self.judgement)

    def beside(self, step: int) -> ModuleVersion | None:
        """The module before (-1) or after (+1) the open one."""
        order = [module.module_id for module in self.modules]
        at = order.index(self.module.module_id) + step if self.module else -1
        return self.modules[at] if 0 <= at < len(order) else None

    def title_of(self, module_id: int) -> LocalText:
        return next((module.title for module in self.modules if module.module_id == module_id), {})


class _Asked(Protocol):
    @property
    def module_id(self) -> int: ...


Asked = TypeVar("Asked", bound=_Asked)


def next_of(modules: Sequence[Asked], judgement: Judgement) -> Asked | None:
    """The first of the modules that the rule still asks for."""
    open_ = {state.requirement.module_id for state in judgement.requirements if not state.met}
    return next((module for module in modules if module.module_id in open_), None)


# Built once each: learners ask them all day, and building a statement costs as much as asking it.
_OWN_ENROLMENT = (
    select(Enrolment)
    .options(
        joinedload(Enrolment.version).joinedload(CourseVersion.rule),
        joinedload(Enrolment.course),
        joinedload(Enrolment.completion),
    )
    .where(
        Enrolment.id == bindparam("enrolment_id"),
        Enrolment.person_id == bindparam("person_id"),
        Enrolment.withdrawn_at.is_(None),
    )
)
_MODULES = (
    select(ModuleVersion)
    .where(ModuleVersion.course_version_id == bindparam("version_id"))
    .order_by(ModuleVersion.position)
)
_MODULES_WITH_CONTENTS = _MODULES.options(undefer(ModuleVersion.content))
_DESCRIBED = (
    select(CourseVersion)
    .options(undefer(CourseVersion.snapshot), joinedload(CourseVersion.rule))
    .where(CourseVersion.id == bindparam("version_id"))
)
_cycle = aliased(Enrolment)
_OF_VIEWER = Enrolment.person_id == bindparam("person_id")
_COURSE_PAGE = Prepared(
    select(
        Course.id, Course.code, Course.status, Course.owner_id, CourseVersion.id, CourseVersion.title, CourseVersion.published_at,
        Enrolment.id, Enrolment.version_id, Enrolment.withdrawn_at, Completion.id,
    )
    .select_from(Course)
    .join(CourseVersion, CURRENT)
    .outerjoin(
        Enrolment,
        and_(
            Enrolment.course_id == Course.id,
            _OF_VIEWER,
            Enrolment.cycle
            == select(func.max(_cycle.cycle))
            .where(_cycle.course_id == Course.id, _cycle.person_id == bindparam("person_id"))
            .scalar_subquery(),
        ),
    )
    .outerjoin(Completion, Completion.enrolment_id == Enrolment.id)
    .where(Course.id == bindparam("course_id"))
)  # fmt: skip


def course_names() -> list[CourseName]:
    """Every course by its code, for roles that hold for one."""
    rows = db.session.execute(select(Course.id, Course.code, Course.title, Course.status != "retired").order_by(Course.code))
    return [CourseName(*row) for row in rows]


def learning(actor: Actor, enrolment_id: int, module_id: int | None = None) -> Learning:
    """The actor's own enrolment, not withdrawn, in three statements; with ``module_id`` that module is open.

    :raises Unknown: if it is somebody else's, withdrawn, imported, or has no such module.
    """
    enrolment = db.session.scalar(
        _OWN_ENROLMENT, {"enrolment_id": enrolment_id, "person_id": actor.person_id}
    )
    if enrolment is None or enrolment.version is None:
        raise Unknown()
    modules = modules_of_version(enrolment.version.id)
    module = next((each for each in modules if each.module_id == module_id), None)
    if module_id is not None and module is None:
        raise Unknown()
    outcomes = outcomes_of([enrolment.id]).get(enrolment.id, {})
    judgement = judge(rule_from_json(enrolment.version.rule.rule), outcomes)
    return Learning(enrolment, enrolment.version, modules, judgement, module)


def modules_of_version(version_id: int, *, contents: bool = False) -> Sequence[ModuleVersion]:
    query = _MODULES_WITH_CONTENTS if contents else _MODULES
    return db.session.scalars(query, {"version_id": version_id}).all()


class CatalogueRow(NamedTuple):
    course: Course
    version: CourseVersion
    modules: int
    minutes: int | None
    enrolment_id: int | None
    """The viewer's own enrolment that is still open or completed, if any."""


def catalogue(actor: Actor, *, query: str = "", area: str = "", page: int = 1) -> Page[CatalogueRow]:
    """The published courses, or those that hold every word of ``query``, the best match first."""
    wanted: Any = (
        select(Course, CourseVersion)
        .join(CourseVersion, CURRENT)
        .options(undefer(CourseVersion.snapshot))
        .where(Course.status == Status.PUBLISHED)
    )
    if area:
        wanted = wanted.where(CourseVersion.area == area)
    hits = search.found(query) if query.strip() else None
    if query.strip() and hits is None:
        return Page([], 1, CATALOGUE_PAGE, 0)
    if hits is not None:
        wanted = wanted.join(hits, hits.c.course_id == Course.id).order_by(hits.c.rank, Course.code)
    else:
        wanted = wanted.order_by(CourseVersion.published_at.desc(), Course.code)
    found = paginate(wanted, page, CATALOGUE_PAGE)
    sizes = _sizes([version.id for _course, version in found.rows])
    own = _own_enrolments(actor, [course.id for course, _version in found.rows])
    rows = [
        CatalogueRow(course, version, *sizes.get(version.id, (0, None)), own.get(course.id))
        for course, version in found.rows
    ]
    return Page(rows, found.number, found.size, found.total)


def _sizes(version_ids: Sequence[int]) -> dict[int, tuple[int, int | None]]:
    rows = db.session.execute(
        select(ModuleVersion.course_version_id, func.count(), func.sum(ModuleVersion.minutes))
        .where(ModuleVersion.course_version_id.in_(version_ids))
        .group_by(ModuleVersion.course_version_id)
    )
    return {version: (modules, minutes) for version, modules, minutes in rows}


def _own_enrolments(actor: Actor, course_ids: Sequence[int]) -> dict[int, int]:
    rows = db.session.execute(
        select(Enrolment.course_id, Enrolment.id)
        .where(
            Enrolment.person_id == actor.person_id,
            Enrolment.course_id.in_(course_ids),
            Enrolment.withdrawn_at.is_(None),
            Enrolment.version_id.is_not(None),
        )
        .order_by(Enrolment.cycle)
    )
    return dict(rows.all())


class PublishedCourse(NamedTuple):
    """The course of a course page, and the version that is in force."""

    id: int
    code: str
    status: str
    owner_id: int | None
    version_id: int
    title: LocalText
    published_at: datetime


class ViewersEnrolment(NamedTuple):
    """The last enrolment of whoever looks at a course page."""

    id: int
    version_id: int | None
    withdrawn_at: datetime | None
    completion_id: int | None

    @property
    def open(self) -> bool:
        """Whether it leads to pages of one's own: neither withdrawn nor earned elsewhere."""
        return self.withdrawn_at is None and self.version_id is not None


class CoursePage(Struct, frozen=True):
    """A published course with the viewer's own last enrolment in it, if any."""

    course: PublishedCourse
    enrolment: ViewersEnrolment | None


def course_page(actor: Actor, course_id: int) -> CoursePage:
    """A published course; a retired one only for those enrolled in it, its authors and HR. :raises Unknown: otherwise."""
    rows = _COURSE_PAGE.rows({"person_id": actor.person_id, "course_id": course_id})
    if not rows:
        raise Unknown()
    (row,) = rows
    course, enrolled = PublishedCourse(*row[:7]), ViewersEnrolment(*row[7:])
    enrolment = enrolled if enrolled.id is not None else None
    open_ = course.status == Status.PUBLISHED or enrolment is not None
    if not open_ and not policies.may_author(actor, course) and not policies.sees_all_courses(actor):
        raise Unknown()
    return CoursePage(course, enrolment)


def described(version_id: int) -> tuple[CourseVersion, Sequence[ModuleVersion]]:
    """A published version with what it says of itself, and its modules."""
    version = db.session.scalars(_DESCRIBED, {"version_id": version_id}).one()
    return version, modules_of_version(version_id)


def may_see_course(actor: Actor, course_id: int) -> bool:
    """Whether the files of a course are open to the actor: published, or one is enrolled in it or writes it."""
    enrolled = exists().where(Enrolment.course_id == Course.id, Enrolment.person_id == actor.person_id)
    condition = or_(Course.status == Status.PUBLISHED, enrolled, policies.authored(actor))
    return db.session.scalar(select(Course.id).where(Course.id == course_id, condition)) is not None


def certificate_in_force(enrolment: Enrolment) -> Certificate | None:
    """The certificate of an enrolment that is not revoked, expired or not."""
    if enrolment.completion is None:
        return None
    return db.session.scalar(
        select(Certificate).where(
            Certificate.completion_id == enrolment.completion.id, Certificate.revoked_at.is_(None)
        )
    )


def certificate_for(actor: Actor, certificate_id: int) -> Certificate:
    """One's own certificate, or that of a person in scope. :raises Unknown: otherwise."""
    own = Enrolment.person_id == actor.person_id
    certificate = db.session.scalar(
        select(Certificate)
        .join(Completion, Completion.id == Certificate.completion_id)
        .join(Enrolment, Enrolment.id == Completion.enrolment_id)
        .join(Enrolment.person)
        .options(joinedload(Certificate.file))
        .where(
            Certificate.id == certificate_id,
            or_(own, policies.enrolments_seen(actor, Permission.CERTIFICATE_EXPORT)),
        )
    )
    if certificate is None:
        raise Unknown()
    return certificate


def certificate_by_code(code: str) -> Certificate | None:
    """For the public check: by the whole code alone."""
    return db.session.scalar(select(Certificate).where(Certificate.code == code))


class Start(NamedTuple):
    """What the effect engine needs to know of one enrolment."""

    person_id: int
    started_on: date | None
    completed_on: date | None
    """None while not completed, or when the completion no longer stands."""
    chosen: str
    enrolled_at: datetime
    cycle: int
    withdrawn: bool


def starts(course_id: int) -> list[Start]:
    """Every enrolment of a course, without scope: for the effect engine alone, which scopes what it shows."""
    rows = db.session.execute(
        select(
            Enrolment.person_id,
            Enrolment.started_on,
            Completion.completed_on,
            Enrolment.chosen,
            Enrolment.enrolled_at,
            Enrolment.cycle,
            Enrolment.withdrawn_at.is_not(None),
        )
        .outerjoin(Completion, (Completion.enrolment_id == Enrolment.id) & stands())
        .where(Enrolment.course_id == course_id)
        .order_by(Enrolment.person_id, Enrolment.cycle)
    )
    return [Start(*row) for row in rows]


class CourseWithCompletions(NamedTuple):
    course_id: int
    code: str
    title: LocalText
    completions: int


def courses_with_completions() -> list[CourseWithCompletions]:
    """The courses whose effect could be asked for, without scope: titles are no secret."""
    count = func.count(Completion.id)
    rows = db.session.execute(
        select(Course.id, Course.code, Course.title, count)
        .join(Enrolment, Enrolment.course_id == Course.id)
        .join(Completion, (Completion.enrolment_id == Enrolment.id) & stands())
        .group_by(Course.id, Course.code)
        .order_by(count.desc(), Course.code)
    )
    return [CourseWithCompletions(*row) for row in rows]
