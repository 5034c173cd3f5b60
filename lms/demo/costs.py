"""What the demo's courses cost, so that their return can be read: stated by HR, with sources as a firm would give them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from courses.models import Course
from effects.models import Study
from effects.money import CURRENCIES
from effects.roi import services
from effects.roi.costing import Costing
from effects.stats.returns import Range
from lms.db import db
from lms.demo.company import Company

DEVELOPMENT = {"KA-01": 60_000, "KA-02": 90_000, "KA-03": 80_000, "KA-04": 120_000, "KA-06": 150_000}
"""Yuan, by course; of those whose KPI is money."""
DELIVERY = {"KA-01": 30_000, "KA-02": 160_000, "KA-03": 140_000, "KA-04": 260_000, "KA-06": 190_000}
HOURS_EACH = {"KA-01": 6, "KA-02": 8, "KA-03": 8, "KA-04": 14, "KA-06": 16}
REPS = {"KA-01": 20, "KA-02": 120, "KA-03": 100, "KA-04": 130, "KA-06": 85}
SOURCES = {
    "development": "培训部项目结算单 · Training department, project account",
    "delivery": "讲师费与场地合同 · Contracts of trainers and rooms",
    "travel": "差旅系统，按课程汇总 · Travel system, by course",
    "hours": "课程时长 × 参训人数，含路途 · Course hours × participants, travel included",
    "hourly": "人力资源部：含社保的人工成本 · HR: labour cost with social insurance",
    "margin": "财务部：边际贡献率，近四个季度 · Finance: contribution margin, last four quarters",
}


def state(company: Company, *, now: datetime) -> None:
    """One statement for every study of a KPI in money."""
    for study, code in db.session.execute(select(Study, Course.code).join(Course, Course.id == Study.course_id).order_by(Study.id)):
        if study.kpi.unit in CURRENCIES and code in DEVELOPMENT:
            services.state_costs(company.actors["hr"], study.id, costing(code), now=now)


def costing(code: str) -> Costing:
    """The costs of a course; what is settled has no range, what is estimated has one."""
    hours = HOURS_EACH[code] * REPS[code]
    made, given = DEVELOPMENT[code], DELIVERY[code]
    parts = {
        "development": _range("development", made, made, made),
        "delivery": _range("delivery", 0.95 * given, given, 1.1 * given),
        "travel": _range("travel", 0.12 * given, 0.15 * given, 0.22 * given),
        "hours": _range("hours", 0.9 * hours, hours, 1.3 * hours),
        "hourly": _range("hourly", 75, 90, 120),
    }
    return Costing(parts, _range("margin", 0.22, 0.27, 0.31))


def _range(name: str, low: float, likely: float, high: float) -> Range:
    return Range(low, likely, high, SOURCES[name])
