"""Job profiles: the list, the levels that one asks for, and who has it."""

from __future__ import annotations

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response
from wtforms import SelectChoice

from courses.competencies import profiles, queries, words
from courses.competencies.forms import HolderForm, ProfileForm
from courses.competencies.scale import LEVELS
from lms.authz import Permission, requires
from lms.clock import now, today
from lms.db import transaction
from lms.errors import Refused
from lms.people.queries import team_choices

blueprint = Blueprint("job_profiles", __name__, url_prefix="/job-profiles", template_folder="templates")


@blueprint.route("", methods=["GET", "POST"])
@requires(Permission.COMPETENCY_MANAGE)
def index() -> str | Response:
    form = ProfileForm()
    if form.validate_on_submit():
        try:
            with transaction():
                made = profiles.create(g.actor, form.code.data, form.named(), now=now())
            return redirect(url_for(".show", profile_id=made.id))
        except Refused as refusal:
            form.explain(refusal)
    return render_template("competencies/profiles.html", rows=queries.profile_rows(g.actor), form=form)


def _holder_form() -> HolderForm:
    form = HolderForm()
    found = team_choices(g.actor, Permission.COMPETENCY_MANAGE, today())
    form.team_id.choices = [SelectChoice(value="", label="–"), *(SelectChoice(value=id_, label=name) for id_, name in found)]
    return form


@blueprint.get("/<int:profile_id>")
@requires(Permission.COMPETENCY_MANAGE)
def show(profile_id: int) -> str:
    return _page(profile_id, _holder_form())


def _page(profile_id: int, form: HolderForm) -> str:
    return render_template(
        "competencies/profile.html",
        profile=queries.profile(g.actor, profile_id),
        rows=queries.competencies(g.actor),
        asked=queries.required_levels().get(profile_id, {}),
        holders=queries.holders(g.actor, profile_id),
        form=form,
        shapes=g.actor.company_wide(Permission.COMPETENCY_MANAGE),
        levels=LEVELS,
        words=words,
    )


@blueprint.post("/<int:profile_id>/levels")
@requires(Permission.COMPETENCY_MANAGE)
def levels(profile_id: int) -> Response:
    asked = {each.id: request.form.get(f"level_{each.id}", 0, int) or None for each in queries.competencies(g.actor)}
    with transaction():
        profiles.require_levels(g.actor, profile_id, asked, now=now())
    flash(_("Saved."), "success")
    return redirect(url_for(".show", profile_id=profile_id))


@blueprint.post("/<int:profile_id>/holders")
@requires(Permission.COMPETENCY_MANAGE)
def give(profile_id: int) -> str | Response:
    form = _holder_form()
    if not form.validate():
        return _page(profile_id, form)
    try:
        with transaction():
            if form.team_id.data:
                profiles.give_to_team(g.actor, profile_id, int(form.team_id.data), now=now())
            if form.listed() or not form.team_id.data:
                profiles.give_to_people(g.actor, profile_id, form.listed(), now=now())
    except Refused as refusal:
        form.explain(refusal)
        return _page(profile_id, form)
    flash(_("Saved."), "success")
    return redirect(url_for(".show", profile_id=profile_id))


@blueprint.post("/<int:profile_id>/default")
@requires(Permission.COMPETENCY_MANAGE)
def default(profile_id: int) -> Response:
    with transaction():
        profiles.make_default(g.actor, profile_id, now=now())
    return redirect(url_for(".show", profile_id=profile_id))


@blueprint.post("/holders/<int:holder_id>/end")
@requires(Permission.COMPETENCY_MANAGE)
def take_back(holder_id: int) -> Response:
    with transaction():
        ended = profiles.take_back(g.actor, holder_id, now=now())
    return redirect(url_for(".show", profile_id=ended.profile_id))
