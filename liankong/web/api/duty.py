"""Who is on duty when, and what did the last shift hand over?"""

from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import File, Query, Router, Schema, UploadedFile
from pydantic import Field

from liankong.actions import Refused
from liankong.actions import duty as verbs
from liankong.exchange.duty_roster import read_duty
from liankong.exchange.icalendar_duty import MEDIA_TYPE
from liankong.exchange.tables import TableError
from liankong.rules.duty import MOST_DAYS
from liankong.store import duty as store
from liankong.store.models import Handover, Organisation, Shift
from liankong.web.api.door import Caller, caller
from liankong.web.api.kit import After, Day, Id, Limit, Line, Moment, Page, answers, in_sight, paged
from liankong.web.api.linelists import _laid_down
from liankong.web.duty import roster_calendar

router = Router(tags=["duty"])


class ShiftOut(Schema):
    """A user on duty for an organisation, from when until when."""

    id: int
    organisation: int
    user: int
    post: int | None
    leads: bool
    from_at: datetime
    until_at: datetime

    @staticmethod
    def resolve_organisation(row: Any) -> int:
        return int(row.organisation_id)

    @staticmethod
    def resolve_user(row: Any) -> int:
        return int(row.user_id)

    @staticmethod
    def resolve_post(row: Any) -> int | None:
        found: int | None = row.post_id
        return found


class ShiftIn(Schema):
    organisation: Id
    user: Id
    from_at: Moment
    until_at: Moment
    leads: bool = False


class ShiftPatternIn(Schema):
    """Three shifts a day in turn."""

    organisation: Id
    users: list[Id] = Field(min_length=1, max_length=200)
    leaders: list[Id] = Field(default_factory=list, max_length=200)
    first: Day
    days: int = Field(ge=1, le=MOST_DAYS)
    together: int = Field(1, ge=1, le=50)


class ShiftRejectedOut(Schema):
    row: int
    field: str
    reason: str


class ShiftsPlannedOut(Schema):
    """`rows` = accepted + duplicate + the rejected."""

    rows: int
    accepted: int
    duplicate: int
    rejected: list[ShiftRejectedOut]


class ShiftFilters(Schema):
    organisation: Id | None = Field(None, description="Otherwise that of the post in use.")
    from_at: Moment | None = None
    until_at: Moment | None = None


class ShiftRemoveIn(Schema):
    reason: Line


class ShiftRemovedOut(Schema):
    shift: int


