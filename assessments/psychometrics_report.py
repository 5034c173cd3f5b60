"""Turns psychometric results into JSON values (never NaN) and readable tables. No Flask, no database."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from itertools import combinations
from typing import Any

import numpy as np

from assessments.grading.consistency import Consistency
from assessments.grading.decisions import DecisionConsistency, decision_consistency
from assessments.grading.estimates import Alarm, Estimate
from assessments.grading.facets import FacetModel, Rating, facet_model
from assessments.grading.irt import SETTLED_FROM, Calibration, Model, calibrate, dichotomise
from assessments.grading.items import ItemStatistics, analyse
from assessments.grading.reliability import icc, krippendorff, mean_kappa, weighted_kappa
from assessments.psychometrics_files import Responses, matrix
from lms.arrays import BoolArray, FloatArray
from lms.values import Interval, NotEstimable, Reliability

ICC_NAMES = {
    "icc_1_1": "ICC(1,1)",
    "icc_2_1": "ICC(2,1)",
    "icc_3_1": "ICC(3,1)",
    "icc_1_k": "ICC(1,k)",
    "icc_2_k": "ICC(2,k)",
    "icc_3_k": "ICC(3,k)",
}


def number(value: float | NotEstimable | None) -> float | None:
    if value is None or isinstance(value, NotEstimable) or not math.isfinite(value):
        return None
    return float(value)


def span(interval: Interval | None) -> dict[str, float | None] | None:
    if interval is None:
        return None
    return {"low": number(interval.low), "high": number(interval.high), "level": interval.level}


def figure(result: Estimate | Reliability | NotEstimable, **more: Any) -> dict[str, Any]:
    """``{value, interval, n, settled[, raters]}``, or a null value and interval with the ``reason``."""
    if isinstance(result, NotEstimable):
        return {"value": None, "interval": None, "reason": result.code, **result.params, **more}
    raters = (
        {"raters": result.raters} if isinstance(result, Reliability) and result.raters is not None else {}
    )
    value, interval = number(result.value), span(result.interval)
    return {"value": value, "interval": interval, "n": result.n, "settled": result.settled, **raters, **more}


def warnings(alarms: Iterable[Alarm]) -> list[dict[str, Any]]:
    return [{"code": alarm.code, **alarm.params} for alarm in alarms]


# Quiz


def item_json(item: ItemStatistics) -> dict[str, Any]:
    facility, power = item.facility, item.discrimination
    reasons = {
        name: value.code
        for name in ("facility", "discrimination", "efficiency", "alpha_if_deleted")
        if isinstance(value := getattr(item, name), NotEstimable)
    }
    return {
        "name": item.name,
        "n": item.n,
        "omitted": item.omitted,
        "facility": number(facility.value) if isinstance(facility, Estimate) else None,
        "facility_interval": span(facility.interval) if isinstance(facility, Estimate) else None,
        "facility_settled": isinstance(facility, Estimate) and facility.settled,
        "facility_answered": figure(item.facility_answered)["value"],
        "sd": number(item.sd),
        "discrimination": number(power.value) if isinstance(power, Estimate) else None,
        "discrimination_interval": span(power.interval) if isinstance(power, Estimate) else None,
        "discrimination_settled": isinstance(power, Estimate) and power.settled,
        "efficiency": number(item.efficiency),
        "alpha_if_deleted": number(item.alpha_if_deleted),
        "alarms": [alarm.code for alarm in item.alarms],
        "alarm_details": warnings(item.alarms),
        "reasons": reasons,
    }


def irt_json(fitted: Calibration) -> dict[str, Any]:
    return {
        "model": fitted.model,
        "n": fitted.n,
        "log_likelihood": number(fitted.log_likelihood),
        "settled": fitted.settled,
        "warnings": warnings(fitted.alarms),
        "excluded": list(fitted.excluded),
        "items": [
            {
                "name": item.name,
                "a": number(item.a),
                "b": number(item.b),
                "a_se": number(item.a_se),
                "b_se": number(item.b_se),
                "a_interval": span(item.a_interval),
                "b_interval": span(item.b_interval),
            }
            for item in fitted.items
        ],
    }


def _calibration(scores: FloatArray, names: Sequence[str], model: Model | None) -> dict[str, Any]:
    """``{"irt": ...}``: the model asked for from whatever n, else the richest that the number of takers carries."""
    n = scores.shape[0]
    chosen: Model | None = model
    if model is None and n >= SETTLED_FROM["1pl"]:
        chosen = "2pl" if n >= SETTLED_FROM["2pl"] else "1pl"
    if chosen is None:
        return {"irt": None, "irt_reason": {"code": "few_takers", "n": n, "minimum": SETTLED_FROM["1pl"]}}
    fitted = calibrate(dichotomise(scores), chosen, names=names)
    if isinstance(fitted, NotEstimable):
        return {"irt": None, "irt_reason": {"code": fitted.code, **fitted.params}}
    report = irt_json(fitted)
    if bool(((scores > 1e-9) & (scores < 1 - 1e-9)).any()):
        report["warnings"].append({"code": "partial_credit_counted_as_wrong"})
    return {"irt": report}


def _decision(result: DecisionConsistency | NotEstimable, cut: float) -> dict[str, Any]:
    if isinstance(result, NotEstimable):
        return {"pass_mark": cut, **figure(result)}
    return {
        "pass_mark": cut,
        "method": result.method,
        "value": number(result.consistency),
        "interval": span(result.interval),
        "accuracy": number(result.accuracy),
        "kappa": number(result.kappa),
        "false_pass": number(result.false_pass),
        "false_fail": number(result.false_fail),
        "n": result.n,
        "settled": result.settled,
    }


def quiz_json(
    responses: Responses, *, model: Model | None = None, blank: str = "omitted", cut: float | None = None
) -> dict[str, Any]:
    """The analysis of ``responses``; ``blank`` cells are ``omitted`` (no credit) or ``undrawn`` (not given)."""
    drawn: BoolArray | None = ~np.isnan(responses.scores) if blank == "undrawn" else None
    found = analyse(responses.scores, names=responses.items, drawn=drawn)
    whole = found.consistency
    held = whole if isinstance(whole, Consistency) else None
    alpha = whole.alpha if isinstance(whole, Consistency) else whole
    report: dict[str, Any] = {
        "n": found.n,
        "blank": blank,
        "mean": number(found.mean),
        "sd": number(found.sd),
        "alpha": figure(alpha, method="feldt"),
        "sem": number(held.sem) if held else None,
        "internal_consistency": number(held.internal_consistency) if held else None,
        "error_ratio": number(held.error_ratio) if held else None,
        "warnings": warnings(found.alarms),
        "items": [item_json(item) for item in found.items],
    }
    if cut is not None:
        report["decision"] = _decision(decision_consistency(found.mean, found.sd, alpha, cut), cut)
    answers = responses.scores if blank == "undrawn" else np.nan_to_num(responses.scores, nan=0.0)
    return report | _calibration(answers, responses.items, model)


# Ratings


def agreement_json(ratings: Sequence[Rating]) -> dict[str, Any]:
    """Every coefficient of agreement of these ratings, averaged over criteria where there are several."""
    table = matrix(ratings)
    raters = list(dict.fromkeys(r.rater for r in ratings))
    return {
        "n": table.shape[0],
        "raters": len(raters),
        "icc": {ICC_NAMES[name]: figure(result) for name, result in icc(table).items()},
        "krippendorff": {
            metric: figure(krippendorff(table, metric))
            for metric in ("nominal", "ordinal", "interval", "ratio")
        },
        "weighted_kappa": {
            weights: figure(mean_kappa(table, weights)) for weights in ("linear", "quadratic")
        },
        "kappa_pairs": [
            {
                "raters": [raters[one], raters[other]],
                "linear": figure(weighted_kappa(table[:, one], table[:, other], "linear")),
                "quadratic": figure(weighted_kappa(table[:, one], table[:, other], "quadratic")),
            }
            for one, other in combinations(range(len(raters)), 2)
            if (np.isfinite(table[:, one]) & np.isfinite(table[:, other])).sum() >= 2
        ],
    }


def severity_json(model: FacetModel | NotEstimable) -> dict[str, Any]:
    if isinstance(model, NotEstimable):
        return {"severity": [], "severity_reason": {"code": model.code, **model.params}, "scores": []}
    return {
        "severity": [
            {
                "rater": rater.rater,
                "logit": number(rater.logit),
                "se": number(rater.se),
                "interval": span(rater.interval),
                "n": rater.n,
                "raters": len(model.severities),
                "settled": rater.settled,
            }
            for rater in model.severities
        ],
        "raters_differ_p": number(model.raters_differ_p),
        "scores": [
            {
                "subject": score.subject,
                "raw": number(score.raw),
                "adjusted": number(score.adjusted),
                "measure": number(score.measure),
                "se": number(score.se),
                "n": score.n,
                "raters": score.raters,
            }
            for score in model.scores
        ],
        "banded": list(model.banded),
    }


def ratings_json(ratings: Sequence[Rating]) -> dict[str, Any]:
    """Overall (each rater's mean over the criteria) and per criterion; severities from all criteria together."""
    names = list(dict.fromkeys(r.criterion for r in ratings))
    per_criterion = [
        {"criterion": name, **agreement_json([r for r in ratings if r.criterion == name])} for name in names
    ]
    return agreement_json(ratings) | severity_json(facet_model(ratings)) | {"criteria": per_criterion}


# Tables for people


def _cell(value: Any) -> str:
    return "–" if value is None else f"{value:.3f}" if isinstance(value, float) else str(value)


def _with_interval(result: dict[str, Any]) -> str:
    if result["value"] is None:
        return f"– ({result['reason']})"
    ends = result["interval"]
    inside = "" if ends is None else f" ({ends['level']:.0%}: {_cell(ends['low'])} to {_cell(ends['high'])})"
    return _cell(result["value"]) + inside + ("" if result["settled"] else " unsettled")


def table(header: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """Columns under their titles, the first to the left and the rest to the right."""
    lines = [list(header), *([_cell(value) for value in row] for row in rows)]
    widths = [max(len(line[c]) for line in lines) for c in range(len(header))]
    return "\n".join(
        "  ".join(
            cell.rjust(width) if c else cell.ljust(width)
            for c, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    )


def quiz_text(report: dict[str, Any]) -> str:
    parts = [
        f"{report['n']} takers, {len(report['items'])} items",
        f"alpha {_with_interval(report['alpha'])}, standard error of measurement {_cell(report['sem'])} points",
    ]
    parts += [f"warning: {warning['code']}" for warning in report["warnings"]]
    if "decision" in report:
        parts.append(
            f"pass mark {report['decision']['pass_mark']}: same verdict twice {_with_interval(report['decision'])}"
        )
    columns = ("facility", "discrimination", "efficiency", "alpha_if_deleted")
    rows = [
        [i["name"], *(i[c] for c in columns), i["omitted"], ", ".join(i["alarms"])] for i in report["items"]
    ]
    parts.append(
        table(
            ["item", "facility", "discrimination", "efficiency", "alpha if deleted", "omitted", "alarms"],
            rows,
        )
    )
    if report["irt"] is not None:
        irt = report["irt"]
        parts.append(f"{irt['model'].upper()}, log-likelihood {irt['log_likelihood']:.2f}")
        parts += [f"warning: {warning['code']}" for warning in irt["warnings"]]
        parts.append(
            table(
                ["item", "a", "se", "b", "se"],
                [[i["name"], i["a"], i["a_se"], i["b"], i["b_se"]] for i in irt["items"]],
            )
        )
    return "\n".join(parts)


def _agreement_text(report: dict[str, Any]) -> list[str]:
    lines = [f"{name}  {_with_interval(result)}" for name, result in report["icc"].items()]
    lines += [
        f"alpha {metric}  {_with_interval(result)}" for metric, result in report["krippendorff"].items()
    ]
    return lines + [
        f"kappa {name}  {_with_interval(result)}" for name, result in report["weighted_kappa"].items()
    ]


def ratings_text(report: dict[str, Any]) -> str:
    parts = [f"{report['n']} subjects, {report['raters']} raters", *_agreement_text(report)]
    if report["severity"]:
        rows = [[r["rater"], r["logit"], r["se"], r["n"]] for r in report["severity"]]
        parts += ["", table(["rater", "severity (logits)", "se", "ratings"], rows)]
    else:
        parts += ["", f"severity of the raters: – ({report['severity_reason']['code']})"]
    if len(report["criteria"]) > 1:
        for criterion in report["criteria"]:
            parts += [
                "",
                f"criterion {criterion['criterion']}: {criterion['n']} subjects",
                *_agreement_text(criterion),
            ]
    return "\n".join(parts)
