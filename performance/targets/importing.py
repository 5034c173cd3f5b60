"""Targets from a file: previewed, taken in as drafts or published, superseding what they change, taken back whole."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select, update

from lms.authz import Actor, Permission
from lms.db import db
from lms.imports.cells import identifier, number, text_up_to
from lms.imports.diff import Incoming, Key, Rejection, Values, Verdict
from lms.imports.kinds import Applied, ImportKind, ImportOption, Plan
from lms.imports.mapping import ImportColumn
from lms.imports.periods import period
from lms.people.models import Person, Team
from performance.kpis.measures import adds_up
from performance.kpis.models import Kpi
from performance.targets import policies, services
from performance.targets.models import Target
from performance.targets.periods import SPANS, Span, fits
from performance.targets.services import Goal, Subject

REASONS = {
    "target_team_or_person": _l("needs either a team code or a person number, not both and not neither"),
    "target_subject_unknown": _l("is not a team or person whose target you may set"),
    "target_kpi_unknown": _l("is not a KPI in use: give its code"),
    "target_period_kind": _l("is not a month, quarter or year that this KPI can be followed in: write 2026, 2026-Q1 or 2026-03"),
    "target_figure_range": _l("is not a value that the KPI can reach: a rate between 0 and 100 %, amounts and counts not below zero"),
    "target_team_not_addable": _l("belongs to a KPI that cannot be added up over people: give targets to members, not to teams"),
}
TEAM, PERSON = "team", "person"


class TargetImport(ImportKind):
    """One row per team or member, KPI and period."""

    key = "targets"
    label = _l("Targets")
    hint = _l("One row per team or member, KPI and period. A target that changes supersedes the earlier one, which is kept.")
    permission = Permission.TARGET_SET
    keeps_lineage = True
    scoped = True
    options = (ImportOption("publish", _l("Publish at once; otherwise they come in as drafts")),)
    columns = (
        ImportColumn("team", _l("Team code"), identifier, ("team", "team_code", "团队", "团队编码", "部门", "團隊", "部門"), False, "EAST"),
        ImportColumn("number", _l("Person number"), identifier, ("person_number", "employee number", "employee id", "工号", "员工编号", "人员编号", "工號", "員工編號"), False, "R1001"),
        ImportColumn("kpi", _l("KPI"), text_up_to(64), ("kpi code", "indicator", "指标", "指标编码", "指標"), True, "sales_amount"),
        ImportColumn("period", _l("Period"), period, ("month", "quarter", "year", "期间", "月份", "季度", "年份", "期間"), True, "2026"),
        ImportColumn("value", _l("Target"), number, ("target", "goal", "quota", "目标", "目标值", "任务", "目標"), True, "2400000"),
        ImportColumn("reason", _l("Why"), text_up_to(500), ("reason", "note", "原因", "说明", "說明"), False, ""),
    )  # fmt: skip

    def record_key(self, values: dict[str, Any]) -> Key:
        team, who, when = values.pop("team", ""), values.pop("number", ""), values.pop("period")
        kind = TEAM if team and not who else PERSON if who and not team else ""
        return kind, team or who, values.pop("kpi"), when.kind, when.start.isoformat()

    # Judging ---------------------------------------------------------------------------------

    def check(self, records: Sequence[Incoming], plan: Plan) -> Iterable[Rejection]:
        _learn(records, plan)
        for record in records:
            found = _problem(record, plan)
            if found is not None:
                column, value, code = found
                yield Rejection(record.row, plan.heading(column), value[:200], code)

    def current(self, keys: Sequence[Key], plan: Plan) -> Mapping[Key, Values]:
        found: dict[Key, Values] = {}
        wanted = "published" if plan.options.get("publish") else "draft"
        for (kpi_id, span), some in _grouped(keys, plan).items():
            standing = services.standing_of(kpi_id, span, list(some))
            for subject, rows in standing.items():
                row = rows.get("draft") or rows.get("published") if wanted == "draft" else rows.get("published")
                if row is not None:
                    found[some[subject]] = {"value": row.value, "reason": row.reason}
        return found

    # Writing ---------------------------------------------------------------------------------

    def apply(self, batch_id: int, verdicts: Sequence[Verdict], plan: Plan, now: datetime) -> None:
        said = {verdict.incoming.key: verdict.incoming.values for verdict in verdicts}
        name = _l("from a file")
        for (kpi_id, span), some in _grouped(list(said), plan).items():
            by_reason: dict[str, list[Goal]] = {}
            for subject, key in some.items():
                reason = str(said[key].get("reason") or name)
                by_reason.setdefault(reason, []).append(Goal(subject, float(said[key]["value"]), None, "import"))
            for reason, goals in by_reason.items():
                publish = bool(plan.options.get("publish"))
                services.set_targets(
                    plan.actor, kpi_id, span, goals, publish=publish, reason=reason, now=now, batch_id=batch_id
                )

    def touched_since(self, batch_id: int) -> int:
        query = select(func.count()).where(Target.batch_id == batch_id, Target.superseded_at.is_not(None))
        return db.session.scalar(query) or 0

    def revert(self, actor: Actor, batch_id: int, changes: Sequence[Applied], now: datetime) -> None:
        """What the batch set is superseded; what it had superseded stands again, as a revision of its own."""
        rows = db.session.scalars(select(Target).where(Target.batch_id == batch_id, Target.superseded_at.is_(None))).all()
        db.session.execute(update(Target).where(Target.batch_id == batch_id, Target.superseded_at.is_(None)).values(superseded_at=now))
        common = {"method": "undo", "batch_id": None, "set_at": now, "set_by_id": actor.person_id}
        for row in rows:
            span, subject = Span(row.span, row.starts_on), Subject(row.team_id, row.person_id)
            before = _superseded_by(row)
            for old in before:
                kept = {"status": old.status, "value": old.value, "base": old.base, "factor": old.factor, "reason": old.reason}
                services.add(row.kpi_id, span, [(subject, common | kept)])
            if not before:
                gone = {"status": "withdrawn", "value": row.value, "base": row.base, "factor": None, "reason": "", "superseded_at": now}
                services.add(row.kpi_id, span, [(subject, common | gone)])

    def show(self, name: str, value: Any) -> str:
        if value is None or name == "reason":
            return str(value or "")
        return f"{float(value):.6f}".rstrip("0").rstrip(".")


def _superseded_by(row: Target) -> Sequence[Target]:
    """What stood until the moment in which a revision was set."""
    return db.session.scalars(
        select(Target)
        .where(Target.kpi_id == row.kpi_id, Target.span == row.span, Target.starts_on == row.starts_on)
        .where(Target.team_id == row.team_id if row.team_id is not None else Target.person_id == row.person_id)
        .where(Target.superseded_at == row.set_at, Target.status != "withdrawn", Target.id != row.id)
    ).all()


def _learn(records: Sequence[Incoming], plan: Plan) -> None:
    """Ask for the teams, people and KPIs that the file has not named before; None for those not the actor's to set."""
    memory = plan.memory.setdefault("subjects", {})
    names = {kind: {r.key[1] for r in records if r.key[0] == kind and r.key[:2] not in memory} for kind in (TEAM, PERSON)}
    memory.update({(kind, name): None for kind, some in names.items() for name in some})
    teams = select(Team.code, Team.id).where(Team.code.in_(names[TEAM]), policies.settable_teams(plan.actor))
    people = select(Person.number, Person.id).where(Person.number.in_(names[PERSON]), policies.settable_members(plan.actor))
    memory.update({(TEAM, code): Subject(id_, None) for code, id_ in db.session.execute(teams)} if names[TEAM] else {})
    memory.update({(PERSON, who): Subject(None, id_) for who, id_ in db.session.execute(people)} if names[PERSON] else {})
    if "kpis" not in plan.memory:
        plan.memory["kpis"] = {kpi.code: kpi for kpi in db.session.scalars(select(Kpi).where(Kpi.retired_at.is_(None)))}


