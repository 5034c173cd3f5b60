"""The tokens of one's own programs. A new one is shown in the answer to the form, and nowhere else."""

from __future__ import annotations

from flask import flash, g, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from lms.authz import Permission, requires
from lms.clock import now
from lms.db import transaction
from lms.errors import Refused
from lms.people import accounts
from lms.people.token_forms import TokenForm
from lms.people.tokens import services
from lms.people.views import blueprint


@blueprint.route("/account/tokens", methods=["GET", "POST"])
@requires(Permission.ACCOUNT_MANAGE_OWN)
def tokens() -> str:
    form, secret = TokenForm(), None
    if form.validate_on_submit():
        try:
            _confirm(form)
            with transaction():
                _token, secret = services.create(g.actor, form.name.data or "", form.days.data, now=now())
            form = TokenForm(formdata=None)
        except Refused as refusal:
            form.explain(refusal)
    return render_template("people/tokens.html", form=form, secret=secret, tokens=services.own(g.actor))


def _confirm(form: TokenForm) -> None:
    if not accounts.knows_password(form.password.data or ""):
        raise Refused("token_password", field="password")


@blueprint.post("/account/tokens/<int:token_id>/revoke")
@requires(Permission.ACCOUNT_MANAGE_OWN)
def revoke_token(token_id: int) -> Response:
    with transaction():
        services.revoke(g.actor, token_id, now=now())
    flash(_("The token opens nothing any more."), "success")
    return redirect(url_for("people.tokens"))
