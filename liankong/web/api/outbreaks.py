"""Which outbreaks are counted, since when, under which protocol?"""

from datetime import date, datetime

from django.http import HttpRequest, HttpResponse
from ninja import Router, Schema, Status
from pydantic import Field

from liankong.actions import outbreaks as verbs
from liankong.store.models import Outbreak
from liankong.web.api.door import caller, once
from liankong.web.api.kit import (
    After,
    Day,
    DivisionOrNode,
    Id,
    Key,
    Limit,
    Page,
    Short,
    Slug,
    Why,
    answers,
    in_sight,
    paged,
)

router = Router(tags=["outbreaks"])


class OutbreakOut(Schema):
    """An outbreak. `exercise` and `study` ones never enter a real count."""

    id: int
    code: str
    name: str
    english: str
    pathogen: str
    protocol: str
    division: str
    baseline_on: date
    exercise: bool
    study: bool
    opened_at: datetime
    closed_at: datetime | None


class OutbreakIn(Schema):
    code: Slug
    name: Short
    english: Short = ""
    pathogen: Short
    protocol: Short
    division: DivisionOrNode
    baseline_on: Day
    exercise: bool = False
    study: bool = False


class CloseIn(Schema):
    reason: Why = Field(description="On whose decision the response ends.")


@router.get("/outbreaks", response=answers(Page[OutbreakOut]), operation_id="list_outbreaks")
def list_outbreaks(request: HttpRequest, after: After = None, limit: Limit = 50) -> object:
    """Outbreaks in sight, newest first."""
    caller(request).need()
    return paged(Outbreak.objects.all(), order=("-opened_at", "-id"), after=after, limit=limit)


@router.post("/outbreaks", response=answers(OutbreakOut, 201), operation_id="open_outbreak")
def open_outbreak(
    request: HttpRequest,
    response: HttpResponse,
    payload: OutbreakIn,
    idempotency_key: Key = None,
) -> object:
    """Begin to count an outbreak, from its baseline day, under an edition of a protocol."""
    asking = caller(request)
    row = once(
        request,
        response,
        idempotency_key,
        payload.dict(),
        lambda: verbs.open_outbreak(**payload.dict(), by=asking.actor, at=asking.at),
        Outbreak,
    )
    return Status(201, row)


@router.get("/outbreaks/{outbreak}", response=answers(OutbreakOut), operation_id="get_outbreak")
def get_outbreak(request: HttpRequest, outbreak: Id) -> object:
    """One outbreak."""
    caller(request).need()
    return in_sight(Outbreak.objects.all(), outbreak)


@router.post("/outbreaks/{outbreak}/close", response=answers(OutbreakOut), operation_id="close_outbreak")
def close_outbreak(request: HttpRequest, outbreak: Id, payload: CloseIn) -> object:
    """End the response: no result opens a case in it any more, and the retention clocks of its data begin."""
    asking = caller(request)
    in_sight(Outbreak.objects.all(), outbreak)
    return verbs.close_outbreak(outbreak=outbreak, reason=payload.reason, by=asking.actor, at=asking.at)
