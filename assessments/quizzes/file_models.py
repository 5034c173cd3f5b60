"""Files and recordings that answer a question, and their pieces."""

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from assessments.quizzes.models import Attempt
from lms.db import Base
from lms.pieces import InPieces, PieceRow


class AnswerFile(InPieces, Base):
    """What somebody gave as an answer: received in pieces, finished when its content was looked at. The answer names its id."""

    __tablename__ = "answer_file"
    __table_args__ = (
        CheckConstraint("size > 0 AND received BETWEEN 0 AND size", name="received_within_size"),
        CheckConstraint("finished_at IS NULL OR received = size", name="finished_is_whole"),
        Index("ix_answer_file_attempt_question", "attempt_id", "question_id"),
        Index("ix_answer_file_kept", "erased_at", "started_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    attempt_id: Mapped[int] = mapped_column(ForeignKey("attempt.id"))
    question_id: Mapped[int] = mapped_column(ForeignKey("question.id"))
    name: Mapped[str] = mapped_column(String(255), default="")
    """As its giver called it; shown to them alone."""

    attempt: Mapped[Attempt] = relationship()
    pieces: Mapped[list["AnswerFilePiece"]] = relationship(order_by="AnswerFilePiece.start", cascade="all, delete-orphan")


class AnswerFilePiece(PieceRow, Base):
    """Some bytes of it, under a key of the store."""

    __tablename__ = "answer_file_piece"
    __table_args__ = (
        UniqueConstraint("file_id", "start"),
        CheckConstraint("start >= 0 AND size > 0", name="place_possible"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    file_id: Mapped[int] = mapped_column(ForeignKey("answer_file.id"))
