"""The report of one person: every figure decided once, for page, PDF and table. Only what may be shown comes in here."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from msgspec import Struct
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from assessments.feedback360 import anonymity, authoring, policies, scoring
from assessments.feedback360.models import FeedbackAnswer, FeedbackCycle, FeedbackSubject, FeedbackVersion
from assessments.feedback360.questionnaire import Comment, Competency, Item, Questionnaire
from assessments.feedback360.scoring import Change, Figure, Gap, Score, View
from courses.models import Course, Status
from lms import audit
from lms.authz import Actor, Permission, require
from lms.db import db
from lms.values import NotEstimable, Reliability

WEAK = 3.5
"""Below this level a course is suggested, and wherever there is a blind spot."""
ENOUGH_COMMENTS = 5
"""Comments bear their group only where every group that commented has so many."""
OTHERS = frozenset(("manager", *anonymity.ANONYMOUS))


class Row(Struct, frozen=True):
    """A competency, or one item of it: the own level, that of the others, and that of each group shown."""

    own: Figure
    others: Figure
    by_view: tuple[Figure, ...]


class Finding(Struct, frozen=True):
    competency: Competency
    row: Row
    gap: Gap | NotEstimable
    agreement: Reliability | NotEstimable
    items: tuple[tuple[Item, Row], ...]
    change: Change | None


class Remarks(Struct, frozen=True):
    """Comments on one question in an order of their own; ``group`` of each is empty where it would tell too much."""

    comment: Comment
    texts: tuple[tuple[str, str], ...]


class Step(Struct, frozen=True):
    """A competency to work on, and the courses that train it."""

    finding: Finding
    courses: tuple[Course, ...]


class Report(Struct, frozen=True):
    subject: FeedbackSubject
    cycle: FeedbackCycle
    views: tuple[View, ...]
    """The others' groups that are shown, each as one column."""
    selected: frozenset[str]
    tally: Mapping[str, Sequence[int]]
    findings: tuple[Finding, ...]
    remarks: tuple[Remarks, ...]
    before: FeedbackSubject | None
    hidden: bool
    """Whether there are answers of groups that were too small to be shown."""

    @property
    def blind_spots(self) -> list[Finding]:
        return [each for each in self.findings if isinstance(each.gap, Gap) and each.gap.kind == "blind_spot"]

    @property
    def hidden_strengths(self) -> list[Finding]:
        return [each for each in self.findings if isinstance(each.gap, Gap) and each.gap.kind == "hidden_strength"]

    @property
    def known(self) -> list[Finding]:
        """Those of which the others say something, the highest first."""
        rated = [(each, each.row.others) for each in self.findings]
        return [each for each, others in sorted(rated, key=lambda pair: -_value(pair[1])) if isinstance(others, Score)]


def _value(figure: Figure) -> float:
    return figure.value if isinstance(figure, Score) else 0.0


def of(actor: Actor, subject_id: int, selected: frozenset[str] = frozenset()) -> Report:
    """The report that the actor may read; ``selected``: the groups of others that are looked at, none for all.

    :raises Unknown: before the cycle is closed, and if it is not open to the actor.
    """
    subject = policies.readable_subject(actor, subject_id)
    found = loaded([subject.id])[subject.id]
    before = _before(found.subject)
    return _made(found, (selected & OTHERS) or OTHERS, loaded([before.id])[before.id] if before else None)


def to_be_noted(actor: Actor, subject_id: int) -> bool:
    """Whether this reading is to be written down: the first of one's own report, and each of somebody else's."""
    subject = policies.readable_subject(actor, subject_id)
    return subject.person_id != actor.person_id or subject.read_at is None


def note_reading(actor: Actor, subject_id: int, *, now: datetime) -> FeedbackSubject:
    """Write down that the report was opened: with the person it is about, else in the audit trail."""
    require(actor, Permission.FEEDBACK_TAKE_PART)
    subject = policies.readable_subject(actor, subject_id)
    if subject.person_id == actor.person_id:
        subject.read_at = subject.read_at or now
        db.session.flush()
    else:
        audit.record(actor, "feedback.read", "feedback_subject", subject_id)
    return subject


class Loaded(Struct, frozen=True):
    """What is known of one person in a closed cycle, as much of it as may be shown."""

    subject: FeedbackSubject
    questionnaire: Questionnaire
    views: tuple[View, ...]
    answers: tuple[tuple[str, str, Mapping[str, Any]], ...]
    """(random id, group, answers) of the groups shown."""

    def others(self, selected: frozenset[str]) -> list[View]:
        atoms = anonymity.within([view.groups for view in self.views], selected - {"self"})
        return [view for view in self.views if view.groups in atoms]

    @property
    def own(self) -> list[View]:
        return [view for view in self.views if view.groups == {"self"}]


