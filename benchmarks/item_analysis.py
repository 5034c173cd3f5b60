"""python -m benchmarks.item_analysis [--takers 100000] [--items 50] [--rounds 3] [--json]

Item analysis of a quiz (facility, discrimination, efficiency, options with point-biserials, alpha with and without each item, all
with intervals and alarms), beside a plain pass of numpy over the same matrix: means, item-rest correlations, alpha. Seconds of CPU
of this process, the least of the rounds, and the peak of what was allocated, each as a ratio to the plain pass of the same run."""

from __future__ import annotations

import argparse
import json
import sys
import time
import tracemalloc
from collections.abc import Callable
from typing import Any

import numpy as np

from assessments.grading.items import analyse
from assessments.grading.options import ItemOptions
from lms.arrays import FloatArray

OPTIONS = 4


def main(arguments: list[str] | None = None) -> int:
    """Measures and prints."""
    parser = argparse.ArgumentParser(prog="benchmarks.item_analysis", description=__doc__)
    parser.add_argument("--takers", type=int, default=100_000)
    parser.add_argument("--items", type=int, default=50)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args(arguments)
    found = measure(asked.takers, asked.items, asked.rounds)
    if asked.json:
        json.dump(found, sys.stdout, indent=1)
        print()
        return 0
    for name, (seconds, megabytes) in found["parts"].items():
        print(f"{name:28} {seconds:8.2f} s of CPU   {megabytes:8.0f} MB")
    print(f"{'ratio':28} {found['cpu_ratio']:8.1f}              {found['memory_ratio']:8.1f}")
    return 0


def measure(takers: int, items: int, rounds: int) -> dict[str, Any]:
    """CPU seconds and peak megabytes of both, and their ratios; the matrix itself (8 bytes a score) is in neither."""
    scores, options = quiz(takers, items)
    ours = measured(lambda: analyse(scores, options=options), rounds)
    floor = measured(lambda: plain(scores), rounds)
    return {
        "takers": takers,
        "items": items,
        "matrix_mb": scores.nbytes / 2**20,
        "parts": {"item analysis": ours, "plain numpy pass": floor},
        "cpu_ratio": ours[0] / floor[0],
        "memory_ratio": ours[1] / floor[1],
    }


def quiz(takers: int, items: int) -> tuple[FloatArray, dict[int, ItemOptions]]:
    """A made-up quiz by a Rasch model, and what was chosen: option 0 is right."""
    rng = np.random.default_rng(1)
    ability, hard = rng.normal(size=takers), rng.normal(0, 1, items)
    scores = (rng.random((takers, items)) < 1 / (1 + np.exp(hard - ability[:, None]))).astype(np.float64)
    options = {}
    for j in range(items):
        number = np.where(scores[:, j] > 0, 0, rng.integers(1, OPTIONS, takers))
        names = tuple(str(at) for at in range(OPTIONS))
        options[j] = ItemOptions(names, (True,) + (False,) * (OPTIONS - 1), number[:, None] == np.arange(OPTIONS))
    return scores, options


def plain(scores: FloatArray) -> tuple[FloatArray, FloatArray, float]:
    """Facilities, item-rest correlations and alpha, as one would write them down."""
    total, p = scores.sum(axis=1), scores.shape[1]
    rests = np.array([np.corrcoef(scores[:, j], total - scores[:, j])[0, 1] for j in range(p)])
    alpha = p / (p - 1) * (1 - scores.var(axis=0, ddof=1).sum() / total.var(ddof=1))
    return scores.mean(axis=0), rests, float(alpha)


def measured(act: Callable[[], object], rounds: int) -> tuple[float, float]:
    """(least CPU seconds of the rounds, peak megabytes allocated in one more)."""
    seconds = []
    for _round in range(rounds):
        before = time.process_time()
        act()
        seconds.append(time.process_time() - before)
    tracemalloc.start()
    act()
    peak = tracemalloc.get_traced_memory()[1] / 2**20
    tracemalloc.stop()
    return min(seconds), peak


if __name__ == "__main__":
    raise SystemExit(main())
