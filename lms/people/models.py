"""People, the team tree and the roles they hold."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lms.db import Base, LocalText
from lms.people.account import Account


class Team(Base):
    """A team; ``path`` like ``/1/4/`` lists the ids from the root down to the team itself."""

    __tablename__ = "team"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[LocalText]
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("team.id"), index=True)
    path: Mapped[str] = mapped_column(String(255), index=True)

    parent: Mapped["Team | None"] = relationship(remote_side=[id])


class Person(Account, Base):
    """A person known to the organisation, whether or not they have ever signed in."""

    __tablename__ = "person"
    __table_args__ = (
        CheckConstraint("locale IN ('en', 'zh_Hans', 'zh_Hant')", name="locale_known"),
        CheckConstraint("left_on IS NULL OR hired_on IS NULL OR left_on >= hired_on", name="left_after_hired"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    name_latin: Mapped[str | None] = mapped_column(String(200))
    email: Mapped[str | None] = mapped_column(String(254), unique=True)  # type: ignore[assignment]
    team_id: Mapped[int | None] = mapped_column(ForeignKey("team.id"), index=True)
    hired_on: Mapped[date | None]
    left_on: Mapped[date | None]
    locale: Mapped[str | None] = mapped_column(String(16))
    created_at: Mapped[datetime]
    erased_at: Mapped[datetime | None]
    """Since then nobody: name, address and words are gone, what statistics need is left."""

    # The account. ``password`` is empty until the person has set one through the link sent by mail.
    active: Mapped[bool] = mapped_column(default=True)
    password: Mapped[str | None] = mapped_column(String(255))
    fs_uniquifier: Mapped[str] = mapped_column(String(64), unique=True)
    confirmed_at: Mapped[datetime | None]
    last_login_at: Mapped[datetime | None]  # type: ignore[assignment]
    password_set_at: Mapped[datetime | None]
    tf_primary_method: Mapped[str | None] = mapped_column(String(64))
    tf_totp_secret: Mapped[str | None] = mapped_column(String(255))
    tf_last_counter: Mapped[int | None]
    """The time step of the last code that was accepted: a code works once."""
    mf_recovery_codes: Mapped[list[str] | None]

    team: Mapped[Team | None] = relationship()
    grants: Mapped[list["RoleGrant"]] = relationship(
        back_populates="person", foreign_keys="RoleGrant.person_id", cascade="all, delete-orphan"
    )


class TeamMembership(Base):
    """A spell of a person in a team: from ``since`` up to the day before ``until``; without ``until`` it still runs.

    Written by the services and the import with every change of ``Person.team_id``. Spells of the time before this
    was recorded begin on the day the person was entered.
    """

    __tablename__ = "team_membership"
    __table_args__ = (
        CheckConstraint("until IS NULL OR until > since", name="ends_after_it_began"),
        UniqueConstraint("person_id", "since", name="uq_team_membership_person_id_since"),
        Index(
            "uq_team_membership_one_runs",
            "person_id",
            unique=True,
            sqlite_where=text("until IS NULL"),
            postgresql_where=text("until IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"))
    team_id: Mapped[int] = mapped_column(ForeignKey("team.id"), index=True)
    since: Mapped[date]
    until: Mapped[date | None]


class RoleGrant(Base):
    """A role held by a person over the company, a team with all below it, or a course."""

    __tablename__ = "role_grant"
    __table_args__ = (
        CheckConstraint("role IN ('rep', 'trainer', 'manager', 'hr', 'admin')", name="role_known"),
        CheckConstraint(
            "(scope = 'company' AND team_id IS NULL AND course_id IS NULL)"
            " OR (scope = 'team' AND team_id IS NOT NULL AND course_id IS NULL)"
            " OR (scope = 'course' AND course_id IS NOT NULL AND team_id IS NULL)",
            name="scope_names_its_object",
        ),
        UniqueConstraint("person_id", "role", "scope", "team_id", "course_id", name="uq_role_grant_once"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), index=True)
    role: Mapped[str] = mapped_column(String(16))
    scope: Mapped[str] = mapped_column(String(16))
    team_id: Mapped[int | None] = mapped_column(ForeignKey("team.id"))
    course_id: Mapped[int | None]
    """The course of a course scope. Courses live a floor above, so the key is not enforced from here."""
    granted_at: Mapped[datetime]
    granted_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))

    person: Mapped[Person] = relationship(back_populates="grants", foreign_keys=[person_id])
    team: Mapped[Team | None] = relationship()


class LoginSession(Base):
    """A browser in which a person is signed in. The cookie carries a key of which only the hash is kept."""

    __tablename__ = "login_session"

    id: Mapped[int] = mapped_column(primary_key=True)
    key_hash: Mapped[str] = mapped_column(String(64), unique=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), index=True)
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    address: Mapped[str] = mapped_column(String(45))
    device: Mapped[str] = mapped_column(String(200))
