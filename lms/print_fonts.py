"""Fonts for PDFs, made once by ``flask assets build``: static cuts of Inter, and of Noto Sans CJK what Chinese texts are mostly made of.

WeasyPrint turns a variable font into a static one for every document, which costs more than all the rest of a
certificate; so it is done here. Of the 65,535 glyphs of Noto Sans CJK each PDF keeps a place for those before the last that it uses; cut to seven
thousand, a certificate is drawn in two thirds of the time and has half the size. A character that is not among them comes from
the installed font, which looks the same. A process of its own
(``python -m lms.print_fonts LATIN LATIN_EXT FOLDER``): the font tools stay out of those that serve pages.
"""

from __future__ import annotations

import sys
from concurrent.futures import ProcessPoolExecutor
from io import BytesIO
from pathlib import Path

from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTCollection, TTFont
from fontTools.varLib import instancer

WEIGHTS = (400, 600)
CHINESE_PUNCTUATION = frozenset(map(ord, "·‘’“”—…‧"))
"""Characters that the Latin face also has, but that must come from the Chinese one in Chinese text."""

FACES = {
    "inter": ("inter-latin.woff2", frozenset[int]()),
    "inter-ext": ("inter-latin-ext.woff2", frozenset[int]()),
    "inter-zh": ("inter-latin.woff2", CHINESE_PUNCTUATION),
}
"""Name → (asset it is cut from, characters left out)."""


NOTO = Path("/usr/share/fonts/opentype/noto")
"""Where Debian keeps Noto Sans CJK. Elsewhere PDFs take the installed font whole."""
NOTO_FILES = {400: "NotoSansCJK-Regular.ttc", 600: "NotoSansCJK-Bold.ttc"}
CHINESE = {"zh-hans": "Noto Sans CJK SC", "zh-hant": "Noto Sans CJK TC"}
"""Name → the family that it is cut from."""
_SYMBOLS = (*range(0x20, 0x7F), 0xA0, *range(0x2010, 0x2040), *range(0x3000, 0x3020), *range(0xFF01, 0xFF5F), 0xFFE5)


def common(name: str) -> set[int]:
    """The characters of a cut: GB 2312, or the first level of Big5, with punctuation, ASCII and the space between Chinese words."""
    first, last, encoding = (0xA1, 0xF7, "gb2312") if name == "zh-hans" else (0xA1, 0xC6, "big5")
    codes = (bytes([lead, trail]) for lead in range(first, last + 1) for trail in (*range(0x40, 0x7F), *range(0xA1, 0xFF)))
    return set(_SYMBOLS) | {ord(each) for code in codes for each in code.decode(encoding, "ignore") if ord(each) > 0x7F}


def cut_chinese(name: str, weight: int) -> bytes:
    """An OpenType font of the common characters, with what sets them one after the other."""
    every = TTCollection(NOTO / NOTO_FILES[weight], lazy=True)
    font = next(font for font in every.fonts if font["name"].getDebugName(1) == CHINESE[name])
    keep = Subsetter(Options(layout_features=["kern", "ccmp", "mark", "mkmk"], notdef_outline=True))
    keep.populate(unicodes=common(name))
    keep.subset(font)
    return _numbered_anew(_saved(font))


def _numbered_anew(content: bytes) -> bytes:
    """The same font, its glyphs called by the place where they are now: a PDF looks for them there, by the number that they are called by."""
    font = TTFont(BytesIO(content), recalcTimestamp=False)
    top = font["CFF "].cff.topDictIndex[0]
    names = [".notdef", *(f"cid{at:05}" for at in range(1, len(top.charset)))]
    strings = top.CharStrings
    strings.charStrings = {name: strings.charStrings[old] for name, old in zip(names, top.charset, strict=True)}
    top.charset, top.CIDCount = names, len(names)
    font.setGlyphOrder(names)
    return _saved(font)


def _saved(font: TTFont) -> bytes:
    made = BytesIO()
    font.save(made, reorderTables=False)
    return made.getvalue()


def cut(source: bytes, weight: int, without: frozenset[int]) -> bytes:
    """A static TrueType font of ``weight`` (100–900) from a variable one, lacking some characters."""
    font = TTFont(BytesIO(source), recalcTimestamp=False)
    instancer.instantiateVariableFont(font, {"wght": weight}, inplace=True)
    font.flavor = None
    keep = Subsetter(Options(layout_features=["kern", "tnum", "ccmp", "mark", "mkmk"], notdef_outline=True))
    keep.populate(unicodes=set(font.getBestCmap()) - without)
    keep.subset(font)
    return _saved(font)


def main(latin: str, latin_ext: str, folder: str) -> None:
    """Write every face and weight into ``folder``: ``inter-400.ttf`` and so on. Some seconds each, so on all cores at once."""
    sources = {"inter-latin.woff2": Path(latin).read_bytes(), "inter-latin-ext.woff2": Path(latin_ext).read_bytes()}
    with ProcessPoolExecutor() as cutters:
        made = {
            f"{name}-{weight}.otf": cutters.submit(cut_chinese, name, weight)
            for name in CHINESE for weight in WEIGHTS if (NOTO / NOTO_FILES[weight]).exists()
        }  # fmt: skip
        for name, (asset, without) in FACES.items():
            made |= {f"{name}-{weight}.ttf": cutters.submit(cut, sources[asset], weight, without) for weight in WEIGHTS}
        for name, font in made.items():
            (Path(folder) / name).write_bytes(font.result())


if __name__ == "__main__":
    main(*sys.argv[1:])
