"""Every figure of a result without language: the JSON of the command line, of a run and of the API."""

from __future__ import annotations

import math
from typing import Any

from effects.panels import StudyPanel
from effects.stats.before_after import Decomposition
from effects.stats.results import Check, Effect, EffectAt
from effects.stats.study import StudyResult
from lms.values import Interval, NotEstimable


def numbers_of(result: StudyResult, panel: StudyPanel | None) -> dict[str, Any]:
    """The figures as JSON values; ``panel`` where they come from a stored study."""
    found = result.headline
    body: dict[str, Any] = {
        "method": result.method,
        "grade": str(result.grade),
        "scale": str(result.scale),
        "chosen": str(result.chosen),
        "route": {"row": result.route.row, "reasons": list(result.route.reasons)},
        "n_units": result.facts.n_units,
        "n_treated": result.facts.n_trained,
        "n_comparison": result.facts.n_comparison,
        "n_clusters": result.facts.n_clusters,
        "n_periods": result.facts.n_periods,
        "smallest_detectable": _finite(result.smallest),
        "diagnostics": [_check_json(check) for check in result.checks],
        "besides": {name: _effect_json(e) for name, e in result.besides.items()},
        "naive": _effect_json(result.naive),
        "before_after": _decomposition_json(result.decomposition),
        "refusals": [{"code": r.code, "params": clean(r.params)} for r in result.refusals],
    }
    if isinstance(found, NotEstimable):
        body["not_estimable"] = {"code": found.code, "params": clean(found.params)}
    else:
        body |= _effect_json(found)
    if panel is not None:
        body["fingerprint"] = panel.fingerprint
        body["left_out"] = [{"unit": d.unit, "reason": d.reason} for d in panel.reading.dropped]
        body["periods"] = list(panel.reading.panel.periods)
        body["reps"] = _reps(panel)
        body["how_chosen"] = panel.how_chosen
        body["completed"] = panel.completed
    return body


def _reps(panel: StudyPanel) -> dict[str, str]:
    """Ids of the reps in the panel, as one text each: what two runs are compared by."""
    found = panel.reading.panel
    trained = found.trained_units
    return {
        "trained": " ".join(unit for unit, is_trained in zip(found.units, trained, strict=True) if is_trained),
        "others": " ".join(unit for unit, is_trained in zip(found.units, trained, strict=True) if not is_trained),
    }


def _effect_json(found: Effect | NotEstimable) -> dict[str, Any]:
    if isinstance(found, NotEstimable):
        return {"not_estimable": {"code": found.code, "params": clean(found.params)}}
    return {
        "estimate": found.estimate,
        "se": _finite(found.se),
        "interval": _interval_json(found.interval),
        "p_value": _finite(found.p_value),
        "inference": found.inference,
        "n_treated_periods": found.n_trained_periods,
        "event_study": [_at_json(at, "k") for at in found.event_study],
        "groups": [_at_json(at, "group") for at in found.groups],
        "calendar": [_at_json(at, "period") for at in found.calendar],
    }


def _at_json(at: EffectAt, key: str) -> dict[str, Any]:
    return {
        key: at.key,
        "estimate": at.estimate,
        "se": _finite(at.se),
        "low": at.interval.low if at.interval else None,
        "high": at.interval.high if at.interval else None,
        "band_low": at.band.low if at.band else None,
        "band_high": at.band.high if at.band else None,
        "n": at.n,
    }


def _check_json(check: Check) -> dict[str, Any]:
    return {
        "name": check.name,
        "verdict": check.verdict,
        "value": _finite(check.value),
        "interval": _interval_json(check.interval),
        "p_value": _finite(check.p_value),
        "params": clean(check.params),
    }


def _decomposition_json(parts: Decomposition | NotEstimable) -> dict[str, Any] | None:
    if isinstance(parts, NotEstimable):
        return None
    return {name: _finite(getattr(parts, name)) for name in parts.__struct_fields__}


def _interval_json(interval: Interval | None) -> dict[str, float] | None:
    return {"low": interval.low, "high": interval.high, "level": interval.level} if interval else None


def _finite(value: float | int | None) -> float | int | None:
    return value if value is None or math.isfinite(value) else None


def clean(value: Any) -> Any:
    """JSON values only: no NaN, no numpy."""
    if isinstance(value, dict):
        return {str(k): clean(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [clean(v) for v in value]
    if hasattr(value, "item"):
        value = value.item()
    if isinstance(value, float):
        return _finite(value)
    return value if value is None or isinstance(value, str | int | bool) else str(value)
