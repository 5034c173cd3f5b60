"""The two commands as a trainer uses them: a file in, figures or one clear line out."""

from __future__ import annotations

import csv
import json

import numpy as np
import pytest
from click.testing import CliRunner

from assessments.psychometrics_cli import quiz_cli, roleplay_cli
from tests.assessments.grading.published import KRIPPENDORFF, LSAT6, SHROUT_FLEISS


def run(group, *arguments):
    return CliRunner().invoke(group, [str(argument) for argument in arguments])


def refuse_constant(name):
    raise AssertionError(f"{name} in JSON")


def as_json(result):
    assert result.exit_code == 0, result.stderr
    return json.loads(result.stdout, parse_constant=refuse_constant)


@pytest.fixture
def write(tmp_path):
    def write(rows, encoding="utf-8", name="data.csv"):
        path = tmp_path / name
        with path.open("w", encoding=encoding, newline="") as file:
            csv.writer(file).writerows(rows)
        return path

    return write


@pytest.fixture
def lsat(write):
    return write([["taker", *"abcde"], *([i, *row.astype(int)] for i, row in enumerate(LSAT6))])


def ratings_rows(table, criterion="c"):
    return [
        [f"s{i}", f"r{j}", criterion, int(score)]
        for i, row in enumerate(table)
        for j, score in enumerate(row)
        if np.isfinite(score)
    ]


HEADER = ["subject", "rater", "criterion", "score"]


def test_cleo_analyses_lsat6_and_gets_the_published_figures(lsat):
    found = as_json(run(quiz_cli, "analyse", lsat, "--json"))
    assert found["n"] == 1000
    assert found["alpha"]["value"] == pytest.approx(0.295, abs=5e-4)
    assert found["alpha"]["interval"]["low"] < 0.295 < found["alpha"]["interval"]["high"]
    assert found["sem"] == pytest.approx(0.869, abs=5e-4)
    assert [item["name"] for item in found["items"]] == list("abcde")
    assert found["items"][0]["facility"] == pytest.approx(0.924)
    assert found["items"][2]["alpha_if_deleted"] == pytest.approx(0.2168, abs=5e-5)
    assert found["items"][0]["alarms"] == []
    assert found["irt"]["model"] == "2pl"
    assert found["irt"]["log_likelihood"] == pytest.approx(-2466.65, abs=5e-3)
    assert found["irt"]["items"][1]["b"] == pytest.approx(-1.370, abs=1e-3)


def test_the_model_is_the_one_asked_for_or_the_one_the_takers_carry(lsat, write):
    assert as_json(run(quiz_cli, "analyse", lsat, "--irt", "1pl", "--json"))["irt"]["model"] == "1pl"
    medium = write([list("abcde"), *LSAT6[::4].astype(int).tolist()])
    assert as_json(run(quiz_cli, "analyse", medium, "--json"))["irt"]["model"] == "1pl"
    small = write([list("abcde"), *LSAT6[::10].astype(int).tolist()])
    found = as_json(run(quiz_cli, "analyse", small, "--json"))
    assert found["irt"] is None and found["irt_reason"]["code"] == "few_takers"
    found = as_json(run(quiz_cli, "analyse", small, "--irt", "2pl", "--json"))
    assert "few_takers" in [warning["code"] for warning in found["irt"]["warnings"]]
    assert found["irt"]["settled"] is False


def test_an_empty_cell_is_omitted_unless_it_was_not_drawn(write):
    path = write(
        [["name", "a", "b", "c"], ["Ana", 1, "", 1], ["Ben", 0, 1, ""], ["Cleo", 1, 0, 0], ["Dov", 0, 0, 0]]
    )
    omitted = as_json(run(quiz_cli, "analyse", path, "--json"))
    assert omitted["items"][1]["facility"] == 0.25 and omitted["items"][1]["omitted"] == 1
    undrawn = as_json(run(quiz_cli, "analyse", path, "--blank", "undrawn", "--json"))
    assert undrawn["items"][1]["facility"] == pytest.approx(1 / 3) and undrawn["items"][1]["n"] == 3


