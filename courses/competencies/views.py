"""The catalogue of competencies: the list, one of them, writing it, and words in use that nobody has adopted."""

from __future__ import annotations

from flask import Blueprint, Response, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from courses.competencies import exporting, queries, services, used, words
from courses.competencies.forms import CompetencyForm, NewCompetencyForm, filled
from courses.competencies.scale import LEVELS
from lms import downloads
from lms.authz import Permission, requires
from lms.clock import now
from lms.db import transaction
from lms.errors import Refused, sentence

blueprint = Blueprint("competencies", __name__, url_prefix="/competencies", template_folder="templates")


@blueprint.get("")
@requires(Permission.COURSE_READ)
def index() -> str:
    manages = g.actor.can(Permission.COMPETENCY_MANAGE)
    rows = queries.competencies(g.actor, retired=manages)
    known = queries.catalogue()
    trained = queries.courses_by_competency(known)
    without = queries.words_without(g.actor, known) if manages else []
    return render_template(
        "competencies/index.html", rows=rows, trained=trained, without=without, words=words, room=used.label
    )


@blueprint.get("/<int:competency_id>")
@requires(Permission.COURSE_READ)
def show(competency_id: int) -> str:
    found = queries.competency(g.actor, competency_id)
    trained = queries.courses_by_competency(queries.catalogue()).get(found.id, [])
    return render_template("competencies/show.html", found=found, trained=trained, words=words, levels=LEVELS)


@blueprint.route("/new", methods=["GET", "POST"])
@requires(Permission.COMPETENCY_MANAGE)
def create() -> str | AnyResponse:
    form = NewCompetencyForm()
    if form.validate_on_submit():
        try:
            with transaction():
                made = services.create(g.actor, form.code.data, form.said(), now=now())
            return redirect(url_for(".show", competency_id=made.id))
        except Refused as refusal:
            form.explain(refusal)
    return render_template("competencies/edit.html", form=form, found=None, words=words, levels=LEVELS)


@blueprint.route("/<int:competency_id>/edit", methods=["GET", "POST"])
@requires(Permission.COMPETENCY_MANAGE)
def edit(competency_id: int) -> str | AnyResponse:
    found = services.managed(g.actor, competency_id)
    form = CompetencyForm(data=filled(found))
    if form.validate_on_submit():
        try:
            with transaction():
                services.edit(g.actor, competency_id, form.said(), now=now())
            flash(_("Saved."), "success")
            return redirect(url_for(".show", competency_id=competency_id))
        except Refused as refusal:
            form.explain(refusal)
    return render_template("competencies/edit.html", form=form, found=found, words=words, levels=LEVELS)


@blueprint.post("/<int:competency_id>/<any(retire, revive):act>")
@requires(Permission.COMPETENCY_MANAGE)
def turn(competency_id: int, act: str) -> AnyResponse:
    with transaction():
        (services.retire if act == "retire" else services.revive)(g.actor, competency_id, now=now())
    return redirect(url_for(".show", competency_id=competency_id))


@blueprint.post("/words")
@requires(Permission.COMPETENCY_MANAGE)
def settle() -> AnyResponse:
    """A word in use becomes a competency of its own, or another name of one that is there."""
    word, into = request.form.get("word", ""), request.form.get("into", 0, int)
    try:
        with transaction():
            found = (
                services.add_alias(g.actor, into, word, now=now())
                if into
                else services.adopt(g.actor, request.form.get("code", ""), word, now=now())
            )
        flash(_("“%(word)s” now means %(code)s.", word=word, code=found.code), "success")
    except Refused as refusal:
        if refusal.status == 404:
            raise
        flash(sentence(refusal), "warning")
    return redirect(url_for(".index", _anchor="words"))


@blueprint.post("/seed")
@requires(Permission.COMPETENCY_MANAGE)
def seed() -> AnyResponse:
    with transaction():
        added = services.seed(g.actor, now=now())
    flash(_("%(n)s competencies added.", n=len(added)), "success")
    return redirect(url_for(".index"))


@blueprint.get("/export.<any(csv, xlsx):format>")
@requires(Permission.COURSE_READ)
def export(format: str) -> Response:
    rows = queries.competencies(g.actor, retired=True)
    return downloads.table(rows, exporting.COLUMNS, format, "competencies", title=_("Competencies"))
