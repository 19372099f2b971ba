"""Lists of inquiries from files as cities mail them, and the letter's own shape."""

import io
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

from liankong.exchange.inquiries import Letter, from_body, to_body
from liankong.exchange.inquiries_lists import ANSWER_COLUMNS, read, write
from liankong.exchange.tables import TableError
from liankong.protocols.standing import IdentityField
from liankong.vocabulary.identifiers import make_id_number
from liankong.vocabulary.kinds import InquirySubject, PersonClass
from liankong.vocabulary.spans import SHANGHAI

GOOD = make_id_number("410102", datetime(1990, 5, 4).date(), 7)  # noqa: DTZ001  # a birth date
BAD = GOOD[:-1] + ("0" if GOOD[-1] != "0" else "1")
HEADER = "序号,协查函号,发函单位,姓名,身份证号,联系电话,现住址,人员类别,末次接触时间,接触地点,备注"


def listed(folder: Path, *lines: str, header: str = HEADER, encoding: str = "utf-8") -> Path:
    path = folder / "list.csv"
    path.write_text("\n".join([header, *lines]) + "\n", encoding=encoding)
    return path


def test_a_list_as_it_comes_by_mail_is_read_row_by_row(tmp_path: Path) -> None:
    path = listed(
        tmp_path,
        f"1,郑协〔2022〕3号,郑州市指挥部,张三,{GOOD},138 0013 8000,某路1号,密接,2022年1月7日18时30分,某餐厅,",
        "2,郑协〔2022〕3号,郑州市指挥部,李四,,13900139000,,次密接,2022-01-07,某餐厅,x",
    )
    found = read(path)
    assert found.balances and found.counts() == {"in": 2, "accepted": 2, "rejected": 0, "duplicate": 0}
    assert found.unused == ("备注",)
    first, second = (row.letter for row in found.accepted)
    assert (first.subject, first.role) == (InquirySubject.PERSON, PersonClass.CLOSE_CONTACT)
    assert first.number == "郑协〔2022〕3号/1" and first.sender_name == "郑州市指挥部"
    assert first.last_exposed_at == datetime(2022, 1, 7, 18, 30, tzinfo=SHANGHAI)
    assert first.identity == {
        IdentityField.NAME: "张三",
        IdentityField.ADDRESS: "某路1号",
        IdentityField.ID_NUMBER: GOOD,
        IdentityField.PHONE: "+8613800138000",
    }
    assert (second.role, second.last_exposed_at) == (
        PersonClass.SECONDARY_CONTACT,
        datetime(2022, 1, 7, tzinfo=SHANGHAI),
    )
    assert "张三" not in repr(first) and GOOD not in repr(first)


def test_each_fault_says_row_field_and_what_was_expected_and_names_nobody(tmp_path: Path) -> None:
    path = listed(
        tmp_path,
        f"1,,郑州市,张三,{BAD},,,密接,2022-01-07,某餐厅,",
        "2,,郑州市,李四,,12345,,密接,2022-01-07,某餐厅,",
        "3,,郑州市,王五,,,,密接,2022-01-07,某餐厅,",
        "4,,郑州市,赵六,,13900139000,,同事,2022-13-07,某餐厅,",
        "5,,,孙七,,13900139001,,,2022-01-07,打电话13900139001,",
        "6,,郑州市,周八,,13900139002,,密接,2022-01-07 25:10,某餐厅,",
    )
    found = read(path)
    assert found.balances and not found.accepted
    said = {(error.row, error.field) for error in found.errors}
    assert said == {
        (2, "id_number"),
        (3, "phone"),
        (4, "phone"),
        (5, "role"),
        (5, "last_exposed_at"),
        (6, "sender"),
        (6, "role"),
        (6, "what"),
        (7, "last_exposed_at"),
    }
    for error in found.errors:
        text = str(error)
        assert error.expected
        assert not any(secret in text for secret in (BAD, "12345", "张三", "李四", "13900139001")), text


