"""Propose how a team's target is handed down: alike, by experience, or by the results of the year before."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from statistics import fmean

from msgspec import Struct

from lms.authz import Actor
from lms.people.models import Team
from performance.kpis.measures import NOTHING, Sums, plus
from performance.kpis.models import Kpi
from performance.targets import queries
from performance.targets.cascade import split, split_rate, step_of
from performance.targets.periods import Span
from performance.targets.seniority import Band, factor
from performance.targets.services import Subject

METHODS = ("experience", "equal", "results")
ALIKE = (Band(0, 1.0),)


class Rep(Struct, frozen=True):
    """What a rep counts: ``there`` the share of the months in the firm, ``factor`` the seniority factor over them."""

    id: int
    path: str
    there: float
    factor: float
    results: Sums


class Proposal(Struct, frozen=True):
    """A value for a team or member below; ``reps`` it stands on, and the factor of a single one."""

    subject: Subject
    value: float
    base: float | None
    factor: float | None
    reps: int


def methods(kpi: Kpi) -> tuple[str, ...]:
    """A rate is not lower because a rep is new: the seniority factor is for amounts and counts."""
    return ("equal", "results") if kpi.kind == "rate" else METHODS


def reps(viewer: Actor, kpi: Kpi, span: Span, team_path: str) -> list[Rep]:
    """Everybody below a team, with the seniority table that holds."""
    bands, _table = queries.seniority_table()
    found = queries.reps_below(viewer, team_path, span)
    before = queries.results(kpi.id, [member.id for member, _path in found], span)
    return [
        Rep(
            member.id,
            path,
            factor(ALIKE, member.hired_on, member.left_on, span.start, span.end),
            factor(bands, member.hired_on, member.left_on, span.start, span.end),
            before.get(member.id, NOTHING),
        )
        for member, path in found
    ]


def propose(
    kpi: Kpi, whole: float, method: str, everybody: Sequence[Rep], teams: Sequence[Team], members: Sequence[int]
) -> list[Proposal]:
    """Values for the teams and members directly below that come to ``whole``; those with nobody in them get nothing."""
    groups: dict[Subject, list[Rep]] = {}
    for team in teams:
        groups[Subject(team.id, None)] = [rep for rep in everybody if rep.path.startswith(team.path)]
    for rep in everybody:
        if rep.id in members:
            groups[Subject(None, rep.id)] = [rep]
    there = {subject: some for subject, some in groups.items() if some}
    if not there:
        return []
    return _rates(kpi, whole, method, there) if kpi.kind == "rate" else _amounts(kpi, whole, method, there)


def _amounts(kpi: Kpi, whole: float, method: str, groups: Mapping[Subject, Sequence[Rep]]) -> list[Proposal]:
    everybody = [rep for some in groups.values() for rep in some]
    usual = _usual(everybody)
    weights = [math.fsum(_weight(rep, method, usual) for rep in some) for some in groups.values()]
    values = split(whole, weights, step_of(kpi.kind, kpi.digits, whole, len(groups)))
    return [
        Proposal(subject, value, None, _only(subject, some, method), len(some))
        for (subject, some), value in zip(groups.items(), values, strict=True)
    ]


def _weight(rep: Rep, method: str, usual: float) -> float:
    if method == "equal":
        return rep.there
    if method == "experience":
        return rep.factor
    return max(0.0, rep.results.value) if rep.results.n else usual * rep.factor


def _usual(everybody: Sequence[Rep]) -> float:
    """The mean result of those who have one: what a colleague without any is reckoned with, times the factor."""
    known = [rep.results.value for rep in everybody if rep.results.n]
    return max(0.0, fmean(known)) if known else 1.0


def _only(subject: Subject, some: Sequence[Rep], method: str) -> float | None:
    return some[0].factor if subject.person_id is not None and method != "equal" else None


def _rates(kpi: Kpi, whole: float, method: str, groups: Mapping[Subject, Sequence[Rep]]) -> list[Proposal]:
    bases = _bases(groups)
    leans = [_own_rate(some) if method == "results" else 1.0 for some in groups.values()]
    usual = fmean([lean for lean in leans if lean]) if any(leans) else 1.0
    values = split_rate(whole, bases, [lean or usual for lean in leans])
    return [
        Proposal(subject, value, base, None, len(some))
        for (subject, some), base, value in zip(groups.items(), bases, values, strict=True)
    ]


def _bases(groups: Mapping[Subject, Sequence[Rep]]) -> list[float | None]:
    """The denominators of the year before; a rep without any is reckoned with the mean of those who have one."""
    known = [rep.results.denominator for some in groups.values() for rep in some if rep.results.denominator]
    usual = fmean(known) if known else 0.0
    sums = [math.fsum(rep.results.denominator or usual * rep.there for rep in some) for some in groups.values()]
    return [total or None for total in sums]


def summed(some: Sequence[Rep]) -> Sums:
    """What reps reached together in the twelve months before."""
    total = NOTHING
    for rep in some:
        total = plus(total, rep.results) if rep.results.n else total
    return total


def _own_rate(some: Sequence[Rep]) -> float:
    total = summed(some)
    return (total.numerator or 0.0) / total.denominator if total.denominator else 0.0


def base_of(kpi: Kpi, everybody: Sequence[Rep]) -> float | None:
    """The expected denominator of a group's rate, from its own year before; None for amounts and counts."""
    if kpi.kind != "rate":
        return None
    return math.fsum(rep.results.denominator or 0.0 for rep in everybody) or None