class HandoverIn(Schema):
    text: str = Field(min_length=1, max_length=4000, pattern=r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*$")


class HandoverOut(Schema):
    """What one shift tells the next, and how the orders stood at that hour."""

    id: int
    organisation: int
    text: str
    figures: dict[str, Any]
    at: datetime
    by: int
    taken_at: datetime | None
    taken_by: int | None

    @staticmethod
    def resolve_organisation(row: Any) -> int:
        return int(row.organisation_id)

    @staticmethod
    def resolve_by(row: Any) -> int:
        return int(row.by_id)

    @staticmethod
    def resolve_taken_by(row: Any) -> int | None:
        found: int | None = row.taken_by_id
        return found


class RosterAsked(Schema):
    organisation: Id | None = Field(None, description="Otherwise that of the post in use.")


@router.get("/duty/now", response=answers(list[ShiftOut]), operation_id="duty_now")
def now(request: HttpRequest, asked: Query[RosterAsked]) -> object:
    """Who is on duty at this hour, whoever leads first."""
    asking = caller(request)
    asking.need()
    return list(store.on_now(_body(asked.organisation, asking).pk, asking.at)[:200])


@router.get("/duty/shifts", response=answers(Page[ShiftOut]), operation_id="list_shifts")
def list_shifts(
    request: HttpRequest, filters: Query[ShiftFilters], after: After = None, limit: Limit = 50
) -> object:
    """The roster of one organisation, the earliest shift first."""
    asking = caller(request)
    asking.need()
    rows = Shift.objects.filter(organisation=_body(filters.organisation, asking))
    if filters.from_at is not None:
        rows = rows.filter(until_at__gt=filters.from_at)
    if filters.until_at is not None:
        rows = rows.filter(from_at__lt=filters.until_at)
    return paged(rows, order=("from_at", "id"), after=after, limit=limit)


@router.post("/duty/shifts", response=answers(ShiftsPlannedOut), operation_id="plan_shift")
def plan_shift(request: HttpRequest, payload: ShiftIn) -> object:
    """Plan one shift. Planned twice, it is a duplicate."""
    asking = caller(request)
    return verbs.plan(**payload.dict(), by=asking.actor, at=asking.at)


@router.post("/duty/pattern", response=answers(ShiftsPlannedOut), operation_id="plan_pattern")
def plan_pattern(request: HttpRequest, payload: ShiftPatternIn) -> object:
    """Plan three shifts a day in turn."""
    asking = caller(request)
    return verbs.plan_pattern(**payload.dict(), by=asking.actor, at=asking.at)


@router.post("/duty/list", response=answers(ShiftsPlannedOut), operation_id="plan_list")
def plan_list(request: HttpRequest, asked: Query[RosterAsked], file: File[UploadedFile]) -> object:
    """Plan the shifts of a CSV or Excel list: user, day, from, until, leads. Each row is counted."""
    asking = caller(request)
    asking.need("duty.plan")
    body = _body(asked.organisation, asking)
    try:
        with _laid_down(file) as path:
            roster = read_duty(path)
    except TableError as error:
        raise Refused(str(error).replace("{", "(").replace("}", ")"), field="file") from error
    return verbs.plan_list(organisation=body.pk, roster=roster, by=asking.actor, at=asking.at)


@router.post("/duty/shifts/{shift}/remove", response=answers(ShiftRemovedOut), operation_id="remove_shift")
def remove_shift(request: HttpRequest, shift: Id, payload: ShiftRemoveIn) -> object:
    """Take a shift off the roster; one that has begun ends now."""
    asking = caller(request)
    in_sight(Shift.objects.all(), shift)
    verbs.remove(shift=shift, reason=payload.reason, by=asking.actor, at=asking.at)
    return {"shift": shift}


class CalendarAsked(RosterAsked):
    mine: bool = Field(False, description="Only the shifts of the token's user.")


@router.get(
    "/duty/calendar",
    response=answers(bytes),
    operation_id="duty_calendar",
    openapi_extra={
        "responses": {200: {"content": {"text/calendar": {"schema": {"type": "string", "format": "binary"}}}}}
    },
)
def duty_calendar(request: HttpRequest, asked: Query[CalendarAsked]) -> HttpResponse:
    """The roster as iCalendar (RFC 5545), for a program that keeps a calendar up to date."""
    asking = caller(request)
    asking.need()
    body = _body(asked.organisation, asking)
    content = roster_calendar(body, asking.at, mine=asking.user.pk if asked.mine else None)
    return HttpResponse(content, content_type=MEDIA_TYPE)


@router.get("/duty/handovers", response=answers(Page[HandoverOut]), operation_id="list_handovers")
def list_handovers(
    request: HttpRequest, asked: Query[RosterAsked], after: After = None, limit: Limit = 50
) -> object:
    """Notes of one organisation, the newest first."""
    asking = caller(request)
    asking.need()
    rows = Handover.objects.filter(organisation=_body(asked.organisation, asking))
    return paged(rows, order=("-at", "-id"), after=after, limit=limit)


@router.post("/duty/handovers", response=answers(HandoverOut), operation_id="hand_over")
def hand_over(request: HttpRequest, payload: HandoverIn) -> object:
    """Write what the next shift must know. How the orders stand is counted and attached."""
    asking = caller(request)
    return verbs.hand_over(text=payload.text, by=asking.actor, at=asking.at)


@router.post("/duty/handovers/{handover}/take", response=answers(HandoverOut), operation_id="take_over")
def take_over(request: HttpRequest, handover: Id) -> object:
    """The next shift has read it; not its writer."""
    asking = caller(request)
    in_sight(Handover.objects.all(), handover)
    return verbs.take_over(handover=handover, by=asking.actor, at=asking.at)


def _body(organisation: int | None, asking: Caller) -> Organisation:
    """The organisation asked for, inside the caller's jurisdiction."""
    rows = Organisation.objects.filter(division__startswith=asking.division)
    return in_sight(rows, organisation if organisation is not None else asking.seat.organisation)
