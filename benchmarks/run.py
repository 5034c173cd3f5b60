"""Measure the product beside its bare floor, in turns within one run: ``python -m benchmarks.run --help``."""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path
from typing import Any

from msgspec import Struct, field

from benchmarks import floor, scenarios
from benchmarks.load import Load, run
from benchmarks.server import ROOT, Server, serving

BATCHES = {"kpi_import": "floor_kpi", "people_import": None, "certificate": "floor_pdf"}
STARTS = {"restart": "floor_restart"}
NAMES = (*scenarios.FLOOR, *scenarios.PRODUCT, "memory", "growth", *BATCHES, *STARTS)
GROWTH_OVER = 100_000
"""Requests."""
CONFIG = ROOT / "scripts" / "gunicorn.conf.py"


class Round(Struct):
    """One scenario in one round. Times in ms; CPU is the server's, per request or per errand of several."""

    per_second: float
    p50: float
    p95: float
    cpu: float
    steps: dict[str, float] = field(default_factory=dict)


def percentile(values: list[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def _round(load: Load, cpu_ms: float) -> Round:
    """Of an errand of several requests the figures are the errand's, with the p95 of each step beside."""
    several = load.requests > load.errands
    times = load.errand_times if several else [t for each in load.times.values() for t in each]
    steps = {name: percentile(each, 0.95) * 1000 for name, each in load.times.items()} if several else {}
    return Round(
        load.errands / load.seconds,
        percentile(times, 0.5) * 1000,
        percentile(times, 0.95) * 1000,
        cpu_ms / load.errands,
        steps,
    )


def measure(
    server: Server, make: scenarios.Make, *, clients: int, seconds: float, most: int = 1_000_000
) -> Round:
    before = server.cpu_ms()
    load = run(server.port, make, clients=clients, seconds=seconds, most=most)
    return _round(load, server.cpu_ms() - before)


def median(rounds: list[Round]) -> dict[str, Any]:
    def mid(values: list[float]) -> float:
        return round(statistics.median(values), 2)

    steps = {name: mid([r.steps[name] for r in rounds if name in r.steps]) for name in rounds[0].steps}
    found: dict[str, Any] = {
        "per_second": mid([r.per_second for r in rounds]),
        "p50_ms": mid([r.p50 for r in rounds]),
        "p95_ms": mid([r.p95 for r in rounds]),
        "cpu_ms": mid([r.cpu for r in rounds]),
        "rounds": len(rounds),
    }
    return found | ({"step_p95_ms": steps} if steps else {})


class Bench:
    """The servers of a run, its scenarios in turns, and what came of them."""

    def __init__(self, arguments: argparse.Namespace, folder: Path, stack: ExitStack) -> None:
        self.arguments, self.folder, self.stack = arguments, folder, stack
        self.wanted: list[str] = arguments.only
        self.found: dict[str, list[Round]] = {}
        self.floor: Server | None = None
        self.server: Server | None = None
        self.product: scenarios.Product | None = None

    def start(self) -> None:
        wanted = set(self.wanted)
        if wanted & set(scenarios.FLOOR):
            self.floor = self.stack.enter_context(self._bare())
        if wanted - set(scenarios.FLOOR):
            self._start_product(bool(wanted & {*scenarios.PRODUCT, "memory", "growth"}))

    def _bare(self) -> AbstractContextManager[Server]:
        data = self.folder / "floor.db"
        if not data.exists():
            floor.make_data(data)
        return serving("benchmarks.floor:app", {"BENCHMARK_DATABASE": str(data)}, log=self.folder / "floor.log")

    def _whole(self) -> AbstractContextManager[Server]:
        options = ("--config", str(CONFIG)) if CONFIG.exists() else ()
        processes = {"WEB_WORKERS": str(self.arguments.workers)}
        return serving("wsgi:app", processes, log=self.folder / "product.log", options=options, workers=1)

    def _start_product(self, serve: bool) -> None:
        environment = {
            "NEEDLE_VAR": str(self.folder / "var"),
            "NEEDLE_JOBS": "queue",
            "NEEDLE_SIGN_IN_LIMIT": "1000000 per minute",
        }
        for name in ("DATABASE_URL", "REDIS_URL", "STORAGE_URL", "SMTP_URL", "NEEDLE_DEMO"):
            environment[name] = ""
        for name in [name for name, value in environment.items() if not value]:
            os.environ.pop(name, None)
            del environment[name]
        os.environ.update(environment)
        # the settings are read when these are imported
        from benchmarks.company import SCALES, build
        from lms.app import create_app

        company = build(create_app(), SCALES[self.arguments.scale])
        self.product = scenarios.Product(company)
        if serve:
            self.server = self.stack.enter_context(self._whole())

    def rounds(self) -> None:
        for number in range(self.arguments.rounds + 1):
            for name in self.wanted:
                if name in (*scenarios.FLOOR, *scenarios.PRODUCT):
                    result = self._once(name, warm=number == 0)
                    if number:  # the first warms up
                        self.found.setdefault(name, []).append(result)

    def _once(self, name: str, *, warm: bool) -> Round:
        clients = self.arguments.clients
        seconds = min(1.0, self.arguments.seconds) if warm else self.arguments.seconds
        if name in scenarios.FLOOR:
            return measure(_there(self.floor), scenarios.FLOOR[name], clients=clients, seconds=seconds)
        server, product = _there(self.server), _there(self.product)
        most = 1_000_000
        least = max(len(product.company.visitors) // 2, clients)
        if name in ("autosave", "submit") and len(product.open) < least:
            visitors = len(product.company.visitors) - len(product.open)
            run(server.port, product.open_attempts, clients=clients, seconds=60, most=visitors)
        if name == "submit":
            most = len(product.open)
        if name.startswith("attempt") and product.open:
            run(server.port, product.submit, clients=clients, seconds=60, most=len(product.open))
        if name == "storm":
            return self._storm(server, product, seconds)
        make = getattr(product, name)
        return measure(server, make, clients=clients, seconds=seconds, most=most)

    def _storm(self, server: Server, product: scenarios.Product, seconds: float) -> Round:
        """``today`` for as many clients as ever, while as many others do nothing but sign in."""
        clients = self.arguments.clients
        with ThreadPoolExecutor(1) as others:
            storm = others.submit(run, server.port, product.sign_in, clients=clients, seconds=seconds)
            found = measure(server, product.today, clients=clients, seconds=seconds)
            storm.result()
        return found

    def growth(self) -> dict[str, float]:
        """Memory in MB after 10,000 requests of every kind, and after 100,000 more."""
        server, product = _there(self.server), _there(self.product)
        self._mixed(server, product, 10_000)
        first = server.pss_mb()
        sent = 0
        while sent < GROWTH_OVER:
            sent += self._mixed(server, product, 10_000)
        last = server.pss_mb()
        return {"requests": sent, "before_mb": round(first, 1), "after_mb": round(last, 1), "percent": round(100 * (last / first - 1), 2)}

    def _mixed(self, server: Server, product: scenarios.Product, most: int) -> int:
        """About so many requests: pages above all, then answers saved and handed in, whole attempts, sign-ins."""
        visitors, sent = len(product.company.visitors), 0
        for make, errands in (
            (product.course_page, most * 4 // 10), (product.today, most * 3 // 10), (product.open_attempts, visitors - len(product.open)),
            (product.autosave, most * 15 // 100), (product.submit, visitors), (product.attempt, most * 15 // 1000), (product.sign_in, most * 6 // 1000),
        ):  # fmt: skip
            sent += run(server.port, make, clients=self.arguments.clients, seconds=3600, most=errands).requests if errands else 0
        return sent

    def batches(self) -> dict[str, Any]:
        from benchmarks.batch import rows_of
        from benchmarks.company import SCALES

        scale, found = SCALES[self.arguments.scale], {}
        for name, beside in BATCHES.items():
            if name not in self.wanted:
                continue
            for work in [beside, name] if beside else [name]:
                rows = self.arguments.rows or rows_of(work, scale)
                found[work] = self._batch(work, rows)
        return found

    def starts(self) -> dict[str, Any]:
        """Seconds from the start of a server to its first answer, the bare one and the whole one in turns."""
        found: dict[str, list[float]] = {"floor_restart": [], "restart": []}
        for _round in range(self.arguments.rounds if "restart" in self.wanted else 0):
            for name, server in (("floor_restart", self._bare()), ("restart", self._whole())):
                with server as running:
                    found[name].append(running.ready_after)
        return {name: {"seconds": round(statistics.median(times), 2)} for name, times in found.items() if times}

    def _batch(self, work: str, rows: int) -> dict[str, float]:
        command = [sys.executable, "-m", "benchmarks.batch", work, str(self.folder / "var"), str(rows)]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=1800, check=False)
        if done.returncode:
            raise RuntimeError(f"{work}:\n{done.stderr[-4000:]}")
        figures: dict[str, float] = json.loads(done.stdout.strip().splitlines()[-1])
        return {key: round(value, 3) for key, value in figures.items()}


def _there(thing: Any) -> Any:
    if thing is None:
        raise RuntimeError("this scenario was not prepared")
    return thing


def ratios(found: dict[str, dict[str, Any]], batches: dict[str, dict[str, float]]) -> dict[str, Any]:
    """Product ÷ floor: of CPU and p95 for requests, of seconds for long work."""
    result: dict[str, Any] = {}
    for name, beside in scenarios.BESIDE.items():
        if name in found and beside in found:
            mine, bare = found[name], found[beside]
            result[name] = {
                "beside": beside,
                "cpu": round(mine["cpu_ms"] / bare["cpu_ms"], 2),
                "p95": round(mine["p95_ms"] / bare["p95_ms"], 2),
            }
    for name, other in (BATCHES | STARTS).items():
        if name in batches and other in batches:
            unit = "ms" if "ms" in batches[name] else "seconds"
            result[name] = {"beside": other, unit: round(batches[name][unit] / batches[other][unit], 2)}
    return result


def machine() -> dict[str, Any]:
    return {
        "cores": os.cpu_count(),
        "load_1min": round(os.getloadavg()[0], 1),
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.release()}",
    }


def report(result: dict[str, Any]) -> str:
    lines = [f"{'':18} {'per s':>8} {'p50 ms':>8} {'p95 ms':>8} {'CPU ms':>8}   ÷ floor: CPU, p95"]
    for name, row in result["requests"].items():
        ratio = result["ratios"].get(name)
        beside = f"   {ratio['cpu']:.2f}, {ratio['p95']:.2f} of {ratio['beside']}" if ratio else ""
        lines.append(
            f"{name:18} {row['per_second']:8.1f} {row['p50_ms']:8.1f} {row['p95_ms']:8.1f} {row['cpu_ms']:8.2f}{beside}"
        )
        lines += [f"  {step:18} p95 {value:6.1f} ms" for step, value in row.get("step_p95_ms", {}).items()]
    for name, figures in result["batches"].items():
        ratio = result["ratios"].get(name)
        beside = "   ÷ floor: " + str([v for k, v in ratio.items() if k != "beside"][0]) if ratio else ""
        lines.append(f"{name:18} " + ", ".join(f"{key} {value:g}" for key, value in figures.items()) + beside)
    for name in ("memory", "growth"):
        if name in result:
            lines.append(f"{name:18} " + ", ".join(f"{key} {value:g}" for key, value in result[name].items()))
    return "\n".join(lines)


def arguments(given: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.run", description=__doc__)
    parser.add_argument("--json", action="store_true", help="the result as JSON")
    parser.add_argument("--only", default=",".join(name for name in NAMES if name != "growth"), help="some of: " + ", ".join(NAMES))
    parser.add_argument("--seconds", type=float, default=4.0, help="of each scenario in each round (4)")
    parser.add_argument("--rounds", type=int, default=3, help="of which the median is reported (3)")
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--workers", type=int, default=2, help="processes of the product's server (2)")
    parser.add_argument("--rows", type=int, default=0, help="of imports and PDFs, instead of the scale's")
    parser.add_argument("--scale", choices=("small", "full"), default="small")
    found = parser.parse_args(given)
    found.only = [name for name in found.only.split(",") if name]
    unknown = set(found.only) - set(NAMES)
    if unknown:
        parser.error("unknown: " + ", ".join(sorted(unknown)))
    found.only.sort(key=NAMES.index)
    return found


def main(given: list[str] | None = None) -> dict[str, Any]:
    wanted = arguments(given)
    with tempfile.TemporaryDirectory(prefix="needle-benchmark-") as folder, ExitStack() as stack:
        bench = Bench(wanted, Path(folder), stack)
        bench.start()
        result: dict[str, Any] = {"machine": machine(), "scale": wanted.scale, "clients": wanted.clients}
        memory = {"ready_after_s": bench.server.ready_after, "start_mb": bench.server.pss_mb()} if bench.server else {}
        bench.rounds()
        result["requests"] = {name: median(rounds) for name, rounds in bench.found.items()}
        if bench.server and "memory" in wanted.only:
            memory["after_load_mb"] = bench.server.pss_mb()
            result["memory"] = {key: round(value, 2) for key, value in memory.items()}
        if "growth" in wanted.only:
            result["growth"] = bench.growth()
        result["batches"] = bench.batches() | bench.starts()
        result["ratios"] = ratios(result["requests"], result["batches"])
    print(json.dumps(result, indent=1) if wanted.json else report(result))
    return result


if __name__ == "__main__":
    main()
