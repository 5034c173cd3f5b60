"""What trainers, managers and HR read: courses in the making, participants, progress, certificates. Scoped in SQL."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Any, NamedTuple

from msgspec import Struct
from sqlalchemy import and_, case, func, or_, select
from sqlalchemy.orm import contains_eager, joinedload

from courses import policies
from courses.completion import Judgement, judge, rule_from_json
from courses.models import (
    Certificate,
    Completion,
    CompletionRule,
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
from lms.people.models import Person
from lms.people.scope import in_name_order

CHUNK = 500
MATRIX_PAGE = 50
EXPIRING_WITHIN = timedelta(days=60)
DONE = Completion.id.is_not(None) & stands()
OPEN = Enrolment.withdrawn_at.is_(None) & or_(Completion.id.is_(None), ~stands())


class AuthoredRow(NamedTuple):
    course: Course
    edited_since: bool
    """Whether the draft was changed after the last publication."""
    enrolled: int
    completed: int


def authored_courses(actor: Actor, *, status: str = "", page: int = 1, size: int = 50) -> Page[AuthoredRow]:
    """The courses the actor may edit, the last edited first."""
    query: Any = (
        select(Course, CourseVersion.published_at)
        .outerjoin(
            CourseVersion, (CourseVersion.course_id == Course.id) & (CourseVersion.number == Course.version)
        )
        .where(policies.authored(actor))
        .order_by(Course.edited_at.desc(), Course.id.desc())
    )
    if status:
        query = query.where(Course.status == status)
    found = paginate(query, page, size)
    counts = _counts([course.id for course, _at in found.rows])
    rows = [
        AuthoredRow(course, at is not None and course.edited_at > at, *counts.get(course.id, (0, 0)))
        for course, at in found.rows
    ]
    return Page(rows, found.number, found.size, found.total)


def _counts(course_ids: Sequence[int]) -> dict[int, tuple[int, int]]:
    rows = db.session.execute(
        select(Enrolment.course_id, func.count(Enrolment.id), func.sum(case((DONE, 1), else_=0)))
        .outerjoin(Completion, Completion.enrolment_id == Enrolment.id)
        .where(Enrolment.course_id.in_(course_ids), Enrolment.withdrawn_at.is_(None))
        .group_by(Enrolment.course_id)
    )
    return {course_id: (enrolled, completed or 0) for course_id, enrolled, completed in rows}


class Participant(NamedTuple):
    """One line of the progress matrix."""

    enrolment: Enrolment
    person: Person
    judgement: Judgement | None
    """None for completions imported from elsewhere."""
    stands: bool

    @property
    def completed_on(self) -> date | None:
        completion = self.enrolment.completion
        return completion.completed_on if completion is not None and self.stands else None


class Matrix(Struct, frozen=True):
    """The participants of a course against its modules."""

    course: Course
    modules: Sequence[ModuleVersion]
    page: Page[Participant]


def course_for_progress(actor: Actor, course_id: int) -> Course:
    """The course, if the actor reads progress in it over anybody. :raises Unknown: otherwise."""
    course = db.session.get(Course, course_id)
    granted = {g.course_id for g in actor.grants_for(Permission.PROGRESS_READ) if g.course_id is not None}
    wide = any(g.course_id is None for g in actor.grants_for(Permission.PROGRESS_READ))
    if course is None or course.version == 0 or not (wide or course.id in granted):
        raise Unknown()
    return course


def participants(actor: Actor, course_id: int, *, q: str = "", sort: str = "name", page: int = 1) -> Matrix:
    """A page of the matrix in six statements, however many take part."""
    course = course_for_progress(actor, course_id)
    found = paginate(_participants(actor, course_id, q, sort), page, MATRIX_PAGE)
    return Matrix(
        course, modules_now(course), Page(_judged(found.rows), found.number, found.size, found.total)
    )


def every_participant(
    actor: Actor, course_id: int, *, q: str = "", sort: str = "name"
) -> Iterator[Participant]:
    """The rows of the export: the same query, some hundred at a time."""
    course_for_progress(actor, course_id)
    query = _participants(actor, course_id, q, sort)
    at = 0
    while rows := db.session.execute(query.limit(CHUNK).offset(at)).all():
        yield from _judged(rows)
        at += CHUNK


_SORTS: dict[str, Any] = {
    "name": in_name_order(),
    "enrolled": Enrolment.enrolled_at,
    "due": Enrolment.due_on,
    "completed": Completion.completed_on,
}


def _participants(actor: Actor, course_id: int, q: str, sort: str) -> Any:
    key = _SORTS.get(sort.removeprefix("-"), in_name_order())
    query = (
        select(Enrolment, Person, CompletionRule.rule, stands())
        .join(Person, Person.id == Enrolment.person_id)
        .outerjoin(CourseVersion, CourseVersion.id == Enrolment.version_id)
        .outerjoin(CompletionRule, CompletionRule.id == CourseVersion.rule_id)
        .outerjoin(Completion, Completion.enrolment_id == Enrolment.id)
        .options(contains_eager(Enrolment.completion), joinedload(Person.team))
        .where(Enrolment.course_id == course_id, Enrolment.withdrawn_at.is_(None))
        .where(policies.enrolments_seen(actor, Permission.PROGRESS_READ))
        .order_by(key.desc() if sort.startswith("-") else key, Enrolment.id)
    )
    if q.strip():
        like = f"%{q.strip()}%"
        query = query.where(
            or_(Person.name.ilike(like), Person.number.ilike(like), Person.name_latin.ilike(like))
        )
    return query


def _judged(rows: Sequence[Any]) -> list[Participant]:
    outcomes = outcomes_of([enrolment.id for enrolment, _person, rule, _stands in rows if rule])
    return [
        Participant(
            enrolment,
            person,
            judge(rule_from_json(rule), outcomes.get(enrolment.id, {})) if rule else None,
            bool(standing),
        )
        for enrolment, person, rule, standing in rows
    ]


def modules_now(course: Course) -> Sequence[ModuleVersion]:
    """The modules of the version that is open for enrolment."""
    return db.session.scalars(
        select(ModuleVersion)
        .join(CourseVersion, CourseVersion.id == ModuleVersion.course_version_id)
        .where(CourseVersion.course_id == course.id, CourseVersion.number == course.version)
        .order_by(ModuleVersion.position)
    ).all()


class CourseProgress(NamedTuple):
    """How the people in scope stand in one course."""

    course_id: int
    title: LocalText
    enrolled: int
    completed: int
    started: int
    overdue: int


def progress_by_course(actor: Actor, today: date, *, limit: int | None = None) -> list[CourseProgress]:
    """Each course with enrolments in scope, those with most overdue first; one statement."""
    overdue = func.sum(case((and_(OPEN, Enrolment.due_on < today), 1), else_=0))
    rows = db.session.execute(
        select(
            Course.id,
            CourseVersion.title,
            func.count(Enrolment.id),
            func.sum(case((DONE, 1), else_=0)),
            func.sum(case((and_(OPEN, Enrolment.started_on.is_not(None)), 1), else_=0)),
            overdue,
        )
        .join(Enrolment, Enrolment.course_id == Course.id)
        .join(Person, Person.id == Enrolment.person_id)
        .join(
            CourseVersion, (CourseVersion.course_id == Course.id) & (CourseVersion.number == Course.version)
        )
        .outerjoin(Completion, Completion.enrolment_id == Enrolment.id)
        .where(Enrolment.withdrawn_at.is_(None), policies.enrolments_seen(actor, Permission.PROGRESS_READ))
        .group_by(Course.id, CourseVersion.id)
        .order_by(overdue.desc(), func.count(Enrolment.id).desc(), Course.id)
        .limit(limit)
    )
    return [CourseProgress(*row) for row in rows]


class Stuck(NamedTuple):
    """Somebody in scope who is late, or has started and not finished."""

    person: Person
    enrolment: Enrolment
    title: LocalText


def stuck(actor: Actor, today: date, *, limit: int = 8) -> list[Stuck]:
    """The people in scope whose course is overdue, the longest first."""
    rows = db.session.execute(
        select(Person, Enrolment, CourseVersion.title)
        .join(Enrolment, Enrolment.person_id == Person.id)
        .join(CourseVersion, CourseVersion.id == Enrolment.version_id)
        .outerjoin(Completion, Completion.enrolment_id == Enrolment.id)
        .where(OPEN, Enrolment.due_on < today, policies.enrolments_seen(actor, Permission.PROGRESS_READ))
        .order_by(Enrolment.due_on, in_name_order())
        .limit(limit)
    )
    return [Stuck(*row) for row in rows]


class CertificateRow(NamedTuple):
    certificate: Certificate
    person: Person
    course: Course


def certificates(
    actor: Actor, today: date, *, q: str = "", course_id: int | None = None, state: str = "", page: int = 1
) -> Page[CertificateRow]:
    """The certificates of people in scope, the newest first."""
    found = paginate(certificates_query(actor, today, q=q, course_id=course_id, state=state), page)
    return Page([CertificateRow(*row) for row in found.rows], found.number, found.size, found.total)


def certificate_row(actor: Actor, certificate_id: int) -> CertificateRow:
    """One certificate of a person in scope. :raises Unknown: otherwise."""
    query = certificates_query(actor, date.min).where(Certificate.id == certificate_id)
    row = db.session.execute(query).one_or_none()
    if row is None:
        raise Unknown()
    return CertificateRow(*row)


def certificates_query(
    actor: Actor, today: date, *, q: str = "", course_id: int | None = None, state: str = ""
) -> Any:
    query = (
        select(Certificate, Person, Course)
        .join(Completion, Completion.id == Certificate.completion_id)
        .join(Enrolment, Enrolment.id == Completion.enrolment_id)
        .join(Person, Person.id == Enrolment.person_id)
        .join(Course, Course.id == Enrolment.course_id)
        .where(policies.enrolments_seen(actor, Permission.CERTIFICATE_EXPORT))
        .order_by(Certificate.issued_at.desc(), Certificate.id.desc())
    )
    if q.strip():
        like = f"%{q.strip()}%"
        query = query.where(
            or_(
                Person.name.ilike(like),
                Person.number.ilike(like),
                Course.code.ilike(like),
                Certificate.code.ilike(like),
            )
        )
    if course_id is not None:
        query = query.where(Course.id == course_id)
    return query.where(_STATES[state](today)) if state in _STATES else query


_IN_FORCE = Certificate.revoked_at.is_(None)
_STATES: dict[str, Any] = {
    "valid": lambda today: and_(
        _IN_FORCE, or_(Certificate.expires_on.is_(None), Certificate.expires_on >= today)
    ),
    "expiring": lambda today: and_(
        _IN_FORCE, Certificate.expires_on >= today, Certificate.expires_on <= today + EXPIRING_WITHIN
    ),
    "expired": lambda today: and_(_IN_FORCE, Certificate.expires_on < today),
    "revoked": lambda _today: Certificate.revoked_at.is_not(None),
}


class Compliance(NamedTuple):
    """What HR watches: enrolments overdue and the people behind them, certificates about to expire, and expired ones."""

    overdue: int
    people: int
    expiring: int
    expired: int


def compliance(actor: Actor, today: date) -> Compliance:
    """Two statements."""
    overdue, people = db.session.execute(
        select(func.count(Enrolment.id), func.count(func.distinct(Enrolment.person_id)))
        .join(Person, Person.id == Enrolment.person_id)
        .outerjoin(Completion, Completion.enrolment_id == Enrolment.id)
        .where(OPEN, Enrolment.due_on < today, policies.enrolments_seen(actor, Permission.PROGRESS_READ))
    ).one()
    states = (
        certificates_query(actor, today)
        .order_by(None)
        .with_only_columns(
            func.sum(case((_STATES["expiring"](today), 1), else_=0)),
            func.sum(case((_STATES["expired"](today), 1), else_=0)),
        )
    )
    expiring, expired = db.session.execute(states).one()
    return Compliance(overdue, people, expiring or 0, expired or 0)


def open_courses() -> list[tuple[int, str, LocalText]]:
    """Id, code and title of the courses open for enrolment, for a choice in a form."""
    rows = db.session.execute(
        select(Course.id, Course.code, CourseVersion.title)
        .join(
            CourseVersion, (CourseVersion.course_id == Course.id) & (CourseVersion.number == Course.version)
        )
        .where(Course.status == Status.PUBLISHED)
        .order_by(Course.code)
    )
    return [(id_, code, title) for id_, code, title in rows]
