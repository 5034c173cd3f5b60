"""``flask kpi …`` as an operator types it."""

from __future__ import annotations

import json
from pathlib import Path

from flask import Flask

from performance.kpis import queries
from performance.kpis.models import Kpi
from tests.people import Cast


def test_an_operator_seeds_imports_and_lists(app: Flask, cast: Cast, tmp_path: Path) -> None:
    runner = app.test_cli_runner()
    assert len(json.loads(runner.invoke(args=["kpi", "seed", "--json"]).stdout)["added"]) == 7
    file = tmp_path / "kpi.csv"
    file.write_bytes("工号,指标,月份,数值\nana,销售额,2026-08,18.6万\n".encode("gb18030"))
    dry = runner.invoke(args=["kpi", "import", str(file), "--dry-run", "--json"])
    assert (dry.exit_code, json.loads(dry.stdout)["counts"]["new"]) == (0, 1)
    done = runner.invoke(args=["kpi", "import", str(file), "--json"])
    assert (done.exit_code, json.loads(done.stdout)["accepted"]) == (0, True)
    again = runner.invoke(args=["kpi", "import", str(file), "--json"])
    assert json.loads(again.stdout)["counts"] == {"new": 0, "changed": 0, "unchanged": 1, "rejected": 0}
    listed = json.loads(runner.invoke(args=["kpi", "list", "--json"]).stdout)["kpis"]
    assert {row["code"]: row["records"] for row in listed}["sales_amount"] == 1


def test_a_bad_file_ends_with_exit_code_2_and_writes_nothing(
    app: Flask, cast: Cast, kpis: dict[str, Kpi], tmp_path: Path
) -> None:
    file = tmp_path / "kpi.csv"
    file.write_text("number,kpi,period,value\nana,sales_amount,2026-08,1\nana,profit,2026-08,1\n")
    result = app.test_cli_runner().invoke(args=["kpi", "import", str(file)])
    assert result.exit_code == 2
    assert "row 3, kpi: 'profit'" in result.stderr
    assert queries.readings(kpis["sales_amount"].id) == []
