"""The kinds with parts, orders, formulas, spots and open answers: worked by hand, and what their grades must not depend on."""

from __future__ import annotations

import random
import time
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assessments.grading import notation
from assessments.grading.answers import BadAnswer
from assessments.grading.answers import parse as parse_answer
from assessments.grading.areas import Area, holds
from assessments.grading.expressions import Expression, read, text_of
from assessments.grading.formula import BadFormula, Variable, drawn, evaluate
from assessments.grading.grade import Item, fits, grade, share
from assessments.grading.keys import TextKey
from assessments.grading.notation import BadNotation
from assessments.grading.open_text import settled
from assessments.grading.parts import OrderCredit, OrderKey, shape_of
from assessments.grading.questions import BadQuestion, Question, parse, public_view, to_json
from tests.assessments.grading.formulas import expressions
from tests.assessments.grading.kinds import HALF, NEW, RIGHT, WRONG

F = Fraction


def answered(question: Question, data: Any) -> tuple[str, ...]:
    ids = [each.id for each in question.options]
    shape = shape_of(question.kind, question.parts, ids) if question.parts else None
    return parse_answer(question.kind, ids, data, shape)


def earns(kind: str, data: Any) -> Fraction:
    question = parse(NEW[kind])
    return share(question.key, answered(question, data))


@pytest.mark.parametrize("kind", NEW)
def test_a_question_is_itself_after_being_written_and_read(kind: str) -> None:
    assert to_json(parse(NEW[kind])) == NEW[kind]


@pytest.mark.parametrize("kind", sorted(set(RIGHT) - {"open_text"}))
def test_what_is_right_earns_all_and_what_is_wrong_nothing(kind: str) -> None:
    assert earns(kind, RIGHT[kind]) == 1
    assert earns(kind, WRONG[kind]) == 0


@pytest.mark.parametrize("kind", HALF)
def test_each_part_earns_its_share(kind: str) -> None:
    assert earns(kind, HALF[kind]) == F(1, 2)


def test_a_cloze_earns_a_third_for_each_of_three_gaps() -> None:
    assert earns("cloze", {"2": "price"}) == 0
    assert earns("cloze", {"2": "disappointment"}) == F(1, 3), "dis*t is a pattern"
    assert earns("cloze", {"1": "b", "3": "29.5"}) == F(2, 3)


@pytest.mark.parametrize(
    ("given", "pairs", "places", "exact"),
    [
        ({"a": 1, "b": 2, "c": 3, "d": 4}, 1, 1, 1),
        ({"b": 1, "a": 2, "c": 3, "d": 4}, F(5, 6), F(1, 2), 0),
        ({"d": 1, "c": 2, "b": 3, "a": 4}, 0, 0, 0),
        ({"d": 1, "a": 2, "b": 3, "c": 4}, F(1, 2), 0, 0),
        ({"a": 1, "b": 1, "c": 1, "d": 1}, 0, F(1, 4), 0),
        ({"a": 1, "b": 2}, F(1, 6), F(1, 2), 0),
    ],
)
def test_orders_by_hand(given: dict[str, int], pairs: Any, places: Any, exact: Any) -> None:
    answer = parse_answer("ordering", list("abcd"), given)
    found = [share(OrderKey(tuple("abcd"), credit), answer) for credit in (OrderCredit.PAIRS, OrderCredit.PLACES, OrderCredit.EXACT)]
    assert found == [pairs, places, exact]


@settings(max_examples=60)
@given(st.sampled_from(sorted(set(RIGHT) - {"open_text"})), st.data())
def test_a_grade_depends_neither_on_the_order_of_options_nor_on_that_of_answers(kind: str, data: Any) -> None:
    given = data.draw(st.sampled_from([RIGHT[kind], WRONG[kind]]))
    shuffled = dict(data.draw(st.permutations(list(given.items()))))
    body = NEW[kind].get("body") or {}
    changed = {**NEW[kind], "options": data.draw(st.permutations(NEW[kind]["options"]))}
    if "parts" in body:
        changed["body"] = {"parts": data.draw(st.permutations(body["parts"]))}
    question = parse(changed)
    assert share(question.key, answered(question, shuffled)) == earns(kind, given)


