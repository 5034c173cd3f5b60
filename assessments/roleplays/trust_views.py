"""Can the scores be trusted? The trainers' dashboard; and who practises, whether it helps, on what teams are weak."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import Blueprint, g, render_template, request
from flask_babel import gettext as _

from assessments.roleplays import practice_queries, trust_queries
from assessments.roleplays.conversations import queries as talks
from assessments.roleplays.models import RubricVersion
from assessments.roleplays.practice_queries import Month
from assessments.roleplays.trust import CriterionTrust, Trust
from lms import figure_options
from lms.authz import Permission, requires
from lms.clock import now
from lms.figure_options import Series
from lms.i18n import called, local, month
from lms.people.models import Person
from lms.values import NotEstimable, Reliability

blueprint = Blueprint("roleplay_trust", __name__, url_prefix="/practice")


@blueprint.get("/trust")
@requires(Permission.ROLEPLAY_AUTHOR)
def index() -> str:
    return render_template("roleplays/trust/index.html", rows=trust_queries.rubrics_in_use())


@blueprint.get("/trust/<int:version_id>")
@requires(Permission.ROLEPLAY_AUTHOR)
def rubric(version_id: int) -> str:
    version = trust_queries.rubric_version(version_id)
    found = trust_queries.trust_of(version)
    return render_template(
        "roleplays/trust/rubric.html",
        **figures_of(version, found),
        results=trust_queries.results_of(version, g.actor),
        machines=[(model, talks.agreement(version, model)) for model in talks.models_of(version)],
    )


def figures_of(version: RubricVersion, found: Trust) -> dict[str, Any]:
    """What ``trust/_figures.html`` wants."""
    names = trust_queries.names_of([each.rater for each in found.raters])
    return {
        "version": version,
        "found": found,
        "names": names,
        "titles": {each["key"]: local(each["title"]) for each in version.content["criteria"]},
        "rows": [found.total, *found.criteria],
        "figure": _severities(found, names),
        "weakest": _weakest(found, version.content["criteria"]),
    }


def _severities(found: Trust, names: dict[int, Person]) -> dict[str, Any] | None:
    """Each rater's severity with its interval; the severe at the top."""
    known = [s for r in found.raters if not isinstance(s := r.severity, NotEstimable)]
    if len(known) < 2:
        return None
    known.sort(key=lambda s: -s.logit)
    return figure_options.bars(
        [called(names[int(s.rater)]) for s in known],
        [s.logit for s in known],
        intervals=[(s.interval.low, s.interval.high) for s in known],
        value_format=figure_options.number_format(digits=1, sign=True),
        name=_("Severity"),
    )


def _weakest(found: Trust, criteria: Sequence[Mapping[str, Any]]) -> str | None:
    """The criterion raters agree on least, of those with levels that are settled. What almost everybody meets hardly
    varies, and has a low coefficient for that alone."""
    titles = {each["key"]: local(each["title"]) for each in criteria if each["kind"] == "levels"}
    settled: list[tuple[float, CriterionTrust]] = [
        (each.alpha.value, each)
        for each in found.criteria
        if each.key in titles and isinstance(each.alpha, Reliability) and each.alpha.settled
    ]
    return titles[min(settled, key=lambda pair: pair[0])[1].key] if settled else None


@blueprint.get("/team")
@requires(Permission.ROLEPLAY_PROGRESS_READ)
def team() -> str:
    found = practice_queries.practice(g.actor, page=request.args.get("page", 1, int), now=now())
    return render_template("roleplays/team.html", found=found, figure=_months(found.months))


def _months(months: Sequence[Month]) -> dict[str, Any] | None:
    """How often was practised, month by month and way by way; None while nobody has."""
    ways = (
        (_("Role-plays"), [each.played + each.written for each in months], "$accent"),
        (_("Dialogues"), [each.dialogues for each in months], "$ok"),
    )
    lines = [Series(name, values, colour) for name, values, colour in ways if any(values)]
    if not lines:
        return None
    return figure_options.line_series([month(each.first) for each in months], lines, from_zero=True)
