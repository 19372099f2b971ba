"""Lists of inquiries by file: what came by phone or mail goes in, a board goes out as a workbook."""

from typing import Annotated, Literal

from django.http import HttpRequest, HttpResponse
from ninja import File, Router, Schema, Status, UploadedFile
from ninja.params import functions as P  # noqa: N812
from pydantic import StringConstraints

from liankong.actions import Refused
from liankong.actions import inquiries_lists as verbs
from liankong.exchange.inquiries_lists import InquiryList, read, write
from liankong.exchange.tables import TableError
from liankong.store import inquiries
from liankong.vocabulary.kinds import PersonClass
from liankong.vocabulary.spans import local_day
from liankong.web.api.door import caller
from liankong.web.api.kit import Line, answers
from liankong.web.api.linelists import RowErrorOut, _laid_down
from liankong.web.api.problems import TooLarge
from liankong.web.inquiries_files import EXCEL, LARGEST
from liankong.web.inquiries_list import answer_rows, of_tab

router = Router(tags=["inquiries"])

HANDLE = "inquiries.handle"
SHOWN = 1_000  # faults of one answer; `rejected` counts all of them

Asker = Annotated[
    Annotated[Line, StringConstraints(max_length=120)],
    P.Form("", description="Who asks, for rows that do not say so themselves."),
]
Role = Annotated[
    PersonClass | None,
    P.Form(None, description="What the people are, for rows that do not say so themselves."),
]
Box = Literal["in", "out", "answers", "drafts", "done"]


class InquiryListOut(Schema):
    """What became of a list. `rows_in` = `accepted` + `rejected` + `duplicate`, always.

    `inquiries` are the new ones, `duplicates` the rows of the file that stood already or stand in it twice. `errors`
    holds the first 1,000 faults, without personal data.
    """

    rows_in: int
    accepted: int
    rejected: int
    duplicate: int
    digest: str
    columns: dict[str, str]
    unused: list[str]
    errors: list[RowErrorOut]
    duplicates: list[int]
    inquiries: list[int]


@router.post("/inquiry-lists/preview", response=answers(InquiryListOut), operation_id="preview_inquiry_list")
def preview_inquiry_list(request: HttpRequest, file: File[UploadedFile], sender: Asker, role: Role) -> object:
    """Read a list (CSV, Excel; one request a row) and say what is wrong with it. Nothing is stored, so rows that were
    taken in before count as acceptable here.
    """
    caller(request).need(HANDLE)
    return _account(_read(file, sender, role))


@router.post("/inquiry-lists", response=answers(InquiryListOut, 201), operation_id="take_inquiry_list")
def take_inquiry_list(request: HttpRequest, file: File[UploadedFile], sender: Asker, role: Role) -> object:
    """Take a list in: each acceptable row becomes an inquiry, acknowledged. The same rows sent again add nothing."""
    asking = caller(request)
    asking.need(HANDLE)
    found = _read(file, sender, role)
    taken = verbs.take_list(found=found, by=asking.actor, at=asking.at)
    return Status(201, _account(found, taken))


@router.get(
    "/inquiry-lists/{box}",
    response=answers(bytes),
    operation_id="get_inquiry_list",
    openapi_extra={
        "responses": {200: {"content": {EXCEL: {"schema": {"type": "string", "format": "binary"}}}}}
    },
)
def get_inquiry_list(request: HttpRequest, box: Box) -> HttpResponse:
    """A board as a workbook: numbers, states, times and answers, nobody's name."""
    asking = caller(request)
    asking.need()
    rows = of_tab(box, inquiries.speaks_for(asking.seat.organisation, asking.at))
    response = HttpResponse(write(answer_rows(rows, asking.at)), content_type=EXCEL)
    name = f"inquiries-{box}-{local_day(asking.at).isoformat()}.xlsx"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Cache-Control"] = "no-store"
    return response


def _read(file: UploadedFile, sender: str, role: PersonClass | None) -> InquiryList:
    if (file.size or 0) > LARGEST:
        raise TooLarge(f"at most {LARGEST // 1024 // 1024} MB are taken here")
    try:
        with _laid_down(file) as path:
            return read(path, sender_name=sender.strip(), role=role)
    except TableError as error:
        raise Refused(str(error), field="file") from error


def _account(found: InquiryList, taken: verbs.Taken | None = None) -> dict[str, object]:
    """The account of every row: of what was read, or of what was taken in."""
    known = taken.known if taken is not None else []
    return {
        "rows_in": found.rows_in,
        "accepted": len(found.accepted) - len(known),
        "rejected": len(found.rejected),
        "duplicate": len(found.duplicate) + len(known),
        "digest": found.digest,
        "columns": found.columns,
        "unused": list(found.unused),
        "errors": found.errors[:SHOWN],
        "duplicates": sorted([*known, *(one.row for one in found.duplicate)]),
        "inquiries": [row.pk for row in taken.rows] if taken is not None else [],
    }
