"""People, roles and teams: who may change what, and what a change leaves behind."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import select

from lms.audit import AuditEntry
from lms.authz import Actor, Permission, Role
from lms.clock import now, today
from lms.db import db, transaction
from lms.errors import Forbidden, Refused, Unknown
from lms.people import grants, queries, services, teams
from lms.people.models import Person, RoleGrant, Team
from lms.people.scope import people_in_scope
from lms.people.services import PersonData
from tests.people import Cast, make_person, make_team


@pytest.fixture
def hana(cast: Cast) -> Actor:
    return cast.actor(cast.hana)


@pytest.fixture
def ada(cast: Cast) -> Actor:
    return cast.actor(cast.ada)


@pytest.fixture
def east_hr(cast: Cast) -> Actor:
    """Human resources for the East alone."""
    with transaction():
        person = make_person("Eva", cast.east, Role.HR, scope=cast.east)
    return cast.actor(person)


def the_change(person: Person) -> dict[str, object]:
    query = select(AuditEntry.details).where(AuditEntry.action == "person.edit", AuditEntry.subject_id == person.id)
    details = db.session.scalar(query)
    return details["changes"] if details else {}


# --- people ---------------------------------------------------------------------------------------


def test_hana_adds_somebody_whose_address_is_kept_in_small_letters(cast: Cast, hana: Actor) -> None:
    with transaction():
        person = services.create_person(hana, PersonData("n1", "Nia", email=" Nia@Example.COM ", team_id=cast.west.id), now=now())
    assert (person.email, person.password, person.team_id) == ("nia@example.com", None, cast.west.id)


@pytest.mark.parametrize(
    ("data", "code", "field"),
    [
        (PersonData("ana", "Another Ana"), "number_taken", "number"),
        (PersonData("ＡＮＡ", "Another Ana"), "number_taken", "number"),
        (PersonData("n2", "Nia", email="ANA@example.com"), "email_taken", "email"),
        (PersonData("n2", "Nia", hired_on=date(2026, 2, 1), left_on=date(2026, 1, 1)), "left_before_hired", "left_on"),
    ],
)
def test_what_does_not_fit_is_refused_at_its_field(cast: Cast, hana: Actor, data: PersonData, code: str, field: str) -> None:
    with pytest.raises(Refused) as refusal, transaction():
        services.create_person(hana, data, now=now())
    assert (refusal.value.code, refusal.value.field) == (code, field)
    assert db.session.scalar(select(Person.id).where(Person.number == "n2")) is None


def test_an_edit_keeps_old_and_new_in_the_trail(cast: Cast, hana: Actor) -> None:
    data = PersonData("ana", "Ana Lopes", email="ana@example.com", team_id=cast.west.id, hired_on=date(2024, 1, 1), locale="en")
    with transaction():
        services.edit_person(hana, cast.ana.id, data, now=now())
    assert the_change(cast.ana) == {"name": ["Ana", "Ana Lopes"], "team": ["east", "west"]}


def test_an_edit_that_changes_nothing_leaves_no_trace(cast: Cast, hana: Actor) -> None:
    data = PersonData("ana", "Ana", email="ana@example.com", team_id=cast.east.id, hired_on=date(2024, 1, 1), locale="en")
    with transaction():
        services.edit_person(hana, cast.ana.id, data, now=now())
    assert the_change(cast.ana) == {}


def test_cleo_reads_her_people_but_changes_nobody(cast: Cast) -> None:
    cleo = cast.actor(cast.cleo)
    for act in (
        lambda: services.create_person(cleo, PersonData("n3", "Nia"), now=now()),
        lambda: services.edit_person(cleo, cast.ana.id, PersonData("ana", "X"), now=now()),
        lambda: services.set_active(cleo, cast.ana.id, False, now=now()),
        lambda: services.invite(cleo, [cast.ana.id], now()),
        lambda: grants.grant(cleo, cast.ana.id, "admin", "company", now=now()),
        lambda: teams.create_team(cleo, "t", {"en": "T"}, cast.east.id, now=now()),
    ):
        with pytest.raises(Forbidden), transaction():
            act()


def test_hr_of_the_east_neither_finds_dov_nor_hires_into_the_west(cast: Cast, east_hr: Actor) -> None:
    with pytest.raises(Unknown), transaction():
        services.edit_person(east_hr, cast.dov.id, PersonData("dov", "X"), now=now())
    with pytest.raises(Unknown), transaction():
        services.create_person(east_hr, PersonData("n4", "Nia", team_id=cast.west.id), now=now())
    with pytest.raises(Refused, match="team_needed"), transaction():
        services.create_person(east_hr, PersonData("n4", "Nia"), now=now())
    with transaction():
        assert services.invite(east_hr, [cast.dov.id, cast.ana.id], now()) == 1


def test_hana_cannot_take_over_adas_account_by_her_address(cast: Cast, hana: Actor) -> None:
    with pytest.raises(Refused, match="account_above_yours"), transaction():
        services.edit_person(hana, cast.ada.id, PersonData("ada", "Ada", email="mine@example.com"), now=now())
    for act in (services.end_sessions, services.reset_second_factor):
        with pytest.raises(Refused, match="account_above_yours"), transaction():
            act(hana, cast.ada.id, now=now())


def test_hr_of_the_east_cannot_take_over_hanas_account(cast: Cast, east_hr: Actor) -> None:
    with transaction():
        db.session.get_one(Person, cast.hana.id).team_id = cast.east.id
    with pytest.raises(Refused, match="account_above_yours"), transaction():
        services.set_active(east_hr, cast.hana.id, False, now=now())


def test_nobody_closes_their_own_account(cast: Cast, hana: Actor) -> None:
    with pytest.raises(Refused, match="not_yourself"), transaction():
        services.set_active(hana, cast.hana.id, False, now=now())


# --- roles ----------------------------------------------------------------------------------------


def test_a_role_given_is_a_right_held_and_one_taken_away_is_not(cast: Cast, ada: Actor) -> None:
    with transaction():
        row = grants.grant(ada, cast.ben.id, "manager", "team", team_id=cast.west.id, now=now())
    ben = cast.actor(cast.ben)
    assert ben.can(Permission.PERSON_READ)
    seen = set(db.session.scalars(select(Person.name).where(people_in_scope(ben, Permission.PERSON_READ))))
    assert seen == {"Dov"}
    with transaction():
        grants.revoke(ada, row.id, now=now())
    assert not cast.actor(cast.ben).can(Permission.PERSON_READ)
    query = select(AuditEntry.action).where(AuditEntry.subject_id == cast.ben.id).order_by(AuditEntry.id)
    assert list(db.session.scalars(query)) == ["grant.add", "grant.revoke"]


def test_nobody_gives_themselves_a_role_or_takes_their_own_away(cast: Cast, ada: Actor) -> None:
    own = db.session.scalar(select(RoleGrant.id).where(RoleGrant.person_id == cast.ada.id))
    with pytest.raises(Refused, match="own_grants"), transaction():
        grants.grant(ada, cast.ada.id, "hr", "company", now=now())
    with pytest.raises(Refused, match="own_grants"), transaction():
        grants.revoke(ada, own or 0, now=now())


def test_hana_cannot_give_roles(cast: Cast, hana: Actor) -> None:
    with pytest.raises(Forbidden), transaction():
        grants.grant(hana, cast.ana.id, "hr", "company", now=now())


def test_an_administrator_of_the_east_gives_no_role_for_the_company(cast: Cast) -> None:
    with transaction():
        eve = make_person("Eve", cast.east, Role.ADMIN, scope=cast.east)
    actor = cast.actor(eve)
    for scope, team_id in (("company", None), ("course", None), ("team", None)):
        with pytest.raises(Refused, match="grant_needs_team"), transaction():
            grants.grant(actor, cast.ana.id, "manager", scope, team_id=team_id, now=now())
    with pytest.raises(Unknown), transaction():
        grants.grant(actor, cast.ana.id, "manager", "team", team_id=cast.west.id, now=now())
    with transaction():
        grants.grant(actor, cast.ana.id, "manager", "team", team_id=cast.east.id, now=now())


def test_a_role_is_given_once_and_the_last_administrator_stays(cast: Cast, ada: Actor) -> None:
    with pytest.raises(Refused, match="grant_there"), transaction():
        grants.grant(ada, cast.ana.id, "rep", "company", now=now())
    with transaction():
        row = grants.grant(ada, cast.ben.id, "admin", "company", now=now())
    ben = cast.actor(cast.ben)
    own = db.session.scalar(select(RoleGrant.id).where(RoleGrant.person_id == cast.ada.id)) or 0
    with transaction():
        grants.revoke(ben, own, now=now())
    with pytest.raises(Refused, match="last_admin"), transaction():
        db.session.add(RoleGrant(person_id=cast.dov.id, role="admin", scope="team", team_id=cast.west.id, granted_at=now()))
        db.session.flush()
        grants.revoke(Actor(None, "system", ada.grants, ada.permissions), row.id, now=now())


# --- teams ----------------------------------------------------------------------------------------


def paths(*wanted: Team) -> list[str]:
    return [db.session.get_one(Team, team.id).path for team in wanted]


def test_a_moved_team_takes_everything_below_it_along(cast: Cast, hana: Actor) -> None:
    with transaction():
        shanghai = make_team("sh", "Shanghai", cast.east)
        street = make_team("sh-1", "Street", shanghai)
    with transaction():
        teams.edit_team(hana, shanghai.id, "sh", {"en": "Shanghai"}, cast.west.id, now=now())
    company, west = cast.company.id, cast.west.id
    assert paths(cast.east, shanghai, street) == [
        f"/{company}/{cast.east.id}/", f"/{company}/{west}/{shanghai.id}/", f"/{company}/{west}/{shanghai.id}/{street.id}/"
    ]  # fmt: skip


def test_cleo_loses_sight_of_a_team_that_is_moved_away(cast: Cast, hana: Actor) -> None:
    with transaction():
        shanghai = make_team("sh", "Shanghai", cast.east)
        db.session.get_one(Person, cast.ana.id).team_id = shanghai.id
    cleo = cast.actor(cast.cleo)
    assert queries.person(cleo, cast.ana.id).name == "Ana"
    with transaction():
        teams.edit_team(hana, shanghai.id, "sh", {"en": "Shanghai"}, cast.west.id, now=now())
    with pytest.raises(Unknown):
        queries.person(cleo, cast.ana.id)


def test_a_team_is_not_moved_below_itself(cast: Cast, hana: Actor) -> None:
    with transaction():
        below = make_team("sh", "Shanghai", cast.east)
    for parent in (cast.east.id, below.id):
        with pytest.raises(Refused, match="team_cycle"), transaction():
            teams.edit_team(hana, cast.east.id, "east", {"en": "East"}, parent, now=now())
    assert paths(cast.east, below) == [f"/{cast.company.id}/{cast.east.id}/", f"/{cast.company.id}/{cast.east.id}/{below.id}/"]


def test_a_team_whose_number_begins_like_another_is_not_moved_with_it(cast: Cast, hana: Actor) -> None:
    """Team 1 and team 11: a path is a list of ids, not of digits."""
    with transaction():
        many = [make_team(f"t{i}", f"T{i}", cast.company) for i in range(12)]
    others = [team for team in many if team is not many[0]]
    before = paths(*others)
    with transaction():
        teams.edit_team(hana, many[0].id, "t0", {"en": "T0"}, cast.west.id, now=now())
    assert paths(*others) == before


def test_a_tree_too_deep_is_refused_whole(cast: Cast, hana: Actor) -> None:
    with transaction():
        top = make_team("d0", "D", None)
        deepest = top
        for level in range(1, 100):
            deepest = make_team(f"d{level}", "D", deepest)
            if len(f"{deepest.path}{deepest.id + 1}/") > 255:  # as long as the column
                break
    with pytest.raises(Refused, match="team_too_deep"), transaction():
        teams.edit_team(hana, top.id, "d0", {"en": "D"}, cast.west.id, now=now())
    assert paths(top) == [f"/{top.id}/"]


def test_hr_of_the_east_makes_teams_only_below_the_east(cast: Cast, east_hr: Actor) -> None:
    with transaction():
        team = teams.create_team(east_hr, "sh", {"zh_Hans": "上海"}, cast.east.id, now=now())
    assert team.path == f"/{cast.company.id}/{cast.east.id}/{team.id}/"
    with pytest.raises(Unknown), transaction():
        teams.create_team(east_hr, "gz", {"zh_Hans": "广州"}, cast.west.id, now=now())
    with pytest.raises(Refused, match="team_above_needed"), transaction():
        teams.create_team(east_hr, "gz", {"zh_Hans": "广州"}, None, now=now())
    with pytest.raises(Refused, match="team_code_taken"), transaction():
        teams.create_team(east_hr, "sh", {"zh_Hans": "上海"}, cast.east.id, now=now())


def test_the_tree_counts_who_is_there_now(cast: Cast, hana: Actor) -> None:
    with transaction():
        db.session.get_one(Person, cast.ana.id).active = False
    tree = queries.team_tree(hana, Permission.PERSON_READ, today())
    assert [(node.code, node.depth, node.people) for node in tree] == [("company", 0, 3), ("east", 1, 2), ("west", 1, 1)]
    assert [node.code for node in queries.team_tree(cast.actor(cast.cleo), Permission.PERSON_READ, today())] == ["east"]


def test_teams_stand_in_the_order_in_which_a_chinese_reader_looks_for_them(cast: Cast, hana: Actor) -> None:
    with transaction():
        for code, name in (("c3", "三队"), ("c1", "一队"), ("zj", "浙江"), ("ah", "安徽"), ("b", "beta"), ("a", "Alpha"), ("c2", "二队")):
            teams.create_team(hana, code, {"zh_Hans": name, "en": name}, cast.east.id, now=now())
    tree = queries.team_tree(hana, Permission.PERSON_READ, today())
    assert [node.code for node in tree if node.depth == 2] == ["c1", "c2", "c3", "a", "b", "ah", "zj"]


def test_people_are_found_by_number_in_capitals_or_not_and_only_in_ones_care(cast: Cast, hana: Actor) -> None:
    cleo = cast.actor(cast.cleo)
    assert queries.ids_named(hana, Permission.PERSON_READ, [cast.ana.number.upper(), cast.dov.number]) == [cast.ana.id, cast.dov.id]
    assert queries.ids_named(hana, Permission.PERSON_READ, []) == []
    with pytest.raises(Refused) as refused:
        queries.ids_named(cleo, Permission.PERSON_READ, [cast.ana.number, cast.dov.number.upper(), "nobody"])
    assert refused.value.params["numbers"] == f"{cast.dov.number.upper()}, nobody", "a stranger's number is nobody's"


def test_a_team_and_a_number_in_it_name_each_person_once(cast: Cast, hana: Actor) -> None:
    east = queries.ids_meant(hana, Permission.PERSON_READ, [cast.east.id], [], today())
    assert cast.ana.id in east and cast.dov.id not in east
    both = queries.ids_meant(hana, Permission.PERSON_READ, [cast.east.id], [cast.ana.number, cast.dov.number], today())
    assert both == sorted({*east, cast.dov.id})
