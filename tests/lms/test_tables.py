"""Files as people send them: any encoding, any delimiter, broken, lying or meant to do harm."""

from __future__ import annotations

import datetime as dt
import io
import random
import struct
import tracemalloc
import zipfile
from decimal import Decimal
from pathlib import Path

import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from lms.tables import Column, Kind, Limits, Sheet, TableProblem, export, open_table, write_workbook

CHINESE = "工号,姓名,团队\r\n1001,王伟,华东/上海/三组\r\n1002,李娜,华北\r\n"
TRADITIONAL = "工號,姓名,團隊\r\n1001,陳怡君,華東/上海/三組\r\n1002,林志明,華北\r\n"
WESTERN = "number,name,team\r\n1,José Müller,Zürich\r\n2,Zoë Brontë,Genève\r\n"


def read(data: bytes, **options: object) -> tuple[tuple[str, ...], list[list[object]]]:
    with open_table(data, **options) as table:  # type: ignore[arg-type]
        return table.header, [list(cells) for _, cells in table.rows()]


def workbook(rows: list[list[object]], **write: object) -> bytes:
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"strings_to_formulas": False, "in_memory": True}) as book:
        page = book.add_worksheet("数据")
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        for at, row in enumerate(rows):
            for place, cell in enumerate(row):
                if isinstance(cell, dt.date):
                    page.write_datetime(at, place, cell, day)
                else:
                    page.write(at, place, cell)
    return file.getvalue()


def problem(data: bytes, **options: object) -> TableProblem:
    with pytest.raises(TableProblem) as caught:
        read(data, **options)
    return caught.value


@pytest.mark.parametrize(
    ("text", "encoding", "named"),
    [
        (CHINESE, "utf-8", "utf-8"),
        (CHINESE, "utf-8-sig", "utf-8"),
        (CHINESE, "utf-16", "utf-16"),
        (CHINESE, "gb18030", "gb18030"),
        (TRADITIONAL, "utf-8", "utf-8"),
        (TRADITIONAL, "big5", "big5"),
        (WESTERN, "cp1252", "cp1252"),
    ],
)
def test_a_file_is_read_in_the_encoding_it_was_saved_in(text: str, encoding: str, named: str) -> None:
    with open_table(text.encode(encoding)) as table:
        assert table.encoding == named
        rows = [list(cells) for _, cells in table.rows()]
    wanted = [line.split(",") for line in text.splitlines()]
    assert [list(table.header), *rows] == wanted


@pytest.mark.parametrize(
    ("name", "encoding"), [("王伟", "gb18030"), ("陳怡君", "big5"), ("李娜", "gb18030"), ("林志明", "big5")]
)
def test_one_chinese_name_among_five_hundred_latin_ones_decides_the_encoding(
    name: str, encoding: str
) -> None:
    latin = "".join(f"{n},rep {n},r{n}@example.com\n" for n in range(500))
    with open_table(f"number,name,email\n{latin}501,{name},w@example.com\n".encode(encoding)) as table:
        assert table.encoding == encoding


def test_ana_overrides_a_wrong_guess_and_gets_a_word_when_her_choice_does_not_fit() -> None:
    data = TRADITIONAL.encode("big5")
    assert read(data, encoding="big5")[0] == ("工號", "姓名", "團隊")
    assert problem(data, encoding="utf-8").code == "table_encoding_mismatch"
    assert problem(data, encoding="rot13").code == "table_encoding_mismatch"


def test_a_late_broken_byte_is_not_taken_for_utf_8() -> None:
    data = ("name\n" + "a\n" * 100_000).encode() + "王伟\n".encode("gb18030")
    with open_table(data) as table:
        assert table.encoding == "gb18030"


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_the_delimiter_is_recognised_even_when_cells_hold_the_others(delimiter: str) -> None:
    text = delimiter.join(["number", "name", "note"]) + "\n"
    text += delimiter.join(["1", '"Li, Na; sales\tEast"', '"a ""b"""']) + "\n"
    assert read(text.encode()) == (("number", "name", "note"), [["1", "Li, Na; sales\tEast", 'a "b"']])


def test_excels_own_separator_line_is_followed_and_not_read() -> None:
    with open_table(b"sep=;\nnumber;name\n1;Li, Na\n") as table:
        assert table.header == ("number", "name")
        assert list(table.rows()) == [(3, ["1", "Li, Na"])]


def test_a_title_above_the_header_is_passed_over_and_rows_keep_their_numbers() -> None:
    with open_table("2024年销售报表,,\n\n工号,姓名,团队\n1,王伟,华东\n\n2,李娜,华北\n".encode()) as table:
        assert table.header == ("工号", "姓名", "团队")
        assert [number for number, _ in table.rows()] == [4, 6]


