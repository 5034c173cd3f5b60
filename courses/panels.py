"""The parts of the “today” pages that are about courses."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from courses import certificates, kinds, own, policies, published, queries, reports
from courses.dates import day_of
from courses.why import due_word
from lms.authz import Actor, Permission, Role
from lms.navigation import TodayPanel

FEW = 6


def next_step(actor: Actor, now: datetime) -> dict[str, Any] | None:
    """A rep's next step: the most urgent open course and the module to go on with; then what else is due."""
    open_, how_many = own.open_learning(actor, FEW + 1)
    first = open_[0] if open_ else None
    module = _next_module(first) if first else None
    return {
        "first": first,
        "module": module,
        "kind": kinds.kind_of(module.kind) if module else None,
        "due": open_[1:],
        "more": how_many - len(open_),
        "completed": module is None and own.has_completed(actor),
        "may_enrol": actor.can(Permission.COURSE_ENROL_SELF),
        "due_word": due_word,
        "today": day_of(now),
    }


def _next_module(first: own.OwnCourse) -> published.NextModule | None:
    if first.enrolment.version_id is None or first.judgement is None:
        return None
    return queries.next_of(published.outline(first.enrolment.version_id), first.judgement)


def own_certificates(actor: Actor, now: datetime) -> dict[str, Any] | None:
    rows = own.my_certificates(actor, limit=3)
    if not rows:
        return None
    return {"rows": rows, "state": certificates.state, "today": day_of(now)}


def teaching(actor: Actor, now: datetime) -> dict[str, Any] | None:
    page = reports.authored_courses(actor, size=FEW)
    return {"page": page, "may_create": policies.may_create(actor)}


def team_progress(actor: Actor, now: datetime) -> dict[str, Any] | None:
    today = day_of(now)
    return {
        "rows": reports.progress_by_course(actor, today, limit=FEW),
        "stuck": reports.stuck(actor, today, limit=FEW),
        "may_assign": actor.can(Permission.COURSE_ASSIGN),
        "due_word": due_word,
        "today": today,
    }


def compliance(actor: Actor, now: datetime) -> dict[str, Any] | None:
    today = day_of(now)
    return {
        "figures": reports.compliance(actor, today),
        "stuck": reports.stuck(actor, today, limit=FEW),
        "due_word": due_word,
        "today": today,
    }


PANELS = (
    TodayPanel("courses.next_step", frozenset({Role.REP}), 10, "courses/panels/next_step.html", next_step),
    TodayPanel(
        "courses.certificates",
        frozenset({Role.REP}),
        60,
        "courses/panels/certificates.html",
        own_certificates,
        asks=own.ANY_CERTIFICATE,
    ),
    TodayPanel("courses.teaching", frozenset({Role.TRAINER}), 20, "courses/panels/teaching.html", teaching),
    TodayPanel("courses.team", frozenset({Role.MANAGER}), 20, "courses/panels/team.html", team_progress),
    TodayPanel("courses.compliance", frozenset({Role.HR}), 20, "courses/panels/compliance.html", compliance),
)
