"""What raters, those looked at and those who run feedback read. Figures are in ``report``."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from msgspec import Struct
from sqlalchemy import String, bindparam, case, exists, func, literal, or_, select, union_all
from sqlalchemy.orm import joinedload, undefer

from assessments.feedback360 import anonymity, authoring, policies
from assessments.feedback360.models import (
    FeedbackCycle,
    FeedbackQuestionnaire,
    FeedbackRater,
    FeedbackSubject,
    FeedbackVersion,
    Group,
    State,
)
from assessments.feedback360.questionnaire import Questionnaire
from lms.authz import Actor, Permission
from lms.clock import today
from lms.db import LocalText, db, fetch, fixed
from lms.errors import Refused
from lms.paging import Page, paginate
from lms.people.models import Person, RoleGrant
from lms.people.queries import TeamNode, ids_meant, whole_teams
from lms.people.scope import in_name_order, people_in_scope

FOUND_AT_MOST = 12
MOST_TEAMS = 200
MOST_NUMBERS = 1000
"""That one may type at once; twice as many as a cycle takes."""


class Waiting(Struct, frozen=True):
    """Something for this person to do: ``kind`` answer, nominate, approve or report; ``key`` the rater's or the subject's id."""

    kind: str
    key: int
    relation: str
    name: str
    name_latin: str | None
    cycle: LocalText
    until: datetime


def _task(kind: str, key: Any, relation: Any, until: Any) -> Any:
    return (
        select(literal(kind).label("kind"), key.label("key"), relation.label("relation"), Person.name, Person.name_latin,
               FeedbackCycle.name.label("cycle"), until.label("until"))
        .select_from(FeedbackSubject)
        .join(FeedbackCycle, FeedbackCycle.id == FeedbackSubject.cycle_id)
        .join(Person, Person.id == FeedbackSubject.person_id)
    )  # fmt: skip


_ME: Any = bindparam("person_id")
_MOMENT: Any = bindparam("moment", type_=FeedbackCycle.closes_at.type)
_OPEN = (FeedbackCycle.closed_at.is_(None), FeedbackCycle.closes_at > _MOMENT)
_NONE = literal("", String)
_PROPOSED = select(FeedbackRater.id).where(
    FeedbackRater.subject_id == FeedbackSubject.id, FeedbackRater.state == State.PROPOSED.value
)
_CHOSEN = select(FeedbackRater.id).where(
    FeedbackRater.subject_id == FeedbackSubject.id,
    FeedbackRater.relation.not_in(fixed(Group.SELF, Group.MANAGER)),
    FeedbackRater.state.in_(fixed(State.PROPOSED, State.APPROVED)),
)
_TASKS = union_all(
    _task("answer", FeedbackRater.id, FeedbackRater.relation, FeedbackCycle.closes_at)
    .join(FeedbackRater, FeedbackRater.subject_id == FeedbackSubject.id)
    .where(FeedbackRater.person_id == _ME, FeedbackRater.answered.is_(False), FeedbackRater.state == State.APPROVED.value, *_OPEN),
    _task("nominate", FeedbackSubject.id, _NONE, FeedbackCycle.nominate_until).where(
        FeedbackSubject.person_id == _ME, FeedbackCycle.closed_at.is_(None), FeedbackCycle.nominate_until > _MOMENT, ~_CHOSEN.exists()
    ),
    _task("approve", FeedbackSubject.id, _NONE, FeedbackCycle.closes_at).where(
        FeedbackSubject.manager_id == _ME, _PROPOSED.exists(), *_OPEN
    ),
    _task("report", FeedbackSubject.id, _NONE, FeedbackCycle.closes_at).where(
        FeedbackSubject.person_id == _ME, FeedbackSubject.read_at.is_(None), FeedbackCycle.closed_at.is_not(None)
    ),
)
_WAITING = _TASKS.order_by("until", "kind", "key")
ANY_WAITING = exists(select(literal(1)).select_from(_TASKS.subquery()))
"""Both built once: everybody's page of the day asks whether there is anything."""


def waiting(actor: Actor, now: datetime) -> list[Waiting]:
    """What waits for the actor, the nearest date in front."""
    return [Waiting(*row) for row in fetch(_WAITING, {"person_id": actor.person_id, "moment": now}).all()]


def own(actor: Actor) -> Sequence[FeedbackSubject]:
    """The cycles in which the actor is looked at, the newest first."""
    return db.session.scalars(
        select(FeedbackSubject)
        .options(joinedload(FeedbackSubject.cycle))
        .where(FeedbackSubject.person_id == actor.person_id)
        .order_by(FeedbackSubject.id.desc())
        .limit(50)
    ).all()


