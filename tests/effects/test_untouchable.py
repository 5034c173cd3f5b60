"""A KPI that the course cannot touch: looked at by the same method, in its own unit, and said when it was named."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import numpy as np
import pytest
from flask.testing import FlaskClient
from msgspec.structs import replace
from sqlalchemy import select

from effects import services
from effects.models import StudyRun
from effects.stats.design import Chosen
from effects.stats.options import Options
from effects.stats.simulate import Selection, Settings, company
from effects.stats.study import Known, Untouchable, analyse, untouched
from effects.untouchable.models import StudyUntouchable
from effects.untouchable.queries import in_force, named_for
from effects.untouchable.services import name_untouchable
from lms.authz import Actor
from lms.clock import now
from lms.db import db, transaction
from lms.errors import Forbidden, Refused, Unknown
from lms.people.models import Person
from lms.people.scope import load_actor
from performance.kpis.models import Kpi, KpiRecord
from tests.effects.company import LONG_AGO, NOW, settle
from tests.people import Cast

SignIn = Callable[[Person], FlaskClient]
OPTIONS = Options(horizon=6, transform="none", plausible=1.0)
SETTINGS = Settings(reps=80, teams=10, months=22, effect=0.10)


@pytest.fixture
def hana(cast: Cast) -> Actor:
    return load_actor(cast.hana)


def other_kpi(studied: int, *, period: str = "month", factor: float = 0.0) -> int:
    """Complaints, of those with records of the KPI studied: noise of their own, and ``factor`` of its value."""
    name = {"en": "Complaints", "zh_Hans": "投诉数", "zh_Hant": "投訴數"}
    rng = np.random.default_rng(7)
    with transaction():
        kpi = Kpi(
            code="complaints", name=name, description={}, kind="amount", unit="points", digits=1, direction="lower",
            period=period, created_at=LONG_AGO,
        )  # fmt: skip
        db.session.add(kpi)
        db.session.flush()
        for record in db.session.scalars(select(KpiRecord).where(KpiRecord.kpi_id == studied)).all():
            value = 50 + rng.normal() + factor * (record.value or 0.0)
            db.session.add(
                KpiRecord(
                    kpi_id=kpi.id, person_id=record.person_id, period_start=record.period_start, value=value,
                    revision=1, recorded_at=LONG_AGO,
                )
            )  # fmt: skip
    return kpi.id


def run_of(hana: Actor, study_id: int, *, at: datetime = NOW + timedelta(minutes=1)) -> StudyRun:
    """A run asked for at that time; it is computed at once."""
    with transaction():
        run = services.start_run(hana, study_id, now=at)
    db.session.refresh(run)
    return run


def check_of(run: StudyRun, language: str = "en") -> dict[str, str]:
    assert run.report is not None
    found = [c for c in run.report["words"][language]["checks"] if c["name"] == "untouchable_kpi"]
    return found[0] if found else {}


def asked(hana: Actor) -> tuple[int, int]:
    course_id, kpi_id = settle()
    with transaction():
        study = services.ask(hana, course_id, kpi_id, now=NOW)
        services.confirm_chosen(hana, study.id, Chosen.WAVES, "", now=NOW)
    return study.id, kpi_id


@pytest.mark.parametrize(("moved", "verdict"), [(0.0, "pass"), (0.2, "fail")])
def test_a_kpi_that_moves_with_the_start_speaks_against_the_figure(moved: float, verdict: str) -> None:
    panel = company(1, Selection.RANDOM, settings=SETTINGS).panel
    noise = np.random.default_rng(3).normal(3.0, 0.1, panel.outcome.shape)
    other = replace(panel, outcome=np.exp(noise + moved * (panel.relative >= 0)))
    found = untouched(panel, OPTIONS, "bjs", Untouchable("complaints", "amount", other))
    assert found.verdict == verdict
    assert found.params["scale"] == "log", "in the other KPI's own scale"


def test_a_kpi_that_moved_lowers_the_grade() -> None:
    panel = company(1, Selection.RANDOM, settings=SETTINGS).panel
    panel = replace(panel, outcome=panel.outcome + 12)
    known = Known(np.zeros(panel.n_units, dtype=bool), {})
    noise = np.random.default_rng(3).normal(3.0, 0.1, panel.outcome.shape)
    moved = replace(panel, outcome=noise + 0.2 * (panel.relative >= 0))
    still = replace(panel, outcome=noise)
    grades = [
        analyse(panel, Chosen.WAVES, OPTIONS, known=replace(known, untouchable=Untouchable("c", "amount", other))).grade
        for other in (still, moved)
    ]
    assert grades == ["B", "C"]


def test_only_the_reps_of_the_study_are_looked_at() -> None:
    panel = company(1, Selection.RANDOM, settings=SETTINGS).panel
    few = panel.select(np.arange(panel.n_units) < 60)
    other = replace(panel, outcome=np.exp(np.random.default_rng(3).normal(3.0, 0.1, panel.outcome.shape)))
    same = other.select(np.arange(panel.n_units) < 60)
    assert untouched(few, OPTIONS, "bjs", Untouchable("c", "amount", other)) == untouched(
        few, OPTIONS, "bjs", Untouchable("c", "amount", same)
    )


def test_a_named_kpi_stands_among_the_checks_in_its_own_unit(hana: Actor) -> None:
    study_id, kpi_id = asked(hana)
    with transaction():
        name_untouchable(hana, study_id, other_kpi(kpi_id), now=NOW)
    run = run_of(hana, study_id)
    said = check_of(run)
    assert said["state"] == "ok"
    assert "“Complaints”, which the course cannot touch" in said["answer"]
    assert "%" in said["answer"], "logs of a positive amount are written as shares"
    assert "《投诉数》" in check_of(run, "zh_Hans")["answer"]
    assert "had been seen" not in said["answer"]


def test_a_kpi_named_after_the_result_was_seen_is_called_so(hana: Actor) -> None:
    study_id, kpi_id = asked(hana)
    first = run_of(hana, study_id)
    assert check_of(first) == {}
    with transaction():
        name_untouchable(hana, study_id, other_kpi(kpi_id), now=now() + timedelta(minutes=1))
    second = run_of(hana, study_id, at=now() + timedelta(minutes=2))
    assert "named after run 1 had been seen" in check_of(second)["answer"]
    assert second.fingerprint != first.fingerprint, "its records went in as well"
    assert named_for(first) == (None, None)


def test_a_kpi_without_records_is_said_to_have_none(hana: Actor) -> None:
    study_id, kpi_id = asked(hana)
    other = other_kpi(kpi_id)
    with transaction():
        db.session.query(KpiRecord).filter_by(kpi_id=other).delete()
        name_untouchable(hana, study_id, other, now=NOW)
    assert "There are no records of this KPI" in check_of(run_of(hana, study_id))["answer"]


def test_naming_is_refused_for_the_kpi_studied_and_for_other_periods(hana: Actor) -> None:
    study_id, kpi_id = asked(hana)
    quarterly = other_kpi(kpi_id, period="quarter")
    for wanted, code in ((kpi_id, "untouchable_is_studied"), (quarterly, "untouchable_other_period")):
        with pytest.raises(Refused) as refusal:
            name_untouchable(hana, study_id, wanted, now=NOW)
        assert refusal.value.code == code
    with pytest.raises(Unknown):
        name_untouchable(hana, study_id, 999_999, now=NOW)


def test_a_learner_names_nothing_and_the_same_name_twice_is_kept_once(
    hana: Actor, cast: Cast
) -> None:
    study_id, kpi_id = asked(hana)
    other = other_kpi(kpi_id)
    with pytest.raises(Forbidden):
        name_untouchable(load_actor(cast.ana), study_id, other, now=NOW)
    with transaction():
        assert name_untouchable(hana, study_id, other, now=NOW) is not None
        assert name_untouchable(hana, study_id, other, now=NOW) is None
        assert name_untouchable(hana, study_id, None, now=NOW) is not None
    assert in_force(study_id) is None
    assert len(db.session.scalars(select(StudyUntouchable)).all()) == 2


def test_hana_names_it_on_the_page_of_the_study(
    hana: Actor, cast: Cast, sign_in: SignIn
) -> None:
    study_id, kpi_id = asked(hana)
    other = other_kpi(kpi_id)
    browser = sign_in(cast.hana)
    assert "A KPI that the course cannot touch" in browser.get(f"/effects/{study_id}").text
    sent = {"chosen": "waves", "reason": "by the calendar", "untouchable_id": str(other)}
    too_long = browser.post(f"/effects/{study_id}/chosen", data=sent | {"reason": "x" * 501})
    assert "longer than 500" in too_long.text and "x" * 501 in too_long.text, "what was typed is kept"
    assert in_force(study_id) is None
    assert browser.post(f"/effects/{study_id}/chosen", data=sent).status_code == 302
    assert in_force(study_id) == other


def test_numbers_that_no_row_can_have_lead_nowhere(hana: Actor, cast: Cast, sign_in: SignIn) -> None:
    browser = sign_in(cast.hana)
    for path in (f"/effects/{10**20}", f"/effects?course={10**20}"):
        assert browser.get(path).status_code == 404, path
