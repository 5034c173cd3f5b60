"""The pure rules of surveys: what is asked, how answers are read, what may be shown, which figures are made of it."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assessments.grading.estimates import Estimate
from assessments.surveys import answers, branching, builtin, items, measures, suppression, terms
from assessments.surveys.items import Item, Unreadable
from assessments.surveys.summary import Given, summarise
from assessments.surveys.suppression import Cell
from lms.values import NotEstimable


def survey(*data: dict[str, object]) -> tuple[Item, ...]:
    return items.from_json([{"text": {"en": str(each["id"])}, **each} for each in data])


def choice(id_: str, kind: str = "single", **more: object) -> dict[str, object]:
    return {"id": id_, "kind": kind, "options": [{"id": o, "text": {"en": o}} for o in "abc"], **more}


def only(question: str, *values: str) -> dict[str, object]:
    return {"condition": {"question": question, "values": list(values)}}


# --- branching ------------------------------------------------------------------------------------


def test_a_question_is_asked_only_after_the_answer_it_depends_on() -> None:
    found = survey(choice("q1"), {"id": "q2", "kind": "open", **only("q1", "a")})
    assert branching.asked(found, {"q1": "a"}) == ("q1", "q2")
    assert branching.asked(found, {"q1": "b"}) == ("q1",)
    assert branching.asked(found, {}) == ("q1",)


def test_the_answer_to_a_question_that_is_not_asked_counts_for_nothing() -> None:
    found = survey(choice("q1"), choice("q2", **only("q1", "a")), {"id": "q3", "kind": "open", **only("q2", "b")})
    assert branching.asked(found, {"q1": "b", "q2": "b"}) == ("q1",)


def test_a_condition_on_a_section_holds_for_all_in_it() -> None:
    found = survey(choice("q1"), {"id": "s1", "kind": "section", **only("q1", "c")}, {"id": "q2", "kind": "open"})
    assert "q2" not in branching.asked(found, {"q1": "a"})
    assert "q2" in branching.asked(found, {"q1": "c"})


@pytest.mark.parametrize(
    ("data", "code"),
    [
        ([{"id": "q1", "kind": "open", **only("q9", "a")}], "unknown"),
        ([{"id": "q1", "kind": "open", **only("q2", "a")}, choice("q2")], "later"),
        ([{"id": "q1", "kind": "open"}, {"id": "q2", "kind": "open", **only("q1", "a")}], "kind"),
        ([choice("q1"), {"id": "q2", "kind": "open", **only("q1", "z")}], "values"),
        ([choice("q1"), choice("q2", **only("q1", "a")), {"id": "s1", "kind": "section", **only("q1", "b")},
          {"id": "q3", "kind": "open", **only("q2", "a")}], "contradiction"),
    ],
)  # fmt: skip
def test_questions_that_nobody_can_be_asked_are_found(data: list[dict[str, object]], code: str) -> None:
    assert branching.unreachable(survey(*data))[-1].code == code


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_what_is_called_unreachable_is_what_no_answers_lead_to(data: st.DataObject) -> None:
    """Against all 4 × 4 × 8 ways of answering two single and one multiple choice."""
    values = st.lists(st.sampled_from("abc"), min_size=1, max_size=3, unique=True)

    def depends(*on: str) -> dict[str, object]:
        source = data.draw(st.sampled_from([None, *on]))
        return only(source, *data.draw(values)) if source else {}

    found = survey(
        choice("q1"), choice("q2", **depends("q1")), choice("q3", "multiple", **depends("q1", "q2")),
        {"id": "s1", "kind": "section", **depends("q1", "q2", "q3")}, {"id": "q4", "kind": "open", **depends("q1", "q2", "q3")},
    )  # fmt: skip
    several = [list(each) for n in range(4) for each in itertools.combinations("abc", n)]
    seen = set()
    for one, two, three in itertools.product((None, *"abc"), (None, *"abc"), several):
        given_ = {k: v for k, v in {"q1": one, "q2": two, "q3": three}.items() if v}
        seen |= set(branching.asked(found, given_))
    assert {each.item for each in branching.unreachable(found)} == {item.id for item in found} - seen


# --- reading answers ------------------------------------------------------------------------------


@pytest.mark.parametrize(("typed", "kept"), [("1,250", 1250), ("−3.5", -3.5), ("1,5", None), ("many", None)])
def test_a_number_is_read_as_its_giver_meant_it_or_asked_for_again(typed: str, kept: float | None) -> None:
    found = items.from_json([{"id": "q1", "kind": "number", "text": {"en": "How many?"}}])
    given_, problems = answers.read(found, {"q1": [typed]})
    assert (given_.get("q1"), problems) == ((kept, {}) if kept is not None else (None, {"q1": "survey_answer_number"}))


def test_answers_are_read_and_those_that_are_missing_are_named() -> None:
    found = items.from_json(builtin.REACTION["items"])
    raw = {f"q1.r{n}": ["e"] for n in range(1, 5)} | {"q2": ["3"], "q3": ["Too long"], "q4": ["c", "a"]}
    given_, problems = answers.read(found, raw)
    assert not problems
    assert given_["q1"] == {f"r{n}": "e" for n in range(1, 5)}
    assert (given_["q2"], given_["q3"], given_["q4"]) == (3, "Too long", ["a", "c"])
    assert answers.read(found, {})[1] == {"q1": "survey_answer_required", "q2": "survey_answer_required"}
    assert answers.read(found, {"q1.r1": ["e"], "q2": ["11"]})[1] == {"q1": "survey_answer_rows", "q2": "survey_answer_unknown"}


def test_what_was_typed_into_a_branch_that_was_left_again_is_not_kept() -> None:
    found = items.from_json(builtin.REACTION["items"])
    raw = {f"q1.r{n}": ["e"] for n in range(1, 5)} | {"q2": ["9"], "q3": ["typed before"]}
    assert "q3" not in answers.read(found, raw)[0]


def test_a_ranking_needs_each_place_once() -> None:
    (item,) = survey(choice("q1", "ranking"))
    assert answers.read_one(item, {"q1.a": ["2"], "q1.b": ["1"], "q1.c": ["3"]}) == ["b", "a", "c"]
    with pytest.raises(answers.Problem, match="ranks"):
        answers.read_one(item, {"q1.a": ["1"], "q1.b": ["1"], "q1.c": ["3"]})


@settings(max_examples=150, deadline=None)
@given(st.dictionaries(st.sampled_from([f"q{n}" for n in range(1, 7)] + ["q1.r1", "q2.a"]), st.lists(st.text(max_size=20), max_size=3)))
def test_nothing_that_can_be_sent_breaks_the_reader(raw: dict[str, list[str]]) -> None:
    for template in builtin.TEMPLATES.values():
        answers.read(items.from_json(template["items"]), raw)


def test_every_template_is_sound_and_says_all_in_both_languages() -> None:
    for name, template in builtin.TEMPLATES.items():
        found = items.from_json(template["items"])
        assert items.from_json(items.to_json(found)) == found, name
        assert not branching.unreachable(found), name
        texts = [template["title"], *(each.text for item in found for each in (item, *item.options, *item.rows))]
        assert all(text["en"] and text["zh_Hans"] for text in texts), name


def test_content_that_is_no_survey_is_refused() -> None:
    for data in (None, [1], [{"id": "q1", "kind": "poem", "text": {"en": "x"}}], [choice("q1", text={})], [choice("q1"), choice("q1")]):
        with pytest.raises(Unreadable):
            items.from_json([{"text": {"en": "x"}, **each} if isinstance(each, dict) else each for each in data] if isinstance(data, list) else data)


# --- anonymity ------------------------------------------------------------------------------------

CELLS = st.dictionaries(st.tuples(st.integers(0, 4), st.integers(0, 1)), st.integers(1, 12), max_size=6)
SENDINGS = st.lists(CELLS, min_size=1, max_size=6)


def closed_of(counts: list[dict[tuple[int, int], int]]) -> list[dict[Cell, int]]:
    return [{(at, unit, about): n for (unit, about), n in cells.items()} for at, cells in enumerate(counts)]


@settings(max_examples=300, deadline=None)
@given(SENDINGS, st.data())
def test_no_pair_of_filters_reveals_a_group_under_five(counts: list[dict[tuple[int, int], int]], data: st.DataObject) -> None:
    """Both views, their union, what they share and either difference rest on five answers or on none."""
    closed = closed_of(counts)
    n_of = {cell: n for cells in closed for cell, n in cells.items()}
    cells = sorted(n_of)
    allowed = suppression.groups(closed)
    selection = st.frozensets(st.sampled_from(cells)) if cells else st.just(frozenset())
    one = suppression.shown(allowed, data.draw(selection))
    two = suppression.shown(allowed, data.draw(selection))
    for found in (one, two, one | two, one & two, one - two, two - one, one ^ two):
        n = sum(n_of[cell] for cell in found)
        assert n == 0 or n >= suppression.LEAST


@settings(max_examples=200, deadline=None)
@given(SENDINGS, CELLS)
def test_closing_another_sending_never_changes_a_view_by_fewer_than_five(
    counts: list[dict[tuple[int, int], int]], later: dict[tuple[int, int], int]
) -> None:
    before, after = closed_of(counts), closed_of([*counts, later])
    n_of = {cell: n for cells in after for cell, n in cells.items()}
    early, late = suppression.groups(before), suppression.groups(after)
    assert late[: len(early)] == early
    grown = suppression.shown(late, set(n_of)) - suppression.shown(early, set(n_of))
    n = sum(n_of[cell] for cell in grown)
    assert n == 0 or n >= suppression.LEAST


def test_three_answers_of_one_team_are_joined_to_the_smallest_team_that_has_enough() -> None:
    closed = [{(1, 10, 0): 9, (1, 11, 0): 6, (1, 12, 0): 3}]
    allowed = suppression.groups(closed)
    assert frozenset({(1, 11, 0), (1, 12, 0)}) in allowed
    assert suppression.shown(allowed, {(1, 11, 0)}) == frozenset(), "6 alone would give 3 away by subtraction"
    assert suppression.shown(allowed, {(1, 10, 0)}) == {(1, 10, 0)}


def test_four_answers_wait_for_the_next_sending() -> None:
    first = {(1, 0, 0): 4}
    assert suppression.groups([first]) == []
    assert suppression.groups([first, {(2, 0, 0): 2}]) == [frozenset({(1, 0, 0), (2, 0, 0)})]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 3), st.sampled_from([None, "a", "b"]), st.booleans()), max_size=40), st.data())
def test_no_view_of_any_question_rests_on_fewer_than_five(
    people: list[tuple[int, str | None, bool]], data: st.DataObject
) -> None:
    """Through the summary that pages, exports and commands use: branches and questions left out are groups, too."""
    found = survey(choice("q1"), {"id": "q2", "kind": "open"})
    rows = [Given(str(at), (1, unit, 0), {k: v for k, v in {"q1": pick, "q2": f"text {at}" if writes else None}.items() if v})
            for at, (unit, pick, writes) in enumerate(people)]  # fmt: skip
    views = [data.draw(st.sets(st.integers(0, 3))) for _view in range(2)]
    texts = []
    for units in views:
        results = summarise(found, rows, [1], {(1, unit, 0) for unit in units}, anonymous=True)
        assert all(result.n == 0 or result.n >= 5 for result in results)
        assert all(sum(bar.count for bar in result.bars) in (0, result.n) for result in results)
        texts.append(set(results[1].texts))
    for difference in (texts[0] - texts[1], texts[1] - texts[0]):
        assert not difference or len(difference) >= 5


def test_the_open_answers_of_one_person_do_not_stand_at_the_same_place_in_every_list() -> None:
    found = survey({"id": "q1", "kind": "open"}, {"id": "q2", "kind": "open"})
    rows = [Given(f"{at:032x}", (1, 0, 0), {"q1": f"{at}", "q2": f"{at}"}) for at in range(30)]
    one, two = summarise(found, rows, [1], None, anonymous=True)
    assert sorted(one.texts) == sorted(two.texts)
    assert one.texts != two.texts
    assert one.texts != tuple(each.answers["q1"] for each in rows)


# --- figures --------------------------------------------------------------------------------------


def test_the_net_promoter_score_of_ten_answers_by_hand() -> None:
    """6 promoters, 2 passives, 2 detractors: 40 points; adjusted Wald with 6.75, 3.5, 2.75 of 13."""
    found = measures.nps([10] * 4 + [9] * 2 + [8, 7] + [6, 0])
    assert isinstance(found, Estimate)
    assert found.value == pytest.approx(0.4)
    assert found.interval is not None
    p, d = 6.75 / 13, 2.75 / 13
    half = 1.959964 * math.sqrt((p + d - (p - d) ** 2) / 13)
    assert found.interval.low == pytest.approx(p - d - half)
    assert found.interval.high == pytest.approx(p - d + half)


def test_the_interval_of_the_net_promoter_score_covers_the_truth() -> None:
    rng = np.random.default_rng(7)
    hits = 0
    for _company in range(800):
        values = rng.choice([0, 8, 10], size=15, p=[0.2, 0.3, 0.5])
        found = measures.nps([int(v) for v in values])
        hits += isinstance(found, Estimate) and found.interval is not None and 0.3 in found.interval
    assert 0.925 <= hits / 800 <= 0.975


def test_a_mean_by_hand_stays_on_its_scale_and_has_no_interval_where_all_agree() -> None:
    found = measures.mean([1, 2, 3, 4, 5], 1, 5)
    assert isinstance(found, Estimate)
    assert found.interval is not None
    assert (found.interval.low, found.interval.high) == pytest.approx((3 - 1.963243, 3 + 1.963243), abs=1e-5)
    same = measures.mean([4] * 9, 1, 5)
    assert isinstance(same, Estimate)
    assert same.interval is None
    assert measures.mean([1, 2, 3, 4]) == NotEstimable("survey_too_few", {"n": 4, "least": 5})


def test_the_measure_of_a_respondent_is_the_mean_of_the_measured_questions_from_0_to_1() -> None:
    found = items.from_json(builtin.REACTION["items"])
    assert measures.score(found, {"q1": {"r1": "e", "r2": "e", "r3": "a", "r4": "a"}, "q2": 0}) == pytest.approx(0.5)
    assert measures.score(found, {"q2": 10}) is None


# --- open answers ---------------------------------------------------------------------------------


def test_chinese_answers_are_grouped_by_the_longest_term_that_says_the_same() -> None:
    found = terms.terms(["希望多一些谈判案例", "谈判案例很实用", "讲师很好", "案例太少"])
    by_text = {term.text: term.answers for term in found}
    assert by_text["谈判案例"] == (0, 1)
    assert by_text["案例"] == (0, 1, 3)
    assert "判案" not in by_text


def test_english_answers_are_grouped_by_words_that_say_something() -> None:
    found = terms.terms(["The role-play was great", "more role-play please", "great pace"])
    assert [term.text for term in found] == ["role-play", "great"]
