"""What a respondent meets: surveys that wait, the survey itself, the one of a course, a public link, thanks."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from flask import Blueprint, g, jsonify, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from assessments.surveys import answers, queries, services
from assessments.surveys.items import Item
from assessments.surveys.queries import Sheet
from courses import queries as course_queries
from courses.kinds import kind_of
from lms.authz import Permission, public, requires
from lms.clock import now
from lms.db import transaction
from lms.errors import Refused, Unknown, sentence
from lms.people.links import hash_of

blueprint = Blueprint("surveys", __name__, url_prefix="/surveys", template_folder="templates")


@blueprint.get("/")
@requires(Permission.SURVEY_ANSWER)
def waiting() -> str:
    return render_template("surveys/waiting.html", rows=queries.waiting(g.actor, now()))


@blueprint.get("/<int:invitation_id>")
@requires(Permission.SURVEY_ANSWER)
def answer(invitation_id: int) -> str:
    return _answer_page(queries.answering(g.actor, invitation_id, now()))


@blueprint.post("/<int:invitation_id>")
@requires(Permission.SURVEY_ANSWER)
def submit(invitation_id: int) -> str | Response | tuple[str, int]:
    try:
        with transaction():
            services.submit(g.actor, invitation_id, _raw(), now=now())
    except services.Incomplete as trouble:
        found = queries.answering(g.actor, invitation_id, now())
        return _answer_page(found, _raw(), trouble.problems), 422
    return redirect(url_for(".thanks", invitation_id=invitation_id))


def _answer_page(found: queries.Answering, raw: answers.Raw | None = None, problems: dict[str, str] | None = None) -> str:
    draft = None if found.sheet.anonymous else url_for(".draft", invitation_id=found.invitation.id)
    return render_template(
        "surveys/answer.html",
        found=found,
        draft_url=draft,
        address=url_for(".submit", invitation_id=found.invitation.id),
        key=f"survey-{found.invitation.id}",
        **_sheet(found.sheet, raw, problems),
    )


@blueprint.post("/<int:invitation_id>/draft")
@requires(Permission.SURVEY_ANSWER)
def draft(invitation_id: int) -> Response:
    """One field, as the page's script sends it."""
    moment = now()
    return _kept(moment, lambda: services.save_draft(g.actor, invitation_id, *_one_save(), now=moment))


def _kept(moment: datetime, save: Callable[[], object]) -> Response:
    """What is typed last travels beside what is handed in and may come after it: there is nothing to keep then, and no fault."""
    try:
        with transaction():
            save()
    except Refused as refusal:
        if refusal.code != "survey_answered":
            raise
        return jsonify(saved=False, final=True, sentence=sentence(refusal))
    return jsonify(saved=True, at=moment.isoformat())


@blueprint.get("/<int:invitation_id>/thanks")
@requires(Permission.SURVEY_ANSWER)
def thanks(invitation_id: int) -> str:
    found = queries.answering(g.actor, invitation_id, now())
    return render_template("surveys/thanks.html", sheet=found.sheet, rows=queries.waiting(g.actor, now()))


@blueprint.get("/courses/<int:enrolment_id>/<int:module_id>")
@requires(Permission.SURVEY_ANSWER)
def in_course(enrolment_id: int, module_id: int) -> str:
    return _course_page(enrolment_id, module_id)


@blueprint.post("/courses/<int:enrolment_id>/<int:module_id>")
@requires(Permission.SURVEY_ANSWER)
def submit_in_course(enrolment_id: int, module_id: int) -> str | Response | tuple[str, int]:
    try:
        with transaction():
            services.submit_in_course(g.actor, enrolment_id, module_id, _raw(), now=now())
    except services.Incomplete as trouble:
        return _course_page(enrolment_id, module_id, _raw(), trouble.problems), 422
    return redirect(url_for(".in_course", enrolment_id=enrolment_id, module_id=module_id))


