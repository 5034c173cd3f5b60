"""Rubrics: criteria with anchored levels, frozen once used, and the score they give, in exact arithmetic. Pure.

Every criterion is brought to 0-1 (lowest level 0, highest 1) before it is weighted, so that a criterion with more
levels does not count for more. A compliance blocker fails the whole however high the total.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any

from msgspec import Struct, field

from lms import canonical
from lms.values import NotEstimable

Points = Fraction


class RubricInvalid(ValueError):
    """A rubric or a rating that cannot be: ``code`` says why, ``params`` where."""

    def __init__(self, code: str, **params: Any) -> None:
        super().__init__(f"{code} {params}" if params else code)
        self.code, self.params = code, params


class Level(Struct, frozen=True):
    """One level: its points and its anchor, the behaviour an observer would see."""

    points: Points
    anchor: str


class Criterion(Struct, frozen=True):
    """One criterion; ``levels`` rise in points. Below ``blocks_below`` points it fails the whole (None: never)."""

    key: str
    title: str
    levels: tuple[Level, ...]
    weight: Fraction = Fraction(1)
    blocks_below: Points | None = None
    competency: str | None = None

    @property
    def is_blocker(self) -> bool:
        return self.blocks_below is not None


class Rubric(Struct, frozen=True):
    """``pass_mark`` is a share of the weighted total (0-1; None: no pass or fail by points). Raises RubricInvalid:
    ``no_criteria``, ``duplicate_key``, ``few_levels``, ``levels_do_not_rise``, ``negative_weight``, ``no_weight``,
    ``pass_mark_out_of_range``, ``blocker_never_passes``, ``blocker_never_blocks``."""

    title: str
    criteria: tuple[Criterion, ...]
    pass_mark: Fraction | None = None

    def __post_init__(self) -> None:
        if not self.criteria:
            raise RubricInvalid("no_criteria")
        keys = [criterion.key for criterion in self.criteria]
        if len(set(keys)) < len(keys):
            raise RubricInvalid("duplicate_key", keys=sorted({key for key in keys if keys.count(key) > 1}))
        for criterion in self.criteria:
            _check(criterion)
        if sum(criterion.weight for criterion in self.criteria) == 0 and self.pass_mark is not None:
            raise RubricInvalid("no_weight")
        if self.pass_mark is not None and not 0 <= self.pass_mark <= 1:
            raise RubricInvalid("pass_mark_out_of_range")

    @property
    def content_hash(self) -> str:
        """SHA-256 of all that a rater or a learner reads or is judged by; equal content, equal hash."""
        return hashlib.sha256(unicodedata.normalize("NFC", canonical.text(to_dict(self))).encode()).hexdigest()


def _check(criterion: Criterion) -> None:
    points = [level.points for level in criterion.levels]
    if len(points) < 2:
        raise RubricInvalid("few_levels", criterion=criterion.key)
    if any(later <= earlier for earlier, later in zip(points, points[1:], strict=False)):
        raise RubricInvalid("levels_do_not_rise", criterion=criterion.key)
    if criterion.weight < 0:
        raise RubricInvalid("negative_weight", criterion=criterion.key)
    if criterion.blocks_below is not None and criterion.blocks_below > points[-1]:
        raise RubricInvalid("blocker_never_passes", criterion=criterion.key)
    if criterion.blocks_below is not None and criterion.blocks_below <= points[0]:
        raise RubricInvalid("blocker_never_blocks", criterion=criterion.key)


_WRITTEN = re.compile(r"\s*[+-]?(?:\d{1,18}(?:\.\d{0,18})?|\.\d{1,18})(?:/\d{1,18})?\s*", re.ASCII)


def exact(value: Fraction | Decimal | int | float | str) -> Fraction:
    """A number as it is written: 0.1 is one tenth, "1/3" a third. Raises RubricInvalid ``not_a_number``, also beyond 18 digits."""
    if isinstance(value, str) and not _WRITTEN.fullmatch(value):
        raise RubricInvalid("not_a_number", value=value[:40])
    try:
        return Fraction(str(value)) if isinstance(value, float) else Fraction(value)
    except (ValueError, ZeroDivisionError, OverflowError, TypeError):
        raise RubricInvalid("not_a_number", value=str(value)) from None


def yes_no(
    key: str,
    title: str,
    *,
    yes: str = "",
    no: str = "",
    weight: Fraction | int | str = 1,
    blocker: bool = False,
    competency: str | None = None,
) -> Criterion:
    """A criterion that was met (1 point) or not (0); as a ``blocker``, "not met" fails the whole."""
    levels = (Level(Fraction(0), no), Level(Fraction(1), yes))
    return Criterion(key, title, levels, exact(weight), Fraction(1) if blocker else None, competency)


class CriterionScore(Struct, frozen=True):
    """``points`` given, ``normalised`` to 0-1, and ``contribution`` to the total (None without any weight)."""

    key: str
    points: Points
    normalised: Fraction
    contribution: Fraction | None
    blocks: bool


class RubricScore(Struct, frozen=True):
    """``total`` 0-1, or why there is none (``criteria_not_rated`` with their keys, ``no_weight``). ``passed`` is None
    while it is open; a blocker decides at once. ``blocked_by`` are the keys of the blockers that failed."""

    total: Fraction | NotEstimable
    passed: bool | None
    blocked_by: tuple[str, ...]
    criteria: tuple[CriterionScore, ...]
    rubric_hash: str = field(default="")


def score(
    rubric: Rubric, ratings: Mapping[str, Fraction | Decimal | int | float | str | None]
) -> RubricScore:
    """The score of one rater's ``ratings``, the points of a level by criterion key (None or absent: not rated).

    Raises RubricInvalid: ``unknown_criterion``, ``no_such_level``, ``not_a_number``.
    """
    by_key = {criterion.key: criterion for criterion in rubric.criteria}
    unknown = sorted(set(ratings) - set(by_key))
    if unknown:
        raise RubricInvalid("unknown_criterion", criteria=unknown)
    given = {key: exact(value) for key, value in ratings.items() if value is not None}
    weight = sum((criterion.weight for criterion in rubric.criteria), Fraction(0))
    scores = tuple(
        _criterion(criterion, given[criterion.key], weight)
        for criterion in rubric.criteria
        if criterion.key in given
    )
    missing = [criterion.key for criterion in rubric.criteria if criterion.key not in given]
    blocked = tuple(found.key for found in scores if found.blocks)
    total = _total(scores, missing, weight)
    return RubricScore(total, _passed(rubric, total, blocked, missing), blocked, scores, rubric.content_hash)


def _criterion(criterion: Criterion, points: Points, weight: Fraction) -> CriterionScore:
    levels = [level.points for level in criterion.levels]
    if points not in levels:
        raise RubricInvalid("no_such_level", criterion=criterion.key, points=str(points))
    normalised = (points - levels[0]) / (levels[-1] - levels[0])
    blocks = criterion.blocks_below is not None and points < criterion.blocks_below
    return CriterionScore(
        criterion.key, points, normalised, criterion.weight * normalised / weight if weight else None, blocks
    )


def _total(
    scores: tuple[CriterionScore, ...], missing: list[str], weight: Fraction
) -> Fraction | NotEstimable:
    if missing:
        return NotEstimable("criteria_not_rated", {"criteria": missing})
    if not weight:
        return NotEstimable("no_weight")
    return sum((found.contribution for found in scores if found.contribution is not None), Fraction(0))


def _passed(
    rubric: Rubric, total: Fraction | NotEstimable, blocked: tuple[str, ...], missing: list[str]
) -> bool | None:
    if blocked:
        return False
    if rubric.pass_mark is None:
        only_blockers = any(criterion.is_blocker for criterion in rubric.criteria) and not missing
        return True if only_blockers else None
    return None if isinstance(total, NotEstimable) else total >= rubric.pass_mark


def to_dict(rubric: Rubric) -> dict[str, Any]:
    """The rubric as JSON values; fractions as text ("1/3"), so that nothing is rounded on the way."""
    return {
        "title": rubric.title,
        "pass_mark": None if rubric.pass_mark is None else str(rubric.pass_mark),
        "criteria": [
            {
                "key": criterion.key,
                "title": criterion.title,
                "weight": str(criterion.weight),
                "blocks_below": None if criterion.blocks_below is None else str(criterion.blocks_below),
                "competency": criterion.competency,
                "levels": [
                    {"points": str(level.points), "anchor": level.anchor} for level in criterion.levels
                ],
            }
            for criterion in rubric.criteria
        ],
    }


def from_dict(data: Mapping[str, Any]) -> Rubric:
    """The rubric that :func:`to_dict` wrote; raises RubricInvalid also for a missing part (``missing_part``)."""
    try:
        return Rubric(
            title=str(data["title"]),
            pass_mark=None if data.get("pass_mark") is None else exact(data["pass_mark"]),
            criteria=tuple(
                Criterion(
                    key=str(item["key"]),
                    title=str(item["title"]),
                    levels=tuple(
                        Level(exact(level["points"]), str(level["anchor"])) for level in item["levels"]
                    ),
                    weight=exact(item.get("weight", 1)),
                    blocks_below=None if item.get("blocks_below") is None else exact(item["blocks_below"]),
                    competency=item.get("competency"),
                )
                for item in data["criteria"]
            ),
        )
    except (KeyError, TypeError) as missing:
        raise RubricInvalid("missing_part", part=str(missing)) from None
