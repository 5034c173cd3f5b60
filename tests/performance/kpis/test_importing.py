"""Hana and Cleo bring in figures by file; corrections supersede, and a batch is taken back whole."""

from __future__ import annotations

import io
from datetime import date

import pytest
from sqlalchemy import event, select
from sqlalchemy.engine import Engine

from lms import tables
from lms.authz import SYSTEM, Actor
from lms.db import db, transaction
from lms.errors import Forbidden, Refused, Unknown
from lms.imports import queries as import_queries
from lms.imports import services as imports
from lms.imports import survey, undoing
from lms.imports.kinds import Affected, open_to
from lms.imports.models import ImportBatch
from lms.people.scope import load_actor
from performance.kpis import affected, queries, recording, services
from performance.kpis.models import Kpi, KpiRecord
from tests.people import Cast, make_person
from tests.performance.kpis.conftest import NOW, preview, take_in

LONG = "工号,指标,月份,数值,分子,分母\n"
ROWS = "ana,销售额,2026-08,18.6万,,\nana,回款率,2026-08,,80,100\nben,新客户数,2026-08,7,,\n"

TRADITIONAL = (
    "工號,指標,月份,數值,分子,分母\nana,銷售額,2026-08,18.6萬,,\nana,回款率,2026-08,,80,100\nben,新客戶數,2026-08,7,,\n"
)


@pytest.fixture
def hana(cast: Cast, kpis: dict[str, Kpi]) -> Actor:
    return load_actor(cast.hana)


@pytest.fixture
def cleo(cast: Cast, kpis: dict[str, Kpi]) -> Actor:
    return load_actor(cast.cleo)


def counts(batch: ImportBatch) -> tuple[int, int, int, int]:
    return batch.new, batch.changed, batch.unchanged, batch.rejected


def remarks(actor: Actor, batch: ImportBatch, outcome: str = "rejected") -> list[tuple[int, str, str, str]]:
    rows = import_queries.preview_rows(actor, batch.id, outcome, 1).rows
    return [(row.row, row.column, row.value, row.code) for row in rows]


def records(person_id: int, kpi: Kpi) -> list[tuple[int, float, bool]]:
    """(revision, value, whether current) of every record, the oldest first."""
    query = select(KpiRecord.revision, KpiRecord.value, KpiRecord.superseded_at)
    found = query.where(KpiRecord.person_id == person_id, KpiRecord.kpi_id == kpi.id).order_by(KpiRecord.revision)
    return [(revision, value, ended is None) for revision, value, ended in db.session.execute(found)]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "big5"])
def test_a_file_in_any_encoding_gives_the_same_records(cast: Cast, hana: Actor, kpis: dict[str, Kpi], encoding: str) -> None:
    text = TRADITIONAL if encoding == "big5" else LONG + ROWS
    batch = take_in(hana, text.encode(encoding))
    assert counts(batch) == (3, 0, 0, 0)
    assert records(cast.ana.id, kpis["sales_amount"]) == [(1, 186000.0, True)]
    (rate,) = queries.readings(kpis["collection_rate"].id)
    assert rate == (cast.ana.id, date(2026, 8, 1), 0.8, 80.0, 100.0)


def test_a_wide_sheet_with_a_column_for_each_month(cast: Cast, hana: Actor, kpis: dict[str, Kpi]) -> None:
    columns = [tables.Column(name, name) for name in ("工号", "指标", "2026年8月", "2026年9月")]
    rows = [{"工号": "ana", "指标": "销售额", "2026年8月": 100.5, "2026年9月": None}]
    book = b"".join(tables.export(rows, columns, "xlsx"))
    batch = preview(hana, book, "kpi.xlsx")
    with transaction():
        imports.accept(hana, batch.id, now=NOW)
    assert [(r.period_start, r.value) for r in queries.readings(kpis["sales_amount"].id)] == [(date(2026, 8, 1), 100.5)]


def test_a_wide_file_with_a_column_for_each_kpi(cast: Cast, hana: Actor, kpis: dict[str, Kpi]) -> None:
    batch = take_in(hana, "工号,月份,销售额（万元）,New customers,已回款,应收款\nana,2026-08,18.6,,80,100\nben,2026-08,,3,,\n")
    assert counts(batch) == (3, 0, 0, 0)
    assert records(cast.ana.id, kpis["sales_amount"]) == [(1, 186000.0, True)]
    assert records(cast.ana.id, kpis["new_customers"]) == []


def test_the_same_file_twice_changes_nothing(cast: Cast, hana: Actor) -> None:
    take_in(hana, LONG + ROWS)
    again = preview(hana, LONG + ROWS)
    assert counts(again) == (0, 0, 3, 0)
    with pytest.raises(Refused, match="import_nothing_new"), transaction():
        imports.accept(hana, again.id, now=NOW)