class Sheet(Struct, frozen=True):
    """A questionnaire as a rater meets it."""

    rater: FeedbackRater
    cycle: FeedbackCycle
    person: Person
    questionnaire: Questionnaire
    closed: bool


def sheet(rater: FeedbackRater, now: datetime) -> Sheet:
    subject = db.session.get_one(FeedbackSubject, rater.subject_id, options=[
        joinedload(FeedbackSubject.person),
        joinedload(FeedbackSubject.cycle).joinedload(FeedbackCycle.version).undefer(FeedbackVersion.content)])  # fmt: skip
    cycle = subject.cycle
    return Sheet(rater, cycle, subject.person, authoring.asked(cycle.version), cycle.closed_at is not None or cycle.closes_at <= now)


class Chosen(Struct, frozen=True):
    """The raters of one group: how many are asked, how many more may be named, whether enough are there to be shown."""

    group: str
    raters: Sequence[FeedbackRater]
    least: int
    most: int

    @property
    def counted(self) -> int:
        return sum(rater.state in (State.PROPOSED, State.APPROVED) for rater in self.raters)

    @property
    def full(self) -> bool:
        return self.counted >= self.most

    @property
    def missing(self) -> int:
        return max(0, self.least - self.counted)


def chosen(subject: FeedbackSubject) -> list[Chosen]:
    """The raters nominated for somebody, by group. Direct reports only where there are any."""
    rows = db.session.scalars(
        select(FeedbackRater).options(joinedload(FeedbackRater.person).joinedload(Person.team))
        .where(FeedbackRater.subject_id == subject.id).order_by(FeedbackRater.id)
    ).all()  # fmt: skip
    leads = leads_people(subject.person_id)
    cycle = subject.cycle
    found = []
    for group in (Group.PEER, Group.REPORT, Group.CUSTOMER):
        there = [row for row in rows if row.relation == group]
        most = cycle.most[group.value]
        if there or (most and (group is not Group.REPORT or leads)):
            found.append(Chosen(group.value, there, cycle.least[group.value], most))
    return found


def leads_people(person_id: int) -> bool:
    query = select(RoleGrant.id).where(RoleGrant.person_id == person_id, RoleGrant.role == "manager").limit(1)
    return db.session.scalar(query) is not None


def colleagues(subject: FeedbackSubject, words: str) -> Sequence[Person]:
    """Active colleagues of that name or number who are not among the raters yet; none for an empty search."""
    wanted = words.strip()
    if not wanted:
        return []
    taken = select(FeedbackRater.person_id).where(FeedbackRater.subject_id == subject.id, FeedbackRater.person_id.is_not(None))
    return db.session.scalars(
        select(Person)
        .options(joinedload(Person.team))
        .where(
            Person.active, Person.left_on.is_(None), Person.id != subject.person_id, Person.id.not_in(taken),
            or_(Person.name.icontains(wanted, autoescape=True), Person.name_latin.icontains(wanted, autoescape=True),
                func.lower(Person.number) == wanted.lower()),
        )
        .order_by(Person.team_id != db.session.scalar(select(Person.team_id).where(Person.id == subject.person_id)), in_name_order(), Person.id)
        .limit(FOUND_AT_MOST)
    ).all()  # fmt: skip


class CycleRow(Struct, frozen=True):
    cycle: FeedbackCycle
    people: int
    asked: int
    answered: int


def cycles(actor: Actor, page: int = 1) -> Page[CycleRow]:
    """The cycles that the actor opened or that look at somebody in scope; figures of the people in scope alone."""
    scope = select(FeedbackSubject.cycle_id).join(Person, Person.id == FeedbackSubject.person_id).where(policies.managed(actor))
    query = select(FeedbackCycle).where(or_(FeedbackCycle.created_by_id == actor.person_id, FeedbackCycle.id.in_(scope)))
    found = paginate(query.order_by(FeedbackCycle.closed_at.is_not(None), FeedbackCycle.closes_at.desc()), page)
    figures = _figures(actor, found.rows)
    return Page([CycleRow(cycle, *figures.get(cycle.id, (0, 0, 0))) for cycle in found.rows], found.number, found.size, found.total)


