"""When a course is completed: a rule, the outcomes of its modules, and a judgement that says why. Pure.

An outcome comes from a *source* (an attempt, a reading). A later outcome of the same source corrects the
earlier one; outcomes of different sources stand side by side, and the best of them counts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any

from msgspec import Struct


class Need(StrEnum):
    """What a module must show."""

    DONE = "done"
    PASSED = "passed"
    SCORE = "score"


class Requirement(Struct, frozen=True):
    """One module and what is needed of it; ``minimum`` is a share from 0 to 1, for ``Need.SCORE`` alone."""

    module_id: int
    need: Need = Need.PASSED
    minimum: float | None = None


class Rule(Struct, frozen=True):
    """What completes the course: all ``requirements``, or ``at_least`` so many of them."""

    requirements: tuple[Requirement, ...]
    at_least: int | None = None

    @property
    def needed(self) -> int:
        """How many requirements have to be met."""
        every = len(self.requirements)
        return every if self.at_least is None else min(self.at_least, every)


class Outcome(Struct, frozen=True):
    """What became of one act in a module.

    ``score`` is a share from 0 to 1, or None where nothing is scored; ``at`` the moment of the learner's
    act (not of its grading); ``source`` names the act, e.g. ``attempt:17``.
    """

    passed: bool
    score: float | None
    at: datetime
    source: str


class RequirementState(Struct, frozen=True):
    """A requirement; whether it is met, since when, by which act and with which score; the best score so far."""

    requirement: Requirement
    met: bool
    at: datetime | None
    source: str | None
    score: float | None
    best: float | None
    tries: int


class Judgement(Struct, frozen=True):
    """``met`` since ``at``; ``requirements`` in the order of the rule say why or why not."""

    met: bool
    at: datetime | None
    needed: int
    requirements: tuple[RequirementState, ...]

    @property
    def done(self) -> int:
        """Requirements met, counted up to what is needed."""
        return min(self.needed, sum([state.met for state in self.requirements]))

    @property
    def share(self) -> float | None:
        """Progress from 0 to 1; None for a rule that asks nothing."""
        return self.done / self.needed if self.needed else None


def judge(rule: Rule, outcomes: Mapping[int, Sequence[Outcome]]) -> Judgement:
    """Judge the outcomes of each module, given in the order in which they were recorded.

    A rule without requirements is never met: nobody completes a course by doing nothing.
    """
    states = tuple([_state(requirement, outcomes.get(requirement.module_id, ())) for requirement in rule.requirements])
    moments = sorted([state.at for state in states if state.met and state.at is not None])
    met = 0 < rule.needed <= len(moments)
    return Judgement(met, moments[rule.needed - 1] if met else None, rule.needed, states)


def standing(outcomes: Sequence[Outcome]) -> list[Outcome]:
    """The last outcome of each source: corrections replace what they correct."""
    return list({outcome.source: outcome for outcome in outcomes}.values())


def meets(requirement: Requirement, outcome: Outcome) -> bool:
    if requirement.need is Need.DONE:
        return True
    if requirement.need is Need.PASSED:
        return outcome.passed
    return outcome.score is not None and outcome.score >= (requirement.minimum or 0)


def rule_to_json(rule: Rule) -> dict[str, Any]:
    """The form in which a rule is stored: ``{"requirements": [{module, need, minimum}], "at_least": n}``."""
    return {
        "requirements": [
            {"module": each.module_id, "need": each.need.value, "minimum": each.minimum}
            for each in rule.requirements
        ],
        "at_least": rule.at_least,
    }


def rule_from_json(data: Mapping[str, Any]) -> Rule:
    requirements = tuple(
        Requirement(each["module"], Need(each["need"]), each["minimum"]) for each in data["requirements"]
    )
    return Rule(requirements, data["at_least"])


def _state(requirement: Requirement, outcomes: Sequence[Outcome]) -> RequirementState:
    if not outcomes:
        return RequirementState(requirement, False, None, None, None, None, 0)
    current = standing(outcomes)
    meeting = [outcome for outcome in current if meets(requirement, outcome)]
    first = min(meeting, key=lambda outcome: outcome.at, default=None)
    best = max((outcome.score for outcome in current if outcome.score is not None), default=None)
    if first is None:
        return RequirementState(requirement, False, None, None, None, best, len(current))
    return RequirementState(requirement, True, first.at, first.source, first.score, best, len(current))
