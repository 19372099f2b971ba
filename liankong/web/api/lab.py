"""What was tested, together with whom, and what came out?"""

from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import Router, Schema, Status
from pydantic import Field

from liankong.actions import lab as verbs
from liankong.store.models import Organisation, Result, Tube
from liankong.vocabulary.kinds import OrganisationKind, ResultValue, TubeKind
from liankong.web.api.door import caller, once
from liankong.web.api.kit import After, Division, Id, Key, Limit, Moment, Number, Page, Short, answers, paged

router = Router(tags=["lab"])

LARGEST_POOL = 1000  # far above any protocol's pool; only keeps one message from naming a whole city


class TubeIn(Schema):
    code: Number = Field(min_length=1)
    kind: TubeKind
    persons: list[Id] = Field(min_length=1, max_length=LARGEST_POOL)
    division: Division
    sampled_at: Moment


class TubeOut(Schema):
    """A tube and the people whose swabs it holds, as identifiers."""

    id: int
    code: str
    kind: TubeKind
    division: str
    sampled_at: datetime
    persons: list[int]

    @staticmethod
    def resolve_persons(row: Any) -> list[int]:
        return sorted(person.pk for person in row.members.all())


class ResultIn(Schema):
    tube: Number = Field(min_length=1)
    value: ResultValue
    ct: float | None = Field(None, gt=0, le=100)
    laboratory: Id | None = Field(None, description="The organisation that reports.")
    message: Short = Field(
        "", description="The laboratory's own number for this message: sent twice, it is one result."
    )


class ResultOut(Schema):
    """A finding. A correction is a further result; nothing is overwritten."""

    id: int
    tube: str
    value: ResultValue
    ct: float | None
    laboratory: int | None
    division: str
    resulted_at: datetime
    message: str

    @staticmethod
    def resolve_tube(row: Any) -> str:
        return str(row.tube.code)

    @staticmethod
    def resolve_laboratory(row: Any) -> int | None:
        found: int | None = row.laboratory_id
        return found


@router.post("/tubes", response=answers(TubeOut, 201), operation_id="register_tube")
def register_tube(
    request: HttpRequest, response: HttpResponse, payload: TubeIn, idempotency_key: Key = None
) -> object:
    """Bind a tube to the people whose swabs it holds."""
    asking = caller(request)
    row = once(
        request,
        response,
        idempotency_key,
        payload.dict(),
        lambda: verbs.register_tube(**payload.dict(), by=asking.actor, at=asking.at),
        Tube,
    )
    return Status(201, row)


@router.get("/tubes/{code}", response=answers(TubeOut), operation_id="get_tube")
def get_tube(request: HttpRequest, code: Number) -> object:
    """A tube by its code."""
    caller(request).need()
    return Tube.objects.prefetch_related("members").get(code=code)


@router.post("/results", response=answers(ResultOut, 201), operation_id="report_result")
def report_result(
    request: HttpRequest, response: HttpResponse, payload: ResultIn, idempotency_key: Key = None
) -> object:
    """Take in a laboratory's finding. What follows (recall of a pool, opening of a case) runs by itself."""
    asking = caller(request)
    values = payload.dict()
    if values["laboratory"] is not None:
        values["laboratory"] = Organisation.objects.get(
            pk=values["laboratory"], kind=OrganisationKind.LABORATORY
        )
    row = once(
        request,
        response,
        idempotency_key,
        payload.dict(),
        lambda: verbs.report_result(**values, by=asking.actor, at=asking.at),
        Result,
    )
    return Status(201, row)


@router.get("/results", response=answers(Page[ResultOut]), operation_id="list_results")
def list_results(
    request: HttpRequest,
    tube: Number | None = None,
    value: ResultValue | None = None,
    after: After = None,
    limit: Limit = 50,
) -> object:
    """Results in sight, newest first."""
    caller(request).need()
    rows = Result.objects.select_related("tube")
    if tube is not None:
        rows = rows.filter(tube__code=tube)
    if value is not None:
        rows = rows.filter(value=value)
    return paged(rows, order=("-id",), after=after, limit=limit)