def _figures(actor: Actor, cycles: Sequence[FeedbackCycle]) -> dict[int, tuple[int, int, int]]:
    """Cycle → (people, asked, answered): of open cycles by the marks, of closed ones by what was written down."""
    seen = select(FeedbackSubject.cycle_id, func.count()).join(Person, Person.id == FeedbackSubject.person_id)
    seen = seen.where(FeedbackSubject.cycle_id.in_([each.id for each in cycles]), policies.managed(actor))
    people: dict[int, int] = dict(db.session.execute(seen.group_by(FeedbackSubject.cycle_id)).all())  # type: ignore[arg-type]
    sums = {cycle: [n, done] for cycle, n, done in db.session.execute(_asked(actor, [each.id for each in cycles if each.closed_at is None]))}
    least = {each.id: each.least for each in cycles}
    over = select(FeedbackSubject.cycle_id, FeedbackSubject.tally).join(Person, Person.id == FeedbackSubject.person_id)
    over = over.where(FeedbackSubject.cycle_id.in_([each.id for each in cycles if each.closed_at is not None]), policies.managed(actor))
    for cycle, tally in db.session.execute(over):
        total = sums.setdefault(cycle, [0, 0])
        for n, done in anonymity.told(tally, least[cycle]).values():
            total[0] += n
            total[1] += done
    return {cycle: (n, *sums.get(cycle, (0, 0))) for cycle, n in people.items()}


def _asked(actor: Actor, cycle_ids: Sequence[int]) -> Any:
    """Cycle, how many were asked and have answered; without groups too small for that to be told, as :func:`anonymity.told` has it."""
    done = func.sum(case((FeedbackRater.answered, 1), else_=0)).label("done")
    groups = (
        select(FeedbackSubject.cycle_id, FeedbackRater.relation, func.count().label("n"), done)
        .join(Person, Person.id == FeedbackSubject.person_id)
        .join(FeedbackRater, FeedbackRater.subject_id == FeedbackSubject.id)
        .where(FeedbackSubject.cycle_id.in_(cycle_ids), policies.managed(actor), FeedbackRater.state == State.APPROVED.value)
        .group_by(FeedbackSubject.cycle_id, FeedbackSubject.id, FeedbackRater.relation)
        .subquery()
    )
    least = case(
        {"peer": FeedbackCycle.least_peer, "report": FeedbackCycle.least_report, "customer": FeedbackCycle.least_customer},
        value=groups.c.relation, else_=1,
    )  # fmt: skip
    return (
        select(groups.c.cycle_id, func.sum(groups.c.n), func.sum(groups.c.done))
        .join(FeedbackCycle, FeedbackCycle.id == groups.c.cycle_id)
        .where(groups.c.n >= least)
        .group_by(groups.c.cycle_id)
    )


def progress(subject: FeedbackSubject) -> dict[str, Sequence[int]]:
    """Group → [asked, answered] of one person, for those who may see the person; as far as it may be told."""
    if subject.tally:
        return anonymity.told(subject.tally, subject.cycle.least)
    found: dict[str, list[int]] = {}
    rows = db.session.execute(
        select(FeedbackRater.relation, FeedbackRater.answered, func.count())
        .where(FeedbackRater.subject_id == subject.id, FeedbackRater.state == State.APPROVED.value)
        .group_by(FeedbackRater.relation, FeedbackRater.answered)
    )
    for relation, answered, n in rows:
        tally = found.setdefault(relation, [0, 0])
        tally[0] += n
        tally[1] += n if answered else 0
    return anonymity.told(found, subject.cycle.least)


def choice(actor: Actor) -> tuple[Sequence[tuple[TeamNode, int]], int]:
    """Whom a cycle can look at: the teams in scope with all people in them and below, and how many there are in all."""
    scope = people_in_scope(actor, Permission.FEEDBACK_MANAGE) & Person.active
    teams = whole_teams(actor, Permission.FEEDBACK_MANAGE, today())[:MOST_TEAMS]
    return teams, db.session.scalar(select(func.count(Person.id)).where(scope)) or 0


def people_meant(actor: Actor, teams: Sequence[int], numbers: Sequence[str]) -> list[int]:
    """The ids of the people in scope who are meant. :raises Refused: ``feedback_numbers_many``, ``numbers_unknown``."""
    if len(numbers) > MOST_NUMBERS:
        raise Refused("feedback_numbers_many", field="numbers", most=MOST_NUMBERS)
    return ids_meant(actor, Permission.FEEDBACK_MANAGE, teams, numbers, today())


def questionnaires(*, usable: bool = False) -> Sequence[FeedbackQuestionnaire]:
    query = select(FeedbackQuestionnaire).options(undefer(FeedbackQuestionnaire.content)).order_by(
        FeedbackQuestionnaire.status, FeedbackQuestionnaire.code)  # fmt: skip
    return db.session.scalars(query.where(FeedbackQuestionnaire.status == "active") if usable else query).all()


def frozen(questionnaire_id: int) -> int:
    """How many versions of a questionnaire were used."""
    return db.session.scalar(select(func.count()).where(FeedbackVersion.questionnaire_id == questionnaire_id)) or 0
