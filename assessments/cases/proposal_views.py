"""What a rep meets who proposes an own deal."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from assessments.cases import policies, proposals, queries
from assessments.cases.forms import ProposalForm
from assessments.cases.models import Case, State
from courses.languages import language
from lms.authz import Permission, requires
from lms.clock import now
from lms.db import transaction
from lms.errors import Refused

blueprint = Blueprint("case_proposals", __name__, url_prefix="/cases/proposals")


@blueprint.get("/")
@requires(Permission.CASE_PROPOSE)
def index() -> str:
    return render_template("cases/proposals.html", rows=queries.own_proposals(g.actor))


@blueprint.route("/new", methods=["GET", "POST"])
@requires(Permission.CASE_PROPOSE)
def new() -> str | Response:
    form = ProposalForm()
    if form.validate_on_submit():
        try:
            with transaction():
                proposals.propose(g.actor, *_given(form), now=now())
            flash(_("Thank you. A trainer looks at it, and removes what gives away who it was."), "success")
            return redirect(url_for(".index"))
        except Refused as refusal:
            form.explain(refusal)
    return render_template("cases/proposal.html", form=form, case=None, open=True)


@blueprint.route("/<int:case_id>", methods=["GET", "POST"])
@requires(Permission.CASE_PROPOSE)
def edit(case_id: int) -> str | Response:
    case = policies.own_proposal(g.actor, case_id)
    form = ProposalForm(data=_values(case))
    if form.validate_on_submit():
        try:
            with transaction():
                proposals.edit(g.actor, case_id, *_given(form), now=now())
            flash(_("Thank you. A trainer looks at it, and removes what gives away who it was."), "success")
            return redirect(url_for(".index"))
        except Refused as refusal:
            form.explain(refusal)
    still = case.status in (State.PROPOSED, State.DECLINED)
    return render_template("cases/proposal.html", form=form, case=case, open=still)


def _values(case: Case) -> dict[str, Any]:
    spoken, content = language(), case.content
    texts = {name: content[name].get(spoken, "") for name in ("brief", "aftermath")}
    settings = {name: content[name] for name in proposals.SETTINGS}
    return texts | settings | {"title": case.title.get(spoken, ""), "watch": "\n".join(case.watch)}


def _given(form: ProposalForm) -> tuple[str, str, dict[str, str], dict[str, Any], list[str]]:
    data = form.data
    texts = {name: data[name] or "" for name in ("brief", "aftermath")}
    return language(), data["title"], texts, {name: data[name] for name in proposals.SETTINGS}, form.watched
