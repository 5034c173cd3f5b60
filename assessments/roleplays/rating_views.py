"""What a rater meets: what waits, the score sheet (recorded or live), calibration; and the observer's beginning."""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import Any

from flask import Blueprint, flash, g, jsonify, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from assessments.roleplays import appeals, captions, observing, queries, rating, trust_queries, uploads
from assessments.roleplays.conversations import queries as talks
from assessments.roleplays.rating_models import Reason
from lms.authz import Permission, requires
from lms.clock import now
from lms.db import transaction
from lms.errors import Refused, sentence

blueprint = Blueprint("roleplay_rating", __name__, url_prefix="/practice/ratings")


@blueprint.get("/")
@requires(Permission.ROLEPLAY_RATE)
def index() -> str:
    page = queries.rated(g.actor, request.args.get("page", 1, int))
    may_calibrate = g.actor.can(Permission.ROLEPLAY_OBSERVE)
    anchors = queries.anchors_for(g.actor) if may_calibrate else []
    return render_template(
        "roleplays/ratings.html", tasks=queries.to_rate(g.actor), page=page, anchors=anchors, moment=now()
    )


@blueprint.get("/<int:task_id>")
@requires(Permission.ROLEPLAY_RATE)
def sheet(task_id: int) -> str:
    found = queries.sheet(g.actor, task_id)
    return render_template("roleplays/sheet.html", **_sheet(found), given={}, key=secrets.token_hex(16))


def _sheet(found: queries.Sheet) -> dict[str, Any]:
    version = found.play.version
    settled = found.rating is not None and found.task.reason != Reason.ANCHOR
    return {
        "found": found,
        "task": found.task,
        "play": found.play,
        "version": version,
        "content": version.content,
        "rubric": version.rubric,
        "tracks": captions.tracks([found.recording] if found.recording else []),
        "ticket": uploads.ticket(g.actor, found.recording) if found.recording else None,
        "live": found.task.reason == Reason.OBSERVER,
        "transcript": talks.transcript(g.actor, found.play),
        "proposal": talks.proposal_for(found.play, found.rating),
        "result": rating.latest(found.play.id) if settled else None,
        "adjusted": trust_queries.adjusted_of(found.play) if settled else None,
    }


@blueprint.post("/<int:task_id>")
@requires(Permission.ROLEPLAY_RATE)
def submit(task_id: int) -> Response | tuple[str, int]:
    """The sheet as a form; with the script as a request that asks for JSON, perhaps minutes after it was filled."""
    points = {name[2:]: value for name, value in request.form.items() if name.startswith("c:")}
    best, change, key = (request.form.get(name, "") for name in ("best", "change", "key"))
    given_at = _moment(request.form.get("given_at"))
    try:
        with transaction():
            rating.submit(g.actor, task_id, points, best, change, key, given_at, now=now())
    except Refused as refusal:
        return _not_taken(task_id, refusal)
    if _wants_json():
        return jsonify(saved=True, url=url_for(".sheet", task_id=task_id))
    flash(_("Your rating is kept."), "success")
    return redirect(url_for(".sheet", task_id=task_id))


def _wants_json() -> bool:
    return request.accept_mimetypes.best == "application/json"


def _moment(text: str | None) -> datetime | None:
    try:
        given = datetime.fromisoformat(text) if text else None
    except ValueError:
        return None
    return given if given and given.tzinfo else None


def _not_taken(task_id: int, refusal: Refused) -> Response | tuple[str, int]:
    """What was filled in stays on the page."""
    if refusal.status == 404:
        raise refusal
    if _wants_json():
        answer = jsonify(saved=False, code=refusal.code, sentence=sentence(refusal))
        answer.status_code = 409
        return answer
    found = queries.sheet(g.actor, task_id)
    key = request.form.get("key") or secrets.token_hex(16)
    page = render_template(
        "roleplays/sheet.html", **_sheet(found), given=request.form, key=key, problem=sentence(refusal)
    )
    return page, 409


@blueprint.post("/<int:task_id>/comments")
@requires(Permission.ROLEPLAY_RATE)
def comment(task_id: int) -> Response:
    try:
        with transaction():
            rating.comment(g.actor, task_id, _seconds(request.form.get("at", "")), request.form.get("text", ""), now=now())
    except Refused as refusal:
        if refusal.status == 404:
            raise
        flash(sentence(refusal), "warning")
    return redirect(url_for(".sheet", task_id=task_id, _anchor="moments"))


def _seconds(text: str) -> float:
    """``1:05`` or ``65``; 0 for what is neither."""
    parts = text.replace("：", ":").strip().split(":")
    if not all(part.isascii() and part.isdecimal() and len(part) < 6 for part in parts) or len(parts) > 3:
        return 0.0
    total = 0
    for part in parts:
        total = total * 60 + int(part)
    return float(total)


@blueprint.post("/<int:task_id>/comments/<int:comment_id>/remove")
@requires(Permission.ROLEPLAY_RATE)
def take_back(task_id: int, comment_id: int) -> Response:
    with transaction():
        rating.take_back(g.actor, comment_id, now=now())
    return redirect(url_for(".sheet", task_id=task_id, _anchor="moments"))


@blueprint.post("/anchors/<int:anchor_id>")
@requires(Permission.ROLEPLAY_RATE)
def calibrate(anchor_id: int) -> Response:
    with transaction():
        task = appeals.calibrate(g.actor, anchor_id, now=now())
    return redirect(url_for(".sheet", task_id=task.id))


@blueprint.route("/observe/<int:scenario_id>", methods=["GET", "POST"])
@requires(Permission.ROLEPLAY_OBSERVE)
def observe(scenario_id: int) -> str | Response:
    found = queries.scenario_page(g.actor, scenario_id)
    if request.method == "POST":
        players = {part: request.form.get(f"player_{part}", 0, int) for part in ("", "AR", "SR", "FR")}
        try:
            with transaction():
                tasks = observing.begin(g.actor, scenario_id, players, now=now())
            return redirect(url_for(".sheet", task_id=tasks[0].id))
        except Refused as refusal:
            if refusal.status == 404:
                raise
            flash(sentence(refusal), "warning")
    people = queries.observable(g.actor)
    return render_template("roleplays/observe.html", version=found.version, people=people, given=request.form)


@blueprint.post("/<int:task_id>/cancel")
@requires(Permission.ROLEPLAY_OBSERVE)
def cancel(task_id: int) -> Response:
    with transaction():
        play = observing.cancel(g.actor, task_id, now=now())
    flash(_("Taken back. It does not count."), "success")
    return redirect(url_for("roleplays.show", scenario_id=play.scenario_id))
