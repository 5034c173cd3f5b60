"""Smoothness sensitivity: the published intervals, and what must hold of any."""

import json
from pathlib import Path

import numpy as np
import pytest
from msgspec.structs import replace

from effects.stats.gcomputation import gcomputation
from effects.stats.options import Options
from effects.stats.sensitivity import EventStudy, breakdown, smoothness
from effects.stats.simulate import Settings, company
from lms.values import NotEstimable

EHEC = Path(__file__).parents[2] / "reference/ehec/event_study.json"


@pytest.fixture(scope="module")
def medicaid():
    data = json.loads(EHEC.read_text())
    k = tuple(year - 2014 for year in data["years"])
    return EventStudy(k, np.array(data["betahat"]), np.array(data["sigma"]), (-1.0,) * 7)


@pytest.mark.parametrize(
    ("m", "low", "high"), [(0.0, 0.0259, 0.0607), (0.01, 0.0132, 0.0787), (0.02, 0.0029, 0.0907)]
)
def test_medicaid_gives_the_published_intervals(medicaid, m, low, high):
    interval = smoothness(medicaid, m).interval
    assert interval.low == pytest.approx(low, abs=1.2e-4)
    assert interval.high == pytest.approx(high, abs=1.2e-4)


def test_the_event_study_itself_is_the_published_one(medicaid):
    assert medicaid.estimate[-2:].round(4).tolist() == [0.0464, 0.0692]


def test_the_breakdown_is_where_the_interval_first_takes_in_zero(medicaid):
    m = breakdown(medicaid)
    assert 0.02 < m < 0.026
    assert 0.0 not in smoothness(medicaid, 0.97 * m).interval
    assert 0.0 in smoothness(medicaid, 1.03 * m).interval


def test_with_one_period_before_a_straight_line_is_simply_extended():
    study = EventStudy((-2, 0), np.array([1.0, 5.0]), np.diag([0.01, 0.01]), (-1.0, -1.0))
    found = smoothness(study, 0.0)
    assert found.estimate == pytest.approx(6.0)  # slope -1 per period: expected -1 without the course
    assert found.interval.high - 6.0 == pytest.approx(1.959964 * np.sqrt(0.02), abs=1e-5)


def test_more_permitted_drift_never_gives_a_shorter_interval(medicaid):
    widths = [
        s.interval.high - s.interval.low for s in (smoothness(medicaid, m) for m in np.arange(0, 0.1, 0.01))
    ]
    assert all(a <= b + 1e-12 for a, b in zip(widths, widths[1:], strict=False))


def test_an_event_study_with_nothing_before_has_no_sensitivity():
    study = EventStudy((0, 1), np.array([1.0, 2.0]), np.eye(2), (-1.0, -1.0))
    assert smoothness(study, 0.1) == NotEstimable("too_few_periods_before", {"n": 0})


def test_the_jackknife_covariance_of_an_effect_feeds_it():
    panel = company(2, settings=Settings(reps=60, teams=10)).panel
    effect = gcomputation(panel, horizon=6)
    study = EventStudy.of(panel, Options(), effect)
    assert study.k[:4] == (-3, -2, -1, 0)  # ten teams: three placebos
    shown = [at.se for at in effect.event_study if at.se is not None and at.key >= -3]
    assert np.sqrt(np.diag(study.covariance)) == pytest.approx(shown)
    assert study.anchor[0] == -7.0
    assert study.anchor[-1] == -1.0


def test_each_estimator_counts_drift_from_where_it_compares():
    panel = company(2, settings=Settings(reps=60, teams=10)).panel
    effect = gcomputation(panel, horizon=6)
    varying = EventStudy.of(panel, Options(base="varying"), replace(effect, method="cs"))
    assert varying.anchor[:3] == (-4.0, -3.0, -2.0)
    universal = EventStudy.of(panel, Options(base="universal"), replace(effect, method="cs"))
    assert set(universal.anchor) == {-1.0}
    imputed = EventStudy.of(panel, Options(), replace(effect, method="bjs"))
    assert imputed.anchor[-1] == pytest.approx(-414 / 54)  # mean of -1…-9, -1…-12, -1…-15, -1…-18


def test_an_estimate_without_spread_is_no_certainty():
    study = EventStudy((-2, 0), np.array([1.0, 5.0]), np.zeros((2, 2)), (-1.0, -1.0))
    assert smoothness(study, 0.1) == NotEstimable("no_standard_error")
