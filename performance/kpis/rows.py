"""Rows of a KPI file as records and problems, in the long layout and in both wide ones. Pure.

Long: person, KPI, period and a value, or numerator and denominator. Wide by period: person, KPI, and a column for
each period. Wide by KPI: person, period, and a column for each KPI. A blank figure is no record, never a zero.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from functools import partial
from operator import itemgetter
from typing import Any, Literal

from msgspec import Struct

from lms.imports.cells import BLANK, CellProblem, identifier, is_blank, number, remembering, text
from lms.imports.diff import Incoming, Key, Rejection, RowParser, named
from lms.imports.mapping import normal
from lms.imports.periods import Period, period
from lms.tables import Cell
from performance.kpis.periods import start_of

Part = Literal["value", "numerator", "denominator"]
LIMIT = 10**15
"""No figure is this large: beyond it a float no longer holds every unit."""
ROUNDING = 0.006
"""How far a share that is written beside its two parts may lie from them: percentages come rounded."""


class KpiFacts(Struct, frozen=True):
    """What reading needs to know of a KPI; ``names`` and those of its parts in every language."""

    code: str
    kind: str
    period: str
    names: tuple[str, ...] = ()
    numerator_names: tuple[str, ...] = ()
    denominator_names: tuple[str, ...] = ()
    retired: bool = False


class Place(Struct, frozen=True):
    """A column that holds figures: of one KPI or of one period where the layout is wide; times ``scale``."""

    at: int
    heading: str
    part: Part
    scale: Decimal
    kpi: KpiFacts | None = None
    period: Period | None = None


class Layout(Struct, frozen=True):
    """Where a file holds its figures; ``person``, ``kpi`` and ``period`` are places, None where headings say it."""

    person: int
    kpi: int | None
    period: int | None
    places: tuple[Place, ...]


# What is called how ------------------------------------------------------------------------------

_PART_WORDS: dict[str, Part] = {
    "numerator": "numerator", "num": "numerator", "分子": "numerator",
    "denominator": "denominator", "den": "denominator", "分母": "denominator",
}  # fmt: skip
_SCALES = {
    "千": 3, "thousand": 3, "thousands": 3, "k": 3, "'000": 3, "000": 3,
    "万": 4, "萬": 4,
    "百万": 6, "百萬": 6, "million": 6, "millions": 6, "m": 6, "mn": 6,
    "千万": 7, "千萬": 7,
    "亿": 8, "億": 8,
}  # fmt: skip
_BRACKETS = re.compile(r"\(([^)]*)\)|\[([^]]*)\]")
_BRACKET = re.compile(r"[][()]")
_MONEY = re.compile(r"RMB|CNY|USD|EUR|HKD|TWD|人民币|人民幣|元|圆|圓|¥|\$|€|单位|單位|unit|in|[:\s]", re.IGNORECASE)
_PLAIN = re.compile(r"-?\d{1,14}(?:\.\d{1,12})?", re.ASCII)
_OWN_SCALE = re.compile(r"[%‰千万萬亿億]")


def scale_of(heading: str) -> Decimal:
    """What the figures under a heading are multiplied by: ``销售额（万元）`` is 10000, ``Sales (thousand)`` 1000."""
    for found in _BRACKETS.findall(unicodedata.normalize("NFKC", heading)):
        said = _MONEY.sub("", "".join(found)).casefold()
        if said in _SCALES:
            return Decimal(1).scaleb(_SCALES[said])
    return Decimal(1)


class Catalogue:
    """The KPIs by code and by name in any language."""

    def __init__(self, kpis: Iterable[KpiFacts]) -> None:
        self._words: dict[str, KpiFacts | None] = {}
        self._parts: dict[str, tuple[KpiFacts, Part] | None] = {}
        every = tuple(kpis)
        for kpi in every:
            for word in {normal(name) for name in kpi.names}:
                self._words[word] = None if self._words.get(word, kpi) is not kpi else kpi
        for kpi in every:
            self._words[normal(kpi.code)] = kpi
            self._add_parts(kpi, "numerator", kpi.numerator_names)
            self._add_parts(kpi, "denominator", kpi.denominator_names)

    def _add_parts(self, kpi: KpiFacts, part: Part, names: tuple[str, ...]) -> None:
        if kpi.kind != "rate":
            return
        general = [word for word, meant in _PART_WORDS.items() if meant == part]
        bare = {normal(name) for name in names}
        whole = {normal(own + word) for own in (kpi.code, *kpi.names) for word in (*names, *general)}
        for word in bare | whole:
            self._parts[word] = None if self._parts.get(word, (kpi, part)) != (kpi, part) else (kpi, part)

    def find(self, said: str) -> KpiFacts:
        """:raises CellProblem: ``kpi_unknown``, ``kpi_ambiguous`` for a name two KPIs have, ``kpi_retired``."""
        word = normal(said)
        kpi = self._words.get(word)
        if kpi is None:
            raise CellProblem("kpi_ambiguous" if word in self._words else "kpi_unknown")
        if kpi.retired:
            raise CellProblem("kpi_retired")
        return kpi

    def heading(self, said: str) -> tuple[KpiFacts, Part] | None:
        """The KPI and part that a column's heading names, if any; of a rate the parts alone are taken."""
        found = self._parts.get(normal(_BRACKET.sub(" ", unicodedata.normalize("NFKC", said))))
        if found is None:
            kpi = self._words.get(normal(said))
            found = None if kpi is None else (kpi, "value")
        return None if found is None or found[0].retired else found


