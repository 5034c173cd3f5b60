"""Translation catalogues: extracted from code and templates, compiled, 繁體 derived from 简体.

The 简体 catalogue of each package is written by hand, in one or several ``.po`` files of a folder. The 繁體
one is made from it by OpenCC (Taiwan standard with its phrases, ``s2twp``); the files under ``zh_Hant``
hold only what must differ.
"""

from __future__ import annotations

from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

import opencc
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from lms.config import ROOT

KEYWORDS: dict[str, Any] = {
    "_": None,
    "_l": None,
    "gettext": None,
    "lazy_gettext": None,
    "ngettext": (1, 2),
    "_n": (1, 2),
    "lazy_ngettext": (1, 2),
    "pgettext": ((1, "c"), 2),
    "_p": ((1, "c"), 2),
}
METHODS = [("**/tests/**", "ignore"), ("**.py", "python"), ("**.html", "jinja2"), ("**.txt", "jinja2"), ("**.svg", "jinja2")]
OPTIONS = {pattern: {"extensions": "jinja2.ext.i18n", "silent": "false", "trimmed": "true"} for pattern in ("**.html", "**.txt", "**.svg")}


def folder(package: str, locale: str) -> Path:
    return ROOT / package / "translations" / locale / "LC_MESSAGES"


@cache
def extracted(package: str) -> Catalog:
    """Every text of a package's code and templates, read once per process: it takes seconds."""
    catalog = Catalog(charset="utf-8")
    found = extract_from_dir(
        ROOT / package, method_map=METHODS, options_map=OPTIONS, keywords=KEYWORDS, comment_tags=("translators:",)
    )
    for file, line, message, comments, context in found:
        if message and (message[0] if isinstance(message, tuple) else message):
            catalog.add(message, locations=[(file, line)], auto_comments=comments, context=context)
    return catalog


@cache
def written(package: str, locale: str) -> Catalog:
    """The texts of a package as its translators wrote them, all files together; read once per process."""
    merged = Catalog(locale=locale, charset="utf-8")
    for path in sorted(folder(package, locale).glob("*.po")):
        with path.open("rb") as file:
            for message in read_po(file, locale=locale, charset="utf-8"):
                if message.id and message.string and not message.fuzzy:
                    merged.add(message.id, message.string, flags=message.flags, context=message.context)
    return merged


def untranslated(package: str) -> list[str]:
    """The texts of a package that its 简体 catalogue does not have."""
    there_is = written(package, "zh_Hans")
    missing = []
    for message in extracted(package):
        if not message.id:
            continue
        key = message.id if isinstance(message.id, str) else message.id[0]
        there = there_is.get(key, context=message.context)
        if there is None or not all(there.string or ()):
            missing.append(key)
    return missing


def unused(package: str) -> list[str]:
    """The texts of a package's 简体 catalogue that no code and no template uses."""
    used = {(m.id if isinstance(m.id, str) else m.id[0], m.context) for m in extracted(package)}
    entries = [m for m in written(package, "zh_Hans") if m.id]
    ids = [(m.id if isinstance(m.id, str) else m.id[0], m.context) for m in entries]
    return [str(text) for text, context in ids if (text, context) not in used]


# What the phrases of programmers make of everyday words: 发布 of a course is no release of memory, 对象 no object of a class;
PLAIN_WORDS = {
    "釋出": "發布", "稽核": "審核", "物件": "對象", "許可權": "權限", "型別": "類型", "程式碼": "代碼",
    "賬號": "帳號", "引數": "參數", "宣告": "聲明", "下劃線": "底線", "後臺": "後台", "平臺": "平台", "一臺": "一台",
    # and where it cuts a sentence in the wrong place: 三项|目标, after a number 天|后 and 次|里, 周 of the calendar
    "專案標": "項目標", "天后": "天後", "次里": "次裡", "周": "週",
    "“": "「", "”": "」",
}  # fmt: skip


def in_traditional(text: str, converter: opencc.OpenCC) -> str:
    """A Simplified text as a reader in Taiwan would have written it."""
    text = converter.convert(text)
    for technical, plain in PLAIN_WORDS.items():
        text = text.replace(technical, plain)
    return text


def traditional(hans: Catalog, corrections: Catalog) -> Catalog:
    """The 繁體 catalogue: converted from 简体, with the corrections in their place."""
    converter = opencc.OpenCC("s2twp")
    hant = Catalog(locale="zh_Hant", charset="utf-8")
    for message in hans:
        if not message.id:
            continue
        key = message.id if isinstance(message.id, str) else message.id[0]
        corrected: Message | None = corrections.get(key, context=message.context)
        if corrected is not None and corrected.string:
            string: Any = corrected.string
        elif isinstance(message.string, str):
            string = in_traditional(message.string, converter)
        else:
            string = tuple(in_traditional(text, converter) for text in message.string or ())
        hant.add(message.id, string, flags=message.flags, context=message.context)
    return hant


def compile_package(package: str) -> None:
    """Write the ``.mo`` files of a package (git-ignored; made anew at every set-up)."""
    hans = written(package, "zh_Hans")
    _write(hans, folder(package, "zh_Hans") / "messages.mo")
    _write(traditional(hans, written(package, "zh_Hant")), folder(package, "zh_Hant") / "messages.mo")


def is_compiled(package: str) -> bool:
    """Whether a package's ``.mo`` files are newer than all they are made from."""
    folders = [folder(package, locale) for locale in ("zh_Hans", "zh_Hant")]
    made = [each / "messages.mo" for each in folders]
    sources = [Path(__file__), *folders, *(path for each in folders for path in each.glob("*.po"))]
    return all(path.exists() for path in made) and min(path.stat().st_mtime for path in made) >= max(
        path.stat().st_mtime for path in sources if path.exists()
    )


def _write(catalog: Catalog, path: Path) -> None:
    buffer = BytesIO()
    write_mo(buffer, catalog)
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists() or path.read_bytes() != buffer.getvalue():
        path.write_bytes(buffer.getvalue())
