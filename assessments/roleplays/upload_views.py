"""The protocol by which a recording comes in pieces, in the manner of tus 1.0: begin, ask for the offset, send, finish."""

from __future__ import annotations

from flask import Blueprint, g, request, url_for
from werkzeug.wrappers import Response

from assessments.roleplays import policies, uploads
from assessments.roleplays.models import Recording
from lms import pieces
from lms.authz import Permission, requires
from lms.clock import now
from lms.db import transaction
from lms.errors import Refused

blueprint = Blueprint("roleplay_uploads", __name__, url_prefix="/practice/uploads")
KEEPS = {"piece_out_of_place", "takes_used_up"}
"""Refusals after which the pieces that are there are kept."""


def _said(recording: Recording, status: int) -> Response:
    return pieces.said(recording, status, url_for(".piece", recording_id=recording.id))


@blueprint.post("/plays/<int:play_id>")
@requires(Permission.ROLEPLAY_PRACTISE)
def begin(play_id: int) -> Response:
    try:
        with transaction():
            size = pieces.header_number("Upload-Length", 0)
            return _said(uploads.begin(g.actor, play_id, size, now=now()), 201)
    except Refused as refusal:
        return pieces.refused(refusal)


@blueprint.get("/<int:recording_id>")
@requires(Permission.ROLEPLAY_PRACTISE)
def offset(recording_id: int) -> Response:
    return _said(policies.own_recording(g.actor, recording_id), 200)


@blueprint.route("/<int:recording_id>", methods=["PATCH"])
@requires(Permission.ROLEPLAY_PRACTISE)
def piece(recording_id: int) -> Response:
    try:
        data = pieces.sent_piece()
        with transaction():
            start = pieces.header_number("Upload-Offset", -1)
            return _said(uploads.append(g.actor, recording_id, start, data, now=now()), 200)
    except Refused as refusal:
        return pieces.refused(refusal)


@blueprint.post("/<int:recording_id>/finish")
@requires(Permission.ROLEPLAY_PRACTISE)
def finish(recording_id: int) -> Response:
    """What is refused as a recording is thrown away: nothing of it is kept."""
    body = request.get_json(silent=True)
    claimed = body.get("type", "") if isinstance(body, dict) else ""
    try:
        with transaction():
            return _said(uploads.finish(g.actor, recording_id, str(claimed), now=now()), 200)
    except Refused as refusal:
        if refusal.code not in KEEPS and refusal.status != 404:
            with transaction():
                uploads.discard(g.actor, recording_id, now=now())
        return pieces.refused(refusal)


@blueprint.route("/<int:recording_id>", methods=["DELETE"])
@requires(Permission.ROLEPLAY_PRACTISE)
def discard(recording_id: int) -> Response:
    with transaction():
        uploads.discard(g.actor, recording_id, now=now())
    return Response(status=204)
