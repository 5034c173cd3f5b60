"""Pages of people and teams: who sees whom, and what is kept of a change."""

from __future__ import annotations

from collections.abc import Callable

from flask import Flask
from flask.testing import FlaskClient
from flask_babel import force_locale

from lms.clock import today
from lms.db import transaction
from lms.home.subjects import subject_in_words
from lms.people import queries
from lms.people.actions import details_in_words
from lms.people.models import Person
from tests.courses.factory import make_draft
from tests.people import Cast, make_person

SignIn = Callable[[Person], FlaskClient]


def test_hana_opens_every_page_of_people_and_teams(cast: Cast, sign_in: SignIn) -> None:
    client = sign_in(cast.hana)
    for path in (
        "/people",
        "/people?q=an&team=1&closed=1&sort=-number",
        "/people/new",
        f"/people/{cast.ana.id}",
        f"/people/{cast.ana.id}/edit",
        "/teams",
        "/teams/new",
        f"/teams/{cast.east.id}/edit",
        "/account",
    ):
        assert client.get(path).status_code == 200, path


def test_ada_gives_ana_a_role_over_a_team_and_takes_it_away_and_both_are_said(cast: Cast, sign_in: SignIn) -> None:
    client, page = sign_in(cast.ada), f"/people/{cast.ana.id}"
    given = client.post(f"{page}/grants", data={"role": "manager", "over": str(cast.east.id)}, follow_redirects=True).text
    assert "The role is given" in given
    row = next(each for each in cast.ana.grants if each.role == "manager")
    taken = client.post(f"/people/grants/{row.id}/revoke", follow_redirects=True).text
    assert "The role is taken away" in taken
    for said in ("gave a role", "took a role away"):
        assert f'{said} <span class="soft">Role: Manager; Holds for: Team; Team: {cast.east.name["en"]}</span>' in taken


def test_ada_makes_ana_a_trainer_of_one_course_and_of_no_other(cast: Cast, sign_in: SignIn) -> None:
    mine, other = make_draft(cast, code="KA-1", title={"en": "Prices"}), make_draft(cast, code="KA-2")
    page = f"/people/{cast.ana.id}"
    assert sign_in(cast.ana).get(f"/authoring/{mine.id}/modules").status_code == 403
    ada = sign_in(cast.ada)
    assert f'<option value="course-{mine.id}">Prices' in ada.get(page).text
    refused = ada.post(f"{page}/grants", data={"role": "hr", "over": f"course-{mine.id}"}).text
    assert "For a single course only the role of trainer can be given." in refused
    given = ada.post(f"{page}/grants", data={"role": "trainer", "over": f"course-{mine.id}"}, follow_redirects=True).text
    assert "for the course Prices" in given and "Role: Trainer; Holds for: Course; Course: Prices" in given
    assert "Trainer@KA-1" in ada.get("/people/export.csv").text
    ana = sign_in(cast.ana)
    assert ana.get(f"/authoring/{mine.id}/modules").status_code == 200
    assert ana.get(f"/authoring/{other.id}/modules").status_code == 404


def test_a_parent_team_of_a_blank_is_none(cast: Cast, sign_in: SignIn) -> None:
    data = {"code": "solo", "name_en": "Solo", "name_hans": "独立", "parent_id": " "}
    assert sign_in(cast.ada).post("/teams/new", data=data).status_code in (200, 302)


def test_cleo_sees_her_own_team_and_not_dov(cast: Cast, sign_in: SignIn) -> None:
    client = sign_in(cast.cleo)
    listed = client.get("/people").text
    assert "Ana" in listed and "Ben" in listed
    assert "Dov" not in listed
    assert client.get(f"/people/{cast.ana.id}").status_code == 200
    assert client.get(f"/people/{cast.dov.id}").status_code == 404
    assert client.get("/people/999999").status_code == 404


def test_what_cleo_searches_or_exports_stays_in_her_team(cast: Cast, sign_in: SignIn) -> None:
    client = sign_in(cast.cleo)
    dov = f'href="/people/{cast.dov.id}"'
    assert dov not in client.get("/people?q=Dov").text
    assert dov not in client.get(f"/people?team={cast.west.id}").text
    assert "Dov" not in client.get("/people/export.csv").text
    assert client.get("/people/export.csv").text.count("\n") == 4
    assert client.get("/people/export.xlsx").data[:2] == b"PK"


def test_ana_has_no_list_of_people(cast: Cast, sign_in: SignIn) -> None:
    client = sign_in(cast.ana)
    assert client.get("/people").status_code == 403
    assert client.get(f"/people/{cast.ben.id}").status_code == 403
    assert client.get("/teams").status_code == 403


def test_people_with_chinese_names_stand_in_the_order_of_pinyin(cast: Cast) -> None:
    """By code point 丁 (Ding) would come before 安 (An)."""
    with transaction():
        for name, latin in (("丁佳", "Ding Jia"), ("安宁", "An Ning"), ("白露", None)):
            make_person(name, cast.east, number=name).name_latin = latin
    page = queries.people_page(cast.actor(cast.hana), queries.Filter(day=today()), 1)
    names = [row.name for row in page.rows if row.name in ("丁佳", "安宁", "白露")]
    assert names == ["安宁", "丁佳", "白露"]


def test_the_audit_trail_calls_things_by_their_names(app: Flask) -> None:
    with force_locale("zh_Hans"):
        assert subject_in_words("feedback_subject", 18) == "360°反馈 18"
        assert details_in_words({"named": False, "people": [38, 39, 47]}) == "是否记名：否；人数：3"
        assert details_in_words({"role": "trainer", "scope": "company"}) == "角色：培训师；适用范围：整个公司"
        assert details_in_words({"team": {"en": "East", "zh_Hans": "华东"}}) == "团队：华东"
        assert details_in_words({"enrolment": 5, "module": 7, "pass_mark": "70%"}) == "报名：5；模块：7；及格线：70%"
    with force_locale("en"):
        assert subject_in_words("a_new_thing", None) == "a new thing"
        assert details_in_words({"old_key": True}) == "old key: yes"
