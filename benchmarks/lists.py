"""What a trainer's lists of a course cost with everybody of a large company in it: ``python -m benchmarks.lists``.

One client, page after page: the participants (first page, a search, the last of their pages) and the progress of all courses, beside the bare
floor page. The figure of each is its p95 in ms.
"""

from __future__ import annotations

import json
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from urllib.parse import quote

from benchmarks import run, scenarios
from benchmarks.load import Ask, Client
from benchmarks.server import Server

ENROLLED = (1_050, 10_500)
"""The growth curve: ten times as many."""
SECONDS = 3.0


def _page(cookies: dict[str, str], path: str) -> scenarios.Make:
    def make(_number: int) -> Client:
        yield Ask(path, cookies=cookies, expect=(200,))

    return make


def _p95(server: Server, make: scenarios.Make) -> float:
    run.measure(server, make, clients=1, seconds=0.5)
    return round(run.measure(server, make, clients=1, seconds=SECONDS).p95, 1)


def measure(enrolled: int, folder: Path, stack: ExitStack) -> dict[str, Any]:
    from benchmarks.company import SCALES, Scale

    SCALES["small"] = Scale(people=enrolled, courses=1, enrolments_each=1, kpis=1, months=1)
    bench = run.Bench(run.arguments(["--only", "floor_page,today"]), folder, stack)
    bench.start()
    if bench.floor is None or bench.server is None or bench.product is None:
        raise RuntimeError("nothing is served")
    company = bench.product.company
    _make_hr(company.visitors[0].person_id)
    cookies, course = company.visitors[0].cookies, company.course_ids[0]
    pages = {
        "participants": f"/progress/{course}",
        "participants_last_page": f"/progress/{course}?page={-(-enrolled // 50)}",
        "participants_search": f"/progress/{course}?q=" + quote("王伟77"),
        "progress": "/progress",
    }
    found = {name: _p95(bench.server, _page(cookies, path)) for name, path in pages.items()}
    return {"enrolled": enrolled, "floor_page": _p95(bench.floor, scenarios.FLOOR["floor_page"])} | found


def _make_hr(person_id: int) -> None:
    from lms.app import create_app
    from lms.clock import now
    from lms.db import db, transaction
    from lms.people.models import RoleGrant

    with create_app().app_context(), transaction():
        db.session.add(RoleGrant(person_id=person_id, role="hr", scope="company", granted_at=now()))


def main() -> None:
    for enrolled in ENROLLED:
        with tempfile.TemporaryDirectory(prefix="needle-benchmark-") as folder, ExitStack() as stack:
            print(json.dumps(measure(enrolled, Path(folder), stack), indent=1))


if __name__ == "__main__":
    main()
