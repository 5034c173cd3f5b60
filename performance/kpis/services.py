"""Define KPIs, and retire them. Records come in through ``importing`` alone."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct
from msgspec.structs import asdict
from sqlalchemy import exists, select

from lms import audit
from lms.authz import Actor, Permission, require
from lms.db import LocalText, db
from lms.errors import Refused, Unknown
from lms.imports.mapping import normal
from performance.kpis.models import Kpi, KpiRecord
from performance.kpis.seeds import SEEDS


class KpiDefinition(Struct, frozen=True):
    """What a KPI is: see ``models.Kpi`` for the meaning of each field."""

    code: str
    name: LocalText
    description: LocalText
    kind: str
    unit: str
    direction: str
    period: str
    digits: int = 0
    numerator_name: LocalText | None = None
    denominator_name: LocalText | None = None
    over_time: str = "sum"


FIXED = ("code", "kind", "unit", "direction", "period")
"""What a KPI cannot change once it has records: every figure and study would mean something else."""


def define(actor: Actor, definition: KpiDefinition, *, now: datetime) -> Kpi:
    """:raises Refused: ``kpi_code_taken``, ``kpi_name_taken``."""
    require(actor, Permission.KPI_DEFINE)
    if db.session.scalar(select(exists().where(Kpi.code == definition.code))):
        raise Refused("kpi_code_taken", field="code")
    _check_names(definition.name, None)
    kpi = Kpi(created_at=now, **_fields(definition))
    db.session.add(kpi)
    db.session.flush()
    audit.record(actor, "kpi.define", "kpi", kpi.id, code=kpi.code)
    return kpi


def redefine(actor: Actor, kpi_id: int, definition: KpiDefinition, *, now: datetime) -> Kpi:
    """Change names and descriptions; the rest only while there are no records.

    :raises Unknown: there is no such KPI.
    :raises Refused: ``kpi_has_records``, ``kpi_name_taken``.
    """
    require(actor, Permission.KPI_DEFINE)
    kpi = db.session.get(Kpi, kpi_id)
    if kpi is None:
        raise Unknown()
    fields = _fields(definition)
    changed = [name for name, value in fields.items() if getattr(kpi, name) != value]
    if set(changed) & set(FIXED) and db.session.scalar(select(exists().where(KpiRecord.kpi_id == kpi.id))):
        raise Refused("kpi_has_records")
    if "name" in changed:
        _check_names(definition.name, kpi.id)
    for name in changed:
        setattr(kpi, name, fields[name])
    db.session.flush()
    audit.record(actor, "kpi.redefine", "kpi", kpi.id, changed=changed)
    return kpi


def _check_names(name: LocalText, own_id: int | None) -> None:
    """Files may name a KPI instead of giving its code, so a name belongs to one. :raises Refused: ``kpi_name_taken``."""
    others = db.session.execute(select(Kpi.code, Kpi.name).where(Kpi.id != (own_id or 0), Kpi.retired_at.is_(None)))
    taken = {normal(word): code for code, names in others for word in (code, *names.values()) if word}
    for locale, word in name.items():
        if word and normal(word) in taken:
            raise Refused("kpi_name_taken", field=f"name_{locale.removeprefix('zh_').lower()}", taken=taken[normal(word)])


def retire(actor: Actor, kpi_id: int, *, now: datetime) -> Kpi:
    """No more records are taken in; what is there stays and can be studied."""
    require(actor, Permission.KPI_DEFINE)
    kpi = db.session.get(Kpi, kpi_id)
    if kpi is None:
        raise Unknown()
    kpi.retired_at = kpi.retired_at or now
    db.session.flush()
    audit.record(actor, "kpi.retire", "kpi", kpi.id)
    return kpi


def seed(actor: Actor, *, now: datetime) -> list[Kpi]:
    """Add the KPIs of ``seeds.SEEDS`` that are not there yet. Safe to repeat."""
    require(actor, Permission.KPI_DEFINE)
    there = set(db.session.scalars(select(Kpi.code)))
    added = [
        Kpi(
            code=s.code,
            name=s.name,
            description=s.description,
            kind=s.kind,
            unit=s.unit,
            direction=s.direction,
            period="month",
            digits=s.digits,
            numerator_name=s.numerator_name,
            denominator_name=s.denominator_name,
            over_time=s.over_time,
            created_at=now,
        )
        for s in SEEDS
        if s.code not in there
    ]
    db.session.add_all(added)
    db.session.flush()
    if added:
        audit.record(actor, "kpi.seed", "kpi", None, codes=[kpi.code for kpi in added])
    return added


def _fields(definition: KpiDefinition) -> dict[str, object]:
    return asdict(definition)
