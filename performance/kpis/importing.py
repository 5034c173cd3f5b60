"""KPI records from a file: previewed, taken in by batches, superseding what they correct, taken back whole."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from lms.authz import Actor, Permission
from lms.clock import today
from lms.db import db, fetch
from lms.imports.cells import identifier, number, text_up_to
from lms.imports.diff import Incoming, Key, Notice, Outcome, Rejection, RowParser, Values, Verdict, named
from lms.imports.kinds import Affected, Applied, ImportKind, Plan
from lms.imports.mapping import ImportColumn
from lms.imports.periods import period
from lms.people.models import Person
from lms.people.scope import people_in_scope
from performance.kpis import affected, recording, rows
from performance.kpis.models import Kpi
from performance.kpis.periods import label as period_label
from performance.kpis.plausibility import Finding, Watch
from performance.kpis.recording import Figures, Spot

REASONS = {
    "kpi_unknown": _l("is not a KPI here: use its code or one of its names"),
    "kpi_ambiguous": _l("is the name of several KPIs: use the code"),
    "kpi_retired": _l("is a retired KPI that takes no more records"),
    "kpi_person_unknown": _l("is not the number of anybody in your care"),
    "kpi_own_records": _l("is your own number: nobody records their own results"),
    "kpi_period_not_week": _l("is not a week, and this KPI is counted by week: write 2024-W05"),
    "kpi_period_not_month": _l("is not a month, and this KPI is counted by month: write 2024-03"),
    "kpi_period_not_quarter": _l("is not a quarter, and this KPI is counted by quarter: write 2024-Q1"),
    "kpi_period_not_year": _l("is not a year, and this KPI is counted by year: write 2024"),
    "kpi_period_future": _l("has not begun yet"),
    "kpi_figure_too_large": _l("is too large to be a figure of one person"),
    "kpi_value_needed": _l("belongs to a KPI that is a plain value: fill the value, not numerator and denominator"),
    "kpi_parts_needed": _l(
        "belongs to a rate: give numerator and denominator, so that teams can be added up as sums over sums"
    ),
    "kpi_denominator_not_positive": _l("must be greater than zero; leave both parts empty where nothing was counted"),
    "kpi_share_contradicts_parts": _l("is not the numerator divided by the denominator"),
    "kpi_figure_twice": _l("is a second figure for what the column “%(column)s” says already: leave one of them empty"),
    "kpi_count_negative": _l("is negative, and this KPI is a count"),
    "kpi_rows_blank": _l("rows hold no figure; nothing is recorded for them, not even zero"),
    "kpi_unit_jump": _l("is some %(factor)s times what these people usually have: perhaps in another unit (元, 万元)?"),
    "kpi_unit_jump_period": _l(
        "is some %(factor)s times what is usual, across %(n)s figures: perhaps in another unit (元, 万元)?"
    ),
    "kpi_unit_jump_rep": _l(
        "is some %(factor)s times what this person usually has, over %(n)s periods: perhaps in another unit (元, 万元)?"
    ),
    "kpi_far_from_usual": _l("is some %(factor)s times what this person usually has: the right unit and person?"),
    "kpi_outlier": _l("lies unusually far from the rest (robust z = %(z)s)"),
}
MOST_PAIRS = 200_000
"""Of how many pairs of KPI and rep the usual is known: beyond that figures are compared with one another."""


class KpiImport(ImportKind):
    """The key is (person number, KPI code, first day of the period). Three layouts: see ``rows``."""

    key = "kpi"
    label = _l("KPI records")
    hint = _l(
        "One row per person, KPI and period; or a column for each period; or a column for each KPI. Rates come with"
        " numerator and denominator. Empty cells record nothing. A corrected figure supersedes the earlier one, which is"
        " kept."
    )
    permission = Permission.KPI_IMPORT
    keeps_lineage = True
    scoped = True
    columns = (
        ImportColumn("number", _l("Person number"), identifier, (
            "person number", "person_number", "personnel number", "employee number", "employee no", "employee id",
            "staff id", "staff no", "emp id", "rep", "rep number", "person", "unit", "id", "no",
            "工号", "员工编号", "人员编号", "编号", "员工号", "工號", "員工編號", "人員編號", "編號"), True, "R1001"),
        ImportColumn("kpi", _l("KPI"), text_up_to(200), (
            "kpi code", "kpi name", "indicator", "metric", "measure",
            "指标", "指标名称", "指标编码", "业绩指标", "考核指标", "指標", "指標名稱", "業績指標"), False, "sales_amount"),
        ImportColumn("period", _l("Period"), period, (
            "month", "week", "quarter", "year", "date", "fiscal period",
            "期间", "月份", "周期", "季度", "年份", "年月", "日期", "統計期間", "统计期间", "期間", "週期"), False, "2024-03"),
        ImportColumn("value", _l("Value"), number, (
            "amount", "figure", "actual", "result", "score",
            "数值", "值", "实际值", "实际", "完成值", "实际完成", "业绩", "數值", "實際值", "完成"), False, "186000"),
        ImportColumn("numerator", _l("Numerator"), number, ("num", "分子"), False, ""),
        ImportColumn("denominator", _l("Denominator"), number, ("den", "分母"), False, ""),
    )  # fmt: skip

    def record_key(self, values: dict[str, Any]) -> Key:
        return values.pop("number"), values.pop("kpi"), values.pop("period")

    # Reading ---------------------------------------------------------------------------------

    def missing(self, header: Sequence[str], mapping: Mapping[str, int]) -> list[ImportColumn]:
        if rows.layout(header, mapping, catalogue()) is not None:
            return []
        needed = {"number", "kpi", "period", "value"}
        if {"numerator", "denominator"} & mapping.keys():
            needed = {"number", "kpi", "period", "numerator", "denominator"}
        return [column for column in self.columns if column.key in needed - mapping.keys()]

    def parser(self, plan: Plan) -> RowParser:
        known = catalogue()
        layout = rows.layout(plan.header, plan.mapping, known)
        if layout is None:  # refused before, unless the KPIs changed in between
            return lambda row, cells: (Rejection(row, "", "", "kpi_unknown"),)
        parse, memory = rows.parser(layout, plan.header, known, today()), plan.memory
        memory["blank"] = []

        def counted(row: int, cells: Sequence[Any]) -> Iterable[Incoming | Rejection]:
            found = parse(row, cells)
            if not found:
                _note_blank(memory["blank"], row)
            return found

        return counted

    # Judging ---------------------------------------------------------------------------------

    def check(self, records: Sequence[Incoming], plan: Plan) -> Iterable[Rejection]:
        people = _people_known(records, plan)
        meant = {people[who] for who in {record[1][0] for record in records}}
        if None not in meant and plan.actor.person_id not in meant:
            return
        told = 0
        for record in records:
            who = record.key[0]
            person_id = people[who]
            code = None
            if person_id is None:
                code = "kpi_person_unknown"
            elif person_id == plan.actor.person_id:
                code = "kpi_own_records"
            if code is not None and record.row != told:
                told = record.row
                yield Rejection(record.row, plan.heading("number"), who[:200], code)

    def current(self, keys: Sequence[Key], plan: Plan) -> Mapping[Key, Values]:
        spots = _spots(keys, plan)
        found, key_of = recording.current(spots), {}
        if found:
            key_of = dict(zip(spots, keys, strict=True))
        return {key_of[spot]: figures._asdict() for spot, figures in found.items() if spot in key_of}

    def notices(self, verdicts: Sequence[Verdict], plan: Plan) -> Iterable[Notice]:
        watch: Watch = plan.memory.setdefault("watch", Watch())
        if not verdicts:
            return [*_blank_notice(plan), *(_notice(finding, plan) for finding in watch.findings())]
        taken = [verdict[1] for verdict in verdicts if verdict[0] is not Outcome.UNCHANGED]
        pairs = [(code, who) for _row, (who, code, _start), _values in taken]
        levels, kinds = _levels(pairs, plan), {code: kpi.kind for code, kpi in _kpis(plan).items()}
        for pair, (row, (who, code, start), values) in zip(pairs, taken, strict=True):
            watch.see(row, code, kinds[code], who, start, values["value"], levels.get(pair))
        return ()

    # Writing ---------------------------------------------------------------------------------

    def apply(self, batch_id: int, verdicts: Sequence[Verdict], plan: Plan, now: datetime) -> None:
        if "look_back" not in plan.memory:
            plan.memory["look_back"] = recording.any_withdrawn()
        spots = _spots([incoming[1] for _outcome, incoming, _old in verdicts], plan)
        figures = [
            named(Figures, (said["value"], said.get("numerator"), said.get("denominator")))
            for _outcome, (_row, _key, said), _old in verdicts
        ]
        recording.write(
            batch_id,
            list(zip(spots, figures, strict=True)),
            superseding=[spot for spot, verdict in zip(spots, verdicts, strict=True) if verdict[0] is Outcome.CHANGED],
            look_back=plan.memory["look_back"],
            by=plan.actor.person_id,
            now=now,
        )

    def touched_since(self, batch_id: int) -> int:
        return recording.superseded_since(batch_id)

    def revert(self, actor: Actor, batch_id: int, changes: Sequence[Applied], now: datetime) -> None:
        recording.withdraw(batch_id, by=actor.person_id, now=now)

    def affected(self, batch_id: int) -> Sequence[Affected]:
        return affected.find(recording.kpis_of(batch_id))

    def show(self, name: str, value: Any) -> str:
        return "" if value is None else f"{value:.6f}".rstrip("0").rstrip(".")


def catalogue() -> rows.Catalogue:
    """Every KPI, retired ones included, so that a rejection can say what is wrong."""
    return rows.Catalogue(
        rows.KpiFacts(
            code=kpi.code,
            kind=kpi.kind,
            period=kpi.period,
            names=_names(kpi.name),
            numerator_names=_names(kpi.numerator_name),
            denominator_names=_names(kpi.denominator_name),
            retired=kpi.retired_at is not None,
        )
        for kpi in db.session.scalars(select(Kpi))
    )


def _names(text: Mapping[str, str] | None) -> tuple[str, ...]:
    return tuple(name for name in (text or {}).values() if name)


def _kpis(plan: Plan) -> dict[str, Any]:
    """Code → (id, kind, period) for the walk."""
    if "kpis" not in plan.memory:
        query = select(Kpi.code, Kpi.id, Kpi.kind, Kpi.period)
        plan.memory["kpis"] = {row.code: row for row in db.session.execute(query)}
    found: dict[str, Any] = plan.memory["kpis"]
    return found


def _people_known(records: Sequence[Incoming], plan: Plan) -> Mapping[str, int | None]:
    """Number → id of those whom the file has named so far; None for whom the actor does not care for."""
    known: dict[str, int | None] = plan.memory.setdefault("people", {})
    wanted = {record[1][0] for record in records}.difference(known)
    if wanted:
        query = select(Person.number, Person.id).where(
            Person.number.in_(wanted), people_in_scope(plan.actor, Permission.KPI_IMPORT)
        )
        known.update(dict.fromkeys(wanted) | dict(fetch(query).all()))
    return known


@lru_cache(maxsize=4096)
def _day(text: str) -> date:
    return date.fromisoformat(text)


def _spots(keys: Sequence[Key], plan: Plan) -> list[Spot]:
    ids, people = {code: kpi.id for code, kpi in _kpis(plan).items()}, plan.memory["people"]
    return [named(Spot, (ids[code], people[who], _day(start))) for who, code, start in keys]


def _levels(pairs: Iterable[tuple[str, str]], plan: Plan) -> Mapping[tuple[str, str], float | None]:
    """(KPI code, person number) → what is usual, asked for before the file writes anything about the pair."""
    levels: dict[tuple[str, str], float | None] = plan.memory.setdefault("levels", {})
    wanted = set(pairs).difference(levels)
    for pair in sorted(wanted)[: MOST_PAIRS - len(levels)] if len(levels) < MOST_PAIRS else ():
        levels[pair] = None
    kpis, people = _kpis(plan), plan.memory["people"]
    for code in {code for code, _who in wanted}:
        numbers = {people[who]: who for of, who in wanted if of == code and (code, who) in levels}
        usual = recording.usual(kpis[code].id, kpis[code].kind == "rate", numbers)
        levels.update({(code, numbers[person_id]): level for person_id, level in usual.items()})
    return levels


def _note_blank(blank: list[int], row: int) -> None:
    """[first row, how many]."""
    if blank:
        blank[1] += 1
    else:
        blank.extend((row, 1))


def _blank_notice(plan: Plan) -> list[Notice]:
    blank = plan.memory.get("blank")
    return [Notice(blank[0], "", str(blank[1]), "kpi_rows_blank")] if blank else []


def _notice(finding: Finding, plan: Plan) -> Notice:
    kpi = _kpis(plan)[finding.kpi]
    about = [finding.kpi]
    if finding.period:
        about.append(period_label(kpi.period, _day(finding.period)))
    if finding.value is not None:
        about.append(f"{finding.value:,.2f}".rstrip("0").rstrip("."))
    params: dict[str, Any] = {"n": finding.n}
    if finding.code == "kpi_outlier":
        params = {"z": f"{finding.factor:+.1f}".replace("-", "−")}
    else:
        params["factor"] = f"{finding.factor:,.0f}" if finding.factor > 1 else f"1/{1 / finding.factor:,.0f}"
    column = plan.heading("kpi") if "kpi" in plan.mapping else ""
    return Notice(finding.row, column, " · ".join(about), finding.code, params)