def layout(header: Sequence[str], mapping: Mapping[str, int], catalogue: Catalogue) -> Layout | None:
    """How the file is laid out, or None if its columns do not say it.

    :param mapping: column key → place, of the keys ``number``, ``kpi``, ``period`` and the parts.
    """
    if "number" not in mapping:
        return None
    person, kpi, when = mapping["number"], mapping.get("kpi"), mapping.get("period")
    taken = set(mapping.values())
    free = [(at, heading) for at, heading in enumerate(header) if heading and at not in taken]
    if kpi is not None and when is not None:
        places = [
            Place(mapping[part], header[mapping[part]], part, scale_of(header[mapping[part]]))
            for part in ("value", "numerator", "denominator")
            if part in mapping
        ]
        whole = "value" in mapping or {"numerator", "denominator"} <= mapping.keys()
    elif kpi is not None:
        places = [place for at, heading in free if (place := _of_period(at, heading))]
        whole = bool(places)
    else:
        places = [place for at, heading in free if (place := _of_kpi(at, heading, catalogue))]
        whole = bool(places) and when is not None
    return Layout(person, kpi, when, tuple(places)) if whole else None


def _of_period(at: int, heading: str) -> Place | None:
    part: Part = "value"
    bare = _BRACKETS.sub(" ", unicodedata.normalize("NFKC", heading)).strip()
    words = re.split(r"[\s_:]+", bare)
    if len(words) > 1 and words[-1].casefold() in _PART_WORDS:
        part, bare = _PART_WORDS[words[-1].casefold()], " ".join(words[:-1])
    try:
        found = period(bare)
    except CellProblem:
        return None
    return Place(at, heading, part, scale_of(heading), period=found)


def _of_kpi(at: int, heading: str, catalogue: Catalogue) -> Place | None:
    found = catalogue.heading(heading)
    return found and Place(at, heading, found[1], scale_of(heading), kpi=found[0])


# Reading -----------------------------------------------------------------------------------------


def parser(layout: Layout, header: Sequence[str], catalogue: Catalogue, today: dt.date) -> RowParser:
    """Reads rows of the given layout.

    :param today: a period that begins later is rejected.
    """
    if layout.kpi is not None and layout.period is not None:
        return _long_parser(layout, header, catalogue, today)
    return _wide_parser(layout, header, catalogue, today)


class _Misread(CellProblem):
    """A problem that belongs to another cell than the one that was being read: its place in the row."""

    def __init__(self, at: int, problem: CellProblem) -> None:
        super().__init__(problem.code, **problem.params)
        self.at = at


def _rejections(
    row: int, header: Sequence[str], cells: Sequence[Cell], problems: Iterable[tuple[int, CellProblem]]
) -> tuple[Rejection, ...]:
    """One for each cell that has a problem, the first one of it, in the order of the columns."""
    found: dict[int, CellProblem] = {}
    for at, problem in problems:
        found.setdefault(problem.at if isinstance(problem, _Misread) else at, problem)
    return tuple(
        Rejection(row, header[at], str(cells[at])[:200], problem.code, problem.params)
        for at, problem in sorted(found.items(), key=itemgetter(0))
    )


def _attempted(read: Callable[[], Any]) -> CellProblem | None:
    """The problem that reading meets."""
    try:
        read()
    except CellProblem as problem:
        return problem
    return None


