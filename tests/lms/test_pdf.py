"""PDFs: the right letters in the right fonts, the same bytes twice, and no address ever opened."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator
from io import BytesIO

import pytest
from flask import Flask, render_template_string
from fontTools.ttLib import TTFont
from pypdf import PdfReader

from lms import assets, components, i18n, pdf
from lms.figures import bars

PAGE = """{% extends "lms/print.html" %}{% block title %}{{ title }}{% endblock %}
{% block main %}<h1>{{ title }}</h1><p>{{ text }}</p>{% block more %}{% endblock %}{% endblock %}"""


@pytest.fixture(scope="module")
def pages() -> Flask:
    """The ground that pages stand on, without a database."""
    app = Flask("lms", root_path=str(assets.ROOT / "lms"))
    app.config.update(
        DEFAULT_LOCALE="en", TIME_ZONE="Asia/Shanghai", CURRENCY="CNY", SECRET_KEY="for-the-tests-alone"
    )
    for ground in (i18n, assets, components):
        ground.init_app(app)
    return app


def rendered(
    pages: Flask,
    text: str,
    locale: str = "en",
    title: str = "Certificate",
    page: str = PAGE,
    **values: object,
) -> bytes:
    with pages.test_request_context():
        return pdf.from_html(render_template_string(page, title=title, text=text, locale=locale, **values))


def reader(content: bytes) -> PdfReader:
    return PdfReader(BytesIO(content))


def fonts(content: bytes) -> set[str]:
    found = set()
    for page in reader(content).pages:
        for font in page["/Resources"]["/Font"].values():  # type: ignore[index]
            found.add(str(font.get_object()["/BaseFont"]).split("+")[-1])
    return found


@pytest.fixture
def planted() -> Iterator[tuple[str, list[str]]]:
    """A server on this machine that notes who knocks."""
    knocks: list[str] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            knocks.append(self.path)
            self.send_response(200)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            return

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", knocks
    server.shutdown()
    server.server_close()


def test_names_of_any_script_survive(pages: Flask) -> None:
    text = reader(rendered(pages, "王芳 李䶮 𠮷田 Žižek Zoë 陳大文")).pages[0].extract_text()
    for name in ("王芳", "李䶮", "𠮷田", "Žižek", "Zoë", "陳大文"):
        assert name in text


def test_the_document_says_its_language_and_title(pages: Flask) -> None:
    document = reader(rendered(pages, "课程", locale="zh_Hans", title="结业证书"))
    assert document.root_object["/Lang"] == "zh-Hans"
    assert document.metadata is not None and document.metadata.title == "结业证书"


def test_the_document_is_tagged_for_readers_who_do_not_see_it(pages: Flask) -> None:
    assert reader(rendered(pages, "Ana")).root_object["/MarkInfo"]["/Marked"]


def test_traditional_chinese_gets_its_own_forms(pages: Flask) -> None:
    assert "Common-Traditional-Chinese" in fonts(rendered(pages, "證書", locale="zh_Hant"))
    assert "Common-Chinese" in fonts(rendered(pages, "证书", locale="zh_Hans"))


def test_rare_characters_come_from_the_installed_font_and_only_they(pages: Flask) -> None:
    assert "Noto-Sans-CJK-SC" not in fonts(rendered(pages, "王芳 2026年 “客户”，《计划》……", locale="zh_Hans", title="证书"))
    assert "Noto-Sans-CJK-SC" in fonts(rendered(pages, "李䶮", locale="zh_Hans"))
    assert "Noto-Sans-CJK-TC" in fonts(rendered(pages, "龘", locale="zh_Hant"))


@pytest.mark.parametrize(("text", "locale"), [("王芳 田 计划", "zh_Hans"), ("陳大文 計畫", "zh_Hant"), ("王芳 李䶮 陳", "en")])
def test_chinese_can_be_copied_out_and_every_sign_is_found_by_its_number(pages: Flask, text: str, locale: str) -> None:
    document = reader(rendered(pages, text, locale=locale))
    assert text in document.pages[0].extract_text()
    for font in document.pages[0]["/Resources"]["/Font"].values():  # type: ignore[index]
        assert font.get_object()["/Encoding"] == "/Identity-H"


def test_a_cut_of_chinese_calls_its_glyphs_by_their_place(pages: Flask) -> None:
    for path in sorted(assets.PRINT_FONTS.glob("zh-*.otf")):
        font = TTFont(path)
        top = font["CFF "].cff.topDictIndex[0]
        assert top.charset == [".notdef", *(f"cid{at:05}" for at in range(1, len(top.charset)))]
        assert len(font.getGlyphOrder()) < 8000
        assert {ord("的"), ord("，"), ord(" ")} <= set(font.getBestCmap())


def test_latin_is_set_in_inter_without_a_variable_font(pages: Flask) -> None:
    assert fonts(rendered(pages, "Ana", title="Ana")) == {"Inter"}


def test_chinese_quotation_marks_come_from_the_chinese_face(pages: Flask) -> None:
    content = rendered(pages, "“”", locale="zh_Hans", title="证书")
    assert not any(name.startswith("Inter") and "Chinese" not in name for name in fonts(content))


def test_the_same_document_is_the_same_to_the_byte(pages: Flask) -> None:
    assert rendered(pages, "王芳 Ana") == rendered(pages, "王芳 Ana")


def test_no_address_in_a_document_is_opened(pages: Flask, planted: tuple[str, list[str]]) -> None:
    address, knocks = planted
    page = """{% extends "lms/print.html" %}{% block title %}T{% endblock %}
    {% block style %}@import url({{ a }}/import.css); @font-face{font-family:X;src:url({{ a }}/font)} body{font-family:X;background:url({{ a }}/back)}{% endblock %}
    {% block main %}<img src="{{ a }}/img"><link rel="stylesheet" href="{{ a }}/link.css"><link rel="attachment" href="{{ a }}/file">
    <object data="{{ a }}/object"></object><svg><image href="{{ a }}/svg"/></svg>{% endblock %}"""
    assert rendered(pages, "", page=page, a=address).startswith(b"%PDF")
    assert knocks == []


def test_a_file_of_the_server_cannot_be_put_into_a_document(pages: Flask) -> None:
    page = """{% extends "lms/print.html" %}{% block title %}T{% endblock %}
    {% block main %}<link rel="attachment" href="file:///etc/passwd"><a rel="attachment" href="file:///etc/passwd">x</a>{% endblock %}"""
    assert not reader(rendered(pages, "", page=page)).attachments


def test_a_figure_is_drawn_with_its_words(pages: Flask) -> None:
    page = """{% extends "lms/print.html" %}{% block title %}T{% endblock %}
    {% block main %}{{ print.figure(option, 400, 160, "zh_Hans", "每人课时") }}{{ print.checks([{"state": "ok", "word": "holds", "question": "Q", "answer": "A"}]) }}{% endblock %}"""
    text = (
        reader(rendered(pages, "", page=page, option=bars(["异议处理", "Needs"], [3, 4])))
        .pages[0]
        .extract_text()
    )
    assert "异议处理" in text and "Needs" in text


def test_markup_in_a_name_stays_text(pages: Flask) -> None:
    text = reader(rendered(pages, "<b>Dov</b> & Ana")).pages[0].extract_text()
    assert "<b>Dov</b> & Ana" in text


def test_a_symbol_that_does_not_exist_is_an_error(pages: Flask) -> None:
    with pages.test_request_context(), pytest.raises(KeyError):
        render_template_string("{{ drawn_icon('no-such-icon') }}")
