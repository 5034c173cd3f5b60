"""Hana brings in people by file: previewed, whole or not at all, taken back whole."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, func, select

from lms.authz import SYSTEM, Actor, Role
from lms.db import db, transaction
from lms.errors import Forbidden, Refused, Unknown
from lms.imports import direct, queries, services, survey, undoing
from lms.imports.models import ImportBatch, ImportChange, ImportPreviewRow
from lms.imports.survey import Survey
from lms.people.models import Person, RoleGrant, Team
from lms.people.scope import load_actor
from tests.people import Cast, make_person, make_team

NOW = datetime(2026, 11, 22, 8, tzinfo=UTC)
HEADER = "工号,姓名,邮箱,团队,角色,入职日期\n"


def upload(actor: Actor, text: str, **options: bool) -> ImportBatch:
    with transaction():
        batch = services.upload(actor, "people", io.BytesIO(text.encode()), "people.csv", now=NOW)
        services.settle(actor, batch.id, options=options)
    return batch


def preview(actor: Actor, text: str, **options: bool) -> ImportBatch:
    batch = upload(actor, text, **options)
    found: Survey = services.look_through(actor, batch.id, lambda done, total: None)
    with transaction():
        services.keep_preview(actor, batch.id, found, now=NOW)
    return batch


def take_in(actor: Actor, text: str, *, leave_out_rejected: bool = False, **options: bool) -> ImportBatch:
    batch = preview(actor, text, **options)
    with transaction():
        services.accept(actor, batch.id, leave_out_rejected=leave_out_rejected, now=NOW)
    return batch


def undo(actor: Actor, batch: ImportBatch) -> None:
    with transaction():
        undoing.undo(actor, batch.id, now=NOW)


def person(number: str) -> Person | None:
    return db.session.scalar(
        select(Person).where(Person.number == number).execution_options(populate_existing=True)
    )


def counts(batch: ImportBatch) -> tuple[int, int, int, int]:
    return batch.new, batch.changed, batch.unchanged, batch.rejected


def remarks(actor: Actor, batch: ImportBatch) -> list[tuple[int, str, str, str]]:
    rows = queries.preview_rows(actor, batch.id, "rejected", 1).rows
    return [(row.row, row.column, row.value, row.code) for row in rows]


@pytest.fixture
def hana(cast: Cast) -> Actor:
    return load_actor(cast.hana)


def test_new_changed_unchanged_and_rejected_are_told_apart_before_anything_is_written(
    cast: Cast, hana: Actor
) -> None:
    text = "工号,姓名,入职日期,团队\nana,Ana,2024/1/1,east\nben,Benjamin,45323,West\nnew,王伟,2024年3月5日,east\nbad,李娜,soon,east\n"
    batch = preview(hana, text)
    assert counts(batch) == (1, 1, 1, 1)
    changed = queries.preview_rows(hana, batch.id, "changed", 1).rows[0]
    assert changed.fields == [
        ["hired_on", "2024-01-01", "2024-02-01"],
        ["name", "Ben", "Benjamin"],
        ["team", "east", "west"],
    ]
    assert remarks(hana, batch) == [(5, "入职日期", "soon", "date_unreadable")]
    assert person("new") is None


def test_rejected_rows_keep_the_whole_file_out_until_they_are_left_out_on_purpose(
    cast: Cast, hana: Actor
) -> None:
    text = HEADER + "n1,王伟,w@example.com,east,,2024-03-05\nn2,李娜,not an address,east,,\n"
    batch = preview(hana, text)
    with pytest.raises(Refused, match="import_has_rejected_rows"), transaction():
        services.accept(hana, batch.id, now=NOW)
    assert person("n1") is None
    with transaction():
        services.accept(hana, batch.id, leave_out_rejected=True, now=NOW)
    found = person("n1")
    assert found is not None and found.hired_on == date(2024, 3, 5) and found.password is None
    assert found.team is not None and found.team.code == "east"
    assert [grant.role for grant in found.grants] == ["rep"]
    assert person("n2") is None


def test_the_same_file_again_changes_nothing(cast: Cast, hana: Actor) -> None:
    text = HEADER + "n1,=1+1,w@example.com,company/east,销售代表,2024-03-05\n"
    take_in(hana, text)
    again = preview(hana, text)
    assert counts(again) == (0, 0, 1, 0)
    with pytest.raises(Refused, match="import_nothing_new"), transaction():
        services.accept(hana, again.id, now=NOW)
    found = person("n1")
    assert found is not None and found.name == "=1+1"


def test_blank_cells_leave_what_is_recorded(cast: Cast, hana: Actor) -> None:
    batch = preview(hana, "工号,姓名,邮箱,入职日期\nana,,,\n")
    assert counts(batch) == (0, 0, 1, 0)


def test_a_new_person_needs_a_name_and_an_address_of_their_own(cast: Cast, hana: Actor) -> None:
    text = HEADER + "n1,,,east,,\nn2,Eve,ANA@example.com,east,,\nn3,Fay,f@x.com,,,\nn4,Gil,f@x.com,,,\n"
    batch = preview(hana, text)
    assert remarks(hana, batch) == [
        (2, "姓名", "", "person_name_needed"),
        (3, "邮箱", "ana@example.com", "person_email_taken"),
        (5, "邮箱", "f@x.com", "person_email_taken"),
    ]


def test_a_row_with_many_mistakes_is_one_row_that_names_them_all(cast: Cast, hana: Actor) -> None:
    batch = preview(hana, HEADER + "Z1,,nobody,Sales/Moon,rep,2024-03-05\nZ2,,z2@example.com,Sales/Moon,rep,2024-03-05\n")
    assert [(row, column) for row, column, _value, _code in remarks(hana, batch)] == [(2, "邮箱"), (3, "姓名"), (3, "团队")]
    assert counts(batch) == (0, 0, 0, 2)


def test_where_too_many_rows_are_rejected_the_page_says_of_how_many_the_reasons_are_shown(
    cast: Cast, hana: Actor, sign_in: Callable[[Person], FlaskClient], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(survey, "KEPT", 2)
    rows = [f"Z{n},,nobody,Moon,rep,soon\n" for n in range(3)]
    many, one = preview(hana, HEADER + "".join(rows)), preview(hana, HEADER + rows[0])
    assert (counts(many), counts(one)) == ((0, 0, 0, 3), (0, 0, 0, 1))
    assert {row for row, *_rest in remarks(hana, many)} == {2}
    client = sign_in(cast.hana)
    assert "The first 1 of 3 rows are shown." in client.get(f"/imports/{many.id}").text
    assert "rows are shown" not in client.get(f"/imports/{one.id}").text


def test_a_row_that_stays_out_claims_no_address(cast: Cast, hana: Actor) -> None:
    batch = preview(hana, HEADER + "Z1,,z@example.com,,rep,2024-03-05\nZ2,Zoe,z@example.com,,rep,2024-03-05\n")
    assert [(row, column) for row, column, _value, _code in remarks(hana, batch)] == [(2, "姓名")]
    assert counts(batch) == (1, 0, 0, 1)


def test_the_same_person_twice_in_a_file_is_rejected_with_the_first_row(cast: Cast, hana: Actor) -> None:
    batch = preview(hana, "工号,姓名\nn1,王伟\nn1,王伟\n")
    row = queries.preview_rows(hana, batch.id, "rejected", 1).rows[0]
    assert (row.row, row.code, row.params) == (3, "row_duplicate", {"first": 2})


def test_unknown_teams_are_rejected_unless_they_are_to_be_made(cast: Cast, hana: Actor) -> None:
    text = HEADER + "n1,王伟,,east/上海/三组,,\nn2,李娜,,East / 上海,,\n"
    assert [code for *_rest, code in remarks(hana, preview(hana, text))] == ["team_unknown", "team_unknown"]
    batch = take_in(hana, text, create_teams=True)
    team = db.session.scalar(select(Team).where(Team.code == "east/上海/三组"))
    assert team is not None and team.parent is not None and team.parent.parent is not None
    assert team.parent.parent.code == "east" and team.path.startswith(team.parent.path)
    assert team.name == {"zh_Hans": "三组"}
    assert counts(preview(hana, text)) == (0, 0, 2, 0)
    undo(hana, batch)
    assert db.session.scalar(select(func.count()).select_from(Team).where(Team.code.like("%上海%"))) == 0


def test_hana_cannot_make_a_manager_or_touch_the_administrator_by_file_but_ada_can(
    cast: Cast, hana: Actor
) -> None:
    text = HEADER + "n1,王伟,,east,经理,\nada,Ada,mine@example.com,,,\n"
    assert remarks(hana, preview(hana, text)) == [
        (2, "角色", "manager", "person_role_not_yours_to_give"),
        (3, "工号", "ada", "person_above_you"),
    ]
    take_in(load_actor(cast.ada), HEADER + "n1,王伟,,east,经理,\n")
    grants = db.session.scalars(
        select(RoleGrant).join(Person, RoleGrant.person_id == Person.id).where(Person.number == "n1")
    )
    assert [(g.role, g.scope, g.team_id) for g in grants] == [("manager", "team", cast.east.id)]


def test_a_number_in_other_capitals_is_no_other_person(cast: Cast, hana: Actor) -> None:
    text = "工号,姓名,邮箱\nＡna,Ana,\nr77,Rita,rita@example.com\nR77,Rita,rita@example.com\n"
    batch = preview(hana, text)
    assert remarks(hana, batch)[0] == (2, "工号", "Ana", "person_number_like")
    assert {(row, code) for row, _column, _value, code in remarks(hana, batch)[1:]} == {(4, "person_number_like"), (4, "person_email_taken")}
    assert counts(batch)[0] == 1


@pytest.mark.parametrize("locale", ["en", "zh_Hans", "zh_Hant"])
def test_the_list_of_people_as_a_file_comes_back_without_a_change(
    cast: Cast, sign_in: Callable[[Person], FlaskClient], locale: str
) -> None:
    """Two teams of one name, a name full of separators, roles over other teams than one's own and over a course."""
    group = [make_team(code, "三组", cast.east if code == "e3" else cast.west) for code in ("e3", "w3")]
    odd, slash = make_team("odd", "市场、渠道 · 重点", cast.east), make_team("slash", "A/B", cast.east)
    eva = make_person("eva", group[1], Role.TRAINER, scope=group[0])
    finn = make_person("finn", slash, Role.MANAGER, scope=odd)
    for role, team in ((Role.REP, None), (Role.MANAGER, cast.west), (Role.HR, odd)):
        db.session.add(RoleGrant(person_id=eva.id, role=role, scope="team" if team else "company", team_id=team and team.id, granted_at=NOW))
    db.session.add(RoleGrant(person_id=finn.id, role="trainer", scope="course", course_id=7, granted_at=NOW))
    cast.hana.locale = cast.ada.locale = locale
    cast.ana.name_latin, cast.ana.left_on = "Ana Lim", date(2027, 3, 31)
    db.session.commit()
    for who in (cast.hana, cast.ada):
        batch = preview(load_actor(who), sign_in(who).get("/people/export.csv").data.decode("utf-8-sig"))
        assert remarks(load_actor(who), batch) == []
        assert counts(batch) == (0, 0, 9, 0)


