"""Who is infected, how ill, where from, and have we said so in time?"""

from datetime import date, datetime
from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpRequest
from ninja import Query, Router, Schema
from pydantic import Field

from liankong.actions import cases as verbs
from liankong.store.models import Case, CaseChange, CaseLink, Entry, Order, Organisation
from liankong.vocabulary.kinds import FoundBy, OrganisationKind, Origin, Outcome, PersonClass, Severity
from liankong.vocabulary.spans import Span
from liankong.web.api.audit import EntryOut
from liankong.web.api.door import caller
from liankong.web.api.kit import (
    After,
    Day,
    Division,
    Id,
    Limit,
    Line,
    Moment,
    Number,
    Page,
    Short,
    answers,
    in_sight,
    paged,
)
from liankong.web.api.orders import OrderOut

router = Router(tags=["cases"])

TIMELINE = 500  # entries that a case page may need; a case with more is read through /audit/entries


class CaseOut(Schema):
    """A case as it stands. The person is an identifier; who it is, the registry says to those who may ask."""

    id: int
    outbreak: int
    number: str
    person: int
    division: str
    classification: PersonClass
    severity: Severity | None
    origin: Origin
    origin_place: str
    found_by: FoundBy
    age: float | None
    age_high: float | None
    exposed_from: date | None
    exposed_to: date | None
    onset_on: date | None
    sampled_at: datetime | None
    isolated_on: date | None
    found_at: datetime
    reported_at: datetime | None
    confirmed_at: datetime | None
    hospital: int | None
    hospital_name: str
    admitted_at: datetime | None
    outcome: Outcome
    outcome_at: datetime | None
    cluster: str
    exposure: str
    protocol: str

    @staticmethod
    def resolve_outbreak(row: Any) -> int:
        return int(row.outbreak_id)

    @staticmethod
    def resolve_person(row: Any) -> int:
        return int(row.person_id)

    @staticmethod
    def resolve_hospital(row: Any) -> int | None:
        found: int | None = row.hospital_id
        return found

    @staticmethod
    def resolve_severity(row: Any) -> str | None:
        return row.severity or None


class ChangeOut(Schema):
    """What was known of the case from a moment on."""

    at: datetime
    classification: PersonClass
    severity: Severity | None
    origin: Origin
    outcome: Outcome
    division: str
    by: int | None
    protocol: str
    reason: str

    @staticmethod
    def resolve_severity(row: Any) -> str | None:
        return row.severity or None

    @staticmethod
    def resolve_by(row: Any) -> int | None:
        found: int | None = row.by_id
        return found


class LinkOut(Schema):
    """A stated infector; rank 1 is the one in use."""

    infector: int | None
    number: str
    rank: int
    exposure: str


class CaseInFull(CaseOut):
    """A case with its course, its sources, the orders about it, and the log entries that say why."""

    links: list[LinkOut]
    changes: list[ChangeOut]
    orders: list[OrderOut]
    timeline: list[EntryOut]

    @staticmethod
    def resolve_links(row: Any) -> list[dict[str, Any]]:
        return [
            {
                "infector": link.infector_id,
                "number": link.infector_number,
                "rank": link.rank,
                "exposure": link.exposure,
            }
            for link in CaseLink.objects.filter(case_id=row.pk).order_by("rank", "id")
        ]

    @staticmethod
    def resolve_changes(row: Any) -> list[CaseChange]:
        return list(CaseChange.objects.filter(case_id=row.pk).order_by("at", "id"))

    @staticmethod
    def resolve_orders(row: Any) -> list[Order]:
        return list(Order.objects.filter(case_id=row.pk).order_by("issued_at", "id"))

    @staticmethod
    def resolve_timeline(row: Any) -> list[Entry]:
        about = Q(subject_kind="case", subject=row.pk) | Q(
            subject_kind="order", subject__in=Order.objects.filter(case_id=row.pk).values("pk")
        )
        if row.result_id is not None:
            about |= Q(subject_kind="result", subject=row.result_id)
        return list(Entry.objects.filter(about).order_by("id")[:TIMELINE])


