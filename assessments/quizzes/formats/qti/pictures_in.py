"""Pictures of an item, and questions that ask for a place on one. Pure."""

from __future__ import annotations

import io
from collections.abc import Callable
from fractions import Fraction
from typing import Any

from PIL import Image, UnidentifiedImageError

from assessments.grading.areas import SIDE
from assessments.quizzes.formats.entries import Collector, Left
from assessments.quizzes.formats.qti.responses import Response, number

CHOICE = "hotspotChoice"


class Pictures:
    """``fetch(href)`` gives the bytes of a file beside the item; each picture is kept once."""

    def __init__(self, out: Collector, fetch: Callable[[str], bytes | None]) -> None:
        self.out, self.fetch = out, fetch

    def name_of(self, element: Any) -> str | None:
        """The name by which a text shows the picture of an ``img`` or ``object``; None (and a note) if there is none."""
        href = element.get("src") or element.get("data") or ""
        content = self.fetch(href)
        ref = self.out.picture(href.rpartition("/")[2], content) if content else None
        if ref is None:
            self.out.note(element.sourceline or 0, "file_picture", href)
        return ref


def spot(element: Any, response: Response, pictures: Pictures, item: Any) -> dict[str, Any]:
    """A place on an image: areas in pixels become thousandths of its sides."""
    image = next((each for each in element if each.tag in ("img", "object")), None)
    ref = pictures.name_of(image) if image is not None else None
    if image is None or ref is None:
        raise Left("question_image", element.sourceline or item.line)
    size = _size(image, item.out.media[ref].content)
    shapes = [each for each in element.iter(CHOICE) if each.get("identifier") in response.correct]
    shapes = shapes or [each for each in response.areas if (number(each.get("mappedValue")) or 0) > 0]
    if len({each.get("mappedValue") for each in shapes}) > 1:
        item.say("file_gap_weight", "", element)
    areas = [area for each in shapes if (area := _area(each, size, item)) is not None]
    if not areas:
        raise Left("file_no_right", element.sourceline or item.line)
    alt = image.get("alt") or " ".join("".join(image.itertext()).split()) or item.root.get("title", "")
    image.getparent().remove(image)
    if element.tag == "hotspotInteraction":
        item.say("file_qti_hotspot", "", element)
    return {"kind": "hotspot", "body": {"image": f"file:{ref}", "alt": {item.language: alt}}, "key": {"areas": areas}}


def _size(image: Any, content: bytes) -> tuple[Fraction, Fraction]:
    """Width and height that coordinates are given in: what the item says, else the picture's own."""
    said = number(image.get("width")), number(image.get("height"))
    if said[0] and said[1] and min(said[0], said[1]) > 0:
        return said[0], said[1]
    try:
        with Image.open(io.BytesIO(content)) as picture:
            return Fraction(picture.width), Fraction(picture.height)
    except (UnidentifiedImageError, OSError, ValueError, Image.DecompressionBombError) as problem:
        raise Left("question_image", image.sourceline or 0) from problem


def _area(element: Any, size: tuple[Fraction, Fraction], item: Any) -> dict[str, Any] | None:
    """An area in thousandths, cut at the edges of the image; None (and a note) for a shape that is not here."""
    numbers = [number(each) for each in element.get("coords", "").split(",")]
    shape = element.get("shape", "")
    if shape == "default":
        return {"shape": "rectangle", "points": [0, 0, SIDE, SIDE]}
    if any(each is None for each in numbers) or shape not in ("rect", "circle", "ellipse", "poly"):
        item.say("file_qti_area", f"{shape} {element.get('coords', '')}", element)
        return None
    said = [each for each in numbers if each is not None]
    if shape in ("circle", "ellipse") and len(said) in (3, 4):
        radii = said[2:] if len(said) == 4 else [said[2], said[2]]
        points = [_share(said[0], size[0]), _share(said[1], size[1]), _share(radii[0], size[0]), _share(radii[1], size[1])]
        return {"shape": "ellipse", "points": [*points[:2], max(1, points[2]), max(1, points[3])]}
    points = [_share(each, size[at % 2]) for at, each in enumerate(said)]
    return {"shape": "rectangle" if shape == "rect" else "polygon", "points": points}


def _share(value: Fraction, side: Fraction) -> int:
    return min(SIDE, max(0, round(value * SIDE / side)))