def _problem(record: Incoming, plan: Plan) -> tuple[str, str, str] | None:
    """(column, value, code) of what keeps a record out."""
    kind, name, code, span, _start = record.key
    if not kind:
        return "team", name, "target_team_or_person"
    subject = plan.memory["subjects"][kind, name]
    if subject is None:
        return ("team" if kind == TEAM else "number"), name, "target_subject_unknown"
    kpi = plan.memory["kpis"].get(code)
    if kpi is None:
        return "kpi", code, "target_kpi_unknown"
    if span not in SPANS or not fits(kpi.period, span):
        return "period", record.key[4], "target_period_kind"
    if kind == TEAM and not adds_up(kpi.kind, kpi.unit):
        return "team", name, "target_team_not_addable"
    value = float(record.values["value"])
    if not 0 <= value <= (1.0 if kpi.kind == "rate" else 1e15):
        return "value", str(record.values["value"]), "target_figure_range"
    return None


def _grouped(keys: Sequence[Key], plan: Plan) -> dict[tuple[int, Span], dict[Subject, Key]]:
    """(KPI id, period) → subject → key."""
    found: dict[tuple[int, Span], dict[Subject, Key]] = {}
    for key in keys:
        kind, name, code, span, start = key
        place = plan.memory["kpis"][code].id, Span(span, date.fromisoformat(start))
        found.setdefault(place, {})[plan.memory["subjects"][kind, name]] = key
    return found
