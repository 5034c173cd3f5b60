"""Captions of a recording: the page that writes them, and the track that a player loads."""

from __future__ import annotations

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from assessments.roleplays import captions, policies, uploads
from courses.languages import language, language_tabs
from lms.authz import Permission, requires
from lms.clock import now
from lms.db import transaction
from lms.errors import Refused, Unknown, sentence

blueprint = Blueprint("roleplay_captions", __name__, url_prefix="/practice")


@blueprint.route("/recordings/<int:recording_id>/captions", methods=["GET", "POST"])
@requires(Permission.ROLEPLAY_PRACTISE)
def edit(recording_id: int) -> str | Response | tuple[str, int]:
    if request.method == "GET":
        return _page(recording_id, None)
    file, typed = request.files.get("file"), request.form.get("text", "")
    data = file.stream.read() if file and file.filename else typed.encode()
    try:
        with transaction():
            row = captions.save(g.actor, recording_id, language(), data, now=now())
    except Refused as refusal:
        if refusal.status in (403, 404):
            raise
        return _page(recording_id, data.decode("utf-8", "replace"), sentence(refusal)), 409
    flash(_("The captions are kept.") if row.text else _("The captions are taken away."), "success")
    return redirect(url_for(".edit", recording_id=recording_id, language=row.language))


def _page(recording_id: int, typed: str | None, problem: str = "") -> str:
    recording = policies.captioned_recording(g.actor, recording_id)
    there = captions.track(recording, language())
    return render_template(
        "roleplays/captions.html",
        recording=recording,
        play=recording.play,
        ticket=uploads.ticket(g.actor, recording),
        tracks=captions.tracks([recording]).get(recording.id, []),
        text=typed if typed is not None else (there.text if there else ""),
        problem=problem,
        tabs=language_tabs(".edit", recording_id=recording_id),
    )


@blueprint.get("/watch/<word>/captions/<spoken>.vtt")
@requires(Permission.ROLEPLAY_PRACTISE)
def track(word: str, spoken: str) -> Response:
    """Opened by the same word as the recording, as long as it opens the recording."""
    found = captions.track(uploads.opened(g.actor, word), spoken)
    if found is None:
        raise Unknown()
    answer = Response(found.text, mimetype="text/vtt")
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    answer.headers["Cache-Control"] = "private, no-store"
    return answer
