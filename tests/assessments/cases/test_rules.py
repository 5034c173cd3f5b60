"""What may be seen when, and what gives away who it was: by hand, without a database."""

from __future__ import annotations

import pytest

from assessments.cases import anonymity
from assessments.cases.case import (
    EMPTY,
    Given,
    Step,
    findable,
    finished,
    missing,
    problem_of,
    seen,
    steps,
    texts,
)
from tests.assessments.cases.factory import content

DONE, TOLD, OPEN = Given(True, True), Given(True, False), Given(False, False)


def test_a_question_opens_when_the_model_answer_before_it_was_opened() -> None:
    assert steps(["a", "b"], {}) == {"a": Step.ANSWER, "b": Step.CLOSED}
    assert steps(["a", "b"], {"a": TOLD}) == {"a": Step.COMPARE, "b": Step.CLOSED}
    assert steps(["a", "b"], {"a": DONE, "b": OPEN}) == {"a": Step.KNOWN, "b": Step.ANSWER}
    assert not finished(["a", "b"], {"a": DONE, "b": TOLD}) and not finished([], {})
    assert finished(["a", "b"], {"a": DONE, "b": DONE})


def test_nothing_of_a_closed_question_and_no_model_answer_before_its_time_is_in_what_is_shown() -> None:
    whole = {**EMPTY, **content()}
    shown = seen(whole, {"k1": TOLD})
    assert "Model of" not in str(shown) and "Truth of" not in str(shown) and "k2?" not in str(shown)
    assert "came back" not in str(shown)
    over = str(seen(whole, {"k1": DONE, "k2": DONE}))
    assert "Model of k2" in over and "came back" in over


def test_a_search_looks_through_nothing_that_gives_an_answer_away() -> None:
    words = findable({"en": "Gears"}, {**EMPTY, **content()})
    assert "gears" in words and "齿轮箱" in words
    assert "model" not in words and "came back" not in words


def test_what_is_missing_is_named_once() -> None:
    assert missing(EMPTY) == ["brief", "questions"]
    whole = {**EMPTY, **content()}
    assert missing(whole) == []
    whole["questions"][0]["model"] = {}
    assert missing(whole) == ["model"]
    assert problem_of({**EMPTY, "stage": "unheard of"}) == "stage" and problem_of({**EMPTY, "minutes": 0}) == "minutes"


def test_every_text_is_checked_under_its_place() -> None:
    places = dict(texts({"en": "T"}, {**EMPTY, **content("k1")}))
    assert places["questions.k1.happened.en"] == "Truth of k1"
    assert {"title.en", "brief.en", "brief.zh_Hans", "aftermath.en"} <= set(places)


@pytest.mark.parametrize(
    ("text", "kind", "found"),
    [
        ("我们拜访了苏州景澜精密有限公司的工厂", "company", "苏州景澜精密有限公司"),
        ("最后与华东重工集团签了合同", "company", "华东重工集团"),
        ("竞争对手是远航股份，报价更低", "company", "远航股份"),
        ("they bought from Lakeside Steel Co., Ltd. before", "company", "Lakeside Steel Co., Ltd."),
        ("a subsidiary of Brinkmann GmbH", "company", "Brinkmann GmbH"),
        ("合同金额３２０万元，分三期", "amount", "３２０万元"),
        ("对方砍价一百二十万", "amount", "一百二十万"),
        ("an offer of CNY 3,200,000 in spring", "amount", "CNY 3,200,000"),
        ("about 1.2 million dollars", "amount", "1.2 million"),
        ("请打13812345678找他", "phone", "13812345678"),
        ("座机 021-65551234 转", "phone", "021-65551234"),
        ("write to wang.jg@jinglan.example.cn today", "email", "wang.jg@jinglan.example.cn"),
        ("后来林晓芸接手", "person", "林晓芸"),
        ("then LIN xiaoyun took over", "person", "LIN xiaoyun"),
        ("景澜的采购总监", "watched", "景澜"),
    ],
)
def test_names_companies_amounts_phones_and_addresses_are_found_with_their_place(text: str, kind: str, found: str) -> None:
    (flag,) = anonymity.find("brief.en", text, ["林晓芸", "Lin Xiaoyun"], ["景澜"])
    assert (flag.kind, flag.text, flag.place) == (kind, found, "brief.en")
    assert text[flag.start : flag.end] == found


@pytest.mark.parametrize(
    "text",
    ["该集团在全国有12家工厂", "每年15万台设备", "Linda and the group of five said no", "增长30%，用了3年", "在2024年谈了4次"],
)
def test_harmless_words_raise_no_flag(text: str) -> None:
    assert anonymity.find("brief.en", text, ["Lin", "林晓芸"]) == []


def test_of_two_flags_that_overlap_the_longer_stands() -> None:
    found = anonymity.find("t", "景澜精密有限公司的王建国", ["王建国"], ["景澜"])
    assert [(each.kind, each.text) for each in found] == [("company", "景澜精密有限公司"), ("person", "王建国")]


def test_the_words_around_a_flag_help_to_judge_it() -> None:
    text = "一二三四五六七八九十" * 3 + "王建国" + "后来离开了"
    (flag,) = anonymity.find("t", text, ["王建国"])
    before, own, after = anonymity.around(text, flag, 4)
    assert (before, own, after) == ("…七八九十", "王建国", "后来离开…")
