"""Name a KPI that the course cannot touch: where it moves as well, something other than the course was going on."""

from __future__ import annotations

import hashlib
from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace

from effects import panels
from effects.models import Study, StudyRun
from effects.policies import require_confirmer
from effects.stats.reading import PanelError
from effects.stats.study import Known, Untouchable
from effects.untouchable.models import StudyUntouchable
from effects.untouchable.queries import in_force, named_for
from lms import audit
from lms.authz import Actor, Permission, require
from lms.db import db
from lms.errors import Refused, Unknown
from performance.kpis.models import Kpi


def name_untouchable(actor: Actor, study_id: int, kpi_id: int | None, *, now: datetime) -> StudyUntouchable | None:
    """Name the KPI for the runs that start from now on; None takes the name back. Returns None: it was so already.

    :raises Unknown: there is no such study or KPI.
    :raises Forbidden: ``study_cohort_not_yours``.
    :raises Refused: ``untouchable_is_studied``, ``untouchable_other_period``.
    """
    require(actor, Permission.EFFECT_RUN)
    study = db.session.get(Study, study_id)
    if study is None:
        raise Unknown()
    require_confirmer(actor, study)
    if kpi_id is not None:
        _fits(study.kpi, db.session.get(Kpi, kpi_id))
    if in_force(study_id) == kpi_id:
        return None
    named = StudyUntouchable(study_id=study_id, kpi_id=kpi_id, created_at=now, created_by_id=actor.person_id)
    db.session.add(named)
    db.session.flush()
    audit.record(actor, "study.name_untouchable", "study", study_id, kpi=kpi_id)
    return named


def _fits(studied: Kpi, other: Kpi | None) -> None:
    """The same estimator must be able to run on it, over the same number of periods."""
    if other is None:
        raise Unknown()
    if other.id == studied.id:
        raise Refused("untouchable_is_studied", field="untouchable_id")
    if other.period != studied.period:
        raise Refused("untouchable_other_period", field="untouchable_id")


class Beside(Struct, frozen=True):
    """The KPI named for a run, the panel of its records (None: none can be made), and the number of the run that had
    been seen when it was named (None: named before any)."""

    kpi: Kpi
    panel: panels.StudyPanel | None
    after_run: int | None


def beside(run: StudyRun) -> Beside | None:
    """What is put beside a run; None where no KPI was named. Reads only."""
    kpi, after_run = named_for(run)
    if kpi is None:
        return None
    try:
        return Beside(kpi, panels.build(run.study, kpi), after_run)
    except PanelError:
        return Beside(kpi, None, after_run)


def known(already: Known, named: Beside | None) -> Known:
    """What is known of the reps, with the KPI that the course cannot touch."""
    if named is None:
        return already
    panel = named.panel.reading.panel if named.panel else None
    return replace(already, untouchable=Untouchable(named.kpi.code, named.kpi.kind, panel))  # type: ignore[arg-type]


def fingerprint(of_study: str, named: Beside | None) -> str:
    """The fingerprint of everything that went in: the study's own, with that of the other KPI where there is one."""
    if named is None or named.panel is None:
        return of_study
    return hashlib.sha256(f"{of_study} {named.panel.fingerprint}".encode()).hexdigest()
