"""Words for competencies: the same word in any writing means the same, and an unknown one is said to be unknown."""

from __future__ import annotations

import opencc
from hypothesis import given
from hypothesis import strategies as st

from courses.competencies.matching import Catalogue, folded, unanswered
from courses.competencies.scale import BEGINS, LEVELS, begins, level_of

NEEDS, VISITS = 1, 2
CATALOGUE = Catalogue({folded("Needs analysis"): NEEDS, folded("需求挖掘"): NEEDS, folded("客户拜访"): VISITS})


def test_capitals_width_hyphens_and_script_make_no_difference():
    for word in ("needs analysis", "NEEDS-ANALYSIS", "Ｎｅｅｄｓ　ａｎａｌｙｓｉｓ", " needs  analysis ", "需求挖掘", "需求挖掘 "):
        assert CATALOGUE.resolve(word) == NEEDS
    assert CATALOGUE.resolve("客戶拜訪") == VISITS
    assert CATALOGUE.resolve("needs analyses") is None
    assert CATALOGUE.resolve_all(["客户拜访", "what is this", "客戶拜訪", "需求挖掘"]) == [VISITS, NEEDS]


@given(st.text(alphabet=st.characters(codec="utf-8", categories=("L", "N", "Zs", "Pd")), max_size=30))
def test_folding_twice_is_folding_once_and_capitals_never_count(word):
    once = folded(word)
    assert folded(once) == once
    if word.isascii():
        assert folded(word.upper()) == once


@given(st.text(alphabet="大客户思维拜访评分商机管理需求挖掘异议处理联合生意计划团队协同目标回款", min_size=1, max_size=8))
def test_a_word_in_traditional_characters_is_the_word_in_simplified_ones(word):
    assert folded(opencc.OpenCC("s2t").convert(word)) == folded(word)


def test_words_without_a_competency_are_gathered_over_spellings_and_rooms():
    used = {"courses": {"Discovery": 1, "needs analysis": 4}, "rubrics": {"discovery": 2, "DISCOVERY ": 1, "": 3, "Zeal": 1}}
    first, second = unanswered(CATALOGUE, used)
    assert (first.word, first.uses, first.total) == ("discovery", (("courses", 1), ("rubrics", 3)), 4)
    assert second.word == "Zeal"


@given(st.floats(0, 1))
def test_every_share_lies_in_the_level_that_begins_at_or_below_it(share):
    level = level_of(share)
    assert begins(level) <= share
    assert level == LEVELS[-1] or share < BEGINS[level]
