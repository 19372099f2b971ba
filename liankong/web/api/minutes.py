"""What did the meeting decide, and which orders does that make?"""

from datetime import date, datetime
from typing import Annotated, Any

from django.http import HttpRequest, HttpResponse
from ninja import Router, Schema, Status
from pydantic import Field, StringConstraints, WithJsonSchema

from liankong.actions import minutes as verbs
from liankong.actions.minutes import Kept, SetAside
from liankong.exchange.minutes import DateKind, Directive, Meeting, Part, Reach, Subject
from liankong.exchange.minutes_json import minutes_json
from liankong.store.models import Batch, Order
from liankong.vocabulary.kinds import OrderKind, OrganisationKind
from liankong.web.api.door import caller, once
from liankong.web.api.kit import (
    After,
    Day,
    Document,
    Id,
    Key,
    Limit,
    Line,
    Moment,
    Page,
    answers,
    in_sight,
    paged,
)

router = Router(tags=["minutes"])

# Written out where it stands: the description knows a list by its class's name alone, and the protocols' `Subject` of a
# regime has the same.
Matter = Annotated[Subject, WithJsonSchema({"type": "string", "enum": [one.value for one in Subject]})]

DRAFT = "orders.draft"
_PLAIN = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*$"
OrderTitle = Annotated[str, StringConstraints(strip_whitespace=True, max_length=160, pattern=_PLAIN)]
OrderText = Annotated[str, StringConstraints(strip_whitespace=True, max_length=4000, pattern=_PLAIN)]
Offset = Annotated[int, Field(ge=0, le=200_000, description="Into the cleaned text that the reading gave.")]


class MinutesIn(Schema):
    """The text of a meeting: plain or HTML, simplified or traditional."""

    text: Document
    meeting_day: Day | None = Field(
        None, description="The day of the meeting, or the year of its days, where the text does not say."
    )


class BodyOut(Schema):
    """A body named in the text; `reach` says how far the name goes, `part` what the body does there."""

    words: str
    start: int
    end: int
    kind: OrganisationKind
    reach: Reach
    division: str
    code: str
    part: Part


class WhenOut(Schema):
    """A date or term; without a moment, `problem` says why."""

    words: str
    start: int
    end: int
    kind: DateKind
    moment: datetime | None
    problem: str


class DirectiveOut(Schema):
    """One directive with its verbatim sentence. `number` is 0 outside the lists; `refused` names a masked number."""

    number: int
    label: str
    under: str
    title: str
    sentence: str
    start: int
    end: int
    bodies: list[BodyOut]
    dates: list[WhenOut]
    due: datetime | None
    subjects: list[Matter]
    refused: str
    addressees: list[int] = Field(description="Organisations that the bodies are at this hour.")


class MeetingOut(Schema):
    """A meeting that the text tells of; `unnumbered` are sentences outside its lists."""

    number: int
    day: date | None
    hour: str | None
    when: str
    title: str
    spans: list[list[int]]
    directives: list[DirectiveOut]
    unnumbered: list[DirectiveOut]


class MinutesOut(Schema):
    """The text as it was understood. All offsets are into `text`, in which persons' numbers are masked."""

    title: str
    published: date | None
    place: str
    text: str
    meetings: list[MeetingOut]
    notes: list[str]


class KeptIn(Schema):
    """A sentence that becomes a draft order to each addressee."""

    start: Offset
    end: Offset
    title: OrderTitle
    addressees: list[Id] = Field(max_length=500)
    due_at: Moment
    text: OrderText = ""
    kind: OrderKind = OrderKind.DIRECTIVE
    subject: Matter | None = None


class AsideIn(Schema):
    """A sentence that becomes none, and why."""

    start: Offset
    end: Offset
    reason: Line = ""


class MinutesDraftIn(Schema):
    """A meeting, its kept sentences and those set aside; `text` is the cleaned text of the reading."""

    text: Document
    title: OrderTitle
    held_at: Moment | None = None
    kept: list[KeptIn] = Field(max_length=300)
    set_aside: list[AsideIn] = Field(default_factory=list, max_length=300)


class AsideOut(Schema):
    start: int
    end: int
    reason: str
    sentence: str


class MinutesBatchOut(Schema):
    """A meeting whose minutes were read; its orders are those of `/orders` with this `batch`."""

    id: int
    division: str
    title: str
    held_at: datetime | None
    created_at: datetime


class MinutesBatchInFull(MinutesBatchOut):
    """With the text, the numbers of its orders, and what was set aside."""

    text: str
    orders: list[int]
    set_aside: list[AsideOut]

    @staticmethod
    def resolve_orders(row: Any) -> list[int]:
        return list(Order.objects.filter(batch=row.pk).order_by("pk").values_list("pk", flat=True))

    @staticmethod
    def resolve_set_aside(row: Any) -> list[dict[str, Any]]:
        return [{**one, "sentence": row.text[one["start"] : one["end"]]} for one in row.set_aside]


@router.post("/minutes/read", response=answers(MinutesOut), operation_id="read_minutes")
def read_minutes(request: HttpRequest, payload: MinutesIn) -> object:
    """Find the directives of a meeting, each with its sentence, and who they are for. Nothing is stored."""
    asking = caller(request)
    asking.need(DRAFT)
    found, directory = verbs.read(
        payload.text, place=asking.division, at=asking.at, meeting_day=payload.meeting_day
    )

    def addressees(one: Directive) -> list[int]:
        return [row.pk for row in directory.addressees(one, besides=asking.seat.organisation)]

    told = minutes_json(found)
    for meeting, shown in zip(found.meetings, told["meetings"], strict=True):
        for one, its in zip(_all(meeting), [*shown["directives"], *shown["unnumbered"]], strict=True):
            its["addressees"] = addressees(one)
    return told


def _all(meeting: Meeting) -> list[Directive]:
    return [*meeting.directives, *meeting.unnumbered]


@router.post("/minutes", response=answers(MinutesBatchInFull, 201), operation_id="draft_minutes")
def draft_minutes(
    request: HttpRequest, response: HttpResponse, payload: MinutesDraftIn, idempotency_key: Key = None
) -> object:
    """Write the kept sentences as draft orders, all or none. They bind nobody until they are signed."""
    asking = caller(request)
    asking.need(DRAFT)
    row = once(
        request,
        response,
        idempotency_key,
        payload.dict(),
        lambda: verbs.draft(
            text=payload.text,
            title=payload.title,
            held_at=payload.held_at,
            kept=[Kept(**one.dict()) for one in payload.kept],
            set_aside=[SetAside(**one.dict()) for one in payload.set_aside],
            by=asking.actor,
            at=asking.at,
        ),
        Batch,
    )
    return Status(201, row)


@router.get("/minutes", response=answers(Page[MinutesBatchOut]), operation_id="list_minutes")
def list_minutes(request: HttpRequest, after: After = None, limit: Limit = 50) -> object:
    """Meetings whose minutes were read, the latest first."""
    caller(request).need()
    rows = Batch.objects.exclude(text="").defer("text")
    return paged(rows, order=("-created_at", "-id"), after=after, limit=limit)


@router.get("/minutes/{batch}", response=answers(MinutesBatchInFull), operation_id="get_minutes")
def get_minutes(request: HttpRequest, batch: Id) -> object:
    """One meeting: its text, its orders, and what was set aside."""
    caller(request).need()
    return in_sight(Batch.objects.exclude(text=""), batch)