def test_the_pass_mark_comes_with_its_consistency(lsat):
    decision = as_json(run(quiz_cli, "analyse", lsat, "--pass-mark", "0.6", "--json"))["decision"]
    assert decision["interval"]["low"] <= decision["value"] <= decision["interval"]["high"]
    assert decision["method"] == "livingston_lewis"


def test_people_without_json_read_a_table(lsat):
    result = run(quiz_cli, "analyse", lsat, "--pass-mark", "0.6")
    assert result.exit_code == 0
    assert "alpha 0.295 (95%: 0.223 to 0.362)" in result.stdout
    assert "2PL, log-likelihood -2466.65" in result.stdout
    assert "pass mark 0.6: same verdict twice" in result.stdout


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_a_chinese_file_is_read_in_either_encoding(write, encoding):
    path = write([["姓名", "第一题", "第二题"], ["张三", 1, 0], ["李四", 0, 0.5], ["王五", 1, 1]], encoding)
    found = as_json(run(quiz_cli, "analyse", path, "--json"))
    assert [item["name"] for item in found["items"]] == ["第一题", "第二题"] and found["n"] == 3


@pytest.mark.parametrize(
    "rows",
    [
        [["a"], [1], [0]],
        [["a", "b"], [1, 1], [1, 1]],
        [["id", "a", "b", "c"], [1, "", "", ""], [2, "", "", ""]],
        [["a", "b", "c"], [1, 0.5, 0]],
        [["a", "b", "c"], [0, 0.5, 1], [1, 0.5, 0], [0.25, 0.75, 0.5]],
    ],
)
def test_thin_data_give_null_and_a_reason_never_nan(write, rows):
    for options in ([], ["--irt", "1pl"], ["--irt", "2pl", "--pass-mark", "0.5"], ["--blank", "undrawn"]):
        path = write(rows)
        as_json(run(quiz_cli, "analyse", path, "--json", *options))
        assert run(quiz_cli, "analyse", path, *options).exit_code == 0


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "empty"),
        (b"\n\n", "empty"),
        (b"a,b\n", "no taker"),
        (b"taker\nAna\n", "no column with an item"),
        (b"a,b\n1,x\n", "line 2, column 'b': 'x' is not a number"),
        (b"a,b\n1,1\n1,nan\n", "line 3, column 'b': 'nan' is not a number"),
        (b"a,b\n1,2\n", "2 is not between 0 and 1"),
        (b"a,b\n1,-0.1\n", "not between 0 and 1"),
        (b"a,b\n1\n", "line 2: 1 cells where the header has 2"),
        (b"a,a\n1,1\n", "two columns are named 'a'"),
        (b"a,,b\n1,1,1\n", "column 2 has no name"),
        (b'a,b\n"1,1\n', "line"),
        (b"\xff\xff\xff\xff", "neither UTF-8 nor GB18030"),
    ],
)
def test_a_bad_file_is_refused_with_one_clear_line(tmp_path, content, says):
    path = tmp_path / "bad.csv"
    path.write_bytes(content)
    result = run(quiz_cli, "analyse", path, "--json")
    assert result.exit_code == 2 and result.stdout == ""
    assert says in result.stderr and result.stderr.count("\n") == 1


def test_a_missing_file_and_a_folder_are_refused_with_one_clear_line(tmp_path):
    for group, command in ((quiz_cli, "analyse"), (roleplay_cli, "reliability")):
        for path in (tmp_path / "none.csv", tmp_path):
            result = run(group, command, path)
            assert result.exit_code == 2 and result.stderr.count("\n") == 1


def test_semicolons_tabs_and_a_spreadsheets_empty_columns_are_read(tmp_path):
    for separator in ";\t":
        path = tmp_path / "data.csv"
        path.write_text("taker,a,b,,\nAna,1,0,,\nBen,0,1,,\n".replace(",", separator), encoding="utf-8")
        assert len(as_json(run(quiz_cli, "analyse", path, "--json"))["items"]) == 2


