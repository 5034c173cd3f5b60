"""The benchmarks run and say what they found in their shape. Nothing here looks at a time."""

from __future__ import annotations

import json

import pytest

from benchmarks import run


@pytest.mark.slow
def test_a_short_run_of_the_floor_page_says_what_it_found(capsys: pytest.CaptureFixture[str]) -> None:
    run.main(["--only", "floor_page", "--seconds", "1", "--rounds", "1", "--json"])
    said = json.loads(capsys.readouterr().out)
    assert set(said) == {"machine", "scale", "clients", "requests", "batches", "ratios"}
    assert set(said["requests"]["floor_page"]) == {"per_second", "p50_ms", "p95_ms", "cpu_ms", "rounds"}
    assert said["requests"]["floor_page"]["rounds"] == 1


def test_a_scenario_nobody_knows_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        run.arguments(["--only", "floor_page,moon"])
    assert "unknown: moon" in capsys.readouterr().err
