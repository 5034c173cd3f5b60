"""Pages of trainers: rubrics and their criteria, in one language at a time."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from assessments.roleplays import rubrics
from assessments.roleplays.forms import CriterionForm, RubricForm
from assessments.roleplays.models import Rubric
from assessments.roleplays.rubrics import CriterionDraft
from assessments.roleplays.words import RUBRIC_PROBLEMS
from courses.languages import language, language_tabs
from lms.authz import Permission, requires
from lms.clock import now
from lms.db import transaction
from lms.errors import Refused, Unknown

blueprint = Blueprint("roleplay_rubrics", __name__, url_prefix="/authoring/rubrics")


@blueprint.route("/<int:rubric_id>", methods=["GET", "POST"])
@requires(Permission.ROLEPLAY_AUTHOR)
def edit(rubric_id: int) -> str | Response:
    rubric = rubrics.authored(g.actor, rubric_id)
    percent = round(100 * Fraction(rubric.content["pass_mark"]))
    form = RubricForm(data={"title": rubric.title.get(language(), ""), "pass_mark": percent})
    if form.validate_on_submit():
        with transaction():
            rubrics.edit(g.actor, rubric_id, language(), form.title.data, form.pass_mark.data, now=now())
        flash(_("Saved. Scenarios take the change with their next publication; ratings keep their version."), "success")
        return redirect(url_for(".edit", rubric_id=rubric_id, language=language()))
    problem = rubrics.problem_of(rubric)
    return render_template(
        "roleplays/authoring/rubric.html",
        form=form,
        rubric=rubric,
        problem=RUBRIC_PROBLEMS.get(problem, problem) if problem else None,
        tabs=language_tabs(".edit", rubric_id=rubric_id),
    )


@blueprint.route("/<int:rubric_id>/criteria/new", methods=["GET", "POST"], defaults={"key": None})
@blueprint.route("/<int:rubric_id>/criteria/<key>", methods=["GET", "POST"])
@requires(Permission.ROLEPLAY_AUTHOR)
def criterion(rubric_id: int, key: str | None) -> str | Response:
    rubric = rubrics.authored(g.actor, rubric_id)
    form = CriterionForm(data=_values(rubric, key))
    if form.validate_on_submit():
        try:
            with transaction():
                rubrics.put_criterion(g.actor, rubric_id, key, language(), _draft(form), now=now())
            flash(_("Saved."), "success")
            return redirect(url_for(".edit", rubric_id=rubric_id, language=language()))
        except Refused as refusal:
            form.explain(refusal)
    tabs = language_tabs(".criterion", rubric_id=rubric_id, key=key)
    return render_template("roleplays/authoring/criterion.html", form=form, rubric=rubric, key=key, tabs=tabs)


def _values(rubric: Rubric, key: str | None) -> dict[str, Any]:
    if key is None:
        return {"kind": "levels", "weight": 1, "blocks_below": 0}
    found = next((each for each in rubric.content["criteria"] if each["key"] == key), None)
    if found is None:
        raise Unknown()
    spoken = language()
    anchors = {f"level_{i}": level["anchor"].get(spoken, "") for i, level in enumerate(found["levels"], 1)}
    return anchors | {
        "title": found["title"].get(spoken, ""),
        "kind": found["kind"],
        "weight": int(found["weight"]),
        "blocks_below": int(found["blocks_below"]) + 1 if found["blocks_below"] is not None else 0,
        "competency": found["competency"],
    }


def _draft(form: CriterionForm) -> CriterionDraft:
    return CriterionDraft(
        form.title.data or "",
        form.kind.data,
        form.weight.data,
        form.anchors,
        form.blocks_below.data or None,
        form.competency.data or "",
    )


@blueprint.post("/<int:rubric_id>/criteria/<key>/<any(up, down, remove):act>")
@requires(Permission.ROLEPLAY_AUTHOR)
def change(rubric_id: int, key: str, act: str) -> Response:
    with transaction():
        if act == "remove":
            rubrics.remove_criterion(g.actor, rubric_id, key, now=now())
        else:
            rubrics.move_criterion(g.actor, rubric_id, key, -1 if act == "up" else 1, now=now())
    return redirect(url_for(".edit", rubric_id=rubric_id))
