"""Long rows (one per rep and period) into a ``Panel``, with an account of every rep left out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np
from msgspec import Struct, field

from effects.stats.calendar import Calendar, UnreadablePeriod, calendar_of, read
from effects.stats.panel import NEVER, Panel
from lms.arrays import FloatArray, IntArray

Reason = Literal[
    "no_outcome",
    "trained_before_data",
    "trained_from_first_period",
    "no_outcome_before_start",
    "covariate_missing",
]
BLANK = {"", "na", "n/a", "nan", "none", "null", "-"}
NEVER_WRITTEN = BLANK | {"0", "0.0", "inf", "infinity", "never"}


class PanelError(ValueError):
    """The rows cannot become a panel: ``code`` and the figures its sentence needs. Rows count from 1."""

    def __init__(self, code: str, **params: Any) -> None:
        super().__init__(code)
        self.code, self.params = code, params


class Rows(Struct, frozen=True):
    """Columns of equal length. With a ``denominator``, ``outcome`` is the numerator of a rate.

    ``first_treated`` is in the words of ``period``; empty, 0, NaN or infinity mean never trained.
    """

    unit: Sequence[Any]
    period: Sequence[Any]
    outcome: Sequence[Any]
    first_treated: Sequence[Any]
    cluster: Sequence[Any] | None = None
    covariates: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    denominator: Sequence[Any] | None = None


class Dropped(Struct, frozen=True):
    """A rep left out of the panel."""

    unit: str
    reason: Reason


class Reading(Struct, frozen=True):
    """A panel, its calendar, and who is not in it."""

    panel: Panel
    calendar: Calendar
    dropped: tuple[Dropped, ...]
    n_rows: int


def read_rows(rows: Rows) -> Reading:
    """The panel of these rows. Raises ``PanelError`` with one code per thing that is wrong:

    "no_rows", "columns_unequal", "unit_missing", "period_missing", "period_unreadable", "periods_mixed",
    "calendar_gap", "one_period", "text_in_numbers", "infinite_value", "value_too_large", "negative_denominator", "duplicate_rows",
    "first_treated_unreadable", "first_treated_varies", "cluster_missing", "cluster_varies",
    "covariate_varies", "covariate_never_given", "one_unit", "none_trained", "all_trained_before_data", "no_values",
    "no_usable_unit".
    """
    _check_lengths(rows)
    units, unit = _labels(rows.unit, "unit_missing")
    calendar, period = _periods(rows.period)
    _check_duplicates(units, unit, calendar, period)
    if len(units) == 1:
        raise PanelError("one_unit", unit=units[0])
    start = _starts(rows.first_treated, units, unit, calendar)
    clusters, cluster = _clusters(rows.cluster, units, unit)
    outcome, weight = _outcomes(rows, len(units), calendar.length, unit, period)
    covariates = {
        name: _constant(numbers(values, name), units, unit, name) for name, values in rows.covariates.items()
    }
    whole = Panel(
        units,
        tuple(calendar.label(i) for i in range(calendar.length)),
        outcome,
        np.where(start >= calendar.length, NEVER, start),
        cluster,
        clusters,
        weight,
        covariates,
    )
    return _keep_usable(whole, calendar, len(rows.unit))


def _keep_usable(whole: Panel, calendar: Calendar, n_rows: int) -> Reading:
    """Leaves out, with its reason, every rep from whom nothing can be learned."""
    if not whole.trained_units.any():
        raise PanelError("none_trained", units=whole.n_units)
    without = np.zeros(whole.n_units, bool)
    for values in whole.covariates.values():
        without |= ~np.isfinite(values)
    reasons: list[tuple[Reason, Any]] = [
        ("no_outcome", np.logical_not(whole.observed.any(axis=1))),
        ("trained_before_data", whole.start < 0),
        ("trained_from_first_period", whole.start == 0),
        ("no_outcome_before_start", np.logical_not((whole.observed & whole.untrained).any(axis=1))),
        ("covariate_missing", without),
    ]
    reason = np.full(whole.n_units, "", dtype=object)
    for name, affected in reasons:
        reason[(reason == "") & affected] = name
    keep = np.array(reason == "", bool)
    if whole.trained_units.any() and (whole.start[whole.trained_units] <= 0).all():
        raise PanelError("all_trained_before_data", units=int(whole.trained_units.sum()))
    for only, code in (("no_outcome", "no_values"), ("covariate_missing", "covariate_never_given")):
        if (reason == only).all():
            raise PanelError(code)
    dropped = tuple(Dropped(whole.units[i], reason[i]) for i in np.flatnonzero(~keep))
    if not keep.any():
        raise PanelError("no_usable_unit", dropped=len(dropped))
    if not whole.trained_units[keep].any():
        raise PanelError("all_trained_before_data", units=int(whole.trained_units.sum()))
    return Reading(whole.select(keep), calendar, dropped, n_rows)


def _check_lengths(rows: Rows) -> None:
    if len(rows.unit) == 0:
        raise PanelError("no_rows")
    columns = [rows.period, rows.outcome, rows.first_treated, *rows.covariates.values()]
    columns += [c for c in (rows.cluster, rows.denominator) if c is not None]
    if any(len(c) != len(rows.unit) for c in columns):
        raise PanelError("columns_unequal")


def _written(value: Any) -> str:
    """A label as text: 12.0 and 12 are the same rep."""
    if isinstance(value, float | np.floating) and np.isfinite(value) and float(value).is_integer():
        return str(int(value))
    return "" if value is None else str(value).strip()


def _factor(values: Sequence[Any]) -> tuple[list[Any], IntArray]:
    """Distinct raw values in order of appearance, and each row's number."""
    number: dict[Any, int] = {}
    index = np.fromiter((number.setdefault(v, len(number)) for v in values), np.int64, len(values))
    return list(number), index


