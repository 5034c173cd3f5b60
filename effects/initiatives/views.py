"""Other measures than courses: the list, one of them with its people, and the way to its study."""

from __future__ import annotations

from flask import Blueprint, flash, g, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response

import effects.services
from courses.chosen import Chosen
from effects.initiatives import queries, services
from effects.initiatives.forms import KINDS, InitiativeForm, PeopleForm, StudyOfForm
from effects.queries import choices
from effects.words import chosen as chosen_words
from lms.authz import Permission, requires
from lms.clock import now
from lms.db import transaction
from lms.errors import Refused
from lms.imports import kinds as import_kinds

blueprint = Blueprint("initiatives", __name__, url_prefix="/initiatives", template_folder="templates")


@blueprint.route("", methods=["GET", "POST"])
@requires(Permission.INITIATIVE_MANAGE)
def index() -> str | Response:
    form = InitiativeForm()
    if form.validate_on_submit():
        try:
            with transaction():
                made = services.record(
                    g.actor, form.code.data, form.name, form.kind.data, Chosen(form.chosen.data), now=now()
                )
            return redirect(url_for(".show", initiative_id=made.id))
        except Refused as refusal:
            form.explain(refusal)
    return render_template("initiatives/index.html", rows=queries.initiatives(g.actor), form=form, kinds=KINDS, may_import=_may_import())


def _may_import() -> bool:
    return import_kinds.is_open_to(g.actor, import_kinds.find("initiative"))


@blueprint.get("/<int:initiative_id>")
@requires(Permission.INITIATIVE_MANAGE)
def show(initiative_id: int) -> str:
    return _page(initiative_id, PeopleForm(formdata=None))


def _page(initiative_id: int, form: PeopleForm) -> str:
    found = queries.initiative(g.actor, initiative_id)
    study_form = StudyOfForm(formdata=None)
    study_form.offer(choices()[1])
    return render_template(
        "initiatives/show.html",
        initiative=found,
        people=queries.people(g.actor, initiative_id),
        form=form,
        study_form=study_form,
        kinds=KINDS,
        chosen_words=chosen_words,
        may_import=_may_import(),
    )


@blueprint.post("/<int:initiative_id>/people")
@requires(Permission.INITIATIVE_MANAGE)
def add_people(initiative_id: int) -> str | Response:
    form = PeopleForm()
    if form.validate():
        try:
            with transaction():
                n = services.add_people(g.actor, initiative_id, form.listed(), form.started_on.data, now=now())
            flash(ngettext("%(num)s person added.", "%(num)s people added.", n), "success")
            return redirect(url_for(".show", initiative_id=initiative_id))
        except Refused as refusal:
            form.explain(refusal)
    return _page(initiative_id, form)


@blueprint.post("/<int:initiative_id>/study")
@requires(Permission.EFFECT_RUN)
def study(initiative_id: int) -> Response:
    found = queries.initiative(g.actor, initiative_id)
    form = StudyOfForm()
    form.offer(choices()[1])
    if not form.validate():
        flash(_("Choose a KPI."), "error")
        return redirect(url_for(".show", initiative_id=initiative_id))
    with transaction():
        asked = effects.services.ask(g.actor, None, form.kpi_id.data, initiative_id=found.id, now=now())
    return redirect(url_for("effects.study", study_id=asked.id, _anchor="chosen"))
