"""KPIs and records of the cast: the seeded KPIs, and a short way to bring figures in."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from lms.authz import SYSTEM, Actor
from lms.db import transaction
from lms.imports import services as imports
from lms.imports.models import ImportBatch
from performance.kpis import queries, services
from performance.kpis.models import Kpi
from tests.people import Cast

NOW = datetime(2026, 11, 22, 8, tzinfo=UTC)
Bring = Callable[..., ImportBatch]


@pytest.fixture
def kpis(cast: Cast) -> dict[str, Kpi]:
    with transaction():
        services.seed(SYSTEM, now=NOW)
    return {kpi.code: kpi for kpi in queries.kpis(SYSTEM)}


def preview(actor: Actor, content: str | bytes, name: str = "kpi.csv", encoding: str | None = None) -> ImportBatch:
    """Uploaded, read and judged; nothing written yet."""
    raw = content.encode() if isinstance(content, str) else content
    with transaction():
        batch = imports.upload(actor, "kpi", io.BytesIO(raw), name, encoding=encoding, now=NOW)
    survey = imports.look_through(actor, batch.id, lambda done, total: None)
    with transaction():
        return imports.keep_preview(actor, batch.id, survey, now=NOW)


def take_in(actor: Actor, content: str | bytes, *, leave_out_rejected: bool = False) -> ImportBatch:
    batch = preview(actor, content)
    with transaction():
        return imports.accept(actor, batch.id, leave_out_rejected=leave_out_rejected, now=NOW)
