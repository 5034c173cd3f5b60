"""When a card comes back: spaced repetition by FSRS, the free spaced repetition scheduler (Ye 2022; package ``fsrs``). Pure.

A card comes back when nine in ten such memories are still there. What was wrong comes back after ten minutes, and then in days
again. The forgetting is estimated with the package's published parameters; nothing is drawn by lot.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any

import fsrs
from msgspec import Struct

SCHEDULER = "fsrs-6"
"""Named with every answer: other parameters are another scheduler."""
RETENTION = 0.9
FIRST_STEP = timedelta(minutes=10)
LONGEST_DAYS = 180
SECURE_DAYS = 21
"""A card that comes back after more than this is called secure."""


class Next(Struct, frozen=True):
    """What is remembered of a card after an answer, and when it comes back."""

    memory: dict[str, Any]
    due_at: datetime


def after(memory: Mapping[str, Any] | None, last: datetime | None, share: Fraction, now: datetime) -> Next:
    """The next date of a card that was answered now, ``share`` of it right; ``memory`` and ``last`` of the answer before."""
    scheduler = fsrs.Scheduler(
        desired_retention=RETENTION,
        learning_steps=(FIRST_STEP,),
        relearning_steps=(FIRST_STEP,),
        maximum_interval=LONGEST_DAYS,
        enable_fuzzing=False,
    )
    moment = now.astimezone(UTC)
    card = fsrs.Card(card_id=1, due=moment)
    if memory is not None and last is not None:
        card = fsrs.Card(
            card_id=1,
            state=fsrs.State(memory["state"]),
            step=memory["step"],
            stability=memory["stability"],
            difficulty=memory["difficulty"],
            due=moment,
            last_review=last.astimezone(UTC),
        )
    done, _log = scheduler.review_card(card, _rating(share), moment)
    kept = {"state": int(done.state), "step": done.step, "stability": done.stability, "difficulty": done.difficulty}
    return Next(kept, done.due)


def _rating(share: Fraction) -> Any:
    """Wrong or left empty is *again*, partly right is *hard*, right is *good*: how easy it felt is not asked."""
    if share >= 1:
        return fsrs.Rating.Good
    return fsrs.Rating.Hard if share > 0 else fsrs.Rating.Again
