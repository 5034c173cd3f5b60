"""The desk at which a target is handed down: what each below it would get, and why; and the goal made of a typed number."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from msgspec import Struct
from sqlalchemy import select

from lms.authz import Actor, Permission, require
from lms.db import db
from lms.errors import Refused
from lms.people.models import Team
from performance.kpis.measures import figure_of
from performance.kpis.models import Kpi
from performance.targets import pages, policies, spreading
from performance.targets.forms import SharesForm, key_of
from performance.targets.pages import Board, Row
from performance.targets.periods import Span
from performance.targets.services import Goal, Subject


class Line(Struct, frozen=True):
    """A team or member below, what is proposed for it, and what it reached in the twelve months before."""

    row: Row
    key: str
    proposal: spreading.Proposal | None
    before: float | None


class Desk(Struct, frozen=True):
    board: Board
    whole: float
    method: str
    methods: Sequence[str]
    lines: Sequence[Line]
    form: SharesForm

    def goals(self, typed: Mapping[str, str]) -> list[Goal]:
        """What was typed, for those on the desk; numbers left as proposed keep how they were found."""
        read = self.form.read(typed)
        return [_goal(line, read[line.row.subject], self.method) for line in self.lines if line.row.subject in read]


def _goal(line: Line, value: float, method: str) -> Goal:
    proposed = line.proposal
    if proposed is None:
        return Goal(line.row.subject, value)
    as_proposed = abs(proposed.value - value) < 1e-6 * max(1.0, abs(value))
    return Goal(line.row.subject, value, proposed.base, method if as_proposed else "hand", proposed.factor if as_proposed else None)


def desk(viewer: Actor, kpi: Kpi, span: Span, team_id: int, method: str, day: date) -> Desk:
    """:raises Unknown: for a team that is not the viewer's. :raises Refused: ``target_nothing_to_hand_down``, ``target_nobody_below``."""
    require(viewer, Permission.TARGET_SET)
    board = pages.board(viewer, kpi, span, team_id, day, None)
    if board is None or board.row.stated is None:
        raise Refused("target_nothing_to_hand_down")
    everybody = spreading.reps(viewer, kpi, span, board.team.path)
    methods = spreading.methods(kpi)
    method = method if method in methods else methods[0]
    rows = [row for row in board.rows if row.may_set]
    ids = [row.subject.team_id for row in rows if row.subject.team_id is not None]
    teams = db.session.scalars(select(Team).where(Team.id.in_(ids)).order_by(Team.id)).all()
    members = [row.subject.person_id for row in rows if row.subject.person_id is not None]
    whole = board.row.stated.value
    found = {each.subject: each for each in spreading.propose(kpi, whole, method, everybody, teams, members)}
    if not found:
        raise Refused("target_nobody_below")
    lines = [Line(row, key_of(row.subject), found.get(row.subject), _before(kpi, row.subject, everybody, teams)) for row in rows]
    return Desk(board, whole, method, methods, lines, SharesForm())


def _before(kpi: Kpi, subject: Subject, everybody: Sequence[spreading.Rep], teams: Sequence[Team]) -> float | None:
    path = next((team.path for team in teams if team.id == subject.team_id), None)
    some = [rep for rep in everybody if (rep.id == subject.person_id if path is None else rep.path.startswith(path))]
    return figure_of(kpi.kind, kpi.unit, spreading.summed(some))


def goal_of(viewer: Actor, kpi: Kpi, span: Span, subject: Subject, team_path: str, value: float) -> Goal:
    """A number set by hand; of a rate with the denominator by which it is weighted."""
    if kpi.kind != "rate" or not (policies.may_set_team(viewer, team_path) or subject.person_id):
        return Goal(subject, value)
    reps = spreading.reps(viewer, kpi, span, team_path)
    own = [rep for rep in reps if subject.person_id in (None, rep.id)]
    return Goal(subject, value, spreading.base_of(kpi, own))
