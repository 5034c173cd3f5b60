"""``flask effects portfolio``: a long CSV or a folder in, a ranked table out; bad input is one line and exit code 2."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import Result
from flask import Flask

from effects.stats.panel import NEVER
from effects.stats.simulate import Selection, Settings, company

HEADER = ["course", "kpi", "unit", "period", "outcome", "first_treated", "team"]


def rows(course: str, kpi: str, effect: float, seed: int) -> list[list[str]]:
    drawn = company(seed, Selection.RANDOM, settings=Settings(reps=60, teams=10, months=20, effect=effect)).panel
    found = []
    for i, unit in enumerate(drawn.units):
        start = "" if drawn.start[i] >= NEVER else str(int(drawn.start[i]) + 1)
        for t in range(drawn.n_periods):
            value = f"{np.exp(drawn.outcome[i, t]):.6f}" if np.isfinite(drawn.outcome[i, t]) else ""
            found.append([course, kpi, unit, str(t + 1), value, start, str(drawn.cluster[i])])
    return found


def write(path: Path, header: list[str], body: list[list[str]]) -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([header, *body])
    return path


def run(app: Flask, *arguments: str) -> Result:
    return app.test_cli_runner().invoke(args=["effects", "portfolio", *arguments])


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    tiny = [["Tiny", "Sales", u, str(t), str(100 + t), "5" if u == "a" else "", u] for u in "ab" for t in range(1, 9)]
    body = rows("Works", "Sales", 0.25, 3) + rows("Idle", "Sales", 0.0, 5) + tiny
    return write(tmp_path_factory.mktemp("portfolio") / "long.csv", HEADER, body)


def test_the_course_that_works_leads_and_the_tiny_one_is_refused_with_its_reason(bare_app: Flask, source: Path) -> None:
    result = run(bare_app, str(source), "--cluster", "team", "--chosen", "waves", "--json")
    assert result.exit_code == 0, result.output
    first, second, third = json.loads(result.output)["pairs"]
    assert (first["course"], first["verdict"], first["badge"], first["rank"]) == ("Works", "keep", True, 1)
    assert (second["course"], second["badge"]) == ("Idle", False)
    assert (third["course"], third["verdict"], third["rank"]) == ("Tiny", "cannot_know", None)
    assert "are needed" in third["refusal"]["sentence"]
    text = run(bare_app, str(source), "--cluster", "team", "--chosen", "waves").output
    assert "Works × Sales" in text and "Tiny × Sales: Only 1" in text


def test_a_folder_names_its_courses_by_file(bare_app: Flask, source: Path, tmp_path: Path) -> None:
    with source.open(encoding="utf-8") as file:
        every = list(csv.reader(file))[1:]
    for course in ("Idle", "Tiny"):
        write(tmp_path / f"{course}.csv", HEADER[1:], [row[1:] for row in every if row[0] == course])
    result = run(bare_app, str(tmp_path), "--cluster", "team", "--chosen", "waves", "--json")
    assert {pair["course"] for pair in json.loads(result.output)["pairs"]} == {"Idle", "Tiny"}


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ([["A", "K", "u", "1", "many", "", "t"], ["A", "K", "v", "2", "3", "", "t"]], "“many” is not a number"),
        ([["A", "K", "u", "1", "1", "", "t"], ["A", "K", "u", "1", "2", "", "t"], ["A", "K", "v", "2", "2", "", "t"]], "more than one row"),
        ([["", "K", "u", "1", "1", "", "t"]], "course or KPI is empty"),
        ([], "no rows under a header"),
    ],
)
def test_bad_input_is_one_line_and_exit_code_two(bare_app: Flask, tmp_path: Path, body: list[list[str]], says: str) -> None:
    result = run(bare_app, str(write(tmp_path / "bad.csv", HEADER, body)))
    assert result.exit_code == 2
    assert says in result.output and len(result.output.strip().splitlines()) == 1


def test_what_is_not_there_is_said(bare_app: Flask, tmp_path: Path) -> None:
    assert run(bare_app, str(tmp_path / "nothing.csv")).exit_code == 2
    assert "no CSV files" in run(bare_app, str(tmp_path)).output
    missing = write(tmp_path / "few.csv", ["course", "kpi"], [["A", "K"]])
    result = run(bare_app, str(missing))
    assert result.exit_code == 2 and "no column 'unit'" in result.output
