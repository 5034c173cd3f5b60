"""The studies of the demo: asked, answered how people were chosen, and computed, so that the evidence is there at once."""

from __future__ import annotations

from datetime import datetime

from courses.models import Chosen as ChosenForCourse
from effects import services
from effects.models import Study, StudyRun
from effects.stats.design import Chosen
from effects.subgroups import services as subgroups
from effects.subgroups.splits import Split
from effects.untouchable.services import name_untouchable
from lms.authz import Actor
from lms.demo.catalogue import Published
from lms.demo.company import Company
from lms.demo.truths import CHANNEL_KPIS, HORIZON, Truth, truth_of
from performance.kpis.queries import by_code

ORDER = ("KA-01", "KA-07", "KA-06", "KA-02", "KA-03", "KA-04")
"""The last ones stand first in lists of the latest evidence. KA-05 was planned in advance: its rollout makes the study."""
UNTOUCHABLE = {"KA-02": "customer_satisfaction", "KA-07": "customer_satisfaction"}
"""A KPI that the course does not touch: choosing accounts and collecting money leave it where it was."""
FIRST_STATED = "各批次按日历安排 · The waves followed the calendar"
"""What was first said of the course for weak reps, before the dip test contradicted it."""


def compute(company: Company, courses: dict[str, Published], *, now: datetime) -> list[int]:
    """Ask, confirm and compute every study; the ids of the jobs that promised them."""
    found = []
    for code in ORDER:
        truth = truth_of(code)
        course = courses[truth.course].course.id
        for kpi in CHANNEL_KPIS if truth.chosen is ChosenForCourse.EVERYONE else (truth.kpi,):
            found += _study(company.actors["hr"], course, kpi, truth, now)
    return found


def _study(actor: Actor, course_id: int, kpi_code: str, truth: Truth, now: datetime) -> list[int]:
    """One study; that of the course for weak reps is first run on the wrong answer, then on the right one."""
    kpi = by_code(kpi_code)
    if kpi is None:
        raise LookupError(kpi_code)
    study = services.ask(actor, course_id, kpi.id, horizon=HORIZON, now=now)
    subgroups.name_splits(actor, study.id, [split.value for split in Split], now=now)
    untouchable = by_code(UNTOUCHABLE.get(truth.course, ""))
    if untouchable is not None:
        name_untouchable(actor, study.id, untouchable.id, now=now)
    jobs = []
    if truth.chosen is ChosenForCourse.LOW_KPI:
        jobs.append(_run(actor, study, Chosen.WAVES, FIRST_STATED, now))
    jobs.append(_run(actor, study, Chosen(truth.chosen.value), truth.why, now))
    return jobs


def _run(actor: Actor, study: Study, chosen: Chosen, reason: str, now: datetime) -> int:
    services.confirm_chosen(actor, study.id, chosen, reason, now=now)
    run: StudyRun = services.start_run(actor, study.id, now=now)
    answer = services.compute(run.id, lambda _done, _total: None)
    if answer is None or run.job_id is None:
        raise LookupError("the run is not new")
    services.keep(run.id, answer, now=now)
    return run.job_id
