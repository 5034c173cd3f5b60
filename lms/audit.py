"""The audit trail: who did what to whose record, when. Written in the transaction of the act itself."""

from datetime import datetime
from typing import Any

from flask_babel import LazyString
from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from lms.authz import Actor
from lms.clock import now
from lms.db import Base
from lms.prepared import Prepared, adding


class AuditEntry(Base):
    """One act. Never deleted; carries no secrets and no answers. At an erasure the words that tell who somebody is are replaced."""

    __tablename__ = "audit_entry"
    __table_args__ = (Index("ix_audit_entry_subject", "subject_type", "subject_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(index=True)
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    action: Mapped[str] = mapped_column(String(64))
    subject_type: Mapped[str] = mapped_column(String(32))
    subject_id: Mapped[int | None]
    details: Mapped[dict[str, Any]]


def record(actor: Actor, action: str, subject_type: str, subject_id: int | None, **details: Any) -> None:
    """Add an entry like ``record(actor, "course.publish", "course", 7, version=2)``."""
    entry = {"at": now(), "actor_id": actor.person_id, "action": action, "subject_type": subject_type}
    _ENTER.do(entry | {"subject_id": subject_id, "details": details})


_ENTER = Prepared(adding(AuditEntry))


_names: dict[str, LazyString] = {}


def name_actions(names: dict[str, LazyString]) -> None:
    """Add a feature's words for its actions, as the audit trail shows them to people."""
    _names.update(names)


def action_name(action: str) -> str:
    """The words for an action; its code where nobody has given it any."""
    return str(_names.get(action, action))


def named_actions() -> dict[str, str]:
    """Code → words of every action that has words."""
    return {action: str(words) for action, words in _names.items()}
