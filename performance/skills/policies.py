"""Who may open what stands behind a level."""

from __future__ import annotations

from lms.authz import Actor, Permission

BEHIND = frozenset({"attempt", "play", "case_work", "feedback_subject"})
"""What a piece of evidence may refer to."""


def opens(actor: Actor, *, own: bool) -> frozenset[str]:
    """Everything behind one's own level; of other people the role-plays, for those who read their progress."""
    if own:
        return BEHIND
    return frozenset({"play"}) if actor.can(Permission.ROLEPLAY_PROGRESS_READ) else frozenset()