def test_a_role_without_a_team_leaves_how_far_it_reaches_and_with_one_says_it(cast: Cast) -> None:
    """Cleo manages East; Eva, of East, all of the company."""
    ada, eva = load_actor(cast.ada), make_person("eva", cast.east, Role.MANAGER)
    make_person("gus", cast.west, Role.HR, scope=cast.east)
    db.session.commit()
    head = "工号,团队,角色\n"
    assert counts(preview(ada, head + "cleo,,manager\neva,,经理\ngus,,hr\n")) == (0, 0, 3, 0)
    take_in(ada, head + "cleo,west,manager\neva,west,manager\n")
    assert roles_of("cleo") == [("manager", cast.west.id)]
    assert roles_of("eva") == [("manager", None)]
    take_in(ada, head + "cleo,,manager@East; trainer@Company/West\n")
    assert roles_of("cleo") == [("manager", cast.east.id), ("trainer", cast.west.id)]
    assert remarks(ada, preview(ada, head + "cleo,,manager@North\n")) == [(2, "角色", "manager@North", "team_unknown")]
    take_in(ada, head + "cleo,,manager@North\n", create_teams=True)
    north = db.session.scalar(select(Team).where(Team.code == "North"))
    assert north is not None and roles_of("cleo") == [("manager", north.id)]
    assert eva.team_id is not None


