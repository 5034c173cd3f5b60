"""Where the passages stand on the path map: in columns, so that ways lead to the right, in lanes between the boxes. Pure.

The layered drawing of Sugiyama, Tagawa & Toda (1981): ways that would close a circle are set aside, columns come from the
longest way, a way over several columns gets a lane in each, the order within a column follows its neighbours, and ways
set aside run back below.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec import Struct

from assessments.roleplays.dialogues.story import Passage, Story

WIDTH, HEIGHT, ACROSS, EDGE = 148, 44, 222, 14
"""Of a box; from column to column; around the whole. In pixels."""
ROOM, LANE, PORT = 26, 20, 15
"""Between boxes; a way that passes through a column; between two ways at a box."""
SWEEPS = 6

Node = tuple[str, int, int]
"""A box: (name, -1, column). A lane: (name and number of the choice whose way it is, column)."""


class Box(Struct, frozen=True):
    passage: Passage
    x: int
    y: int
    height: int
    reached: bool
    """Whether links lead to it from the beginning."""


class Line(Struct, frozen=True):
    passage: str
    number: int
    """Of the choice, from 0."""
    path: str
    """As SVG's ``d``."""
    x: float
    y: float
    """Its label's place."""
    blocker: bool


class Map(Struct, frozen=True):
    boxes: tuple[Box, ...]
    lines: tuple[Line, ...]
    width: int
    height: int


class _Way(Struct, frozen=True):
    """One choice on the map: ``stops`` are its box, its lanes and its target's box."""

    name: str
    number: int
    stops: tuple[Node, ...]
    forward: bool


def columns(story: Story) -> dict[str, int]:
    """Passage → its column: the longest way from the beginning that goes round no circle. What nothing leads to is missing."""
    done: dict[str, None] = {}
    back: set[tuple[str, str]] = set()
    stack: list[tuple[str, list[str]]] = []

    def enter(name: str) -> None:
        here = story.passage(name)
        stack.append((name, [each.target for each in here.choices if story.passage(each.target)] if here else []))

    if story.passage(story.start):
        enter(story.start)
    while stack:
        name, rest = stack[-1]
        if not rest:
            done[name] = None
            stack.pop()
            continue
        target = rest.pop(0)
        if any(target == each for each, _ in stack):
            back.add((name, target))
        elif target not in done:
            enter(target)
    found = dict.fromkeys(reversed(list(done)), 0)
    for name in found:
        for choice in story.passage(name).choices:  # type: ignore[union-attr]
            if choice.target in found and (name, choice.target) not in back:
                found[choice.target] = max(found[choice.target], found[name] + 1)
    return found


def layout(story: Story) -> Map:
    """Every passage once; what nothing leads to stands in the last column."""
    reached = columns(story)
    last = max(reached.values(), default=-1) + 1
    column = {each.name: reached.get(each.name, last) for each in story.passages}
    ways = _ways(story, column)
    layers: list[list[Node]] = [[] for _ in range(last + 1)]
    for each in story.passages:
        layers[column[each.name]].append((each.name, -1, column[each.name]))
    for way in ways:
        for node in way.stops[1:-1]:
            layers[node[2]].append(node)
    heights = {(each.name, -1, column[each.name]): _height(each) for each in story.passages}
    middle = _placed([layer for layer in layers if layer], _neighbours(ways), heights)
    tops = {each.name: middle[each.name, -1, column[each.name]] - _height(each) / 2 for each in story.passages}
    boxes = tuple(
        Box(each, EDGE + column[each.name] * ACROSS, round(tops[each.name]), _height(each), each.name in reached)
        for each in story.passages
    )
    bottom = max((middle[node] + heights.get(node, LANE) / 2 for node in middle), default=0.0)
    lines = _lines(story, ways, middle, bottom)
    under = sum(not way.forward for way in ways)
    used = max(column.values(), default=0)
    return Map(boxes, lines, 2 * EDGE + used * ACROSS + WIDTH, round(bottom) + EDGE + under * LANE)


def _height(passage: Passage) -> int:
    return max(HEIGHT, PORT * (len(passage.choices) + 1))


def _ways(story: Story, column: Mapping[str, int]) -> list[_Way]:
    found = []
    for each in story.passages:
        for number, choice in enumerate(each.choices):
            if choice.target not in column:
                continue
            start, end = column[each.name], column[choice.target]
            lanes = tuple((each.name, number, at) for at in range(start + 1, end))
            stops = ((each.name, -1, start), *lanes, (choice.target, -1, end))
            found.append(_Way(each.name, number, stops, end > start))
    return found


def _neighbours(ways: Sequence[_Way]) -> tuple[dict[Node, list[Node]], dict[Node, list[Node]]]:
    """Node → those that lead to it, and those it leads to, one column away."""
    before: dict[Node, list[Node]] = {}
    after: dict[Node, list[Node]] = {}
    for way in ways:
        for left, right in zip(way.stops, way.stops[1:], strict=False) if way.forward else ():
            before.setdefault(right, []).append(left)
            after.setdefault(left, []).append(right)
    return before, after


