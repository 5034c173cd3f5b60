"""The demo company's KPI records, written in bulk as HR would have imported them month by month."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from typing import Any

import numpy as np
from sqlalchemy import insert, select

from lms.authz import SYSTEM
from lms.db import db
from lms.demo.company import OPENED, Company
from lms.demo.truths import month
from lms.demo.world import World
from lms.i18n import in_languages
from performance.kpis import services
from performance.kpis.models import Kpi, KpiRecord
from performance.kpis.services import KpiDefinition

BATCH = 5000


CHANNEL_KPIS = (
    KpiDefinition(
        "channel_sales",
        in_languages("Channel sales", "渠道销售额", "渠道銷售額"),
        in_languages(
            "What the partners of a rep sold on to end customers in the month, net of tax.",
            "当月所辖渠道伙伴向最终客户的销售金额，不含税。",
            "當月所轄渠道夥伴向最終客戶的銷售金額，不含稅。",
        ),
        "amount",
        "CNY",
        "higher",
        "month",
    ),
    KpiDefinition(
        "channel_customers",
        in_languages("Channel customers", "渠道客户数", "渠道客戶數"),
        in_languages(
            "End customers served through a rep's partners, at the end of the month.",
            "月末经所辖渠道伙伴服务的最终客户数量。",
            "月末經所轄渠道夥伴服務的最終客戶數量。",
        ),
        "count",
        "customers",
        "higher",
        "month",
        over_time="last",
    ),
    KpiDefinition(
        "channel_satisfaction",
        in_languages("Channel customer satisfaction", "渠道客户满意度", "渠道客戶滿意度"),
        in_languages(
            "Share of the end customers asked in the month who were satisfied or very satisfied.",
            "当月受访最终客户中表示满意或非常满意的比例。",
            "當月受訪最終客戶中表示滿意或非常滿意的比例。",
        ),
        "rate",
        "share",
        "higher",
        "month",
        0,
        in_languages("Satisfied answers", "满意答卷数", "滿意答卷數"),
        in_languages("Answers", "答卷数", "答卷數"),
    ),
)


def record(company: Company, worlds: tuple[World, World]) -> int:
    """Define the KPIs and write every record; how many there are."""
    services.seed(SYSTEM, now=OPENED)
    for definition in CHANNEL_KPIS:
        services.define(SYSTEM, definition, now=OPENED)
    ids = {code: id_ for code, id_ in db.session.execute(select(Kpi.code, Kpi.id))}  # noqa: C416
    by = company.actors["hr"].person_id
    total = 0
    for people, world in ((company.key_accounts, worlds[0]), (company.channel, worlds[1])):
        rows = list(_rows(people, world, ids, by))
        for at in range(0, len(rows), BATCH):
            db.session.execute(insert(KpiRecord), rows[at : at + BATCH])
        total += len(rows)
    return total


def _rows(people: list[int], world: World, kpis: dict[str, int], by: int | None) -> Iterator[dict[str, Any]]:
    """One row per KPI, rep and month on record; what is missing has none."""
    for code, values in world.values.items():
        for i, t in np.argwhere(np.isfinite(values)):
            yield _row(kpis[code], people[i], int(t), by, float(values[i, t]), None, None)
    for code, (above, below) in world.parts.items():
        for i, t in np.argwhere(np.isfinite(above) & (below > 0)):
            parts = float(above[i, t]), float(below[i, t])
            yield _row(kpis[code], people[i], int(t), by, parts[0] / parts[1], *parts)


def _row(
    kpi: int, person: int, t: int, by: int | None, value: float, above: float | None, below: float | None
) -> dict[str, Any]:
    return {
        "kpi_id": kpi,
        "person_id": person,
        "period_start": month(t),
        "revision": 1,
        "value": value,
        "numerator": above,
        "denominator": below,
        "recorded_at": datetime.combine(month(t + 1) + timedelta(days=4), time(1), UTC),
        "recorded_by_id": by,
    }
