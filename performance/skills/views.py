"""Pages of skills: what I know, how a person and a team stand, and what readiness predicts."""

from __future__ import annotations

from flask import Blueprint, Response, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from lms import downloads, jobs
from lms.authz import Permission, requires
from lms.clock import now, today
from lms.db import transaction
from performance.skills import columns, policies, queries, services, words

blueprint = Blueprint("skills", __name__, url_prefix="/skills", template_folder="templates")


@blueprint.get("/mine")
@requires(Permission.SKILL_READ_OWN)
def mine() -> str:
    found = queries.person_view(g.actor, g.actor.person_id)
    return render_template("skills/person.html", found=found, own=True, opens=policies.opens(g.actor, found.person.id), words=words, now=now())


@blueprint.get("/people/<int:person_id>")
@requires(Permission.SKILL_READ)
def person(person_id: int) -> str:
    found = queries.person_view(g.actor, person_id)
    return render_template("skills/person.html", found=found, own=False, opens=policies.opens(g.actor, found.person.id), words=words, now=now())


@blueprint.post("/mine/refresh")
@requires(Permission.SKILL_READ_OWN)
def refresh_mine() -> AnyResponse:
    with transaction():
        services.refresh_person(g.actor, g.actor.person_id, now=now())
    return redirect(url_for(".mine"))


@blueprint.post("/people/<int:person_id>/refresh")
@requires(Permission.SKILL_READ)
def refresh(person_id: int) -> AnyResponse:
    queries.person_view(g.actor, person_id)  # nobody out of scope
    with transaction():
        services.refresh_person(g.actor, person_id, now=now())
    return redirect(url_for(".person", person_id=person_id))


@blueprint.get("")
@requires(Permission.SKILL_READ)
def team() -> str:
    found = queries.team_view(g.actor, request.args.get("team", None, int), request.args.get("page", 1, int), today())
    return render_template("skills/team.html", found=found, words=words)


@blueprint.get("/export.<any(csv, xlsx):format>")
@requires(Permission.SKILL_READ)
def export(format: str) -> Response:
    rows, briefs = queries.exported(g.actor, request.args.get("team", None, int), today())
    return downloads.table(rows, columns.of_team(briefs), format, "skills", title=_("Team skills"))


@blueprint.post("/compute")
@requires(Permission.SKILL_COMPUTE)
def compute() -> AnyResponse:
    with transaction():
        jobs.promise(g.actor, "skills.compute")
    flash(_("Everybody’s levels are being reckoned anew; this page shows them when it is done."), "success")
    return redirect(url_for(".team"))


@blueprint.get("/check")
@requires(Permission.SKILL_READ)
def check() -> str:
    found = queries.check_view(g.actor, request.args.get("look", None, int))
    return render_template("skills/check.html", found=found, words=words, wanted=request.args.get("look", None, int))


@blueprint.post("/check")
@requires(Permission.SKILL_COMPUTE)
def look() -> AnyResponse:
    with transaction():
        jobs.promise(g.actor, "skills.check")
    flash(_("The check is being made; this page shows it when it is done."), "success")
    return redirect(url_for(".check"))