@settings(max_examples=60)
@given(st.sampled_from(sorted(set(RIGHT) - {"open_text"})), st.randoms(use_true_random=False))
def test_every_share_lies_between_nothing_and_all(kind: str, chance: random.Random) -> None:
    question = parse(NEW[kind])
    ids = [each.id for each in question.options]
    if kind == "hotspot":
        data: Any = {"x": str(chance.randint(0, 100)), "y": str(chance.randint(0, 100))}
    elif kind == "ordering":
        data = {id_: chance.randint(1, 3) for id_ in ids if chance.random() > 0.2}
    else:
        data = {}
        for part in question.parts:
            own = [each.id for each in part.options] or ids or ["true", "false"]
            data[part.id] = chance.choice(own) if part.kind in ("single", "true_false") else str(chance.randint(0, 40))
            if part.kind == "multiple":
                data[part.id] = [each for each in own if chance.random() > 0.5]
    assert 0 <= share(question.key, answered(question, data)) <= 1


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        ("matching", {"p9": "k1"}),
        ("matching", {"p1": "k9"}),
        ("matching", ["nothing"]),
        ("matching", 7),
        ("ordering", {"k1": "4"}),
        ("ordering", {"k1": "0"}),
        ("ordering", {"k9": "1"}),
        ("scenario", {"p2": "maybe"}),
        ("hotspot", {"x": "101", "y": "2"}),
        ("hotspot", {"x": "5", "y": ""}),
        ("hotspot", "5;6"),
    ],
)
def test_an_answer_that_cannot_be_is_refused(kind: str, data: Any) -> None:
    with pytest.raises(BadAnswer):
        answered(parse(NEW[kind]), data)


def test_an_empty_part_is_no_answer() -> None:
    assert answered(parse(NEW["matching"]), {"p1": "", "p2": [""]}) == ()
    assert answered(parse(NEW["hotspot"]), {"x": [""], "y": [""]}) == ()


@pytest.mark.parametrize("kind", NEW)
def test_a_taker_sees_no_key(kind: str) -> None:
    view = public_view(parse(NEW[kind]))
    assert "key" not in view
    said = str(view)
    assert "discount" not in said
    assert "formula" not in said
    assert "Names the need" not in said


# --- formulas -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("formula", "value"),
    [
        ("1 + 2 * 3", 7),
        ("(1 + 2) * 3", 9),
        ("2 ^ 3 ^ 2", 512),
        ("-2 ^ 2", -4),
        ("10 / 4 / 5", F(1, 2)),
        ("round(2.345; 2)", F("2.35")),
        ("round(-2.5)", -3),
        ("max(1, a, 3) - min(a; 2) + abs(-1)", F("11.5") - 2),
        ("0.1 + 0.2", F("0.3")),
        ("2^-1", F(1, 2)),
    ],
)
def test_formulas_by_hand(formula: str, value: Any) -> None:
    assert evaluate(formula, {"a": F("10.5")}) == value


@pytest.mark.parametrize("formula", ["", "1 +", "a b", "__import__('os')", "1/0", "9^9^9", "x", "(" * 100, "1 if a else 2", "2^21", "round(1; 10)", "a.real", "-" * 200 + "1"])
def test_what_is_no_formula_is_refused(formula: str) -> None:
    with pytest.raises(BadFormula):
        evaluate(formula, {"a": F(1)})


@given(expressions(["a", "b_1"]))
def test_a_formula_that_is_written_is_read_again_the_same(formula: Expression) -> None:
    assert read(text_of(formula)) == formula
    assert text_of(read(text_of(formula))) == text_of(formula)


@pytest.mark.parametrize(
    ("formula", "text"),
    [
        ("((a)) * (b - (c))", "a * (b - c)"),
        ("a - (b - c) - d", "a - (b - c) - d"),
        ("(a / b) / (c * d)", "a / b / (c * d)"),
        ("(-a) ^ 2 - -b ^ 2", "(-a) ^ 2 - (-b ^ 2)"),
        ("(2 ^ a) ^ b ^ -c", "(2 ^ a) ^ b ^ (-c)"),
        ("-(a + b) * max(a,-b)", "-(a + b) * max(a; -b)"),
    ],
)
def test_a_formula_is_written_with_the_brackets_it_needs(formula: str, text: str) -> None:
    assert text_of(read(formula)) == text
    assert read(text) == read(formula)


def test_the_same_seed_draws_the_same_numbers_and_other_seeds_reach_all() -> None:
    variables = [Variable("a", F(1), F(3), F("0.5"))]
    assert drawn(variables, 7) == drawn(variables, 7)
    assert {drawn(variables, seed)["a"] for seed in range(100)} == {F(1), F("1.5"), F(2), F("2.5"), F(3)}


def test_a_calculated_answer_is_judged_by_its_own_numbers() -> None:
    question = parse(NEW["calculated"])
    values = {"a": F(40), "b": F("2.5")}
    assert share(question.key, ("39",), values=values) == 1
    assert share(question.key, ("39.01 k€",), values=values) == 1
    assert share(question.key, ("39.02",), values=values) == 0


def test_a_formula_that_may_divide_by_nothing_is_refused_when_it_is_written() -> None:
    changed = {**NEW["calculated"], "key": {**NEW["calculated"]["key"], "formula": "1 / (a - 25)"}}
    with pytest.raises(BadQuestion, match="question_formula_fails"):
        parse(changed)


