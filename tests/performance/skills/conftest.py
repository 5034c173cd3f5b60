"""The cast with evidence: two competencies, a job that asks for both, and quizzes and role-plays that show them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import event

from assessments.grading.evidence import SkillEvidence, Source
from courses.competencies import profiles, services
from courses.competencies.services import Said
from lms.authz import SYSTEM
from lms.db import db, transaction
from performance.skills import services as skills
from tests.people import Cast

NOW = datetime(2026, 11, 22, 8, tzinfo=UTC)


@pytest.fixture
def asked(cast: Cast) -> dict[str, int]:
    """Code → id of two competencies, of which the job asks for level 3 and 2."""
    with transaction():
        ids = {
            code: services.create(SYSTEM, code, Said({"en": name, "zh_Hans": chinese}), now=NOW).id
            for code, name, chinese in (("NEEDS", "Needs analysis", "需求挖掘"), ("VISIT", "Customer visits", "客户拜访"))
        }
        profile = profiles.create(SYSTEM, "REP", {"en": "Rep"}, now=NOW)
        profiles.require_levels(SYSTEM, profile.id, {ids["NEEDS"]: 3, ids["VISIT"]: 2}, now=NOW)
    return ids


def piece(person_id: int, word: str, share: float, days: float = 5, items: int = 20, number: int = 0) -> SkillEvidence:
    at = NOW - timedelta(days=days)
    return SkillEvidence(person_id, word, Source.OBSERVATION, share, items, 0.05, at, ("play", number or int(share * 1000 + days)))


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> list[SkillEvidence]:
    """What the rooms below say; a test puts its pieces in."""
    pieces: list[SkillEvidence] = []

    def evidence(person_ids: Sequence[int], since: datetime) -> Iterator[SkillEvidence]:
        return (each for each in pieces if each.person_id in set(person_ids) and each.at >= since)

    monkeypatch.setattr(skills, "evidence", evidence)
    return pieces


@contextmanager
def counted() -> Iterator[list[str]]:
    """The statements sent to the database meanwhile."""
    sent: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        if not statement.startswith(("SAVEPOINT", "RELEASE", "ROLLBACK", "BEGIN")):
            sent.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(db.engine, "before_cursor_execute", note)
