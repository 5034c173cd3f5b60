"""Ana follows her own KPIs, Cleo those of her people, Hana all of them; a number opens to where it comes from."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import event

from lms.authz import SYSTEM, Actor
from lms.db import db, transaction
from lms.errors import Forbidden, Refused, Unknown
from lms.people.models import Person, RoleGrant
from lms.people.scope import load_actor
from lms.tables import open_table
from performance.kpis import goals, measures, pages, panels, queries, seeds, series, services
from performance.kpis.models import Kpi, KpiRecord
from tests.people import Cast, make_person
from tests.performance.kpis.conftest import NOW, preview, take_in

SignIn = Callable[[Person], FlaskClient]
TEXT = (
    "number,kpi,period,value,numerator,denominator\n"
    "ana,sales_amount,2026-09,100000,,\nana,sales_amount,2026-10,123456,,\n"
    "ben,sales_amount,2026-10,50000,,\ndov,sales_amount,2026-10,999999,,\n"
    "ana,collection_rate,2026-10,,10,10\nben,collection_rate,2026-10,,50,100\n"
)
OCTOBER = date(2026, 10, 1)


@pytest.fixture
def figures(cast: Cast, kpis: dict[str, Kpi]) -> dict[str, Kpi]:
    take_in(SYSTEM, TEXT)
    return kpis


@pytest.fixture
def cleo(cast: Cast) -> Actor:
    return load_actor(cast.cleo)


@contextmanager
def counted() -> Iterator[list[str]]:
    """The statements sent to the database meanwhile."""
    sent: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        if not re.match(r"SAVEPOINT|RELEASE|ROLLBACK|BEGIN", statement):
            sent.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(db.engine, "before_cursor_execute", note)


# Scope -------------------------------------------------------------------------------------------


def test_ana_sees_her_own_figures_and_nobody_elses(cast: Cast, figures: dict[str, Kpi], sign_in: SignIn) -> None:
    client, sales = sign_in(cast.ana), figures["sales_amount"]
    page = client.get("/my/kpis/").text
    assert "¥123,456" in page
    assert "50,000" not in page
    assert "999,999" not in page
    assert client.get(f"/my/kpis/{sales.id}").status_code == 200
    assert client.get(f"/kpis/{sales.id}/people/{cast.ben.id}").status_code in {403, 404}
    with pytest.raises((Unknown, Forbidden)):
        series.entries(load_actor(cast.ana), sales.id, cast.ben.id)
    with pytest.raises((Unknown, Forbidden)):
        series.revisions(load_actor(cast.ana), sales.id, cast.ben.id, OCTOBER)


def test_cleo_sees_ana_and_ben_and_not_dov(cast: Cast, figures: dict[str, Kpi], sign_in: SignIn, cleo: Actor) -> None:
    client, sales = sign_in(cast.cleo), figures["sales_amount"]
    page = client.get(f"/kpis/{sales.id}?period=2026-10-01").text
    assert "Ana" in page
    assert "Ben" in page
    assert "Dov" not in page
    for address in (f"/kpis/{sales.id}/people/{cast.dov.id}", f"/kpis/{sales.id}/people/{cast.dov.id}/2026-10-01"):
        assert client.get(address).status_code == 404
    assert client.get(f"/kpis/{sales.id}?team={cast.west.id}").status_code == 404
    assert "Dov" not in client.get(f"/kpis/{sales.id}/export.csv?period=2026-10-01").text
    assert series.totals(cleo, [sales.id], OCTOBER)[sales.id][OCTOBER].value == 173456


def test_tess_who_trains_sees_no_kpi_of_anybody(cast: Cast, figures: dict[str, Kpi], sign_in: SignIn) -> None:
    client = sign_in(cast.tess)
    for address in ("/kpis/", "/my/kpis/", f"/kpis/{figures['sales_amount'].id}", "/kpis/definitions/"):
        assert client.get(address).status_code in {403, 404}


def test_a_period_or_kpi_that_is_not_there_is_no_page(cast: Cast, figures: dict[str, Kpi], sign_in: SignIn) -> None:
    client, sales = sign_in(cast.hana), figures["sales_amount"]
    for address in (
        "/kpis/9999",
        f"/kpis/{sales.id}/people/{cast.ana.id}/october",
        f"/kpis/{sales.id}/people/{cast.ana.id}/2020-01-01",
        f"/kpis/{sales.id}/people/9999",
    ):
        assert client.get(address).status_code == 404
    assert client.get(f"/kpis/{sales.id}?period=nonsense&page=-3&sort=nothing").status_code == 200
    for address in ("/kpis/?period=9999-12-01", f"/kpis/{sales.id}?period=9999-12-31", f"/kpis/{sales.id}?period=0001-01-01"):
        assert client.get(address).status_code == 200


# What is shown -----------------------------------------------------------------------------------


def test_a_teams_rate_is_sums_over_sums_and_what_is_missing_is_a_dash(
    cast: Cast, figures: dict[str, Kpi], sign_in: SignIn, cleo: Actor
) -> None:
    rate = figures["collection_rate"]
    everybody, *_teams = series.teams(cleo, [rate.id], OCTOBER, NOW.date())
    assert measures.figure_of("rate", "share", everybody.sums[rate.id]) == pytest.approx(60 / 110)
    page = sign_in(cast.cleo).get("/kpis/").text
    assert "55%" in page
    assert "75%" not in page, "the mean of 100 % and 50 %"
    assert "–" in page


def test_a_team_counts_everybody_below_it(cast: Cast, figures: dict[str, Kpi]) -> None:
    sales = figures["sales_amount"]
    rows = {row.team and row.team.code: row for row in series.teams(load_actor(cast.hana), [sales.id], OCTOBER, NOW.date())}
    assert rows["company"].sums[sales.id].value == rows[None].sums[sales.id].value == 123456 + 50000 + 999999
    assert rows["west"].sums[sales.id].n == 1


def test_a_rep_without_a_record_is_listed_with_a_dash_and_last(cast: Cast, figures: dict[str, Kpi], cleo: Actor) -> None:
    with transaction():
        make_rep_of(make_person("Aaron", cast.east, number="aaron"))
    sales = figures["sales_amount"]
    for sort in ("value", "-value"):
        rows = series.reps(cleo, sales, series.Wanted(OCTOBER, sort=sort), 1).rows
        assert (rows[-1].name, rows[-1].value) == ("Aaron", None)
    by_change = series.reps(cleo, sales, series.Wanted(OCTOBER, sort="-change"), 1).rows
    assert [row.name for row in by_change] == ["Ana", "Ben", "Aaron"]


def make_rep_of(person: Person) -> None:
    db.session.add(RoleGrant(person_id=person.id, role="rep", scope="company", granted_at=NOW))


def test_a_figure_opens_to_every_revision_with_who_when_and_which_import(
    cast: Cast, figures: dict[str, Kpi], sign_in: SignIn
) -> None:
    batch = take_in(load_actor(cast.hana), "number,kpi,period,value\nana,sales_amount,2026-10,130000\n")
    sales = figures["sales_amount"]
    page = sign_in(cast.hana).get(f"/kpis/{sales.id}/people/{cast.ana.id}/2026-10-01").text
    for text in ("¥130,000", "¥123,456", "Hana", "kpi.csv", "superseded", f"/imports/{batch.id}"):
        assert text in page
    hers = sign_in(cast.ana).get(f"/my/kpis/{sales.id}/2026-10-01").text
    assert "¥123,456" in hers
    assert "/imports/" not in hers


def test_the_export_holds_the_same_rows_with_numbers_as_numbers(
    cast: Cast, figures: dict[str, Kpi], sign_in: SignIn
) -> None:
    client, rate = sign_in(cast.cleo), figures["collection_rate"]
    answer = client.get(f"/kpis/{rate.id}/export.csv?period=2026-10-01&sort=-value")
    rows = list(csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig"))))
    assert [(row["Name"], row["Oct 2026"], row["Collected"], row["Sep 2026"]) for row in rows] == [
        ("Ana", "1.0", "10.0", ""),
        ("Ben", "0.5", "50.0", ""),
    ]
    book = client.get(f"/kpis/{rate.id}/export.xlsx?period=2026-10-01&sort=-value").data
    with open_table(io.BytesIO(book)) as table:
        assert [cells[4] for _number, cells in table.rows()] == [1.0, 0.5]


def test_every_page_speaks_chinese(cast: Cast, figures: dict[str, Kpi], sign_in: SignIn) -> None:
    with transaction():
        cast.hana.locale = cast.ana.locale = "zh_Hans"
    client = sign_in(cast.hana)
    assert "2026年10月" in client.get("/kpis/").text
    assert "销售额" in client.get(f"/kpis/{figures['sales_amount'].id}").text
    assert "我的业绩" in sign_in(cast.ana).get("/my/kpis/").text


# Queries -----------------------------------------------------------------------------------------


def test_no_page_asks_more_than_twelve_times_however_many_people(
    cast: Cast, figures: dict[str, Kpi], sign_in: SignIn
) -> None:
    sales = figures["sales_amount"]
    pages = {
        cast.ana: ("/my/kpis/", f"/my/kpis/{sales.id}", f"/my/kpis/{sales.id}/2026-10-01"),
        cast.cleo: ("/kpis/", f"/kpis/{sales.id}", f"/kpis/{sales.id}/people/{cast.ana.id}"),
        cast.hana: ("/kpis/", f"/kpis/{sales.id}", f"/kpis/{sales.id}/export.xlsx", "/kpis/definitions/"),
    }
    before = {(who.name, address): ask(sign_in(who), address) for who, some in pages.items() for address in some}
    with transaction():
        for number in range(40):
            make_rep_of(make_person(f"Rep {number}", cast.east, number=f"r{number}"))
    take_in(SYSTEM, "number,kpi,period,value\n" + "".join(f"r{n},sales_amount,2026-10,{n}\n" for n in range(40)))
    after = {(who.name, address): ask(sign_in(who), address) for who, some in pages.items() for address in some}
    assert after == before
    assert max(after.values()) <= 12, after


def ask(client: FlaskClient, address: str) -> int:
    with counted() as sent:
        assert client.get(address).status_code == 200
    return len(sent)


# Today -------------------------------------------------------------------------------------------


def test_today_shows_ana_four_tiles_cleo_her_teams_sums_and_hana_what_waits(
    cast: Cast, figures: dict[str, Kpi], cleo: Actor
) -> None:
    hana = load_actor(cast.hana)
    own = panels.own_panel(load_actor(cast.ana), NOW)
    assert own is not None
    assert [(tile.kpi.code, tile.value) for tile in own["tiles"]] == [("sales_amount", 123456), ("collection_rate", 1.0)]
    team = panels.team_panel(cleo, NOW)
    assert team is not None
    assert [(tile.kpi.code, round(tile.value, 3), tile.n) for tile in team["tiles"]] == [
        ("sales_amount", 173456, 2),
        ("collection_rate", 0.545, 2),
    ]
    assert panels.imports_panel(hana, NOW) is None
    waiting = preview(hana, "number,kpi,period,value\nana,sales_amount,2026-10,1\n")
    panel = panels.imports_panel(hana, NOW)
    assert panel is not None
    assert [row[0] for row in panel["waiting"]] == [waiting.id]


def test_a_tile_of_the_day_draws_the_last_year_of_many_and_a_yearly_target_is_held_against_all_of_its_year(
    cast: Cast, figures: dict[str, Kpi]
) -> None:
    months = [f"2025-{month:02}" for month in range(1, 13)] + [f"2026-{month:02}" for month in range(1, 10)]
    take_in(SYSTEM, "number,kpi,period,value\n" + "".join(f"ana,sales_amount,{month},{at}000\n" for at, month in enumerate(months, 1)))
    take_in(SYSTEM, "number,kpi,period,value\nana,sales_amount,2026-03,7000\n")  # a second revision of one in the middle
    ana = load_actor(cast.ana)
    first = pages.first_own_tiles(ana, NOW.date(), 4)[0]
    (whole, *_rest) = pages.own_tiles(ana, [figures["sales_amount"]], NOW.date())
    assert list(first.values) == list(whole.values)
    assert len(first.values) == 13
    assert (first.values[5], first.value) == (7000, 123456)
    assert (len(first.entries), len(whole.entries)) == (13, 22)
    year = goals.Goal(first.kpi.id, "year", date(2026, 1, 1), 1_000_000)
    told, of_all = (goals.beside(tile.kpi, tile.entries, [year]) for tile in (first, whole))
    assert told == of_all
    assert told is not None
    assert told.value == sum(range(13, 22)) * 1000 - 15_000 + 7000 + 123456


def test_a_weekly_figure_of_a_whole_year_is_on_the_tile_of_the_day(cast: Cast, kpis: dict[str, Kpi]) -> None:
    assert kpis["sales_amount"].period == "month"
    with transaction():
        calls = Kpi(code="calls", name={"en": "Calls"}, description={}, kind="count", unit="calls", direction="higher", period="week", created_at=NOW)
        db.session.add(calls)
        db.session.flush()
        for week in range(60):
            monday = date(2026, 11, 2) - timedelta(weeks=week)
            db.session.add(KpiRecord(kpi_id=calls.id, person_id=cast.ana.id, period_start=monday, value=1.0, recorded_at=NOW))
    (tile,) = pages.first_own_tiles(load_actor(cast.ana), NOW.date(), 4)
    assert (tile.kpi.code, len(tile.entries), len(tile.values), tile.start) == ("calls", 53, 26, date(2026, 11, 2))
    held = goals.beside(tile.kpi, tile.entries, [goals.Goal(calls.id, "year", date(2026, 1, 1), 50)])
    assert held is not None
    assert held.value == 44  # Mondays of 2026 up to 2 November


def test_what_was_not_measured_for_long_is_no_tile_of_the_day(cast: Cast, kpis: dict[str, Kpi]) -> None:
    take_in(SYSTEM, "number,kpi,period,value\nana,sales_amount,2024-08,5\nana,customer_count,2024-09,5\n")
    assert [tile.kpi.code for tile in pages.first_own_tiles(load_actor(cast.ana), NOW.date(), 4)] == ["customer_count"]


def test_the_panels_render(cast: Cast, figures: dict[str, Kpi], sign_in: SignIn) -> None:
    preview(load_actor(cast.hana), "number,kpi,period,value\nana,sales_amount,2026-10,1\n")
    assert "¥123,456" in sign_in(cast.ana).get("/").text
    assert "¥173,456" in sign_in(cast.cleo).get("/").text
    assert "kpi.csv" in sign_in(cast.hana).get("/").text


# Definitions -------------------------------------------------------------------------------------

FORM = {
    "name_en": "Scrap rate", "name_hans": "废品率", "code": "scrap", "kind": "amount", "unit": "per 100 items",
    "direction": "lower", "period": "year", "digits": "2",
}  # fmt: skip


def test_hana_defines_changes_and_retires_a_kpi(cast: Cast, kpis: dict[str, Kpi], sign_in: SignIn) -> None:
    client = sign_in(cast.hana)
    assert client.post("/kpis/definitions/new", data=FORM).status_code == 302
    scrap = queries.by_code("scrap")
    assert scrap is not None
    assert (scrap.name, scrap.direction, scrap.period) == ({"en": "Scrap rate", "zh_Hans": "废品率"}, "lower", "year")
    assert client.post(f"/kpis/definitions/{scrap.id}", data=FORM | {"name_en": "Scrap"}).status_code == 302
    assert client.post(f"/kpis/definitions/{scrap.id}/retire").status_code == 302
    db.session.expire_all()
    assert (scrap.name["en"], scrap.retired_at is not None) == ("Scrap", True)


def test_a_code_that_is_taken_and_a_rate_in_yuan_are_refused_at_their_fields(
    cast: Cast, kpis: dict[str, Kpi], sign_in: SignIn
) -> None:
    client = sign_in(cast.hana)
    taken = client.post("/kpis/definitions/new", data=FORM | {"code": "sales_amount"})
    assert taken.status_code == 200
    assert "There is a KPI with this code already" in taken.text
    assert 'value="Scrap rate"' in taken.text, "what was typed is kept"
    assert "shown in percent" in client.post("/kpis/definitions/new", data=FORM | {"kind": "rate", "unit": "CNY"}).text
    for field, name in (("name_en", "sales  AMOUNT"), ("name_hans", "销 售 额"), ("name_hant", "sales_amount")):
        page = client.post("/kpis/definitions/new", data=FORM | {field: name}).text
        assert "The KPI sales_amount has this name or code already" in page
        assert f'aria-describedby="{field}-' in page or f'id="{field}-error"' in page
    sales = kpis["sales_amount"]
    form = {"name_en": sales.name["en"], "name_hans": "销售额", "code": sales.code, "kind": sales.kind, "unit": sales.unit}
    kept = client.post(f"/kpis/definitions/{sales.id}", data=FORM | form | {"direction": sales.direction, "period": sales.period})
    assert kept.status_code == 302, "its own name is its own"


def test_what_records_mean_cannot_be_changed_under_them(cast: Cast, figures: dict[str, Kpi]) -> None:
    sales = figures["sales_amount"]
    base = {"code": sales.code, "name": sales.name, "description": sales.description, "kind": sales.kind}
    rest = {"unit": "USD", "direction": sales.direction, "period": sales.period}
    with pytest.raises(Refused, match="kpi_has_records"), transaction():
        services.redefine(load_actor(cast.hana), sales.id, services.KpiDefinition(**base, **rest), now=NOW)


def test_cleo_defines_no_kpi(cast: Cast, kpis: dict[str, Kpi], sign_in: SignIn) -> None:
    assert sign_in(cast.cleo).post("/kpis/definitions/new", data=FORM).status_code in {403, 404}
    assert sign_in(cast.cleo).post("/kpis/definitions/seed").status_code in {403, 404}


def test_seeding_twice_adds_nothing_the_second_time(cast: Cast, kpis: dict[str, Kpi]) -> None:
    assert len(kpis) == len(seeds.SEEDS)
    with transaction():
        assert services.seed(load_actor(cast.hana), now=NOW) == []


def test_nothing_is_promised_on_pages_without_kpis(cast: Cast, sign_in: SignIn) -> None:
    assert "No KPIs are defined" in sign_in(cast.hana).get("/kpis/").text
    assert "No KPIs yet" in sign_in(cast.ana).get("/my/kpis/").text
