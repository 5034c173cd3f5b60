"""Pages of one's own account, and the language of the pages."""

from __future__ import annotations

from typing import Any

from flask import flash, g, redirect, render_template, request, session, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from lms.addresses import WITHIN
from lms.authz import Permission, public, requires
from lms.clock import now
from lms.db import transaction
from lms.i18n import LOCALES
from lms.people import login_sessions, services
from lms.people.account_forms import AccountForm
from lms.people.devices import device_name
from lms.people.views import blueprint

A_YEAR = 365 * 24 * 3600


@blueprint.route("/account", methods=["GET", "POST"])
@requires(Permission.ACCOUNT_MANAGE_OWN)
def account() -> Any:
    form = AccountForm(locale=current_user.locale or "")
    if form.validate_on_submit():
        with transaction():
            services.set_own_locale(g.actor, form.locale.data or None)
        return redirect(url_for("people.account"))
    rows = login_sessions.open_sessions(current_user.id, now())
    this_one = next((row.id for row in rows if login_sessions.is_this_one(row)), None)
    return render_template(
        "people/account.html", person=current_user, form=form, sessions=rows, this_session_id=this_one,
        device_name=device_name,
    )  # fmt: skip


@blueprint.post("/account/sessions/end")
@requires(Permission.ACCOUNT_MANAGE_OWN)
def end_own_sessions() -> Response:
    with transaction():
        services.end_sessions(g.actor, g.actor.person_id, now=now())
    session.clear()
    flash(_("You are signed out everywhere."), "success")
    return redirect(url_for("security.login"))


@blueprint.post("/language")
@public
def set_language() -> Response:
    locale = request.form.get("locale", "")
    wanted = request.form.get("next", "")
    answer = redirect(wanted if WITHIN.fullmatch(wanted) else "/")
    if locale not in LOCALES:
        return answer
    if g.actor is not None:
        with transaction():
            services.set_own_locale(g.actor, locale)
    answer.set_cookie("language", locale, max_age=A_YEAR, httponly=True, samesite="Lax", secure=request.is_secure)
    return answer
