"""An own deal as a case: proposed by who won or lost it, taken over or declined by a trainer."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from assessments.cases import case as rules
from assessments.cases import policies
from assessments.cases.models import Case, State
from lms import audit
from lms.authz import Actor, Permission, require
from lms.db import db
from lms.errors import Refused
from lms.i18n import with_language

SETTINGS = ("stage", "industry", "ending")


def propose(
    actor: Actor,
    language: str,
    title: str,
    texts: Mapping[str, str],
    settings: Mapping[str, Any],
    watch: Sequence[str],
    *,
    now: datetime,
) -> Case:
    """Hand an own deal to the trainers. :raises Refused: ``case_setting``, ``case_text_missing``."""
    require(actor, Permission.CASE_PROPOSE)
    case = Case(
        code=f"DEAL-{secrets.token_hex(3).upper()}",
        status=State.PROPOSED.value,
        version=0,
        real_deal=True,
        note="",
        proposed_by_id=actor.person_id,
        created_at=now,
        title={},
        content=dict(rules.EMPTY),
    )
    _write(case, language, title, texts, settings, watch, now)
    db.session.add(case)
    db.session.flush()
    audit.record(actor, "case.propose", "case", case.id)
    return case


def edit(
    actor: Actor,
    case_id: int,
    language: str,
    title: str,
    texts: Mapping[str, str],
    settings: Mapping[str, Any],
    watch: Sequence[str],
    *,
    now: datetime,
) -> Case:
    """Change an own proposal while no trainer has taken it over; a declined one is proposed again.

    :raises Refused: ``case_proposal_closed``, and as :func:`propose`.
    """
    require(actor, Permission.CASE_PROPOSE)
    case = policies.own_proposal(actor, case_id)
    if case.status not in (State.PROPOSED, State.DECLINED):
        raise Refused("case_proposal_closed")
    _write(case, language, title, texts, settings, watch, now)
    case.status = State.PROPOSED.value
    db.session.flush()
    audit.record(actor, "case.propose", "case", case.id)
    return case


def _write(
    case: Case,
    language: str,
    title: str,
    texts: Mapping[str, str],
    settings: Mapping[str, Any],
    watch: Sequence[str],
    now: datetime,
) -> None:
    if not title.strip() or not texts["brief"].strip():
        raise Refused("case_text_missing", field="brief" if title.strip() else "title")
    said = {name: with_language(case.content[name], language, texts[name]) for name in rules.TEXTS}
    content = {**case.content, **{name: settings[name] for name in SETTINGS}, **said}
    wrong = rules.problem_of(content)
    if wrong is not None:
        raise Refused("case_setting", field=wrong)
    case.title, case.content = with_language(case.title, language, title), content
    case.watch, case.edited_at = list(watch), now


def accept(actor: Actor, case_id: int, *, now: datetime) -> Case:
    """A trainer takes a proposal over: it becomes a draft, with its anonymity check."""
    require(actor, Permission.CASE_AUTHOR)
    case = policies.authored_case(actor, case_id)
    if case.status in (State.PROPOSED, State.DECLINED):
        case.status, case.owner_id, case.edited_at = State.DRAFT.value, actor.person_id, now
        audit.record(actor, "case.accept", "case", case.id)
    db.session.flush()
    return case


def decline(actor: Actor, case_id: int, why: str, *, now: datetime) -> Case:
    """Send a proposal back with a reason. :raises Refused: ``case_reason_missing``."""
    require(actor, Permission.CASE_AUTHOR)
    case = policies.authored_case(actor, case_id)
    if not why.strip():
        raise Refused("case_reason_missing", field="why")
    if case.status == State.PROPOSED:
        case.status, case.note, case.edited_at = State.DECLINED.value, why.strip()[:1000], now
        audit.record(actor, "case.decline", "case", case.id)
    db.session.flush()
    return case
