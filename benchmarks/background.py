"""A thousand certificates drawn by two workers while reps open pages: ``python -m benchmarks.background --help``.

Reps come at a steady pace, whether the server keeps up or not: that is what a busy hour is, and the p95 of their pages before and meanwhile says
what the workers cost them. The floor is WeasyPrint itself: the same number of bare pages, drawn by two processes with nothing beside.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from benchmarks import run
from benchmarks.load import run as load
from benchmarks.server import ROOT

WORKERS = 2
SETTLED = 3.0
"""Seconds that the workers take to load, during which nothing is measured."""


def paced(port: int, make: Any, *, per_second: int, seconds: float, done: Any = lambda: False) -> list[float]:
    """Times of requests that begin at a steady pace, in bursts of a tenth of a second, until the time is over or ``done()``."""
    times: list[float] = []
    burst, begun = max(1, per_second // 10), time.perf_counter()
    with ThreadPoolExecutor(8) as clients:
        waiting, number = [], 0
        while time.perf_counter() - begun < seconds and not done():
            waiting.append(clients.submit(load, port, make, clients=burst, seconds=60, most=burst))
            number += 1
            time.sleep(max(0.0, begun + number / 10 - time.perf_counter()))
        for each in waiting:
            times += [taken for some in each.result().times.values() for taken in some]
    return times


def measure(arguments: argparse.Namespace, folder: Path, stack: ExitStack) -> dict[str, float]:
    bench = run.Bench(run.arguments(["--only", "today"]), folder, stack)
    bench.start()
    server, product = bench.server, bench.product
    if server is None or product is None:
        raise RuntimeError("nothing is served")
    from benchmarks.batch import issue
    from lms.app import create_app
    from lms.db import db
    from lms.jobs import Job

    app = create_app()
    with app.app_context():
        issue(arguments.certificates)
    paced(server.port, product.today, per_second=arguments.pages, seconds=2)
    before = paced(server.port, product.today, per_second=arguments.pages, seconds=10)

    def left() -> int:
        with app.app_context():
            return db.session.query(Job).filter(Job.kind == "certificate.render", Job.finished_at.is_(None)).count()

    workers = [stack.enter_context(_worker(folder / f"worker-{number}.log", arguments.nice)) for number in range(WORKERS)]
    time.sleep(SETTLED)
    first, begun = left(), time.perf_counter()
    if not 0 < first < arguments.certificates + 1:
        raise RuntimeError(f"{first} certificates are left to be drawn")
    meanwhile, ended = [], 0.0
    while not ended:
        meanwhile += paced(server.port, product.today, per_second=arguments.pages, seconds=0.5)
        if not left():
            ended = time.perf_counter()
    with app.app_context():
        failed = db.session.query(Job).filter(Job.state == "failed").count()
    for worker in workers:
        worker.terminate()
    return {
        "certificates": first, "failed": failed, "seconds": ended - begun, "seconds_for_1000": 1000 * (ended - begun) / first, "pages_per_second": arguments.pages,
        "p95_before_ms": run.percentile(before, 0.95) * 1000, "p95_meanwhile_ms": run.percentile(meanwhile, 0.95) * 1000,
        "ratio": run.percentile(meanwhile, 0.95) / run.percentile(before, 0.95),
    }  # fmt: skip


def _worker(log: Path, nice: int) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "flask", "--app", "wsgi", "worker", "--workers", "1", "--nice", str(nice)]
    with log.open("wb") as output:
        return subprocess.Popen(command, cwd=ROOT, env=dict(os.environ), stdout=output, stderr=output)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.background", description=__doc__)
    parser.add_argument("--certificates", type=int, default=1000)
    parser.add_argument("--pages", type=int, default=40, help="per second (40)")
    parser.add_argument("--nice", type=int, default=5, help="of the workers (5)")
    with tempfile.TemporaryDirectory(prefix="needle-benchmark-") as folder, ExitStack() as stack:
        print(json.dumps(measure(parser.parse_args(), Path(folder), stack), indent=1))


if __name__ == "__main__":
    main()
