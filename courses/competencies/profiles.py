"""Job profiles: what a job asks for, and who has it. A changed level and a changed holder supersede, nothing is overwritten."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import select, update

from courses.competencies.models import Competency, JobProfile, ProfileHolder, Requirement
from courses.competencies.scale import LEVELS
from courses.words import in_three_languages
from lms import audit, codes
from lms.authz import Actor, Permission, require
from lms.db import LocalText, db
from lms.errors import Forbidden, Refused, Unknown
from lms.people.queries import ids_named
from lms.people.scope import person_in_scope, team_in_scope


def create(actor: Actor, code: str, name: LocalText, *, now: datetime) -> JobProfile:
    """A new profile; the first one by somebody for the whole company is that of everybody to whom no other is given.

    :raises Refused: ``profile_code_taken``, ``profile_name_missing``.
    """
    require(actor, Permission.COMPETENCY_MANAGE)
    codes.check_free(JobProfile.code, code, "profile_code_taken")
    if not any(words.strip() for words in name.values()):
        raise Refused("profile_name_missing", field="name_en")
    first = actor.company_wide(Permission.COMPETENCY_MANAGE) and db.session.scalar(select(JobProfile.id).where(JobProfile.is_default)) is None
    made = JobProfile(
        code=code, name=in_three_languages(name), is_default=first, created_at=now, created_by_id=actor.person_id
    )
    db.session.add(made)
    db.session.flush()
    audit.record(actor, "job_profile.create", "job_profile", made.id, code=code)
    return made


def managed(actor: Actor, profile_id: int) -> JobProfile:
    """:raises Unknown: if there is none."""
    require(actor, Permission.COMPETENCY_MANAGE)
    found = db.session.get(JobProfile, profile_id)
    if found is None:
        raise Unknown()
    return found


def _shaped(actor: Actor, profile_id: int) -> JobProfile:
    """A profile to be changed for everybody who has it: by those who look after the whole company."""
    found = managed(actor, profile_id)
    if not actor.company_wide(Permission.COMPETENCY_MANAGE):
        raise Forbidden("profile_not_company")
    return found


def make_default(actor: Actor, profile_id: int, *, now: datetime) -> None:
    """From now on everybody without another profile has this one. :raises Forbidden: ``profile_not_company``."""
    found = _shaped(actor, profile_id)
    db.session.execute(update(JobProfile).where(JobProfile.id != found.id).values(is_default=False))
    found.is_default = True
    db.session.flush()
    audit.record(actor, "job_profile.make_default", "job_profile", found.id)


def require_levels(actor: Actor, profile_id: int, levels: Mapping[int, int | None], *, now: datetime) -> int:
    """State the level of each competency (None: not asked for); how many changed.

    :raises Unknown: for a competency that is not there, or a level that is none.
    :raises Forbidden: ``profile_not_company``.
    """
    found = _shaped(actor, profile_id)
    if any(level is not None and level not in LEVELS for level in levels.values()):
        raise Unknown()
    there = set(db.session.scalars(select(Competency.id).where(Competency.id.in_(list(levels)))))
    if there != set(levels):
        raise Unknown()
    current = {row.competency_id: row for row in _current(found.id)}
    changed = 0
    for competency_id, level in levels.items():
        before = current.get(competency_id)
        if level == (before.level if before else None):
            continue
        changed += 1
        if before is not None:
            before.superseded_at = now
            db.session.flush()
        if level is not None:
            _state(actor, found.id, competency_id, level, now)
    db.session.flush()
    if changed:
        audit.record(actor, "job_profile.require", "job_profile", found.id, changed=changed)
    return changed


def _state(actor: Actor, profile_id: int, competency_id: int, level: int, now: datetime) -> None:
    db.session.add(
        Requirement(
            profile_id=profile_id,
            competency_id=competency_id,
            level=level,
            stated_at=now,
            stated_by_id=actor.person_id,
        )
    )


def _current(profile_id: int) -> Sequence[Requirement]:
    return db.session.scalars(
        select(Requirement).where(Requirement.profile_id == profile_id, Requirement.superseded_at.is_(None))
    ).all()


def give_to_people(actor: Actor, profile_id: int, numbers: Sequence[str], *, now: datetime) -> int:
    """Give the profile to people by their numbers; how many. :raises Refused: ``numbers_unknown``, ``nobody_chosen``."""
    found = managed(actor, profile_id)
    people = ids_named(actor, Permission.COMPETENCY_MANAGE, numbers)
    if not people:
        raise Refused("nobody_chosen", field="numbers")
    _supersede(ProfileHolder.person_id.in_(people), now)
    for person_id in people:
        db.session.add(_holder(actor, found.id, now, person_id=person_id))
    db.session.flush()
    audit.record(actor, "job_profile.give", "job_profile", found.id, people=len(people))
    return len(people)


def give_to_team(actor: Actor, profile_id: int, team_id: int, *, now: datetime) -> None:
    """Give the profile to a team with all below it. :raises Unknown: there is no such team in the actor's care."""
    found = managed(actor, profile_id)
    team_in_scope(actor, Permission.COMPETENCY_MANAGE, team_id)
    _supersede(ProfileHolder.team_id == team_id, now)
    db.session.add(_holder(actor, found.id, now, team_id=team_id))
    db.session.flush()
    audit.record(actor, "job_profile.give", "job_profile", found.id, team=team_id)


def take_back(actor: Actor, holder_id: int, *, now: datetime) -> ProfileHolder:
    """The person or team has again what the team above, or everybody, has. :raises Unknown: otherwise, or not in the actor's care."""
    require(actor, Permission.COMPETENCY_MANAGE)
    row = db.session.get(ProfileHolder, holder_id)
    if row is None or row.superseded_at is not None:
        raise Unknown()
    if row.team_id is not None:
        team_in_scope(actor, Permission.COMPETENCY_MANAGE, row.team_id)
    else:
        person_in_scope(actor, Permission.COMPETENCY_MANAGE, row.person_id or 0)
    row.superseded_at = now
    db.session.flush()
    audit.record(actor, "job_profile.take_back", "job_profile", row.profile_id)
    return row


def _supersede(whose: object, now: datetime) -> None:
    db.session.execute(
        update(ProfileHolder).where(whose, ProfileHolder.superseded_at.is_(None)).values(superseded_at=now)  # type: ignore[arg-type]
    )


def _holder(actor: Actor, profile_id: int, now: datetime, **whose: int) -> ProfileHolder:
    return ProfileHolder(profile_id=profile_id, given_at=now, given_by_id=actor.person_id, **whose)
