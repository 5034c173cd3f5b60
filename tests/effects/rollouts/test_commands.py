"""``flask effects power`` and ``plan`` on files; a bad file is one line and exit code 2."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import Result
from flask import Flask

from effects.stats.simulate import Settings, company
from lms import canonical

COLUMNS = ("--unit", "rep", "--period", "month", "--outcome", "sales", "--cluster", "team")
SHAPE = ("--waves", "2", "--gap", "2", "--horizon", "3")


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> Path:
    panel = company(3, settings=Settings(reps=36, teams=6, months=18)).panel
    path = tmp_path_factory.mktemp("panel") / "history.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["rep", "month", "sales", "team"])
        for i, unit in enumerate(panel.units):
            for t, period in enumerate(panel.periods):
                if np.isfinite(panel.outcome[i, t]):
                    writer.writerow([unit, period, round(float(np.exp(panel.outcome[i, t])), 6), panel.cluster[i]])
    return path


def run(app: Flask, *arguments: object) -> Result:
    return app.test_cli_runner().invoke(args=["effects", *map(str, arguments)])


def test_power_says_the_smallest_effect_in_percent_and_as_json(bare_app: Flask, history: Path) -> None:
    told = run(bare_app, "power", history, *COLUMNS, *SHAPE, "--json", "--effect", "0.3")
    assert told.exit_code == 0, told.output
    body = json.loads(told.stdout)
    assert body["scale"] == "log" and 0.02 < body["smallest_detectable"] < 0.3
    assert (body["units"], body["teams"], body["periods"]) == (36, 6, 18) and body["power_at"]["power"] > 0.9


def test_a_history_that_is_too_short_is_said_and_no_figure_given(bare_app: Flask, history: Path) -> None:
    told = run(bare_app, "power", history, *COLUMNS, "--waves", "4", "--gap", "6", "--json")
    assert json.loads(told.stdout)["not_estimable"] == {"code": "too_short_history", "needed": 30, "have": 18}


def test_plan_draws_the_same_list_from_the_same_seed_and_names_it_by_its_hash(bare_app: Flask, history: Path) -> None:
    arguments = ("plan", history, *COLUMNS, *SHAPE, "--first", "2025-09", "--seed", "5")
    body = json.loads(run(bare_app, *arguments, "--json").stdout)
    assert body["starts"] == ["2025-09", "2025-11"] and len(body["members"]) == 36
    assert body.pop("sha256") == canonical.sha256(body)
    rows = list(csv.DictReader(io.StringIO(run(bare_app, *arguments).stdout)))
    assert [row["wave"] for row in rows] == [str(m["wave"] or "") for m in body["members"]]
    waves = [m["wave"] for m in body["members"]]
    assert {wave: waves.count(wave) for wave in (1, 2, None)} == {1: 12, 2: 12, None: 12}


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (("power", "{}", *COLUMNS[:5], "missing"), "no column 'missing'"),
        (("power", "/nowhere.csv", *COLUMNS), "No such file"),
        (("plan", "{}", *COLUMNS, "--first", "2024-03"), "does not lie after the history"),
        (("plan", "{}", *COLUMNS, "--first", "spring"), "is not written as the panel's periods are"),
        (("plan", "{}", *COLUMNS, "--first", "2025-09", "--waves", "1", "--no-waiting"), "nobody to compare with"),
    ],
)
def test_what_cannot_be_read_is_one_line_and_exit_code_2(
    bare_app: Flask, history: Path, arguments: tuple[str, ...], line: str
) -> None:
    told = run(bare_app, *(each.format(history) for each in arguments))
    assert told.exit_code == 2 and line in told.stderr and told.stderr.strip().count("\n") == 0


def test_waves_does_what_is_due_on_a_day(app: Flask) -> None:
    told = run(app, "waves", "--on", "2026-12-01", "--json")
    assert json.loads(told.stdout) == {"enrolled": [], "reports": []}
