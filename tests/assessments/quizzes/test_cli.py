"""Quizzes as files on the command line: what is written is read again, what cannot be read is refused whole."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import func, select

from assessments.quizzes.models import Question, Quiz
from assessments.quizzes.words import score_words
from lms.config import ROOT
from lms.db import db
from tests.assessments.quizzes.factory import draft_quiz
from tests.people import Cast


def run(app: Flask, *arguments: object) -> Result:
    return app.test_cli_runner().invoke(args=["quiz", *map(str, arguments)])


def written(folder: Path, data: Any) -> Path:
    path = folder / "quiz.json"
    path.write_text(data if isinstance(data, str) else json.dumps(data), encoding="utf-8")
    return path


def counts() -> tuple[int, int]:
    return db.session.scalar(select(func.count(Quiz.id))) or 0, db.session.scalar(select(func.count(Question.id))) or 0


def test_a_quiz_goes_out_and_comes_in_as_another_module_with_the_same_questions(
    app: Flask, cast: Cast, tmp_path: Path
) -> None:
    made = draft_quiz(cast)
    out = run(app, "export", "KA-201")
    assert out.exit_code == 0, out.output
    told = json.loads(run(app, "import", written(tmp_path, out.stdout), "--course", "KA-201", "--json").stdout)
    assert (told["questions"], told["title"]) == (5, {"en": "Final quiz"})
    again = json.loads(run(app, "export", "KA-201", "--module", told["module"]).stdout)
    assert again == json.loads(out.stdout)
    assert told["module"] != made.module.id


def test_with_several_quizzes_one_has_to_be_named(app: Flask, cast: Cast, tmp_path: Path) -> None:
    draft_quiz(cast)
    path = written(tmp_path, run(app, "export", "KA-201").stdout)
    run(app, "import", path, "--course", "KA-201")
    refused = run(app, "export", "KA-201")
    assert refused.exit_code == 2
    assert "--module" in refused.stderr


def test_the_example_of_the_manual_is_a_quiz(app: Flask, cast: Cast, tmp_path: Path) -> None:
    draft_quiz(cast)
    manual = (ROOT / "docs" / "quiz-format.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"```json\n(.*?)```", manual, re.S)
    result = run(app, "import", written(tmp_path, example), "--course", "KA-201")
    assert result.exit_code == 0, result.output


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ("[" * 100_000, "not JSON"),
        ("{}", "format 1"),
        ({"format": "needle-quiz", "version": 1, "title": {"en": "T"}, "content": {"questions": 3}}, "questions"),
        (
            {"format": "needle-quiz", "version": 1, "title": {"en": "T"}, "content": {"questions": [{"kind": "x"}]}},
            "Question 1",
        ),
        ({"format": "needle-quiz", "version": 1, "title": {}, "content": {"questions": []}}, "title"),
    ],
    ids=["bottomless", "another file", "no list", "no such kind", "no title"],
)
def test_a_file_that_cannot_be_read_leaves_nothing_behind(
    app: Flask, cast: Cast, tmp_path: Path, data: Any, said: str
) -> None:
    draft_quiz(cast)
    before = counts()
    result = run(app, "import", written(tmp_path, data), "--course", "KA-201")
    assert result.exit_code == 2
    assert said in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1
    assert counts() == before


def test_a_score_just_below_the_pass_mark_is_not_rounded_up_to_it(app: Flask) -> None:
    with app.test_request_context():
        assert [score_words(share) for share in (0.7996, 0.8, 2 / 3, 1.0, 0.0, 0.29)] == [
            "79.9%",
            "80%",
            "66.6%",
            "100%",
            "0%",
            "29%",
        ]
