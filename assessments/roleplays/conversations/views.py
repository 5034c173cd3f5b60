"""The talk with a model's customer: begin, say something, hear the answer (streamed where the script runs), hand in."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, request, stream_with_context, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from assessments.roleplays import scenario
from assessments.roleplays import services as roleplays
from assessments.roleplays.conversations import services, transcripts, words
from assessments.roleplays.conversations.protocol import ModelFailure
from assessments.roleplays.models import Play
from lms.authz import Permission, requires
from lms.clock import now
from lms.db import db, transaction
from lms.errors import Refused, sentence
from lms.i18n import current_locale

blueprint = Blueprint("conversations", __name__, url_prefix="/practice/conversations", template_folder="templates")
STREAM = "text/event-stream"


@blueprint.post("/scenarios/<int:scenario_id>/start")
@requires(Permission.ROLEPLAY_PRACTISE)
def start(scenario_id: int) -> Response:
    given = request.form
    enrolment_id, module_id = given.get("enrolment", type=int), given.get("module", type=int)
    try:
        with transaction():
            play = services.start(
                g.actor,
                scenario_id,
                consent=words.consent_of if given.get("consent") else None,
                part=given.get("part"),
                enrolment_id=enrolment_id,
                module_id=module_id,
                now=now(),
            )
        return redirect(url_for("roleplays.play", play_id=play.id))
    except Refused as refusal:
        if refusal.status == 404:
            raise
        flash(sentence(refusal), "warning")
        if enrolment_id and module_id:
            return redirect(url_for("roleplays.module", enrolment_id=enrolment_id, module_id=module_id))
        return redirect(url_for("roleplays.show", scenario_id=scenario_id))


@blueprint.get("/<int:play_id>")
@requires(Permission.ROLEPLAY_PRACTISE)
def talk(play_id: int) -> str | Response:
    play = services.own(g.actor, play_id)
    if play.abandoned_at is not None:
        return redirect(url_for("roleplays.show", scenario_id=play.scenario_id))
    if play.submitted_at is not None:
        return redirect(url_for("roleplays.play", play_id=play_id))
    return render_template("conversations/talk.html", **_talk(play), typed="")


def _talk(play: Play) -> dict[str, Any]:
    return {
        "play": play,
        "version": play.version,
        "rubric": play.version.rubric,
        "content": scenario.brief(play.version.content, play.part),
        "turns": transcripts.turns(play.id),
        "most": services.MOST_TURNS,
        "longest": services.LONGEST_TURN,
        "usable": services.endpoint_set(),
    }


@blueprint.post("/<int:play_id>/turns")
@requires(Permission.ROLEPLAY_PRACTISE)
def say(play_id: int) -> Response | tuple[str, int]:
    """What the rep says is kept first; then the customer answers."""
    text, at = request.form.get("text", ""), request.form.get("number", 0, int)
    try:
        with transaction():
            services.say(g.actor, play_id, at, text, now=now())
    except Refused as refusal:
        return _not_taken(play_id, refusal, text)
    return _answered(play_id)


def _not_taken(play_id: int, refusal: Refused, text: str) -> Response | tuple[str, int]:
    if refusal.status == 404:
        raise refusal
    if _streams():
        return _events([("failed", {"sentence": sentence(refusal), "kept": False})])
    if refusal.code == "play_closed":
        return redirect(url_for("roleplays.play", play_id=play_id))
    flash(sentence(refusal), "warning")
    return render_template("conversations/talk.html", **_talk(services.own(g.actor, play_id)), typed=text), 409


@blueprint.post("/<int:play_id>/answer")
@requires(Permission.ROLEPLAY_PRACTISE)
def answer(play_id: int) -> Response:
    """Ask the customer once more, when the answer did not come."""
    return _answered(play_id)


def _answered(play_id: int) -> Response:
    if _streams():
        return _events(stream_with_context(_heard(play_id)))
    for name, values in _heard(play_id):
        if name == "failed":
            flash(values["sentence"], "warning")
    return redirect(url_for(".talk", play_id=play_id, _anchor="last"))


def _heard(play_id: int) -> Iterator[tuple[str, dict[str, Any]]]:
    """The events of one answer: ``kept``, ``piece`` …, then ``done`` or ``failed``. The rep's words are kept in any case."""
    try:
        there = services.answered(g.actor, play_id)
        if there is not None:
            yield "done", {"number": there.number, "text": there.text}
            return
        at, asked = services.question(g.actor, play_id, current_locale())
        db.session.rollback()
        yield "kept", {"number": at - 1}
        said = []
        with services.asking(g.actor, play_id):
            for piece in services.listen(asked):
                said.append(piece)
                yield "piece", {"text": piece}
        with transaction():
            turn = services.keep_answer(g.actor, play_id, at, "".join(said), now=now())
        yield "done", {"number": turn.number, "text": turn.text}
    except ModelFailure as failure:
        why = sentence(Refused(failure.code, wait=failure.wait))
        yield "failed", {"sentence": why, "kept": True, "wait": failure.wait}
    except Refused as refusal:
        if refusal.status == 404:
            raise
        yield "failed", {"sentence": sentence(refusal), "kept": True}


def _streams() -> bool:
    return request.accept_mimetypes.best == STREAM


def _events(events: Any) -> Response:
    lines = (f"event: {name}\ndata: {json.dumps(values, ensure_ascii=False)}\n\n" for name, values in events)
    answer = Response(lines, mimetype=STREAM)
    answer.headers["Cache-Control"] = "private, no-store, no-transform"
    answer.headers["X-Accel-Buffering"] = "no"
    return answer


@blueprint.post("/<int:play_id>/hand-in")
@requires(Permission.ROLEPLAY_PRACTISE)
def hand_in(play_id: int) -> Response:
    try:
        with transaction():
            services.hand_in(g.actor, play_id, current_locale(), now=now())
        flash(_("Sent. You will find the result here as soon as it is rated."), "success")
    except Refused as refusal:
        if refusal.status == 404:
            raise
        flash(sentence(refusal), "warning")
    return redirect(url_for("roleplays.play", play_id=play_id))


@blueprint.post("/<int:play_id>/abandon")
@requires(Permission.ROLEPLAY_PRACTISE)
def abandon(play_id: int) -> Response:
    play = services.own(g.actor, play_id)
    with transaction():
        roleplays.abandon(g.actor, play.id, now=now())
    flash(_("Thrown away. It does not count."), "success")
    return redirect(url_for("roleplays.show", scenario_id=play.scenario_id))