def _placed(
    layers: Sequence[list[Node]], beside: tuple[Mapping[Node, list[Node]], ...], heights: Mapping[Node, int]
) -> dict[Node, float]:
    """Node → the middle of its place from the top: near its neighbours, with room between."""
    middle: dict[Node, float] = {}
    for layer in layers:
        _stack(layer, [0.0] * len(layer), heights, middle)
    for sweep in range(SWEEPS):
        near = beside[sweep % 2]
        for layer in layers if sweep % 2 == 0 else list(reversed(layers)):
            wishes = {node: _mean([middle[each] for each in near.get(node, [])], middle[node]) for node in layer}
            layer.sort(key=wishes.__getitem__)
            _stack(layer, [wishes[node] for node in layer], heights, middle)
    top = min((middle[node] - heights.get(node, LANE) / 2 for node in middle), default=0.0)
    return {node: at - top + EDGE for node, at in middle.items()}


def _mean(values: Sequence[float], otherwise: float) -> float:
    return sum(values) / len(values) if values else otherwise


def _stack(
    layer: Sequence[Node], wishes: Sequence[float], heights: Mapping[Node, int], middle: dict[Node, float]
) -> None:
    """In their order, as near to their wishes as the room between them allows, on the whole neither above nor below."""
    at: list[float] = []
    for place, (node, wish) in enumerate(zip(layer, wishes, strict=True)):
        if place:
            before = layer[place - 1]
            room = ROOM if node in heights or before in heights else 0
            wish = max(wish, at[-1] + (heights.get(before, LANE) + heights.get(node, LANE)) / 2 + room)
        at.append(wish)
    shift = _mean([own - wish for own, wish in zip(at, wishes, strict=True)], 0.0)
    middle.update((node, own - shift) for node, own in zip(layer, at, strict=True))


def _lines(story: Story, ways: Sequence[_Way], middle: Mapping[Node, float], bottom: float) -> tuple[Line, ...]:
    leaving = _ports(ways, middle, 0)
    coming = _ports([way for way in ways if way.forward], middle, -1)
    lines, under = [], 0
    for way in ways:
        passage = story.passage(way.name)
        blocker = passage is not None and passage.choices[way.number].blocker
        x, y = EDGE + way.stops[0][2] * ACROSS + WIDTH, leaving[way.name, way.number]
        if way.forward:
            path = _forward(way, x, y, coming[way.name, way.number], middle)
        else:
            under += 1
            path = _back(way, x, y, bottom + under * LANE - 8, middle, _height(story.passage(way.stops[-1][0]) or Passage("")))
        lines.append(Line(way.name, way.number, path, x + 9, y - 3, blocker))
    return tuple(lines)


def _ports(ways: Sequence[_Way], middle: Mapping[Node, float], end: int) -> dict[tuple[str, int], float]:
    """Choice → the height at which its way touches the box at its beginning (0) or end (-1): in the order of where it goes."""
    at: dict[Node, list[_Way]] = {}
    for way in ways:
        at.setdefault(way.stops[end], []).append(way)
    found = {}
    for box, those in at.items():
        those.sort(key=lambda way: (not way.forward, middle[way.stops[1 if end == 0 else -2]], way.number))
        for place, way in enumerate(those):
            gap = PORT if end == 0 else min(PORT, (HEIGHT - 12) / len(those))
            found[way.name, way.number] = middle[box] + (place - (len(those) - 1) / 2) * gap
    return found


def _forward(way: _Way, x: float, y: float, end: float, middle: Mapping[Node, float]) -> str:
    path = f"M{x:.0f} {y:.0f}"
    for node in way.stops[1:]:
        lane = node[1] >= 0
        to, high = EDGE + node[2] * ACROSS - (0 if lane else 5), middle[node] if lane else end
        half = (to - x) / 2
        path += f"C{x + half:.0f} {y:.0f} {to - half:.0f} {high:.0f} {to:.0f} {high:.0f}"
        if lane:
            path += f"H{to + WIDTH:.0f}"
        x, y = to + WIDTH, high
    return path


def _back(way: _Way, x: float, y: float, low: float, middle: Mapping[Node, float], height: int) -> str:
    """Out to the right, below everything to the left, and up into the target."""
    box = way.stops[-1]
    to, under = EDGE + box[2] * ACROSS + WIDTH // 2, middle[box] + height / 2 + 5
    return f"M{x:.0f} {y:.0f}C{x + 34:.0f} {y:.0f} {x + 34:.0f} {low:.0f} {x:.0f} {low:.0f}H{to + 20:.0f}Q{to:.0f} {low:.0f} {to:.0f} {under:.0f}"