def roles_of(number: str) -> list[tuple[str, int | None]]:
    query = select(RoleGrant.role, RoleGrant.team_id).join(Person, RoleGrant.person_id == Person.id)
    return [tuple(row) for row in db.session.execute(query.where(Person.number == number).order_by(RoleGrant.role))]


def test_nobody_closes_their_own_account_by_file(cast: Cast, hana: Actor) -> None:
    batch = preview(hana, "工号,姓名,在职\nhana,Hana,否\nana,Ana,否\n")
    assert remarks(hana, batch) == [(2, "工号", "hana", "person_not_yourself")]


def test_a_person_whose_account_is_closed_by_file_is_signed_out(cast: Cast, hana: Actor) -> None:
    before = cast.ana.fs_uniquifier
    take_in(hana, "工号,姓名,在职\nana,Ana,否\n")
    found = person("ana")
    assert found is not None and not found.active and found.fs_uniquifier != before


def test_an_import_is_undone_whole(cast: Cast, hana: Actor) -> None:
    text = "工号,姓名,团队,入职日期\nana,Anna,west,2024-02-02\nn1,王伟,east,\n"
    batch = take_in(hana, text)
    assert person("n1") is not None
    undo(hana, batch)
    ana = person("ana")
    assert ana is not None and (ana.name, ana.team_id, ana.hired_on) == (
        "Ana",
        cast.east.id,
        date(2024, 1, 1),
    )
    assert person("n1") is None
    with pytest.raises(Refused, match="import_not_accepted"):
        undo(hana, batch)


