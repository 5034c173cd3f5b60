"""What learners meet: the library, the case before it is begun, the work on it, lessons, documents."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, g, jsonify, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from assessments.cases import case as rules
from assessments.cases import discussion, documents, queries, services
from courses.kinds import kind_of
from lms import storage
from lms.authz import Permission, requires
from lms.clock import now
from lms.db import transaction
from lms.errors import Refused, sentence

blueprint = Blueprint("cases", __name__, url_prefix="/cases", template_folder="templates")


@blueprint.get("/")
@requires(Permission.CASE_READ)
def index() -> str:
    known = {"stage": rules.STAGES, "industry": rules.INDUSTRIES, "ending": rules.ENDINGS}
    chosen = {name: value if (value := request.args.get(name, "")) in allowed else "" for name, allowed in known.items()}
    query = request.args.get("q", "")[:200]
    page = queries.library(g.actor, query=query, page=request.args.get("page", 1, int), **chosen)
    scores = queries.waiting_to_score(g.actor) if g.actor.can(Permission.CASE_SCORE) else 0
    proposals = queries.waiting_proposals(g.actor)
    return render_template(
        "cases/index.html", page=page, query=query, chosen=chosen, scores=scores, proposals=proposals
    )


@blueprint.get("/<int:case_id>")
@requires(Permission.CASE_READ)
def show(case_id: int) -> str:
    found = queries.intro(g.actor, case_id)
    return render_template("cases/show.html", begin=url_for(".start", case_id=case_id), **_intro(found.version), work=found.work)


def _intro(version: Any) -> dict[str, Any]:
    return {"version": version, "content": version.content, "rubric": version.rubric}


@blueprint.post("/<int:case_id>/start")
@requires(Permission.CASE_READ)
def start(case_id: int) -> Response:
    with transaction():
        work = services.start(g.actor, case_id, now=now())
    return redirect(url_for(".work", work_id=work.id))


@blueprint.get("/modules/<int:enrolment_id>/<int:module_id>")
@requires(Permission.CASE_READ)
def module(enrolment_id: int, module_id: int) -> str:
    learning = services.module_of(g.actor, enrolment_id, module_id)
    work = services.work_in_course(enrolment_id, module_id)
    version_id = work.version_id if work else learning.module.content["version"] if learning.module else 0
    begin = url_for(".start_in_course", enrolment_id=enrolment_id, module_id=module_id)
    values = _intro(queries.version_of(version_id)) | {"work": work, "begin": begin}
    return render_template("cases/module.html", learning=learning, kind_of=kind_of, **values)


@blueprint.post("/modules/<int:enrolment_id>/<int:module_id>/start")
@requires(Permission.CASE_READ)
def start_in_course(enrolment_id: int, module_id: int) -> Response:
    with transaction():
        work = services.start_in_course(g.actor, enrolment_id, module_id, now=now())
    return redirect(url_for(".work", work_id=work.id))


@blueprint.get("/work/<int:work_id>")
@requires(Permission.CASE_READ)
def work(work_id: int) -> str:
    return _work_page(work_id)


def _work_page(work_id: int, question: str = "", typed: str = "", problem: str = "") -> str:
    found = queries.work_page(g.actor, work_id)
    typing = {"question": question, "text": typed, "problem": problem}
    return render_template("cases/work.html", found=found, work=found.work, content=found.content, typing=typing)


@blueprint.post("/work/<int:work_id>/draft")
@requires(Permission.CASE_READ)
def draft(work_id: int) -> Response:
    """The answer so far, as the page's script sends it."""
    body = request.get_json(silent=True)
    given = body if isinstance(body, dict) else {}
    question, text, sequence = given.get("question"), given.get("answer"), given.get("sequence")
    if not isinstance(question, str) or not isinstance(text, str) or type(sequence) is not int:
        raise Refused("case_setting")
    moment = now()
    with transaction():
        services.save(g.actor, work_id, question, text, sequence, now=moment)
    return jsonify(saved=True, at=moment.isoformat())


@blueprint.post("/work/<int:work_id>/<question>")
@requires(Permission.CASE_READ)
def give(work_id: int, question: str) -> Response | tuple[str, int]:
    text = request.form.get("answer", "")
    try:
        with transaction():
            services.give(g.actor, work_id, question, text, now=now())
    except Refused as refusal:
        if refusal.status == 404:
            raise
        return _work_page(work_id, question, text, sentence(refusal)), refusal.status
    return redirect(url_for(".work", work_id=work_id, _anchor=f"q-{question}"))


@blueprint.post("/work/<int:work_id>/<question>/reveal")
@requires(Permission.CASE_READ)
def reveal(work_id: int, question: str) -> Response:
    with transaction():
        services.reveal(g.actor, work_id, question, now=now())
    return redirect(url_for(".work", work_id=work_id, _anchor=f"q-{question}"))


@blueprint.post("/work/<int:work_id>/<question>/comments")
@requires(Permission.CASE_READ)
def comment(work_id: int, question: str) -> Response:
    try:
        with transaction():
            discussion.comment(g.actor, work_id, question, request.form.get("text", ""), now=now())
    except Refused as refusal:
        if refusal.status == 404:
            raise
        flash(sentence(refusal), "warning")
    return redirect(url_for(".work", work_id=work_id, _anchor=f"talk-{question}"))


@blueprint.get("/<int:case_id>/lessons")
@requires(Permission.CASE_READ)
def lessons(case_id: int) -> str:
    case = queries.case_for_lessons(g.actor, case_id)
    return render_template("cases/lessons.html", case=case, lessons=queries.lessons_of(case_id))


@blueprint.get("/documents/<int:document_id>")
@requires(Permission.CASE_READ)
def document(document_id: int) -> Response:
    return storage.response(documents.opened(g.actor, document_id))


def told(refusal: Refused) -> None:
    """Say a refusal at the top of the next page; what one may not see stays a 404."""
    if refusal.status == 404:
        raise refusal
    flash(sentence(refusal), "warning")


