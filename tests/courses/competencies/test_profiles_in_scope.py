"""Job profiles by a trainer who looks after one team: hers she gives and takes back; everybody's she leaves alone."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from courses.competencies import profiles, services
from courses.competencies.models import JobProfile, ProfileHolder
from courses.competencies.services import Said
from lms.authz import Actor, Role
from lms.clock import now
from lms.db import db, transaction
from lms.errors import Forbidden, Unknown
from lms.people.models import Person
from lms.people.scope import load_actor
from tests.people import Cast, make_person

SignIn = Callable[[Person], FlaskClient]


@pytest.fixture
def eva(cast: Cast) -> Person:
    """A trainer for the team East alone."""
    with transaction():
        return make_person("Eva", cast.east, Role.TRAINER, scope=cast.east)


@pytest.fixture
def profile(cast: Cast) -> JobProfile:
    tess = load_actor(cast.tess)
    with transaction():
        made = profiles.create(tess, "REP", {"en": "Rep"}, now=now())
        profiles.give_to_team(tess, made.id, cast.west.id, now=now())
        profiles.give_to_people(tess, made.id, [cast.dov.number, cast.ana.number], now=now())
    return made


def holder(**whose: int) -> int:
    return db.session.scalars(select(ProfileHolder.id).filter_by(superseded_at=None, **whose)).one()


def test_eva_takes_back_what_her_people_have_and_nobody_elses(cast: Cast, eva: Person, profile: JobProfile, sign_in: SignIn) -> None:
    client = sign_in(eva)
    for other in (holder(person_id=cast.dov.id), holder(team_id=cast.west.id)):
        assert client.post(f"/job-profiles/holders/{other}/end").status_code == 404
    assert client.post(f"/job-profiles/holders/{holder(person_id=cast.ana.id)}/end").status_code == 302
    assert len(db.session.scalars(select(ProfileHolder).where(ProfileHolder.superseded_at.is_(None))).all()) == 2
    assert "West" not in client.get(f"/job-profiles/{profile.id}").text


def test_eva_gives_a_profile_to_her_team_and_not_to_another(cast: Cast, eva: Person, profile: JobProfile) -> None:
    with pytest.raises(Unknown), transaction():
        profiles.give_to_team(load_actor(eva), profile.id, cast.west.id, now=now())
    with transaction():
        profiles.give_to_team(load_actor(eva), profile.id, cast.east.id, now=now())


def test_what_concerns_everybody_is_for_those_who_look_after_the_whole_company(
    cast: Cast, eva: Person, profile: JobProfile, sign_in: SignIn
) -> None:
    actor: Actor = load_actor(eva)
    with transaction():
        needs = services.create(load_actor(cast.tess), "NEEDS", Said({"en": "Needs"}), now=now())
        other = profiles.create(actor, "EAST", {"en": "East rep"}, now=now())
    for act in (
        lambda: profiles.make_default(actor, other.id, now=now()),
        lambda: profiles.require_levels(actor, other.id, {needs.id: 3}, now=now()),
    ):
        with pytest.raises(Forbidden), transaction():
            act()
    assert profile.is_default and not other.is_default
    client = sign_in(eva)
    assert client.post(f"/job-profiles/{other.id}/default").status_code == 403
    page = client.get(f"/job-profiles/{other.id}").text
    assert "Make it that of everybody" not in page and "disabled" in page


def test_the_first_profile_of_a_trainer_for_one_team_is_not_everybodys(eva: Person) -> None:
    with transaction():
        assert not profiles.create(load_actor(eva), "EAST", {"en": "East rep"}, now=now()).is_default