def _filled(value: Any) -> Any:
    if value is BLANK:
        raise CellProblem("cell_empty")
    return value


def _kpi_reader(catalogue: Catalogue) -> Callable[[Cell], Any]:
    return remembering(lambda cell: catalogue.find(text(cell)))


class _Starts:
    """Cell and KPI's period → the key's first day, remembered: few periods stand in many rows."""

    def __init__(self, today: dt.date) -> None:
        self._today = today
        self._known: dict[tuple[str, Any], str] = {}

    def read(self, kind: str, cell: Cell) -> str:
        """:raises CellProblem: ``cell_empty``, ``kpi_period_future``, ``kpi_period_not_…``, ``date_…``."""
        found = self._known.get((kind, cell))
        if found is None:
            if is_blank(cell):
                raise CellProblem("cell_empty")
            found = self.of(kind, period(cell))
            if len(self._known) < 10_000:
                self._known[kind, cell] = found
        return found

    def of(self, kind: str, found: Period) -> str:
        if found.kind not in (kind, "day"):
            raise CellProblem(f"kpi_period_not_{kind}")
        start = start_of(kind, found.start)
        if start > self._today:
            raise CellProblem("kpi_period_future")
        return start.isoformat()


def figure(cell: Cell, scale: Decimal = Decimal(1)) -> float | None:
    """A figure in the KPI's unit, None for a blank. A cell that names its own 万 or % is not scaled again.

    :raises CellProblem: ``number_…``, ``kpi_figure_too_large``.
    """
    if isinstance(cell, str):
        if not cell:
            return None
        if scale == 1 and _PLAIN.fullmatch(cell):
            return float(cell)
        if is_blank(cell):
            return None
    found = number(cell)
    if scale != 1 and not (isinstance(cell, str) and _OWN_SCALE.search(unicodedata.normalize("NFKC", cell))):
        found *= scale
    if abs(found) >= LIMIT:
        raise CellProblem("kpi_figure_too_large")
    return float(found)


def figures(
    kpi: KpiFacts, value: float | None, numerator: float | None, denominator: float | None
) -> dict[str, float] | None:
    """The fields of a record, None if nothing is said.

    :raises CellProblem: ``kpi_parts_needed``, ``kpi_value_needed``, ``kpi_denominator_not_positive``,
        ``kpi_share_contradicts_parts``, ``kpi_count_negative``.
    """
    if value is None and numerator is None and denominator is None:
        return None
    if kpi.kind != "rate":
        if value is None or numerator is not None or denominator is not None:
            raise CellProblem("kpi_value_needed")
        if kpi.kind == "count" and value < 0:
            raise CellProblem("kpi_count_negative")
        return {"value": value}
    if denominator == 0 or (denominator is not None and denominator < 0):
        raise CellProblem("kpi_denominator_not_positive")
    if numerator is None or denominator is None:
        raise CellProblem("kpi_parts_needed")
    share = numerator / denominator
    if value is not None and min(abs(value - share), abs(value / 100 - share)) > ROUNDING:
        raise CellProblem("kpi_share_contradicts_parts")
    return {"value": share, "numerator": numerator, "denominator": denominator}


def _long_parser(layout: Layout, header: Sequence[str], catalogue: Catalogue, today: dt.date) -> RowParser:
    person_at, kpi_at, period_at = layout.person, layout.kpi or 0, layout.period or 0
    read_number, read_kpi, starts = remembering(identifier), _kpi_reader(catalogue), _Starts(today)
    parts: list[tuple[Part, int, Decimal]] = [(place.part, place.at, place.scale) for place in layout.places]
    places = {part: at for part, at, _scale in parts}

    def parse(row: int, cells: Sequence[Cell]) -> Iterable[Incoming | Rejection]:
        at = person_at
        try:
            who = _filled(read_number(cells[at]))
            at = kpi_at
            kpi: KpiFacts = _filled(read_kpi(cells[at]))
            at = period_at
            start = starts.read(kpi.period, cells[at])
            said: dict[Part, float | None] = {}
            for part, at, scale in parts:  # noqa: B007 - the place is that of the cell being read
                said[part] = figure(cells[at], scale)
            values = _figures_at(kpi, said, places)
        except CellProblem as problem:
            return _rejections(row, header, cells, [(at, problem), *beside(cells)])
        return () if values is None else (named(Incoming, (row, (who, kpi.code, start), values)),)

    def beside(cells: Sequence[Cell]) -> Iterator[tuple[int, CellProblem]]:
        """What else is wrong with a row of which one cell cannot be read; a period belongs to the KPI that is named beside it."""
        reads: list[tuple[int, Callable[[], Any]]] = [
            (person_at, lambda: _filled(read_number(cells[person_at]))),
            (kpi_at, lambda: _filled(read_kpi(cells[kpi_at]))),
        ]
        if _attempted(reads[-1][1]) is None:
            reads.append((period_at, lambda: starts.read(read_kpi(cells[kpi_at]).period, cells[period_at])))
        reads += [(at, partial(figure, cells[at], scale)) for _part, at, scale in parts]
        for at, read in reads:
            problem = _attempted(read)
            if problem is not None:
                yield at, problem

    return parse


