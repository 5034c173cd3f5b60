"""What the pages of cases show. Every list is scoped by its viewer in SQL."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from msgspec import Struct
from sqlalchemy import exists, func, or_, select
from sqlalchemy.orm import joinedload

from assessments.cases import case as rules
from assessments.cases import policies, scoring, services
from assessments.cases.doubling import by_two
from assessments.cases.models import (
    Case,
    CaseAnswer,
    CaseComment,
    CaseLesson,
    CaseScore,
    CaseVersion,
    CaseWork,
    State,
)
from assessments.roleplays.scoring import Settled
from lms.authz import Actor, Permission
from lms.db import db
from lms.errors import Unknown
from lms.paging import Page, paginate
from lms.people.models import Person

MOST_SHOWN = 300


class CaseRow(NamedTuple):
    version: CaseVersion
    work: CaseWork | None
    """The viewer's own, of this version."""


def library(
    actor: Actor, *, query: str = "", stage: str = "", industry: str = "", ending: str = "", page: int = 1
) -> Page[CaseRow]:
    """The published cases that are open, the newest first; ``query``: every word must be in title or brief."""
    wanted = select(CaseVersion).join(Case, policies.CURRENT).where(policies.open_in_library())
    for word in query.casefold().split()[:8]:
        wanted = wanted.where(CaseVersion.words.contains(word, autoescape=True))
    for column, value in ((CaseVersion.stage, stage), (CaseVersion.industry, industry), (CaseVersion.ending, ending)):
        wanted = wanted.where(column == value) if value else wanted
    found = paginate(wanted.order_by(CaseVersion.published_at.desc(), CaseVersion.id.desc()), page, 24)
    ids = [version.id for version in found.rows]
    own = db.session.scalars(
        select(CaseWork)
        .where(CaseWork.person_id == actor.person_id, CaseWork.version_id.in_(ids))
        .order_by(CaseWork.id)
    )
    works = {work.version_id: work for work in own}
    return Page([CaseRow(each, works.get(each.id)) for each in found.rows], found.number, found.size, found.total)


class Intro(Struct, frozen=True):
    version: CaseVersion
    work: CaseWork | None


def intro(actor: Actor, case_id: int) -> Intro:
    """A case of the library before it is begun. :raises Unknown: if it is not open there."""
    query = select(CaseVersion).join(Case, policies.CURRENT).options(joinedload(CaseVersion.rubric))
    version = db.session.scalar(query.where(Case.id == case_id, policies.open_in_library()))
    if version is None:
        raise Unknown()
    own = select(CaseWork).where(
        CaseWork.person_id == actor.person_id, CaseWork.version_id == version.id, CaseWork.enrolment_id.is_(None)
    )
    return Intro(version, db.session.scalar(own))


def version_of(version_id: int) -> CaseVersion:
    """:raises Unknown: if there is none."""
    version = db.session.scalar(
        select(CaseVersion).options(joinedload(CaseVersion.rubric)).where(CaseVersion.id == version_id)
    )
    if version is None:
        raise Unknown()
    return version


class Other(NamedTuple):
    """What a colleague of the group answered."""

    person: Person
    text: str
    at: datetime | None


class WorkPage(Struct, frozen=True):
    """One's own work as far as it has come. ``others`` and ``comments`` hold answered questions alone."""

    work: CaseWork
    content: dict[str, Any]
    answers: dict[str, CaseAnswer]
    others: dict[str, list[Other]]
    comments: dict[str, list[CaseComment]]
    finished: bool
    scores: Sequence[CaseScore]
    result: Settled | None
    lessons: Sequence[CaseLesson]


def work_page(actor: Actor, work_id: int) -> WorkPage:
    """:raises Unknown: if it is somebody else's."""
    work = policies.own_work(actor, work_id)
    answers = services.answers_of(work)
    progress = services.progress(answers)
    content = work.version.content
    over = rules.finished(rules.keys_of(content), progress)
    scores = scoring.counting(work.id) if work.answered_at and work.version.rubric_version_id else []
    return WorkPage(
        work,
        rules.seen(content, progress),
        answers,
        others(work),
        comments(work),
        over,
        scores,
        scoring.result(work, scores),
        lessons_of(work.version.case_id) if over else [],
    )


def _own_given(work: CaseWork) -> Any:
    """The questions that the work's person has answered, as SQL: what is not among them is not read at all."""
    return select(CaseAnswer.question).where(CaseAnswer.work_id == work.id, CaseAnswer.given_at.is_not(None))


def others(work: CaseWork) -> dict[str, list[Other]]:
    """Question → answers of the group, of questions answered oneself, the oldest first."""
    rows = db.session.execute(
        select(CaseAnswer.question, Person, CaseAnswer.text, CaseAnswer.given_at)
        .join(CaseWork, CaseWork.id == CaseAnswer.work_id)
        .join(Person, Person.id == CaseWork.person_id)
        .where(
            policies.same_group(work),
            CaseWork.person_id != work.person_id,
            CaseAnswer.given_at.is_not(None),
            CaseAnswer.question.in_(_own_given(work)),
        )
        .order_by(CaseAnswer.id)
        .limit(MOST_SHOWN)
    )
    found: dict[str, list[Other]] = {}
    for question, person, text, at in rows:
        found.setdefault(question, []).append(Other(person, text, at))
    return found


def comments(work: CaseWork) -> dict[str, list[CaseComment]]:
    """Question → the group's discussion, of questions answered oneself; hidden ones for their author alone."""
    rows = db.session.scalars(
        select(CaseComment)
        .options(joinedload(CaseComment.person))
        .where(
            policies.same_talk(work),
            CaseComment.question.in_(_own_given(work)),
            or_(CaseComment.hidden_at.is_(None), CaseComment.person_id == work.person_id),
        )
        .order_by(CaseComment.id)
        .limit(MOST_SHOWN)
    )
    found: dict[str, list[CaseComment]] = {}
    for row in rows:
        found.setdefault(row.question, []).append(row)
    return found


