"""What role-plays say of competencies: each performance with a result, criterion by criterion.

A recorded performance is a role-play; one before an observer is an observation. Whoever calls has made sure that the reader may see
the people.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from fractions import Fraction
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import bindparam, select
from sqlalchemy.orm import aliased

from assessments.grading.evidence import SkillEvidence, Source
from assessments.roleplays.models import Play, Rubric, RubricVersion, Scenario, ScenarioVersion, Way
from assessments.roleplays.rating_models import PlayResult
from courses.competencies.advice import Advice, weakest
from lms.db import LocalText, db, fetch, in_parts

_Later = aliased(PlayResult)
_RESULTS = (
    select(
        Play.id, Play.person_id, Play.version_id, Play.way, Play.submitted_at, PlayResult.score, PlayResult.criteria
    )
    .join(PlayResult, PlayResult.play_id == Play.id)
    .outerjoin(_Later, _Later.supersedes_id == PlayResult.id)
    .where(
        Play.person_id.in_(bindparam("people", expanding=True)),
        Play.submitted_at.is_not(None),
        _Later.id.is_(None),
    )
    .order_by(Play.submitted_at, Play.id)
)
_SINCE = _RESULTS.where(Play.submitted_at >= bindparam("since"))
_CONTENTS = (
    select(ScenarioVersion.id, ScenarioVersion.content["competencies"], RubricVersion.content["criteria"])
    .join(RubricVersion, RubricVersion.id == ScenarioVersion.rubric_version_id)
    .where(ScenarioVersion.id.in_(bindparam("versions", expanding=True)))
)


def competency_evidence(person_ids: Sequence[int], *, since: datetime | None = None) -> list[SkillEvidence]:
    """One piece per competency of each performance; one statement for some hundred people, and one for the rubrics."""
    rows: list[Any] = []
    for some in in_parts(person_ids):
        values: dict[str, Any] = {"people": some} | ({"since": since} if since else {})
        rows += fetch(_SINCE if since else _RESULTS, values)
    contents = _contents({row.version_id for row in rows})
    return [piece for row in rows for piece in _pieces(row, *contents[row.version_id])]


def _contents(versions: set[int]) -> dict[int, tuple[list[str], list[dict[str, Any]]]]:
    """Version of a scenario → its competencies, and the criteria of its rubric."""
    rows = fetch(_CONTENTS, {"versions": list(versions)}) if versions else ()
    return {id_: (words or [], criteria) for id_, words, criteria in rows}


def _pieces(row: Any, scenario: list[str], criteria: list[dict[str, Any]]) -> Iterable[SkillEvidence]:
    source = Source.OBSERVATION if row.way == Way.LIVE.value else Source.ROLE_PLAY
    shares = {key: _number(share) for key, share in row.criteria.items()}
    for word, (share, items) in by_word(criteria, shares, scenario, row.score).items():
        yield SkillEvidence(row.person_id, word, source, share, items, None, row.submitted_at, ("play", row.id))


def by_word(
    criteria: Sequence[Mapping[str, Any]], shares: Mapping[str, float], scenario: Sequence[str], total: float
) -> dict[str, tuple[float, int]]:
    """Word → (weighted share of its criteria, how many there were).

    Where no criterion names a competency, the total speaks for those that the scenario or case names.
    """
    named = [each for each in criteria if each.get("competency") and each["key"] in shares]
    if not named:
        return {word: (total, max(len(shares), 1)) for word in scenario}
    weighed: dict[str, list[float]] = {}
    for each in named:
        weight, share = _number(each.get("weight", "1")), shares[each["key"]]
        sums = weighed.setdefault(str(each["competency"]), [0.0, 0.0, 0.0, 0])
        for at, value in enumerate((weight * share, weight, share, 1)):
            sums[at] += value
    return {word: (of_weighed / weight if weight else plain / n, int(n)) for word, (of_weighed, weight, plain, n) in weighed.items()}


@lru_cache(maxsize=1024)
def _number(exact: str) -> float:
    """``"3/4"`` as 0.75; the same few stand in every result."""
    return float(Fraction(exact))


def weak_in(play: Play, result: PlayResult) -> list[Advice]:
    """What one performance showed to be weak, with the courses that train it."""
    version = play.version
    shares = {key: _number(share) for key, share in result.criteria.items()}
    found = by_word(version.rubric.content["criteria"], shares, version.content["competencies"], result.score)
    return weakest({word: share for word, (share, _) in found.items()})


class Practice(NamedTuple):
    """A published scenario in which something can be practised."""

    scenario_id: int
    title: LocalText
    words: tuple[str, ...]
    difficulty: int


_PUBLISHED = (
    select(
        Scenario.id, ScenarioVersion.title, ScenarioVersion.difficulty, ScenarioVersion.content["competencies"], RubricVersion.content["criteria"]
    )
    .join(ScenarioVersion, (ScenarioVersion.scenario_id == Scenario.id) & (ScenarioVersion.number == Scenario.version))
    .join(RubricVersion, RubricVersion.id == ScenarioVersion.rubric_version_id)
    .where(Scenario.status == "published")
    .order_by(ScenarioVersion.difficulty, Scenario.code)
)


def practice() -> list[Practice]:
    """The published scenarios with the words of what they train, the easiest first: one statement."""
    found = []
    for id_, title, difficulty, named, criteria in fetch(_PUBLISHED):
        words = [*(named or []), *(each.get("competency", "") for each in criteria)]
        found.append(Practice(id_, title, tuple(dict.fromkeys(word for word in words if word)), difficulty))
    return found


def words_in_rubrics() -> Counter[str]:
    """The words for competencies in the drafts of rubrics."""
    contents = db.session.scalars(select(Rubric.content))
    return Counter(each["competency"] for content in contents for each in content["criteria"] if each.get("competency"))


def words_in_scenarios() -> Counter[str]:
    """The words for competencies in scenarios that are not retired."""
    contents = db.session.scalars(select(Scenario.content["competencies"]).where(Scenario.status != "retired"))
    return Counter(word for words in contents for word in words or ())
