"""JTRAIN, real data that were not made here: Michigan firms as reps, training grants as a course, scrap as a KPI.

Holzer, Block, Cheatham and Knott (1993); the figures are those of Wooldridge's example 14.1 and its first difference.
"""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from flask import Flask

from courses import authoring
from courses.models import Area
from effects import panels, queries, services
from effects.models import Study
from effects.stats.design import Chosen
from effects.stats.panel import NEVER
from lms.authz import Actor
from lms.db import transaction
from lms.imports import direct
from lms.people.scope import load_actor
from performance.kpis import services as kpi_services
from performance.kpis.models import Kpi
from performance.kpis.services import KpiDefinition
from tests.effects.company import LONG_AGO, NOW
from tests.people import Cast
from tests.reference import published


def firm(code: float) -> str:
    return f"F{int(code)}"


@pytest.fixture
def source() -> pd.DataFrame:
    """Firm-years with a scrap rate: 54 firms, 1987 to 1989."""
    return published.jtrain().dropna(subset=["scrap"])


@pytest.fixture
def hana(cast: Cast) -> Actor:
    return load_actor(cast.hana)


def write(path: Path, header: list[str], rows: list[list[Any]]) -> Path:
    with path.open("w", newline="", encoding="utf-8-sig") as file:
        csv.writer(file).writerows([header, *rows])
    return path


@pytest.fixture
def study(cast: Cast, hana: Actor, source: pd.DataFrame, tmp_path: Path) -> Study:
    """The three files that a customer would have, taken in as a customer would, and the question asked."""
    firms = sorted({firm(code) for code in source["fcode"]})
    people = write(tmp_path / "firms.csv", ["Person number", "Name", "Role"], [[f, f"Firm {f[1:]}", "rep"] for f in firms])
    records = write(
        tmp_path / "scrap.csv",
        ["Person number", "KPI", "Year", "Value"],
        [[firm(r.fcode), "scrap_rate", int(r.year), r.scrap] for r in source.itertuples()],
    )
    grants = write(
        tmp_path / "grants.csv",
        ["Person number", "Course code", "Started on", "Completed on", "How chosen"],
        [[firm(r.fcode), "GRANT", f"{r.year}-02-01", f"{r.year}-11-30", "unknown"] for r in source[source.grant == 1].itertuples()],
    )
    with transaction():
        course = authoring.create(
            load_actor(cast.tess), "GRANT", {"en": "Training grant", "zh_Hans": "培训资助"}, Area.SKILLS, now=LONG_AGO
        )
        kpi = _define(hana)
        for kind, path in (("people", people), ("kpi", records), ("completions", grants)):
            direct.import_file(hana, kind, path, now=NOW)
    with transaction():
        asked = services.ask(hana, course.id, kpi.id, now=NOW)
        services.confirm_chosen(hana, asked.id, Chosen.UNKNOWN, "Firms applied; first come, first served", now=NOW)
        services.start_run(hana, asked.id, now=NOW)
    return asked


def _define(hana: Actor) -> Kpi:
    name = {"en": "Scrap rate", "zh_Hans": "废品率", "zh_Hant": "廢品率"}
    text = {"en": "Items scrapped per hundred produced.", "zh_Hans": "每百件产品中的废品件数。"}
    definition = KpiDefinition("scrap_rate", name, text, "amount", "per hundred", "lower", "year", 2)
    return kpi_services.define(hana, definition, now=LONG_AGO)


def test_the_panel_equals_the_source(study: Study, source: pd.DataFrame) -> None:
    panel = panels.build(study).reading.panel
    wide = source.pivot(index="fcode", columns="year", values="scrap").sort_index()
    grants = source[source["grant"] == 1].set_index("fcode")["year"]
    assert panel.periods == ("1987", "1988", "1989")
    assert sorted(panel.outcome.sum(axis=1).tolist()) == pytest.approx(sorted(wide.sum(axis=1).tolist()))
    assert panel.outcome == pytest.approx(wide.to_numpy(np.float64))
    assert panel.start.tolist() == [int(grants[code]) - 1987 if code in grants.index else NEVER for code in wide.index]
    assert (panel.start < NEVER).sum() == 29


def test_the_page_says_that_it_cannot_be_told(study: Study, cast: Cast, sign_in: Any) -> None:
    run = queries.finished_run(study.id)
    assert run is not None and run.grade == "D" and run.estimate is None
    page = sign_in(cast.hana).get(f"/effects/{study.id}").text
    assert "moved scrap rate cannot be told yet. The records reach back only" in page
    assert "D · cannot be known yet" in page
    with transaction():
        cast.hana.locale = "zh_Hans"
    assert "《培训资助》</em>是否影响了废品率，目前无法判断。" in sign_in(cast.hana).get(f"/effects/{study.id}").text


@pytest.mark.parametrize(("transform", "figure"), [("log", -0.317), ("none", -0.739)])
@pytest.mark.parametrize("method", ["twfe", "cs", "bjs"])
def test_the_experts_door_gives_the_published_first_difference(
    app: Flask, study: Study, tmp_path: Path, method: str, transform: str, figure: float
) -> None:
    """1987 and 1988 alone: with one period on each side all three are the difference of the changes."""
    panel = panels.build(study).reading.panel
    path = write(
        tmp_path / "panel.csv",
        ["firm", "year", "scrap", "grant"],
        [
            [unit, panel.periods[t], panel.outcome[i, t], panel.periods[panel.start[i]] if panel.start[i] < NEVER else 0]
            for i, unit in enumerate(panel.units)
            for t in range(2)
        ],
    )
    arguments = ["--unit", "firm", "--period", "year", "--outcome", "scrap", "--first-treated", "grant", "--direction", "lower"]
    result = app.test_cli_runner().invoke(
        args=["effects", "estimate", str(path), *arguments, "--method", method, "--transform", transform, "--json"]
    )
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    assert round(found["estimate"], 3) == figure
    assert (found["n_units"], found["grade"]) == (54, "D")
    assert "By this method alone" in found["sentence"]["en"] or "no effect on scrap can be told from chance" in found["sentence"]["en"]