def _course_page(
    enrolment_id: int, module_id: int, raw: answers.Raw | None = None, problems: dict[str, str] | None = None
) -> str:
    learning = course_queries.learning(g.actor, enrolment_id, module_id)
    if learning.module is None or learning.module.kind != services.SOURCE:
        raise Unknown()
    version = queries.version_with_items(learning.module.content["version"])
    if version is None:
        raise Unknown()
    sheet = queries.sheet_of(version, queries.course_draft(enrolment_id, module_id))
    here: dict[str, Any] = {"enrolment_id": enrolment_id, "module_id": module_id}
    return render_template(
        "surveys/in_course.html",
        learning=learning,
        kind_of=kind_of,
        answered=services.answered_in_course(enrolment_id, module_id),
        address=url_for(".submit_in_course", **here),
        draft_url=None if version.anonymous else url_for(".course_draft", **here),
        key=f"survey-course-{enrolment_id}-{module_id}",
        **_sheet(sheet, raw, problems),
    )


@blueprint.post("/courses/<int:enrolment_id>/<int:module_id>/draft")
@requires(Permission.SURVEY_ANSWER)
def course_draft(enrolment_id: int, module_id: int) -> Response:
    moment = now()

    def save() -> None:
        invitation = services.invite_in_course(g.actor, enrolment_id, module_id, now=moment)
        services.save_draft(g.actor, invitation.id, *_one_save(), now=moment)

    return _kept(moment, save)


@blueprint.get("/link/<token>", endpoint="public")
@public
def public_survey(token: str) -> str | tuple[str, int]:
    return _public_page(token)


@blueprint.post("/link/<token>", endpoint="submit_public")
@public
def submit_public(token: str) -> str | Response | tuple[str, int]:
    try:
        with transaction():
            response = services.submit_public(token, _raw(), now=now())
    except services.Incomplete as trouble:
        return _public_page(token, _raw(), trouble.problems)
    except Unknown:
        return render_template("surveys/link_over.html"), 404
    version = queries.version_of_sending(response.sending_id)
    return render_template("surveys/public_thanks.html", sheet=queries.sheet_of(version))


def _public_page(
    token: str, raw: answers.Raw | None = None, problems: dict[str, str] | None = None
) -> str | tuple[str, int]:
    try:
        link = services.open_link(token, now())
    except Unknown:
        return render_template("surveys/link_over.html"), 404
    sheet = queries.sheet_of(link.sending.version, closes_at=link.expires_at)
    values = _sheet(sheet, raw, problems)
    page = render_template("surveys/public.html", address=url_for(".submit_public", token=token), draft_url=None,
                           key=f"link-{hash_of(token)[:12]}", **values)  # fmt: skip
    return (page, 422) if problems else page


def _sheet(sheet: Sheet, raw: answers.Raw | None, problems: dict[str, str] | None) -> dict[str, Any]:
    """What the form needs: what was typed, what has to be mended, and on which answers each question depends."""
    return {
        "sheet": sheet,
        "raw": raw if raw is not None else sheet.fields,
        "problems": {id_: sentence(Refused(code)) for id_, code in (problems or {}).items()},
        "conditions": conditions(sheet.items),
    }


def conditions(items: tuple[Item, ...]) -> dict[str, list[dict[str, Any]]]:
    """Item id → all that has to hold for it to be asked, as the page's script reads it: its own and its section's."""
    found: dict[str, list[dict[str, Any]]] = {}
    section: list[dict[str, Any]] = []
    for item in items:
        own = [{"question": item.condition.question, "values": sorted(item.condition.values)}] if item.condition else []
        if not item.asks:
            section = own
            found[item.id] = own
        else:
            found[item.id] = [*section, *own]
    return found


def _raw() -> dict[str, list[str]]:
    return {name: values for name, values in request.form.lists() if name != "csrf_token"}


def _one_save() -> tuple[str, Any, int]:
    """:raises Refused: ``answer_unreadable``."""
    body = request.get_json(silent=True)
    question = body.get("question") if isinstance(body, dict) else None
    sequence = body.get("sequence") if isinstance(body, dict) else None
    if not isinstance(question, str) or not isinstance(sequence, int) or isinstance(sequence, bool) or not isinstance(body, dict):
        raise Refused("answer_unreadable")
    return question, body.get("answer"), sequence
