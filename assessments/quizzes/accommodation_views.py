"""Pages of trainers and of HR: who gets more time or attempts, in one quiz or in all."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, current_app, flash, g, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response
from wtforms import SelectChoice

from assessments.quizzes import accommodations
from assessments.quizzes.accommodations import Extra, Row
from assessments.quizzes.forms import AccommodationForm
from assessments.quizzes.models import Quiz
from lms.authz import Permission, requires
from lms.clock import now
from lms.db import transaction
from lms.errors import Refused
from lms.i18n import called

blueprint = Blueprint("quiz_extra", __name__)


@blueprint.route("/authoring/quizzes/<int:module_id>/extra-time", methods=["GET", "POST"])
@requires(Permission.QUIZ_AUTHOR)
def of_quiz(module_id: int) -> str | Response:
    quiz, rows = accommodations.granted_in(g.actor, module_id, now())
    return _page(quiz, rows, "quizzes/extra/quiz.html", url_for(".of_quiz", module_id=module_id))


@blueprint.route("/people/extra-time", methods=["GET", "POST"])
@requires(Permission.PERSON_MANAGE)
def of_all() -> str | Response:
    rows = accommodations.granted_in_all(g.actor, now())
    return _page(None, rows, "quizzes/extra/all.html", url_for(".of_all"))


def _page(quiz: Quiz | None, rows: Sequence[Row], template: str, address: str) -> str | Response:
    form = AccommodationForm()
    people = accommodations.may_be_granted(g.actor, quiz)
    form.person.choices = [SelectChoice(value=str(each.id), label=f"{called(each)} · {each.number}") for each in people]
    if form.validate_on_submit():
        try:
            with transaction():
                accommodations.grant(g.actor, quiz.module_id if quiz else None, **_sent(form), now=now())
            flash(_("Granted. It holds for attempts that begin from now on."), "success")
            return redirect(address)
        except Refused as refusal:
            form.explain(refusal)
    frame = {"module": quiz.module, "course": quiz.module.course, "quiz": quiz} if quiz else {}
    return render_template(template, form=form, rows=rows, address=address, **frame)


def _sent(form: AccommodationForm) -> dict[str, Any]:
    """The last day is meant whole, in the company's time zone."""
    day, zone = form.until.data, ZoneInfo(current_app.config["TIME_ZONE"])
    return {
        "person_id": int(form.person.data),
        "extra": Extra(form.extra_percent.data or 0, form.extra_minutes.data or 0, form.extra_attempts.data or 0),
        "reason": form.reason.data or "",
        "until": datetime.combine(day, time.max, zone) if day else None,
    }
