"""What do people inside need, and who brings it?"""

from datetime import date, datetime
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from ninja import Query, Router, Schema
from pydantic import Field

from liankong.actions import needs as verbs
from liankong.actions import needs_care, needs_standing
from liankong.store import needs_refused
from liankong.store.models import CarePoint, Order, StandingNeed
from liankong.vocabulary.kinds import FactSource, NeedKind, OrderKind, OrderState
from liankong.web.api.door import caller
from liankong.web.api.kit import After, Day, Division, Id, Limit, Line, Page, answers, in_sight, paged
from liankong.web.api.orders import OrderOut

router = Router(tags=["needs"])


class NeedOut(OrderOut):
    """A part of a need: the order to one body that brings it. An emergency has several parts in one batch."""

    need: str
    part: str
    emergency: bool
    household: int | None
    batch: int | None
    calls: int
    text: str

    @staticmethod
    def resolve_need(row: Any) -> str:
        return str(row.detail.get("need", ""))

    @staticmethod
    def resolve_part(row: Any) -> str:
        return str(row.detail.get("part", ""))

    @staticmethod
    def resolve_household(row: Any) -> int | None:
        found: int | None = row.household_id
        return found

    @staticmethod
    def resolve_batch(row: Any) -> int | None:
        found: int | None = row.batch_id
        return found

    @staticmethod
    def resolve_calls(row: Any) -> int:
        return 1 + len(row.detail.get("calls", []))


