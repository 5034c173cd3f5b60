"""The report as a workbook: every number of the page as a number in a cell."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from io import BytesIO
from typing import Any

from flask_babel import gettext as _

from effects import check_words, words
from effects.dossier import Dossier
from effects.roi.costing import PARTS
from effects.roi.forms import LABELS
from lms.i18n import day, local
from lms.tables import Column, Kind, Sheet, write_workbook
from performance.kpis.wording import period

Row = dict[str, Any]


def as_xlsx(found: Dossier, left_out: Sequence[tuple[str, str]]) -> bytes:
    """The workbook in the reader's language. ``left_out``: (name, reason) of those whom the reader may see."""
    file = BytesIO()
    write_workbook(file, [sheet for sheet in _sheets(found, left_out) if sheet is not None])
    return file.getvalue()


def _sheets(found: Dossier, left_out: Sequence[tuple[str, str]]) -> Iterable[Sheet | None]:
    yield _summary(found)
    yield _series(found, _("Effect by period"), "event_study", "k", _("Period"))
    yield _series(found, _("By start"), "groups", "group", _("Start"))
    yield _series(found, _("By calendar"), "calendar", "period", _("Period"))
    yield _checks(found)
    yield _planned(found)
    yield _methods(found)
    yield _before_after(found)
    yield _left_out(found, left_out)
    yield _roi(found)


def _summary(found: Dossier) -> Sheet:
    run, n, said = found.run, found.numbers, found.words
    interval = n.get("interval") or {}
    rows: list[tuple[str, Any, str]] = [
        (_("What was studied"), local(found.study.title), ""),
        (_("KPI"), local(found.study.kpi.name), found.study.kpi.unit),
        (_("What was found"), said["headline"], ""),
        (_("Evidence"), run.grade, said["grade"]),
        (_("Method"), words.method(str(n.get("method", ""))), str(n.get("method", ""))),
        (_("Scale of the effects"), n.get("scale"), _("log: differences of logarithms; share is the same as a share of the level")),
        (_("Effect"), n.get("estimate"), ""),
        (_("from"), interval.get("low"), ""),
        (_("to"), interval.get("high"), ""),
        (_("Level of the interval"), interval.get("level"), ""),
        (_("Standard error"), n.get("se"), str(n.get("inference", ""))),
        (_("p-value"), n.get("p_value"), ""),
        (_("Smallest effect these records can show"), n.get("smallest_detectable"), ""),
        (_("Reps in the records"), n.get("n_units"), ""),
        (_("Trained reps"), n.get("n_treated"), ""),
        (_("Reps compared with"), n.get("n_comparison"), ""),
        (_("Teams"), n.get("n_clusters"), ""),
        (_("Number of periods"), n.get("n_periods"), ""),
        (_("Of these, finished"), n.get("completed"), ""),
        (_("How they were chosen"), words.chosen(run.chosen), run.chosen),
        (_("Run"), run.number, ""),
        (_("Computed"), day(run.finished_at), ""),
        (_("Records until"), "" if run.data_until is None else period(found.study.kpi.period, run.data_until), ""),
        (_("Fingerprint of the data"), run.fingerprint, ""),
        (_("Seed"), run.seed, ""),
        (_("Version of the engine"), run.version, ""),
    ]
    rows += [(_("Why this grade"), line, "") for line in said.get("grade_why", ())]
    columns = [Column("0", _("Item"), value=lambda r: r[0]), Column("1", _("Figure"), value=lambda r: r[1]), Column("2", _("Note"), value=lambda r: r[2])]
    return Sheet(_("Summary"), columns, rows)


def _series(found: Dossier, title: str, series: str, key: str, head: str) -> Sheet | None:
    rows = found.numbers.get(series) or []
    if not rows:
        return None
    periods = found.numbers.get("periods") or []
    share = found.measure.share

    def label(row: Row) -> Any:
        at = row[key]
        return periods[at] if key != "k" and 0 <= at < len(periods) else at

    columns = [Column(key, head, Kind.INTEGER, label), *_figures(), Column("se", _("Standard error"), Kind.NUMBER)]
    if series == "event_study":
        columns += [Column("band_low", _("Band from"), Kind.NUMBER), Column("band_high", _("Band to"), Kind.NUMBER)]
    if share:
        columns.append(Column("share", _("Effect as a share"), Kind.PERCENT, lambda row: found.measure.plain(row["estimate"])))
    return Sheet(title, [*columns, Column("n", _("Reps"), Kind.INTEGER)], rows)


def _figures() -> list[Column]:
    return [
        Column("estimate", _("Effect"), Kind.NUMBER),
        Column("low", _("from"), Kind.NUMBER),
        Column("high", _("to"), Kind.NUMBER),
    ]


def _checks(found: Dossier) -> Sheet | None:
    said = {check["name"]: check for check in found.words.get("checks") or []}
    rows = [
        {
            "question": check_words.question(check["name"]),
            "verdict": said[check["name"]]["word"] if check["name"] in said else "",
            "answer": said[check["name"]]["answer"] if check["name"] in said else "",
            "value": check["value"],
            "low": (check["interval"] or {}).get("low"),
            "high": (check["interval"] or {}).get("high"),
            "p": check["p_value"],
            "name": check["name"],
        }
        for check in found.numbers.get("diagnostics") or []
    ]
    columns = [
        Column("question", _("What a sceptic asks")),
        Column("verdict", _("How it came out")),
        Column("answer", _("Answer")),
        Column("value", _("Figure"), Kind.NUMBER),
        Column("low", _("from"), Kind.NUMBER),
        Column("high", _("to"), Kind.NUMBER),
        Column("p", _("p-value"), Kind.NUMBER),
        Column("name", _("Code")),
    ]
    return Sheet(_("Checks"), columns, rows) if rows else None


