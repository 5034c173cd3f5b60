"""Where the passages stand on the path map: in columns by their distance from the beginning. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from assessments.roleplays.dialogues.story import Passage, Story

WIDTH, HEIGHT, ACROSS, DOWN, EDGE = 148, 44, 212, 68, 12
"""Of a box; from column to column; from row to row; around the whole. In pixels."""


@dataclass(frozen=True, slots=True)
class Box:
    passage: Passage
    x: int
    y: int
    reached: bool
    """Whether links lead to it from the beginning."""


@dataclass(frozen=True, slots=True)
class Line:
    passage: str
    number: int
    """Of the choice, from 0."""
    path: str
    """As SVG's ``d``."""
    x: float
    y: float
    """Its label's place."""
    blocker: bool


@dataclass(frozen=True, slots=True)
class Map:
    boxes: tuple[Box, ...]
    lines: tuple[Line, ...]
    width: int
    height: int


def depths(story: Story) -> dict[str, int]:
    """Passage → how many choices from the beginning, at least; only those that links lead to."""
    found = {story.start: 0} if story.passage(story.start) else {}
    row, depth = list(found), 0
    while row:
        depth += 1
        targets = [choice.target for name in row if (here := story.passage(name)) for choice in here.choices]
        row = [name for name in dict.fromkeys(targets) if name not in found and story.passage(name)]
        found |= dict.fromkeys(row, depth)
    return found


def layout(story: Story) -> Map:
    """Columns by distance; within one, near those that lead there; what nothing leads to stands in the last."""
    depth = depths(story)
    last = max(depth.values(), default=-1) + 1
    columns: list[list[Passage]] = [[] for _ in range(last + 1)]
    for passage in story.passages:
        columns[depth.get(passage.name, last)].append(passage)
    rows: dict[str, float] = {}
    for column in columns:
        ordered = sorted(column, key=lambda passage: _wish(story, passage.name, rows))
        rows |= {passage.name: at for at, passage in enumerate(ordered)}
    tallest = max((len(column) for column in columns), default=1)
    places = {
        passage.name: _place(at, int(rows[passage.name]), len(column), tallest)
        for at, column in enumerate(columns)
        for passage in column
    }
    boxes = tuple(Box(each, *places[each.name], each.name in depth) for each in story.passages)
    used = len([column for column in columns if column])
    width = 2 * EDGE + (used - 1) * ACROSS + WIDTH
    return Map(boxes, _lines(story, places), width, 2 * EDGE + tallest * DOWN + 14)


def _wish(story: Story, name: str, rows: Mapping[str, float]) -> float:
    leading = [
        rows[each.name] + number / 20
        for each in story.passages
        if each.name in rows
        for number, choice in enumerate(each.choices)
        if choice.target == name
    ]
    return sum(leading) / len(leading) if leading else 1e6


def _place(column: int, row: int, size: int, tallest: int) -> tuple[int, int]:
    return EDGE + column * ACROSS, EDGE + 14 + int((row + (tallest - size) / 2) * DOWN)


def _lines(story: Story, places: Mapping[str, tuple[int, int]]) -> tuple[Line, ...]:
    return tuple(
        _line(each, number, places[each.name], places[choice.target], len(each.choices))
        for each in story.passages
        for number, choice in enumerate(each.choices)
        if choice.target in places
    )


def _line(passage: Passage, number: int, start: tuple[int, int], end: tuple[int, int], of: int) -> Line:
    y1 = start[1] + HEIGHT * (number + 1) / (of + 1)
    choice = passage.choices[number]
    if end[0] > start[0]:
        x1, x2, y2 = start[0] + WIDTH, end[0], end[1] + HEIGHT / 2
        bend = 28 + (x2 - x1) / 4
        path = f"M{x1} {y1:.0f}C{x1 + bend:.0f} {y1:.0f} {x2 - bend:.0f} {y2:.0f} {x2 - 6} {y2:.0f}"
        return Line(passage.name, number, path, x1 + 20, y1 + (y2 - y1) * 0.2 + 3, choice.blocker)
    x1, x2, y2 = start[0] + WIDTH, end[0] + WIDTH // 2, end[1]
    path = f"M{x1} {y1:.0f}C{x1 + 40} {y1:.0f} {x2 + 60} {y2 - 40} {x2} {y2 - 6}"
    return Line(passage.name, number, path, x1 + 20, y1 - 4, choice.blocker)


