"""The page that each role lands on; jobs; what administrators look after."""

from __future__ import annotations

from datetime import date, datetime

from flask import Blueprint, Response, g, jsonify, render_template, request
from flask_babel import get_timezone
from flask_babel import lazy_gettext as _l

from lms import storage
from lms.audit import action_name
from lms.authz import Permission, public, requires
from lms.clock import now
from lms.error_pages import wants_json
from lms.home import effective, files, health, progress, queries
from lms.home.greeting import day_part
from lms.home.subjects import subject_in_words
from lms.i18n import called
from lms.jobs import kind_name
from lms.navigation import today_panels
from lms.people.actions import details_in_words

blueprint = Blueprint("home", __name__, template_folder="templates")


@blueprint.get("/")
@requires(Permission.TODAY_READ)
def today() -> str:
    """What this person has to do and may want to know; a panel's ``heading`` is the sentence of the day."""
    moment = now()
    panels = today_panels(g.actor, moment)
    heading = next((said for _template, values in panels if (said := getattr(values, "heading", None))), None)
    return render_template("home/today.html", panels=panels, heading=heading or _greeting(moment), now=moment)


GREETINGS = {
    "night": _l("Good evening, %(name)s."),
    "morning": _l("Good morning, %(name)s."),
    "noon": _l("Good day, %(name)s."),
    "afternoon": _l("Good afternoon, %(name)s."),
    "evening": _l("Good evening, %(name)s."),
}


def _greeting(moment: datetime) -> str:
    return str(GREETINGS[day_part(moment.astimezone(get_timezone()).hour)]) % {"name": called(g.actor)}


@blueprint.get("/healthz")
@public
def healthz() -> tuple[Response, int]:
    """For load balancers: 200 while the database answers, else 503."""
    well = health.database_answers()
    return jsonify(ok=well), 200 if well else 503


@blueprint.get("/jobs")
@requires(Permission.JOB_READ_OWN)
def jobs() -> str:
    """Long work of one's own, found again; for administrators everybody's."""
    everyone = request.args.get("all") == "1" and g.actor.can(Permission.JOB_READ)
    state = request.args.get("state", "")
    page = queries.jobs_page(g.actor, request.args.get("page", 1, int), everyone=everyone, state=state)
    return render_template(
        "home/jobs.html", page=page, everyone=everyone, state=state, kind_name=kind_name,
        job_sentence=progress.job_sentence, result_url=progress.result_url,
    )  # fmt: skip


@blueprint.get("/jobs/<int:job_id>")
@requires(Permission.JOB_READ_OWN)
def job(job_id: int) -> str | Response:
    """How far one job is, as a page or as JSON for the page that follows it."""
    found = queries.job(g.actor, job_id)
    if wants_json():
        return jsonify(progress.as_json(found))
    return render_template(
        "home/job.html", job=found, title=kind_name(found.kind), sentence=progress.job_sentence(found),
        result_url=progress.result_url(found),
    )  # fmt: skip


@blueprint.get("/files/<int:file_id>")
@requires(Permission.FILE_READ)
def file(file_id: int) -> Response:
    """A file that one owns, or that the feature it belongs to opens to one."""
    return storage.response(files.readable(g.actor, file_id))


@blueprint.get("/audit")
@requires(Permission.AUDIT_READ)
def audit() -> str:
    """Who did what to whose record, when."""
    wanted = queries.AuditFilter(
        who=request.args.get("who", "").strip(),
        action=request.args.get("action", ""),
        first=request.args.get("first", type=date.fromisoformat),
        last=request.args.get("last", type=date.fromisoformat),
    )
    page = queries.audit_page(g.actor, wanted, request.args.get("page", 1, int))
    return render_template(
        "home/audit.html", page=page, wanted=wanted, actions=queries.audit_actions(g.actor), action_name=action_name,
        details_in_words=details_in_words, subject_in_words=subject_in_words,
    )  # fmt: skip


@blueprint.get("/settings")
@requires(Permission.SETTING_MANAGE)
def settings() -> str:
    """The settings in force, without secrets."""
    return render_template("home/settings.html", settings=effective.settings(), checks=health.checks(g.actor, now()))
