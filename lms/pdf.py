"""PDFs from templates that extend ``lms/print.html``: WeasyPrint, fonts at hand, no address ever opened.

    render("courses/certificate.html", certificate=certificate)   →  bytes

The same template and values give the same bytes. Only ``data:`` addresses are followed, so nothing a person
wrote into a text can make the server fetch something.
"""

from __future__ import annotations

import hashlib
import logging
import os
import threading
from functools import lru_cache
from pathlib import Path

import weasyprint
from flask import render_template

from lms.assets import PRINT_FONTS, STATIC, AssetsMissing
from lms.figures import PALETTES

FAMILIES = {"Inter": "inter", "Inter Extended": "inter-ext", "Inter beside Chinese": "inter-zh"}
CHINESE = {"Common Chinese": "zh-hans", "Common Traditional Chinese": "zh-hant"}
"""Cut from Noto Sans CJK, which stands behind them for what they lack."""
WEIGHTS = (400, 600)
SANS = {
    "html": 'Inter,"Inter Extended","Common Chinese","Noto Sans CJK SC"',
    "html:lang(zh)": '"Inter beside Chinese","Common Chinese","Noto Sans CJK SC","Inter Extended"',
    "html:lang(zh-Hant)": '"Inter beside Chinese","Common Traditional Chinese","Noto Sans CJK TC","Inter Extended"',
}
BACKGROUNDS = {"ok-bg": "#e2f3ea", "warn-bg": "#fdf1dc", "bad-bg": "#fde9e7"}

_one_at_a_time = threading.Lock()
logging.getLogger("fontTools").setLevel(logging.WARNING)
logging.getLogger("weasyprint").setLevel(logging.ERROR)


def render(template_name: str, **context: object) -> bytes:
    """The template as a PDF with tags (for readers who do not see it), language and title.

    Errors: ``AssetsMissing`` without built assets; whatever the template raises.
    """
    return from_html(render_template(template_name, **context))


def from_html(html: str) -> bytes:
    """A whole HTML document as PDF bytes. WeasyPrint's font map is not for two threads: they take turns."""
    with _one_at_a_time:
        sheet, fonts = _stylesheet(os.getpid())
        document = weasyprint.HTML(string=html, url_fetcher=_fetcher(), base_url=None)
        pdf: bytes = document.write_pdf(
            stylesheets=[sheet],
            font_config=fonts,
            pdf_tags=True,
            pdf_identifier=hashlib.sha256(html.encode()).digest()[:16],
        )
    return pdf


def _fetcher() -> weasyprint.urls.URLFetcher:
    return weasyprint.urls.URLFetcher(allowed_protocols=("data",), allow_redirects=False)


@lru_cache(maxsize=1)
def _stylesheet(process: int) -> tuple[weasyprint.CSS, weasyprint.text.fonts.FontConfiguration]:
    """The style sheet and its loaded fonts, once per process."""
    fonts = weasyprint.text.fonts.FontConfiguration()
    variables = PALETTES["print"] | BACKGROUNDS
    colours = "".join(f"--{name}:{value};" for name, value in variables.items())
    families = "".join(f"{selector}{{--sans:{value},sans-serif}}" for selector, value in SANS.items())
    faces = "".join(_face(family, PRINT_FONTS / f"{file}-{weight}.ttf", weight) for family, file in FAMILIES.items() for weight in WEIGHTS)
    cuts = ((family, PRINT_FONTS / f"{file}-{weight}.otf", weight) for family, file in CHINESE.items() for weight in WEIGHTS)
    faces += "".join(_face(family, path, weight) for family, path, weight in cuts if path.exists())
    text = faces + f"html{{{colours}}}" + families + (STATIC / "css" / "print.css").read_text()
    ours = weasyprint.urls.URLFetcher(allowed_protocols=("file",), allow_redirects=False)  # for this sheet alone, which nobody else writes
    return weasyprint.CSS(string=text, font_config=fonts, url_fetcher=ours), fonts


def _face(family: str, path: Path, weight: int) -> str:
    if not path.exists():
        raise AssetsMissing("no fonts for PDFs: run `flask assets build`")
    return f'@font-face{{font-family:"{family}";font-weight:{weight};src:url({path.as_uri()})}}'
