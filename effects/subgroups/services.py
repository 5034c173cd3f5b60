"""Name the groups of a study before it is computed, and work them out with the run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime

import numpy as np
from msgspec import Struct
from sqlalchemy import select

from courses.queries import Start
from effects import panels
from effects.models import Study, StudyRun
from effects.policies import require_confirmer
from effects.stats.panel import Panel
from effects.stats.study import StudyResult
from effects.subgroups.estimate import Group, GroupEffect, by_group, method_for, of_group, thirds
from effects.subgroups.models import StudySubgroups
from effects.subgroups.queries import named_for
from effects.subgroups.splits import TENURE_BANDS, THIRDS, Split, known_splits, tenure_band
from lms import audit
from lms.authz import Actor, Permission, require
from lms.db import LocalText, db
from lms.errors import Refused, Unknown
from lms.people.models import Person, Team


def name_splits(actor: Actor, study_id: int, splits: Sequence[str], *, now: datetime) -> StudySubgroups | None:
    """Name what a study shall be split by, for the runs that start from now on. None: it was named so already.

    :raises Unknown: there is no such study.
    :raises Forbidden: ``study_cohort_not_yours``.
    :raises Refused: ``subgroups_unknown``.
    """
    require(actor, Permission.EFFECT_RUN)
    study = db.session.get(Study, study_id)
    if study is None:
        raise Unknown()
    require_confirmer(actor, study)
    try:
        wanted = known_splits(splits)
    except ValueError as error:
        raise Refused("subgroups_unknown", field="splits") from error
    last = db.session.scalar(
        select(StudySubgroups).where(StudySubgroups.study_id == study_id).order_by(StudySubgroups.id.desc()).limit(1)
    )
    if (last.splits if last else []) == wanted:
        return None
    named = StudySubgroups(study_id=study_id, splits=wanted, created_at=now, created_by_id=actor.person_id)
    db.session.add(named)
    db.session.flush()
    audit.record(actor, "study.name_subgroups", "study", study_id, splits=wanted)
    return named


class Benefits(Struct, frozen=True):
    """Who benefited, of one run.

    ``after_run``  number of the run that had been seen when the groups were named; None: named before any
    ``names``      names of the regions, by key
    ``completers`` those who finished, beside all who began; None where all or none finished
    ``method``     the estimator; None: nobody untrained is compared with, so there are no groups
    """

    splits: list[str]
    after_run: int | None
    method: str | None
    groups: tuple[GroupEffect, ...]
    completers: GroupEffect | None
    names: Mapping[str, LocalText]


def benefits_of(run: StudyRun, panel: panels.StudyPanel, result: StudyResult) -> Benefits:
    """The groups named for this run, and completers beside all who began. Reads only."""
    named, after_run = named_for(run)
    method = method_for(result.method)
    if method is None or result.refusals:
        return Benefits(named, after_run, None, (), None, {})
    found = panel.reading.panel
    starts = _first_starts(run.study)
    units = [int(unit) for unit in found.units]
    groups, names = _groups(named, found, units, starts)
    effects = by_group(found, result.options, result.scale, method, groups)
    return Benefits(named, after_run, method, effects, _completers(found, units, starts, result, method), names)


def _first_starts(study: Study) -> dict[int, Start]:
    first: dict[int, Start] = {}
    for start in panels.starts_of(study):
        if start.started_on is not None:
            first.setdefault(start.person_id, start)
    return first


def _completers(
    panel: Panel, units: list[int], starts: Mapping[int, Start], result: StudyResult, method: str
) -> GroupEffect | None:
    done = np.array([unit in starts and starts[unit].completed_on is not None for unit in units])
    trained = panel.trained_units
    if not (done & trained).any() or (done | ~trained).all():
        return None
    group = Group("completers", "completed", done)
    return of_group(panel, result.options, result.scale, method, group)


def _groups(
    named: Sequence[str], panel: Panel, units: list[int], starts: Mapping[int, Start]
) -> tuple[list[Group], dict[str, LocalText]]:
    groups: list[Group] = []
    names: dict[str, LocalText] = {}
    if Split.TENURE in named:
        bands = _tenure(units, starts)
        groups += [Group(Split.TENURE, key, bands == key) for key, _low, _high in TENURE_BANDS]
    if Split.RESULTS in named:
        third = thirds(panel)
        groups += [Group(Split.RESULTS, key, third == i, own_history=True) for i, key in enumerate(THIRDS)]
    if Split.REGION in named:
        regions, names = _regions(units)
        trained = sorted({key for key, is_trained in zip(regions, panel.trained_units, strict=True) if is_trained and key})
        groups += [Group(Split.REGION, key, regions == key) for key in trained]
    return groups, names


def _tenure(units: list[int], starts: Mapping[int, Start]) -> np.typing.NDArray[np.str_]:
    hired: dict[int, date | None] = {row.id: row.hired_on for row in db.session.execute(select(Person.id, Person.hired_on))}
    bands = [tenure_band(hired.get(unit), starts[unit].started_on if unit in starts else None) for unit in units]
    return np.array([band or "" for band in bands])


def _regions(units: list[int]) -> tuple[np.typing.NDArray[np.str_], dict[str, LocalText]]:
    """The team above each rep's team, or the team itself where none is above."""
    teams = {team.id: team for team in db.session.scalars(select(Team))}
    of_person = {row.id: row.team_id for row in db.session.execute(select(Person.id, Person.team_id))}

    def region(unit: int) -> str:
        team = teams.get(of_person.get(unit) or 0)
        return "" if team is None else str(team.parent_id or team.id)

    keys = np.array([region(unit) for unit in units])
    return keys, {key: teams[int(key)].name for key in set(keys.tolist()) if key}
