"""The page on which a file or a recording is given as an answer, the protocol by which it comes, and its address."""

from __future__ import annotations

import io

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from assessments.quizzes import answer_files, queries
from assessments.quizzes.answer_files import Handed
from assessments.quizzes.file_models import AnswerFile
from assessments.quizzes.words import stem_of
from lms import pieces
from lms.authz import Permission, requires
from lms.clock import now
from lms.db import transaction
from lms.errors import Refused, Unknown, sentence

blueprint = Blueprint("quiz_answer_files", __name__, url_prefix="/quizzes")
KEEPS = {"piece_out_of_place", "attempt_closed", "deadline_passed", "question_left", "question_not_reached"}
"""Refusals after which there is nothing to throw away."""


def address(given: Handed) -> str:
    """The address of a file for whoever reads the page, for two hours."""
    return url_for("quiz_answer_files.opened", word=answer_files.ticket(g.actor, given.file)) if given.file else ""


@blueprint.get("/attempts/<int:attempt_id>/files/<int:question_id>")
@requires(Permission.QUIZ_ATTEMPT)
def page(attempt_id: int, question_id: int) -> str | Response:
    sheet = queries.sheet(g.actor, attempt_id)
    asked = next((each for each in sheet.questions if each.id == question_id and each.handed), None)
    if asked is None:
        raise Unknown()
    if sheet.attempt.ended_at is not None or (sheet.turn and sheet.turn != asked.number):
        return redirect(_back(attempt_id, question_id))
    media = queries.media_of(sheet.course_id, [asked])
    return render_template("quizzes/file.html", sheet=sheet, asked=asked, stem=stem_of(asked.stem, media), moment=now(), piece=pieces.PIECE // 4)


def _back(attempt_id: int, question_id: int) -> str:
    """To the question in the attempt, on whatever page of it that stands."""
    sheet = queries.sheet(g.actor, attempt_id)
    number = next((each.number for each in sheet.questions if each.id == question_id), None)
    return url_for("quizzes.attempt", attempt_id=attempt_id, q=number, _anchor=f"q{question_id}")


@blueprint.post("/attempts/<int:attempt_id>/files/<int:question_id>")
@requires(Permission.QUIZ_ATTEMPT)
def give(attempt_id: int, question_id: int) -> Response:
    """A file chosen in an ordinary form, where the page's script does not run."""
    file = request.files.get("file")
    try:
        with transaction():
            stream = file.stream if file else io.BytesIO()
            answer_files.whole(g.actor, attempt_id, question_id, stream, file.filename or "" if file else "", now=now())
        flash(_("The answer is here and saved."), "success")
    except Refused as refusal:
        return _told(refusal, attempt_id, question_id)
    return redirect(url_for(".page", attempt_id=attempt_id, question_id=question_id))


@blueprint.post("/attempts/<int:attempt_id>/files/<int:question_id>/take-back")
@requires(Permission.QUIZ_ATTEMPT)
def take_back(attempt_id: int, question_id: int) -> Response:
    try:
        with transaction():
            answer_files.take_back(g.actor, attempt_id, question_id, now=now())
        flash(_("The file is erased. The question is empty again."), "success")
    except Refused as refusal:
        return _told(refusal, attempt_id, question_id)
    return redirect(url_for(".page", attempt_id=attempt_id, question_id=question_id))


def _told(refusal: Refused, attempt_id: int, question_id: int) -> Response:
    if refusal.status == 404:
        raise refusal
    flash(sentence(refusal), "warning")
    return redirect(url_for(".page", attempt_id=attempt_id, question_id=question_id))


@blueprint.get("/files/<word>")
@requires(Permission.QUIZ_ATTEMPT)
def opened(word: str) -> Response:
    """The bytes: a recording is played in the page, everything else is taken away as a file."""
    file = answer_files.opened(g.actor, word)
    heard = (file.media_type or "").startswith("audio/")
    return pieces.response(file, answer_files.shown_name(g.actor, file), download=not heard)


# The protocol


def _said(file: AnswerFile, status: int) -> Response:
    return pieces.said(file, status, url_for(".piece", file_id=file.id))


@blueprint.post("/attempts/<int:attempt_id>/files/<int:question_id>/begin")
@requires(Permission.QUIZ_ATTEMPT)
def begin(attempt_id: int, question_id: int) -> Response:
    try:
        with transaction():
            size = pieces.header_number("Upload-Length", 0)
            return _said(answer_files.begin(g.actor, attempt_id, question_id, size, now=now()), 201)
    except Refused as refusal:
        return pieces.refused(refusal)


@blueprint.get("/uploads/<int:file_id>")
@requires(Permission.QUIZ_ATTEMPT)
def offset(file_id: int) -> Response:
    return _said(answer_files.own_file(g.actor, file_id), 200)


@blueprint.route("/uploads/<int:file_id>", methods=["PATCH"])
@requires(Permission.QUIZ_ATTEMPT)
def piece(file_id: int) -> Response:
    try:
        data = pieces.sent_piece()
        with transaction():
            start = pieces.header_number("Upload-Offset", -1)
            return _said(answer_files.append(g.actor, file_id, start, data, now=now()), 200)
    except Refused as refusal:
        return pieces.refused(refusal)


@blueprint.post("/uploads/<int:file_id>/finish")
@requires(Permission.QUIZ_ATTEMPT)
def finish(file_id: int) -> Response:
    """What is refused by its content is thrown away: nothing of it is kept."""
    body = request.get_json(silent=True)
    name = body.get("name") if isinstance(body, dict) else ""
    try:
        with transaction():
            return _said(answer_files.finish(g.actor, file_id, name if isinstance(name, str) else "", now=now()), 200)
    except Refused as refusal:
        if refusal.code not in KEEPS and refusal.status != 404:
            with transaction():
                answer_files.discard(g.actor, file_id, now=now())
        return pieces.refused(refusal)