def test_an_import_that_a_later_one_stands_on_is_not_undone(cast: Cast, hana: Actor) -> None:
    first = take_in(hana, "工号,姓名\nana,Anna\nben,Benny\n")
    second = take_in(hana, "工号,姓名\nana,Annette\n")
    with pytest.raises(Refused) as caught:
        undo(hana, first)
    assert (caught.value.code, caught.value.params["rows"]) == ("import_touched_since", 1)
    undo(hana, second)
    undo(hana, first)
    ana, ben = person("ana"), person("ben")
    assert ana is not None and ben is not None and (ana.name, ben.name) == ("Ana", "Ben")


def test_an_import_is_not_undone_over_what_was_changed_by_hand(cast: Cast, hana: Actor) -> None:
    batch = take_in(hana, "工号,姓名\nana,Anna\n")
    with transaction():
        db.session.get_one(Person, cast.ana.id).name = "Annika"
    with pytest.raises(Refused, match="import_touched_since"):
        undo(hana, batch)
    ana = person("ana")
    assert ana is not None and ana.name == "Annika"


def test_a_new_person_who_has_acted_since_is_not_undone(cast: Cast, hana: Actor) -> None:
    batch = take_in(hana, "工号,姓名\nn1,王伟\nana,Anna\n")
    new = person("n1")
    assert new is not None
    with transaction():
        services.upload(
            Actor(new.id, new.name, hana.grants, hana.permissions),
            "people",
            io.BytesIO(b"id,name\n1,x\n"),
            "a.csv",
            now=NOW,
        )
    with pytest.raises(Refused, match="person_in_use"):
        undo(hana, batch)
    ana = person("ana")
    assert ana is not None and ana.name == "Anna", "a refused undo leaves nothing behind"


