"""What raters and those looked at meet: what waits, the questionnaire, a customer's link, the choice of raters."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from assessments.feedback360 import nominating, policies, queries, services, words
from assessments.feedback360.forms import CustomerForm, DeclineForm
from assessments.feedback360.models import FeedbackRater, Group
from lms.authz import Permission, public, requires
from lms.clock import now
from lms.db import transaction
from lms.errors import Refused, Unknown, sentence
from lms.people.links import hash_of

blueprint = Blueprint("feedback360", __name__, url_prefix="/feedback", template_folder="templates")


@blueprint.get("/")
@requires(Permission.FEEDBACK_TAKE_PART)
def index() -> str:
    return render_template("feedback360/index.html", rows=queries.waiting(g.actor, now()), own=queries.own(g.actor), words=words, moment=now())


@blueprint.get("/answers/<int:rater_id>")
@requires(Permission.FEEDBACK_TAKE_PART)
def answer(rater_id: int) -> str:
    return _sheet(policies.own_rater(g.actor, rater_id), DeclineForm())


@blueprint.post("/answers/<int:rater_id>")
@requires(Permission.FEEDBACK_TAKE_PART)
def submit(rater_id: int) -> str | Response | tuple[str, int]:
    try:
        with transaction():
            services.submit(g.actor, rater_id, _raw(), now=now())
    except services.Incomplete as trouble:
        return _sheet(policies.own_rater(g.actor, rater_id), DeclineForm(formdata=None), trouble.problems), 422
    flash(_("Thank you. Your feedback has arrived."), "success")
    return redirect(url_for(".index", sent=rater_id))


@blueprint.post("/answers/<int:rater_id>/decline")
@requires(Permission.FEEDBACK_TAKE_PART)
def decline(rater_id: int) -> str | Response | tuple[str, int]:
    form = DeclineForm()
    try:
        with transaction():
            nominating.decline(g.actor, rater_id, form.reason.data or "", now=now())
    except Refused as refusal:
        if refusal.code != "feedback_reason":
            raise
        form.explain(refusal)
        return _sheet(policies.own_rater(g.actor, rater_id), form), 422
    flash(_("You have declined. Those who run the feedback see your reason."), "success")
    return redirect(url_for(".index"))


def _sheet(rater: FeedbackRater, decline_form: DeclineForm, problems: dict[str, str] | None = None) -> str:
    return render_template(
        "feedback360/answer.html", address=url_for(".submit", rater_id=rater.id), decline_url=url_for(".decline", rater_id=rater.id),
        key=f"feedback-{rater.id}", **_values(rater, decline_form, problems))  # fmt: skip


def _values(rater: FeedbackRater, decline_form: DeclineForm, problems: dict[str, str] | None) -> dict[str, Any]:
    """What the form needs: the questionnaire, what was typed, what has to be mended."""
    return {
        "sheet": queries.sheet(rater, now()),
        "raw": _raw() if problems else {},
        "problems": {id_: sentence(Refused(code)) for id_, code in (problems or {}).items()},
        "decline_form": decline_form,
        "words": words,
    }


@blueprint.get("/link/<token>", endpoint="public")
@public
def public_sheet(token: str) -> str | tuple[str, int]:
    return _public_page(token, DeclineForm())


@blueprint.post("/link/<token>", endpoint="submit_public")
@public
def submit_public(token: str) -> str | tuple[str, int]:
    try:
        with transaction():
            services.submit_public(token, _raw(), now=now())
    except services.Incomplete as trouble:
        return _public_page(token, DeclineForm(formdata=None), trouble.problems)
    except Refused:
        return _over()
    return render_template("feedback360/public_thanks.html", key=_key(token), declined=False)


@blueprint.post("/link/<token>/decline", endpoint="decline_public")
@public
def decline_public(token: str) -> str | tuple[str, int]:
    form = DeclineForm()
    try:
        with transaction():
            services.decline_public(token, form.reason.data or "", now=now())
    except Unknown:
        return _over()
    except Refused as refusal:
        form.explain(refusal)
        return _public_page(token, form)
    return render_template("feedback360/public_thanks.html", key=_key(token), declined=True)


def _public_page(token: str, decline_form: DeclineForm, problems: dict[str, str] | None = None) -> str | tuple[str, int]:
    try:
        rater = services.open_link(token, now())
    except Unknown:
        return _over()
    page = render_template(
        "feedback360/public.html", address=url_for(".submit_public", token=token), decline_url=url_for(".decline_public", token=token),
        key=_key(token), **_values(rater, decline_form, problems))  # fmt: skip
    return (page, 422) if problems or decline_form.reason.errors else page


def _over() -> tuple[str, int]:
    return render_template("feedback360/link_over.html"), 404


def _key(token: str) -> str:
    return f"feedback-link-{hash_of(token)[:12]}"


# --- the choice of raters -------------------------------------------------------------------------


@blueprint.get("/people/<int:subject_id>/raters")
@requires(Permission.FEEDBACK_TAKE_PART)
def nominate(subject_id: int) -> str:
    return _raters_page(subject_id, CustomerForm(formdata=None))


@blueprint.post("/people/<int:subject_id>/raters")
@requires(Permission.FEEDBACK_TAKE_PART)
def propose(subject_id: int) -> str | Response | tuple[str, int]:
    person, relation = request.form.get("person", 0, int), request.form.get("relation", "")
    if relation not in (Group.PEER, Group.REPORT):
        raise Unknown()
    try:
        with transaction():
            nominating.propose(g.actor, subject_id, Group(relation), person, now=now())
    except Refused as refusal:
        if refusal.status == 404:
            raise
        flash(sentence(refusal), "warning")
    return redirect(url_for(".nominate", subject_id=subject_id, group=relation, q=request.form.get("q", "")))


@blueprint.post("/people/<int:subject_id>/raters/customers")
@requires(Permission.FEEDBACK_TAKE_PART)
def propose_customer(subject_id: int) -> str | Response | tuple[str, int]:
    form = CustomerForm()
    if form.validate_on_submit():
        try:
            with transaction():
                nominating.propose_customer(g.actor, subject_id, form.name.data, form.email.data, form.locale.data, now=now())
            return redirect(url_for(".nominate", subject_id=subject_id))
        except Refused as refusal:
            form.explain(refusal)
    return _raters_page(subject_id, form), 422


@blueprint.post("/people/<int:subject_id>/raters/<int:rater_id>/withdraw")
@requires(Permission.FEEDBACK_TAKE_PART)
def withdraw(subject_id: int, rater_id: int) -> Response:
    with transaction():
        nominating.withdraw(g.actor, subject_id, rater_id, now=now())
    return redirect(url_for(".nominate", subject_id=subject_id))


def _raters_page(subject_id: int, form: CustomerForm) -> str:
    subject = policies.nominated_subject(g.actor, subject_id)
    text = request.args.get("q", "")[:100]
    own = subject.person_id == g.actor.person_id
    over = subject.cycle.closed_at is not None or subject.cycle.closes_at <= now() or (own and subject.cycle.nominate_until <= now())
    return render_template(
        "feedback360/nominate.html", subject=subject, own=own, over=over, groups=queries.chosen(subject), form=form, q=text,
        group_searched=request.args.get("group", "peer"), found=[] if over else queries.colleagues(subject, text),
        progress=queries.progress(subject), words=words)  # fmt: skip


def _raw() -> dict[str, list[str]]:
    return {name: values for name, values in request.form.lists() if name != "csrf_token"}
