"""Figures as SVG without a browser: the option that the page draws, drawn by the same library inside QuickJS.

For PDF, mail and readers without scripts. One interpreter per process, in a thread of its own (QuickJS is tied to
the thread that made it); drawings are remembered by option, size and theme.
"""

from __future__ import annotations

import json
import os
import re
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from typing import Any, Literal

import quickjs

from lms.assets import DIST, AssetsMissing
from lms.figure_options import (
    Option,
    Point,
    Series,
    bars,
    event_study,
    line_series,
    number_format,
    sparkline_points,
)

__all__ = [
    "PALETTES",
    "Option",
    "Point",
    "Series",
    "Theme",
    "bars",
    "event_study",
    "line_series",
    "number_format",
    "sparkline_points",
    "svg",
]

Theme = Literal["light", "dark", "print"]

_NAMES = ("bg", "card", "sunk", "ink", "soft", "hair", "edge", "accent", "tint", "ok", "warn", "bad")
_DAY = ("#f7f7f5", "#ffffff", "#f1f0f4", "#1d1c2b", "#5d5b70", "#e4e3ea", "#85839a", "#4338ca", "#eceafb", "#0f6b4a", "#8a5200", "#a4262c")
_NIGHT = ("#131219", "#1c1b25", "#15141c", "#eceaf4", "#a9a6bd", "#302e3d", "#7c7993", "#a5a0ff", "#29264a", "#7fd6ae", "#f0bd6a", "#ffa39b")
PALETTES: dict[str, dict[str, str]] = {
    "light": dict(zip(_NAMES, _DAY, strict=True)),
    "dark": dict(zip(_NAMES, _NIGHT, strict=True)),
    "print": dict(zip(_NAMES, _DAY, strict=True)) | {"bg": "#ffffff"},
}
"""The colours of ``tokens.css`` by theme; a test keeps the two alike."""

_MEMORY_LIMIT = 256 * 1024 * 1024
_SECONDS = 20
_STACK = 4 * 1024 * 1024
_LATIN, _HANS, _HANT = "Inter", "Noto Sans CJK SC", "Noto Sans CJK TC"
_ADVANCES = (
    28, 29, 47, 63, 64, 98, 64, 30, 36, 36, 50, 66, 29, 46, 29, 36, 63, 41, 61, 62, 65, 59, 62, 57,
    62, 62, 29, 30, 66, 66, 66, 51, 97, 69, 65, 73, 72, 60, 59, 75, 74, 27, 57, 67, 57, 90, 75, 76,
    64, 76, 64, 64, 65, 74, 69, 99, 68, 68, 63, 36, 36, 36, 47, 46, 32, 56, 61, 57, 61, 58, 37, 61,
    59, 24, 24, 55, 24, 88, 59, 60, 61, 61, 38, 53, 33, 59, 56, 82, 55, 56, 55, 43, 33, 43, 66,
)
"""Width of the characters U+0020 to U+007E in Inter, in hundredths of the font size."""
_SCRIPT = """
var global = globalThis, window = undefined;
function setTimeout() { return 0; } function clearTimeout() {}
function numberFormat(spec, locale) {
  function grouped(text) { return text.replace(/\\B(?=(\\d{3})+(?!\\d))/g, ","); }
  function plain(size, digits, keep) {
    var parts = size.toFixed(digits).split(".");
    var rest = parts[1] || "";
    if (!keep) rest = rest.replace(/0+$/, "");
    return grouped(parts[0]) + (rest ? "." + rest : "");
  }
  var units = {en: [[1e9, "B"], [1e6, "M"], [1e3, "K"]], zh_Hans: [[1e8, "亿"], [1e4, "万"]], zh_Hant: [[1e8, "億"], [1e4, "萬"]]}[locale];
  return function (given) {
    var value = given !== null && typeof given === "object" ? given.value : given;
    if (typeof value !== "number") return value === undefined || value === null ? "–" : String(value);
    var size = Math.abs(value), text;
    if (spec.style === "percent") text = plain(size * 100, spec.digits, true) + "%";
    else if (spec.style === "compact") {
      var unit = units.filter(function (pair) { return size >= pair[0]; })[0];
      text = unit ? plain(size / unit[0], Math.max(1, spec.digits), false) + unit[1] : plain(size, spec.digits, false);
    } else text = plain(size, spec.digits, false);
    if (!/[1-9]/.test(text)) return text;
    return value < 0 ? "\\u2212" + text : (spec.sign ? "+" : "") + text;
  };
}
function measured(text, font) {
  var size = parseFloat((/([\\d.]+)px/.exec(font) || [0, 12])[1]);
  var bold = /bold|[6-9]00/.test(font) ? 1.05 : 1, width = 0;
  for (var i = 0; i < text.length; i++) {
    var code = text.charCodeAt(i);
    width += code >= 32 && code < 127 ? ADVANCES[code - 32] * bold : code < 0x2e80 ? 62 : 100;
  }
  return {width: width * size / 100};
}
function alive(value, colours, locale) {
  if (typeof value === "string") return value[0] === "$" && colours[value.slice(1)] || value;
  if (Array.isArray(value)) return value.map(function (item) { return alive(item, colours, locale); });
  if (value && typeof value === "object") {
    if (value.$format) return numberFormat(value.$format, locale);
    var made = {};
    for (var key in value) made[key] = alive(value[key], colours, locale);
    return made;
  }
  return value;
}
function drawFigure(source) {
  var given = JSON.parse(source);
  var chart = echarts.init(null, null, {renderer: "svg", ssr: true, width: given.width, height: given.height});
  try {
    var option = alive(given.option, given.colours, given.locale);
    option.animation = false;
    option.tooltip = undefined;
    option.textStyle = {fontFamily: given.family};
    chart.setOption(option);
    return JSON.stringify(chart.renderToSVGString());
  } finally { chart.dispose(); }
}
"""


