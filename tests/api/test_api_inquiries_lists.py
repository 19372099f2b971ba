"""Lists of inquiries over the API: every row of the file is accounted for, and a board comes back as a workbook."""

import io
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from openpyxl import Workbook, load_workbook

from liankong.store.access import node_scope
from liankong.store.models import Entry, Inquiry
from liankong.vocabulary.kinds import InquiryState, Role
from tests.support import inquiries as story
from tests.support.inquiries import NAME, NUMBER, Neighbours
from tests.support.programs import problem
from tests.support.town import seat

if TYPE_CHECKING:
    from tests.support.programs import Program
    from tests.support.town import Town

pytestmark = pytest.mark.django_db
EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
HEADERS = ("序号", "发函单位", "姓名", "身份证号", "联系电话", "人员类别", "末次接触时间", "暴露地点")
ROWS = (
    ("1", "郑州市", NAME, NUMBER, "13800138000", "密接", "2022-01-07 18:30", "某餐厅"),
    ("2", "郑州市", "丁戊", "123", "13900139000", "密接", "2022-01-07", "某餐厅"),
    ("3", "郑州市", NAME, NUMBER, "13800138000", "密接", "2022-01-07 18:30", "某餐厅"),
)


@pytest.fixture
def near(town: "Town", at: datetime) -> Neighbours:
    with node_scope():
        return story.build(at, town)


def workbook() -> SimpleUploadedFile:
    book = Workbook()
    for row in (HEADERS, *ROWS):
        book.active.append(row)
    out = io.BytesIO()
    book.save(out)
    return SimpleUploadedFile("list.xlsx", out.getvalue())


def csv(*lines: str) -> SimpleUploadedFile:
    return SimpleUploadedFile("list.csv", "\n".join(lines).encode())


def test_a_workbook_is_tried_taken_in_once_and_its_answer_goes_back_as_a_workbook(
    near: Neighbours, program: "Callable[..., Program]", at: datetime
) -> None:
    clerk = program(near.officer(near.nankai))
    tried = clerk.upload("/inquiry-lists/preview", {"file": workbook()})
    assert tried.status_code == 200, tried.content
    found = tried.json()
    assert (found["rows_in"], found["accepted"], found["rejected"], found["duplicate"]) == (3, 1, 1, 1)
    (fault,) = found["errors"]
    assert (fault["row"], fault["field"], fault["column"]) == (3, "id_number", "身份证号")
    assert found["duplicates"] == [4] and found["inquiries"] == []
    assert NAME not in tried.text and NUMBER not in tried.text
    with node_scope():
        assert not Inquiry.objects.exists(), "a look stores nothing"

    made = story.told(lambda: clerk.upload("/inquiry-lists", {"file": workbook()}))
    assert made.status_code == 201, made.content
    taken = made.json()
    assert (taken["rows_in"], taken["accepted"], taken["rejected"], taken["duplicate"]) == (3, 1, 1, 1)
    with node_scope():
        row = Inquiry.objects.get()
        assert taken["inquiries"] == [row.pk]
        assert (row.state, row.sender_name, row.role) == (InquiryState.RECEIVED, "郑州市", "close_contact")
        assert Entry.objects.get(kind="InquiryListTaken").body["accepted"] == 1

    again = story.told(lambda: clerk.upload("/inquiry-lists", {"file": workbook()})).json()
    assert (again["accepted"], again["rejected"], again["duplicate"]) == (0, 1, 2)
    assert again["duplicates"] == [2, 4] and again["inquiries"] == []

    with node_scope():
        story.answer(near, row, at, outcome=InquiryState.NOT_FOUND, text="number does not exist")
    board = clerk.get("/inquiry-lists/answers")
    assert board.status_code == 200 and board["Content-Type"] == EXCEL
    assert "no-store" in board["Cache-Control"] and ".xlsx" in board["Content-Disposition"]
    lines = list(load_workbook(io.BytesIO(board.content)).active.iter_rows(values_only=True))
    assert lines[0][0] == "协查编号" and len(lines) == 2
    assert lines[1][0] == row.number and "number does not exist" in lines[1]
    assert NAME not in str(lines) and NUMBER not in str(lines)


def test_who_asks_and_what_the_people_are_may_be_said_for_all_rows(
    near: Neighbours, program: "Callable[..., Program]"
) -> None:
    clerk = program(near.officer(near.nankai))
    bare = ("姓名,联系电话", f"{NAME},13800138000")
    told = clerk.upload("/inquiry-lists/preview", {"file": csv(*bare)}).json()
    assert {one["field"] for one in told["errors"]} == {"sender", "role"}
    whole = {"file": csv(*bare), "sender": "洛阳市", "role": "secondary_contact"}
    taken = story.told(lambda: clerk.upload("/inquiry-lists", whole)).json()
    assert (taken["accepted"], taken["errors"]) == (1, [])
    with node_scope():
        row = Inquiry.objects.get()
    assert (row.sender_name, row.role) == ("洛阳市", "secondary_contact")
    assert problem(clerk.upload("/inquiry-lists", whole | {"role": "friend"}), 422)["field"] == "role"


def test_what_is_no_list_is_refused_at_its_field_and_what_is_too_large_before_it_is_read(
    near: Neighbours, program: "Callable[..., Program]"
) -> None:
    clerk = program(near.officer(near.nankai))
    for content in (b"\x00\x01", b"", b"a,b\n1,2\n"):
        file = SimpleUploadedFile("x.csv", content)
        for path in ("/inquiry-lists", "/inquiry-lists/preview"):
            assert problem(clerk.upload(path, {"file": file}), 422)["field"] == "file"
            file.seek(0)
    assert problem(clerk.upload("/inquiry-lists", {}), 422)["field"] == "file"
    large = SimpleUploadedFile("x.csv", b"a" * (8 * 1024 * 1024 + 1))
    problem(clerk.upload("/inquiry-lists", {"file": large}), 413)


def test_a_list_is_for_those_who_handle_inquiries_in_a_headquarters(
    near: Neighbours, program: "Callable[..., Program]", at: datetime
) -> None:
    reader = program(Role.EPIDEMIOLOGIST)
    problem(reader.upload("/inquiry-lists", {"file": workbook()}), 403)
    problem(reader.upload("/inquiry-lists/preview", {"file": workbook()}), 403)
    with node_scope():
        lost = seat(Role.INQUIRY_OFFICER, near.town.cdc, at=at)
    told = problem(program(lost).upload("/inquiry-lists", {"file": workbook()}), 422)
    assert "only a headquarters" in told["detail"]


def test_a_board_holds_only_what_is_the_callers_own_and_is_one_of_five(
    near: Neighbours, program: "Callable[..., Program]", at: datetime
) -> None:
    with node_scope():
        row = story.sent(near, at)
    for body, box, shown in (
        (near.town.district, "out", [row.number]),
        (near.nankai, "in", [row.number]),
        (near.nankai, "out", []),
        (near.hexi, "in", []),
    ):
        content = program(near.officer(body)).get(f"/inquiry-lists/{box}").content
        lines = load_workbook(io.BytesIO(content)).active.iter_rows(values_only=True)
        assert [line[0] for line in list(lines)[1:]] == shown, (body.code, box)
    problem(program(near.officer(near.hexi)).get("/inquiry-lists/all"), 422)