def test_a_preview_that_is_no_longer_true_is_not_accepted(cast: Cast, hana: Actor) -> None:
    batch = preview(hana, "工号,姓名\nana,Anna\n")
    with transaction():
        db.session.get_one(Person, cast.ana.id).name = "Annika"
    with pytest.raises(Refused, match="import_outdated"), transaction():
        services.accept(hana, batch.id, now=NOW)
    ana = person("ana")
    assert ana is not None and ana.name == "Annika"


def test_headings_that_were_mapped_by_hand_are_known_the_next_time(cast: Cast, hana: Actor) -> None:
    batch = upload(hana, "Wer,Wie\nn1,王伟\n")
    assert batch.mapping == {}
    with pytest.raises(Refused, match="import_columns_missing"):
        services.look_through(hana, batch.id, lambda done, total: None)
    with transaction():
        services.settle(hana, batch.id, mapping={"number": 0, "name": 1})
    assert upload(hana, "Wie,Wer\n李娜,n2\n").mapping == {"number": 1, "name": 0}
    with pytest.raises(Refused, match="import_column_twice"), transaction():
        services.settle(hana, batch.id, mapping={"number": 0, "name": 0})


def test_another_encoding_is_chosen_and_the_file_read_anew(cast: Cast, hana: Actor) -> None:
    data = "number,name\nn1,陳怡君\n".encode("big5")
    with transaction():
        batch = services.upload(hana, "people", io.BytesIO(data), "p.csv", encoding="gb18030", now=NOW)
    assert queries.first_rows(batch)[0][1] != "陳怡君"
    with transaction():
        services.settle(hana, batch.id, encoding="big5")
    assert queries.first_rows(batch)[0][1] == "陳怡君"


@pytest.mark.parametrize(
    ("data", "code"),
    [(b"", "table_empty"), (b"%PDF-1.7", "table_not_a_table"), (b"PK\x03\x04xx", "table_workbook_broken")],
)
def test_what_is_no_table_leaves_no_batch(cast: Cast, hana: Actor, data: bytes, code: str) -> None:
    with pytest.raises(Refused) as caught, transaction():
        services.upload(hana, "people", io.BytesIO(data), "people.xlsx", now=NOW)
    assert (caught.value.code, caught.value.field) == (code, "file")
    assert db.session.scalar(select(func.count()).select_from(ImportBatch)) == 0


def test_cleo_and_dov_know_of_no_import(cast: Cast, hana: Actor) -> None:
    batch = preview(hana, "工号,姓名\nn1,王伟\n")
    for stranger in (cast.cleo, cast.dov):
        actor = load_actor(stranger)
        with pytest.raises(Forbidden):
            services.upload(actor, "people", io.BytesIO(b"id\n1\n"), "a.csv", now=NOW)
        with pytest.raises(Unknown):
            queries.batch(actor, batch.id)
        with pytest.raises(Unknown):
            services.accept(actor, batch.id, now=NOW)


def test_hr_of_one_region_cannot_import_for_the_whole_company(cast: Cast) -> None:
    regional = load_actor(make_person("Gus", cast.east, "hr", scope=cast.east))  # type: ignore[arg-type]
    with pytest.raises(Forbidden, match="import_needs_company_scope"):
        services.kind_for(regional, "people")