class NeedIn(Schema):
    """Where it is comes from a person, a household or a division; in an emergency none of them need be right."""

    kind: NeedKind
    person: Id | None = None
    household: Id | None = None
    division: Division | None = None
    words: str = Field("", max_length=600, pattern=r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*$")
    emergency: bool = False
    source: FactSource = FactSource.HOTLINE


class NeedTakenOut(Schema):
    """`repeated`: a running order brings this already, and the call was noted on it."""

    repeated: bool
    orders: list[NeedOut]


class NeedFilters(Schema):
    mine: bool = Field(False, description="Only those addressed to the organisation of the post in use.")
    need: NeedKind | None = None
    emergency: bool | None = None
    state: OrderState | None = None
    household: Id | None = None


class NeedPartOut(Schema):
    order: int
    part: str
    addressee: int
    state: OrderState
    due_at: datetime
    done_at: datetime | None


class CareRefusalIn(Schema):
    reason: Line


class HouseholdReachedOut(Schema):
    """What is on record of how to reach them."""

    address: str = ""
    phone: str = ""


class StandingNeedIn(Schema):
    kind: NeedKind
    household: Id
    person: Id | None = None
    what: str = Field(min_length=1, max_length=160, pattern=r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*$")
    next_on: Day
    every_days: int | None = Field(None, ge=1, le=366)
    hospital: Id | None = None


class StandingNeedOut(Schema):
    """A need that comes again."""

    id: int
    kind: NeedKind
    division: str
    household: int
    person: int | None
    what: str
    next_on: date | None
    every_days: int | None
    hospital: int | None
    ended_at: datetime | None

    @staticmethod
    def resolve_household(row: Any) -> int:
        return int(row.household_id)

    @staticmethod
    def resolve_person(row: Any) -> int | None:
        found: int | None = row.person_id
        return found

    @staticmethod
    def resolve_hospital(row: Any) -> int | None:
        found: int | None = row.hospital_id
        return found


class CarePointIn(Schema):
    takes: list[NeedKind] = Field(max_length=50)
    longitude: float | None = Field(None, ge=-180, le=180, allow_inf_nan=False)
    latitude: float | None = Field(None, ge=-90, le=90, allow_inf_nan=False)
    open: bool = True


class CarePointOut(Schema):
    """What a hospital or emergency centre takes, and where it stands."""

    organisation: int
    takes: list[NeedKind]
    longitude: float | None
    latitude: float | None
    open: bool

    @staticmethod
    def resolve_organisation(row: Any) -> int:
        return int(row.organisation_id)


@router.get("/needs", response=answers(Page[NeedOut]), operation_id="list_needs")
def list_needs(
    request: HttpRequest, filters: Query[NeedFilters], after: After = None, limit: Limit = 50
) -> object:
    """Needs in sight, the next due first."""
    asking = caller(request)
    asking.need()
    rows: QuerySet[Order] = Order.objects.filter(kind=OrderKind.NEED)
    if filters.mine:
        rows = rows.filter(addressee=asking.seat.organisation)
    if filters.need is not None:
        rows = rows.filter(detail__need=filters.need.value)
    rows = rows.filter(**filters.dict(include={"emergency", "state", "household"}, exclude_none=True))
    return paged(rows, order=("due_at", "id"), after=after, limit=limit)


@router.post("/needs", response=answers(NeedTakenOut), operation_id="take_need")
def take_need(request: HttpRequest, payload: NeedIn) -> object:
    """Take a need and send it out. An emergency is out at once, to all who can help, whoever it is for."""
    asking = caller(request)
    values = payload.dict()
    values["division"] = values["division"] or ""
    return verbs.take(**values, by=asking.actor, at=asking.at)


@router.get("/needs/{order}/parts", response=answers(list[NeedPartOut]), operation_id="need_parts")
def need_parts(request: HttpRequest, order: Id) -> object:
    """How far each body is that brings a need, also those in another jurisdiction."""
    caller(request).need()
    row = in_sight(Order.objects.filter(kind=OrderKind.NEED), order)
    found = needs_refused.progress([row.batch_id]) if row.batch_id else {}
    return found.get(row.batch_id or 0) or [
        {
            "order": row.pk,
            "part": row.detail.get("part", ""),
            "addressee": row.addressee_id,
            "state": row.state,
            "due_at": row.due_at,
            "done_at": row.done_at,
        }
    ]


@router.post("/needs/{order}/refused", response=answers(NeedPartOut), operation_id="report_refusal")
def report_refusal(request: HttpRequest, order: Id, payload: CareRefusalIn) -> object:
    """Somebody was sent away: the need goes to the next hospital at once, those above answer for the refusal."""
    asking = caller(request)
    row = verbs.report_refusal(order=order, reason=payload.reason, by=asking.actor, at=asking.at)
    return {
        "order": row.pk,
        "part": row.detail.get("part", ""),
        "addressee": row.addressee_id,
        "state": row.state,
        "due_at": row.due_at,
        "done_at": row.done_at,
    }


@router.post("/needs/{order}/reach", response=answers(HouseholdReachedOut), operation_id="reach_household")
def reach_household(request: HttpRequest, order: Id) -> object:
    """Address and phone, for the body to which a running need is addressed. The reading is on record."""
    asking = caller(request)
    return verbs.reach(order=order, by=asking.actor, at=asking.at)


@router.get("/standing-needs", response=answers(Page[StandingNeedOut]), operation_id="list_standing_needs")
def list_standing(request: HttpRequest, after: After = None, limit: Limit = 50) -> object:
    """The green channel's list: who needs care again and again."""
    caller(request).need()
    return paged(StandingNeed.objects.filter(ended_at__isnull=True), order=("id",), after=after, limit=limit)


@router.post("/standing-needs", response=answers(StandingNeedOut), operation_id="put_on_list")
def put_on_list(request: HttpRequest, payload: StandingNeedIn) -> object:
    """Put a need on the list; its turns are ordered a day ahead."""
    asking = caller(request)
    return needs_standing.put_on_list(**payload.dict(), by=asking.actor, at=asking.at)


@router.post(
    "/standing-needs/{standing}/end", response=answers(StandingNeedOut), operation_id="take_off_list"
)
def take_off_list(request: HttpRequest, standing: Id, payload: CareRefusalIn) -> object:
    """End a standing need."""
    asking = caller(request)
    in_sight(StandingNeed.objects.all(), standing)
    return needs_standing.take_off_list(
        standing=standing, reason=payload.reason, by=asking.actor, at=asking.at
    )


@router.get("/care-points", response=answers(Page[CarePointOut]), operation_id="list_care_points")
def list_care_points(request: HttpRequest, after: After = None, limit: Limit = 50) -> object:
    """What hospitals and emergency centres take."""
    caller(request).need()
    return paged(CarePoint.objects.all(), order=("id",), after=after, limit=limit)


@router.put("/care-points/{organisation}", response=answers(CarePointOut), operation_id="set_care_point")
def set_care_point(request: HttpRequest, organisation: Id, payload: CarePointIn) -> object:
    """Say what a hospital takes and where it stands."""
    asking = caller(request)
    return needs_care.set_care_point(
        organisation=organisation, **payload.dict(), by=asking.actor, at=asking.at
    )
