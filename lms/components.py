"""What the component macros need from Python: the address of this page with something changed, sparklines."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache, lru_cache
from pathlib import Path
from urllib.parse import urlencode

from flask import Flask, request
from markupsafe import Markup

from lms.assets import asset
from lms.figure_options import Option, sparkline_points
from lms.figures import PALETTES, svg

ICONS = Path(__file__).resolve().parent / "static" / "icons.svg"


def url_with(**changes: object) -> str:
    """This page's address with query arguments changed; ``None`` takes one away. Sorting, paging and filters use it."""
    arguments = {key: values for key, values in request.args.lists() if key not in changes}
    arguments |= {key: [str(value)] for key, value in changes.items() if value is not None}
    query = urlencode(arguments, doseq=True)
    return f"{request.path}?{query}" if query else request.path


def pages_around(number: int, pages: int) -> list[int | None]:
    """Page numbers worth a link: first, last and the neighbours of ``number``; None stands for a gap."""
    shown = sorted({1, pages, *range(max(1, number - 1), min(pages, number + 1) + 1)})
    found: list[int | None] = []
    for page in shown:
        if found and page - (found[-1] or 0) == 2:
            found.append(page - 1)
        elif found and page - (found[-1] or 0) > 2:
            found.append(None)
        found.append(page)
    return found


def sparkline(values: Sequence[float | None], target: float | None = None) -> Markup:
    """A small line without axes, decoration beside the figure that it belongs to. None breaks the line; of nothing nothing is drawn."""
    drawn = sparkline_points(values, width=120, height=44, target=target)
    if drawn["last"] is None:
        return Markup()
    dashed = "" if drawn["target"] is None else f'<line class="target" x1="0" x2="120" y1="{drawn["target"]}" y2="{drawn["target"]}"/>'
    lines = "".join([f'<polyline class="line" points="{points}"/>' for points in drawn["lines"]])
    dots = "".join([f'<path class="dot" d="M{x} {y}h0"/>' for x, y in (*drawn["dots"], drawn["last"])])
    return Markup(_SPARKLINE + dashed + lines + dots + "</svg>")  # noqa: S704 -- nothing in it but numbers


_SPARKLINE = '<svg class="sparkline" viewBox="0 0 120 44" preserveAspectRatio="none" aria-hidden="true">'


_ICON = Markup('<svg class="icon {}" viewBox="0 0 24 24" {}><use href="{}#{}"/></svg>')


@lru_cache(maxsize=2048)
def _icon(sprite: str, name: str, label: str | None, extra: str) -> Markup:
    seen = Markup('role="img" aria-label="{}"').format(label) if label else Markup('aria-hidden="true"')
    return _ICON.format(extra, seen, sprite, name)


def icon(name: str, label: str | None = None, **attributes: str) -> Markup:
    """A symbol of ``lms/static/icons.svg``. Without a label it is decoration beside a word. ``class``: more classes."""
    return _icon(asset("icons.svg"), name, str(label) if label else None, attributes.get("class", ""))


@cache
def _symbols() -> dict[str, str]:
    return dict(re.findall(r'<symbol id="([^"]+)"[^>]*>(.*?)</symbol>', ICONS.read_text(), re.S))


def drawn_icon(name: str, label: str = "", colour: str = "ink") -> Markup:
    """A symbol of the sprite drawn in place, for documents that cannot refer to it. Errors: ``KeyError``."""
    frame = Markup(
        '<svg viewBox="0 0 24 24" role="img" aria-label="{}" fill="none" stroke="{}" '
        'stroke-width="2.6" stroke-linecap="round" stroke-linejoin="round">{}</svg>'
    )
    return frame.format(label, PALETTES["print"][colour], Markup(_symbols()[name]))


def drawn_figure(option: Option, width: int, height: int, locale: str = "en", alt: str = "") -> Markup:
    """A figure as SVG in place, for PDFs."""
    drawn = svg(option, width=width, height=height, theme="print", locale=locale)
    return Markup(drawn.replace("<svg ", Markup('<svg role="img" aria-label="{}" ').format(alt), 1))


def init_app(app: Flask) -> None:
    app.jinja_env.globals.update(
        icon_markup=icon,
        url_with=url_with,
        pages_around=pages_around,
        sparkline=sparkline,
        drawn_icon=drawn_icon,
        drawn_figure=drawn_figure,
    )
