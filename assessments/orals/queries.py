"""What examiners and learners see of oral exams. Until both sheets are in, an examiner sees their own alone."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import NamedTuple

from msgspec import Struct
from sqlalchemy import ColumnElement, Select, bindparam, exists, or_, select, true
from sqlalchemy.orm import joinedload, selectinload

from assessments.grading.open_text import OpenKey
from assessments.orals import services
from assessments.orals.models import OralProposal, OralResult, OralSheet, OralSitting
from courses import policies as course_policies
from courses import queries as course_queries
from courses.models import Completion, Course, CourseVersion, Enrolment, ModuleVersion
from courses.queries import Learning
from lms.authz import Actor, Permission
from lms.db import LocalText, db
from lms.errors import Unknown
from lms.people.models import Person
from lms.people.scope import in_name_order

MOST = 300


class Examinable(NamedTuple):
    """Somebody whose course asks for an oral exam; ``sitting`` the one that is open."""

    enrolment: Enrolment
    person: Person
    module_id: int
    title: LocalText
    course_title: LocalText
    sitting: OralSitting | None


class Desk(Struct, frozen=True):
    """A sitting as one of its examiners sees it: ``others`` only once every sheet that was asked for is in."""

    sitting: OralSitting
    own: OralSheet
    key: OpenKey
    others: Sequence[OralSheet]
    shares: dict[int, Fraction]
    apart: bool
    proposal: OralProposal | None
    result: OralResult | None


class Held(Struct, frozen=True):
    """A sitting as the person examined sees it."""

    sitting: OralSitting
    result: OralResult | None
    key: OpenKey


ANY_TO_EXAMINE = exists().where(
    OralSheet.examiner_id == bindparam("person_id"), OralSheet.sitting_id == OralSitting.id, OralSitting.closed_at.is_(None)
)
"""Whether anything waits for the person's score: asked of every examiner's page of the day."""


def to_examine(actor: Actor, limit: int = 50) -> Sequence[OralSheet]:
    """The actor's open sheets, and their sittings that wait for the two to agree; the oldest first."""
    return db.session.scalars(
        select(OralSheet)
        .join(OralSitting, OralSitting.id == OralSheet.sitting_id)
        .options(joinedload(OralSheet.sitting).joinedload(OralSitting.person), joinedload(OralSheet.sitting).joinedload(OralSitting.version))
        .where(OralSheet.examiner_id == actor.person_id, OralSitting.closed_at.is_(None))
        .order_by(OralSheet.id)
        .limit(limit)
    ).all()


def to_talk_over(sheets: Sequence[OralSheet]) -> set[int]:
    """The sittings of these sheets whose two examiners lie too far apart; in two statements."""
    wanted = [each.sitting_id for each in sheets if each.given_at]
    sittings = select(OralSitting).where(OralSitting.id.in_(wanted)).options(selectinload(OralSitting.sheets))
    return {each.id for each in db.session.scalars(sittings) if services.is_apart(each)} if wanted else set()


def examinable(actor: Actor) -> list[Examinable]:
    """People in scope whose open enrolment asks for an oral exam, the actor not among them; in one statement."""
    return [Examinable(*row) for row in db.session.execute(_examinable(actor).limit(MOST))]


def _examinable(actor: Actor) -> Select[Enrolment, Person, int, LocalText, LocalText, OralSitting]:
    return (
        select(Enrolment, Person, ModuleVersion.module_id, ModuleVersion.title, CourseVersion.title, OralSitting)
        .join(Person, Person.id == Enrolment.person_id)
        .join(CourseVersion, CourseVersion.id == Enrolment.version_id)
        .join(ModuleVersion, ModuleVersion.course_version_id == CourseVersion.id)
        .outerjoin(Completion, Completion.enrolment_id == Enrolment.id)
        .outerjoin(
            OralSitting,
            (OralSitting.enrolment_id == Enrolment.id)
            & (OralSitting.module_id == ModuleVersion.module_id)
            & OralSitting.closed_at.is_(None),
        )
        .where(
            ModuleVersion.kind == services.KIND,
            Enrolment.withdrawn_at.is_(None),
            Completion.id.is_(None),
            Person.id != (actor.person_id or 0),
            course_policies.enrolments_seen(actor, Permission.ORAL_EXAMINE),
        )
        .order_by(ModuleVersion.module_id, in_name_order(), Person.id)
    )


