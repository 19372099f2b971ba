"""What do we say tonight, does it balance, and who signs for it?"""

from datetime import date, datetime
from typing import Annotated, Any, Literal

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router, Schema, Status
from pydantic import Field, StringConstraints

from liankong.actions import Forbidden, Refused
from liankong.actions import bulletins as verbs
from liankong.exchange import bulletin_json, bulletin_text
from liankong.exchange.bulletin_words import NATION
from liankong.rules import bulletins as rules
from liankong.rules.bulletins import Counted, FigureError, Identity, Measure, Series, State, Window
from liankong.store.models import Bulletin, Outbreak
from liankong.vocabulary.kinds import BulletinState
from liankong.web.api.door import caller, once
from liankong.web.api.kit import (
    After,
    Day,
    DivisionOrNode,
    Document,
    Id,
    Key,
    Limit,
    Line,
    Page,
    Short,
    answers,
    in_sight,
    paged,
)
from liankong.web.api.papers import UnprintableError, paper

router = Router(tags=["bulletins"])

Whole = Annotated[int, Field(ge=-(10**9), le=10**9)]
WINDOW = "`day`, `epidemic`, `undeclared` or `since YYYY-MM-DD`."
WindowText = Annotated[str, StringConstraints(max_length=40), Field(description=WINDOW)]


class FigureIn(Schema):
    """A figure that no case history tells, and what it counts."""

    series: Series
    measure: Measure
    window: WindowText
    value: Whole
    place: Short | None = Field(None, min_length=1, description="The bulletin's own place if not given.")
    origin: Counted = Counted.ALL
    geography: Short = ""
    definition: Short = ""


class AdjustmentIn(Schema):
    """Why a figure is not what its parts give: `delta` = stated - computed, for the one identity it explains."""

    series: Series
    measure: Measure
    window: WindowText
    delta: Whole
    reason: Line = Field(min_length=1)
    place: Short | None = Field(None, min_length=1)
    origin: Counted = Counted.ALL
    geography: Short = ""
    instrument: Line = ""
    explains: Identity = Identity.CARRIED


class KeyOut(Schema):
    """What a number counts."""

    series: Series
    measure: Measure
    window: str
    place: str
    origin: Counted
    geography: str


class AdjustmentOut(KeyOut):
    delta: int
    reason: str
    instrument: str
    explains: Identity


class BalanceTermOut(KeyOut):
    """One number on the right-hand side."""

    sign: int
    value: int
    day_before: bool


class FindingOut(KeyOut):
    """One identity tried on one figure."""

    identity: Identity
    formula: str
    state: State
    left: int | None
    relation: str
    right: int | None
    delta: int
    arithmetic: str
    terms: list[BalanceTermOut]
    explained_by: list[AdjustmentOut]
    note: str


class BulletinOut(Schema):
    """A bulletin of a day and a division. Signed ones never change; a correction is a further revision."""

    id: int
    outbreak: int
    division: str
    day: date
    revision: int
    state: BulletinState
    log_position: int
    reason: str
    protect_below: int
    drafted_at: datetime
    signed_at: datetime | None
    digest: str
    signature: str

    @staticmethod
    def resolve_outbreak(row: Any) -> int:
        return int(row.outbreak_id)


class BulletinInFull(BulletinOut):
    """A bulletin with its figures, checks and texts."""

    figures: dict[str, Any]
    adjustments: list[AdjustmentOut]
    findings: list[FindingOut]
    may_sign: bool
    text_zh: str
    text_en: str

    @staticmethod
    def resolve_may_sign(row: Any) -> bool:
        return all(finding["state"] != State.FAILED for finding in row.findings)


class DraftIn(Schema):
    outbreak: Id
    division: DivisionOrNode
    day: Day
    windows: list[WindowText] = Field(default_factory=list, max_length=10, description="Baselines of totals.")
    entered: list[FigureIn] = Field(
        default_factory=list, max_length=500, description="Figures no case tells."
    )
    adjustments: list[AdjustmentIn] = Field(default_factory=list, max_length=200)
    protect_below: int = Field(0, ge=0, le=100)
    reason: Line = Field("", description="Why a day that was signed is revised.")


class BulletinFilters(Schema):
    outbreak: Id | None = None
    division: DivisionOrNode | None = None
    day: Day | None = None
    state: BulletinState | None = None


class TextIn(Schema):
    text: Document
    year: int | None = Field(None, ge=1900, le=2200, description="For days whose year the text does not say.")


class SourceOut(Schema):
    """Where a figure stands in the text: the span [start, end), and the words there."""

    start: int
    end: int
    words: str


class ReadFigureOut(KeyOut):
    value: int
    definition: str
    source: SourceOut


class UnreadOut(SourceOut):
    reason: str


class ContradictionOut(Schema):
    kind: str
    detail: str


class ReadingOut(Schema):
    """What a text says, what contradicts, and what could not be read. No figure is ever guessed."""

    bulletin: dict[str, Any] | None = Field(
        description="For /bulletins/check; null when the text holds no figures."
    )
    figures: list[ReadFigureOut]
    contradictions: list[ContradictionOut]
    unread: list[UnreadOut]
    notes: list[str]


class CheckIn(Schema):
    bulletin: dict[str, Any] = Field(description="Figures, as /bulletins/read gives them.")
    before: dict[str, Any] | None = Field(None, description="The day before, if known.")


class CheckOut(Schema):
    may_sign: bool
    counts: dict[str, int]
    findings: list[FindingOut]


