"""Whatever code the engine answers has its sentence, in three languages, with its figures."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from effects import check_words, words
from effects.measure import Measure
from effects.stats import design
from effects.stats.design import Chosen, Grade
from effects.stats.methods import CHECKS, METHODS
from effects.stats.results import Check
from lms.i18n import LOCALES, speaking
from lms.values import Interval

STATS = Path(__file__).parents[2] / "effects" / "stats"
ELSEWHERE = {"returns.py", "portfolio.py", "detectable.py", "lottery.py", "randomisation.py", "simulate.py"}
"""Not part of a study's report."""
MEASURE = Measure("amount", "CNY", 0, "higher", "month", "log", 0)
PARAMS: dict[str, Any] = {
    "n": 3, "fewest": 5, "of": "teams", "periods": 4, "detectable": 0.9, "plausible": 0.4, "low": -0.02, "high": 0.15,
    "needed": 10, "row": 7, "value": "abc", "column": "sales", "unit": "R0001", "period": "2024-03", "missing": ["2024-03"],
    "count": 2, "lowest": 0.0, "method": "bjs",
}  # fmt: skip
CHECK_PARAMS: dict[str, Any] = PARAMS | {
    "direction": "low", "n_teams": 12, "trained_left": 3, "trained_n": 40, "untrained_left": 4, "untrained_n": 60,
    "n_inside": 38, "n_trained": 40, "as_far": 2, "n_dates": 9, "relative": 0.4, "n_both": 6,
}  # fmt: skip


def calls(name: str) -> Iterator[ast.Call]:
    for path in sorted(STATS.glob("*.py")):
        if path.name not in ELSEWHERE:
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == name:
                    yield node


def texts(node: ast.AST) -> set[str]:
    return {n.value for n in ast.walk(node) if isinstance(n, ast.Constant) and isinstance(n.value, str)}


def written(node: ast.expr) -> set[str]:
    """The text, if it is one that stands there as it is."""
    return {node.value} if isinstance(node, ast.Constant) and isinstance(node.value, str) else set()


def codes_of_panels() -> set[str]:
    """First arguments of PanelError, and those that reach it through the helpers that raise it."""
    found = {text for call in calls("PanelError") for text in written(call.args[0])}
    for helper in ("_labels", "_same_within"):
        found |= {text for call in calls(helper) for text in written(call.args[-1])}
    return found


def codes_of_results() -> set[str]:
    """First arguments of NotEstimable and Refusal, and the codes in the table of ``design.refusals``."""
    found = {text for name in ("NotEstimable", "Refusal") for call in calls(name) for text in written(call.args[0])}
    tree = ast.parse(Path(design.__file__).read_text(encoding="utf-8"))
    table = next(n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef) and n.name == "refusals")
    rows = next(n for n in ast.walk(table) if isinstance(n, ast.For))
    return found | {text for text in texts(rows.iter) if text.startswith("few_")}


def codes_of_checks() -> set[str]:
    """Values of "code" and "reason" in the figures of a check."""
    found: set[str] = set()
    for path in STATS.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Dict) and path.name not in ELSEWHERE:
                for key, value in zip(node.keys, node.values, strict=True):
                    if isinstance(key, ast.Constant) and key.value in ("code", "reason"):
                        found |= written(value)
    return found - check_words.NOTHING_TO_ASK


def in_three(bare_app: Flask, say: Any) -> list[str]:
    said = []
    for locale in LOCALES:
        with bare_app.test_request_context(), speaking(locale):
            said.append(say())
    return said


def well_formed(english: str, hans: str, hant: str) -> None:
    assert english and hans and hant
    assert hans != english and hant != english, "no Chinese"
    for text in (english, hans, hant):
        assert "%(" not in text and "  " not in text and "nan" not in text.lower().split(), text
    assert not re.search(r"[a-z]{4,}", re.sub(r"“.*?”|R0001|[a-z]+\)", "", hans).replace("sales", "")), hans


def test_the_walk_finds_the_codes() -> None:
    assert {"duplicate_rows", "unit_missing", "cluster_varies", "calendar_gap", "first_treated_varies"} <= codes_of_panels()
    assert {"few_trained_teams", "few_trained", "short_history", "no_trained", "methods_disagree"} <= codes_of_results()
    assert {"no_placebo_periods", "too_little_history", "all_trained_affected"} <= codes_of_checks()


@pytest.mark.parametrize("code", sorted(codes_of_panels() | codes_of_results()))
def test_every_reason_has_a_sentence(bare_app: Flask, code: str) -> None:
    assert code in words.known_reasons(), f"add a sentence for {code!r} to effects/words.py"
    well_formed(*in_three(bare_app, lambda: words.reason(code, PARAMS, MEASURE)))


@pytest.mark.parametrize("code", sorted(codes_of_checks()))
def test_every_reason_why_a_check_cannot_be_told_has_a_sentence(bare_app: Flask, code: str) -> None:
    check = Check("dip", "unknown", params={"code": code})
    said = in_three(bare_app, lambda: check_words.answer(check, MEASURE))
    well_formed(*said)
    assert code not in said[0], f"add a sentence for {code!r} to effects/check_words.py"