def test_dov_gets_shrout_and_fleiss_from_a_ratings_file(write):
    path = write([HEADER, *ratings_rows(SHROUT_FLEISS)])
    found = as_json(run(roleplay_cli, "reliability", path, "--json"))
    published = {
        "ICC(1,1)": 0.17,
        "ICC(2,1)": 0.29,
        "ICC(3,1)": 0.71,
        "ICC(1,k)": 0.44,
        "ICC(2,k)": 0.62,
        "ICC(3,k)": 0.91,
    }
    assert {name: round(form["value"], 2) for name, form in found["icc"].items()} == published
    for form in found["icc"].values():
        assert form["interval"]["level"] == 0.95 and (form["n"], form["raters"]) == (6, 4)
    severities = {rater["rater"]: rater["logit"] for rater in found["severity"]}
    assert max(severities, key=severities.get) == "r1"
    assert all(rater["se"] > 0 and rater["n"] == 6 for rater in found["severity"])
    assert found["criteria"][0]["criterion"] == "c"
    assert found["criteria"][0]["icc"] == found["icc"]


def test_krippendorffs_example_comes_out_of_a_ratings_file(write):
    path = write([HEADER, *ratings_rows(KRIPPENDORFF)])
    found = as_json(run(roleplay_cli, "reliability", path, "--json"))["krippendorff"]
    rounded = {metric: round(found[metric]["value"], 3) for metric in found}
    assert rounded == {"nominal": 0.743, "ordinal": 0.815, "interval": 0.849, "ratio": 0.797}


def test_several_criteria_are_averaged_overall_and_shown_apart(write):
    rows = ratings_rows(SHROUT_FLEISS, "opening") + ratings_rows(SHROUT_FLEISS + 1, "close")
    found = as_json(run(roleplay_cli, "reliability", write([HEADER, *rows]), "--json"))
    assert found["icc"]["ICC(2,1)"]["value"] == pytest.approx(0.2898, abs=5e-5)
    assert [part["criterion"] for part in found["criteria"]] == ["opening", "close"]
    text = run(roleplay_cli, "reliability", write([HEADER, *rows])).stdout
    assert "criterion close" in text and "severity (logits)" in text


def test_a_rater_who_left_out_a_criterion_is_not_averaged_over_the_rest(write):
    rows = ratings_rows(SHROUT_FLEISS, "opening") + ratings_rows(SHROUT_FLEISS, "close")
    rows.remove(["s0", "r0", "close", 9])
    found = as_json(run(roleplay_cli, "reliability", write([HEADER, *rows]), "--json"))
    assert found["icc"]["ICC(2,1)"]["n"] == 5
    assert found["criteria"][0]["icc"]["ICC(2,1)"]["n"] == 6


def test_raters_without_common_subjects_give_reasons(write):
    path = write([HEADER, ["s1", "r1", "c", 1], ["s2", "r2", "c", 2], ["s3", "r1", "c", 3]])
    found = as_json(run(roleplay_cli, "reliability", path, "--json"))
    assert found["icc"]["ICC(1,1)"]["value"] is None and found["icc"]["ICC(1,1)"]["reason"] == "no_overlap"
    assert found["severity"] == [] and found["severity_reason"]["code"] == "raters_not_connected"
    assert "raters_not_connected" in run(roleplay_cli, "reliability", path).stdout


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        ([["subject", "rater", "score"], ["s", "r", 1]], "no column named criterion"),
        ([HEADER], "no rating"),
        ([HEADER, ["s", "r", "c", ""]], "no rating"),
        ([HEADER, ["s", "", "c", 1]], "line 2: no rater"),
        ([HEADER, ["s", "r", "c", "good"]], "line 2, column 'score': 'good' is not a number"),
        ([HEADER, ["s", "r", "c", 1], ["s", "r", "c", 2]], "line 3: r rated s on c already in line 2"),
    ],
)
def test_bad_ratings_are_refused_with_one_clear_line(write, rows, says):
    result = run(roleplay_cli, "reliability", write(rows), "--json")
    assert result.exit_code == 2 and result.stdout == ""
    assert says in result.stderr and result.stderr.count("\n") == 1
