"""Pages beside the item analysis: the scale, the pass mark and groups, the learning gain, all quizzes side by side."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from assessments.quizzes import policies
from assessments.quizzes.analysis import (
    across,
    fairness,
    fairness_words,
    gains,
    runs,
    scale,
    scale_words,
    words,
)
from assessments.quizzes.analysis.models import RunKind
from assessments.quizzes.analysis.responses import texts
from assessments.quizzes.models import Quiz
from lms.authz import Permission, requires
from lms.bodies import sent_id
from lms.clock import now
from lms.db import transaction
from lms.errors import Refused, sentence
from lms.i18n import local

scales = Blueprint("quiz_scale", __name__, url_prefix="/authoring/quizzes")
fair = Blueprint("quiz_fairness", __name__, url_prefix="/authoring/quizzes")
learnt = Blueprint("quiz_gain", __name__, url_prefix="/authoring/quizzes")
every = Blueprint("quiz_across", __name__, url_prefix="/authoring/quizzes")
AFTER = {RunKind.ITEMS: "quiz_analysis.show", RunKind.SCALE: "quiz_scale.show", RunKind.SIMILARITY: "quiz_integrity.show"}


@scales.get("/<int:module_id>/scale", endpoint="show")
@requires(Permission.QUIZ_AUTHOR)
def show_scale(module_id: int) -> str:
    quiz = policies.marked_quiz(g.actor, module_id)
    finished, under_way, failed = runs.latest(quiz.id, RunKind.SCALE)
    report = (finished.report or {}) if finished else {}
    stems = _stems([item["version"] for item in report.get("items", [])])
    frame = _frame(quiz) | {"run": finished, "under_way": under_way, "failed": failed, "report": report}
    return render_template("quizzes/analysis/scale.html", said=scale_words, stems=stems, fewest=scale.FEWEST, takers=runs.takers(quiz.id), **frame)


def _stems(versions: list[int]) -> dict[int, Any]:
    return {id_: version for id_, (version, _kind) in texts(versions).items()} if versions else {}


def _frame(quiz: Quiz) -> dict[str, Any]:
    return {"quiz": quiz, "module": quiz.module, "course": quiz.module.course, "words": words}


@scales.post("/<int:module_id>/runs/<kind>")
@requires(Permission.QUIZ_AUTHOR)
def run(module_id: int, kind: str) -> Response:
    """Have the items, the scale or the agreement of answers computed, in the background."""
    wanted = next((each for each in AFTER if each == kind), RunKind.SCALE)
    try:
        with transaction():
            promised = runs.promise(g.actor, module_id, wanted, now=now())
        return redirect(url_for("home.job", job_id=promised.job_id))
    except Refused as refusal:
        flash(sentence(refusal), "warning")
        return redirect(url_for(AFTER[wanted], module_id=module_id))


@fair.get("/<int:module_id>/fairness", endpoint="show")
@requires(Permission.QUIZ_AUTHOR)
def show_fairness(module_id: int) -> str:
    quiz, found = fairness.of_quiz(g.actor, module_id, request.args.get("group", ""))
    return render_template("quizzes/analysis/fairness.html", found=found, said=fairness_words, **_frame(quiz))


@learnt.route("/<int:module_id>/gain", methods=["GET", "POST"], endpoint="show")
@requires(Permission.QUIZ_AUTHOR)
def show_gain(module_id: int) -> str | Response:
    if request.method == "POST":
        try:
            with transaction():
                gains.pair(g.actor, module_id, sent_id(request.form.get("pre")), now=now())
            flash(_("Saved."), "success")
        except Refused as refusal:
            flash(sentence(refusal), "warning")
        return redirect(url_for(".show", module_id=module_id))
    quiz, found = gains.of_quiz(g.actor, module_id)
    offered = [(each.module_id, f"{each.module.course.code} · {local(each.module.title)}") for each in gains.offered(g.actor, quiz)]
    return render_template("quizzes/analysis/gain.html", found=found, offered=offered, said=fairness_words, **_frame(quiz))


@every.get("/analysis", endpoint="show")
@requires(Permission.QUIZ_AUTHOR)
def show_all() -> str:
    rows = across.summaries(g.actor)
    shared = across.shared(rows)
    return render_template("quizzes/analysis/across.html", rows=rows, shared=shared, words=words)


@every.post("/analysis")
@requires(Permission.QUIZ_AUTHOR)
def summarise() -> Response:
    with transaction():
        job = across.ask(g.actor, now=now())
    return redirect(url_for("home.job", job_id=job.id))

