"""What a learner meets: the offer of a quiz, the attempt, the check before handing in, the result."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from flask import Blueprint, flash, g, jsonify, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from assessments.quizzes import evidence, queries, results, services
from assessments.quizzes.models import Attempt, Layout, State
from assessments.quizzes.queries import Sheet
from assessments.quizzes.words import stem_of
from courses.kinds import kind_of
from lms.authz import Permission, requires
from lms.bodies import sent_id
from lms.clock import now
from lms.db import transaction
from lms.errors import Refused, sentence

blueprint = Blueprint("quizzes", __name__, url_prefix="/quizzes", template_folder="templates")
OVER = {"attempt_closed", "deadline_passed"}
LEFT = {"question_left", "question_not_reached"}
EARLY = 3
"""Seconds by which a browser's countdown may be ahead of the server."""


@blueprint.get("/<int:enrolment_id>/<int:module_id>")
@requires(Permission.QUIZ_ATTEMPT)
def offer(enrolment_id: int, module_id: int) -> str:
    found = queries.offer(g.actor, enrolment_id, module_id, now())
    if found.overdue and found.open is not None:
        with transaction():
            services.close_if_over(enrolment_id, found.open.quiz_id, now=now())
        found = queries.offer(g.actor, enrolment_id, module_id, now())
    return render_template("quizzes/offer.html", learning=found.learning, offer=found, kind_of=kind_of)


@blueprint.post("/<int:enrolment_id>/<int:module_id>/start")
@requires(Permission.QUIZ_ATTEMPT)
def start(enrolment_id: int, module_id: int) -> Response:
    try:
        with transaction():
            attempt = services.start(g.actor, enrolment_id, module_id, now=now())
        return redirect(url_for(".attempt", attempt_id=attempt.id))
    except Refused as refusal:
        if refusal.status == 404:
            raise
        flash(sentence(refusal), "warning")
        return redirect(url_for(".offer", enrolment_id=enrolment_id, module_id=module_id))


@blueprint.get("/attempts/<int:attempt_id>")
@requires(Permission.QUIZ_ATTEMPT)
def attempt(attempt_id: int) -> str | Response:
    sheet = queries.sheet(g.actor, attempt_id)
    if _is_finished(sheet.attempt):
        return redirect(url_for(".result", attempt_id=attempt_id))
    return render_template("quizzes/attempt.html", **_page(sheet))


def _page(sheet: Sheet) -> dict[str, Any]:
    """One question or all of them, as the quiz is laid out."""
    shown: Sequence[queries.Asked] = sheet.questions
    at = 0
    if sheet.attempt.frozen["layout"] == Layout.ONE:
        at = sheet.turn or min(max(request.args.get("q", 1, int), 1), len(shown))
        shown = shown[at - 1 : at]
    heads = sheet.headed(shown)
    media = queries.media_of(sheet.course_id, shown, [each["introduction"] for each in heads.values()])
    return {
        "sheet": sheet,
        "heads": heads,
        "shown": shown,
        "at": at,
        "stems": {each.id: stem_of(each.stem, media) for each in shown},
        "media": media,
        "moment": now(),
    }


@blueprint.post("/attempts/<int:attempt_id>")
@requires(Permission.QUIZ_ATTEMPT)
def save(attempt_id: int) -> Response | tuple[str, int]:
    """The page sent as an ordinary form; ``go`` names the button: save | mark:ID | q:NUMBER | check.

    An answer that cannot be kept comes back as it was typed, with its reason; the others are kept.
    """
    go, moment, sent = request.form.get("go", ""), now(), _sent()
    try:
        with transaction():
            onwards = sent_id(go[2:]) if go.startswith("q:") else None
            found, refused = services.save_form(g.actor, attempt_id, **sent, onwards=onwards, now=moment)
            if go.startswith("mark:") and (marked := sent_id(go[5:])) is not None:
                services.mark(g.actor, attempt_id, marked, now=moment)
            elif not go and _time_is_up(found, moment):
                services.submit(g.actor, attempt_id, now=moment)
    except Refused as refusal:
        return _closed(attempt_id, refusal)
    if refused and found.state == State.OPEN:
        return _come_back(attempt_id, refused, sent["values"])
    return redirect(_onwards(found, go))


def _come_back(attempt_id: int, refused: Mapping[int, Refused], values: Mapping[int, Any]) -> tuple[str, int]:
    sheet = queries.sheet(g.actor, attempt_id)
    page = _page(sheet)
    page["shown"] = [each.typed_as(values[each.id]) if each.id in refused else each for each in page["shown"]]
    problems = {id_: sentence(refusal) for id_, refusal in refused.items()}
    return render_template("quizzes/attempt.html", **page, problems=problems), 422


def _sent() -> dict[str, Any]:
    """What the page says of its questions, the sequence it was made with, and what its script had not yet saved."""
    values = {id_: _given(id_) for id_ in _ids(request.form.get("asked", ""))}
    unsent = request.form.get("unsent", "all")
    held = sent_id(request.form.get("held")) or 0
    return {"values": values, "held": held, "unsent": None if unsent == "all" else _ids(unsent)}