def test_a_correction_supersedes_and_the_old_figure_is_kept(cast: Cast, hana: Actor, kpis: dict[str, Kpi]) -> None:
    take_in(hana, LONG + ROWS)
    batch = preview(hana, LONG + "ana,销售额,2026-08,190000,,\n")
    assert counts(batch) == (0, 1, 0, 0)
    assert import_queries.preview_rows(hana, batch.id, "changed", 1).rows[0].fields == [["value", "186000", "190000"]]
    with transaction():
        imports.accept(hana, batch.id, now=NOW)
    assert records(cast.ana.id, kpis["sales_amount"]) == [(1, 186000.0, False), (2, 190000.0, True)]
    (latest,) = db.session.scalars(select(KpiRecord).where(KpiRecord.batch_id == batch.id))
    assert (latest.recorded_by_id, latest.recorded_at) == (cast.hana.id, NOW)


def test_a_mended_denominator_changes_the_rate(cast: Cast, hana: Actor, kpis: dict[str, Kpi]) -> None:
    take_in(hana, LONG + ROWS)
    batch = take_in(hana, LONG + "ana,回款率,2026-08,,80,160\n")
    assert counts(batch) == (0, 1, 0, 0)
    assert queries.readings(kpis["collection_rate"].id)[0][2:] == (0.5, 80.0, 160.0)


def undo(actor: Actor, batch: ImportBatch) -> None:
    with transaction():
        undoing.undo(actor, batch.id, now=NOW)


def test_undoing_a_correction_appends_the_earlier_figure(cast: Cast, hana: Actor, kpis: dict[str, Kpi]) -> None:
    first = take_in(hana, LONG + ROWS)
    second = take_in(hana, LONG + "ana,销售额,2026-08,190000,,\nben,销售额,2026-08,5,,\n")
    undo(hana, second)
    assert records(cast.ana.id, kpis["sales_amount"]) == [(1, 186000.0, False), (2, 190000.0, False), (3, 186000.0, True)]
    assert records(cast.ben.id, kpis["sales_amount"]) == [(1, 5.0, False)]
    undo(hana, first)
    assert [current for *_rest, current in records(cast.ana.id, kpis["sales_amount"])] == [False, False, False]
    assert queries.readings(kpis["collection_rate"].id) == []


def test_what_was_withdrawn_can_be_imported_again(cast: Cast, hana: Actor, kpis: dict[str, Kpi]) -> None:
    undo(hana, take_in(hana, LONG + ROWS))
    batch = take_in(hana, LONG + ROWS)
    assert counts(batch) == (3, 0, 0, 0)
    assert records(cast.ana.id, kpis["sales_amount"]) == [(1, 186000.0, False), (2, 186000.0, True)]
    undo(hana, batch)
    assert queries.readings(kpis["sales_amount"].id) == []


def test_undoing_is_refused_while_a_later_import_stands_on_it(cast: Cast, hana: Actor, kpis: dict[str, Kpi]) -> None:
    first = take_in(hana, LONG + ROWS)
    take_in(hana, LONG + "ana,销售额,2026-08,190000,,\n")
    with pytest.raises(Refused, match="import_touched_since"):
        undo(hana, first)
    assert records(cast.ana.id, kpis["sales_amount"])[-1] == (2, 190000.0, True)


def test_the_database_keeps_a_second_current_record_out(cast: Cast, hana: Actor, kpis: dict[str, Kpi]) -> None:
    take_in(hana, LONG + ROWS)
    twin = {"kpi_id": kpis["sales_amount"].id, "person_id": cast.ana.id, "period_start": date(2026, 8, 1)}
    db.session.add(KpiRecord(**twin, revision=2, value=1.0, recorded_at=NOW))
    with pytest.raises(Exception, match="(?i)unique"):
        db.session.flush()
    db.session.rollback()


# Who may -----------------------------------------------------------------------------------------


def test_cleo_brings_in_her_people_and_nobody_else(cast: Cast, cleo: Actor) -> None:
    batch = preview(cleo, LONG + "ana,销售额,2026-08,1,,\ndov,销售额,2026-08,1,,\nnobody,销售额,2026-08,1,,\n")
    assert counts(batch) == (1, 0, 0, 2)
    assert remarks(cleo, batch) == [
        (3, "工号", "dov", "kpi_person_unknown"),
        (4, "工号", "nobody", "kpi_person_unknown"),
    ]


def test_cleo_cannot_import_her_own_figures_nor_can_hana(cast: Cast, cleo: Actor, hana: Actor) -> None:
    assert remarks(cleo, preview(cleo, LONG + "cleo,销售额,2026-08,1,,\n")) == [(2, "工号", "cleo", "kpi_own_records")]
    assert remarks(hana, preview(hana, LONG + "hana,销售额,2026-08,1,,\n")) == [(2, "工号", "hana", "kpi_own_records")]


