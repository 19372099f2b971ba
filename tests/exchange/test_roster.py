"""Rosters as workplaces and schools send them: which columns, which rows, and what is wrong with the others."""

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liankong.exchange.roster import RosterError, read_roster
from liankong.vocabulary.identifiers import make_id_number
from liankong.vocabulary.kinds import Sex

GIRL = make_id_number("120112", date(2010, 3, 4), 12)


def write(folder: Path, text: str, *, encoding: str = "utf-8") -> Path:
    path = folder / "roster.csv"
    path.write_text(text, encoding=encoding)
    return path


def test_a_class_list_from_an_old_office_is_read_in_its_own_encoding(tmp_path: Path) -> None:
    found = read_roster(
        write(tmp_path, f"姓名,身份证号,家长电话\n甲,{GIRL},138 0000 0001\n", encoding="gb18030")
    )
    (row,) = found.rows
    assert (row.name, row.id_number, row.phone) == ("甲", GIRL, "+8613800000001")
    assert (row.sex, row.birth_date) == (Sex.FEMALE, date(2010, 3, 4))


def test_every_fault_names_its_row_and_field_and_never_the_value(tmp_path: Path) -> None:
    wrong = GIRL[:-1] + ("0" if GIRL[-1] != "0" else "1")
    text = f"person number,身份证号,手机,区划代码\n12a,,,\n,{wrong},,\n,,123,\n,,,\n,,13800000001,1201x\n"
    found = read_roster(write(tmp_path, text.replace("手机,", "手机号,")))
    assert [(fault.row, fault.field) for fault in found.faults] == [
        (2, "person"),
        (3, "id_number"),
        (4, "phone"),
        (6, "division"),
    ]
    assert all(wrong not in fault.reason for fault in found.faults)


def test_two_children_behind_one_phone_are_two_and_one_child_twice_is_one(tmp_path: Path) -> None:
    text = "姓名,手机号\n甲,13800000001\n乙,13800000001\n甲,13800000001\n"
    found = read_roster(write(tmp_path, text))
    assert [row.name for row in found.rows] == ["甲", "乙"]
    assert found.repeats == (4,)


def test_a_list_of_names_alone_says_which_column_is_missing(tmp_path: Path) -> None:
    with pytest.raises(RosterError, match="身份证号"):
        read_roster(write(tmp_path, "姓名,座位\n甲,1\n"))


def test_a_row_shows_nothing_of_a_person_when_it_is_printed(tmp_path: Path) -> None:
    found = read_roster(write(tmp_path, f"姓名,身份证号\n甲,{GIRL}\n"))
    assert GIRL not in repr(found)
    assert "甲" not in repr(found)


@given(st.lists(st.sampled_from(["13800000001", "13800000002", "", "12", "1"]), max_size=12))
def test_every_row_is_taken_or_rejected_or_a_repeat(
    tmp_path_factory: pytest.TempPathFactory, phones: list[str]
) -> None:
    text = "phone,mark\n" + "".join(f"{phone},x\n" for phone in phones)
    found = read_roster(write(tmp_path_factory.mktemp("roster"), text))
    assert found.total == len(phones) == len(found.rows) + len(found.faults) + len(found.repeats)
