"""How often the checks of a study fail where nothing is wrong, by the number of teams.

``python -m benchmarks.false_alarms [--companies 400] [--json]``: simulated companies of 24 months whose course has no effect and whose
reps are drawn by lot, two waves of three in ten each; what is counted is chance alone, and a check at 5 % may fail in one of twenty.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator

from effects.stats import checks
from effects.stats.dip import dip_test
from effects.stats.imputation_jackknife import bjs
from effects.stats.options import Options
from effects.stats.panel import Panel
from effects.stats.results import Check, Effect
from effects.stats.simulate import Selection, Settings, company

SIZES = ((6, 6), (7, 6), (8, 6), (10, 6), (6, 15), (20, 10))
"""Teams, and reps in each."""


def alarms(teams: int, per_team: int, companies: int) -> dict[str, float]:
    """The share of companies in which each check fails, of those in which it could be asked."""
    settings = Settings(reps=teams * per_team, teams=teams, months=24, waves=(12, 15), share_per_wave=0.3)
    asked: dict[str, list[bool]] = {}
    for seed in range(companies):
        panel = company(seed, Selection.NULL, settings=settings).panel
        for check in _checks(panel):
            if check.verdict != "unknown":
                asked.setdefault(check.name, []).append(check.verdict == "fail")
    return {name: sum(failed) / len(failed) for name, failed in asked.items()}


def _checks(panel: Panel) -> Iterator[Check]:
    options = Options()
    effect = bjs(panel, options)
    if isinstance(effect, Effect):
        yield checks.event_study(effect)
        yield checks.placebo_date(panel, options, effect, bjs)
        yield dip_test(panel, options)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--companies", type=int, default=400)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    found = {f"{teams} × {per_team}": alarms(teams, per_team, given.companies) for teams, per_team in SIZES}
    if given.json:
        print(json.dumps(found))
        return
    for size, shares in found.items():
        print(f"{size:8}", "  ".join(f"{name} {share:.1%}" for name, share in shares.items()))


if __name__ == "__main__":
    main()
