"""One person's data: taken out as a file, or erased."""

from __future__ import annotations

import tempfile

from flask import Blueprint, Response, flash, g, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response as BaseResponse
from wtforms import StringField
from wtforms.validators import DataRequired, Length

from lms import downloads
from lms.authz import Permission, requires
from lms.clock import now
from lms.db import transaction
from lms.errors import Refused
from lms.forms import Form
from lms.people.scope import person_in_scope
from lms.privacy import erasing, exporting
from lms.storage import CHUNK

blueprint = Blueprint("privacy", __name__, template_folder="templates")


class ErasureForm(Form):
    name = StringField(_l("Name of the person, as it stands above"), validators=[DataRequired(_l("Please fill this in.")), Length(max=200)])


@blueprint.get("/people/<int:person_id>/data")
@requires(Permission.PERSON_EXPORT_DATA)
def show(person_id: int) -> str:
    return _page(person_id, ErasureForm())


@blueprint.post("/people/<int:person_id>/data/export")
@requires(Permission.PERSON_EXPORT_DATA)
def export(person_id: int) -> Response:
    """The file; it is not kept here."""
    file = tempfile.TemporaryFile()  # noqa: SIM115 – closed with the answer
    try:
        with transaction():
            person = exporting.export(g.actor, person_id, file, now=now())
    except BaseException:
        file.close()
        raise
    size = file.tell()
    file.seek(0)
    answer = Response(iter(lambda: file.read(CHUNK), b""), content_type="application/zip")
    answer.call_on_close(file.close)
    answer.headers["Content-Length"] = str(size)
    downloads.call(answer, f"person-{person.id}.zip")
    return answer


@blueprint.post("/people/<int:person_id>/data/erase")
@requires(Permission.PERSON_ERASE)
def erase(person_id: int) -> str | BaseResponse:
    form = ErasureForm()
    if form.validate_on_submit():
        try:
            with transaction():
                erasing.erase(g.actor, person_id, form.name.data or "", now=now())
            flash(_("The person was erased."), "success")
            return redirect(url_for("people.show", person_id=person_id))
        except Refused as refusal:
            form.explain(refusal)
    return _page(person_id, form)


def _page(person_id: int, form: ErasureForm) -> str:
    person = person_in_scope(g.actor, Permission.PERSON_EXPORT_DATA, person_id)
    return render_template("privacy/show.html", person=person, form=form, own=person.id == g.actor.person_id)
