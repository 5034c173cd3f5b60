"""What a player meets: the dialogues, one passage at a time, the result."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from assessments.roleplays.dialogues import evidence, queries, services
from assessments.roleplays.dialogues.models import DialogueVersion
from courses import queries as course_queries
from courses.kinds import kind_of
from lms.authz import Permission, requires
from lms.clock import now
from lms.db import transaction
from lms.errors import Refused, sentence

blueprint = Blueprint("dialogues", __name__, url_prefix="/practice/dialogues", template_folder="templates")


@blueprint.get("/")
@requires(Permission.ROLEPLAY_PRACTISE)
def index() -> str:
    return render_template("dialogues/index.html", rows=queries.catalogue(g.actor))


@blueprint.get("/<int:dialogue_id>")
@requires(Permission.ROLEPLAY_PRACTISE)
def show(dialogue_id: int) -> str:
    return render_template("dialogues/show.html", **_offer(queries.version_page(dialogue_id), None, None))


@blueprint.get("/modules/<int:enrolment_id>/<int:module_id>")
@requires(Permission.ROLEPLAY_PRACTISE)
def module(enrolment_id: int, module_id: int) -> str:
    learning = course_queries.learning(g.actor, enrolment_id, module_id)
    content = services.module_content(g.actor, enrolment_id, module_id)
    version = queries.version_page(content["dialogue"], content["version"])
    values = _offer(version, enrolment_id, module_id, content["attempts"])
    return render_template("dialogues/module.html", **values, learning=learning, kind_of=kind_of)


def _offer(
    version: DialogueVersion, enrolment_id: int | None, module_id: int | None, attempts: int | None = None
) -> dict[str, Any]:
    plays = queries.own_plays(g.actor, version.dialogue_id)
    here = [play for play in plays if (play.enrolment_id, play.module_id) == (enrolment_id, module_id)]
    return {
        "version": version,
        "plays": [play for play in plays if play.ended_at],
        "open": next((play for play in here if play.ended_at is None), None),
        "attempts": attempts,
        "used": len(here),
    }


@blueprint.post("/<int:dialogue_id>/start")
@requires(Permission.ROLEPLAY_PRACTISE)
def start(dialogue_id: int) -> Response:
    enrolment_id, module_id = request.form.get("enrolment", type=int), request.form.get("module", type=int)
    try:
        with transaction():
            play = services.start(g.actor, dialogue_id, enrolment_id, module_id, now=now())
    except Refused as refusal:
        if refusal.status == 404:
            raise
        flash(sentence(refusal), "warning")
        return redirect(_back(dialogue_id, enrolment_id, module_id))
    return redirect(url_for(".play", play_id=play.id))


def _back(dialogue_id: int, enrolment_id: int | None, module_id: int | None) -> str:
    if enrolment_id and module_id:
        return url_for(".module", enrolment_id=enrolment_id, module_id=module_id)
    return url_for(".show", dialogue_id=dialogue_id)


@blueprint.get("/plays/<int:play_id>")
@requires(Permission.ROLEPLAY_PRACTISE)
def play(play_id: int) -> str:
    found = queries.play_page(g.actor, play_id)
    back = _back(found.play.dialogue_id, found.play.enrolment_id, found.play.module_id)
    page = "dialogues/result.html" if found.play.ended_at else "dialogues/play.html"
    weak = evidence.weak_in(found) if found.play.ended_at else []
    return render_template(page, found=found, play=found.play, back=back, weak=weak)


@blueprint.post("/plays/<int:play_id>/steps")
@requires(Permission.ROLEPLAY_PRACTISE)
def take(play_id: int) -> Response:
    number, choice = request.form.get("number", 0, int), request.form.get("choice", -1, int)
    try:
        with transaction():
            services.take(g.actor, play_id, number, choice, now=now())
    except Refused as refusal:
        if refusal.status == 404:
            raise
        flash(sentence(refusal), "warning")
    return redirect(url_for(".play", play_id=play_id) + "#talk")