@router.get("/bulletins", response=answers(Page[BulletinOut]), operation_id="list_bulletins")
def list_bulletins(
    request: HttpRequest,
    filters: Query[BulletinFilters],
    after: After = None,
    limit: Limit = 50,
) -> object:
    """Bulletins in sight, the latest day first."""
    caller(request).need()
    rows = Bulletin.objects.filter(**filters.dict(exclude_none=True))
    return paged(rows, order=("-day", "-id"), after=after, limit=limit)


@router.post("/bulletins", response=answers(BulletinInFull, 201), operation_id="draft_bulletin")
def draft_bulletin(
    request: HttpRequest, response: HttpResponse, payload: DraftIn, idempotency_key: Key = None
) -> object:
    """Count the day, check what must balance, write the text. A draft of the same day is replaced."""
    asking = caller(request)
    asking.need("bulletins.draft")
    if not payload.division.startswith(asking.division):
        raise Forbidden("bulletins.draft outside your jurisdiction")
    in_sight(Outbreak.objects.all(), payload.outbreak)
    try:
        windows = [Window.parse(text) for text in payload.windows]
        stated = bulletin_json.from_json(
            {
                "place": payload.division or NATION,
                "day": payload.day.isoformat(),
                "figures": [one.dict(exclude_none=True) for one in payload.entered],
                "adjustments": [one.dict(exclude_none=True) for one in payload.adjustments],
            }
        )
        row = once(
            request,
            response,
            idempotency_key,
            payload.dict(),
            lambda: verbs.draft(
                outbreak=payload.outbreak,
                division=payload.division,
                day=payload.day,
                windows=windows,
                entered=stated.figures,
                adjustments=stated.adjustments,
                protect_below=payload.protect_below,
                reason=payload.reason,
                by=asking.actor,
                at=asking.at,
            ),
            Bulletin,
        )
    except (FigureError, bulletin_json.BulletinFormError, bulletin_text.WordingError) as error:
        raise Refused(str(error), field="entered") from error
    return Status(201, row)


@router.post("/bulletins/read", response=answers(ReadingOut), operation_id="read_bulletin")
def read_bulletin(request: HttpRequest, payload: TextIn) -> object:
    """Turn a bulletin's text back into figures: simplified or traditional script, damaged or not."""
    caller(request).need()
    try:
        found = bulletin_text.read(payload.text, year=payload.year)
    except (FigureError, ValueError, OverflowError) as error:
        raise Refused(str(error) or "this text cannot be read", field="text") from error
    told = bulletin_json.reading_json(found)
    return {**told, "figures": told["bulletin"]["figures"] if told["bulletin"] else []}


@router.post("/bulletins/check", response=answers(CheckOut), operation_id="check_bulletin")
def check_bulletin(request: HttpRequest, payload: CheckIn) -> object:
    """Try every identity on figures from anywhere. Nothing is stored."""
    caller(request).need()
    bulletin = _loaded(payload.bulletin, "bulletin")
    before = None if payload.before is None else _loaded(payload.before, "before")
    return bulletin_json.findings_json(rules.check(bulletin, before))


@router.get("/bulletins/{bulletin}", response=answers(BulletinInFull), operation_id="get_bulletin")
def get_bulletin(request: HttpRequest, bulletin: Id) -> object:
    """One bulletin with its figures, checks and texts."""
    caller(request).need()
    return in_sight(Bulletin.objects.all(), bulletin)


@router.post("/bulletins/{bulletin}/sign", response=answers(BulletinInFull), operation_id="sign_bulletin")
def sign_bulletin(request: HttpRequest, bulletin: Id) -> object:
    """Sign and publish. Refused while an identity fails that no adjustment explains."""
    asking = caller(request)
    in_sight(Bulletin.objects.all(), bulletin)
    return verbs.sign(bulletin=bulletin, by=asking.actor, at=asking.at)


class VerifiedOut(Schema):
    """Whether a signed bulletin still is what was signed."""

    intact: bool
    digest: str
    signature: str


@router.get("/bulletins/{bulletin}/verify", response=answers(VerifiedOut), operation_id="verify_bulletin")
def verify_bulletin(request: HttpRequest, bulletin: Id) -> object:
    """Recompute the digest of a bulletin and check the node's signature over it."""
    caller(request).need()
    row = in_sight(Bulletin.objects.select_related("outbreak"), bulletin)
    return {"intact": verbs.verify(row), "digest": row.digest, "signature": row.signature}


@router.get(
    "/bulletins/{bulletin}/pdf",
    response=answers(bytes),
    operation_id="get_bulletin_pdf",
    openapi_extra={
        "responses": {
            200: {"content": {"application/pdf": {"schema": {"type": "string", "format": "binary"}}}}
        }
    },
)
def get_bulletin_pdf(
    request: HttpRequest, bulletin: Id, language: Literal["zh", "en"] = "zh"
) -> HttpResponse:
    """The official document; a draft or an exercise says so across every page."""
    caller(request).need()
    row = in_sight(Bulletin.objects.select_related("outbreak", "signed_by"), bulletin)
    try:
        content = paper(row, language=language)
    except UnprintableError as error:
        raise Refused(str(error), field="language") from error
    response = HttpResponse(content, content_type="application/pdf")
    response["Content-Disposition"] = (
        f'attachment; filename="{row.outbreak.code}-{row.day}-{row.revision}.pdf"'
    )
    response["Cache-Control"] = "no-store"
    return response


def _loaded(data: dict[str, Any], field: str) -> rules.Bulletin:
    try:
        return bulletin_json.from_json(data)
    except (FigureError, bulletin_json.BulletinFormError) as error:
        raise Refused(str(error), field=field) from error
