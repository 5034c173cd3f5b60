"""Are adjusted role-play scores nearer the truth than raw ones? A simulation through the real code.

Every recording is rated by two of eight raters on five criteria of 1-5. The truth is the score an average rater would
be expected to give. Run: python -m benchmarks.severity [replications]
"""

from __future__ import annotations

import sys

import numpy as np
from msgspec import Struct

from assessments.grading.facets import FacetModel, Rating, facet_model
from lms.arrays import FloatArray

SUBJECTS, RATERS, CRITERIA, EACH = 60, 8, 5, 2
STEPS = np.array([-1.8, -0.6, 0.6, 1.8])


class Outcome(Struct, frozen=True):
    """Root mean square error against the truth and rank correlation with it, raw and adjusted; the correlation of
    estimated with true severities; the share of 95 % intervals that hold the true severity."""

    raw_error: float
    adjusted_error: float
    raw_rank: float
    adjusted_rank: float
    severity_r: float
    coverage: float


def _chances(location: float, difficulty: float) -> FloatArray:
    tops = np.concatenate([[0.0], np.cumsum(location - difficulty - STEPS)])
    weights = np.exp(tops - tops.max())
    result: FloatArray = weights / weights.sum()
    return result


def simulate(rng: np.random.Generator, spread: float) -> tuple[list[Rating], FloatArray, FloatArray]:
    """``(ratings, true fair score per subject, true severity per rater)``; ``spread`` is the sd of severity."""
    ability = rng.normal(0.0, 1.2, SUBJECTS)
    severity = rng.normal(0.0, spread, RATERS)
    severity -= severity.mean()
    difficulty = np.linspace(-0.6, 0.6, CRITERIA)
    grades = np.arange(1, STEPS.size + 2)
    truth = np.array([np.mean([_chances(a, d) @ grades for d in difficulty]) for a in ability])
    ratings = []
    for s, a in enumerate(ability):
        for r in rng.choice(RATERS, EACH, replace=False):
            for c, d in enumerate(difficulty):
                score = rng.choice(grades, p=_chances(a - severity[r], d))
                ratings.append(Rating(f"{s:03}", f"{r}", f"{c}", float(score)))
    return ratings, truth, severity


def _rank_correlation(x: FloatArray, y: FloatArray) -> float:
    return float(np.corrcoef(np.argsort(np.argsort(x)), np.argsort(np.argsort(y)))[0, 1])


def replicate(rng: np.random.Generator, spread: float) -> Outcome | None:
    """One simulated company; None where the raters drawn happen not to be connected."""
    ratings, truth, severity = simulate(rng, spread)
    model = facet_model(ratings)
    if not isinstance(model, FacetModel):
        return None
    raw = np.array([score.raw for score in model.scores])
    adjusted = np.array([score.adjusted for score in model.scores])
    found = np.array([rater.logit for rater in model.severities])
    held = [true in rater.interval for true, rater in zip(severity, model.severities, strict=True)]
    return Outcome(
        float(np.sqrt(((raw - truth) ** 2).mean())),
        float(np.sqrt(((adjusted - truth) ** 2).mean())),
        _rank_correlation(raw, truth),
        _rank_correlation(adjusted, truth),
        float(np.corrcoef(found, severity)[0, 1]) if spread else float("nan"),
        float(np.mean(held)),
    )


def main(replications: int) -> None:
    print(
        f"{SUBJECTS} recordings, {EACH} of {RATERS} raters each, {CRITERIA} criteria of 1-5, {replications} replications"
    )
    print(
        "sd of severity (logits) | error raw | error adjusted | ratio | rank r raw | adjusted | severity r | coverage"
    )
    for spread in (0.0, 0.5, 1.0, 1.5):
        rng = np.random.default_rng(20261122)
        found = [outcome for _ in range(replications) if (outcome := replicate(rng, spread)) is not None]
        mean = [float(np.mean([getattr(outcome, name) for outcome in found])) for name in Outcome.__struct_fields__]
        raw, adjusted, raw_rank, adjusted_rank, severity_r, coverage = mean
        severity = f"{severity_r:.3f}" if spread else "-"
        print(
            f"{spread:.1f} | {raw:.3f} | {adjusted:.3f} | {adjusted / raw:.2f} | {raw_rank:.3f} | {adjusted_rank:.3f} | "
            f"{severity} | {coverage:.3f}"
        )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100)
