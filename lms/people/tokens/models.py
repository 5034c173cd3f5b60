"""Tokens by which a person's programs come in: only their digest is kept."""

from datetime import date, datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lms.db import Base
from lms.people.models import Person


class AccessToken(Base):
    """A program of a person: it may do what they may, until the day it expires, is taken back, or their account is
    closed or signed out everywhere."""

    __tablename__ = "access_token"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(String(80))
    """What it is for, in the person's words."""
    beginning: Mapped[str] = mapped_column(String(12))
    """Its first characters, to know it by."""
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    account_key: Mapped[str] = mapped_column(String(64))
    """The account's key when it was made: that changes at "sign out everywhere" and with a new password."""
    created_at: Mapped[datetime]
    expires_on: Mapped[date]
    last_used_on: Mapped[date | None]
    revoked_at: Mapped[datetime | None]

    person: Mapped[Person] = relationship()
