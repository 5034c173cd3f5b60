"""House rules of the pages: a title, no inline style or script, no other host, every label a translation."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.test_architecture import FLOORS, ROOT

TEMPLATES = sorted(p for package in FLOORS for p in (ROOT / package).rglob("templates/**/*.html"))


def ident(path: Path) -> str:
    return str(path.relative_to(ROOT))


def is_page(path: Path) -> bool:
    text = path.read_text(encoding="utf-8")
    return "{% extends" in text and not path.name.startswith("_")


@pytest.mark.parametrize("path", TEMPLATES, ids=ident)
def test_nothing_is_inline(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    if "print" in path.parts[-1] or "/print/" in str(path) or path.parent.name in {"pdf", "print"}:
        return
    assert not re.search(r"\sstyle=|\son[a-z]+=\"|<style", text), "the policy forbids inline style and handlers: use a class"
    for tag in re.findall(r"<script\b[^>]*>", text):
        assert "src=" in tag or "application/json" in tag, f"inline script: {tag}"


@pytest.mark.parametrize("path", TEMPLATES, ids=ident)
def test_nothing_comes_from_another_host(path: Path) -> None:
    assert not re.search(r"(?:src|href)=\"(?:https?:)?//", path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", [p for p in TEMPLATES if is_page(p)], ids=ident)
def test_every_page_has_a_title(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    frame = re.search(r"{% extends \"([^\"]+)\" %}", text)
    if frame and not frame[1].startswith("lms/"):
        text += next(p for p in TEMPLATES if str(p).endswith("templates/" + frame[1])).read_text(encoding="utf-8")
    assert re.search(r"{%-? block title", text), "add {% block title %}"


def test_nothing_is_joined_by_a_western_colon_or_comma() -> None:
    """Between two words of a Chinese page stand ： and ，: the marks are translated like words."""
    joined = re.compile(r"(?:\}\}(?:</\w+>)?|endif %\})[:,] (?=\{\{|<)")
    found = [f"{ident(path)}: {match[0]}" for path in TEMPLATES for match in joined.finditer(path.read_text(encoding="utf-8"))]
    assert not found, f"write {{{{ _(': ') }}}} or {{{{ _(', ') }}}}: {found}"


def bare_words(text: str) -> list[str]:
    """Visible words of a template that no translation call surrounds."""
    text = re.sub(r"{#.*?#}|<!--.*?-->", " ", text, flags=re.S)
    text = re.sub(r"{%-?\s*trans.*?endtrans\s*-?%}", " ", text, flags=re.S)
    text = re.sub(r"{% block style %}.*?{% endblock %}", " ", text, flags=re.S)
    text = re.sub(r"<(script|style|svg)\b.*?</\1>", " ", text, flags=re.S)
    text = re.sub(r"{{.*?}}|{%.*?%}", " ", text, flags=re.S)
    text = re.sub(r"<[^>]*>", " ", text, flags=re.S)
    text = re.sub(r"&\w+;", " ", text)
    return [word for word in re.findall(r"[A-Za-z\u4e00-\u9fff]{2,}", text) if word not in ALLOWED]


ALLOWED = {"narrow", "wide", "Needle", "PDF", "XLSX", "CSV", "JSON", "ZIP", "KPI", "ROI", "QR", "HR", "English", "中文", "简体中文", "繁體中文", "见效"}


@pytest.mark.parametrize("path", [p for p in TEMPLATES if p.name != "gallery.html"], ids=ident)
def test_every_word_is_translated(path: Path) -> None:
    words = bare_words(path.read_text(encoding="utf-8"))
    assert not words, f"wrap in {{{{ _('…') }}}}: {words[:8]}"


@pytest.mark.parametrize("path", TEMPLATES, ids=ident)
def test_no_template_names_a_type_of_python(path: Path) -> None:
    used = re.search(r"\btype=(?:int|float|str|bool)\b", path.read_text(encoding="utf-8"))
    assert not used, f"{used and used[0]}: templates do not know it, and the page fails as soon as the value is there: use |int"
