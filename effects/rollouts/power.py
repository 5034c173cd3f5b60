"""How small an effect a plan could see: placebo lotteries over the people's own history, in a background job."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

import numpy as np
from msgspec.structs import asdict
from sqlalchemy import exists, select

from effects.rollouts import dealing, estimators, people, policies
from effects.rollouts.models import Rollout, RolloutPower, Unit
from effects.stats.detectable import DRAWS, Detectable, Shape, smallest_detectable
from effects.stats.panel import Panel
from effects.stats.scale import scaled
from lms import jobs
from lms.authz import Actor, Permission, require
from lms.db import db
from lms.errors import Refused, Unknown
from lms.values import NotEstimable

SEED = 20260101
WAVES, GAPS = (2, 3, 4), (1, 2, 3, 6)
"""The curve: these numbers of waves and periods between them, beside those of the plan."""
FEWEST_TEAMS, FEWEST_IN_GROUP = 6, 5


def ask(actor: Actor, rollout_id: int, *, now: datetime) -> RolloutPower:
    """Promise the computation for the plan as it stands.

    :raises Unknown: for a plan that is not the actor's. :raises Refused: ``rollout_drawn``, ``rollout_power_running``.
    """
    require(actor, Permission.ROLLOUT_PLAN)
    rollout = policies.draft(actor, rollout_id)
    running = exists().where(RolloutPower.rollout_id == rollout.id, RolloutPower.under_way())
    if db.session.scalar(select(running)):
        raise Refused("rollout_power_running")
    found = people.entrants(rollout, actor=actor, now=now)
    asked = RolloutPower(rollout_id=rollout.id, question=question(rollout, found), asked_at=now)
    db.session.add(asked)
    db.session.flush()
    asked.job_id = jobs.promise(actor, "rollouts.power", power_id=asked.id).id
    db.session.flush()
    return asked


def shape_of(rollout: Rollout) -> Shape:
    return Shape(rollout.waves, rollout.gap, rollout.horizon, rollout.waiting)


def question(rollout: Rollout, found: people.Entrants) -> dict[str, Any]:
    """What the answer depends on; another question makes it out of date."""
    return {
        "shape": asdict(shape_of(rollout)),
        "unit": rollout.unit,
        "estimator": rollout.estimator,
        "scale": scale_of(rollout, found.panel),
        "kpi": rollout.kpi_id,
        "people": found.fingerprint,
    }


def scale_of(rollout: Rollout, panel: Panel) -> str:
    """Logs where the plan says so or, left to Needle, for amounts that were never zero or negative."""
    values = panel.outcome[panel.observed]
    positive = bool(values.size) and float(values.min()) > 0
    if rollout.transform == "log":
        return "log" if positive else "level"
    return "log" if rollout.transform == "auto" and rollout.kpi.kind == "amount" and positive else "level"


def shapes(plan: Shape) -> Iterator[Shape]:
    """The plan's own shape first, then the curve's."""
    yield plan
    for waves in sorted({*WAVES, plan.waves}):
        for gap in sorted({*GAPS, plan.gap}):
            shape = Shape(waves, gap, plan.horizon, plan.waiting)
            if shape != plan and (waves > 1 or gap == plan.gap):
                yield shape


def refusal(found: people.Entrants, shape: Shape, unit: str) -> NotEstimable | None:
    """Why nothing can be said, before any draw: too few teams, or groups too small."""
    groups = shape.waves + int(shape.waiting)
    n, teams = found.panel.n_units, found.n_teams
    if teams < FEWEST_TEAMS:
        return NotEstimable("few_teams", {"n": teams, "fewest": FEWEST_TEAMS})
    if n < FEWEST_IN_GROUP * groups:
        return NotEstimable("few_reps", {"n": n, "fewest": FEWEST_IN_GROUP * groups})
    if unit == Unit.TEAMS and teams < 2 * groups:
        return NotEstimable("few_teams_to_draw", {"n": teams, "fewest": 2 * groups})
    return None


def compute(power_id: int, report: jobs.Report) -> dict[str, Any] | None:
    """The answer, from reads only; None if it is there already. :raises Unknown: there is no such question."""
    asked = db.session.get(RolloutPower, power_id)
    if asked is None:
        raise Unknown()
    if asked.finished_at is not None:
        return None
    rollout = db.session.get(Rollout, asked.rollout_id)
    if rollout is None:
        raise Unknown()
    found = people.entrants(rollout, now=asked.asked_at)
    return answer(rollout, found, report)


def answer(
    rollout: Rollout, found: people.Entrants, report: jobs.Report, curve: Sequence[Shape] | None = None
) -> dict[str, Any]:
    """Figures of the plan and of the curve (``shapes`` unless given), in the scale of ``question``."""
    plan, scale = shape_of(rollout), scale_of(rollout, found.panel)
    result: dict[str, Any] = {"scale": scale, "level": people.level_of(found.panel), "draws": DRAWS, "seed": SEED}
    result |= {"people": found.panel.n_units, "teams": found.n_teams, "periods": found.panel.n_periods}
    result |= {"until": found.until.isoformat(), "left_out": found.left_out, "power": 0.8}
    stop = refusal(found, plan, rollout.unit)
    if stop is not None:
        return result | {"plan": _refused(plan, stop), "curve": []}
    panel = scaled(found.panel, "log" if scale == "log" else "level")
    wanted = list(shapes(plan)) if curve is None else [plan, *curve]
    points = []
    for done, shape in enumerate(wanted):
        report(done, len(wanted))
        points.append(_point(panel, rollout, found, shape))
    report(len(wanted), len(wanted))
    return result | {"plan": points[0], "curve": points}


def _point(panel: Panel, rollout: Rollout, found: people.Entrants, shape: Shape) -> dict[str, Any]:
    stop = refusal(found, shape, rollout.unit)
    if stop is not None:
        return _refused(shape, stop)
    whole = rollout.unit == Unit.TEAMS

    def deal(before: Panel, starts: tuple[int, ...]) -> Any:
        return dealing.placebo(before, starts, teams=whole)

    estimate = estimators.planned(rollout.estimator)
    seen = smallest_detectable(panel, shape, estimate, draws=DRAWS, seed=SEED, deal=deal)
    return _refused(shape, seen) if isinstance(seen, NotEstimable) else _found(rollout, found, seen)


def _refused(shape: Shape, why: NotEstimable) -> dict[str, Any]:
    return asdict(shape) | {"code": why.code, "params": why.params}


def _found(rollout: Rollout, entrants: people.Entrants, seen: Detectable) -> dict[str, Any]:
    level = people.level_of(entrants.panel)
    hoped = hoped_effect(rollout, level, "log" if scale_of(rollout, entrants.panel) == "log" else "level")
    return asdict(seen.shape) | {
        "effect": seen.effect,
        "spread": seen.spread,
        "false_alarms": seen.false_alarms,
        "draws": seen.draws,
        "chance": None if hoped is None else seen.power_at(hoped),
    }


def hoped_effect(rollout: Rollout, level: float | None, scale: str) -> float | None:
    """What the course is hoped to add, in the scale of the computation."""
    if rollout.expected is None:
        return None
    if scale == "log":
        return math.log1p(rollout.expected)
    return None if level is None else abs(level) * rollout.expected


def keep(power_id: int, result: dict[str, Any], *, now: datetime) -> RolloutPower:
    """Keep the answer, once."""
    asked = db.session.get(RolloutPower, power_id)
    if asked is None:
        raise Unknown()
    if asked.finished_at is None:
        asked.result, asked.finished_at = _plain(result), now
        db.session.flush()
    return asked


def _plain(value: Any) -> Any:
    """JSON's own numbers only."""
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_plain(each) for each in value]
    return value.item() if isinstance(value, np.generic) else value
