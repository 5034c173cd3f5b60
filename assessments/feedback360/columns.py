"""The report as a table: the same figures as on the page, a row per competency or item and group."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from flask_babel import gettext as _

from assessments.feedback360 import words
from assessments.feedback360.report import Finding, Report, Row
from assessments.feedback360.scoring import Figure, Gap, Score
from lms.i18n import local
from lms.tables import Column, Kind
from lms.values import Reliability


def columns() -> list[Column]:
    return [
        Column("competency", _("Competency")),
        Column("behaviour", _("Behaviour")),
        Column("group", _("Raters")),
        Column("n", _("n"), Kind.INTEGER),
        Column("value", _("Level"), Kind.NUMBER),
        Column("low", _("Plausibly from"), Kind.NUMBER),
        Column("high", _("Plausibly to"), Kind.NUMBER),
        Column("gap", _("Self less others"), Kind.NUMBER),
        Column("agreement", _("Agreement"), Kind.NUMBER),
        Column("note", _("Note")),
    ]


def rows(report: Report) -> list[dict[str, Any]]:
    return [row for finding in report.findings for row in _of(report, finding)]


def _of(report: Report, finding: Finding) -> Iterator[dict[str, Any]]:
    name = local(dict(finding.competency.name))
    gap, agreement = finding.gap, finding.agreement
    for row in _figures(report, finding.row):
        if row["group"] == str(_("All others")):
            row |= {"gap": gap.value if isinstance(gap, Gap) else None, "note": words.gap_sentence(gap),
                    "agreement": agreement.value if isinstance(agreement, Reliability) else None}  # fmt: skip
        yield {"competency": name, "behaviour": ""} | row
    for item, figures in finding.items:
        for row in _figures(report, figures):
            yield {"competency": name, "behaviour": local(dict(item.text))} | row


def _figures(report: Report, row: Row) -> Iterator[dict[str, Any]]:
    yield _figure(words.groups(["self"]), row.own)
    yield _figure(_("All others"), row.others)
    for view, figure in zip(report.views, row.by_view, strict=True):
        yield _figure(words.groups(view.groups), figure)


def _figure(group: str, figure: Figure) -> dict[str, Any]:
    empty = {"gap": None, "agreement": None}
    if not isinstance(figure, Score):
        return empty | {"group": group, "n": None, "value": None, "low": None, "high": None, "note": words.why_not(figure)}
    ends = figure.interval
    return empty | {"group": group, "n": figure.n, "value": figure.value, "low": ends.low if ends else None,
                    "high": ends.high if ends else None, "note": ""}  # fmt: skip
