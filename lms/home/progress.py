"""What is said about a job while it waits, runs and when it is over."""

from __future__ import annotations

from typing import Any

from flask import g
from flask_babel import gettext as _

from lms.errors import Refused, sentence
from lms.i18n import number
from lms.jobs import Job, page_of

STATES = {"queued": "waiting", "running": "running", "done": "done", "failed": "failed"}


def job_sentence(job: Job) -> str:
    """One sentence in the reader's language."""
    if job.state == "failed":
        params = (job.result or {}).get("params", {})
        return sentence(Refused(job.error or "job_failed", **params))
    if job.state == "done":
        return _("Done.")
    if job.state == "queued":
        return _("Waits for its turn.")
    if job.total:
        return _("%(done)s of %(all)s done.", done=number(job.done), all=number(job.total))
    return _("At work.")


def result_url(job: Job) -> str | None:
    """Where the result of a job that is over is seen: what its handler returned as {"url": …}, else the page of its kind for its owner."""
    if job.state not in ("done", "failed"):
        return None
    url = (job.result or {}).get("url")
    if url is None and job.owner_id == g.actor.person_id:
        url = page_of(job)
    return url if isinstance(url, str) and url.startswith("/") and not url.startswith("//") else None


def as_json(job: Job) -> dict[str, Any]:
    """The contract of ``data-job-url`` (lms/static/js/jobs.js): state, progress 0–1 or None, message, url."""
    return {
        "state": STATES[job.state],
        "done": job.done,
        "total": job.total,
        "share": job.share,
        "progress": job.share,
        "sentence": job_sentence(job),
        "message": job_sentence(job),
        "url": result_url(job),
    }