def test_ten_thousand_people_take_some_statements_each_thousand(cast: Cast, tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    rows = "".join(f"p{n},人{n},p{n}@example.com,east,rep,2024-03-05\n" for n in range(10_000))
    path.write_text(HEADER + rows, encoding="utf-8")
    statements: list[str] = []
    engine = db.engine

    def count(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        statements.append(statement)

    event.listen(engine, "before_cursor_execute", count)
    try:
        with transaction():
            batch, survey = direct.import_file(SYSTEM, "people", path, now=NOW)
    finally:
        event.remove(engine, "before_cursor_execute", count)
    assert survey.to_apply == batch.new == 10_000
    assert len(statements) < 300
    assert db.session.scalar(select(func.count()).select_from(ImportChange)) == 10_000
    assert db.session.scalar(select(func.count()).select_from(ImportPreviewRow)) == 5_000


def test_new_people_are_invited_when_that_is_ticked(
    cast: Cast, hana: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    invited: list[int] = []
    monkeypatch.setattr("lms.people.services.invite", lambda actor, ids, now: invited.extend(ids))
    take_in(hana, HEADER + "n1,王伟,w@example.com,east,,\nana,Anna,,,,\n", invite=True)
    new = person("n1")
    assert new is not None and invited == [new.id]


# Pages -------------------------------------------------------------------------------------------


def send(client: FlaskClient, text: str) -> Any:
    data = {"file": (io.BytesIO(text.encode()), "people.csv")}
    return client.post("/imports/new/people", data=data, content_type="multipart/form-data")


def test_hana_uploads_settles_previews_accepts_and_undoes(
    cast: Cast, sign_in: Callable[[Person], FlaskClient]
) -> None:
    client = sign_in(cast.hana)
    assert b"/imports/new/people" in client.get("/imports/").data
    settle = send(client, HEADER + "n1,王伟,w@example.com,east,,2024-03-05\nana,Anna,,,,\n").headers[
        "Location"
    ]
    page = client.get(settle)
    assert "王伟" in page.text and page.status_code == 200
    fields = {
        f"column_{key}": str(place)
        for place, key in enumerate(("number", "name", "email", "team", "roles", "hired_on"))
    }
    fields |= {f"column_{key}": "-1" for key in ("name_latin", "left_on", "locale", "active")}
    show = client.post(settle, data=fields | {"encoding": "utf-8"}).headers["Location"]
    page = client.get(show + "?show=changed")
    assert "Anna" in page.text and '<del class="value-old">Ana</del>' in page.text
    client.post(f"{show}/accept")
    assert person("n1") is not None
    assert f'href="{show}"' in client.get("/jobs").text
    again = client.post(f"{show}/accept", headers={"Referer": f"http://localhost{show}?show=new"})
    assert again.status_code == 409 and f'href="{show}?show=new">Back to the page' in again.text
    away = client.post(f"{show}/accept", headers={"Referer": "https://elsewhere.example/imports"})
    assert "Back to the page" not in away.text and "elsewhere" not in away.text
    assert "Back to the page" not in client.post(f"{show}/accept", headers={"Referer": "http://localhost//elsewhere.example"}).text
    assert "Undo this import" in client.get(show).text
    client.post(f"{show}/undo")
    assert person("n1") is None
    assert client.get(show).status_code == 200


def test_hana_sees_why_rows_are_rejected_and_takes_the_list_home(
    cast: Cast, sign_in: Callable[[Person], FlaskClient]
) -> None:
    client = sign_in(cast.hana)
    settle = send(client, "工号,姓名,入职日期\nn1,王伟,03/05/2024\n").headers["Location"]
    number = settle.split("/")[-2]
    fields = {
        f"column_{key}": "-1"
        for key in ("name_latin", "email", "team", "roles", "left_on", "locale", "active")
    }
    client.post(
        settle,
        data=fields | {"encoding": "utf-8", "column_number": "0", "column_name": "1", "column_hired_on": "2"},
    )
    assert "may be read as two different dates" in client.get(f"/imports/{number}").text
    assert b"03/05/2024" in client.get(f"/imports/{number}/rejected.csv").data
    assert client.get(f"/imports/{number}/rejected.xlsx").data.startswith(b"PK")
    assert client.post(f"/imports/{number}/accept").status_code == 409


def test_a_file_that_is_no_table_is_answered_at_the_field(
    cast: Cast, sign_in: Callable[[Person], FlaskClient]
) -> None:
    page = send(sign_in(cast.hana), "%PDF-1.7 nothing")
    assert page.status_code == 200 and "This is not a table" in page.text


def test_ana_finds_no_door_to_imports(
    cast: Cast, sign_in: Callable[[Person], FlaskClient], hana: Actor
) -> None:
    batch = preview(hana, "工号,姓名\nn1,王伟\n")
    client = sign_in(cast.ana)
    for path in (
        "/imports/",
        "/imports/new/people",
        f"/imports/{batch.id}",
        f"/imports/{batch.id}/rejected.csv",
    ):
        assert client.get(path).status_code == 403
    for act in ("accept", "undo", "preview"):
        assert client.post(f"/imports/{batch.id}/{act}").status_code == 403
    assert person("n1") is None


def test_the_template_file_is_understood_when_it_comes_back(
    cast: Cast, sign_in: Callable[[Person], FlaskClient], hana: Actor
) -> None:
    data = sign_in(cast.hana).get("/imports/template/people.xlsx").data
    with transaction():
        batch = services.upload(hana, "people", io.BytesIO(data), "people.xlsx", now=NOW)
    assert len(batch.mapping) == 10


# Command line ------------------------------------------------------------------------------------


def run(app: Flask, *arguments: str) -> Any:
    return app.test_cli_runner().invoke(args=["people", "import", *arguments])


def test_the_command_line_imports_and_says_so_in_json(app: Flask, cast: Cast, tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_bytes(
        (HEADER + "n1,王伟,w@example.com,east,经理,2024-03-05\nana,Anna,,,,\n").encode("gb18030")
    )
    dry = run(app, str(path), "--dry-run", "--json")
    assert dry.exit_code == 0 and person("n1") is None
    assert json.loads(dry.stdout)["counts"] == {"new": 1, "changed": 1, "unchanged": 0, "rejected": 0}
    assert json.loads(dry.stdout)["changed_rows"] == [
        {"row": 3, "key": "ana", "fields": {"name": {"old": "Ana", "new": "Anna"}}}
    ]
    done = run(app, str(path), "--json")
    assert done.exit_code == 0 and json.loads(done.stdout)["accepted"] is True
    assert person("n1") is not None
    again = json.loads(run(app, str(path), "--json").stdout)
    assert (again["accepted"], again["counts"]["unchanged"]) == (False, 2)


def test_the_command_line_ends_with_2_and_a_line_per_problem(app: Flask, cast: Cast, tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_text("工号,姓名,入职日期\nn1,王伟,2024-03-05\nn2,李娜,soon\n", encoding="utf-8")
    done = run(app, str(path), "--json")
    assert done.exit_code == 2 and person("n1") is None
    assert json.loads(done.stdout)["rejected_rows"] == [
        {
            "row": 3,
            "column": "入职日期",
            "value": "soon",
            "code": "date_unreadable",
            "reason": "is not a date; write it as 2024-03-05",
        }
    ]
    assert "row 3, 入职日期: 'soon' is not a date" in done.stderr
    assert run(app, str(path), "--skip-rejected").exit_code == 0
    assert person("n1") is not None


@pytest.mark.parametrize(
    ("data", "word"), [(b"", "empty"), (b"\x00\x01\x02", "not a table"), (b"x\n1\n", "columns")]
)
def test_the_command_line_refuses_a_bad_file_in_one_line(
    app: Flask, cast: Cast, tmp_path: Path, data: bytes, word: str
) -> None:
    path = tmp_path / "people.csv"
    path.write_bytes(data)
    done = run(app, str(path), "--json")
    assert done.exit_code == 2 and word in done.stderr and done.stderr.count("\n") == 1 and not done.stdout
    assert run(app, str(tmp_path / "nowhere.csv")).exit_code == 2
