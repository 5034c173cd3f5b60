"""python -m benchmarks.coverage --companies 1000 [--rows random,null] [--seed 1] [--json]"""

from __future__ import annotations

import argparse
import json
import sys

from benchmarks.coverage.table import ROWS, Score, measure


def main(arguments: list[str] | None = None) -> int:
    """Measures and prints the table, row by row as it comes."""
    parser = argparse.ArgumentParser(prog="benchmarks.coverage", description=__doc__)
    parser.add_argument("--companies", type=int, default=1000, help="fresh companies per row")
    parser.add_argument("--rows", help="names separated by ';' (default: all)")
    parser.add_argument("--seed", type=int, default=1, help="seed of the first company of every row")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(arguments)
    wanted = None if options.rows is None else {name.strip() for name in options.rows.split(";")}
    unknown = (wanted or set()) - {row.name for row in ROWS}
    if unknown or options.companies < 1:
        parser.error(f"unknown rows {sorted(unknown)}; known: {'; '.join(row.name for row in ROWS)}")
    if not options.json:
        print(
            "| how chosen | estimator | bias | ± | coverage % | above zero % | confidently wrong % | no figure |"
        )
        print("|---|---|---|---|---|---|---|---|")
    scores: list[Score] = []
    for row in ROWS:
        if wanted is None or row.name in wanted:
            for found in measure(row, options.companies, options.seed):
                scores.append(found)
                if not options.json:
                    print(line(found), flush=True)
    if options.json:
        result = {
            "companies": options.companies,
            "seed": options.seed,
            "scores": [s.as_dict() for s in scores],
        }
        json.dump(result, sys.stdout, indent=1)
        print()
    return 0


def line(s: Score) -> str:
    """One Markdown row."""
    return (
        f"| {s.row} | {s.estimator} | {s.bias:+.3f} | {s.error:.4f} | {100 * s.coverage:.0f} "
        f"| {100 * s.wins:.0f} | {100 * s.wrong:.1f} | {s.missing} |"
    )


if __name__ == "__main__":
    sys.exit(main())