def loaded(subject_ids: Sequence[int]) -> dict[int, Loaded]:
    """Subject → what may be shown of it; of closed cycles alone. Whoever calls has made sure that the reader may see the people."""
    subjects = db.session.scalars(
        select(FeedbackSubject)
        .join(FeedbackCycle, FeedbackCycle.id == FeedbackSubject.cycle_id)
        .options(joinedload(FeedbackSubject.person),
                 joinedload(FeedbackSubject.cycle).joinedload(FeedbackCycle.version).undefer(FeedbackVersion.content))
        .where(FeedbackSubject.id.in_(subject_ids), FeedbackCycle.closed_at.is_not(None))
    ).all()  # fmt: skip
    given: dict[int, list[tuple[str, str, Mapping[str, Any]]]] = {}
    rows = db.session.execute(
        select(FeedbackAnswer.subject_id, FeedbackAnswer.id, FeedbackAnswer.relation, FeedbackAnswer.answers)
        .where(FeedbackAnswer.subject_id.in_([subject.id for subject in subjects])).order_by(FeedbackAnswer.id)
    )  # fmt: skip
    for subject_id, id_, relation, answers in rows:
        given.setdefault(subject_id, []).append((id_, relation, answers))
    asked = {subject.cycle.version.id: authoring.asked(subject.cycle.version) for subject in subjects}
    return {subject.id: _loaded(subject, asked[subject.cycle.version_id], given.get(subject.id, [])) for subject in subjects}


def _loaded(subject: FeedbackSubject, asked: Questionnaire, given: Sequence[tuple[str, str, Mapping[str, Any]]]) -> Loaded:
    views = scoring.views([(group, answers["levels"]) for _id, group, answers in given], subject.cycle.least)
    shown = {group for view in views for group in view.groups}
    return Loaded(subject, asked, tuple(views), tuple(each for each in given if each[1] in shown))


def _before(subject: FeedbackSubject) -> FeedbackSubject | None:
    """The same person in the last closed cycle before with the same version."""
    found: FeedbackSubject | None = db.session.scalar(
        select(FeedbackSubject)
        .join(FeedbackCycle, FeedbackCycle.id == FeedbackSubject.cycle_id)
        .where(FeedbackSubject.person_id == subject.person_id, FeedbackCycle.version_id == subject.cycle.version_id,
               FeedbackCycle.closed_at < subject.cycle.closed_at)
        .order_by(FeedbackCycle.closed_at.desc())
        .limit(1)
    )  # fmt: skip
    return found


def _made(found: Loaded, selected: frozenset[str], before: Loaded | None) -> Report:
    views = tuple(found.others(selected))
    tally = found.subject.tally
    shown = {group for view in found.views for group in view.groups}
    return Report(
        subject=found.subject, cycle=found.subject.cycle, views=views, selected=selected, tally=tally,
        findings=tuple(_finding(each, found, views, selected, before) for each in found.questionnaire.competencies),
        remarks=tuple(_remarks(each, found, found.others(OTHERS)) for each in found.questionnaire.comments),
        before=before.subject if before else None,
        hidden=any(answered and group not in shown for group, (_asked, answered) in tally.items()))  # fmt: skip


def _finding(competency: Competency, found: Loaded, views: Sequence[View], selected: frozenset[str], before: Loaded | None) -> Finding:
    row = _row(competency.items, found.own, views)
    change = scoring.change(scoring.score(competency.items, before.others(selected)), row.others) if before else None
    items = tuple((item, _row([item], found.own, views)) for item in competency.items)
    return Finding(competency, row, scoring.gap(row.own, row.others), scoring.agreement(competency.items, views), items, change)


def _row(items: Sequence[Item], own: Sequence[View], views: Sequence[View]) -> Row:
    return Row(scoring.score(items, own), scoring.score(items, views), tuple(scoring.score(items, [view]) for view in views))


def _remarks(comment: Comment, found: Loaded, views: Sequence[View]) -> Remarks:
    """The comments of all groups shown, whichever are chosen, since the choice would tell the group: the manager's by name, the others
    without any unless each group has enough of them."""
    groups = {group for view in views for group in view.groups}
    said = [(id_, group, answers["comments"][comment.id]) for id_, group, answers in found.answers
            if group in groups and answers["comments"].get(comment.id)]  # fmt: skip
    said.sort(key=lambda each: hashlib.sha256(f"{comment.id}:{each[0]}".encode()).digest())
    counts = [sum(group == each for _id, group, _text in said) for each in {group for _id, group, _text in said if group != "manager"}]
    enough = bool(counts) and min(counts) >= ENOUGH_COMMENTS
    return Remarks(comment, tuple((group if enough or group == "manager" else "", text) for _id, group, text in said))


def steps(report: Report) -> list[Step]:
    """What to work on: weak competencies and blind spots, the lowest first, with the courses that train them; three at most."""
    wanted = [each for each in reversed(report.known) if _value(each.row.others) < WEAK or each in report.blind_spots][:3]
    wanted = wanted or report.known[-1:]
    courses = db.session.scalars(select(Course).where(Course.version > 0, Course.status != Status.RETIRED).order_by(Course.code)).all()
    return [Step(each, tuple(c for c in courses if each.competency.word in c.competencies)[:3]) for each in wanted]
