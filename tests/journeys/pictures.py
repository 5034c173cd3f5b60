"""From the pictures that the journeys take to those of README and guides: small files with few colours.

``NEEDLE_PICTURES=folder ./test tests/journeys``, then ``python -m tests.journeys.pictures folder``.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from PIL import Image

from lms.config import ROOT

CHOSEN = {
    "evidence-en": "demo/study-0-en.png",
    "evidence-zh": "demo/study-0-zh_Hans.png",
    "course-en": "demo/course-en.png",
    "import-preview-zh": "zh_Hans/import-rejected.png",
}
ROLES = ("rep", "trainer", "manager", "hr", "admin")
CHOSEN |= {f"today-{role}-{short}": f"demo/today-{role}-{locale}.png" for role in ROLES for short, locale in (("en", "en"), ("zh", "zh_Hans"))}
"""Those of the guides: what each role finds in the morning."""
CERTIFICATE = "zh_Hans/certificate.pdf"


def shrink(picture: Path, into: Path) -> None:
    with Image.open(picture) as image:
        small = image.convert("RGB").quantize(96, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    small.save(into, optimize=True)


def main(folder: Path) -> None:
    docs = ROOT / "docs" / "screenshots"
    docs.mkdir(parents=True, exist_ok=True)
    for name, source in CHOSEN.items():
        shrink(folder / source, docs / f"{name}.png")
    page = folder / "certificate"
    subprocess.run(
        ["pdftoppm", "-r", "96", "-png", "-singlefile", str(folder / CERTIFICATE), str(page)], check=True
    )
    shrink(page.with_suffix(".png"), docs / "certificate.png")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
