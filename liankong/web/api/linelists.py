"""Which cases stand in this file, and which of them do we have already?"""

import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any

from django.http import HttpRequest, HttpResponse
from ninja import File, Form, Router, Schema, Status, UploadedFile
from ninja.params import functions as P  # noqa: N812

from liankong.actions import Refused, linelists
from liankong.exchange import linelist
from liankong.exchange.mapping import loads
from liankong.exchange.mapping_guess import guess
from liankong.exchange.mapping_model import Mapping, MappingError
from liankong.exchange.tables import TableError
from liankong.store.models import LineListImport, Outbreak, RejectedRow
from liankong.vocabulary.kinds import Origin, Outcome, PersonClass, Severity, Sex
from liankong.web.api.door import caller, once
from liankong.web.api.kit import After, Document, Id, Key, Limit, Page, answers, in_sight, paged
from liankong.web.api.problems import TooLarge

router = Router(tags=["line lists"])

SHOWN = 200  # faults and rows of a preview; all of them come with the import's own list
UNPACKED = 512 * 1024 * 1024  # a workbook is a ZIP file: what it says it unpacks to, at most
Links = Annotated[UploadedFile | None, P.File(None, description="Edges of transmission, one a row.")]


class RowErrorOut(Schema):
    """What is wrong with one field of one row, without the row's personal data."""

    row: int
    field: str
    column: str
    problem: str
    expected: str


class NoticeOut(Schema):
    """Something set aside without rejecting its row."""

    field: str
    what: str
    count: int
    first_row: int


class RecordOut(Schema):
    """A row as it was understood."""

    key: str
    sex: Sex
    age: float | None
    age_high: float | None
    classification: PersonClass
    severity: Severity | None
    origin: Origin
    onset: date | None
    sampled: date | None
    reported: date | None
    confirmed: date | None
    outcome: Outcome
    outcome_day: date | None
    infectors: list[str]


class PreviewOut(Schema):
    """What an import would do. `rows_in` = `accepted` + `rejected` + `duplicate`, always."""

    rows_in: int
    accepted: int
    rejected: int
    duplicate: int
    digest: str
    headers: list[str]
    errors: list[RowErrorOut]
    notices: list[NoticeOut]
    sample: list[RecordOut]


class GuessOut(Schema):
    """A first mapping for this file. `questions` must be settled before it loads."""

    mapping: str
    questions: list[str]
    unused: list[str]


class ImportOut(Schema):
    """One file taken in. `rows` = `accepted` + `rejected` + `duplicate`, always."""

    id: int
    outbreak: int
    filename: str
    digest: str
    rows: int
    accepted: int
    rejected: int
    duplicate: int
    created_at: datetime

    @staticmethod
    def resolve_outbreak(row: Any) -> int:
        return int(row.outbreak_id)


class RejectionOut(Schema):
    """Why a row was not taken; its contents stay sealed."""

    row: int
    field: str
    reason: str
    expected: str


@router.post("/line-lists/guess", response=answers(GuessOut), operation_id="guess_mapping")
def guess_mapping(request: HttpRequest, file: File[UploadedFile]) -> object:
    """Propose a mapping from a file's headers and first rows."""
    caller(request).need("cases.import")
    with _laid_down(file) as path, _faults():
        found = guess(path)
    return {"mapping": found.toml, "questions": list(found.questions), "unused": list(found.unused)}


@router.post("/line-lists/preview", response=answers(PreviewOut), operation_id="preview_line_list")
def preview_line_list(
    request: HttpRequest,
    file: File[UploadedFile],
    mapping: Form[Document],
    links: Links = None,
) -> object:
    """A dry run over the whole file: what would be taken, and what is wrong with the rest. Nothing is stored."""
    caller(request).need("cases.import")
    found = _read(file, links, mapping)
    return {
        "rows_in": found.rows_in,
        "accepted": len(found.accepted),
        "rejected": len(found.rejected),
        "duplicate": len(found.duplicate),
        "digest": found.digest,
        "headers": list(found.headers),
        "errors": found.errors[:SHOWN],
        "notices": found.notices[:SHOWN],
        "sample": found.accepted[:SHOWN],
    }


