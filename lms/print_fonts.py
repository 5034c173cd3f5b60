"""Static cuts of Inter for PDFs, made once by ``flask assets build``.

WeasyPrint turns a variable font into a static one for every document, which costs more than all the rest of a
certificate; so it is done here. Chinese comes from the installed Noto Sans CJK. A process of its own
(``python -m lms.print_fonts LATIN LATIN_EXT FOLDER``): the font tools stay out of those that serve pages.
"""

from __future__ import annotations

import sys
from io import BytesIO
from pathlib import Path

from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont
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


def cut(source: bytes, weight: int, without: frozenset[int]) -> bytes:
    """A static TrueType font of ``weight`` (100–900) from a variable one, lacking some characters."""
    font = TTFont(BytesIO(source), recalcTimestamp=False)
    instancer.instantiateVariableFont(font, {"wght": weight}, inplace=True)
    font.flavor = None
    keep = Subsetter(Options(layout_features=["kern", "tnum", "ccmp", "mark", "mkmk"], notdef_outline=True))
    keep.populate(unicodes=set(font.getBestCmap()) - without)
    keep.subset(font)
    made = BytesIO()
    font.save(made, reorderTables=False)
    return made.getvalue()


def main(latin: str, latin_ext: str, folder: str) -> None:
    """Write every face and weight into ``folder``: ``inter-400.ttf`` and so on."""
    sources = {"inter-latin.woff2": Path(latin).read_bytes(), "inter-latin-ext.woff2": Path(latin_ext).read_bytes()}
    for name, (asset, without) in FACES.items():
        for weight in WEIGHTS:
            (Path(folder) / f"{name}-{weight}.ttf").write_bytes(cut(sources[asset], weight, without))


if __name__ == "__main__":
    main(*sys.argv[1:])