def _given(id_: int) -> object:
    """What the page holds for a question: one field's values, or those of its parts (``q12.p1``) by part."""
    parts = {name.partition(".")[2]: request.form.getlist(name) for name in request.form if name.startswith(f"q{id_}.")}
    return parts or request.form.getlist(f"q{id_}")


def _ids(text: str) -> list[int]:
    return [id_ for part in text.split(",") if (id_ := sent_id(part)) is not None]


def _time_is_up(found: Attempt, moment: datetime) -> bool:
    left = services.remaining(found.deadline_at, moment)
    return left is not None and left <= EARLY


def _onwards(found: Attempt, go: str) -> str:
    if found.state != State.OPEN:
        return url_for(".result", attempt_id=found.id)
    if go == "check":
        return url_for(".check", attempt_id=found.id)
    number = go[2:] if go.startswith("q:") else request.args.get("q", "")
    anchor = f"q{go[5:]}" if go.startswith("mark:") else None
    return url_for(".attempt", attempt_id=found.id, q=sent_id(number), _anchor=anchor)


def _closed(attempt_id: int, refusal: Refused) -> Response:
    """Too late: the attempt is closed, and its taker is led to the result with the reason; or on to the question now asked."""
    if refusal.code in LEFT:
        flash(sentence(refusal), "warning")
        return redirect(url_for(".attempt", attempt_id=attempt_id))
    if refusal.code not in OVER:
        raise refusal
    with transaction():
        services.submit(g.actor, attempt_id, now=now())
    flash(sentence(refusal), "warning")
    return redirect(url_for(".result", attempt_id=attempt_id))


@blueprint.post("/attempts/<int:attempt_id>/answers")
@requires(Permission.QUIZ_ATTEMPT)
def answer(attempt_id: int) -> Response:
    """One answer, as the page's script sends it. Acknowledged when it is durable."""
    question_id, sequence, given_at, data = _one_answer(request.get_json(silent=True), now())
    with transaction():
        saved = services.save_answer(g.actor, attempt_id, question_id, data, sequence, given_at, now=now())
    return jsonify(saved=True, at=saved.at.isoformat(), remaining_seconds=saved.remaining_seconds)


def _one_answer(body: object, moment: datetime) -> tuple[int, int, datetime, object]:
    """:raises Refused: ``answer_unreadable``. Whatever else was sent is not looked at."""
    if not isinstance(body, dict):
        raise Refused("answer_unreadable")
    question, sequence = sent_id(body.get("question")), body.get("sequence")
    if question is None or not isinstance(sequence, int) or isinstance(sequence, bool):
        raise Refused("answer_unreadable")
    return question, sequence, _moment(body.get("given_at"), moment), body.get("answer")


def _moment(text: object, otherwise: datetime) -> datetime:
    try:
        given = datetime.fromisoformat(text) if isinstance(text, str) else otherwise
    except ValueError:
        return otherwise
    return given if given.tzinfo else otherwise


@blueprint.get("/attempts/<int:attempt_id>/check")
@requires(Permission.QUIZ_ATTEMPT)
def check(attempt_id: int) -> str | Response:
    sheet = queries.sheet(g.actor, attempt_id)
    if _is_finished(sheet.attempt):
        return redirect(url_for(".result", attempt_id=attempt_id))
    return render_template("quizzes/check.html", sheet=sheet, moment=now(), layouts=Layout)


@blueprint.post("/attempts/<int:attempt_id>/submit")
@requires(Permission.QUIZ_ATTEMPT)
def submit(attempt_id: int) -> Response:
    with transaction():
        services.submit(g.actor, attempt_id, now=now())
    return redirect(url_for(".result", attempt_id=attempt_id))


def _is_finished(found: Attempt) -> bool:
    """Whether the attempt is closed; one whose time is over is closed now."""
    if found.state == State.OPEN and services.is_over(found.deadline_at, now()):
        with transaction():
            services.submit(g.actor, found.id, now=now())
        flash(_("The time is over. Every answer saved before counts."), "warning")
        return True
    return found.state != State.OPEN


@blueprint.get("/attempts/<int:attempt_id>/result")
@requires(Permission.QUIZ_ATTEMPT)
def result(attempt_id: int) -> str | Response:
    sheet = queries.sheet(g.actor, attempt_id)
    if not _is_finished(sheet.attempt):
        return redirect(url_for(".attempt", attempt_id=attempt_id))
    try:
        found = results.own_result(g.actor, attempt_id, sheet, now=now())
    except results.Unsettled:
        return render_template("quizzes/waiting.html", sheet=sheet)
    media = queries.media_of(sheet.course_id, [each.question for each in found.judged])
    stems = {each.question.id: stem_of(each.question.stem, media) for each in found.judged}
    weak = evidence.weak_in(found.entry.marks) if found.release.marks else []
    return render_template("quizzes/result.html", found=found, stems=stems, media=media, weak=weak)
