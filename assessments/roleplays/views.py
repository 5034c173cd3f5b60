"""What a player meets: the scenarios, the talk before recording, the takes, the result."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from assessments.roleplays import (
    appeals,
    captions,
    evidence,
    queries,
    scenario,
    services,
    trust_queries,
    uploads,
)
from assessments.roleplays.conversations import queries as talks
from assessments.roleplays.conversations import services as conversing
from assessments.roleplays.conversations import words as conversations
from assessments.roleplays.models import Stage, Way
from courses import queries as course_queries
from courses.kinds import kind_of
from lms import pieces
from lms.authz import Permission, requires
from lms.clock import now
from lms.db import transaction
from lms.errors import Refused, sentence
from lms.i18n import number

blueprint = Blueprint("roleplays", __name__, url_prefix="/practice", template_folder="templates")


def consent_of(content: Mapping[str, Any]) -> str:
    """What a player agrees to; its hash is kept."""
    minutes, days = content["minutes"], content["retention_days"]
    return _(
        "I agree that my talk of about %(minutes)s minutes is recorded and shown to the people who rate it. "
        "It is erased after %(days)s days, or at once when I take this consent back.",
        minutes=number(minutes),
        days=number(days),
    )


@blueprint.get("/")
@requires(Permission.ROLEPLAY_PRACTISE)
def index() -> str:
    stage, difficulty = request.args.get("stage", ""), request.args.get("difficulty", 0, int)
    known = {each.value for each in Stage}
    page = queries.catalogue(
        g.actor, stage=stage if stage in known else "", difficulty=difficulty, page=request.args.get("page", 1, int)
    )
    waiting, days = queries.waiting_count(g.actor, now())
    return render_template(
        "roleplays/index.html", page=page, stage=stage, difficulty=difficulty, waiting=waiting, days=days
    )


@blueprint.get("/scenarios/<int:scenario_id>")
@requires(Permission.ROLEPLAY_PRACTISE)
def show(scenario_id: int) -> str:
    found = queries.scenario_page(g.actor, scenario_id)
    return render_template("roleplays/scenario.html", **_offer(found))


@blueprint.get("/modules/<int:enrolment_id>/<int:module_id>")
@requires(Permission.ROLEPLAY_PRACTISE)
def module(enrolment_id: int, module_id: int) -> str | Response:
    content = services.module_content(g.actor, enrolment_id, module_id)
    if content.get("dialogue"):
        return redirect(url_for("dialogues.module", enrolment_id=enrolment_id, module_id=module_id))
    learning = course_queries.learning(g.actor, enrolment_id, module_id)
    found = queries.scenario_page(g.actor, content["scenario"], content["version"])
    values = _offer(found) | {"learning": learning, "kind_of": kind_of, "attempts": content["attempts"]}
    return render_template("roleplays/module.html", **values)


def _offer(found: queries.ScenarioPage) -> dict[str, Any]:
    content = found.version.content
    return {
        "version": found.version,
        "content": scenario.brief(content),
        "rubric": found.rubric,
        "plays": found.plays,
        "open": next((each.play for each in found.plays if each.play.submitted_at is None), None),
        "consent": consent_of(content),
        "talk_consent": conversations.consent_of(content) if _with_a_machine(content) else None,
    }


def _with_a_machine(content: Mapping[str, Any]) -> bool:
    return bool(content.get("conversation")) and conversing.endpoint_set()


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
                consent=consent_of if given.get("consent") else None,
                for_calibration=bool(given.get("calibration")),
                part=given.get("part"),
                enrolment_id=enrolment_id,
                module_id=module_id,
                now=now(),
            )
        return redirect(url_for(".play", play_id=play.id))
    except Refused as refusal:
        return _told(refusal, _back(scenario_id, enrolment_id, module_id))


def _back(scenario_id: int, enrolment_id: int | None, module_id: int | None) -> str:
    if enrolment_id and module_id:
        return url_for(".module", enrolment_id=enrolment_id, module_id=module_id)
    return url_for(".show", scenario_id=scenario_id)


def _told(refusal: Refused, back: str) -> Response:
    if refusal.status == 404:
        raise refusal
    flash(sentence(refusal), "warning")
    return redirect(back)


@blueprint.get("/plays/<int:play_id>")
@requires(Permission.ROLEPLAY_PRACTISE)
def play(play_id: int) -> str | Response:
    found = queries.play_page(g.actor, play_id)
    content = found.play.version.content
    if found.play.way == Way.CONVERSATION and found.play.submitted_at is None:
        return redirect(url_for("conversations.talk", play_id=play_id))
    values = {
        "found": found,
        "play": found.play,
        "version": found.play.version,
        "content": content if found.result else scenario.brief(content, found.play.part),
        "rubric": found.play.version.rubric,
        "own": found.play.person_id == g.actor.person_id,
        "tickets": {take.id: uploads.ticket(g.actor, take) for take in found.takes if take.finished_at},
        "used": len(uploads.finished(found.play.id)),
        "transcript": talks.transcript(g.actor, found.play),
        "tracks": captions.tracks(found.takes),
    }
    if found.play.submitted_at is None:
        return render_template("roleplays/record.html", **values, limit=uploads.limit_bytes(), piece=uploads.PIECE // 4)
    adjusted = trust_queries.adjusted_of(found.play) if found.result else None
    weak = evidence.weak_in(found.play, found.result) if found.result else []
    return render_template("roleplays/play.html", **values, adjusted=adjusted, weak=weak)


@blueprint.post("/plays/<int:play_id>/takes")
@requires(Permission.ROLEPLAY_PRACTISE)
def upload(play_id: int) -> Response:
    """A recording chosen as a file, where the page's script does not run."""
    file = request.files.get("file")
    try:
        with transaction():
            stream = file.stream if file else io.BytesIO()
            uploads.whole(g.actor, play_id, stream, file.mimetype if file else "", now=now())
        flash(_("The take is here. Look at it before you send it."), "success")
    except Refused as refusal:
        return _told(refusal, url_for(".play", play_id=play_id))
    return redirect(url_for(".play", play_id=play_id))


