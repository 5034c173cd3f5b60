"""Name a course's primary KPI; look over the whole portfolio. Entries and runs are added, never changed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from msgspec import Struct
from msgspec.structs import asdict
from sqlalchemy import exists, func, select

from courses.models import Course, Enrolment
from effects import panels
from effects.models import Study, StudyRun
from effects.numbers import clean
from effects.policies import may_confirm, may_name_primary
from effects.portfolio import findings, pairs
from effects.portfolio.findings import Finding, Money, Standard
from effects.portfolio.models import PortfolioEntry, PortfolioRun, PortfolioSubscription, PrimaryKpi
from effects.portfolio.pairs import Answer, Pair
from effects.services import SEED, VERSION, ask, confirm_chosen, plan_of, start_run
from effects.stats import portfolio
from effects.stats.design import Chosen
from effects.stats.options import Options
from effects.stats.reading import PanelError
from effects.stats.study import analyse
from lms import audit, jobs
from lms.authz import Actor, Permission, require
from lms.db import db
from lms.errors import Forbidden, Refused, Unknown
from performance.kpis.models import Kpi


def name_primary(actor: Actor, course_id: int, kpi_id: int, *, now: datetime) -> PrimaryKpi:
    """Say which KPI a course is to be judged by. Named again alike, nothing changes; named otherwise, it supersedes.

    :raises Unknown: for a course or KPI that is not there.
    :raises Forbidden: ``course_not_yours_to_judge``.
    """
    require(actor, Permission.PRIMARY_KPI_NAME)
    kpi = db.session.get(Kpi, kpi_id)
    if db.session.get(Course, course_id) is None or kpi is None or kpi.retired_at is not None:
        raise Unknown()
    if not may_name_primary(actor, course_id):
        raise Forbidden("course_not_yours_to_judge")
    current = db.session.scalar(
        select(PrimaryKpi).where(PrimaryKpi.course_id == course_id, PrimaryKpi.superseded_at.is_(None))
    )
    if current is not None and current.kpi_id == kpi_id:
        return current
    before = current.kpi_id if current else None
    if current is not None:
        current.superseded_at = now
        db.session.flush()
    started = exists().where(
        Enrolment.course_id == course_id, Enrolment.started_on.is_not(None), Enrolment.started_on <= now.date()
    )
    named = PrimaryKpi(
        course_id=course_id,
        kpi_id=kpi_id,
        after_start=bool(db.session.scalar(select(started))),
        named_at=now,
        named_by_id=actor.person_id,
    )
    db.session.add(named)
    db.session.flush()
    details = {"kpi": kpi_id, "before": before, "after_start": named.after_start}
    audit.record(actor, "course.name_primary_kpi", "course", course_id, **details)
    return named


def start(
    actor: Actor, *, now: datetime, only_studied: bool = False, origin: str = "person"
) -> PortfolioRun:
    """Promise a look over the portfolio on the data of today; a job computes it pair by pair.

    :raises Refused: ``portfolio_running``, ``portfolio_empty``.
    """
    require(actor, Permission.PORTFOLIO_RUN)
    if db.session.scalar(select(exists().where(PortfolioRun.under_way()))):
        raise Refused("portfolio_running")
    if not (pairs.studied_pairs() if only_studied else pairs.all_pairs()):
        raise Refused("portfolio_empty")
    run = PortfolioRun(
        number=(db.session.scalar(select(func.max(PortfolioRun.number))) or 0) + 1,
        only_studied=only_studied,
        origin=origin,
        seed=SEED,
        version=VERSION,
        created_at=now,
        created_by_id=actor.person_id,
    )
    db.session.add(run)
    db.session.flush()
    run.job_id = jobs.promise(actor, "portfolio.run", run_id=run.id).id
    audit.record(actor, "portfolio.run", "portfolio_run", run.id, number=run.number)
    return run


def pairs_left(run_id: int) -> tuple[list[Pair], int]:
    """(pairs without an entry yet, how many pairs in all): a run that was cut short goes on where it stopped."""
    run = _run(run_id)
    every = pairs.studied_pairs() if run.only_studied else pairs.all_pairs()
    done = {
        Pair(*row)
        for row in db.session.execute(
            select(PortfolioEntry.course_id, PortfolioEntry.initiative_id, PortfolioEntry.kpi_id).where(
                PortfolioEntry.run_id == run_id
            )
        )
    }
    return [pair for pair in every if pair not in done], len(set(every) | done)


class Looked(Struct, frozen=True):
    """What was computed of one pair, ready to be kept."""

    pair: Pair
    study_id: int | None
    answer: Answer
    finding: Finding
    standard: Standard | None
    money: Money
    fingerprint: str | None


def look_at(run_id: int, pair: Pair) -> Looked:
    """Compute one pair: reads only. A study's last run is taken over where nothing has changed since."""
    run, study, kpi = _run(run_id), pairs.study_of(pair), db.session.get_one(Kpi, pair.kpi_id)
    answer = pairs.answer_for(pair, study)
    question = study or Study(
        course_id=pair.course_id,
        initiative_id=pair.initiative_id,
        kpi_id=kpi.id,
        kpi=kpi,
        horizon=pairs.HORIZON,
        anticipation=0,
    )
    costing = pairs.costing_of(pair)
    try:
        panel = panels.build(question)
    except PanelError as error:
        nothing = Finding("none", "D", "level", 0, 0, refusal=error.code, params=error.params)
        cost = Money(cost=costing.cost.likely if costing else None)
        return Looked(pair, study.id if study else None, answer, nothing, None, cost, None)
    plan = plan_of(question)
    kept = _kept(study, panel.fingerprint, plan, answer.chosen) if study else None
    finding = kept or findings.of_result(
        analyse(panel.reading.panel, answer.chosen, plan, cycle=panel.reading.calendar.cycle), kpi.unit, kpi.direction
    )
    money = findings.money(finding, costing, kpi.direction, seed=run.seed)
    standard = findings.standard(finding, panel.reading.panel, kpi.direction, money.even)
    return Looked(pair, study.id if study else None, answer, finding, standard, money, panel.fingerprint)


