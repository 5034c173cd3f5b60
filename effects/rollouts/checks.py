"""The plan beside what happened, part by part: the sceptic's list of a rollout that has been reported."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_babel import gettext as _

from effects.models import StudyRun
from effects.rollouts import words
from effects.rollouts.models import Rollout
from effects.words import method as method_name

PARTS = {
    "kpi": ("kpi_changed",),
    "people": ("left", "unsettled"),
    "starts": ("wave_late", "started_late", "never_started", "otherwise", "crossed_early"),
    "records": ("data_missing", "revised", "reported_late"),
    "stated": ("stated",),
}


def of_run(rollout: Rollout, run: StudyRun | None) -> list[dict[str, Any]]:
    """Departures that only the finished run can tell: another route or method than the plan's."""
    numbers = ((run.report if run else None) or {}).get("numbers") or {}
    if not numbers or rollout.draw is None:
        return []
    planned, used = rollout.draw.plan["estimator"], numbers.get("method")
    row = (numbers.get("route") or {}).get("row")
    if used == planned or used is None:
        return []
    return [{"code": "other_method", "params": {"how": method_name(used), "row": row}}]


def sentences(found: Sequence[dict[str, Any]]) -> list[str]:
    return [words.departure(each["code"], each["params"]) for each in found]


def table(found: Sequence[dict[str, Any]]) -> list[dict[str, str]]:
    """Rows for the page: each part of the plan, followed or not, and how not."""
    questions = {
        "kpi": _("Is the KPI what was locked?"),
        "people": _("Were the people drawn enrolled?"),
        "starts": _("Did they start when their wave did?"),
        "records": _("Were the records in, and as they were?"),
        "method": _("Was the locked method used?"),
        "stated": _("Was anything else changed on the way?"),
    }
    codes = PARTS | {"method": ("other_method",)}
    rows = []
    for part, question in questions.items():
        mine = [each for each in found if each["code"] in codes[part]]
        rows.append(
            {
                "state": "warn" if mine else "ok",
                "word": _("departed") if mine else _("as planned"),
                "question": question,
                "answer": " ".join(sentences(mine)) or _("As planned."),
            }
        )
    return rows