# --- spots, spellings, graders ---------------------------------------------------------------------


@given(st.integers(0, 1000), st.integers(0, 1000))
def test_a_rectangle_is_the_polygon_of_its_corners(x: int, y: int) -> None:
    rectangle = Area("rectangle", (100, 200, 300, 400))
    polygon = Area("polygon", (100, 200, 300, 200, 300, 400, 100, 400))
    assert holds(rectangle, x, y) == holds(polygon, x, y)


def test_the_edge_belongs_to_an_ellipse() -> None:
    ellipse = Area("ellipse", (500, 500, 100, 50))
    assert [holds(ellipse, *point) for point in ((600, 500), (500, 450), (601, 500), (571, 536))] == [True, True, False, False]


@pytest.mark.parametrize(
    ("pattern", "text", "whether"),
    [
        ("key * manager", "key account manager", True),
        ("key*", "key", True),
        ("*key*", "the keys", True),
        ("a*b*a", "aba", True),
        ("a*a", "a", False),
        ("ab*ba", "aba", False),
        ("a*b*c", "acb", False),
        ("a*b*b*c", "abc", False),
    ],
)
def test_patterns_by_hand(pattern: str, text: str, whether: bool) -> None:
    assert fits(pattern, text) is whether


def test_no_pattern_takes_long() -> None:
    """The pattern and text that cost a backtracking matcher billions of steps."""
    before = time.process_time()
    assert not fits("a*a*a*a*a*b", "a" * 20_000)
    assert time.process_time() - before < 5


def test_a_spelling_may_earn_a_part() -> None:
    key = TextKey(("customer",), False, (), (("client", F(1, 2)), ("buyer", F(1, 3))))
    assert [share(key, (text,)) for text in ("Customer", "client", "BUYER", "seller")] == [1, F(1, 2), F(1, 3), 0]


@pytest.mark.parametrize(
    ("shares", "wanted", "counts"),
    [
        ([], 1, None),
        ([F(1, 2)], 1, F(1, 2)),
        ([F(1, 2)], 2, None),
        ([F(1, 2), F(3, 4)], 2, F(5, 8)),
        ([F(0), F(1, 2)], 2, None),
        ([F(0), F(1, 2), F(1, 3)], 2, F(1, 3)),
    ],
)
def test_two_graders_far_apart_need_a_third(shares: list[Fraction], wanted: int, counts: Fraction | None) -> None:
    assert settled(shares, wanted) == counts


def test_an_open_answer_waits_for_its_grader_and_an_empty_one_does_not() -> None:
    key = parse(NEW["open_text"]).key
    waiting = grade([Item(1, key, 2)], {1: ("words",)}, F(1, 2))
    assert waiting.pending
    assert not waiting.passed
    assert not grade([Item(1, key, 2)], {}, F(1, 2)).pending
    judged = grade([Item(1, key, 2, hand=F(3, 4))], {1: ("words",)}, F(1, 2))
    assert not judged.pending
    assert judged.earned == F(3, 2)


# --- lines of authors ------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", notation.NOTED)
def test_lines_written_are_lines_read(kind: str) -> None:
    before = NEW[kind]
    found = notation.read(kind, notation.write(kind, before, "en"), "en", before)
    if "options" in found:
        wanted = sorted(found["options"], key=lambda each: str(each["id"]))
        assert [each["id"] for each in wanted] == [each["id"] for each in before["options"]]
        assert all(each["text"]["zh_Hans"] for each in wanted), "the words in other languages stay"
    if "parts" in found.get("body", {}):
        assert found["body"] == before["body"]
    key: Mapping[str, Any] = before["key"]
    assert all(key[name] == value for name, value in found["key"].items())


@pytest.mark.parametrize(
    ("kind", "text", "code", "line"),
    [
        ("matching", "a -> b\n\nc d", "notation_pair", 3),
        ("cloze", "* right", "notation_head_first", 1),
        ("cloze", "[[1]]\n- wrong\n- wrong", "notation_no_right", 1),
        ("scenario", "? One\n* a\n- b\n? Two", "notation_right", 4),
        ("scenario", "? One\n# twelve", "notation_number", 2),
        ("calculated", "a = 1", "notation_variable", 1),
        ("hotspot", "circle 1 2 3", "notation_area", 1),
        ("open_text", "? One\n0 No\nyes", "notation_level", 3),
        ("ordering", " \n", "notation_empty", 1),
    ],
)
def test_a_line_that_cannot_be_read_is_named(kind: str, text: str, code: str, line: int) -> None:
    with pytest.raises(BadNotation) as caught:
        notation.read(kind, text, "en", None)
    assert (caught.value.code, caught.value.line) == (code, line)