@blueprint.post("/plays/<int:play_id>/takes/<int:recording_id>/discard")
@requires(Permission.ROLEPLAY_PRACTISE)
def discard(play_id: int, recording_id: int) -> Response:
    with transaction():
        uploads.discard(g.actor, recording_id, now=now())
    flash(_("The take is erased."), "success")
    return redirect(url_for(".play", play_id=play_id))


@blueprint.post("/plays/<int:play_id>/submit")
@requires(Permission.ROLEPLAY_PRACTISE)
def submit(play_id: int) -> Response:
    try:
        with transaction():
            services.submit(g.actor, play_id, request.form.get("take", 0, int), now=now())
        flash(_("Sent. You will find the result here as soon as it is rated."), "success")
    except Refused as refusal:
        return _told(refusal, url_for(".play", play_id=play_id))
    return redirect(url_for(".play", play_id=play_id))


@blueprint.post("/plays/<int:play_id>/abandon")
@requires(Permission.ROLEPLAY_PRACTISE)
def abandon(play_id: int) -> Response:
    with transaction():
        found = services.abandon(g.actor, play_id, now=now())
    flash(_("Thrown away. It does not count."), "success")
    return redirect(_back(found.scenario_id, found.enrolment_id, found.module_id))


@blueprint.post("/plays/<int:play_id>/end-consent")
@requires(Permission.ROLEPLAY_PRACTISE)
def end_consent(play_id: int) -> Response:
    with transaction():
        services.end_consent(g.actor, play_id, now=now())
    flash(_("Your consent has ended and the recording is erased."), "success")
    return redirect(url_for(".index"))


@blueprint.post("/plays/<int:play_id>/object")
@requires(Permission.ROLEPLAY_PRACTISE)
def object_to(play_id: int) -> Response:
    try:
        with transaction():
            appeals.object_to(g.actor, play_id, request.form.get("text", ""), now=now())
        flash(_("Your objection is with the trainers."), "success")
    except Refused as refusal:
        return _told(refusal, url_for(".play", play_id=play_id))
    return redirect(url_for(".play", play_id=play_id))


@blueprint.get("/watch/<word>")
@requires(Permission.ROLEPLAY_PRACTISE)
def watch(word: str) -> Response:
    """The bytes of a recording, whole or the range asked for; to be kept only by its performer."""
    recording = uploads.opened(g.actor, word)
    download = "download" in request.args and recording.play.person_id == g.actor.person_id
    name = f"role-play-{recording.play_id}.{(recording.media_type or '').partition('/')[2]}"
    return pieces.response(recording, name, download=download)
