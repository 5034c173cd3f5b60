"""How to read a report, as a page: the document of the repository in the reader's language."""

from __future__ import annotations

import re
from functools import lru_cache

import opencc
from markupsafe import Markup

from courses import markdown
from lms.config import ROOT

_OTHER_LANGUAGE = re.compile(r"[（(]\[[^\]]+\]\(reading-a-report[^)]*\)[)）]")
_DOCUMENT = re.compile(r"\[([^\]]+)\]\([\w.-]+\.md\)")


@lru_cache(maxsize=3)
def guide(locale: str) -> Markup:
    """The guide in "en", "zh_Hans" or "zh_Hant" (made from 简体), without its title and without links to other files."""
    name = "reading-a-report.md" if locale == "en" else "reading-a-report.zh.md"
    body = (ROOT / "docs" / name).read_text().split("\n", 1)[1]
    body = _DOCUMENT.sub(r"\1", _OTHER_LANGUAGE.sub("", body))
    if locale == "zh_Hant":
        body = opencc.OpenCC("s2twp").convert(body)
    return markdown.render(body)
