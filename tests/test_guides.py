"""The guides speak the product's own words: every label in bold stands on a page, every picture and link leads somewhere."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest

from lms.authz import Role
from lms.catalogues import extracted, written
from lms.i18n import PACKAGES
from tests.test_architecture import ROOT

GUIDE = ROOT / "docs" / "guide"
GUIDES = sorted(GUIDE.glob("*.md"))
VARIABLE = re.compile(r"%\(\w+\)[sd]")


@cache
def labels(chinese: bool) -> frozenset[str]:
    """The texts of all pages, in one language; what changes in them is written as …"""
    found = set()
    for package in PACKAGES:
        ids = {message.id if isinstance(message.id, str) else message.id[0] for message in extracted(package) if message.id}
        for message in written(package, "zh_Hans") if chinese else ():
            if message.id in ids and isinstance(message.string, str):
                found.add(message.string)
        found |= set() if chinese else ids
    return frozenset(VARIABLE.sub("…", text) for text in found)


@pytest.mark.parametrize("guide", GUIDES, ids=lambda path: path.name)
def test_every_label_in_bold_stands_on_a_page(guide: Path) -> None:
    bold = re.findall(r"\*\*(.+?)\*\*", guide.read_text(encoding="utf-8"))
    said = [text for text in bold if not text.endswith(("。", ".")) or text in labels(guide.name.endswith(".zh.md"))]
    assert len(said) > 10
    strange = sorted({text for text in said if text not in labels(guide.name.endswith(".zh.md"))})
    assert not strange, f"{guide.name} names what no page says: {strange}"


@pytest.mark.parametrize("guide", GUIDES, ids=lambda path: path.name)
def test_every_link_and_picture_of_a_guide_is_there(guide: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", guide.read_text(encoding="utf-8")):
        assert (guide.parent / target).is_file(), f"{guide.name}: {target}"


def test_every_role_has_a_guide_in_both_languages_and_the_readme_leads_there() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for role in Role:
        for name in (f"{role.value}.md", f"{role.value}.zh.md"):
            assert (GUIDE / name).is_file()
            assert f"docs/guide/{name}" in readme
