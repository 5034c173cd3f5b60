"""The stored check: readiness of past quarters against the KPIs of the next ones, kept and never changed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import numpy as np
import pytest
from flask import Flask
from sqlalchemy import select

from assessments.grading.evidence import SkillEvidence
from lms.authz import SYSTEM, Role
from lms.db import db, transaction
from lms.people.models import Person
from performance.kpis import services as kpi_services
from performance.kpis.models import Kpi, KpiRecord
from performance.skills import checking, jobs, queries, services
from performance.skills.models import SkillCheck, SkillRun
from tests.people import Cast, make_person, make_team
from tests.performance.skills.conftest import NOW, piece

MONTHS = (date(2026, 4, 1), date(2026, 5, 1), date(2026, 6, 1), date(2026, 7, 1), date(2026, 8, 1), date(2026, 9, 1))


@pytest.fixture
def company(cast: Cast, asked: dict[str, int], shown: list[SkillEvidence]) -> list[Person]:
    """Eight teams of six; who was readier at the end of June sold more from July on, but not before."""
    rng = np.random.default_rng(4)
    with transaction():
        kpi_services.seed(SYSTEM, now=NOW)
        kpi = db.session.scalars(select(Kpi).where(Kpi.code == "sales_amount")).one()
        people = []
        for t in range(8):
            team = make_team(f"t{t}", f"Team {t}", cast.company)
            for i in range(6):
                person = make_person(f"Rep {t}-{i}", team, Role.REP)
                people.append(person)
                skill = i / 5
                share = float(np.clip(0.35 + 0.5 * skill, 0, 1))
                shown += [piece(person.id, word, share, days=200, number=n) for n, word in enumerate(("Needs analysis", "Customer visits"))]
                for month in MONTHS:
                    gain = skill if month >= date(2026, 7, 1) else 0.0
                    value = 1000.0 * (1 + t) + 400 * gain + 60 * rng.normal()
                    db.session.add(KpiRecord(kpi_id=kpi.id, person_id=person.id, period_start=month, value=value, recorded_at=NOW))
    return people


def test_a_check_finds_what_readiness_went_with_and_is_kept(company: list[Person]) -> None:
    with transaction():
        services.snapshot(SYSTEM, date(2026, 6, 30), now=NOW)
        services.snapshot(SYSTEM, date(2026, 9, 30), now=NOW)
        made = {each.kpi.code: each for each in checking.run(SYSTEM, now=NOW)}
    sales = made["sales_amount"]
    assert (sales.verdict, sales.reason, sales.teams, sales.people) == ("predicts", None, 8, 48)
    assert sales.quarters == ["2026-04-01"], "what follows September is not over yet"
    assert sales.afterwards == 1, "a snapshot of June made in November was made with hindsight"
    assert sales.figures["corrected"]["value"] >= sales.figures["observed"]["value"] > 0.5
    assert sales.figures["beyond"]["low"] > 0
    assert made["new_customers"].reason == "few_teams"
    before = (sales.id, sales.observed)
    with transaction():
        again = checking.run(SYSTEM, now=NOW)
    assert {each.number for each in again} == {2}
    assert (db.session.get_one(SkillCheck, before[0]).id, sales.observed) == before


def test_the_page_says_it_is_association(company: list[Person], cast: Cast, sign_in: object) -> None:
    with transaction():
        services.snapshot(SYSTEM, date(2026, 6, 30), now=NOW)
        checking.run(SYSTEM, now=NOW)
    page = sign_in(cast.cleo).get("/skills/check").text  # type: ignore[operator]
    assert "This is association, not effect" in page
    assert "tended to do better in the next quarter" in page
    assert sign_in(cast.cleo).get("/skills/check?look=99").status_code == 404  # type: ignore[operator]


def test_the_clock_keeps_a_quarter_once_however_often_it_strikes(company: list[Person], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "now", lambda: datetime(2026, 10, 2, tzinfo=UTC))
    jobs.every_quarter()
    jobs.every_quarter()
    runs = db.session.scalars(select(SkillRun).where(SkillRun.kind == "quarter")).all()
    assert [str(run.quarter) for run in runs] == ["2026-07-01"]
    jobs.every_night()
    jobs.check_what_readiness_predicts()
    assert queries.current_run() is not None
    assert db.session.scalar(select(SkillCheck.number)) == 1


def test_the_command_checks_and_prints_json(company: list[Person], app: Flask) -> None:
    runner = app.test_cli_runner()
    assert runner.invoke(args=["skills", "snapshot", "2026-06-30"]).exit_code == 0
    assert runner.invoke(args=["skills", "snapshot", "2026-06-30"]).exit_code == 2
    done = runner.invoke(args=["skills", "check", "--json"])
    assert done.exit_code == 0 and '"association": true' in done.output


def test_clock_and_commands_read_outside_a_transaction_and_write_in_one(
    company: list[Person], app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "now", lambda: datetime(2026, 10, 21, tzinfo=UTC))
    inside: list[bool] = []

    def watched(act: Callable[..., Any]) -> Callable[..., Any]:
        def seen(*args: Any, **more: Any) -> Any:
            inside.append(bool(db.session.info.get("in_transaction")))
            return act(*args, **more)

        return seen

    monkeypatch.setattr(services, "_seen", watched(services._seen))
    monkeypatch.setattr(checking, "_pairs", watched(checking._pairs))
    jobs.every_night()
    jobs.every_quarter()
    jobs.check_what_readiness_predicts()
    assert inside and not any(inside)
    assert sorted(db.session.scalars(select(SkillRun.kind))) == ["current", "quarter"]
    assert set(db.session.scalars(select(SkillCheck.number))) == {1}
    by_clock = len(inside)
    for words in (["readiness", "--fresh"], ["snapshot", "2026-06-30"], ["check"]):
        assert app.test_cli_runner().invoke(args=["skills", *words]).exit_code == 0
    assert len(inside) > by_clock and not any(inside)
    assert set(db.session.scalars(select(SkillCheck.number))) == {1, 2}


def test_two_checks_made_at_once_get_two_numbers(company: list[Person]) -> None:
    first, second = checking.look(SYSTEM, now=NOW), checking.look(SYSTEM, now=NOW)
    with transaction():
        checking.keep(SYSTEM, first)
    with transaction():
        checking.keep(SYSTEM, second)
    assert ({each.number for each in first}, {each.number for each in second}) == ({1}, {2})