@pytest.mark.parametrize("name", ["dip", *CHECKS, "other_courses", "territory_changes"])
@pytest.mark.parametrize("verdict", ["pass", "warn", "fail"])
def test_every_check_has_a_question_and_an_answer(bare_app: Flask, name: str, verdict: Any) -> None:
    check = Check(name, verdict, 0.03, Interval(-0.01, 0.07), 0.02, CHECK_PARAMS)
    question = in_three(bare_app, lambda: check_words.question(name))
    well_formed(*question)
    assert question[0] != name and question[0].endswith("?")
    well_formed(*in_three(bare_app, lambda: check_words.answer(check, MEASURE)))
    well_formed(*in_three(bare_app, lambda: check_words.answer(check, MEASURE, chosen_for_it=True)))


@pytest.mark.parametrize("verdict", ["pass", "fail", "unknown"])
def test_a_kpi_that_cannot_be_touched_has_a_question_and_an_answer(bare_app: Flask, verdict: Any) -> None:
    params = {"code": "few_trained"} if verdict == "unknown" else {}
    check = Check("untouchable_kpi", verdict, 0.03, Interval(-0.01, 0.07), 0.02, CHECK_PARAMS | params)
    question = in_three(bare_app, lambda: check_words.question("untouchable_kpi"))
    well_formed(*question)
    assert question[0].endswith("?")
    said = in_three(bare_app, lambda: check_words.of_untouchable(check, MEASURE, "R0001", 2))
    well_formed(*said)
    assert "R0001" in said[0] and "run 2" in said[0]


def test_every_reason_of_the_routing_has_a_sentence(bare_app: Flask) -> None:
    reasons = {f"stated_{chosen}" for chosen in Chosen}
    tree = ast.parse(Path(design.__file__).read_text(encoding="utf-8"))
    for name in ("route", "heed_the_dip"):
        function = next(n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef) and n.name == name)
        reasons |= {t for t in texts(function) if re.fullmatch(r"(?!stated_)[a-z]+(_[a-z]+)+", t)}
    reasons -= {"low_kpi"}
    assert {"dip_found", "rise_found", "dip_contradicts_rising", "one_team_trained", "few_whole_teams"} <= reasons
    for code in reasons:
        said = in_three(bare_app, lambda code=code: words.route_reason(code))  # type: ignore[misc]
        assert said[0] != code, f"add a sentence for {code!r} to effects/words.py"
        assert said[0] != said[1]


def test_methods_grades_and_ways_of_choosing_have_names(bare_app: Flask) -> None:
    for name in METHODS:
        assert in_three(bare_app, lambda name=name: words.method(name))[0] != name  # type: ignore[misc]
    for grade in Grade:
        assert len(set(in_three(bare_app, lambda grade=grade: words.grade_word(grade)))) > 1  # type: ignore[misc]
    for chosen in Chosen:
        well_formed(*in_three(bare_app, lambda chosen=chosen: words.chosen(chosen)))  # type: ignore[misc]


def test_reasons_why_reps_are_left_out_have_words(bare_app: Flask) -> None:
    for code in ("no_outcome", "trained_before_data", "trained_from_first_period", "no_outcome_before_start", "covariate_missing"):
        said = in_three(bare_app, lambda code=code: words.dropped(code, 3))  # type: ignore[misc]
        assert code not in said[0]
        well_formed(*said)


@pytest.mark.parametrize(
    ("measure", "interval", "effect", "written"),
    [
        (Measure("amount", "CNY", 0, "higher", "month", "log"), Interval(0.034, 0.139), 0.0871, ("+9%", "+3% to +15%", "3% to 15%")),
        (Measure("amount", "CNY", 0, "higher", "month", "log"), Interval(-0.14, -0.002), -0.0871, ("−8%", "−13% to −0.2%", "0.2% to 13%")),
        (Measure("rate", "share", 1, "higher", "month"), Interval(0.008, 0.103), 0.0551, ("+6 percentage points", "+1 to +10 percentage points", "1 to 10 percentage points")),
        (Measure("rate", "share", 1, "higher", "month"), Interval(0.004, 0.016), 0.01, ("+1.0 percentage points", "+0.4 to +1.6 percentage points", "0.4 to 1.6 percentage points")),
        (Measure("amount", "CNY", 0, "higher", "month"), Interval(1234.0, 56789.0), 23456.0, ("+¥23,500", "+¥1,230 to +¥56,800", "¥1,230 to ¥56,800")),
        (Measure("count", "customers", 0, "higher", "month"), Interval(-0.22, 1.07), 0.41, ("+0.4 customers", "−0.2 to +1.1 customers", "0.2 to 1.1")),
        (Measure("amount", "lemp", 0, "higher", "year"), Interval(-0.0635, -0.0164), -0.03995, ("−0.040", "−0.064 to −0.016", "0.016 to 0.064")),
    ],
)  # fmt: skip
def test_effects_have_as_many_decimals_as_are_sure(
    bare_app: Flask, measure: Measure, interval: Interval, effect: float, written: tuple[str, str, str]
) -> None:
    with bare_app.test_request_context(), speaking("en"):
        sure = measure.as_sure_as(interval)
        assert sure.effect(effect) == written[0]
        assert sure.range(interval.low, interval.high) == written[1]
        assert sure.sizes(interval.low, interval.high) == written[2]


def test_chinese_readers_get_wan_and_percentage_points(bare_app: Flask) -> None:
    with bare_app.test_request_context(), speaking("zh_Hans"):
        assert Measure("amount", "CNY", 0, "higher", "month").worth(-281_484.0) == "−¥28.1 万"
        assert Measure("rate", "share", 1, "higher", "month", places=0).range(0.01, 0.1) == "+1 至 +10 个百分点"
