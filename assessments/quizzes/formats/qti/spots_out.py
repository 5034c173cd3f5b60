"""A place on an image as a point to be selected: areas in pixels of the picture. Pure."""

from __future__ import annotations

from fractions import Fraction
from typing import Any, NamedTuple

from lxml import etree

from assessments.grading.areas import SIDE, Area, AreaKey
from assessments.quizzes.formats.entries import Left

SHAPES = {"rectangle": "rect", "ellipse": "ellipse", "polygon": "poly"}
LARGEST = 2_000
"""Pixels of the longer side up to which a picture is shown larger, so that thousandths stay exact."""


class Shown(NamedTuple):
    """A picture that comes along: its address from the item, its media type, its size."""

    address: str
    media_type: str
    width: int
    height: int


def write(writer: Any, key: AreaKey) -> None:
    """:raises Left: ``question_image`` if the picture does not come along."""
    question = writer.question
    shown = writer.pictures.get(question.image.removeprefix("file:"))
    if shown is None:
        raise Left("question_image")
    width, height, exact = _scaled(shown)
    if not exact:
        writer.note("file_qti_pixels")
    element = etree.SubElement(writer.body, "selectPointInteraction", responseIdentifier="RESPONSE", maxChoices="1")
    _picture(element, writer, shown, width, height)
    areas = [(SHAPES[each.shape], _coords(each, width, height)) for each in key.areas]
    writer.scoring.areas("RESPONSE", _centre(key.areas[0], width, height), areas)


def _picture(element: Any, writer: Any, shown: Shown, width: int, height: int) -> None:
    alt, size = writer.said(writer.question.alt), {"width": str(width), "height": str(height)}
    if writer.version.dashed:
        etree.SubElement(element, "img", src=shown.address, alt=alt, **size)
    else:
        etree.SubElement(element, "object", data=shown.address, type=shown.media_type, **size).text = alt


def _scaled(shown: Shown) -> tuple[int, int, bool]:
    """The size at which coordinates are given, and whether every thousandth is its own pixel there."""
    for times in (1, 2, 3, 4):
        width, height = shown.width * times, shown.height * times
        if min(width, height) >= SIDE and max(width, height) <= max(LARGEST, shown.width, shown.height):
            return width, height, True
    return shown.width, shown.height, min(shown.width, shown.height) >= SIDE


def _coords(area: Area, width: int, height: int) -> str:
    sides = (width, height)
    return ",".join(str(round(Fraction(each * sides[at % 2], SIDE))) for at, each in enumerate(area.points))


def _centre(area: Area, width: int, height: int) -> str:
    """A point that is right: of a polygon its first corner, which belongs to it."""
    x, y = area.points[:2]
    if area.shape == "rectangle":
        x, y = (area.points[0] + area.points[2]) // 2, (area.points[1] + area.points[3]) // 2
    return f"{round(Fraction(x * width, SIDE))} {round(Fraction(y * height, SIDE))}"