def test_dates_and_numbers_of_a_workbook_keep_their_kind() -> None:
    header, rows = read(
        workbook([["工号", "入职", "额"], [1001, dt.date(2024, 3, 1), 1.5], ["x", "", "1.5"]])
    )
    assert header == ("工号", "入职", "额")
    assert rows == [[1001.0, dt.date(2024, 3, 1), 1.5], ["x", "", "1.5"]]


def test_a_workbook_under_a_csv_name_is_still_a_workbook(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_bytes(workbook([["a", "b"], [1, 2]]))
    with open_table(path) as table:
        assert table.sheet == "数据" and table.header == ("a", "b")


def test_another_sheet_is_read_when_asked_for_by_name() -> None:
    file = io.BytesIO()
    columns = [Column("a", "A")]
    write_workbook(file, [Sheet("one", columns, [{"a": "1"}]), Sheet("two", columns, [{"a": "2"}])])
    assert read(file.getvalue(), sheet="two")[1] == [["2"]]
    assert problem(file.getvalue(), sheet="three").code == "table_sheet_unknown"


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "table_empty"),
        (b"\n \n", "table_empty"),
        (b"%PDF-1.7\n1 0 obj", "table_not_a_table"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "table_not_a_table"),
        (b"a,b\n1,\x00\x01\n", "table_not_a_table"),
        (b"PK\x03\x04 not really", "table_workbook_broken"),
        (b"<html><table><tr><td>1</td></tr></table></html>", "table_web_page"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(512), "table_old_workbook"),
        (
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(512) + "EncryptedPackage".encode("utf-16-le"),
            "table_encrypted",
        ),
        (b"a,b\n" + b'"' + b"x" * 40_000 + b'",2\n', "table_cell_too_long"),
        (b",".join(b"c" for _ in range(1001)) + b"\n", "table_too_many_columns"),
        (b"\xff\xfe\x00", "table_encoding_mismatch"),
    ],
)
def test_what_is_no_table_is_refused_by_name(data: bytes, code: str) -> None:
    assert problem(data).code == code


def test_ten_megabytes_of_garbage_are_refused() -> None:
    noise = random.Random(7).randbytes(10 * 2**20)
    assert problem(noise).code == "table_not_a_table"
    high = noise.translate(bytes(byte | 0x80 for byte in range(256)))
    assert problem(high).code == "table_encoding_unknown"


def test_limits_on_size_and_rows_are_kept() -> None:
    data = b"a\n" + b"1\n" * 100
    assert problem(data, limits=Limits(max_bytes=100)).code == "table_too_large"
    caught = problem(data, limits=Limits(max_rows=50))
    assert (caught.code, caught.row, caught.value) == ("table_too_many_rows", 52, 50)


def crafted(sheet: bytes, strings: bytes = b"", extra: dict[str, bytes] | None = None) -> bytes:
    """A workbook with a sheet of the given XML."""
    whole = io.BytesIO(workbook([["a"], ["b"]]))
    out = io.BytesIO()
    with zipfile.ZipFile(whole) as source, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            data = source.read(name)
            if name == "xl/worksheets/sheet1.xml":
                data = b'<?xml version="1.0"?>' + sheet
            if name == "xl/sharedStrings.xml" and strings:
                data = strings
            target.writestr(name, data)
        for name, data in (extra or {}).items():
            target.writestr(name, data)
    return out.getvalue()


MAIN = b'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'


def sheet_of(cells: bytes) -> bytes:
    return b"<worksheet " + MAIN + b"><sheetData>" + cells + b"</sheetData></worksheet>"


def test_a_zip_bomb_in_a_sheet_is_refused_before_it_is_parsed() -> None:
    spaces = b" " * (40 * 2**20)
    assert problem(crafted(sheet_of(spaces))).code == "table_workbook_bomb"


def test_a_bomb_that_declares_a_small_size_is_refused() -> None:
    data = bytearray(crafted(sheet_of(b" " * (20 * 2**20))))
    entry = data.rfind(b"PK\x01\x02", 0, data.rfind(b"xl/worksheets/sheet1.xml"))
    data[entry + 24 : entry + 28] = struct.pack("<I", 1000)
    assert problem(bytes(data)).code == "table_workbook_bomb"
    assert problem(bytes(data), limits=Limits(max_ratio=10_000)).code == "table_workbook_broken"


def test_entities_that_multiply_are_refused() -> None:
    laughs = b'<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]>' + sheet_of(b"")
    assert problem(crafted(laughs)).code == "table_workbook_entities"


