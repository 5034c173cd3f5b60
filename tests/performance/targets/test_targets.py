"""Cleo hands down what Hana gave her team; Ana sees her own target, Dov is a stranger, Tess sees none."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import date

import pytest
from flask.testing import FlaskClient

from lms.authz import SYSTEM, Actor
from lms.db import db, transaction
from lms.errors import Forbidden, Refused, Unknown
from lms.imports import services as imports
from lms.imports import undoing
from lms.imports.models import ImportBatch
from lms.people.models import Person
from lms.people.scope import load_actor
from performance.kpis.models import Kpi
from performance.targets import pages, queries, seniority, services
from performance.targets.models import Target
from performance.targets.periods import Span
from performance.targets.services import Goal, Subject
from tests.people import Cast, make_team
from tests.performance.kpis.conftest import NOW, take_in
from tests.performance.kpis.conftest import kpis as kpis  # noqa: PLC0414 -- the fixture
from tests.performance.kpis.test_pages import counted

SignIn = Callable[[Person], FlaskClient]
YEAR = Span("year", date(2026, 1, 1))
OCTOBER = Span("month", date(2026, 10, 1))
AT = "by=year&period=2026-01-01"


def team(who: Cast, name: str = "east") -> Subject:
    return Subject(getattr(who, name).id, None)


def member(person: Person) -> Subject:
    return Subject(None, person.id)


def set_(actor: Actor, kpi: Kpi, subject: Subject, value: float, *, span: Span = YEAR, publish: bool = True, reason: str = "") -> int:
    with transaction():
        return services.set_targets(actor, kpi.id, span, [Goal(subject, value)], publish=publish, reason=reason, now=NOW)


@pytest.fixture
def sales(cast: Cast, kpis: dict[str, Kpi]) -> Kpi:  # noqa: F811
    """East shall reach 1,000,000; its sales of two years are on record, up to October."""
    sales = kpis["sales_amount"]
    lines = [
        f"{who},sales_amount,{year}-{month:02d},{value}"
        for who, value in (("ana", 40000), ("ben", 30000), ("dov", 99000))
        for year in (2024, 2025, 2026)
        for month in range(1, 13)
        if (year, month) <= (2026, 10)
    ]
    take_in(SYSTEM, "number,kpi,period,value\n" + "\n".join(lines))
    set_(load_actor(cast.hana), sales, team(cast), 1_000_000)
    return sales


# Who ---------------------------------------------------------------------------------------------


def test_cleo_hands_down_but_cannot_change_what_is_given_to_her(cast: Cast, sales: Kpi) -> None:
    cleo = load_actor(cast.cleo)
    assert set_(cleo, sales, member(cast.ana), 600_000) == 1
    with pytest.raises(Forbidden, match="target_from_above"):
        set_(cleo, sales, team(cast), 1)
    with pytest.raises(Forbidden, match="target_from_above"):
        set_(cleo, sales, member(cast.cleo), 1)
    for stranger in (member(cast.dov), team(cast, "west"), team(cast, "company")):
        with pytest.raises(Unknown):
            set_(cleo, sales, stranger, 1)


@pytest.mark.parametrize("name", ["ana", "tess", "ada"])
def test_reps_trainers_and_admins_set_none(cast: Cast, sales: Kpi, name: str) -> None:
    with pytest.raises(Forbidden):
        set_(load_actor(getattr(cast, name)), sales, member(cast.ben), 1)


def test_ana_sees_her_published_target_and_nobody_elses(cast: Cast, sales: Kpi, sign_in: SignIn) -> None:
    hana = load_actor(cast.hana)
    set_(hana, sales, member(cast.ana), 480_000)
    set_(hana, sales, member(cast.ben), 333_000)
    set_(hana, sales, member(cast.ana), 777_000, span=OCTOBER, publish=False)
    ana = sign_in(cast.ana)
    page = ana.get("/my/targets/").text
    assert "¥480,000" in page
    assert "83%" in page, "400,000 of 480,000"
    assert "333,000" not in page
    assert "777,000" not in page, "a draft is nobody's target yet"
    show = ana.get(f"/my/targets/{sales.id}/year/2026-01-01").text
    assert "¥480,000" in show
    for address in ("/targets/", f"/targets/member/{cast.ben.id}?kpi={sales.id}&{AT}", f"/targets/team/{cast.east.id}?kpi={sales.id}&{AT}"):
        assert ana.get(address).status_code in {403, 404}


def test_cleo_sees_no_draft_that_is_made_for_her_team_and_nothing_of_dov(cast: Cast, sales: Kpi, sign_in: SignIn) -> None:
    hana = load_actor(cast.hana)
    set_(hana, sales, team(cast), 1_234_000, publish=False)
    set_(hana, sales, member(cast.dov), 555_000)
    cleo = sign_in(cast.cleo)
    page = cleo.get(f"/targets/?kpi={sales.id}&{AT}").text
    assert "¥1,000,000" in page
    assert "1,234,000" not in page
    assert "1,234,000" not in cleo.get(f"/targets/team/{cast.east.id}?kpi={sales.id}&{AT}").text
    assert "Dov" not in page
    for address in (f"/targets/member/{cast.dov.id}", f"/targets/team/{cast.west.id}", f"/targets/team/{cast.west.id}/hand-down"):
        assert cleo.get(f"{address}?kpi={sales.id}&{AT}").status_code == 404
    assert "555" not in cleo.get(f"/targets/export.csv?kpi={sales.id}&{AT}").text
    assert sign_in(cast.tess).get("/targets/").status_code in {403, 404}


# History -----------------------------------------------------------------------------------------


def test_a_change_keeps_what_was_and_says_who_and_why(cast: Cast, sales: Kpi) -> None:
    hana = load_actor(cast.hana)
    with pytest.raises(Refused, match="target_reason_missing"):
        set_(hana, sales, team(cast), 900_000)
    assert set_(hana, sales, team(cast), 1_000_000) == 0, "nothing changes"
    set_(hana, sales, team(cast), 900_000, reason="Suzhou moved to West")
    with transaction():
        services.withdraw(hana, sales.id, YEAR, team(cast), reason="Reorganised", now=NOW)
    said = [(r.revision, r.status, r.value, r.reason, r.by) for r in queries.revisions(hana, sales.id, YEAR, team(cast))]
    assert said == [
        (3, "withdrawn", 900_000, "Reorganised", "Hana"),
        (2, "published", 900_000, "Suzhou moved to West", "Hana"),
        (1, "published", 1_000_000, "", "Hana"),
    ]
    assert queries.standing(hana, sales.id, YEAR, [cast.east.id]) == {}


def test_drafts_are_published_together(cast: Cast, sales: Kpi) -> None:
    cleo = load_actor(cast.cleo)
    for person in (cast.ana, cast.ben):
        set_(cleo, sales, member(person), 500_000, publish=False)
    with transaction():
        assert services.publish(cleo, sales.id, YEAR, [member(cast.ana), member(cast.ben)], reason="", now=NOW) == 2
    standing = queries.standing(cleo, sales.id, YEAR, [], members_of=cast.east.id)
    assert {frozenset(rows) for rows in standing.values()} == {frozenset({"published"})}
    with pytest.raises(Refused, match="target_nothing_to_publish"), transaction():
        services.publish(cleo, sales.id, YEAR, [member(cast.ana)], reason="", now=NOW)


def test_drafts_published_together_keep_each_its_own_reason(cast: Cast, sales: Kpi) -> None:
    cleo = load_actor(cast.cleo)
    for person in (cast.ana, cast.ben):
        set_(cleo, sales, member(person), 400_000)
    set_(cleo, sales, member(cast.ana), 500_000, publish=False, reason="New district")
    set_(cleo, sales, member(cast.ben), 300_000, publish=False)
    both = [member(cast.ana), member(cast.ben)]
    with pytest.raises(Refused, match="target_reason_missing"), transaction():
        services.publish(cleo, sales.id, YEAR, both, reason="", now=NOW)
    set_(cleo, sales, member(cast.ben), 300_000, publish=False, reason="Half of the year on leave")
    set_(cleo, sales, member(cast.ben), 310_000, publish=False, reason="On leave until June")
    with transaction():
        services.publish(cleo, sales.id, YEAR, both, reason="", now=NOW)
    standing = queries.standing(cleo, sales.id, YEAR, [], members_of=cast.east.id)
    assert {subject.person_id: rows["published"].reason for subject, rows in standing.items()} == {
        cast.ana.id: "New district", cast.ben.id: "On leave until June",
    }  # fmt: skip


def test_what_a_kpi_cannot_reach_is_refused(cast: Cast, sales: Kpi, kpis: dict[str, Kpi]) -> None:  # noqa: F811
    hana = load_actor(cast.hana)
    with pytest.raises(Refused, match="target_value_range"):
        set_(hana, kpis["collection_rate"], team(cast), 90)
    with pytest.raises(Refused, match="target_value_range"):
        set_(hana, sales, member(cast.ana), -1)
    with transaction():
        sales.period = "quarter"
    with pytest.raises(Refused, match="target_span_too_short"):
        set_(hana, sales, team(cast), 5, span=OCTOBER)


def test_only_hr_of_the_company_states_the_seniority_table(cast: Cast, sales: Kpi) -> None:
    bands = [seniority.Band(0, 0.5), seniority.Band(12, 1.0)]
    with pytest.raises(Forbidden, match="seniority_company_only"), transaction():
        services.state_seniority(load_actor(cast.cleo), bands, reason="mine", now=NOW)
    with transaction():
        services.state_seniority(load_actor(cast.hana), bands, reason="Board of March", now=NOW)
    assert queries.seniority_table()[0] == bands


# Pages -------------------------------------------------------------------------------------------


def test_cleo_hands_a_target_down_by_results_and_nothing_is_unassigned(cast: Cast, sales: Kpi, sign_in: SignIn) -> None:
    cleo = sign_in(cast.cleo)
    address = f"/targets/team/{cast.east.id}/hand-down?kpi={sales.id}&{AT}&method=results"
    page = cleo.get(address).text
    assert 'value="571400"' in page, "40 of 70 parts of 1,000,000"
    typed = {f"p{cast.ana.id}": "571400", f"p{cast.ben.id}": "40万", "act": "publish"}
    assert cleo.post(address, data=typed).status_code == 302
    board = cleo.get(f"/targets/?kpi={sales.id}&{AT}").text
    assert "¥28,600 is unassigned" in board
    found = {row.person_id: (row.value, row.method) for row in db.session.query(Target).filter(Target.person_id.is_not(None))}
    assert found == {cast.ana.id: (571_400, "results"), cast.ben.id: (400_000, "hand")}
    bad = cleo.post(address, data=typed | {f"p{cast.ben.id}": "much"})
    assert bad.status_code == 200
    assert "“much” is not a number" in bad.text
    foreign = cleo.post(address, data={f"p{cast.dov.id}": "5", "act": "publish"})
    assert foreign.status_code == 302
    assert cast.dov.id not in {row.person_id for row in db.session.query(Target)}, "who is not on the desk gets nothing"


def test_cleo_is_asked_why_drafts_replace_what_is_published_and_sees_both_figures(cast: Cast, sales: Kpi, sign_in: SignIn) -> None:
    actor, cleo = load_actor(cast.cleo), sign_in(cast.cleo)
    set_(actor, sales, member(cast.ana), 500_000, publish=False)
    address, board = f"kpi={sales.id}&{AT}", f"/targets/?kpi={sales.id}&{AT}"
    assert "1 draft below" in cleo.get(board).text and 'name="reason"' not in cleo.get(board).text
    cleo.post(f"/targets/team/{cast.east.id}/publish?{address}")
    set_(actor, sales, member(cast.ana), 650_000, publish=False)
    page = cleo.get(board).text
    assert "1 of them replaces a published target." in page
    assert 'name="reason" maxlength="500" required' in page
    assert "¥500,000" in page and "draft: ¥650,000" in page
    assert cleo.post(f"/targets/team/{cast.east.id}/publish?{address}", data={"reason": "Two districts"}).status_code == 302
    (found,) = queries.standing(actor, sales.id, YEAR, [], members_of=cast.east.id).values()
    assert (found["published"].value, found["published"].reason) == (650_000, "Two districts")
    assert "draft" not in found


def test_the_page_says_who_is_behind_and_the_export_has_the_same_numbers(cast: Cast, sales: Kpi, sign_in: SignIn) -> None:
    hana = load_actor(cast.hana)
    set_(hana, sales, member(cast.ana), 480_000)
    set_(hana, sales, member(cast.ben), 600_000)
    board = pages.board(load_actor(cast.cleo), sales, YEAR, None, NOW.date())
    assert board is not None
    assert [row.name for row in board.behind] == ["Ben"]
    assert {row.name: row.progress.state for row in board.rows} == {"Ana": "ahead", "Ben": "behind"}
    assert [row.name for row in pages.board(hana, sales, YEAR, cast.company.id, NOW.date()).behind] == ["Ben"]  # type: ignore[union-attr]
    answer = sign_in(cast.cleo).get(f"/targets/export.csv?kpi={sales.id}&{AT}")
    rows = {row["Name"]: row for row in csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig")))}
    assert (rows["Ben"]["Target"], rows["Ben"]["To date"], rows["Ben"]["Attainment"]) == ("600000.0", "300000.0", "0.5")
    assert rows["East"]["Team code"] == "east"


def test_a_target_is_set_on_its_page_in_chinese_too(cast: Cast, sales: Kpi, sign_in: SignIn) -> None:
    with transaction():
        cast.hana.locale = "zh_Hans"
    hana = sign_in(cast.hana)
    address = f"/targets/team/{cast.west.id}?kpi={sales.id}&{AT}"
    assert hana.post(address, data={"value": "120万", "reason": "年度计划", "act": "publish"}).status_code == 302
    page = hana.get(address).text
    assert "年度计划" in page
    assert "可达成" in page
    assert "请填写数字" in hana.post(address, data={"value": "许多", "act": "draft"}).text


def test_today_shows_ana_and_cleo_their_kpis_against_the_targets(cast: Cast, sales: Kpi, sign_in: SignIn) -> None:
    hana = load_actor(cast.hana)
    set_(hana, sales, member(cast.ana), 50_000, span=OCTOBER)
    set_(hana, sales, team(cast), 60_000, span=OCTOBER)
    ana = sign_in(cast.ana).get("/").text
    assert "Target ¥50,000 · ¥10,000 short" in ana
    assert 'class="target"' in ana
    assert "Target ¥60,000 · reached" in sign_in(cast.cleo).get("/").text
    assert "Target ¥50,000" in sign_in(cast.ana).get("/my/kpis/").text


def test_hana_chooses_among_all_teams_where_a_company_has_no_single_top(cast: Cast, sales: Kpi, sign_in: SignIn) -> None:
    with transaction():
        make_team("abroad", "Abroad")
    client = sign_in(cast.hana)
    assert "Targets · Abroad" in client.get(f"/targets/?kpi={sales.id}&{AT}").text, "the first by name"
    page = client.get(f"/targets/?kpi={sales.id}&{AT}&team={cast.company.id}").text
    assert f'<option value="{cast.company.id}" selected>Company</option>' in page
    assert f'<option value="{cast.east.id}">' in page


def test_no_page_asks_more_than_twelve_times(cast: Cast, sales: Kpi, sign_in: SignIn) -> None:
    set_(load_actor(cast.hana), sales, member(cast.ana), 480_000)
    at = f"kpi={sales.id}&{AT}"
    asked = {
        cast.hana: (f"/targets/?{at}&team={cast.company.id}", f"/targets/team/{cast.east.id}?{at}", "/targets/seniority"),
        cast.cleo: (f"/targets/?{at}", f"/targets/team/{cast.east.id}/hand-down?{at}", f"/targets/export.xlsx?{at}"),
        cast.ana: ("/my/targets/", f"/my/targets/{sales.id}/year/2026-01-01"),
    }
    for who, addresses in asked.items():
        client = sign_in(who)
        for address in addresses:
            with counted() as sent:
                assert client.get(address).status_code == 200, address
            assert len(sent) <= 12, (address, len(sent), sent)


# Import ------------------------------------------------------------------------------------------


def brought(actor: Actor, content: str, *, publish: bool = True) -> ImportBatch:
    with transaction():
        batch = imports.upload(actor, "targets", io.BytesIO(content.encode()), "targets.csv", now=NOW)
        batch.options = {"publish": publish}
    survey = imports.look_through(actor, batch.id, lambda done, total: None)
    with transaction():
        return imports.keep_preview(actor, batch.id, survey, now=NOW)


def test_targets_come_from_a_file_whole_or_not_at_all_and_go_again(cast: Cast, sales: Kpi) -> None:
    cleo = load_actor(cast.cleo)
    set_(cleo, sales, member(cast.ana), 500_000)
    batch = brought(cleo, "Person number,KPI,Period,Target\nana,sales_amount,2026,52万\nben,sales_amount,2026,480000\n")
    assert (batch.new, batch.changed, batch.rejected) == (1, 1, 0)
    with transaction():
        imports.accept(cleo, batch.id, leave_out_rejected=False, now=NOW)
    standing = queries.standing(cleo, sales.id, YEAR, [], members_of=cast.east.id)
    assert {subject.person_id: rows["published"].value for subject, rows in standing.items()} == {cast.ana.id: 520_000, cast.ben.id: 480_000}
    with transaction():
        undoing.undo(cleo, batch.id, now=NOW)
    standing = queries.standing(cleo, sales.id, YEAR, [], members_of=cast.east.id)
    assert {subject.person_id: rows["published"].value for subject, rows in standing.items()} == {cast.ana.id: 500_000}
    assert len(queries.revisions(cleo, sales.id, YEAR, member(cast.ana))) == 3


def test_a_file_cannot_reach_beyond_cleos_people_nor_above_her(cast: Cast, sales: Kpi) -> None:
    cleo = load_actor(cast.cleo)
    content = (
        "team,number,kpi,period,target\n,dov,sales_amount,2026,5\neast,,sales_amount,2026,5\neast,ana,sales_amount,2026,5\n"
        ",ana,nothing,2026,5\n,ana,sales_amount,2026-W05,5\n,ana,collection_rate,2026,90\n,ana,sales_amount,2026,500000\n"
    )
    batch = brought(cleo, content)
    assert (batch.new, batch.rejected) == (1, 6)
    with pytest.raises(Refused), transaction():
        imports.accept(cleo, batch.id, leave_out_rejected=False, now=NOW)
    assert queries.standing(cleo, sales.id, YEAR, [], members_of=cast.east.id) == {}
