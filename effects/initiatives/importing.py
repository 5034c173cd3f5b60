"""Whom a measure touched and from when, from a file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date as Day
from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import select, tuple_

from effects.initiatives import services
from effects.initiatives.models import Initiative, InitiativeStart
from effects.initiatives.queries import by_code
from lms.authz import Permission
from lms.db import db
from lms.i18n import day
from lms.imports.cells import date, identifier
from lms.imports.diff import Incoming, Key, Outcome, Rejection, Values, Verdict
from lms.imports.kinds import Applied, ImportKind, Plan
from lms.imports.mapping import ImportColumn
from lms.people.models import Person

REASONS = {
    "initiative_unknown": _l("is not the code of a measure here"),
    "initiative_person_unknown": _l("is not the number of a person here"),
}


class InitiativeImport(ImportKind):
    """The key is measure and person: another day corrects the first."""

    key = "initiative"
    label = _l("People of a measure")
    hint = _l("One row per person: the code of the measure, the person's number, and the day from which it held for them.")
    permission = Permission.INITIATIVE_MANAGE
    columns = (
        ImportColumn("code", _l("Code of the measure"), identifier, (
            "measure", "initiative", "code", "plan", "举措", "举措编号", "措施", "措施编号", "舉措編號"), True, "RW-2025"),
        ImportColumn("number", _l("Person number"), identifier, (
            "person number", "person_number", "employee number", "employee no", "employee id", "staff id", "id", "unit",
            "工号", "员工编号", "人员编号", "工號", "員工編號"), True, "R1001"),
        ImportColumn("started_on", _l("Started on"), date, (
            "start", "start date", "started", "started_on", "from", "开始日期", "开始时间", "生效日期", "開始日期"), True, "2025-03-04"),
    )  # fmt: skip

    def record_key(self, values: dict[str, Any]) -> Key:
        return values.pop("code"), values.pop("number")

    def current(self, keys: Sequence[Key], plan: Plan) -> Mapping[Key, Values]:
        rows = db.session.execute(
            select(Initiative.code, Person.number, InitiativeStart.started_on)
            .select_from(InitiativeStart)
            .join(Initiative, Initiative.id == InitiativeStart.initiative_id)
            .join(Person, Person.id == InitiativeStart.person_id)
            .where(tuple_(Initiative.code, Person.number).in_([tuple(key) for key in keys]))
        )
        return {(code, number): {"started_on": started} for code, number, started in rows}

    def check(self, records: Sequence[Incoming], plan: Plan) -> Iterable[Rejection]:
        measures = by_code({record.key[0] for record in records})
        people = _people({record.key[1] for record in records})
        for record in records:
            code, number = record.key
            if code not in measures:
                yield Rejection(record.row, plan.heading("code"), code, "initiative_unknown")
            elif number not in people:
                yield Rejection(record.row, plan.heading("number"), number, "initiative_person_unknown")

    def apply(self, batch_id: int, verdicts: Sequence[Verdict], plan: Plan, now: datetime) -> None:
        measures = by_code({verdict.incoming.key[0] for verdict in verdicts})
        people = _people({verdict.incoming.key[1] for verdict in verdicts})
        new: dict[int, dict[int, Day]] = {}
        for verdict in verdicts:
            code, number = verdict.incoming.key
            started = verdict.incoming.values["started_on"]
            if verdict.outcome is Outcome.NEW:
                new.setdefault(measures[code], {})[people[number]] = started
            elif verdict.outcome is Outcome.CHANGED:
                services.correct(plan.actor, _start(verdict.incoming.key), started, now=now)
        for measure, starts in new.items():
            services.begin(plan.actor, measure, starts, batch_id, now=now)

    def revert(self, actor: Any, batch_id: int, changes: Sequence[Applied], now: datetime) -> None:
        for change in changes:
            start = _start(change.key)
            if change.old is None:
                db.session.delete(start)
            else:
                services.correct(actor, start, change.old["started_on"], now=now)
        db.session.flush()

    def show(self, name: str, value: Any) -> str:
        return day(value) if isinstance(value, Day) else "" if value is None else str(value)


def _people(numbers: set[str]) -> dict[str, int]:
    return dict(db.session.execute(select(Person.number, Person.id).where(Person.number.in_(numbers))).all())


def _start(key: Key) -> InitiativeStart:
    code, number = key
    return db.session.scalars(
        select(InitiativeStart)
        .join(Initiative, Initiative.id == InitiativeStart.initiative_id)
        .join(Person, Person.id == InitiativeStart.person_id)
        .where(Initiative.code == code, Person.number == number)
    ).one()