def test_cleo_sees_her_own_imports_and_not_those_of_hana(cast: Cast, cleo: Actor, hana: Actor) -> None:
    theirs, hers = take_in(hana, LONG + "dov,销售额,2026-08,1,,\n"), take_in(cleo, LONG + "ana,销售额,2026-08,1,,\n")
    assert [batch.id for batch in import_queries.batches(cleo, 1).rows] == [hers.id]
    assert {batch.id for batch in import_queries.batches(hana, 1).rows} == {theirs.id, hers.id}
    with pytest.raises(Unknown):
        import_queries.preview_rows(cleo, theirs.id, "new", 1)
    with pytest.raises(Unknown):
        undo(cleo, theirs)


def test_cleo_is_offered_figures_and_not_people(cast: Cast, cleo: Actor) -> None:
    assert [kind.key for kind in open_to(cleo)] == ["kpi", "targets"]


def test_ana_and_tess_import_nothing(cast: Cast, kpis: dict[str, Kpi]) -> None:
    for person in (cast.ana, cast.tess):
        with pytest.raises(Forbidden):
            imports.upload(load_actor(person), "kpi", io.BytesIO((LONG + ROWS).encode()), "a.csv", now=NOW)


# What is refused and what is remarked on ---------------------------------------------------------


def test_rejections_name_row_column_value_and_reason(cast: Cast, hana: Actor) -> None:
    text = LONG + "ana,利润,2026-08,1,,\nana,销售额,2026-Q3,1,,\nana,销售额,2027-01,1,,\nana,回款率,2026-08,,1,0\n"
    assert remarks(hana, preview(hana, text)) == [
        (2, "指标", "利润", "kpi_unknown"),
        (3, "月份", "2026-Q3", "kpi_period_not_month"),
        (4, "月份", "2027-01", "kpi_period_future"),
        (5, "分母", "0", "kpi_denominator_not_positive"),
    ]


def test_a_record_twice_in_a_file_is_refused(cast: Cast, hana: Actor) -> None:
    batch = preview(hana, LONG + "ana,销售额,2026-08,1,,\nana,Sales amount,202608,2,,\n")
    assert counts(batch) == (1, 0, 0, 1)
    assert remarks(hana, batch)[0][3] == "row_duplicate"


def test_a_retired_kpi_takes_no_more_records(cast: Cast, hana: Actor, kpis: dict[str, Kpi]) -> None:
    with transaction():
        services.retire(hana, kpis["sales_amount"].id, now=NOW)
    assert remarks(hana, preview(hana, LONG + "ana,销售额,2026-08,1,,\n"))[0][3] == "kpi_retired"


def test_columns_that_say_too_little_are_asked_for(cast: Cast, hana: Actor) -> None:
    with pytest.raises(Refused, match="import_columns_missing") as refusal:
        preview(hana, "工号,备注\nana,fine\n")
    assert "KPI" in refusal.value.params["columns"]


def test_rows_without_a_figure_record_nothing_and_are_counted(cast: Cast, hana: Actor, kpis: dict[str, Kpi]) -> None:
    batch = take_in(hana, LONG + "ana,销售额,2026-08,1,,\nben,销售额,2026-08,,,\nben,销售额,2026-09,-,,\n")
    assert counts(batch) == (1, 0, 0, 0)
    assert remarks(hana, batch, "notice") == [(3, "", "2", "kpi_rows_blank")]
    assert records(cast.ben.id, kpis["sales_amount"]) == []


def test_a_month_in_another_unit_than_the_history_is_remarked_on(cast: Cast, hana: Actor) -> None:
    with transaction():
        for number in range(5):
            make_person(f"Rep {number}", cast.east, number=f"r{number}")
    history = "".join(f"r{n},销售额,2026-0{m},{150000 + 1000 * n + m},,\n" for n in range(5) for m in range(1, 7))
    take_in(hana, LONG + history)
    batch = preview(hana, LONG + "".join(f"r{n},销售额,2026-07,{15 + n / 10},,\n" for n in range(5)))
    ((row, _column, value, code),) = remarks(hana, batch, "notice")
    assert (row, value, code) == (2, "sales_amount", "kpi_unit_jump")
    assert counts(batch)[0] == 5, "a remark keeps no row out"


