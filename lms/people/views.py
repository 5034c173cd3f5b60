"""Pages of people: the list, a person, what is changed about them."""

from __future__ import annotations

from flask import Blueprint, Response, flash, g, redirect, render_template, request, url_for
from flask_babel import get_timezone, ngettext
from flask_babel import gettext as _
from werkzeug.wrappers import Response as BaseResponse

from lms import downloads
from lms.audit import action_name
from lms.authz import Permission, requires
from lms.clock import now, today
from lms.db import transaction
from lms.errors import Refused
from lms.people import exporting, grants, queries, services
from lms.people.actions import details_in_words
from lms.people.course_scopes import every_course
from lms.people.forms import ROLE_NAMES, GrantForm, PersonForm

blueprint = Blueprint("people", __name__, template_folder="templates")

def role_words(roles: tuple[str, ...]) -> str:
    return " · ".join(str(ROLE_NAMES[role]) for role in roles)


def _filter() -> queries.Filter:
    return queries.Filter(
        day=today(),
        text=request.args.get("q", "").strip(),
        team_id=request.args.get("team", type=int),
        closed=request.args.get("closed") == "1",
        sort=request.args.get("sort", "name"),
    )


@blueprint.get("/people")
@requires(Permission.PERSON_READ)
def index() -> str:
    """People in the viewer's scope."""
    wanted = _filter()
    page = queries.people_page(g.actor, wanted, request.args.get("page", 1, int))
    teams = queries.team_choices(g.actor, Permission.PERSON_READ, today())
    return render_template("people/index.html", page=page, teams=teams, wanted=wanted, role_words=role_words)


@blueprint.get("/people/export.<any(csv,xlsx):format>")
@requires(Permission.PERSON_READ)
def export(format: str) -> Response:
    """The same list as a file, as an import takes it."""
    rows = exporting.people(g.actor, _filter())
    return downloads.table(rows, exporting.COLUMNS, format, "people", title=_("People"), zone=get_timezone())


@blueprint.route("/people/new", methods=["GET", "POST"])
@requires(Permission.PERSON_MANAGE)
def new() -> str | BaseResponse:
    form = PersonForm(queries.team_choices(g.actor, Permission.PERSON_MANAGE, today()))
    if form.validate_on_submit():
        try:
            with transaction():
                person = services.create_person(g.actor, form.values(), now=now())
            return redirect(url_for(".show", person_id=person.id))
        except Refused as refusal:
            form.explain(refusal)
    return render_template("people/edit.html", form=form, person=None)


@blueprint.get("/people/<int:person_id>")
@requires(Permission.PERSON_READ)
def show(person_id: int) -> str:
    return _person_page(person_id, _grant_form())


@blueprint.route("/people/<int:person_id>/edit", methods=["GET", "POST"])
@requires(Permission.PERSON_MANAGE)
def edit(person_id: int) -> str | BaseResponse:
    person = queries.person(g.actor, person_id)
    form = PersonForm(queries.team_choices(g.actor, Permission.PERSON_MANAGE, today()), obj=person)
    if form.validate_on_submit():
        try:
            with transaction():
                services.edit_person(g.actor, person_id, form.values(), now=now())
            return redirect(url_for(".show", person_id=person_id))
        except Refused as refusal:
            form.explain(refusal)
    return render_template("people/edit.html", form=form, person=queries.person(g.actor, person_id))


@blueprint.post("/people/<int:person_id>/invite")
@requires(Permission.PERSON_MANAGE)
def invite(person_id: int) -> BaseResponse:
    with transaction():
        invited = services.invite(g.actor, [person_id], now())
    if invited:
        flash(ngettext("The invitation is on its way.", "%(num)s invitations are on their way.", invited), "success")
    else:
        flash(_("No invitation was sent: that needs an e-mail address and an open account."), "warning")
    return redirect(url_for(".show", person_id=person_id))


@blueprint.post("/people/<int:person_id>/active")
@requires(Permission.PERSON_MANAGE)
def set_active(person_id: int) -> BaseResponse:
    with transaction():
        services.set_active(g.actor, person_id, request.form.get("active") == "1", now=now())
    return redirect(url_for(".show", person_id=person_id))


@blueprint.post("/people/<int:person_id>/sessions/end")
@requires(Permission.PERSON_MANAGE)
def end_sessions(person_id: int) -> BaseResponse:
    with transaction():
        services.end_sessions(g.actor, person_id, now=now())
    flash(_("Signed out everywhere."), "success")
    return redirect(url_for(".show", person_id=person_id))


@blueprint.post("/people/<int:person_id>/second-factor/reset")
@requires(Permission.PERSON_MANAGE)
def reset_second_factor(person_id: int) -> BaseResponse:
    with transaction():
        services.reset_second_factor(g.actor, person_id, now=now())
    flash(_("The second factor is off; it can be set up anew."), "success")
    return redirect(url_for(".show", person_id=person_id))


@blueprint.post("/people/<int:person_id>/grants")
@requires(Permission.GRANT_MANAGE)
def grant(person_id: int) -> str | BaseResponse:
    form = _grant_form()
    if form is not None and form.validate_on_submit():
        try:
            with transaction():
                grants.grant(
                    g.actor, person_id, form.role.data, form.scope, team_id=form.team_id, course_id=form.course_id, now=now()
                )
            flash(_("The role is given; it holds from the next page on."), "success")
            return redirect(url_for(".show", person_id=person_id))
        except Refused as refusal:
            form.explain(refusal)
    return _person_page(person_id, form)


@blueprint.post("/people/grants/<int:grant_id>/revoke")
@requires(Permission.GRANT_MANAGE)
def revoke(grant_id: int) -> BaseResponse:
    with transaction():
        person = grants.revoke(g.actor, grant_id, now=now())
    flash(_("The role is taken away; it can be given again."), "success")
    return redirect(url_for(".show", person_id=person.id))


def _grant_form() -> GrantForm | None:
    if not g.actor.can(Permission.GRANT_MANAGE):
        return None
    courses = [each for each in every_course() if each.open] if g.actor.company_wide(Permission.GRANT_MANAGE) else []
    return GrantForm(queries.team_choices(g.actor, Permission.GRANT_MANAGE, today()), courses)


def _person_page(person_id: int, form: GrantForm | None) -> str:
    person = queries.person(g.actor, person_id)
    manages = g.actor.can(Permission.PERSON_MANAGE)
    roles = queries.grants_of(g.actor, person_id)
    return render_template(
        "people/show.html",
        person=person,
        roles=roles,
        courses={each.id: each.title for each in every_course()} if any(row.course_id for row in roles) else {},
        role_names=ROLE_NAMES,
        history=queries.history_of(g.actor, person_id) if manages else [],
        action_name=action_name,
        details_in_words=details_in_words,
        grant_form=form if person.id != g.actor.person_id else None,
        manages=manages,
    )