def svg(option: Option, *, width: int, height: int, theme: Theme = "light", locale: str = "en") -> str:
    """The figure as an SVG document of ``width`` × ``height`` px.

    ``theme`` "print" is for WeasyPrint: day colours, each text in the one family that holds its characters.
    Errors: ``AssetsMissing`` without built assets, ``quickjs.JSException`` for an option ECharts refuses.
    """
    source = json.dumps(option, ensure_ascii=False, sort_keys=False)
    return _remembered(source, width, height, theme, locale)


@lru_cache(maxsize=256)
def _remembered(source: str, width: int, height: int, theme: Theme, locale: str) -> str:
    given = {
        "option": json.loads(source),
        "width": width,
        "height": height,
        "colours": PALETTES[theme],
        "locale": locale,
        "family": _LATIN,
    }
    drawn = _executor(os.getpid()).submit(_draw, json.dumps(given)).result()
    return _tidied(drawn, theme, locale)


# --- the interpreter ------------------------------------------------------------------------------

_contexts: dict[int, Any] = {}


@lru_cache(maxsize=1)
def _executor(process: int) -> ThreadPoolExecutor:
    """One thread per process; a forked child asks with its own id and gets its own."""
    return ThreadPoolExecutor(max_workers=1, thread_name_prefix=f"figures-{process}")


def _draw(source: str) -> str:
    context = _contexts.get(os.getpid())
    if context is None:
        context = _contexts[os.getpid()] = _interpreter()
    drawn: str = json.loads(context.get("drawFigure")(source))  # as JSON: the binding knows no joined strings
    return drawn


def _interpreter() -> Any:
    library = DIST / "echarts.server.js"
    if not library.exists():
        raise AssetsMissing("no built assets: run `flask assets install` and `flask assets build`")
    context = quickjs.Context()
    context.set_memory_limit(_MEMORY_LIMIT)
    context.set_max_stack_size(_STACK)
    context.eval(_SCRIPT)
    context.eval(library.read_text())
    context.eval(f"var ADVANCES = {list(_ADVANCES)}; echarts.setPlatformAPI({{measureText: measured}});")
    return context


# --- making it fit WeasyPrint and image elements --------------------------------------------------

_TEXT = re.compile(r"<text\b([^>]*)>(.*?)</text>", re.S)
_FAMILY = re.compile(r"font-family:[^;\"]*;?")
_STROKE = re.compile(r"\s(?:stroke(?:-[a-z]+)?|paint-order)=\"[^\"]*\"")
_HOVER = re.compile(r' class="zr\d+-cls-\d+"|<style\b.*?</style>\n?', re.S)
_IDS = re.compile(r"\bzr\d+-")


def _tidied(drawn: str, theme: Theme, locale: str) -> str:
    """Texts without outlines (WeasyPrint ignores ``paint-order``), families by script; no hover styles; ids that do not count up."""
    han = _HANT if locale == "zh_Hant" else _HANS

    def text(match: re.Match[str]) -> str:
        attributes, content = match.groups()
        if theme == "print":
            family = han if any(ord(character) > 0x2E7F for character in content) else _LATIN
        else:
            family = f"{_LATIN},'{han}','PingFang SC','Microsoft YaHei',sans-serif"
        attributes = _FAMILY.sub("", _STROKE.sub("", attributes))
        return f'<text{attributes.replace("style=" + chr(34), f"style={chr(34)}font-family:{family};", 1)}>{content}</text>'

    return _IDS.sub("zr-", _HOVER.sub("", _TEXT.sub(text, drawn)))