# Lessons


def lessons_of(case_id: int) -> Sequence[CaseLesson]:
    return db.session.scalars(
        select(CaseLesson)
        .where(CaseLesson.case_id == case_id, CaseLesson.removed_at.is_(None))
        .order_by(CaseLesson.id)
        .limit(MOST_SHOWN)
    ).all()


def case_for_lessons(actor: Actor, case_id: int) -> Case:
    """A case for those who have finished it, its trainers and those who score. :raises Unknown: otherwise: lessons tell the end."""
    unread = exists().where(CaseAnswer.work_id == CaseWork.id, CaseAnswer.revealed_at.is_(None))
    over = exists().where(
        CaseWork.version_id == CaseVersion.id,
        CaseVersion.case_id == Case.id,
        CaseWork.person_id == actor.person_id,
        CaseWork.answered_at.is_not(None),
        ~unread,
    )
    knows = actor.can(Permission.CASE_AUTHOR) or actor.can(Permission.CASE_SCORE)
    query = select(Case).where(Case.id == case_id, Case.version > 0)
    case = db.session.scalar(query if knows else query.where(over))
    if case is None:
        raise Unknown()
    return case


# What raters see: no name, no team


class ScoreRow(NamedTuple):
    work_id: int
    alias: str
    title: dict[str, str]
    answered_at: datetime
    own: float | None
    """The total of the viewer's own latest score."""
    others: int
    """How many others have scored it."""

    @property
    def second_wanted(self) -> bool:
        """Drawn to be scored by two, and one of them is still missing."""
        return self.own is None and self.others == 1 and by_two(self.alias)


def to_score(actor: Actor, page: int = 1) -> Page[ScoreRow]:
    """The works the viewer may score: first those nobody has scored, then those others have, last one's own."""
    own = (
        select(CaseScore.work_id, func.max(CaseScore.id).label("id"))
        .where(CaseScore.rater_id == actor.person_id)
        .group_by(CaseScore.work_id)
        .subquery()
    )
    others = (
        select(CaseScore.work_id, func.count(func.distinct(CaseScore.rater_id)).label("n"))
        .where(CaseScore.rater_id != actor.person_id)
        .group_by(CaseScore.work_id)
        .subquery()
    )
    scored = func.coalesce(others.c.n, 0)
    query: Any = (
        select(CaseWork.id, CaseWork.alias, CaseVersion.title, CaseWork.answered_at, CaseScore.total, scored)
        .outerjoin(others, others.c.work_id == CaseWork.id)
        .join(CaseVersion, CaseVersion.id == CaseWork.version_id)
        .outerjoin(own, own.c.work_id == CaseWork.id)
        .outerjoin(CaseScore, CaseScore.id == own.c.id)
        .where(policies.scored_by(actor), CaseVersion.rubric_version_id.is_not(None))
        .order_by(own.c.id.is_not(None), scored, CaseWork.answered_at, CaseWork.id)
    )
    found = paginate(query, page)
    return Page([ScoreRow(*row) for row in found.rows], found.number, found.size, found.total)


def waiting_to_score(actor: Actor) -> int:
    """How many works nobody has scored yet that the viewer may score."""
    scored = exists().where(CaseScore.work_id == CaseWork.id)
    query = select(func.count()).select_from(CaseWork).join(CaseVersion, CaseVersion.id == CaseWork.version_id)
    query = query.where(policies.scored_by(actor), CaseVersion.rubric_version_id.is_not(None), ~scored)
    return db.session.scalar(query) or 0


class Sheet(Struct, frozen=True):
    work_id: int
    alias: str
    version: CaseVersion
    answers: dict[str, CaseAnswer]
    own: CaseScore | None
    result: Settled | None
    """Only after one's own score."""


def sheet(actor: Actor, work_id: int) -> Sheet:
    """:raises Unknown: if the viewer is not to score it, or it has no rubric."""
    work = policies.scored_work(actor, work_id)
    if work.version.rubric is None:
        raise Unknown()
    own = scoring.own_latest(actor, work)
    result = scoring.result(work, scoring.counting(work.id)) if own else None
    return Sheet(work.id, work.alias, work.version, services.answers_of(work), own, result)


# What trainers see


def authored(actor: Actor) -> Sequence[Case]:
    if not actor.can(Permission.CASE_AUTHOR):
        return []
    query = select(Case).options(joinedload(Case.proposed_by)).order_by(Case.edited_at.desc()).limit(200)
    return db.session.scalars(query).all()


def own_proposals(actor: Actor) -> Sequence[Case]:
    query = select(Case).where(Case.proposed_by_id == actor.person_id).order_by(Case.id.desc()).limit(100)
    return db.session.scalars(query).all()


def waiting_proposals(actor: Actor) -> int:
    if not actor.can(Permission.CASE_AUTHOR):
        return 0
    return db.session.scalar(select(func.count(Case.id)).where(Case.status == State.PROPOSED.value)) or 0


def talk(actor: Actor, case_id: int, page: int = 1) -> Page[CaseComment]:
    """The discussions of a case, the newest first, hidden contributions too."""
    query = (
        select(CaseComment)
        .join(CaseVersion, CaseVersion.id == CaseComment.version_id)
        .options(joinedload(CaseComment.person))
        .where(CaseVersion.case_id == case_id, policies.moderated(actor))
        .order_by(CaseComment.id.desc())
    )
    return paginate(query, page)
