"""Completions earned elsewhere, from a file: previewed, whole or not at all, undone whole."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskCliRunner
from sqlalchemy import func, select

from courses import queries
from courses.importing import share
from courses.models import Certificate, Completion, Enrolment
from lms.authz import SYSTEM
from lms.db import db, transaction
from lms.errors import Refused
from lms.imports import undoing
from lms.imports.cells import CellProblem
from lms.imports.models import ImportBatch
from tests.courses.factory import WEDNESDAY, enrol, make_course, read_all
from tests.people import Cast

HEAD = "person number,course code,started on,completed on,how chosen,reason,score,certificate\n"
GOOD = "ana,KA-101,2024-03-04,2024-03-15,waves,first wave,85%,\nben,KA-101,,2024-03-16,低绩效,,,\n".replace(
    "低绩效", "绩效低"
)


@pytest.fixture
def runner(app: Flask) -> FlaskCliRunner:
    return app.test_cli_runner()


def write(folder: Path, rows: str, encoding: str = "utf-8") -> str:
    path = folder / "completions.csv"
    path.write_bytes((HEAD + rows).encode(encoding))
    return str(path)


def count(model: type) -> int:
    return db.session.scalar(select(func.count()).select_from(model)) or 0


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_completions_come_in_with_their_start_and_choice(
    cast: Cast, runner: FlaskCliRunner, tmp_path: Path, encoding: str
) -> None:
    course = make_course(cast)
    done = runner.invoke(args=["completion", "import", write(tmp_path, GOOD, encoding), "--json"])
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["counts"]["new"] == 2
    found = {start.person_id: start for start in queries.starts(course.id)}
    assert found[cast.ana.id].started_on == date(2024, 3, 4)
    assert found[cast.ana.id].completed_on == date(2024, 3, 15)
    assert (found[cast.ana.id].chosen, found[cast.ben.id].chosen) == ("waves", "low_kpi")
    assert count(Certificate) == 0


def test_the_same_file_twice_changes_nothing(cast: Cast, runner: FlaskCliRunner, tmp_path: Path) -> None:
    make_course(cast)
    path = write(tmp_path, GOOD)
    for _time in range(2):
        done = runner.invoke(args=["completion", "import", path, "--json"])
        assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["counts"] == {"new": 0, "changed": 0, "unchanged": 2, "rejected": 0}
    assert count(Completion) == count(Enrolment) == 2


def test_a_dry_run_writes_nothing(cast: Cast, runner: FlaskCliRunner, tmp_path: Path) -> None:
    make_course(cast)
    done = runner.invoke(args=["completion", "import", write(tmp_path, GOOD), "--dry-run", "--json"])
    assert done.exit_code == 0, done.output
    assert count(Completion) == count(ImportBatch) == 0


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ("nobody,KA-101,,2024-03-15,waves,,,", "completion_person_unknown"),
        ("ana,NONE,,2024-03-15,waves,,,", "completion_course_unknown"),
        ("ana,KA-101,,2124-03-15,waves,,,", "completion_in_future"),
        ("ana,KA-101,2024-05-16,2024-05-15,waves,,,", "completion_before_start"),
        ("ana,KA-101,,2024-03-15,by magic,,,", "choice_unknown"),
        ("ana,KA-101,,2024-03-15,waves,,85,", "score_not_a_share"),
        ("ana,KA-101,,soon,waves,,,", "date_unreadable"),
        (",KA-101,,2024-03-15,waves,,,", "cell_empty"),
    ],
)
def test_one_bad_row_keeps_the_whole_file_out_and_says_which(
    cast: Cast, runner: FlaskCliRunner, tmp_path: Path, row: str, code: str
) -> None:
    make_course(cast)
    done = runner.invoke(args=["completion", "import", write(tmp_path, GOOD + row + "\n"), "--json"])
    assert done.exit_code == 2
    (rejected,) = json.loads(done.stdout)["rejected_rows"]
    assert (rejected["row"], rejected["code"]) == (4, code)
    assert count(Completion) == count(Enrolment) == 0


def test_a_row_says_at_once_that_person_course_and_day_are_wrong(cast: Cast, runner: FlaskCliRunner, tmp_path: Path) -> None:
    make_course(cast)
    done = runner.invoke(args=["completion", "import", write(tmp_path, "nobody,NONE,,2124-03-15,waves,,,\n"), "--json"])
    said = json.loads(done.stdout)
    assert [row["code"] for row in said["rejected_rows"]] == [
        "completion_person_unknown", "completion_course_unknown", "completion_in_future",
    ]  # fmt: skip
    assert said["counts"]["rejected"] == 1


def test_another_day_is_another_cycle_and_never_a_new_date(
    cast: Cast, runner: FlaskCliRunner, tmp_path: Path
) -> None:
    course = make_course(cast)
    rows = "ana,KA-101,,2025-05-05,,,,\nana,KA-101,,2024-03-15,,,,\n"
    runner.invoke(args=["completion", "import", write(tmp_path, rows)])
    starts = queries.starts(course.id)
    assert [(start.cycle, start.completed_on) for start in starts] == [
        (1, date(2024, 3, 15)),
        (2, date(2025, 5, 5)),
    ]


def test_what_was_learnt_here_is_not_changed_by_a_file(
    cast: Cast, runner: FlaskCliRunner, tmp_path: Path
) -> None:
    course = make_course(cast, lessons=1)
    enrol(cast, course, cast.ana)
    read_all(cast.ana, course)
    done = runner.invoke(
        args=["completion", "import", write(tmp_path, "ana,KA-101,,2026-03-03,random,,,\n"), "--json"]
    )
    assert done.exit_code == 2
    assert json.loads(done.stdout)["rejected_rows"][0]["code"] == "completion_learnt_here"


def test_undo_takes_all_back_but_not_under_a_certificate(
    cast: Cast, runner: FlaskCliRunner, tmp_path: Path
) -> None:
    make_course(cast)
    runner.invoke(args=["completion", "import", write(tmp_path, GOOD)])
    batch = db.session.scalars(select(ImportBatch)).one()
    with transaction():
        undoing.undo(SYSTEM, batch.id, now=WEDNESDAY)
    assert count(Completion) == count(Enrolment) == 0
    runner.invoke(args=["completion", "import", write(tmp_path, "ana,KA-101,,2024-03-15,,,90%,yes\n")])
    assert count(Certificate) == 1
    second = db.session.scalars(select(ImportBatch).order_by(ImportBatch.id.desc())).first()
    assert second is not None
    with pytest.raises(Refused, match="completion_in_use"), transaction():
        undoing.undo(SYSTEM, second.id, now=WEDNESDAY)
    assert count(Completion) == 1


def test_a_correction_changes_how_ana_was_chosen_and_undo_changes_it_back(
    cast: Cast, runner: FlaskCliRunner, tmp_path: Path
) -> None:
    course = make_course(cast)
    runner.invoke(args=["completion", "import", write(tmp_path, GOOD)])
    done = runner.invoke(
        args=["completion", "import", write(tmp_path, "ana,KA-101,,2024-03-15,random,,,\n"), "--json"]
    )
    assert json.loads(done.stdout)["counts"]["changed"] == 1
    assert {start.chosen for start in queries.starts(course.id) if start.person_id == cast.ana.id} == {
        "random"
    }
    batch = json.loads(done.stdout)["batch"]
    with transaction():
        undoing.undo(SYSTEM, batch, now=WEDNESDAY)
    assert {start.chosen for start in queries.starts(course.id) if start.person_id == cast.ana.id} == {
        "waves"
    }


def test_a_bare_number_is_no_score() -> None:
    assert share("85%") == 0.85
    assert share("0.85") == 0.85
    with pytest.raises(CellProblem):
        share("85")


def test_the_operator_checks_a_certificate(cast: Cast, runner: FlaskCliRunner) -> None:
    course = make_course(cast, lessons=1)
    enrol(cast, course, cast.ana)
    read_all(cast.ana, course)
    code = db.session.scalars(select(Certificate.code)).one()
    done = runner.invoke(args=["certificate", "verify", code.lower(), "--json"])
    assert json.loads(done.stdout)["state"] == "valid"
    assert json.loads(done.stdout)["name"] == "Ana"
    assert runner.invoke(args=["certificate", "verify", "AAAAA"]).exit_code == 2
