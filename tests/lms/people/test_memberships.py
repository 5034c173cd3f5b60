"""Who was in which team when: written with every change of team, by hand and by file."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import select

from lms.authz import SYSTEM
from lms.db import db
from lms.people import import_writing, memberships
from lms.people.models import TeamMembership
from lms.people.services import PersonData, create_person, edit_person
from tests.people import make_team

MARCH, JUNE = datetime(2026, 3, 2, tzinfo=UTC), datetime(2026, 6, 9, tzinfo=UTC)


@pytest.fixture
def east_and_west(app: object) -> tuple[int, int]:
    return make_team("east", "East").id, make_team("west", "West").id


def spells(person_id: int) -> list[tuple[int, date, date | None]]:
    query = select(TeamMembership).where(TeamMembership.person_id == person_id).order_by(TeamMembership.since)
    return [(m.team_id, m.since, m.until) for m in db.session.scalars(query)]


def eve(team: int | None) -> PersonData:
    return PersonData("R9", "Eve", team_id=team)


def test_eve_is_in_her_first_team_from_the_day_she_is_entered(east_and_west: tuple[int, int]) -> None:
    east, _west = east_and_west
    person = create_person(SYSTEM, eve(east), now=MARCH)
    assert spells(person.id) == [(east, date(2026, 3, 2), None)]


def test_a_change_of_team_ends_one_spell_and_begins_another(east_and_west: tuple[int, int]) -> None:
    east, west = east_and_west
    person = create_person(SYSTEM, eve(east), now=MARCH)
    edit_person(SYSTEM, person.id, eve(west), now=JUNE)
    assert spells(person.id) == [(east, date(2026, 3, 2), date(2026, 6, 9)), (west, date(2026, 6, 9), None)]


def test_a_change_taken_back_on_the_same_day_leaves_no_trace(east_and_west: tuple[int, int]) -> None:
    east, west = east_and_west
    person = create_person(SYSTEM, eve(east), now=MARCH)
    edit_person(SYSTEM, person.id, eve(west), now=MARCH)
    assert spells(person.id) == [(west, date(2026, 3, 2), None)]


def test_a_new_name_is_no_change_of_team(east_and_west: tuple[int, int]) -> None:
    east, _west = east_and_west
    person = create_person(SYSTEM, eve(east), now=MARCH)
    edit_person(SYSTEM, person.id, PersonData("R9", "Eva", team_id=east), now=JUNE)
    assert len(spells(person.id)) == 1


def test_leaving_every_team_ends_the_spell(east_and_west: tuple[int, int]) -> None:
    east, _west = east_and_west
    person = create_person(SYSTEM, eve(east), now=MARCH)
    edit_person(SYSTEM, person.id, eve(None), now=JUNE)
    assert spells(person.id) == [(east, date(2026, 3, 2), date(2026, 6, 9))]


def test_a_file_that_moves_eve_writes_her_history_too(east_and_west: tuple[int, int]) -> None:
    east, west = east_and_west
    id_ = create_person(SYSTEM, eve(east), now=MARCH).id
    import_writing.change_people({"R9": {"team": "west"}}, {"east": east, "west": west}, JUNE)
    import_writing.change_people({"R9": {"name": "Eva"}}, {}, JUNE)
    assert spells(id_) == [(east, date(2026, 3, 2), date(2026, 6, 9)), (west, date(2026, 6, 9), None)]


def test_the_team_on_a_day_is_that_of_the_spell_and_before_all_records_the_first(
    east_and_west: tuple[int, int],
) -> None:
    east, west = east_and_west
    id_ = create_person(SYSTEM, eve(east), now=MARCH).id
    edit_person(SYSTEM, id_, eve(west), now=JUNE)
    days = {date(2025, 1, 1): east, date(2026, 3, 2): east, date(2026, 6, 8): east, date(2026, 6, 9): west}
    assert {day: memberships.teams_on({id_: day})[id_] for day in days} == days


def test_movers_came_into_another_team_within_the_days_asked_for(east_and_west: tuple[int, int]) -> None:
    east, west = east_and_west
    id_ = create_person(SYSTEM, eve(east), now=MARCH).id
    stays = create_person(SYSTEM, PersonData("R8", "Sam", team_id=east), now=MARCH).id
    edit_person(SYSTEM, id_, eve(west), now=JUNE)
    assert memberships.movers([id_, stays], date(2026, 1, 1), date(2026, 12, 31)) == {id_}
    assert memberships.movers([id_, stays], date(2026, 6, 9), date(2026, 12, 31)) == set()
    assert memberships.movers([id_, stays], date(2026, 1, 1), date(2026, 6, 8)) == set()
