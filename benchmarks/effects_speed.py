"""python -m benchmarks.effects_speed [--reps 10000] [--months 36] [--kind amount|count] [--beside] [--json]

One full study (all estimators of the route and by name, jackknife, checks) of a simulated company: seconds of wall
clock and of CPU by part, and the peak memory of this process. With --beside, the group-time and the imputation
estimate of diff-diff, and csdid where it is installed, on the same panel in the same run."""

from __future__ import annotations

import argparse
import json
import sys
import time
import warnings
from collections.abc import Callable
from contextlib import redirect_stdout
from functools import partial
from importlib.util import find_spec
from typing import Any

import numpy as np
from msgspec.structs import replace

from benchmarks.load import peak_mb
from effects.stats.design import Chosen
from effects.stats.methods import METHODS
from effects.stats.options import Kind, Options
from effects.stats.panel import NEVER, Panel
from effects.stats.simulate import Settings, company
from effects.stats.study import analyse

REPS_A_TEAM = 25


def main(arguments: list[str] | None = None) -> int:
    """Measures and prints."""
    parser = argparse.ArgumentParser(prog="benchmarks.effects_speed", description=__doc__)
    parser.add_argument("--reps", type=int, default=10_000)
    parser.add_argument("--months", type=int, default=36)
    parser.add_argument("--kind", choices=["amount", "count"], default="amount")
    parser.add_argument("--beside", action="store_true", help="the other libraries too")
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args(arguments)
    found = measure(asked.reps, asked.months, asked.kind, beside=asked.beside)
    if asked.json:
        json.dump(found, sys.stdout, indent=1)
        print()
    else:
        for name, (wall, cpu) in found["seconds"].items():
            print(f"{name:34} {wall:8.1f} s   {cpu:8.1f} s of CPU")
        print(f"{'peak memory':34} {found['megabytes']:8.0f} MB (before the other libraries: {found['ours']:.0f})")
    return 0


def measure(reps: int, months: int, kind: Kind, *, beside: bool = False) -> dict[str, Any]:
    """Seconds (wall, CPU) by part and peak megabytes."""
    panel = panel_of(reps, months, kind)
    options, seconds = Options(horizon=6, kind=kind), {}
    seconds["full study, routed"] = timed("full study, routed", lambda: analyse(panel, Chosen.WAVES, options, cycle=12))
    for name in sorted(METHODS):
        seconds[f"  {name}"] = timed(f"  {name}", partial(METHODS[name], panel, options))
    ours = peak_mb()
    if beside:
        seconds |= others(panel)
    return {"reps": reps, "months": months, "kind": kind, "seconds": seconds, "ours": ours, "megabytes": peak_mb()}


def panel_of(reps: int, months: int, kind: Kind) -> Panel:
    """A company of teams of 25 with four waves and some gaps in the records."""
    settings = Settings(reps=reps, teams=max(reps // REPS_A_TEAM, 8), months=months, waves=(12, 16, 20, 24))
    panel = company(1, settings=settings).panel
    rng = np.random.default_rng(2)
    level = 4 * np.exp(panel.outcome) if kind == "count" else 1000 * np.exp(panel.outcome)
    outcome = rng.poisson(level).astype(float) if kind == "count" else level
    outcome[rng.random(outcome.shape) < 0.01] = np.nan
    return replace(panel, outcome=outcome)


def timed(name: str, act: Callable[[], object]) -> tuple[float, float]:
    """Seconds of wall clock and of CPU; said at once, so that a run that is broken off has said what it did."""
    wall, cpu = time.perf_counter(), time.process_time()
    act()
    found = time.perf_counter() - wall, time.process_time() - cpu
    print(f"{name:34} {found[0]:8.1f} s   {found[1]:8.1f} s of CPU   {peak_mb():6.0f} MB", file=sys.stderr, flush=True)
    return found


def others(panel: Panel) -> dict[str, tuple[float, float]]:
    """diff-diff and, where it is installed, csdid on the same rows."""
    warnings.simplefilter("ignore")
    import diff_diff
    import pandas as pd

    i, t = np.nonzero(panel.observed)
    first = np.where(panel.start[i] == NEVER, 0, panel.start[i] + 1)
    rows = pd.DataFrame({"unit": i, "time": t + 1, "y": panel.outcome[i, t], "first": first, "team": panel.cluster[i]})
    columns = {"outcome": "y", "unit": "unit", "time": "time", "first_treat": "first"}
    seconds = {
        "diff-diff Callaway-Sant'Anna": timed(
            "diff-diff Callaway-Sant'Anna",
            lambda: diff_diff.CallawaySantAnna(control_group="not_yet_treated").fit(rows, **columns),
        ),
        "diff-diff imputation": timed("diff-diff imputation", lambda: diff_diff.ImputationDiD().fit(rows, **columns)),
    }
    if find_spec("csdid"):
        from csdid.att_gt import ATTgt

        made = ATTgt(
            yname="y", tname="time", idname="unit", gname="first", data=rows, control_group="notyettreated"
        )  # fmt: skip
        with redirect_stdout(sys.stderr):  # it prints its table
            seconds["csdid group-time"] = timed(
                "csdid group-time",
                lambda: made.fit(est_method="reg", bstrap=False).aggte("simple", bstrap=False),
            )
    return seconds


if __name__ == "__main__":
    sys.exit(main())