@router.post("/line-lists", response=answers(ImportOut, 201), operation_id="import_line_list")
def import_line_list(
    request: HttpRequest,
    response: HttpResponse,
    file: File[UploadedFile],
    mapping: Form[Document],
    outbreak: Form[Id],
    links: Links = None,
    idempotency_key: Key = None,
) -> object:
    """Take the accepted rows into an outbreak, all or none. Importing the same file twice adds nothing."""
    asking = caller(request)
    asking.need("cases.import")
    in_sight(Outbreak.objects.all(), outbreak)
    found = _read(file, links, mapping)
    row = once(
        request,
        response,
        idempotency_key,
        {"outbreak": outbreak, "file": found.digest, "mapping": mapping},
        lambda: linelists.import_line_list(
            outbreak=outbreak, line_list=found, mapping=mapping, by=asking.actor, at=asking.at
        ),
        LineListImport,
    )
    return Status(201, row)


@router.get("/line-lists", response=answers(Page[ImportOut]), operation_id="list_line_lists")
def list_line_lists(
    request: HttpRequest,
    outbreak: Id | None = None,
    after: After = None,
    limit: Limit = 50,
) -> object:
    """Files taken in, newest first."""
    caller(request).need()
    rows = LineListImport.objects.all()
    if outbreak is not None:
        rows = rows.filter(outbreak=outbreak)
    return paged(rows, order=("-id",), after=after, limit=limit)


@router.get("/line-lists/{line_list}", response=answers(ImportOut), operation_id="get_line_list")
def get_line_list(request: HttpRequest, line_list: Id) -> object:
    """One import with its account of the rows."""
    caller(request).need()
    return in_sight(LineListImport.objects.all(), line_list)


@router.get(
    "/line-lists/{line_list}/rejections", response=answers(Page[RejectionOut]), operation_id="list_rejections"
)
def list_rejections(
    request: HttpRequest,
    line_list: Id,
    after: After = None,
    limit: Limit = 50,
) -> object:
    """Rows that were not taken, with every reason, in the order of the file."""
    caller(request).need("cases.import")
    source = in_sight(LineListImport.objects.all(), line_list)
    return paged(RejectedRow.objects.filter(source=source), order=("row", "id"), after=after, limit=limit)


def _read(file: UploadedFile, links: UploadedFile | None, mapping: str) -> linelist.LineList:
    with _faults():
        plan = _without_files(loads(mapping))
        with _laid_down(file) as path:
            if links is None:
                return linelist.read(path, plan)
            with _laid_down(links) as edges:
                return linelist.read(path, plan, links=edges)


def _without_files(mapping: Mapping) -> Mapping:
    """A mapping may name a second file beside the first; here that would be a file of the server."""
    if mapping.links is None or mapping.links.file is None:
        return mapping
    return replace(mapping, links=replace(mapping.links, file=None))


@contextmanager
def _laid_down(file: UploadedFile) -> Iterator[Path]:
    """The upload as a file of its own for as long as it is read; line lists name people and must not stay."""
    with TemporaryDirectory(prefix="liankong-") as folder:
        path = Path(folder) / (Path(file.name or "").name[-80:] or "upload")
        with path.open("wb") as out:
            for part in file.chunks():
                out.write(part)
        if zipfile.is_zipfile(path) and _unpacked(path) > UNPACKED:
            raise TooLarge("the workbook unpacks to more than is taken here")
        yield path


def _unpacked(path: Path) -> int:
    try:
        with zipfile.ZipFile(path) as archive:
            return sum(item.file_size for item in archive.infolist())
    except zipfile.BadZipFile:
        return 0


@contextmanager
def _faults() -> Iterator[None]:
    """What is wrong with a file or a mapping, as a refusal with its field."""
    try:
        yield
    except MappingError as error:
        raise Refused(str(error), field="mapping") from error
    except TableError as error:
        raise Refused(str(error), field="file") from error
