"""Pages of the tree of teams."""

from __future__ import annotations

from flask import g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from lms.authz import Permission, requires
from lms.clock import now, today
from lms.db import transaction
from lms.errors import Refused
from lms.people import queries, teams
from lms.people.forms import TeamForm
from lms.people.views import blueprint


@blueprint.get("/teams")
@requires(Permission.PERSON_READ)
def team_index() -> str:
    """The teams in the viewer's scope, with their own members counted."""
    tree = queries.team_tree(g.actor, Permission.PERSON_READ, today())
    return render_template("people/teams.html", tree=tree, manages=g.actor.can(Permission.PERSON_MANAGE))


@blueprint.route("/teams/new", methods=["GET", "POST"])
@requires(Permission.PERSON_MANAGE)
def new_team() -> str | Response:
    form = TeamForm(_parents(), data={"parent_id": request.args.get("above", "")})
    if form.validate_on_submit():
        try:
            with transaction():
                teams.create_team(g.actor, form.code.data or "", form.names(), form.parent, now=now())
            return redirect(url_for(".team_index"))
        except Refused as refusal:
            form.explain(refusal)
    return render_template("people/edit_team.html", form=form, team=None)


@blueprint.route("/teams/<int:team_id>/edit", methods=["GET", "POST"])
@requires(Permission.PERSON_MANAGE)
def edit_team(team_id: int) -> str | Response:
    form = TeamForm(_parents(), team=queries.team(g.actor, team_id))
    if form.validate_on_submit():
        try:
            with transaction():
                teams.edit_team(g.actor, team_id, form.code.data or "", form.names(), form.parent, now=now())
            return redirect(url_for(".team_index"))
        except Refused as refusal:
            form.explain(refusal)
    return render_template("people/edit_team.html", form=form, team=queries.team(g.actor, team_id))


def _parents() -> list[tuple[str, str]]:
    return queries.team_choices(g.actor, Permission.PERSON_MANAGE, today())
