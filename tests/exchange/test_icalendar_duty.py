"""A roster opens in any calendar: folded, escaped, in UTC; and a list of shifts is read as people write it."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from icalendar import Calendar
from openpyxl import Workbook

from liankong.exchange.duty_roster import read_duty
from liankong.exchange.icalendar_duty import Duty, calendar
from liankong.exchange.tables import TableError

NOW = datetime(2022, 1, 8, 4, tzinfo=UTC)
PRINTABLE = st.text(st.characters(exclude_categories=("Cs", "Cc", "Zl", "Zp")), min_size=1, max_size=120)


def duty(summary: str, description: str = "") -> Duty:
    return Duty(
        uid="shift-1@x",
        summary=summary,
        from_at=NOW,
        until_at=NOW + timedelta(hours=8),
        description=description,
    )


def test_lines_are_folded_at_75_octets_and_end_in_crlf() -> None:
    content = calendar([duty("值班：" + "津南区指挥部" * 20)], name="津南", stamped_at=NOW)
    lines = content.split(b"\r\n")
    assert lines[-1] == b"" and all(len(line) <= 75 for line in lines)
    for line in lines:
        line.decode()  # no character is cut in two
    assert b"DTSTART:20220108T040000Z" in lines and b"DTEND:20220108T120000Z" in lines


@given(summary=PRINTABLE, description=PRINTABLE)
def test_whatever_is_written_comes_out_again(summary: str, description: str) -> None:
    content = calendar([duty(summary, description)], name=summary, stamped_at=NOW)
    event = Calendar.from_ical(content).walk("VEVENT")[0]
    assert str(event["SUMMARY"]) == summary
    assert str(event["DESCRIPTION"]) == description
    assert event["DTSTART"].dt == NOW and event["UID"] == "shift-1@x"


def test_commas_semicolons_and_line_breaks_are_escaped() -> None:
    content = calendar([duty("a,b;c\\d", "one\ntwo")], name="n", stamped_at=NOW).decode()
    assert "SUMMARY:a\\,b\\;c\\\\d" in content
    assert "DESCRIPTION:one\\ntwo" in content


def test_an_empty_roster_is_still_a_calendar() -> None:
    assert Calendar.from_ical(calendar([], name="n", stamped_at=NOW)).walk("VEVENT") == []


def test_a_workbook_and_a_csv_of_one_roster_read_alike(tmp_path: Path) -> None:
    rows = [
        ["user", "from", "until"],
        ["a", "2022-01-08 08:00", "2022-01-08 16:00"],
        ["b", "2022-01-08 16:00", "00:00"],
    ]
    (tmp_path / "r.csv").write_text("\n".join(",".join(row) for row in rows), encoding="utf-8")
    book = Workbook()
    for row in rows:
        book.active.append(row)  # type: ignore[union-attr]  # a new book has a sheet
    book.save(tmp_path / "r.xlsx")
    one, other = read_duty(tmp_path / "r.csv"), read_duty(tmp_path / "r.xlsx")
    assert one == other
    assert [line.until_at - line.from_at for line in one.lines] == [timedelta(hours=8)]
    assert [reject.field for reject in one.rejects] == ["day"]  # an hour alone needs its day


def test_a_file_without_the_columns_says_which_are_missing(tmp_path: Path) -> None:
    (tmp_path / "r.csv").write_text("who,when\na,b\n", encoding="utf-8")
    with pytest.raises(TableError, match="user, from, until"):
        read_duty(tmp_path / "r.csv")


@pytest.mark.parametrize(
    ("row", "field"),
    [
        (",2022-01-08,08:00,16:00,", "user"), ("a,8 January,08:00,16:00,", "day"), ("a,2022-01-08,25:00,16:00,", "from"),
        ("a,2022-01-08,08:00,noon,", "until"), ("a,2022-01-08,08:00,16:00,perhaps", "leads"),
    ],
)  # fmt: skip
def test_a_faulty_row_names_its_field(tmp_path: Path, row: str, field: str) -> None:
    (tmp_path / "r.csv").write_text(f"user,day,from,until,leads\n{row}\n", encoding="utf-8")
    found = read_duty(tmp_path / "r.csv")
    assert (found.rows, found.lines, [(one.row, one.field) for one in found.rejects]) == (1, (), [(2, field)])
