"""Files of any encoding, delimiter and shape come out as the same rows."""

from datetime import datetime
from pathlib import Path

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from liankong.exchange.tables import Table, TableError, TableOptions, file_digest

ROWS = [
    ["病例编号", "性别", "发病日期", "备注"],
    ["1", "男", "2022-01-08", "津南区辛庄镇，密接"],
    ["2", "女", "2022-01-09", 'said "no", twice'],
    ["3", "男", "", "two\nlines"],
]


def text_of(rows: list[list[str]], delimiter: str = ",") -> str:
    def quote(cell: str) -> str:
        return '"' + cell.replace('"', '""') + '"' if any(c in cell for c in '"\n' + delimiter) else cell

    return "\r\n".join(delimiter.join(quote(cell) for cell in row) for row in rows) + "\r\n"


def read(path: Path, **options: object) -> list[list[str]]:
    table = Table(path, TableOptions(**options))  # type: ignore[arg-type]  # test shorthand
    return [list(table.headers), *(list(row.cells) for row in table.rows())]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-16-le"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_a_csv_file_reads_alike_in_every_encoding_and_delimiter(
    tmp_path: Path, encoding: str, delimiter: str
) -> None:
    file = tmp_path / "list.csv"
    file.write_bytes(text_of(ROWS, delimiter).encode(encoding))
    assert read(file) == ROWS


def test_utf8_chinese_is_not_taken_for_gb18030_nor_the_other_way(tmp_path: Path) -> None:
    file = tmp_path / "list.csv"
    file.write_bytes(text_of(ROWS).encode("gb18030"))
    assert Table(file).encoding == "gb18030"
    file.write_bytes(text_of(ROWS).encode("utf-8"))
    assert Table(file).encoding == "utf-8"


def test_a_western_file_must_state_its_encoding(tmp_path: Path) -> None:
    file = tmp_path / "list.csv"
    rows = [["id", "lieu"], *([str(n), "hôpital de Besançon, à côté de l'évêché"] for n in range(20))]
    file.write_bytes(text_of(rows).encode("cp1252"))
    with pytest.raises(TableError, match="neither UTF-8 nor GB18030"):
        read(file)
    assert read(file, encoding="cp1252") == rows


def test_a_wrong_stated_encoding_is_an_error_that_says_so(tmp_path: Path) -> None:
    file = tmp_path / "list.csv"
    file.write_bytes(text_of(ROWS).encode("gb18030"))
    with pytest.raises(TableError, match="is not utf-8 text"):
        read(file, encoding="utf-8")


def workbook(
    path: Path, rows: list[list[object]], *, sheet: str = "病例", hidden_first: bool = False
) -> Path:
    book = openpyxl.Workbook()
    page = book.active
    assert page is not None
    if hidden_first:
        page.title = "codes"
        page.sheet_state = "hidden"
        page = book.create_sheet()
    page.title = sheet
    for row in rows:
        page.append(row)
    book.save(path)
    return path


def test_a_workbook_reads_like_the_same_list_saved_as_csv(tmp_path: Path) -> None:
    rows: list[list[object]] = [list(row) for row in ROWS]
    for row in rows[1:]:
        row[0] = int(str(row[0]))
        row[2] = datetime.fromisoformat(str(row[2])) if row[2] else None
    assert read(workbook(tmp_path / "list.xlsx", rows)) == ROWS


def test_a_workbook_under_a_wrong_name_is_read_by_its_bytes(tmp_path: Path) -> None:
    assert read(workbook(tmp_path / "list.xlsx", [["id"], [1]]).rename(tmp_path / "upload.csv")) == [
        ["id"],
        ["1"],
    ]


def test_a_hidden_sheet_is_passed_over_and_a_missing_one_is_named(tmp_path: Path) -> None:
    file = workbook(tmp_path / "list.xlsx", [["id"], [1]], hidden_first=True)
    assert read(file) == [["id"], ["1"]]
    assert read(file, sheet="病例") == [["id"], ["1"]]
    with pytest.raises(TableError, match="has no sheet 'cases'; expected one of 'codes', '病例'"):
        read(file, sheet="cases")


def test_rows_are_numbered_as_the_spreadsheet_shows_them(tmp_path: Path) -> None:
    file = tmp_path / "list.csv"
    file.write_text('title\n\nid,note\n1,"two\nlines"\n\n2,x\n', encoding="utf-8")
    table = Table(file, TableOptions(header_row=3))
    assert table.headers == ("id", "note")
    assert [row.number for row in table.rows()] == [4, 6]


def test_a_repeated_header_can_be_told_apart(tmp_path: Path) -> None:
    file = tmp_path / "list.csv"
    file.write_text("id, date  of onset ,date of onset\n1,a,b\n", encoding="utf-8")
    assert Table(file).headers == ("id", "date of onset", "date of onset (2)")


def test_a_row_of_another_width_is_marked_not_shifted(tmp_path: Path) -> None:
    file = tmp_path / "list.csv"
    file.write_text("a,b,c\n1,2,3\n1,2\n1,2,3,4\n1,2,3,,\n", encoding="utf-8")
    faults = [row.fault for row in Table(file).rows()]
    assert faults == ["", "has 2 cells where the header has 3", "has 4 cells where the header has 3", ""]
    assert [row.fault for row in Table(file, TableOptions(pad_short_rows=True)).rows()][1] == ""


def test_a_quotation_mark_that_never_closes_cannot_swallow_the_rest(tmp_path: Path) -> None:
    file = tmp_path / "list.csv"
    file.write_text('a,b\n1,2\n3,"4\n5,6\n', encoding="utf-8")
    with pytest.raises(TableError, match="row 3 opens a quotation mark"):
        list(Table(file, TableOptions(delimiter=",")).rows())


@pytest.mark.parametrize("content", [b"", b"\n\n", b"PK\x03\x04junk", b"\xd0\xcf\x11\xe0junk"])
def test_a_file_that_holds_no_table_is_an_error(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "list.csv"
    file.write_bytes(content)
    with pytest.raises(TableError):
        _ = Table(file).headers


def test_the_digest_is_that_of_the_bytes(tmp_path: Path) -> None:
    one, other = tmp_path / "one.csv", tmp_path / "other.csv"
    one.write_bytes(b"a\n1\n")
    other.write_bytes(b"a\n1\n")
    assert file_digest(one) == file_digest(other)
    other.write_bytes(b"a\n2\n")
    assert file_digest(one) != file_digest(other)


CELL = st.text(
    st.characters(codec="gb18030", exclude_categories=("Cc", "Cs", "Zs", "Zl", "Zp")), min_size=1
).filter(lambda cell: cell == cell.strip())


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    rows=st.lists(st.lists(CELL, min_size=2, max_size=2), min_size=1),
    encoding=st.sampled_from(["utf-8", "gb18030"]),
)
def test_any_text_survives_a_stated_encoding(tmp_path: Path, rows: list[list[str]], encoding: str) -> None:
    file = tmp_path / "list.csv"
    file.write_bytes(text_of([["a", "b"], *rows]).encode(encoding))
    assert read(file, encoding=encoding, delimiter=",")[1:] == rows
