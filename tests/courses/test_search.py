"""The search finds Chinese words of two characters, in either script, and words by their beginning."""

from __future__ import annotations

import pytest

from courses import queries
from courses.words import in_three_languages, terms, words
from tests.courses.factory import actor, make_course, make_draft
from tests.people import Cast


@pytest.fixture
def courses(cast: Cast) -> Cast:
    make_course(cast, code="KA-101", title={"en": "Price objections", "zh_Hans": "价格异议与商务谈判"})
    make_course(
        cast,
        code="KA-102",
        title={"en": "Collection", "zh_Hans": "回款管理"},
        texts={"outline": "How negotiation ends."},
    )
    make_draft(cast, code="KA-103", title={"en": "Draft", "zh_Hans": "谈判草稿"})
    return cast


@pytest.mark.parametrize(
    ("query", "codes"),
    [
        ("谈判", ["KA-101"]),
        ("談判", ["KA-101"]),
        ("回款", ["KA-102"]),
        ("款回", []),
        ("回 款", ["KA-102"]),
        ("OBJECTION", ["KA-101"]),
        ("negot", ["KA-102"]),
        ("ka-102", ["KA-102"]),
        ("谈判 collection", []),
        ("商务谈判 price", ["KA-101"]),
        ("草稿", []),
        ('"', []),
        ("' OR 1=1 --", []),
        ("a* NEAR(b) AND NOT", []),
        ("&|!<->:*", []),
    ],
)
def test_search(courses: Cast, query: str, codes: list[str]) -> None:
    found = queries.catalogue(actor(courses.ana), query=query)
    assert [row.course.code for row in found.rows] == codes
    assert found.total == len(codes)


def test_a_word_in_the_title_comes_before_one_in_the_text(courses: Cast) -> None:
    make_course(courses, code="KA-104", title={"en": "Negotiation"})
    found = queries.catalogue(actor(courses.ana), query="negotiation")
    assert [row.course.code for row in found.rows] == ["KA-104", "KA-102"]


def test_each_ideograph_is_a_word_and_latin_words_stay_whole() -> None:
    assert words("大客户 Key-Account_2 談") == ["大", "客", "户", "key", "account", "2", "谈"]
    assert terms("谈判 Key") == [["谈", "判"], ["key"]]
    assert terms("  ") == []


def test_the_missing_chinese_script_is_made_from_the_other() -> None:
    assert in_three_languages({"zh_Hans": "谈判", "en": ""}) == {"zh_Hans": "谈判", "zh_Hant": "談判"}
    assert in_three_languages({"zh_Hant": "談判"})["zh_Hans"] == "谈判"