class CaseFilters(Schema):
    """All that are given must hold."""

    outbreak: Id | None = None
    number: Number | None = None
    division: Division | None = Field(None, description="This division and all below it.")
    classification: PersonClass | None = None
    severity: Severity | None = None
    origin: Origin | None = None
    outcome: Outcome | None = None
    person: Id | None = None
    reported: bool | None = Field(None, description="Whether the statutory report was made.")
    found_from: Day | None = None
    found_to: Day | None = Field(None, description="The last day, included.")


class ClassifyIn(Schema):
    classification: PersonClass
    severity: Severity | None = None
    reason: Line


class CourseIn(Schema):
    """What is not given stays as it is."""

    outcome: Outcome | None = None
    outcome_at: Moment | None = None
    severity: Severity | None = None
    hospital: Id | None = None
    admitted_at: Moment | None = None
    onset_on: Day | None = None
    reason: Line = ""


class SourceIn(Schema):
    origin: Origin
    origin_place: Short = ""
    infector: Number = Field("", description="The infector's case number, if known.")
    exposure: Line = ""
    cluster: Short | None = None


class ReportIn(Schema):
    card: Number = Field(description="The number of the report card.")


@router.get("/cases", response=answers(Page[CaseOut]), operation_id="list_cases")
def list_cases(
    request: HttpRequest,
    filters: Query[CaseFilters],
    after: After = None,
    limit: Limit = 50,
) -> object:
    """Cases in sight, the latest found first."""
    caller(request).need()
    return paged(_chosen(filters), order=("-found_at", "-id"), after=after, limit=limit)


@router.get("/cases/{case}", response=answers(CaseInFull), operation_id="get_case")
def get_case(request: HttpRequest, case: Id) -> object:
    """One case with its timeline: every fact about it and its orders, each with the entry that caused it."""
    caller(request).need()
    return in_sight(Case.objects.all(), case)


@router.post("/cases/{case}/classify", response=answers(CaseOut), operation_id="classify_case")
def classify_case(request: HttpRequest, case: Id, payload: ClassifyIn) -> object:
    """Set or change the class, under the protocol of the case, with a reason."""
    asking = caller(request)
    in_sight(Case.objects.all(), case)
    return verbs.classify(case=case, **payload.dict(), by=asking.actor, at=asking.at)


@router.post("/cases/{case}/course", response=answers(CaseOut), operation_id="record_course")
def record_course(request: HttpRequest, case: Id, payload: CourseIn) -> object:
    """Admission, onset, change of severity, discharge, release or death."""
    asking = caller(request)
    in_sight(Case.objects.all(), case)
    values = payload.dict()
    if values["hospital"] is not None:
        values["hospital"] = Organisation.objects.get(pk=values["hospital"], kind=OrganisationKind.HOSPITAL)
    return verbs.record_course(case=case, **values, by=asking.actor, at=asking.at)


@router.post("/cases/{case}/source", response=answers(CaseOut), operation_id="set_source")
def set_source(request: HttpRequest, case: Id, payload: SourceIn) -> object:
    """Say where the infection came from, and from which case, if known."""
    asking = caller(request)
    in_sight(Case.objects.all(), case)
    return verbs.set_source(case=case, **payload.dict(), by=asking.actor, at=asking.at)


@router.post("/cases/{case}/report", response=answers(CaseOut), operation_id="report_case")
def report_case(request: HttpRequest, case: Id, payload: ReportIn) -> object:
    """Record that the statutory report was made."""
    asking = caller(request)
    in_sight(Case.objects.all(), case)
    return verbs.report(case=case, card=payload.card, by=asking.actor, at=asking.at)


def _chosen(filters: CaseFilters) -> "QuerySet[Case]":
    wanted = filters.dict(exclude_none=True)
    rows = Case.objects.all()
    if "division" in wanted:
        rows = rows.filter(division__startswith=wanted.pop("division"))
    if "found_from" in wanted:
        rows = rows.filter(found_at__gte=Span.of_day(wanted.pop("found_from")).start)
    if "found_to" in wanted:
        rows = rows.filter(found_at__lt=Span.of_day(wanted.pop("found_to")).end)
    if "reported" in wanted:
        rows = rows.filter(reported_at__isnull=not wanted.pop("reported"))
    return rows.filter(**wanted)
