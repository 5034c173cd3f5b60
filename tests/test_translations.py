"""Chinese and English are complete: no text without its Chinese, no stray placeholder, no dead entry."""

from __future__ import annotations

import re

import opencc
import pytest

from lms.catalogues import extracted, folder, in_traditional, traditional, untranslated, unused, written
from lms.config import ROOT
from lms.i18n import PACKAGES, supported

PLACEHOLDER = re.compile(r"%\((\w+)\)[sd]|\{(\w+)\}")


@pytest.mark.parametrize("package", PACKAGES)
def test_every_text_has_its_chinese(package: str) -> None:
    missing = untranslated(package)
    assert not missing, f"Add to {folder(package, 'zh_Hans')}: {missing}"


@pytest.mark.parametrize("package", PACKAGES)
def test_no_entry_is_dead(package: str) -> None:
    dead = unused(package)
    assert not dead, f"Nothing uses these any more; remove them from {package}'s catalogue: {dead}"


def test_the_same_english_has_one_chinese() -> None:
    """All packages share one catalogue when the pages are worded: two translations would depend on the order."""
    found: dict[tuple[str, str | None], dict[str, str]] = {}
    for package in PACKAGES:
        for message in written(package, "zh_Hans"):
            if message.id:
                key = message.id if isinstance(message.id, str) else message.id[0]
                found.setdefault((key, message.context), {})[str(message.string)] = package
    clashes = {key[0]: strings for key, strings in found.items() if len(strings) > 1}
    assert not clashes, f"Agree on one, or word the English apart: {clashes}"


@pytest.mark.parametrize("package", PACKAGES)
def test_placeholders_are_kept(package: str) -> None:
    for message in written(package, "zh_Hans"):
        ids = message.id if isinstance(message.id, tuple) else (message.id,)
        strings = message.string if isinstance(message.string, tuple) else (message.string,)
        wanted = set(PLACEHOLDER.findall(ids[-1]))
        for text in strings:
            assert set(PLACEHOLDER.findall(text)) == wanted, (message.id, text)


@pytest.mark.parametrize("package", PACKAGES)
def test_traditional_chinese_is_complete(package: str) -> None:
    hans = written(package, "zh_Hans")
    hant = traditional(hans, written(package, "zh_Hant"))
    assert {m.id for m in hant} == {m.id for m in hans}
    assert all(all(m.string) for m in hant if m.id)


def test_no_text_hides_where_extraction_does_not_look() -> None:
    """A text within an f-string is not found, so nobody is told that its Chinese is missing."""
    hidden = re.compile(r"""\bf["'][^\n]*\{n?_l?\(""")
    found = [f"{path.relative_to(ROOT)}" for package in PACKAGES for path in (ROOT / package).rglob("*.py") if hidden.search(path.read_text())]
    assert not found, f"Take the text out of the f-string: {found}"


@pytest.mark.parametrize("package", PACKAGES)
def test_every_correction_of_traditional_chinese_corrects_something(package: str) -> None:
    there = {(m.id if isinstance(m.id, str) else m.id[0], m.context) for m in written(package, "zh_Hans")}
    corrections = {(m.id if isinstance(m.id, str) else m.id[0], m.context) for m in written(package, "zh_Hant") if m.id}
    assert corrections <= there


def test_extraction_sees_code_and_templates() -> None:
    ids = {m.id for m in extracted("lms") if isinstance(m.id, str)}
    assert "Your role does not allow this. Ask your administrator if you need it." in ids


@pytest.mark.parametrize(
    ("tag", "locale"),
    [("zh", "zh_Hans"), ("zh-CN", "zh_Hans"), ("zh-TW", "zh_Hant"), ("zh-HK", "zh_Hant"), ("zh-Hant-HK", "zh_Hant"),
     ("zh-SG", "zh_Hans"), ("en-GB", "en"), ("fr", None), ("*", None)],
)
def test_a_browser_language_means_the_right_one_of_ours(tag: str, locale: str | None) -> None:
    assert supported(tag) == locale


def test_traditional_chinese_speaks_of_courses_not_of_programs() -> None:
    found = in_traditional("课程已发布，分配对象和类型待审核，您没有权限。", opencc.OpenCC("s2twp"))
    assert found == "課程已發布，分配對象和類型待審核，您沒有權限。"


def test_traditional_chinese_is_cut_into_words_in_the_right_places() -> None:
    found = in_traditional("已发布 3 项目标，5 天后按周提醒“张三”，一百次里约五次。", opencc.OpenCC("s2twp"))
    assert found == "已發布 3 項目標，5 天後按週提醒「張三」，一百次裡約五次。"
