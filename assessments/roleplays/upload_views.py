"""The protocol by which a recording comes in pieces, in the manner of tus 1.0: begin, ask for the offset, send, finish."""

from __future__ import annotations

from flask import Blueprint, g, jsonify, request, url_for
from werkzeug.wrappers import Response

from assessments.roleplays import policies, uploads
from assessments.roleplays.models import Recording
from lms.authz import Permission, requires
from lms.clock import now
from lms.db import transaction
from lms.errors import Refused, sentence

blueprint = Blueprint("roleplay_uploads", __name__, url_prefix="/practice/uploads")
KEEPS = {"piece_out_of_place", "takes_used_up"}
"""Refusals after which the pieces that are there are kept."""


def _refused(refusal: Refused) -> Response:
    if refusal.status == 404:
        raise refusal
    body = {"code": refusal.code, "sentence": sentence(refusal), **refusal.params}
    answer = jsonify(body)
    answer.status_code = 413 if refusal.code == "recording_too_large" else refusal.status
    if "offset" in refusal.params:
        answer.headers["Upload-Offset"] = str(refusal.params["offset"])
    return answer


def _said(recording: Recording, status: int) -> Response:
    answer = jsonify(id=recording.id, offset=recording.received, size=recording.size)
    answer.status_code = status
    answer.headers["Upload-Offset"] = str(recording.received)
    answer.headers["Upload-Length"] = str(recording.size)
    answer.headers["Location"] = url_for(".piece", recording_id=recording.id)
    return answer


@blueprint.post("/plays/<int:play_id>")
@requires(Permission.ROLEPLAY_PRACTISE)
def begin(play_id: int) -> Response:
    length = request.headers.get("Upload-Length", "")
    try:
        with transaction():
            size = int(length) if length.isascii() and length.isdecimal() and len(length) < 16 else 0
            return _said(uploads.begin(g.actor, play_id, size, now=now()), 201)
    except Refused as refusal:
        return _refused(refusal)


@blueprint.get("/<int:recording_id>")
@requires(Permission.ROLEPLAY_PRACTISE)
def offset(recording_id: int) -> Response:
    return _said(policies.own_recording(g.actor, recording_id), 200)


@blueprint.route("/<int:recording_id>", methods=["PATCH"])
@requires(Permission.ROLEPLAY_PRACTISE)
def piece(recording_id: int) -> Response:
    at = request.headers.get("Upload-Offset", "")
    if (request.content_length or 0) > uploads.PIECE:
        return _refused(Refused("piece_too_large", limit=uploads.PIECE // 1024 // 1024))
    data = request.get_data(cache=False)
    try:
        with transaction():
            start = int(at) if at.isascii() and at.isdecimal() and len(at) < 16 else -1
            return _said(uploads.append(g.actor, recording_id, start, data, now=now()), 200)
    except Refused as refusal:
        return _refused(refusal)


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
        return _refused(refusal)


@blueprint.route("/<int:recording_id>", methods=["DELETE"])
@requires(Permission.ROLEPLAY_PRACTISE)
def discard(recording_id: int) -> Response:
    with transaction():
        uploads.discard(g.actor, recording_id, now=now())
    return Response(status=204)
