"""A spot on an image: areas that count as right, and whether a point lies in one. Exact, in thousandths of the image's sides. Pure.

An area is ``{"shape": "rectangle", "points": [left, top, right, bottom]}``, ``{"shape": "ellipse", "points": [x, y, rx, ry]}`` or
``{"shape": "polygon", "points": [x1, y1, x2, y2, …]}``. A point is answered as ``"412,87"``.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from msgspec import Struct

from assessments.grading.texts import BadQuestion

SIDE = 1000
MOST_AREAS = 20
SHAPES = {"rectangle": 4, "ellipse": 4, "polygon": 6}
"""Fewest numbers of each shape."""
_POINT = re.compile(r"(\d{1,4}),(\d{1,4})", re.ASCII)


class Area(Struct, frozen=True):
    shape: str
    points: tuple[int, ...]


class AreaKey(Struct, frozen=True):
    """A point in any of the areas, edges included, is right."""

    areas: tuple[Area, ...]


def parse_key(data: object) -> AreaKey:
    """:raises BadQuestion: ``question_area``."""
    areas = data.get("areas") if isinstance(data, dict) else None
    if not isinstance(areas, list) or not 1 <= len(areas) <= MOST_AREAS:
        raise BadQuestion("question_area", "areas")
    return AreaKey(tuple(_area(each, f"areas.{at}") for at, each in enumerate(areas)))


def key_to_json(key: AreaKey) -> dict[str, Any]:
    return {"areas": [{"shape": each.shape, "points": list(each.points)} for each in key.areas]}


def point_of(text: str) -> tuple[int, int] | None:
    """The point that was answered, or None if it is none on the image."""
    match = _POINT.fullmatch(text)
    point = (int(match[1]), int(match[2])) if match else None
    return point if point and max(point) <= SIDE else None


def holds(area: Area, x: int, y: int) -> bool:
    """Whether the point lies in the area or on its edge."""
    if area.shape == "rectangle":
        left, top, right, bottom = area.points
        return left <= x <= right and top <= y <= bottom
    if area.shape == "ellipse":
        cx, cy, rx, ry = area.points
        return (x - cx) ** 2 * ry**2 + (y - cy) ** 2 * rx**2 <= (rx * ry) ** 2
    return _in_polygon(area.points, x, y)


def _area(data: object, where: str) -> Area:
    shape = data.get("shape") if isinstance(data, dict) else None
    points = data.get("points") if isinstance(data, dict) else None
    if shape not in SHAPES or not isinstance(points, list) or not SHAPES[shape] <= len(points) <= 80:
        raise BadQuestion("question_area", where)
    if not all(isinstance(each, int) and not isinstance(each, bool) and 0 <= each <= SIDE for each in points):
        raise BadQuestion("question_area", where)
    if (shape == "polygon" and len(points) % 2) or (shape != "polygon" and len(points) != 4):
        raise BadQuestion("question_area", where)
    flat = shape == "rectangle" and not (points[0] < points[2] and points[1] < points[3])
    if flat or (shape == "ellipse" and not (points[2] and points[3])):
        raise BadQuestion("question_area", where)
    return Area(shape, tuple(points))


def _in_polygon(points: Sequence[int], x: int, y: int) -> bool:
    """Ray casting in whole numbers; the edge belongs to the polygon."""
    corners = list(zip(points[::2], points[1::2], strict=True))
    inside = False
    for (x1, y1), (x2, y2) in zip(corners, corners[1:] + corners[:1], strict=True):
        cross = (x2 - x1) * (y - y1) - (y2 - y1) * (x - x1)
        if cross == 0 and min(x1, x2) <= x <= max(x1, x2) and min(y1, y2) <= y <= max(y1, y2):
            return True
        if (y1 > y) != (y2 > y) and (cross > 0) == (y2 > y1):
            inside = not inside
    return inside