def test_what_a_batch_bears_on_is_named_by_whoever_analyses_the_kpi(
    cast: Cast, hana: Actor, kpis: dict[str, Kpi], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(affected, "_finders", [])
    affected.add_finder(lambda ids: [Affected(f"Study of {sorted(ids)}", "/studies/1")])
    batch = take_in(hana, LONG + "ana,销售额,2026-08,1,,\n")
    assert [item.label for item in import_queries.affected(batch)] == [f"Study of [{kpis['sales_amount'].id}]"]


def test_scattered_rows_find_their_present_figures(cast: Cast, hana: Actor) -> None:
    """Few records of many people over many months are looked up one by one, not as a rectangle."""
    with transaction():
        for number in range(12):
            make_person(f"Rep {number}", cast.east, number=f"r{number}")
    text = LONG + "".join(f"r{n},销售额,2025-{n + 1:02d},{n + 1},,\n" for n in range(12))
    take_in(hana, text)
    assert counts(preview(hana, text)) == (0, 0, 12, 0)


def test_the_system_imports_for_anybody(cast: Cast, kpis: dict[str, Kpi]) -> None:
    assert counts(preview(SYSTEM, LONG + ROWS + "dov,销售额,2026-08,1,,\n")) == (4, 0, 0, 0)


def test_who_stands_between_those_in_the_file_is_left_as_they_are(cast: Cast, hana: Actor, kpis: dict[str, Kpi]) -> None:
    """People whose numbers follow each other are looked up as a stretch."""
    with transaction():
        first, other, last = [make_person(f"x{at}", team=cast.east) for at in range(3)]
    sales = "工号,指标,月份,数值\n" + "".join(f"x{at},销售额,2026-0{month},1000\n" for at in range(3) for month in (6, 7))
    take_in(hana, sales)
    batch = take_in(hana, "工号,指标,月份,数值\nx0,销售额,2026-07,1100\nx2,销售额,2026-07,900\n")
    assert counts(batch) == (0, 2, 0, 0)
    assert records(other.id, kpis["sales_amount"])[-1][1:] == (1000.0, True)
    assert len(records(other.id, kpis["sales_amount"])) == 2
    assert [len(records(each.id, kpis["sales_amount"])) for each in (first, last)] == [3, 3]


def test_what_was_remarked_on_in_the_preview_does_not_keep_the_file_out(cast: Cast, hana: Actor, kpis: dict[str, Kpi]) -> None:
    months = "".join(f"ana,销售额,2026-0{month},1000\n" for month in range(1, 6))
    take_in(hana, "工号,指标,月份,数值\n" + months)
    batch = preview(hana, "工号,指标,月份,数值\nana,销售额,2026-06,10000000\n")
    assert batch.notices == 1
    with transaction():
        imports.accept(hana, batch.id, now=NOW)
    assert (batch.state, batch.notices) == ("accepted", 1)
    assert records(cast.ana.id, kpis["sales_amount"])[-1] == (1, 10_000_000.0, True)


def test_the_memory_that_a_large_file_takes_is_given_back_and_a_small_one_takes_none(
    hana: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    if db.engine.dialect.name != "sqlite":
        pytest.skip("PostgreSQL keeps its memory itself")
    asked: list[str] = []

    def listen(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        if "cache_size" in statement or "shrink" in statement:
            asked.append(statement)

    event.listen(Engine, "before_cursor_execute", listen)
    try:
        take_in(hana, LONG + ROWS)
        assert asked == []
        monkeypatch.setattr(recording, "MANY", 2)
        monkeypatch.setattr(survey, "CHUNK", 2)
        take_in(hana, LONG + ROWS.replace("2026-08", "2026-07").replace("ben", "ana") + ROWS.replace("2026-08", "2026-06"))
    finally:
        event.remove(Engine, "before_cursor_execute", listen)
    assert asked[0] == asked[1] == f"PRAGMA cache_size = -{recording.CACHE_KIB}"
    assert asked[-2:] == [f"PRAGMA cache_size = -{recording.USUAL_KIB}", "PRAGMA shrink_memory"]
    assert asked.count("PRAGMA shrink_memory") == 1
    assert db.session.connection().exec_driver_sql("PRAGMA cache_size").scalar() == -recording.USUAL_KIB


def test_of_a_long_file_all_rows_are_counted_and_the_first_are_shown(cast: Cast, hana: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(survey, "KEPT", 2)
    monkeypatch.setattr(survey, "CHUNK", 3)
    rows = [f"ana,销售额,2025-{month:02d},{month}\n" for month in range(1, 12)]
    take_in(hana, "工号,指标,月份,数值\n" + rows[10])
    rows.insert(7, "nobody,销售额,2025-01,1\n")
    batch = preview(hana, "工号,指标,月份,数值\n" + "".join(rows))
    assert counts(batch) == (10, 0, 1, 1)
    assert [row.row for row in import_queries.preview_rows(hana, batch.id, "new", 1).rows] == [2, 3]
    with transaction():
        imports.accept(hana, batch.id, leave_out_rejected=True, now=NOW)
    assert batch.state == "accepted"