def one_examinable(actor: Actor, enrolment_id: int, module_id: int) -> Examinable:
    """:raises Unknown: if it is not among those the actor may examine."""
    query = _examinable(actor).where(Enrolment.id == enrolment_id, ModuleVersion.module_id == module_id)
    row = db.session.execute(query.limit(1)).first()
    if row is None:
        raise Unknown()
    return Examinable(*row)


def examiners(excluded: set[int | None], sought: str = "") -> Sequence[Person]:
    """Those who may be asked: trainers and managers, without some; with ``sought`` in their name or number."""
    return db.session.scalars(
        select(Person)
        .options(joinedload(Person.team))
        .where(services.is_examiner(), Person.id.not_in([each for each in excluded if each]), _named(sought.strip()))
        .order_by(in_name_order(), Person.id)
        .limit(MOST)
    ).all()


def _named(sought: str) -> ColumnElement[bool]:
    columns = (Person.name, Person.name_latin, Person.number)
    return or_(*(column.icontains(sought, autoescape=True) for column in columns)) if sought else true()


def desk(actor: Actor, sitting_id: int) -> Desk:
    """:raises Unknown: if the actor is no examiner of it."""
    sitting = db.session.scalar(
        select(OralSitting)
        .options(
            selectinload(OralSitting.sheets).joinedload(OralSheet.examiner),
            joinedload(OralSitting.person),
            joinedload(OralSitting.version),
        )
        .where(OralSitting.id == sitting_id)
    )
    own = next((each for each in sitting.sheets if each.examiner_id == actor.person_id), None) if sitting else None
    if sitting is None or own is None or actor.person_id is None:
        raise Unknown()
    result = services.current(sitting_id)
    whole = own.given_at is not None and (result is not None or services.is_apart(sitting))
    others = [each for each in services.given(sitting) if each is not own] if whole else []
    shown = [own, *others] if own.given_at else []
    shares = {each.id: services.share_of(sitting, each.points or {}) for each in shown}
    apart = services.is_apart(sitting)
    return Desk(sitting, own, services.key_of(sitting), others, shares, apart, services.proposal_of(sitting_id) if apart else None, result)


class Settled(NamedTuple):
    """A sitting with the result that counts."""

    sitting: OralSitting
    result: OralResult
    course_title: LocalText


def settled(actor: Actor, sought: str = "", limit: int = 20) -> list[Settled]:
    """Sittings of courses that the actor may edit, the last settled first; with ``sought`` in the person's name or number."""
    rows = db.session.execute(
        select(OralSitting, OralResult, CourseVersion.title)
        .select_from(OralSitting)
        .join(OralResult, (OralResult.sitting_id == OralSitting.id) & counts())
        .join(Person, Person.id == OralSitting.person_id)
        .join(ModuleVersion, ModuleVersion.id == OralSitting.module_version_id)
        .join(CourseVersion, CourseVersion.id == ModuleVersion.course_version_id)
        .join(Course, Course.id == CourseVersion.course_id)
        .options(joinedload(OralSitting.person), joinedload(OralSitting.version))
        .where(course_policies.authored(actor), OralSitting.person_id != (actor.person_id or 0), _named(sought.strip()))
        .order_by(OralResult.at.desc(), OralResult.id.desc())
        .limit(limit)
    )
    return [Settled(*row) for row in rows]


def counts() -> ColumnElement[bool]:
    """Of an ``OralResult``: nothing supersedes it."""
    later = OralResult.__table__.alias("later")
    return ~exists().where(later.c.supersedes_id == OralResult.id)


def chain(sitting_id: int) -> Sequence[OralResult]:
    """The results of a sitting, the one that counts first."""
    query = select(OralResult).options(joinedload(OralResult.by)).where(OralResult.sitting_id == sitting_id)
    return db.session.scalars(query.order_by(OralResult.id.desc())).all()


def own_exam(actor: Actor, enrolment_id: int, module_id: int) -> tuple[Learning, list[Held]]:
    """The oral exam of one's own enrolment, and its sittings. :raises Unknown: if it is not one's own, or has none."""
    learning = course_queries.learning(actor, enrolment_id, module_id)
    if learning.module is None or learning.module.kind != services.KIND:
        raise Unknown()
    rows = db.session.execute(
        select(OralSitting, OralResult)
        .outerjoin(OralResult, (OralResult.sitting_id == OralSitting.id) & counts())
        .options(selectinload(OralSitting.sheets))
        .where(
            OralSitting.enrolment_id == enrolment_id, OralSitting.module_id == module_id, OralSitting.cancelled_at.is_(None)
        )
        .order_by(OralSitting.number)
    )
    return learning, [Held(sitting, result, services.key_of(sitting)) for sitting, result in rows]