def test_a_single_cell_in_the_far_corner_does_not_claim_the_whole_rectangle() -> None:
    far = b'<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
    assert problem(crafted(sheet_of(far))).code == "table_too_many_cells"


def test_one_long_text_referred_to_ten_thousand_times_is_refused() -> None:
    cells = b"".join(
        b'<row r="%d"><c r="A%d" t="s"><v>0</v></c></row>' % (row, row) for row in range(1, 10_001)
    )
    strings = (
        b"<sst " + MAIN + b"><si><t>" + random.Random(1).randbytes(15_000).hex().encode() + b"</t></si></sst>"
    )
    assert problem(crafted(sheet_of(cells), strings)).code == "table_workbook_bomb"


def test_a_document_that_is_a_zip_but_no_workbook_is_refused() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("word/document.xml", "<x/>")
    assert problem(out.getvalue()).code == "table_not_a_table"


def test_a_long_file_is_read_in_flat_memory(tmp_path: Path) -> None:
    path = tmp_path / "kpi.csv"
    with path.open("w") as file:
        file.write("number,period,value\n")
        for start in range(0, 200_000, 1000):
            file.writelines(f"{n},2024-03,{n}\n" for n in range(start, start + 1000))
    tracemalloc.start()
    with open_table(path) as table:
        count = sum(1 for _ in table.rows())
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert count == 200_000
    assert peak < 8 * 2**20


def test_ben_named_like_a_formula_is_text_in_every_export() -> None:
    columns = [Column("name", "姓名"), Column("n", "额", Kind.NUMBER)]
    row = {"name": '=HYPERLINK("http://evil","x")', "n": -5}
    text = b"".join(export([row], columns, "csv")).decode()
    assert text.startswith("\ufeff姓名,额")
    assert "\"'=HYPERLINK" in text and ",-5" in text
    data = b"".join(export([row], columns, "xlsx"))
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        page = archive.read("xl/worksheets/sheet1.xml")
    assert b"<f>" not in page and b'state="frozen"' in page
    assert read(data)[1] == [[row["name"], -5.0]]


def test_numbers_and_dates_are_numbers_and_dates_in_a_workbook() -> None:
    columns = [
        Column("a", "A", Kind.NUMBER),
        Column("b", "B", Kind.DATE),
        Column("c", "C", Kind.DATETIME),
        Column("d", "D", Kind.BOOLEAN),
        Column("e", "E", Kind.PERCENT, value=lambda row: row["a"] / 3),
    ]
    moment = dt.datetime(2024, 3, 1, 23, 30, tzinfo=dt.UTC)
    row = {"a": Decimal("1.5"), "b": dt.date(2024, 3, 1), "c": moment, "d": True}
    china = dt.timezone(dt.timedelta(hours=8))
    rows = read(b"".join(export([row], columns, "xlsx", zone=china)))[1]
    assert rows == [[1.5, dt.date(2024, 3, 1), dt.datetime.fromisoformat("2024-03-02T07:30"), True, 0.5]]


def test_what_is_missing_stays_empty_and_never_becomes_zero() -> None:
    columns = [Column("a", "A"), Column("n", "N", Kind.NUMBER)]
    for format in ("csv", "xlsx"):
        data = b"".join(export([{"a": "x", "n": None}, {"a": "y", "n": float("nan")}], columns, format))
        assert read(data)[1] == [["x", ""], ["y", ""]]


TEXTS = st.text(
    st.characters(exclude_categories=("Cs", "Cc", "Cn"), exclude_characters="\ufeff\ufffe\uffff"), max_size=30
).filter(lambda text: text == text.strip())


@settings(max_examples=150, deadline=None)
@given(
    rows=st.lists(
        st.tuples(TEXTS.filter(bool), TEXTS, st.dates(dt.date(1900, 3, 1))), min_size=1, max_size=8
    ),
    format=st.sampled_from(["csv", "xlsx"]),
)
def test_what_is_exported_is_imported_again_unchanged(
    rows: list[tuple[str, str, dt.date]], format: str
) -> None:
    columns = [Column("a", "A"), Column("b", "B"), Column("c", "C", Kind.DATE)]
    data = b"".join(export(({"a": a, "b": b, "c": c} for a, b, c in rows), columns, format))
    wanted = [[a, b, c.isoformat() if format == "csv" else c] for a, b, c in rows]
    assert read(data) == (("A", "B", "C"), wanted)


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_are_a_table_or_a_named_problem(data: bytes) -> None:
    for start in (b"", b"PK\x03\x04", b"\xff\xfe", b"\xef\xbb\xbf"):
        try:
            with open_table(start + data) as table:
                list(table.rows())
        except TableProblem as caught:
            assert caught.code.startswith("table_")
