"""The columns of exported results: the same rows as on the page, and no more of anonymous answers than it shows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask_babel import gettext as _

from assessments.grading.estimates import Estimate
from assessments.surveys import authoring, words
from assessments.surveys.items import Item
from assessments.surveys.models import SurveyVersion
from assessments.surveys.results import Findings, NamedRow
from assessments.surveys.summary import Result
from lms.i18n import called, local
from lms.tables import Column, Kind

Row = dict[str, Any]


def columns() -> list[Column]:
    return [
        Column("question", _("Question")),
        Column("statement", _("Statement")),
        Column("figure", _("Figure")),
        Column("answer", _("Answer")),
        Column("n", _("Answers"), Kind.INTEGER),
        Column("count", _("Given by"), Kind.INTEGER),
        Column("value", _("Value"), Kind.NUMBER),
        Column("low", _("Plausibly from"), Kind.NUMBER),
        Column("high", _("Plausibly to"), Kind.NUMBER),
    ]


def rows(found: Findings) -> list[Row]:
    """A row per figure: the response rate first, then each question's shares, mean, score or texts."""
    table = [_row(_("All questions"), "", _("Response rate"), "", found.answers, None, found.rate)] if found.rate else []
    for result in found.results:
        table += _of(result)
    return table


def links() -> list[Column]:
    return [
        Column("label", _("Customer")),
        Column("about", _("Sales representative")),
        Column("url", _("Link")),
        Column("expires_at", _("Open until"), Kind.DATETIME),
    ]


def named_columns(version: SurveyVersion) -> list[Column]:
    """One row per answer of a named survey."""
    head = [
        Column("at", _("Answered"), Kind.DATETIME, value=lambda row: row.response.submitted_at),
        Column("number", _("Person number"), value=lambda row: row.person.number if row.person else ""),
        Column("name", _("Name"), value=lambda row: called(row.person) if row.person else row.response.label),
        Column("about", _("About"), value=lambda row: called(row.about) if row.about else ""),
    ]
    return head + [each for item in authoring.items_of(version) if item.asks for each in _item_columns(item)]


def _item_columns(item: Item) -> list[Column]:
    title = local(dict(item.text))
    if item.kind == "likert":
        return [
            Column(f"{item.id}.{row.id}", f"{title} {local(dict(row.text))}", value=_grid(item, row.id)) for row in item.rows
        ]
    kind = Kind.NUMBER if item.kind in ("number", "rating", "nps") else Kind.TEXT
    return [Column(item.id, title, kind, value=_plain(item))]


def _grid(item: Item, row_id: str) -> Callable[[NamedRow], str]:
    def cell(row: NamedRow) -> str:
        answer = (row.response.answers.get(item.id) or {}).get(row_id)
        return words.label_of(item, answer) if answer else ""

    return cell


def _plain(item: Item) -> Callable[[NamedRow], Any]:
    def cell(row: NamedRow) -> Any:
        answer = row.response.answers.get(item.id)
        if item.kind == "single" and answer is not None:
            return words.label_of(item, answer)
        if isinstance(answer, list):
            return _("; ").join(words.label_of(item, each) for each in answer)
        return answer

    return cell


def _of(result: Result) -> list[Row]:
    question = local(dict(result.item.text))
    statement = local(dict(result.row.text)) if result.row else ""
    found = [
        _row(question, statement, _("Share"), words.label_of(result.item, bar.key), result.n, bar.count, bar.share)
        for bar in result.bars
        if result.n
    ]
    if result.mean is not None:
        found.append(_row(question, statement, _("Mean"), "", result.n, None, result.mean))
    if result.nps is not None:
        found.append(_row(question, statement, _("Net promoter score"), "", result.n, None, result.nps))
    found += [
        _row(question, statement, _("Mean place"), words.label_of(result.item, option.id), result.n, None, place)
        for option, place in result.ranks
        if result.n
    ]
    found += [_row(question, statement, _("Answer in words"), text, result.n, None, None) for text in result.texts]
    if result.held_back or not result.n:
        state = _("Some answers are held back") if result.held_back else _("No answers")
        found.append(_row(question, statement, state, "", result.n, None, None))
    return found


def _row(question: str, statement: str, figure: str, answer: str, n: int, count: int | None, value: Any) -> Row:
    estimate = value if isinstance(value, Estimate) else None
    interval = estimate.interval if estimate else None
    return {
        "question": question,
        "statement": statement,
        "figure": figure,
        "answer": answer,
        "n": n,
        "count": count,
        "value": estimate.value if estimate else None,
        "low": interval.low if interval else None,
        "high": interval.high if interval else None,
    }
