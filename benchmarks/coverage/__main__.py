"""python -m benchmarks.coverage --companies 1000 [--rows 'random;null'] [--seed 1] [--into FILE] [--json]

With --into every batch is appended to FILE as it is done, and what stands there already is not done again: a run
that was interrupted goes on where it stopped, and a larger --companies adds to a smaller one."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from pathlib import Path

from effects.stats.coverage import ROWS, Batch, Row, Score, batch, scores

AT_ONCE = 25


def main(arguments: list[str] | None = None) -> int:
    """Measures, batch by batch through all rows, and prints the table."""
    parser = argparse.ArgumentParser(prog="benchmarks.coverage", description=__doc__)
    parser.add_argument("--companies", type=int, default=1000, help="fresh companies per row")
    parser.add_argument("--rows", help="names separated by ';' (default: all)")
    parser.add_argument("--seed", type=int, default=1, help="seed of the first company of every row")
    parser.add_argument(
        "--into", type=Path, help="keep every batch in this file, and go on from what is in it"
    )
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(arguments)
    wanted = None if options.rows is None else {name.strip() for name in options.rows.split(";")}
    unknown = (wanted or set()) - {row.name for row in ROWS}
    if unknown or options.companies < 0:
        parser.error(f"unknown rows {sorted(unknown)}; known: {'; '.join(row.name for row in ROWS)}")
    rows = [row for row in ROWS if wanted is None or row.name in wanted]
    done = _kept(options.into)
    for made in _missing(rows, options.companies, options.seed, done):
        done.append(made)
        if options.into:
            with options.into.open("a", encoding="utf-8") as file:
                file.write(json.dumps(made.as_dict()) + "\n")
    table = scores(b for b in done if wanted is None or b.row in wanted)
    if options.json:
        found = {"companies": options.companies, "seed": options.seed, "scores": [s.as_dict() for s in table]}
        json.dump(found, sys.stdout, indent=1)
        print()
    else:
        print("\n".join(lines(table)))
    return 0


def _kept(path: Path | None) -> list[Batch]:
    if path is None or not path.exists():
        return []
    with path.open(encoding="utf-8") as file:
        return [Batch.from_dict(json.loads(line)) for line in file if line.strip()]


def _missing(rows: list[Row], companies: int, seed: int, done: list[Batch]) -> Iterator[Batch]:
    """Batches that nobody has done yet, all rows keeping pace."""
    there = {(b.row, s) for b in done for s in range(b.seed, b.seed + b.companies)}
    for first in range(seed, seed + companies, AT_ONCE):
        seeds = range(first, min(first + AT_ONCE, seed + companies))
        for row in rows:
            missing = [s for s in seeds if (row.name, s) not in there]
            if missing:
                yield batch(row, seeds[-1] - missing[0] + 1, missing[0])


def lines(table: list[Score]) -> list[str]:
    """The table in Markdown."""
    head = "| how chosen | estimator | companies | bias | ± | coverage % | above zero % | confidently wrong % | no figure |"
    return [head, "|---" * 9 + "|", *map(line, table)]


def line(s: Score) -> str:
    """One row of it."""
    if s.bias is None or s.coverage is None or s.wins is None:
        return (
            f"| {s.row} | {s.estimator} | {s.companies} | – | – | – | – | {100 * s.wrong:.1f} | {s.missing} |"
        )
    return (
        f"| {s.row} | {s.estimator} | {s.companies} | {s.bias:+.3f} | {s.error or 0.0:.4f} | {100 * s.coverage:.1f} "
        f"| {100 * s.wins:.0f} | {100 * s.wrong:.1f} | {s.missing} |"
    )


if __name__ == "__main__":
    sys.exit(main())
