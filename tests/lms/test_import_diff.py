"""Incoming records against current ones, and headings against columns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from lms.imports import cells
from lms.imports.diff import Incoming, Outcome, Rejection, SeenKeys, chunked, compare, judge, plain_parser
from lms.imports.mapping import ImportColumn, memory_of, normal, suggest

COLUMNS = (
    ImportColumn("number", "Number", cells.identifier, ("工号", "person number"), required=True),
    ImportColumn("name", "Name", cells.text, ("姓名",)),
    ImportColumn("sales", "Sales", cells.number, ("销售额",)),
)


def key(values: dict[str, Any]) -> tuple[str, ...]:
    return (values.pop("number"),)


def parse(header: Sequence[str], *rows: Sequence[Any]) -> list[Incoming | Rejection]:
    read = plain_parser(COLUMNS, header, suggest(header, COLUMNS), key)
    return [record for number, cells_ in enumerate(rows, 2) for record in read(number, cells_)]


def test_headings_are_recognised_in_any_case_spacing_and_language() -> None:
    assert suggest(["Person_Number", "姓 名", "销售额（元）"], COLUMNS) == {
        "number": 0,
        "name": 1,
        "sales": 2,
    }
    assert normal("E-mail (work)") == "email"


def test_what_was_mapped_by_hand_is_remembered_and_wins() -> None:
    header = ["ref", "姓名", "销售额"]
    memory = memory_of(header, {"number": 0, "name": 1})
    assert memory == {"ref": "number", "姓名": "name", "销售额": ""}
    assert suggest(["销售额", "REF"], COLUMNS, memory) == {"number": 1}


def test_the_first_of_two_like_headings_is_taken() -> None:
    assert suggest(["姓名", "Name", "工号"], COLUMNS) == {"name": 0, "number": 2}


def test_a_row_becomes_a_record_and_blank_cells_say_nothing() -> None:
    assert parse(["工号", "姓名", "销售额"], ["R1", "Ana", "—"]) == [Incoming(2, ("R1",), {"name": "Ana"})]


def test_a_bad_cell_is_rejected_with_its_row_heading_value_and_reason() -> None:
    assert parse(["工号", "销售额"], ["R1", "1２3x"], ["", "5"], ["R3", "1", "more"]) == [
        Rejection(2, "销售额", "1２3x", "number_unreadable"),
        Rejection(3, "工号", "", "cell_empty"),
        Rejection(4, "", "more", "row_too_long", {"columns": 2}),
    ]


def test_a_row_is_rejected_with_all_its_bad_cells_at_once() -> None:
    assert parse(["工号", "销售额"], ["", "1２3x", "more"]) == [
        Rejection(2, "工号", "", "cell_empty"),
        Rejection(2, "销售额", "1２3x", "number_unreadable"),
        Rejection(2, "", "more", "row_too_long", {"columns": 2}),
    ]


def test_new_changed_and_unchanged_are_told_apart_field_by_field() -> None:
    current = {("R1",): {"name": "Ana", "sales": 5}, ("R2",): {"name": "Ben", "sales": 7}}
    new = compare(Incoming(2, ("R3",), {"name": "Cleo"}), current)
    changed = compare(Incoming(3, ("R1",), {"name": "Ana", "sales": 6}), current)
    unchanged = compare(Incoming(4, ("R2",), {"name": "Ben"}), current)
    assert [v.outcome for v in (new, changed, unchanged)] == [Outcome.NEW, Outcome.CHANGED, Outcome.UNCHANGED]
    assert changed.old == {"sales": 5}


def test_the_second_row_of_the_same_person_names_the_first() -> None:
    seen = SeenKeys()
    records = [Incoming(2, ("R1",), {}), Incoming(3, ("R2",), {}), Incoming(4, ("R1",), {})]
    verdicts, rejected = judge(records, seen, lambda found: (), lambda keys: {})
    assert [v.incoming.row for v in verdicts] == [2, 3]
    assert rejected == [Rejection(4, "", "R1", "row_duplicate", {"first": 2})]
    assert seen.first_rows([Incoming(9, ("R2",), {})]) == [3]


def test_a_row_of_several_records_is_out_whole_if_one_of_them_stood_before() -> None:
    """What is shown as rejected is written in no part, and the other way round."""
    records = [Incoming(2, ("R1", "Jan"), {}), Incoming(3, ("R2", "Jan"), {}), Incoming(3, ("R1", "Jan"), {}), Incoming(4, ("R3", "Jan"), {})]
    verdicts, rejected = judge(records, SeenKeys(), lambda found: (), lambda keys: {})
    assert [v.incoming.row for v in verdicts] == [2, 4]
    assert rejected == [Rejection(3, "", "R1 · Jan", "row_duplicate", {"first": 2})]


@given(st.lists(st.lists(st.sampled_from("abcdefgh"), max_size=6), max_size=8))
def test_a_key_is_traced_to_its_first_row_however_the_file_is_cut(chunks: list[list[str]]) -> None:
    seen, known, row = SeenKeys(), {}, 0
    for chunk in chunks:
        records, wanted = [], []
        for name in chunk:
            row += 1
            records.append(Incoming(row, (name,), {}))
            wanted.append(known.get(name))
            known.setdefault(name, row)
        assert seen.first_rows(records) == wanted


def test_what_the_database_refuses_is_rejected_and_not_compared() -> None:
    records = [Incoming(2, ("R1",), {}), Incoming(3, ("Dov",), {})]
    stranger = Rejection(3, "工号", "Dov", "person_unknown")
    asked: list[Any] = []

    def current(keys: Any) -> dict[Any, Any]:
        asked.extend(keys)
        return {}

    verdicts, rejected = judge(records, SeenKeys(), lambda found: [stranger], current)
    assert [v.incoming.key for v in verdicts] == [("R1",)] == asked
    assert rejected == [stranger]


def test_rows_are_judged_some_at_a_time() -> None:
    rows = [(number, [f"R{number}"]) for number in range(2, 13)]
    read = plain_parser(COLUMNS, ["工号"], {"number": 0}, key)
    assert [count for count, _ in chunked(rows, read, 5)] == [5, 5, 1]
