"""What cases say of competencies: each work that was scored, criterion by criterion, as the mean of its raters.

Whoever calls has made sure that the reader may see the people.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from fractions import Fraction
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.orm import aliased

from assessments.cases.models import Case, CaseScore, CaseVersion, CaseWork
from assessments.grading.evidence import SkillEvidence, Source
from assessments.roleplays.evidence import by_word
from assessments.roleplays.models import RubricVersion
from lms.db import db, fetch, in_parts

_Later = aliased(CaseScore)
_SCORES = (
    select(
        CaseScore.work_id, CaseScore.person_id, CaseScore.points, CaseScore.total, CaseScore.rubric_version_id,
        CaseWork.version_id, CaseWork.answered_at, CaseScore.at,
    )
    .join(CaseWork, CaseWork.id == CaseScore.work_id)
    .outerjoin(_Later, _Later.supersedes_id == CaseScore.id)
    .where(CaseScore.person_id.in_(bindparam("people", expanding=True)), _Later.id.is_(None))
    .order_by(CaseScore.work_id, CaseScore.id)
)  # fmt: skip
_SINCE = _SCORES.where(CaseScore.at >= bindparam("since"))
_RUBRICS = select(RubricVersion.id, RubricVersion.content["criteria"]).where(
    RubricVersion.id.in_(bindparam("rubrics", expanding=True))
)
_CASES = select(CaseVersion.id, CaseVersion.content["competencies"]).where(
    CaseVersion.id.in_(bindparam("versions", expanding=True))
)


def competency_evidence(person_ids: Sequence[int], *, since: datetime | None = None) -> list[SkillEvidence]:
    """One piece per competency of each scored work; one statement for some hundred people, one for rubrics, one for cases."""
    works: dict[int, list[Any]] = {}
    for some in in_parts(person_ids):
        values: dict[str, Any] = {"people": some} | ({"since": since} if since else {})
        for row in fetch(_SINCE if since else _SCORES, values):
            works.setdefault(row.work_id, []).append(row)
    rubrics = _by_id(_RUBRICS, "rubrics", {row.rubric_version_id for rows in works.values() for row in rows})
    named = _by_id(_CASES, "versions", {rows[0].version_id for rows in works.values()})
    return [piece for rows in works.values() for piece in _pieces(rows, rubrics, named)]


def _by_id(statement: Any, name: str, ids: set[int]) -> dict[int, list[Any]]:
    return {id_: found or [] for id_, found in fetch(statement, {name: list(ids)})} if ids else {}


def _pieces(rows: Sequence[Any], rubrics: Mapping[int, list[Any]], named: Mapping[int, list[Any]]) -> Iterable[SkillEvidence]:
    """Of one work: each rater's shares by word, then their mean."""
    said: dict[str, list[tuple[float, int]]] = {}
    for row in rows:
        criteria = rubrics[row.rubric_version_id]
        shares = {each["key"]: _share(each, row.points[each["key"]]) for each in criteria if each["key"] in row.points}
        for word, found in by_word(criteria, shares, named[row.version_id], row.total).items():
            said.setdefault(word, []).append(found)
    first = rows[0]
    for word, some in said.items():
        share = sum(value for value, _ in some) / len(some)
        yield SkillEvidence(
            first.person_id, word, Source.CASE, share, max(n for _, n in some), None,
            first.answered_at or first.at, ("case_work", first.work_id),
        )  # fmt: skip


def _share(criterion: Mapping[str, Any], points: str) -> float:
    """The level's points as a share of the criterion's span: level 2 of 0–4 is 0.5."""
    levels = [Fraction(level["points"]) for level in criterion["levels"]]
    return float((Fraction(points) - levels[0]) / (levels[-1] - levels[0]))


def words_in_use() -> Counter[str]:
    """The words for competencies in cases that are not retired or declined."""
    contents = db.session.scalars(
        select(Case.content["competencies"]).where(Case.status.not_in(["retired", "declined", "proposed"]))
    )
    return Counter(word for words in contents for word in words or ())
