"""The worker as a process: it yields to those that serve pages, as far as it is told."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
STARTS_WITHIN = 60


@pytest.mark.parametrize("nice", [None, 2])
def test_it_yields_as_far_as_it_is_told(tmp_path: Path, migrated_database: Callable[[str], str], nice: int | None) -> None:
    wanted = min(os.getpriority(os.PRIO_PROCESS, 0) + (5 if nice is None else nice), 19)
    told = [] if nice is None else ["--nice", str(nice)]
    environment = os.environ | {"NEEDLE_VAR": str(tmp_path), "DATABASE_URL": migrated_database("worker")}
    log = tmp_path / "worker.log"
    with log.open("wb") as output:
        worker = subprocess.Popen(
            [sys.executable, "-m", "flask", "--app", "wsgi", "worker", *told], cwd=ROOT, env=environment, stdout=output, stderr=output
        )
    try:
        until = time.monotonic() + STARTS_WITHIN
        while os.getpriority(os.PRIO_PROCESS, worker.pid) != wanted:
            assert worker.poll() is None, log.read_text()
            assert time.monotonic() < until, log.read_text()
            time.sleep(0.05)
    finally:
        worker.kill()
        worker.wait(30)