def _kept(study: Study, fingerprint: str, plan: Options, chosen: Chosen) -> Finding | None:
    """What the study's last run found, if it asked the same of the same data with this engine."""
    run = db.session.scalar(
        select(StudyRun)
        .where(StudyRun.study_id == study.id, StudyRun.finished_at.is_not(None))
        .order_by(StudyRun.number.desc())
        .limit(1)
    )
    if run is None or run.report is None or run.version != VERSION:
        return None
    if (run.report.get("numbers") or {}).get("fingerprint") != fingerprint:
        return None
    if run.chosen != chosen or run.plan != json.loads(json.dumps(asdict(plan))):
        return None
    return findings.of_numbers(run.report.get("numbers") or {})


def keep(run_id: int, looked: Looked, *, now: datetime) -> PortfolioEntry:
    """Add the entry of one pair."""
    pair, finding, money, standard = looked.pair, looked.finding, looked.money, looked.standard
    primary = pairs.primary_of(pair)
    refusal, params = finding.refusal, finding.params
    if standard is None and refusal is None:
        refusal, params = "no_yardstick", {}
    entry = PortfolioEntry(
        run_id=run_id,
        course_id=pair.course_id,
        initiative_id=pair.initiative_id,
        kpi_id=pair.kpi_id,
        study_id=looked.study_id,
        is_primary=primary is not None,
        primary_after_start=primary is not None and primary.after_start,
        chosen=str(looked.answer.chosen),
        chosen_by=looked.answer.by,
        grade=findings.capped(finding.grade, looked.answer.confirmed) if standard else "D",
        method=finding.method if finding.method != "none" else None,
        scale=finding.scale,
        n_trained=finding.n_trained,
        n_comparison=finding.n_comparison,
        refusal=refusal,
        refusal_params=clean(dict(params)) if refusal else None,
        fingerprint=looked.fingerprint,
        computed_at=now,
        **_figures(finding, standard, money),
    )
    db.session.add(entry)
    db.session.flush()
    return entry


