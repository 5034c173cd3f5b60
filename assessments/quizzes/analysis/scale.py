"""The scale of a quiz: item response models fitted to its first attempts, as a report that pages draw. Computed by a worker."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy import stats

from assessments.grading.irt import (
    SETTLED_FROM,
    Ability,
    Calibration,
    ItemParameters,
    Model,
    abilities,
    calibrate,
    dichotomise,
    item_information,
    test_information,
)
from assessments.grading.item_fit import ItemFit, item_fit
from assessments.grading.scale import AtPassMark, at_pass_mark, expected_score, grid, person_item_map
from assessments.quizzes.analysis.responses import Responses
from assessments.quizzes.models import Quiz
from lms.arrays import FloatArray
from lms.values import Interval, NotEstimable

FEWEST = SETTLED_FROM["1pl"]
"""Takers from which a scale is made at all."""
BETTER = 0.01
"""How unlikely the gain of separate slopes must be by chance before they are used."""


def made(quiz: Quiz, found: Responses | None) -> dict[str, Any]:
    """The report of a run. One slope for all from 200 takers; from 500 a slope of each question's own, where that fits better."""
    n = found.n if found else 0
    if found is None or n < FEWEST:
        return {"missing": "few_takers", "n": n, "minimum": FEWEST}
    answers = answers_of(found)
    names = [str(version) for version in found.versions]
    fitted = _fitted(answers, names)
    if isinstance(fitted, NotEstimable):
        return {"missing": fitted.code, "n": n, "minimum": FEWEST}
    chosen, compared = fitted
    kept = [names.index(item.name) for item in chosen.items]
    own = answers[:, kept]
    people = abilities(chosen, own)
    cut = quiz.pass_mark / 100
    marks = found.marks[kept]
    return {
        "n": chosen.n,
        "partial": bool(((found.filled > 0) & (found.filled < 1)).any()),
        "model": chosen.model,
        "converged": chosen.converged,
        "log_likelihood": chosen.log_likelihood,
        "compared": compared,
        "items": [_item(*each) for each in zip(chosen.items, item_fit(chosen, own), found.drawn[:, kept].sum(axis=0), strict=True)],
        "excluded": [int(name) for name in chosen.excluded],
        "steep": [int(alarm.params["item"]) for alarm in chosen.alarms if alarm.code == "steep_item"],
        "pass_mark": cut,
        "at_pass_mark": _cut(at_pass_mark(chosen.items, people, cut, marks)),
        "curves": _curves(chosen, marks),
        "map": _map(chosen, people),
        "reliability": _reliability(people),
    }


def answers_of(found: Responses) -> FloatArray:
    """(n, p) 1 right in full, 0 not, ``nan`` not asked; what was left empty counts as wrong."""
    result: FloatArray = np.where(found.drawn, dichotomise(found.filled), np.nan)
    return result


def _fitted(answers: FloatArray, names: Sequence[str]) -> tuple[Calibration, dict[str, Any] | None] | NotEstimable:
    """The model that is used, and the comparison of the two where both could be."""
    one = calibrate(answers, "1pl", names=names)
    if isinstance(one, NotEstimable) or one.n < SETTLED_FROM["2pl"]:
        return one if isinstance(one, NotEstimable) else (one, None)
    two = calibrate(answers, "2pl", names=names)
    if isinstance(two, NotEstimable):
        return one, None
    gain, df = 2 * (two.log_likelihood - one.log_likelihood), len(one.items) - 1
    p_value = float(stats.chi2.sf(max(gain, 0.0), df))
    better = two.converged and p_value < BETTER
    chosen: Model = "2pl" if better else "1pl"
    return (two if better else one), {"chi2": gain, "df": df, "p": p_value, "chosen": chosen}


def _item(item: ItemParameters, fit: ItemFit | NotEstimable, asked: Any) -> dict[str, Any]:
    return {
        "version": int(item.name),
        "n": int(asked),
        "a": item.a,
        "a_se": item.a_se,
        "b": item.b,
        "b_se": item.b_se,
        "b_interval": _ends(item.b_interval),
        "fit": None if isinstance(fit, NotEstimable) else {"chi2": fit.statistic, "df": fit.df, "p": fit.adjusted, "misfits": fit.misfits},
    }


def _ends(interval: Interval | None) -> list[float] | None:
    return [interval.low, interval.high] if interval else None


def _cut(found: AtPassMark | NotEstimable) -> dict[str, float] | None:
    if isinstance(found, NotEstimable):
        return None
    return {"theta": found.theta, "se": found.se, "score_se": found.score_se, "below": found.below}


def _curves(chosen: Calibration, marks: FloatArray) -> dict[str, Any]:
    theta = grid()
    by_item = item_information(chosen.items, theta)
    return {
        "theta": theta.round(2).tolist(),
        "information": test_information(chosen.items, theta).round(4).tolist(),
        "expected": expected_score(chosen.items, theta, marks).round(4).tolist(),
        "items": {item.name: by_item[:, at].round(4).tolist() for at, item in enumerate(chosen.items)},
    }


def _map(chosen: Calibration, people: Sequence[Ability]) -> list[dict[str, Any]]:
    bands = person_item_map(chosen.items, people)
    return [{"low": each.low, "high": each.high, "takers": each.takers, "items": [int(name) for name in each.items]} for each in bands]


def _reliability(people: Sequence[Ability]) -> float:
    """Of the estimated abilities: their variance over it and the mean error variance (Bock & Mislevy 1982)."""
    theta, error = np.array([each.theta for each in people]), np.array([each.se**2 for each in people])
    spread = float(theta.var())
    return spread / (spread + float(error.mean())) if spread > 0 else 0.0
