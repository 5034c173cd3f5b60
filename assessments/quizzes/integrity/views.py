"""What a browser tells while an attempt lasts, and the trainer's pages of how attempts went."""

from __future__ import annotations

from flask import Blueprint, g, render_template, request
from werkzeug.wrappers import Response

from assessments.quizzes.analysis import runs
from assessments.quizzes.analysis.models import RunKind
from assessments.quizzes.integrity import activity, queries, words
from lms.authz import Permission, requires
from lms.clock import now
from lms.db import transaction

told = Blueprint("quiz_activity", __name__, url_prefix="/quizzes")
pages = Blueprint("quiz_integrity", __name__, url_prefix="/authoring/quizzes")


@told.post("/attempts/<int:attempt_id>/activity")
@requires(Permission.QUIZ_ATTEMPT)
def tell(attempt_id: int) -> Response:
    """Nothing is answered: whoever tells has nothing to wait for."""
    with transaction():
        activity.keep(g.actor, attempt_id, request.get_json(silent=True), now=now())
    return Response(status=204)


@pages.get("/<int:module_id>/integrity")
@requires(Permission.QUIZ_AUTHOR)
def show(module_id: int) -> str:
    quiz, rows, middle = queries.attempts(g.actor, module_id, request.args.get("page", 1, int))
    finished, under_way, failed = runs.latest(quiz.id, RunKind.SIMILARITY)
    return render_template(
        "quizzes/integrity/quiz.html",
        module=quiz.module,
        course=quiz.module.course,
        page=rows,
        middle=middle,
        run=finished,
        report=(finished.report or {}) if finished else {},
        under_way=under_way,
        failed=failed,
        pairs=queries.agreeing(finished),
        said=words,
    )


@pages.get("/<int:module_id>/attempts/<int:attempt_id>/timeline")
@requires(Permission.QUIZ_AUTHOR)
def timeline(module_id: int, attempt_id: int) -> str:
    """Whoever opens it stands in it from then on."""
    quiz, line = queries.timeline(g.actor, module_id, attempt_id)
    page = render_template(
        "quizzes/integrity/attempt.html", module=quiz.module, course=quiz.module.course, line=line, said=words
    )
    with transaction():
        activity.looked(g.actor, attempt_id)
    return page