def _labels(values: Sequence[Any], missing: str) -> tuple[tuple[str, ...], IntArray]:
    """Distinct labels, sorted as numbers where they are numbers, and each row's number."""
    raw, index = _factor(values)
    written = [_written(v) for v in raw]
    for i, text in enumerate(written):
        if text == "" or text.lower() == "nan":
            raise PanelError(missing, row=int(np.argmax(index == i)) + 1)
    names = sorted(set(written), key=lambda s: (0, int(s), s) if s.isascii() and s.isdigit() else (1, 0, s))
    place = {name: i for i, name in enumerate(names)}
    return tuple(names), np.array([place[text] for text in written], np.int64)[index]


def _periods(values: Sequence[Any]) -> tuple[Calendar, IntArray]:
    raw, index = _factor(values)
    found = []
    for i, value in enumerate(raw):
        row = int(np.argmax(index == i)) + 1
        if value is None or str(value).strip().lower() in BLANK:
            raise PanelError("period_missing", row=row)
        try:
            found.append(read(value))
        except UnreadablePeriod:
            raise PanelError("period_unreadable", row=row, value=str(value)) from None
    try:
        calendar = calendar_of(found)
    except UnreadablePeriod as mixed:
        raise PanelError("periods_mixed", values=str(mixed)) from None
    place = np.array([calendar.index(value) for value in raw], np.int64)
    if calendar.length == 1:
        raise PanelError("one_period", period=calendar.label(0))
    missing = sorted(set(range(calendar.length)) - set(place.tolist()))
    if missing:
        labels = [calendar.label(i) for i in missing]
        raise PanelError("calendar_gap", missing=labels[:10], count=len(labels))
    return calendar, place[index]