def _figures(finding: Finding, standard: Standard | None, money: Money) -> dict[str, Any]:
    names = ("worth", "worth_low", "worth_high", "cost", "benefit", "benefit_low", "benefit_high", "probability")
    found: dict[str, Any] = {name: getattr(money, name) for name in names}
    if standard is None:
        return {"cost": money.cost}
    return found | {
        "estimate": finding.estimate,
        "low": finding.low,
        "high": finding.high,
        "p_value": finding.p_value,
        "deviation": standard.deviation,
        "effect": standard.effect,
        "error": standard.error,
        "worthwhile": standard.worthwhile,
    }


def finish(run_id: int, *, now: datetime) -> PortfolioRun:
    """Rank and judge all entries together, once; a run that is finished stays as it is."""
    run = _run(run_id)
    if run.finished_at is not None:
        return run
    entries = db.session.scalars(
        select(PortfolioEntry).where(PortfolioEntry.run_id == run_id).order_by(PortfolioEntry.id)
    ).all()
    prior = judge(entries)
    run.prior_mean, run.prior_spread = prior.mean, prior.variance**0.5
    digest = hashlib.sha256()
    for entry in entries:
        digest.update(f"{entry.pair} {entry.chosen} {entry.fingerprint}\n".encode())
    run.fingerprint, run.finished_at = digest.hexdigest(), now
    db.session.flush()
    return run


def judge(entries: Sequence[PortfolioEntry]) -> portfolio.Prior:
    """Write rank, badge and verdict onto the entries of one run; the prior they share."""
    by_name = {str(i): entry for i, entry in enumerate(entries)}
    made = [pair_of(name, entry) for name, entry in by_name.items()]
    for found in portfolio.rank(made):
        entry = by_name[found.pair.name]
        entry.verdict, entry.verdict_reason = found.advice, found.reason
        if found.rank:
            entry.rank, entry.shrunken, entry.spread = found.rank, found.shrunken, found.spread
            entry.q_value, entry.badge = found.q_value, found.badge
    return portfolio.prior_of(made)


def pair_of(name: str, entry: PortfolioEntry) -> portfolio.Pair:
    """An entry as the ranking reads it."""
    return portfolio.Pair(
        name=name,
        estimate=entry.effect if entry.effect is not None else 0.0,
        se=entry.error if entry.error is not None else 1.0,
        p_value=entry.p_value if entry.p_value is not None else 1.0,
        grade=entry.grade,  # type: ignore[arg-type]
        primary=entry.is_primary and not entry.primary_after_start,
        worthwhile=entry.worthwhile or 0.0,
    )


def open_study(actor: Actor, entry_id: int, *, now: datetime) -> Study:
    """The evidence page's study of an entry; asked for now if there is none, and computed where a person has already
    said how the people of this course were chosen.

    :raises Unknown: there is no such entry.
    """
    require(actor, Permission.EFFECT_RUN)
    entry = db.session.get(PortfolioEntry, entry_id)
    if entry is None:
        raise Unknown()
    pair = Pair(*entry.pair)
    study = pairs.study_of(pair)
    if study is not None:
        return study
    answer = pairs.answer_for(pair, None)
    study = ask(
        actor, pair.course_id, pair.kpi_id, initiative_id=pair.initiative_id, horizon=pairs.HORIZON, now=now
    )
    if answer.confirmed and may_confirm(actor, study):
        confirm_chosen(actor, study.id, answer.chosen, "", now=now)
        start_run(actor, study.id, now=now)
    return study


def subscribe(actor: Actor, wanted: bool, *, now: datetime) -> PortfolioSubscription:
    """Have the quarterly summary sent by mail, or not any more."""
    require(actor, Permission.PORTFOLIO_READ)
    if actor.person_id is None:
        raise Unknown()
    found = db.session.get(PortfolioSubscription, actor.person_id)
    if found is None:
        found = PortfolioSubscription(person_id=actor.person_id)
        db.session.add(found)
    found.wanted, found.changed_at = wanted, now
    db.session.flush()
    return found


def _run(run_id: int) -> PortfolioRun:
    run = db.session.get(PortfolioRun, run_id)
    if run is None:
        raise Unknown()
    return run