def test_the_same_person_listed_twice_is_one_request(tmp_path: Path) -> None:
    line = f",郑协3号,郑州市,张三,{GOOD},,,密接,2022-01-07,某餐厅,"
    found = read(listed(tmp_path, f"1{line}", f"2{line}"))
    assert found.counts() == {"in": 2, "accepted": 1, "rejected": 0, "duplicate": 1}
    assert (found.duplicate[0].row, found.duplicate[0].first_row) == (3, 2)


def test_trips_places_and_goods_are_told_apart_by_what_they_have(tmp_path: Path) -> None:
    path = listed(
        tmp_path,
        "南通市,G1709,5车12A,2022-01-07,,",
        "南通市,,,2022-01-07,面包 5 箱,L-2021-01",
        "南通市,,,,某冷库,",
        "南通市,G1709,5车12A,,,",
        header="发函单位,车次,座位号,乘车时间,接触情况,批号",
    )
    found = read(path)
    kinds = [row.letter.subject for row in found.accepted]
    assert kinds == [InquirySubject.TRIP, InquirySubject.GOODS, InquirySubject.PLACE]
    assert [(error.row, error.field) for error in found.errors] == [(5, "vehicle")]
    assert all(not row.letter.identity for row in found.accepted)


def test_what_a_row_does_not_say_the_whole_list_may(tmp_path: Path) -> None:
    path = listed(tmp_path, "张三,13800138000", header="姓名,电话")
    assert {error.field for error in read(path).errors} == {"sender", "role"}
    found = read(path, sender_name="驻马店市", role=PersonClass.GENERAL_CONTACT)
    assert (found.accepted[0].letter.sender_name, found.accepted[0].letter.role) == (
        "驻马店市",
        PersonClass.GENERAL_CONTACT,
    )


def test_a_workbook_and_a_gbk_file_read_alike(tmp_path: Path) -> None:
    lines = [f"1,,郑州市,张三,{GOOD},13800138000,,密接,2022-01-07 18:30:00,某餐厅,"]
    plain = read(listed(tmp_path, *lines)).accepted[0]
    gbk = read(listed(tmp_path, *lines, encoding="gb18030")).accepted[0]
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(HEADER.split(","))
    cells: list[object] = list(lines[0].split(","))
    cells[8] = datetime(2022, 1, 7, 18, 30)  # noqa: DTZ001  # as a spreadsheet keeps it
    sheet.append(cells)
    path = tmp_path / "list.xlsx"
    book.save(path)
    assert plain.letter == gbk.letter == read(path).accepted[0].letter
    assert plain.digest == gbk.digest == read(path).accepted[0].digest


def test_a_table_that_is_no_list_of_inquiries_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TableError, match="expected headers such as"):
        read(listed(tmp_path, "1,2", header="a,b"))


def test_the_list_of_answers_has_a_row_an_inquiry_and_runs_nothing(tmp_path: Path) -> None:
    content = write([{"number": "协查〔2022〕120112-0001号", "answer": "=cmd()", "state": "已反馈"}])
    rows = [list(row) for row in load_workbook(io.BytesIO(content)).active.iter_rows(values_only=True)]
    assert rows[0] == [header for _key, header in ANSWER_COLUMNS]
    assert rows[1][0] == "协查〔2022〕120112-0001号" and rows[1][11] == "'=cmd()"


letters = st.builds(
    Letter,
    number=st.text(max_size=20),
    subject=st.sampled_from(tuple(InquirySubject)),
    what=st.text(max_size=40),
    sender=st.text(max_size=10),
    role=st.none() | st.sampled_from(tuple(PersonClass)),
    last_exposed_at=st.none() | st.datetimes(min_value=datetime(2020, 1, 1), timezones=st.just(SHANGHAI)),  # noqa: DTZ001
    vehicle=st.text(max_size=10),
    identity=st.dictionaries(st.sampled_from(tuple(IdentityField)), st.text(min_size=1, max_size=10)),
)


@given(letter=letters)
def test_a_letter_comes_back_as_it_went_and_its_open_part_names_nobody(letter: Letter) -> None:
    body = to_body(letter)
    assert "identity" not in body
    sealed = {field.value: value for field, value in letter.identity.items()}
    assert from_body(body | {"added_later": 1}, sealed) == letter
