"""From answers to what may be shown of them, question by question. Pure.

The rule of anonymity (``suppression``) is applied to each question by itself, to the cells in which it was answered: a branch that
three people took is not shown because twelve answered the survey.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence, Set
from typing import Any

from msgspec import Struct, field

from assessments.grading.estimates import Estimate
from assessments.surveys import measures, suppression
from assessments.surveys.items import Item, Option, Text
from assessments.surveys.suppression import Cell
from assessments.surveys.terms import Term, terms
from lms.values import NotEstimable


class Given(Struct, frozen=True):
    """One respondent's answers, and the cell in which they lie. ``id`` is random."""

    id: str
    cell: Cell
    answers: Mapping[str, Any]


class Bar(Struct, frozen=True):
    """How many gave an answer: ``text`` of an option, or None with ``key`` as the value on a scale."""

    key: str
    text: Text | None
    count: int
    share: Estimate | NotEstimable


class Result(Struct, frozen=True):
    """What may be shown of a question (of one statement of a grid). ``held_back``: there are answers that may not be."""

    item: Item
    row: Option | None
    n: int
    held_back: bool
    bars: tuple[Bar, ...] = ()
    mean: Estimate | NotEstimable | None = None
    nps: Estimate | NotEstimable | None = None
    ranks: tuple[tuple[Option, Estimate | NotEstimable], ...] = ()
    texts: tuple[str, ...] = ()
    terms: tuple[Term, ...] = field(default=())

    @property
    def agree(self) -> Estimate | NotEstimable:
        return self._side(measures.agreeing(self.item))

    @property
    def disagree(self) -> Estimate | NotEstimable:
        return self._side(measures.disagreeing(self.item))

    def _side(self, points: frozenset[str]) -> Estimate | NotEstimable:
        return measures.share(sum(bar.count for bar in self.bars if bar.key in points), self.n)


def allowed(
    given: Sequence[Given], order: Sequence[int], selected: Set[Cell] | None, *, anonymous: bool
) -> tuple[list[Given], bool]:
    """(the answers that may be shown, whether others of the selection may not).

    ``given``: all respondents of whom there is a value; ``order``: closed sendings in the order of closing; ``selected``: the cells
    chosen, None for all of them. Named answers are all shown.
    """
    inside = [each for each in given if selected is None or each.cell in selected]
    if not anonymous:
        return inside, False
    counts: dict[int, dict[Cell, int]] = {sending: {} for sending in order}
    for each in given:
        if each.cell[0] in counts:
            cells = counts[each.cell[0]]
            cells[each.cell] = cells.get(each.cell, 0) + 1
    chosen = {cell for cells in counts.values() for cell in cells if selected is None or cell in selected}
    cells_shown = suppression.shown(suppression.groups([counts[sending] for sending in order]), chosen)
    found = [each for each in inside if each.cell in cells_shown]
    return found, len(found) < len(inside)


def summarise(
    items: Sequence[Item], given: Sequence[Given], order: Sequence[int], selected: Set[Cell] | None, *, anonymous: bool
) -> list[Result]:
    """A result per question, and per statement of a grid, in the order asked."""
    found = []
    for item in items:
        rows: Sequence[Option | None] = item.rows if item.kind == "likert" else (None,)
        for row in rows if item.asks else ():
            having = [each for each in given if _value(item, row, each.answers) is not None]
            shown, held_back = allowed(having, order, selected, anonymous=anonymous)
            found.append(_result(item, row, shown, held_back))
    return found


def _value(item: Item, row: Option | None, answers: Mapping[str, Any]) -> Any:
    answer = answers.get(item.id)
    return answer.get(row.id) if row is not None and isinstance(answer, Mapping) else answer


def _result(item: Item, row: Option | None, shown: Sequence[Given], held_back: bool) -> Result:
    values = [_value(item, row, each.answers) for each in shown]
    n = len(values)
    if item.kind in ("open", "short"):
        texts = [value for _key, value in sorted((_shuffle(item, each), value) for each, value in zip(shown, values, strict=True))]
        return Result(item, row, n, held_back, texts=tuple(texts), terms=tuple(terms(texts)))
    if item.kind == "ranking":
        places = tuple((option, measures.mean([v.index(option.id) + 1 for v in values], 1, len(item.options)))
                       for option in item.options)  # fmt: skip
        return Result(item, row, n, held_back, bars=_bars(item, [v[0] for v in values], n), ranks=places)
    if item.kind == "number":
        return Result(item, row, n, held_back, mean=measures.mean(values))
    scale = item.scale()
    return Result(
        item, row, n, held_back,
        bars=_bars(item, [str(each) for v in values for each in (v if isinstance(v, list) else [v])], n),
        mean=measures.mean(values, scale.start, scale.stop - 1) if item.kind == "rating" else None,
        nps=measures.nps(values) if item.kind == "nps" else None)  # fmt: skip


def _bars(item: Item, values: Sequence[str], n: int) -> tuple[Bar, ...]:
    keys: list[tuple[str, Text | None]] = [(option.id, option.text) for option in item.options]
    keys = keys or [(str(value), None) for value in item.scale()]
    return tuple(Bar(key, text, count := values.count(key), measures.share(count, n)) for key, text in keys)


def _shuffle(item: Item, each: Given) -> str:
    """An order of its own for each question, so that texts of one person do not stand at one place in all lists."""
    return hashlib.sha256(f"{item.id}:{each.id}".encode()).hexdigest()
