"""The “why” behind a progress: each requirement of the rule as a sentence, met or not, and when."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from flask_babel import gettext as _
from flask_babel import ngettext
from msgspec import Struct

from courses.completion import Need, Requirement, rule_from_json
from courses.models import ModuleVersion
from courses.queries import Learning
from lms.db import LocalText
from lms.i18n import day, local, percent


class Reason(Struct, frozen=True):
    """One line of the panel: ``met`` True, False, or None where it does not apply."""

    met: bool | None
    text: str
    when: str = ""


def sentences(learning: Learning) -> list[Reason]:
    """The lines for a learner: what the rule asks, and what is there of it."""
    lines = []
    for state in learning.judgement.requirements:
        text = _requirement(state.requirement, learning.title_of(state.requirement.module_id))
        if not state.met and state.best is not None:
            text += " " + _("Best so far: %(score)s.", score=percent(state.best))
        lines.append(Reason(state.met, text, day(state.at) if state.at else ""))
    return lines


def rule_sentences(rule: dict[str, Any], modules: Sequence[ModuleVersion]) -> list[str]:
    """What the rule asks, for the course page."""
    titles = {module.module_id: module.title for module in modules}
    parsed = rule_from_json(rule)
    lines = [_requirement(each, titles.get(each.module_id, {})) for each in parsed.requirements]
    if parsed.at_least is not None:
        lines.insert(0, ngettext("One of these is enough:", "%(num)s of these are enough:", parsed.at_least))
    return lines


def evidence_sentences(evidence: dict[str, Any], modules: Sequence[ModuleVersion]) -> list[Reason]:
    """The lines of a completion as they were at its moment, from what was kept then."""
    titles = {module.module_id: module.title for module in modules}
    return [
        Reason(
            each["met"],
            _requirement(
                Requirement(each["module"], Need(each["need"]), each["minimum"]),
                titles.get(each["module"], {}),
            ),
            day(datetime.fromisoformat(each["at"])) if each["at"] else "",
        )
        for each in evidence.get("requirements", [])
    ]


def due_word(due_on: date | None, today: date) -> tuple[str, str] | None:
    """How urgent a day is, as a state and a word; None without a day."""
    if due_on is None:
        return None
    left = (due_on - today).days
    if left < 0:
        return "bad", ngettext("overdue by %(num)s day", "overdue by %(num)s days", -left)
    if left == 0:
        return "warn", _("due today")
    if left == 1:
        return "warn", _("due tomorrow")
    return ("warn" if left <= 7 else "none"), _("due %(day)s", day=day(due_on))


def _requirement(requirement: Requirement, title: LocalText) -> str:
    name = local(title)
    if requirement.need is Need.DONE:
        return _("Take “%(title)s”.", title=name)
    if requirement.need is Need.PASSED:
        return _("Pass “%(title)s”.", title=name)
    return _("Score at least %(score)s in “%(title)s”.", score=percent(requirement.minimum), title=name)
