"""What a trainer's lists of a course cost with everybody of a large company in it: ``python -m benchmarks.lists``.

One client, page after page: the participants (first page, a search, the last of their pages), the progress of all courses, and the statistics of
its quiz, which everybody has taken, beside the bare floor page. The figure of each is its p95 in ms; `analysis_made` is the seconds that the worker
needs for the statistics.
"""

from __future__ import annotations

import json
import random
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from urllib.parse import quote

from benchmarks import run, scenarios
from benchmarks.floor import QUESTIONS
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
    visitor = company.visitors[0]
    cookies, course = visitor.cookies, company.course_ids[0]
    made = _taken(visitor.person_id, visitor.quiz_module_id)
    quiz = f"/authoring/quizzes/{visitor.quiz_module_id}"
    pages = {
        "participants": f"/progress/{course}",
        "participants_last_page": f"/progress/{course}?page={-(-enrolled // 50)}",
        "participants_search": f"/progress/{course}?q=" + quote("王伟77"),
        "progress": "/progress",
        "quiz_items": f"{quiz}/analysis",
        "quiz_groups": f"{quiz}/fairness",
        "quiz_scale": f"{quiz}/scale",
    }
    found = {name: _p95(bench.server, _page(cookies, path)) for name, path in pages.items()}
    return {"enrolled": enrolled, "analysis_made": made, "floor_page": _p95(bench.floor, scenarios.FLOOR["floor_page"])} | found


def _taken(reader: int, module_id: int) -> float:
    """Everybody hands the quiz in: bulk rows of answers, closed and graded by the product itself. The reader may look at all of it. Seconds of the analysis."""
    from assessments.quizzes import services
    from assessments.quizzes.analysis import jobs
    from lms.app import create_app
    from lms.authz import SYSTEM
    from lms.clock import now
    from lms.db import db, transaction
    from lms.people.models import RoleGrant

    with create_app().app_context():
        with transaction():
            db.session.add_all(RoleGrant(person_id=reader, role=role, scope="company", granted_at=now()) for role in ("hr", "trainer"))
        with transaction():
            _answers(module_id)
        closed = 1
        while closed:
            with transaction():
                closed = services.expire(SYSTEM, now=now())
            db.session.remove()
        begun = time.perf_counter()
        jobs.summarise_all()
        return round(time.perf_counter() - begun, 2)


def _answers(module_id: int) -> None:
    """An attempt of each enrolment whose time is over, with an answer to each question: the able are right more often."""
    from datetime import timedelta

    from sqlalchemy import insert, select

    from assessments.quizzes.layout import of_attempt
    from assessments.quizzes.models import AnswerSave, Attempt, Quiz
    from benchmarks.company import batched_rows
    from courses.models import Enrolment, ModuleVersion
    from lms.clock import now
    from lms.db import db

    chance, moment = random.Random(7), now()
    quiz_id = db.session.scalars(select(Quiz.id).where(Quiz.module_id == module_id)).one()
    content = db.session.scalars(select(ModuleVersion.content).where(ModuleVersion.module_id == module_id)).one()
    enrolments = db.session.execute(select(Enrolment.id, Enrolment.person_id).order_by(Enrolment.id)).all()
    common: dict[str, Any] = {
        "quiz_id": quiz_id, "module_id": module_id, "number": 1, "state": "open", "frozen": of_attempt(content), "marked": [],
        "started_at": moment - timedelta(hours=2), "deadline_at": moment - timedelta(hours=1),
    }  # fmt: skip
    for rows in batched_rows({**common, "enrolment_id": id_, "person_id": person} for id_, person in enrolments):
        db.session.execute(insert(Attempt), rows)
    asked = [item["question"] for item in common["frozen"]["items"]]
    if len(asked) != QUESTIONS:
        raise RuntimeError(f"{len(asked)} questions are asked")
    for id_ in db.session.scalars(select(Attempt.id)).all():
        ability = chance.gauss(0, 0.2)
        db.session.execute(
            insert(AnswerSave),
            [
                {
                    "attempt_id": id_, "question_id": question, "sequence": at + 1,
                    "answer": ["b" if chance.random() < 0.85 - 0.05 * at + ability else chance.choice("acd")],
                    "given_at": moment - timedelta(minutes=110 - 5 * at, seconds=chance.randint(0, 200)), "received_at": moment,
                }
                for at, question in enumerate(asked)
            ],
        )  # fmt: skip


def main() -> None:
    for enrolled in ENROLLED:
        with tempfile.TemporaryDirectory(prefix="needle-benchmark-") as folder, ExitStack() as stack:
            print(json.dumps(measure(enrolled, Path(folder), stack), indent=1))


if __name__ == "__main__":
    main()
