"""The people of a cycle side by side, for those who run their feedback: how many are named, approved, have answered. Never who has."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct, field
from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from assessments.feedback360 import anonymity, policies
from assessments.feedback360.models import FeedbackCycle, FeedbackRater, FeedbackSubject, State
from lms.authz import Actor
from lms.db import db
from lms.people.models import Person
from lms.people.scope import called_in_sql

Tally = Mapping[str, Sequence[int]]
"""Group → [asked, answered]."""


class PersonRow(Struct, frozen=True):
    """Somebody looked at. ``states``: group → state → how many raters; ``tally`` what may be told of who was asked and how many have
    answered; ``short`` the groups for which fewer were approved than it takes to show them, with how many it takes."""

    subject: FeedbackSubject
    tally: Tally
    states: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    short: Mapping[str, int] = field(default_factory=dict)

    @property
    def waiting(self) -> int:
        return sum(each.get(State.PROPOSED, 0) for each in self.states.values())

    @property
    def named(self) -> int:
        """Raters of their own choice, whatever became of them."""
        return sum(sum(states.values()) for group, states in self.states.items() if group in anonymity.ANONYMOUS)

    @property
    def asked(self) -> int:
        return sum(asked for asked, _answered in self.tally.values())

    @property
    def answered(self) -> int:
        return sum(answered for _asked, answered in self.tally.values())


class Overview(Struct, frozen=True):
    """The rows by name, and how many people named nobody, wait for approval, or have a group too small to be shown."""

    rows: Sequence[PersonRow]
    nobody: int
    waiting: int
    short: int

    @property
    def asked(self) -> int:
        return sum(row.asked for row in self.rows)

    @property
    def answered(self) -> int:
        return sum(row.answered for row in self.rows)


def of_cycle(actor: Actor, cycle: FeedbackCycle) -> Overview:
    """Those in the actor's scope, in two statements."""
    rows = [_row(subject, counted) for subject, counted in _counted(actor, cycle)]
    open_ = cycle.closed_at is None
    return Overview(
        rows,
        nobody=sum(open_ and not row.named for row in rows),
        waiting=sum(bool(row.waiting) for row in rows),
        short=sum(open_ and bool(row.short) for row in rows),
    )


Counted = Iterable[tuple[str, str, bool, int]]
"""Group, state, whether answered, how many."""


def _counted(actor: Actor, cycle: FeedbackCycle) -> list[tuple[FeedbackSubject, Counted]]:
    subjects = db.session.scalars(
        select(FeedbackSubject)
        .join(Person, Person.id == FeedbackSubject.person_id)
        .options(joinedload(FeedbackSubject.person).joinedload(Person.team), joinedload(FeedbackSubject.cycle))
        .where(FeedbackSubject.cycle_id == cycle.id, policies.managed(actor))
        .order_by(called_in_sql(), Person.id)
    ).all()
    found: dict[int, list[tuple[str, str, bool, int]]] = {subject.id: [] for subject in subjects}
    rows = db.session.execute(
        select(FeedbackRater.subject_id, FeedbackRater.relation, FeedbackRater.state, FeedbackRater.answered, func.count())
        .where(FeedbackRater.subject_id.in_(found))
        .group_by(FeedbackRater.subject_id, FeedbackRater.relation, FeedbackRater.state, FeedbackRater.answered)
    )
    for subject_id, *counted in rows:
        found[subject_id].append(tuple(counted))  # type: ignore[arg-type]
    return [(subject, found[subject.id]) for subject in subjects]


def _row(subject: FeedbackSubject, counted: Counted) -> PersonRow:
    states: dict[str, dict[str, int]] = {}
    tally: dict[str, list[int]] = {}
    for relation, state, answered, n in counted:
        own = states.setdefault(relation, {})
        own[state] = own.get(state, 0) + n
        if state == State.APPROVED:
            pair = tally.setdefault(relation, [0, 0])
            pair[0], pair[1] = pair[0] + n, pair[1] + (n if answered else 0)
    least = subject.cycle.least
    short = {group: least[group] for group in anonymity.ANONYMOUS if 0 < _hoped(states.get(group, {})) < least[group]}
    return PersonRow(subject, anonymity.told(subject.tally or tally, least), states, short)


def _hoped(states: Mapping[str, int]) -> int:
    return states.get(State.PROPOSED, 0) + states.get(State.APPROVED, 0)

