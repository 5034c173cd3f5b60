"""What was said between a rep and a customer whom a language model plays, and the scores that it proposed."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from assessments.roleplays.models import Play
from lms.db import Base


class ConversationTurn(Base):
    """One turn of a talk, kept before it is acknowledged. Only added; deleted when its time or the consent is over.

    The rep begins: odd turns are the rep's, even ones the customer's, and these name the model that spoke.
    """

    __tablename__ = "conversation_turn"
    __table_args__ = (
        UniqueConstraint("play_id", "number"),
        CheckConstraint("number > 0", name="number_positive"),
        CheckConstraint("text <> ''", name="says_something"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    play_id: Mapped[int] = mapped_column(ForeignKey("play.id"))
    number: Mapped[int]
    text: Mapped[str] = mapped_column(Text)
    model: Mapped[str | None] = mapped_column(String(100))
    at: Mapped[datetime] = mapped_column(index=True)

    play: Mapped[Play] = relationship()


class ScoreProposal(Base):
    """Scores that a language model proposed for a talk, or why its answer could not be used. Only added.

    It decides nothing: the result comes from the frozen rubric and the ratings of people.
    """

    __tablename__ = "score_proposal"
    __table_args__ = (
        CheckConstraint("(refused IS NULL) = (points IS NOT NULL)", name="points_or_reason"),
        Index("ix_score_proposal_rubric_version_id", "rubric_version_id", "model"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    play_id: Mapped[int] = mapped_column(ForeignKey("play.id"), index=True)
    rubric_version_id: Mapped[int] = mapped_column(ForeignKey("rubric_version.id"))
    model: Mapped[str] = mapped_column(String(100))
    points: Mapped[dict[str, Any] | None]
    """Criterion → points of a level of the frozen rubric."""
    evidence: Mapped[list[Any]]
    """``[{"key", "quote", "turn", "why"}]``; emptied when the talk is erased."""
    refused: Mapped[str | None] = mapped_column(String(32))
    shown_first: Mapped[bool]
    """Raters see it before they rate: then it says nothing of how far people agree with it."""
    at: Mapped[datetime]

    play: Mapped[Play] = relationship()