def _figures_at(
    kpi: KpiFacts, said: Mapping[Part, float | None], places: Mapping[Part, int]
) -> dict[str, float] | None:
    """:raises _Misread: what :func:`figures` raises, with the place of the cell to be mended."""
    try:
        return figures(kpi, said.get("value"), said.get("numerator"), said.get("denominator"))
    except CellProblem as problem:
        order: tuple[Part, ...] = ("value", "numerator", "denominator")
        if problem.code in ("kpi_denominator_not_positive", "kpi_parts_needed"):
            order = ("denominator", "numerator", "value")
        raise _Misread(next(places[part] for part in order if part in places), problem) from problem


def _wide_parser(layout: Layout, header: Sequence[str], catalogue: Catalogue, today: dt.date) -> RowParser:
    read_number, read_kpi, starts = remembering(identifier), _kpi_reader(catalogue), _Starts(today)
    groups = _groups(layout.places)

    def parse(row: int, cells: Sequence[Cell]) -> Iterable[Incoming | Rejection]:
        problems: list[tuple[int, CellProblem]] = []
        found: list[Incoming] = []
        said: dict[Key, Place] = {}
        who, kpi = "", None
        try:
            who = _filled(read_number(cells[layout.person]))
        except CellProblem as problem:
            problems.append((layout.person, problem))
        try:
            kpi = None if layout.kpi is None else _filled(read_kpi(cells[layout.kpi]))
        except CellProblem as problem:
            return _rejections(row, header, cells, [*problems, (layout.kpi or 0, problem)])
        for group in groups:
            try:
                record = one(row, cells, who, kpi, group)
            except CellProblem as problem:
                problems.append((layout.person, problem))
                continue
            if record is None:
                continue
            place = next(iter(group.values()))
            first = said.setdefault(record.key, place)
            if first is place:
                found.append(record)
            else:
                problems.append((place.at, CellProblem("kpi_figure_twice", column=first.heading)))
        return _rejections(row, header, cells, problems) if problems else found

    def one(
        row: int, cells: Sequence[Cell], who: str, kpi: KpiFacts | None, group: Mapping[Part, Place]
    ) -> Incoming | None:
        said: dict[Part, float | None] = {}
        for part, place in group.items():
            try:
                said[part] = figure(cells[place.at], place.scale)
            except CellProblem as problem:
                raise _Misread(place.at, problem) from problem
        first = next(iter(group.values()))
        meant = kpi or first.kpi
        if meant is None or all(value is None for value in said.values()):
            return None
        values = _figures_at(meant, said, {part: place.at for part, place in group.items()})
        return None if values is None else Incoming(row, (who, meant.code, start_at(meant, first, cells)), values)

    def start_at(kpi: KpiFacts, place: Place, cells: Sequence[Cell]) -> str:
        at = place.at if layout.period is None else layout.period
        try:
            return starts.of(kpi.period, place.period) if place.period else starts.read(kpi.period, cells[at])
        except CellProblem as problem:
            raise _Misread(at, problem) from problem

    return parse


def _groups(places: Sequence[Place]) -> list[dict[Part, Place]]:
    """The columns that make one record together: value, or numerator with denominator, of a KPI or a period."""
    groups: dict[Any, list[dict[Part, Place]]] = {}
    for place in places:
        key = place.kpi.code if place.kpi else place.period
        same = groups.setdefault(key, [{}])
        if place.part in same[-1]:
            same.append({})
        same[-1][place.part] = place
    return [group for same in groups.values() for group in same]


def key_parts(key: Key) -> tuple[str, str, dt.date]:
    """(person number, KPI code, first day of the period) of a record's key."""
    who, code, start = key
    return who, code, dt.date.fromisoformat(start)
