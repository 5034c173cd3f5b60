"""``effects estimate``: the contract of its JSON, published figures, and bad panels that each get one clear line."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from flask import Flask

from effects.stats.panel import NEVER
from effects.stats.simulate import Selection, Settings, company
from tests.reference import published

Run = Callable[..., Result]
COLUMNS = ["--unit", "rep", "--period", "month", "--outcome", "sales", "--first-treated", "start"]


@pytest.fixture
def estimate(bare_app: Flask, tmp_path: Path) -> Run:
    """``estimate(rows or bytes, *arguments)`` on a file of these rows (the first is the header)."""

    def run(content: list[list[Any]] | bytes, *arguments: str, columns: list[str] = COLUMNS) -> Result:
        path = tmp_path / "panel.csv"
        if isinstance(content, bytes):
            path.write_bytes(content)
        else:
            with path.open("w", newline="", encoding="utf-8") as file:
                csv.writer(file).writerows(content)
        return bare_app.test_cli_runner().invoke(args=["effects", "estimate", str(path), *columns, *arguments])

    return run


TINY = Settings(reps=24, teams=6, months=16, waves=(8, 11), share_per_wave=0.25, effect=0.1)


def rows(selection: Selection = Selection.RANDOM, settings: Settings | None = None) -> list[list[Any]]:
    """A simulated company as a file: 60 reps in 8 teams over 20 months."""
    panel = company(3, selection, settings=settings or Settings(reps=60, teams=8, months=20, effect=0.1)).panel
    header: list[Any] = ["rep", "month", "sales", "start", "team"]
    return [header] + [
        [unit, panel.periods[t], round(1000 * 2.718 ** float(panel.outcome[i, t]), 3),
         panel.periods[panel.start[i]] if panel.start[i] < NEVER else "", panel.clusters[panel.cluster[i]]]
        for i, unit in enumerate(panel.units) for t in range(panel.n_periods)
    ]  # fmt: skip


def answer(result: Result) -> dict[str, Any]:
    assert result.exit_code == 0, result.output
    found: dict[str, Any] = json.loads(result.stdout, parse_constant=lambda name: pytest.fail(f"{name} in JSON"))
    return found


MPDTA = ["--unit", "countyreal", "--period", "year", "--outcome", "lemp", "--first-treated", "first.treat"]


@pytest.mark.parametrize(
    ("arguments", "figure", "se"),
    [
        ((), -0.0400, 0.0120),
        (("--aggregate", "group"), -0.0310, 0.0124),
        (("--aggregate", "event"), -0.0772, None),
        (("--covariates", "lpop"), -0.0418, 0.0115),
    ],
)
def test_the_published_minimum_wage_figures_by_command(
    estimate: Run, arguments: tuple[str, ...], figure: float, se: float | None
) -> None:
    content = published.mpdta().to_csv(index=False).encode()
    found = answer(estimate(content, "--method", "cs", "--control", "never", *arguments, "--json", columns=MPDTA))
    assert round(found["estimate"], 4) == figure
    assert se is None or round(found["se"], 4) == se
    assert (found["n_units"], found["n_periods"]) == (500, 5)
    assert found["grade"] == "D", "four periods of history are too few for a claim, also by the expert's door"


def test_the_json_holds_what_it_promises(estimate: Run) -> None:
    found = answer(estimate(rows(), "--cluster", "team", "--chosen", "waves", "--json"))
    assert {"method", "estimate", "se", "interval", "n_units", "n_treated", "n_periods", "event_study", "groups",
            "diagnostics", "grade", "sentence"} <= found.keys()  # fmt: skip
    assert found["interval"].keys() == {"low", "high", "level"}
    assert {"k", "estimate", "low", "high"} <= found["event_study"][0].keys()
    assert {"name", "verdict", "sentence"} <= found["diagnostics"][0].keys()
    assert found["sentence"].keys() == {"en", "zh_Hans", "zh_Hant"}
    assert (found["method"], found["grade"], found["n_units"], found["n_periods"]) == ("bjs", "B", 60, 20)
    assert "percentage" not in found["sentence"]["en"] and "%" in found["sentence"]["en"]


@pytest.mark.parametrize("method", ["bjs", "cs", "gcomp", "bjs-trends", "poisson", "twfe", "prepost", "union"])
def test_each_method_by_name_works_with_and_without_teams(estimate: Run, method: str) -> None:
    for cluster in (("--cluster", "team"), ()):
        found = answer(estimate(rows(settings=TINY), "--method", method, "--chosen", "waves", "--json", *cluster))
        assert found["method"] == method
        assert "estimate" in found or found["not_estimable"]["sentence"]["zh_Hant"]


def test_never_trained_may_be_written_as_zero_or_left_empty(estimate: Run) -> None:
    empty = rows()
    zero = [[*row[:3], row[3] or "0", row[4]] for row in empty]
    arguments = ("--cluster", "team", "--chosen", "waves", "--json")
    assert answer(estimate(empty, *arguments)) == answer(estimate(zero, *arguments))


def test_text_for_people_says_the_sentence_first(estimate: Run) -> None:
    result = estimate(rows(), "--cluster", "team", "--chosen", "waves")
    assert result.exit_code == 0
    assert result.output.startswith("Reps who took the training saw their ")
    assert "Grade B (estimated)" in result.output


def changed(change: Callable[[list[Any]], list[Any]]) -> list[list[Any]]:
    header, *body = rows(settings=TINY)
    return [header, *map(change, body)]


def first(row: int, column: int, value: Any) -> list[list[Any]]:
    content = rows()
    content[row][column] = value
    return content


UNREADABLE: dict[str, tuple[list[list[Any]] | bytes, str]] = {
    "duplicates": (rows() + [rows()[1]], "more than one row"),
    "a missing month": ([r for r in rows() if r[1] != "2024-05"], "missing from the calendar"),
    "an infinite value": (first(4, 2, "inf"), "infinite"),
    "a minus infinite value": (first(4, 2, "-Infinity"), "infinite"),
    "a number too large": (first(4, 2, "1e999"), "infinite"),
    "one rep": ([r for r in rows() if r[0] in ("rep", "R0001")], "only one rep"),
    "one period": ([r for r in rows() if r[1] in ("month", "2024-01")], "only one period"),
    "a number no KPI has": (first(4, 2, "1e200"), "too large"),
    "text in numbers": (first(7, 2, "a lot"), "is not a number"),
    "thousands separators": (first(7, 2, "1,200"), "is not a number"),
    "text in the line of the file": (first(7, 2, "a lot"), "Column sales, row 8"),
    "a month that is none": (first(9, 1, "2024-13"), "period cannot be read"),
    "no month": (first(9, 1, ""), "names no period"),
    "no rep": (first(9, 0, ""), "names no unit"),
    "no team": (first(9, 4, ""), "names no team"),
    "a start that is none": (first(9, 3, "soon"), "start of training cannot be read"),
    "two starts": (first(9, 3, "2025-01"), "more than one start"),
    "two teams": (first(9, 4, "Team X"), "more than one team"),
    "months and quarters": (first(9, 1, "2024-Q1"), "different kinds"),
    "started before the data": (changed(lambda r: [*r[:3], "2020-01", r[4]]), "before"),
    "no value at all": (changed(lambda r: [*r[:2], "", *r[3:]]), "No value of the KPI"),
    "a period of four hundred digits": (first(9, 1, "9" * 400), "period cannot be read"),
    "nobody trained": (changed(lambda r: [*r[:3], "", r[4]]), "Nobody in the records has started"),
    "an empty file": (b"", "no rows"),
    "a header alone": (b"rep,month,sales,start,team\n", "no rows"),
    "a binary file": (b"PK\x03\x04\x00\x00\x00", "no CSV text"),
    "bytes of no encoding": (b"rep,month\n\xff\xfe\xfa\x81,2\n", "neither UTF-8"),
    "a missing column": ([r[:3] for r in rows()], "no column 'start'"),
    "a twice named column": ([[*r, r[4]] for r in rows()], "same name"),
    "a short row": ([*rows(), ["R0001"]], "cells"),
    "an open quotation mark": (b'rep,month,sales,start,team\n"R1,2024-01,5,,T1\n', "cells"),
    "one huge cell": (b"rep,month,sales,start,team\nR1,2024-01," + b"9" * 200_000 + b",,T1\n", "no CSV text"),
}


@pytest.mark.parametrize("case", UNREADABLE)
def test_a_panel_that_cannot_be_read_gets_one_clear_line(estimate: Run, case: str) -> None:
    content, says = UNREADABLE[case]
    result = estimate(content, "--cluster", "team", "--chosen", "waves", "--json")
    assert result.exit_code == 2, result.output
    assert result.stdout == ""
    lines = result.stderr.strip().splitlines()
    assert len(lines) == 1 and says in lines[0], lines
    assert "Traceback" not in result.output


UNANSWERABLE: dict[str, tuple[list[list[Any]], str, str]] = {
    "constant": (changed(lambda r: [*r[:2], 100, *r[3:]]), "waves", "constant_outcome"),
    "few reps": ([r for r in rows() if r[0] in ("rep", *(f"R00{n:02d}" for n in range(1, 9)))], "waves", "few_trained"),
    "short history": ([r for r in rows() if r[1] >= "2024-11"], "waves", "short_history"),
    "one cohort, no teams left": (
        changed(lambda r: [*r[:3], "2024-10" if r[4] != "Team 1" else "", r[4]]), "waves", "few_comparison_teams"),
}  # fmt: skip


@pytest.mark.parametrize("case", UNANSWERABLE)
def test_a_question_that_cannot_be_answered_is_refused_in_three_languages(estimate: Run, case: str) -> None:
    content, chosen, code = UNANSWERABLE[case]
    found = answer(estimate(content, "--cluster", "team", "--chosen", chosen, "--json"))
    assert found["not_estimable"]["code"] == code, found["sentence"]
    assert found["grade"] == "D"
    assert "estimate" not in found
    sentence = found["not_estimable"]["sentence"]
    assert sentence["en"].startswith("Whether the training moved sales cannot be told yet. ")
    assert "无法判断" in sentence["zh_Hans"] and "無法判斷" in sentence["zh_Hant"]


ODD: dict[str, tuple[list[list[Any]], tuple[str, ...]]] = {
    "all trained at once": (changed(lambda r: [*r[:3], "2024-10", r[4]]), ("--chosen", "everyone")),
    "all trained, said to be waves": (changed(lambda r: [*r[:3], "2024-10", r[4]]), ("--chosen", "waves")),
    "one cohort": (changed(lambda r: [*r[:3], r[3] and "2024-10", r[4]]), ("--chosen", "waves")),
    "large numbers": (changed(lambda r: [*r[:2], f"{float(r[2])}e10", *r[3:]]), ("--chosen", "waves")),
    "tiny numbers": (changed(lambda r: [*r[:2], f"{float(r[2])}e-200", *r[3:]]), ("--chosen", "waves")),
    "zeros": (changed(lambda r: [*r[:2], 0 if r[1] == "2024-03" else r[2], *r[3:]]), ("--chosen", "waves")),
    "gaps": ([r for n, r in enumerate(rows()) if n % 7 or n == 0], ("--chosen", "waves")),
    "negative": (changed(lambda r: [*r[:2], -float(r[2]), *r[3:]]), ("--chosen", "low-kpi")),
    "logs of zeros": (first(30, 2, 0), ("--transform", "log")),
    "one team": (changed(lambda r: [*r[:4], "all"]), ("--chosen", "waves")),
    "a short window": (rows(), ("--horizon", "1", "--window", "1", "--chosen", "waves")),
    "more anticipation than history": (rows(), ("--anticipation", "15", "--chosen", "waves")),
}


@pytest.mark.parametrize("case", ODD)
def test_an_odd_panel_gives_a_figure_or_a_reason_and_never_a_traceback(estimate: Run, case: str) -> None:
    content, arguments = ODD[case]
    for method in ("auto", "bjs", "cs", "gcomp", "its"):
        if method == "its" and "--anticipation" in arguments:
            continue
        found = answer(estimate(content, "--cluster", "team", "--method", method, *arguments, "--json"))
        assert ("estimate" in found) != ("not_estimable" in found), (case, method)
        assert all(found["sentence"].values())


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--method", "magic"), "unknown method"),
        (("--chosen", "by-star-sign"), "unknown way of choosing"),
        (("--covariates", "age"), "no column 'age'"),
        (("--kind", "rate"), "a rate needs --denominator"),
        (("--method", "its", "--aggregate", "group"), "--aggregate group has no meaning for the method its"),
        (("--method", "prepost", "--anticipation", "2"), "--anticipation 2 has no meaning for the method prepost"),
        (("--method", "bjs", "--control", "never"), "--control never has no meaning for the method bjs"),
        (("--method", "gcomp", "--inference", "influence"), "--inference influence has no meaning"),
        (("--method", "poisson", "--transform", "log"), "--transform log has no meaning for the method poisson"),
        (("--method", "bjs", "--covariates", "sales"), "changes over time"),
    ],
)
def test_an_option_that_is_none_gets_one_clear_line(estimate: Run, arguments: tuple[str, ...], says: str) -> None:
    result = estimate(rows(), *arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert says in result.stderr


def test_a_method_that_the_route_picked_refuses_an_option_it_would_pass_over(estimate: Run) -> None:
    content = changed(lambda r: [*r[:3], "2024-10", r[4]])
    asked = ("--cluster", "team", "--chosen", "everyone", "--aggregate", "group", "--json")
    result = estimate(content, *asked)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "--aggregate group has no meaning for the method its" in result.stderr


def test_counts_are_answered_by_poisson_with_the_plain_figure_beside(estimate: Run) -> None:
    content = changed(lambda r: [*r[:2], round(float(r[2]) / 100), *r[3:]])
    asked = ("--cluster", "team", "--chosen", "waves", "--kind", "count", "--json")
    found = answer(estimate(content, *asked))
    assert found["method"] == "poisson"
    assert "estimate" in found["besides"]["bjs"]


def test_counts_below_zero_are_no_counts(estimate: Run) -> None:
    content = first(5, 2, -3)
    found = answer(estimate(content, "--cluster", "team", "--chosen", "low-kpi", "--kind", "count", "--json"))
    assert found["not_estimable"]["code"] == "negative_counts"


def test_records_without_any_chance_in_them_are_not_taken_for_certainty(estimate: Run) -> None:
    content = changed(lambda r: [*r[:2], int(r[1][-2:]) + int(r[0][1:]), *r[3:]])
    found = answer(estimate(content, "--cluster", "team", "--chosen", "waves", "--transform", "none", "--json"))
    assert found["not_estimable"]["code"] == "no_chance_in_records"
    assert found["grade"] == "D"


@pytest.mark.parametrize("write", ["{}-15", "{}-28", "年月"])
def test_dates_and_chinese_months_are_periods_too(estimate: Run, write: str) -> None:
    def written(month: str) -> str:
        return f"{month[:4]}年{int(month[5:])}月" if "年" in write else write.format(month)

    content = changed(lambda r: [r[0], written(r[1]), r[2], r[3] and written(r[3]), r[4]])
    asked = ("--cluster", "team", "--chosen", "waves", "--json")
    assert answer(estimate(content, *asked)) == answer(estimate(rows(settings=TINY), *asked))


@pytest.mark.parametrize("delimiter", [";", "\t"])
def test_other_delimiters_are_read_as_well(estimate: Run, delimiter: str) -> None:
    content = "\n".join(delimiter.join(map(str, row)) for row in rows(settings=TINY)).encode()
    asked = ("--cluster", "team", "--chosen", "waves", "--json")
    assert answer(estimate(content, *asked)) == answer(estimate(rows(settings=TINY), *asked))


def test_a_file_that_is_not_there(bare_app: Flask) -> None:
    result = bare_app.test_cli_runner().invoke(args=["effects", "estimate", "/nowhere/panel.csv", *COLUMNS])
    assert result.exit_code == 2
    assert "No such file" in result.stderr