def _check_duplicates(units: tuple[str, ...], unit: IntArray, calendar: Calendar, period: IntArray) -> None:
    key = unit * calendar.length + period
    distinct, count = np.unique(key, return_counts=True)
    if len(distinct) < len(key):
        first = int(distinct[count > 1][0])
        raise PanelError(
            "duplicate_rows",
            unit=units[first // calendar.length],
            period=calendar.label(first % calendar.length),
            count=int((count > 1).sum()),
        )


def _starts(values: Sequence[Any], units: tuple[str, ...], unit: IntArray, calendar: Calendar) -> IntArray:
    raw, index = _factor(values)
    starts = []
    for i, value in enumerate(raw):
        if value is None or str(value).strip().lower() in NEVER_WRITTEN:
            starts.append(NEVER)
            continue
        try:
            starts.append(calendar.index(value))
        except UnreadablePeriod:
            row = int(np.argmax(index == i)) + 1
            raise PanelError("first_treated_unreadable", row=row, value=str(value)) from None
    return _same_within(np.array(starts, np.int64)[index], units, unit, "first_treated_varies")


def _clusters(
    values: Sequence[Any] | None, units: tuple[str, ...], unit: IntArray
) -> tuple[tuple[str, ...], IntArray]:
    if values is None:
        return units, np.arange(len(units))
    clusters, index = _labels(values, "cluster_missing")
    return clusters, _same_within(index, units, unit, "cluster_varies")


def _same_within(values: IntArray, units: tuple[str, ...], unit: IntArray, code: str) -> IntArray:
    """(N,) the one value each unit has."""
    found = np.zeros(len(units), np.int64)
    found[unit] = values
    differs = found[unit] != values
    if differs.any():
        raise PanelError(code, unit=units[unit[np.argmax(differs)]])
    return found


def _constant(values: FloatArray, units: tuple[str, ...], unit: IntArray, name: str) -> FloatArray:
    """(N,) the one value each unit has; rows that leave it empty do not count."""
    found = np.full(len(units), np.nan)
    given = np.isfinite(values)
    found[unit[given]] = values[given]
    differs = given & (found[unit] != values)
    if differs.any():
        raise PanelError("covariate_varies", column=name, unit=units[unit[np.argmax(differs)]])
    return found


def _outcomes(
    rows: Rows, n: int, t: int, unit: IntArray, period: IntArray
) -> tuple[FloatArray, FloatArray | None]:
    """(N, T) outcome and, for a rate, its denominator."""
    outcome = np.full((n, t), np.nan)
    outcome[unit, period] = numbers(rows.outcome, "outcome")
    if rows.denominator is None:
        return outcome, None
    weight = np.full((n, t), np.nan)
    weight[unit, period] = numbers(rows.denominator, "denominator")
    if (weight < 0).any():
        row = int(np.argmax(numbers(rows.denominator, "denominator") < 0)) + 1
        raise PanelError("negative_denominator", count=int((weight < 0).sum()), row=row)
    known = np.isfinite(outcome) & (weight > 0)
    rate = np.where(known, outcome, np.nan) / np.where(known, weight, 1.0)
    return rate, np.where(known, weight, 0.0)


LARGEST = 1e15
"""Beyond this no KPI lies, and sums of squares lose their digits."""


def numbers(values: Sequence[Any], column: str) -> FloatArray:
    """A column as numbers; blanks are missing. Raises "text_in_numbers", "infinite_value" and "value_too_large"."""
    try:
        found = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError):
        found = np.array([_number(v, column, i) for i, v in enumerate(values)], np.float64)
    if np.isinf(found).any():
        raise PanelError("infinite_value", column=column, row=int(np.argmax(np.isinf(found))) + 1)
    too_large = np.abs(found) > LARGEST
    if too_large.any():
        raise PanelError("value_too_large", column=column, row=int(np.argmax(too_large)) + 1)
    return found


def _number(value: Any, column: str, row: int) -> float:
    if value is None or str(value).strip().lower() in BLANK:
        return float("nan")
    try:
        if "_" in str(value):
            raise ValueError
        return float(value)
    except (TypeError, ValueError):
        raise PanelError("text_in_numbers", column=column, row=row + 1, value=str(value)[:60]) from None