def _planned(found: Dossier) -> Sheet | None:
    rows = []
    for said in found.planned():
        rows += [(said.title, said.line), *((_("Departure from the plan"), line) for line in said.departures), *(("", line) for line in said.notes)]
    columns = [Column("0", _("Item"), value=lambda r: r[0]), Column("1", _("What was found"), value=lambda r: r[1])]
    return Sheet(_("Planned in advance"), columns, rows) if rows else None


def _methods(found: Dossier) -> Sheet | None:
    """Empty where the page shows none: no other method's figure is put in the place of a refused one."""
    if not found.words.get("besides"):
        return None
    numbers = found.numbers
    used = {str(numbers["method"]): numbers} if numbers.get("estimate") is not None else {}
    rows = []
    for name, figures in (used | numbers.get("besides", {})).items():
        interval = figures.get("interval") or {}
        row = {"method": words.method(name), "code": name, "estimate": figures.get("estimate"), "se": figures.get("se")}
        rows.append(row | {"low": interval.get("low"), "high": interval.get("high"), "p": figures.get("p_value")})
    columns = [
        Column("method", _("Method")),
        *_figures(),
        Column("se", _("Standard error"), Kind.NUMBER),
        Column("p", _("p-value"), Kind.NUMBER),
        Column("code", _("Code")),
    ]
    return Sheet(_("Methods"), columns, rows)


def _before_after(found: Dossier) -> Sheet | None:
    parts = found.numbers.get("before_after")
    if not parts or not found.words.get("before_after"):
        return None
    names = {
        "naive": _("Before/after, as it is usually shown"),
        "before": _("Average before"),
        "after": _("Average after"),
        "everyone": _("Came to everyone"),
        "season": _("Season"),
        "own": _("Their own path"),
        "course": _("Left for the course"),
        "rest": _("Own path and course together"),
        "window": _("Periods on each side"),
        "n_reps": _("Reps"),
    }
    rows = [{"name": names[key], "value": parts[key]} for key in names if parts.get(key) is not None]
    return Sheet(_("Before and after"), [Column("name", _("Item")), Column("value", _("Figure"), Kind.NUMBER)], rows)


def _left_out(found: Dossier, named: Sequence[tuple[str, str]]) -> Sheet | None:
    counts: dict[str, int] = {}
    for entry in found.numbers.get("left_out") or []:
        counts[entry["reason"]] = counts.get(entry["reason"], 0) + 1
    rows: list[Row] = [{"reason": words.dropped_reason(reason), "n": n, "name": ""} for reason, n in sorted(counts.items())]
    rows += [{"reason": words.dropped_reason(reason), "n": None, "name": name} for name, reason in named]
    columns = [Column("reason", _("Reason")), Column("n", _("Reps"), Kind.INTEGER), Column("name", _("Those of them you look after"))]
    return Sheet(_("Who is not in it"), columns, rows) if rows else None


def _roi(found: Dossier) -> Sheet:
    said = found.roi
    rows: list[Row] = [_line(_("What was found"), note=said.sentence)]
    if said.roi is not None and said.stated is not None:
        body = said.roi.as_json()
        rows += [_line(str(LABELS[name]), said.stated.inputs["parts"][name]) for name in PARTS if name in said.stated.inputs["parts"]]
        rows.append(_line(_("Contribution margin"), said.stated.inputs["margin"]))
        rows += [_line(_("Trained reps"), likely=body["basis"]["reps"]), _line(_("Periods observed per rep"), likely=body["basis"]["periods"])]
        rows.append(_line(_("Effect that pays the cost"), likely=body["break_even"]))
        if "roi" in body:
            rows += _returned(body)
        rows.append(_line(_("Version of the costs"), likely=said.stated.number, note=said.by))
    columns = [
        Column("name", _("Item")),
        Column("low", _("Low"), Kind.NUMBER),
        Column("likely", _("Most likely"), Kind.NUMBER),
        Column("high", _("High"), Kind.NUMBER),
        Column("note", _("Source")),
    ]
    return Sheet(_("Return on the cost"), columns, rows)


def _returned(body: Row) -> list[Row]:
    rows = [
        _line(_("Return on the cost (ROI)"), body["interval"] | {"likely": body["roi"]}),
        _line(_("probability that the return is above zero"), likely=body["probability"]),
        _line(_("Benefit"), body["benefit_interval"] | {"likely": body["benefit"]}),
        _line(_("What it cost"), likely=body["cost"]),
        _line(_("Draws"), likely=body["draws"]),
        _line(_("Seed"), likely=body["seed"]),
    ]
    names = {"effect": _("Size of the effect"), "margin": _("Contribution margin"), "cost": _("What it cost"), "persistence": _("How long it lasts")}
    drives = _("Return between the ends of:")
    return rows + [_line(f"{drives} {names[bar['name']]}", bar) for bar in body["tornado"]]


def _line(name: str, value: Row | None = None, *, likely: Any = None, note: str = "") -> Row:
    value = value or {}
    return {
        "name": name,
        "low": value.get("low"),
        "likely": value.get("likely", likely),
        "high": value.get("high"),
        "note": value.get("source", note),
    }
