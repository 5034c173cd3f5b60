"""Markdown of trainers as safe HTML: no raw HTML, no foreign images, headings below the page's own."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from html import escape
from typing import TYPE_CHECKING, Any, NamedTuple

import markdown_it
import nh3
from markupsafe import Markup

if TYPE_CHECKING:
    from markdown_it.token import Token

REFERENCE = re.compile(r"file:([A-Za-z0-9_-]+)")
"""How a text names a file of its course: ``![The map](file:12)``."""
_TAGS = {
    *("p", "br", "hr", "h2", "h3", "h4", "h5", "h6", "strong", "em", "s", "code", "pre", "blockquote"),
    *("ul", "ol", "li", "a", "img", "video", "figure", "figcaption"),
    *("table", "thead", "tbody", "tr", "th", "td"),
}
_ATTRIBUTES = {
    "a": {"href", "title"},
    "img": {"src", "alt", "loading"},
    "video": {"src", "controls", "preload", "aria-label"},
    "ol": {"start"},
}


class Media(NamedTuple):
    """A file that a text may show: its address and whether it is a video."""

    url: str
    video: bool


def references(text: str) -> set[str]:
    return set(REFERENCE.findall(text))


def render(text: str, media: Mapping[str, Media] | None = None, *, under: int = 1) -> Markup:
    """The text as HTML; ``under`` is the level of the heading it stands below."""
    return Markup(_render(text, tuple(sorted((media or {}).items())), under))  # noqa: S704 (cleaned by nh3)


@lru_cache(maxsize=512)
def _render(text: str, media: tuple[tuple[str, Media], ...], under: int) -> str:
    parser = _parser()
    tokens = parser.parse(text)
    _level_headings(tokens, under)
    html = parser.renderer.render(tokens, parser.options, {"media": dict(media)})
    return nh3.clean(html, tags=_TAGS, attributes=_ATTRIBUTES, url_schemes={"http", "https", "mailto"})


def _level_headings(tokens: Sequence[Token], under: int) -> None:
    """Begin one level below the page's heading and leave no level out, whatever the author wrote."""
    headings = [token for token in tokens if token.type in ("heading_open", "heading_close")]
    ranks = {tag: at for at, tag in enumerate(sorted({token.tag for token in headings}), 1)}
    last = under
    for token in headings:
        if token.nesting == 1:
            last = min(under + ranks[token.tag], last + 1, 6)
        token.tag = f"h{last}"


@lru_cache
def _parser() -> markdown_it.MarkdownIt:
    parser = markdown_it.MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
    parser.add_render_rule("image", _image)
    parser.validateLink = lambda url: True  # type: ignore[method-assign]  # nh3 decides, after file: is resolved
    return parser


def _image(_renderer: Any, tokens: Sequence[Token], at: int, _options: Any, env: dict[str, Any]) -> str:
    """An image or video of the course; of anything else only the words stay."""
    token = tokens[at]
    found = REFERENCE.fullmatch(str(token.attrGet("src") or ""))
    words = escape(token.content)
    medium: Media | None = env["media"].get(found[1]) if found else None
    if medium is None:
        return words
    url = escape(medium.url)
    if medium.video:
        return f'<video src="{url}" controls preload="metadata" aria-label="{words}"></video>'
    return f'<img src="{url}" alt="{words}" loading="lazy">'
