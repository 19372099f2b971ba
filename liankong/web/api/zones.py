"""Which areas are closed, since when, on which ground, and what is missing before they open?"""

from datetime import date, datetime
from typing import Annotated, Any, Literal

from django.db.models import QuerySet
from django.http import HttpRequest
from ninja import Query, Router, Schema
from pydantic import Field

from liankong.actions import zones_appeals, zones_draw, zones_sign
from liankong.protocols.words import ZoneUnit
from liankong.rules.zones_history import in_effect
from liankong.store import zones as store
from liankong.store.models import Appeal, Zone, ZoneStep
from liankong.store.zones_facts import checklists
from liankong.vocabulary.kinds import AppealState, ZoneChange, ZoneState
from liankong.vocabulary.spans import local_day
from liankong.web.api.door import Caller, caller
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
from liankong.web.zones_public import latest_notices, messages, written

router = Router(tags=["zones"])

Longitude = Annotated[float, Field(ge=-180, le=180)]
Latitude = Annotated[float, Field(ge=-90, le=90)]
Basis = Annotated[Line, Field(max_length=200)]
HISTORY = 500


class ZoneOut(Schema):
    """A zone as it stands. `kind` is the protocol's own code. Who lives inside is a number, never a list."""

    id: int
    outbreak: int
    number: str
    state: ZoneState
    kind: str
    unit: ZoneUnit
    name: str
    division: str
    divisions: list[str]
    case: int | None
    protocol: str
    persons: int | None = Field(description="By the register, when it was proposed.")
    households: int | None
    legal_basis: str
    reason: str
    finding: str
    needed: str = Field(description="The smallest lawful unit that held all that was known.")
    proposed_at: datetime
    from_at: datetime | None
    clock_from: datetime | None = Field(
        description="Since when the days without a new infection count; null while they do not."
    )
    review_on: date | None
    expires_at: datetime | None = Field(description="Past this moment it binds nobody.")
    ended_at: datetime | None
    signed_by: int | None
    lowered_from: str
    pending_kind: str = Field(description="What a positive makes of it; binds nobody until it is signed.")

    @staticmethod
    def resolve_outbreak(row: Any) -> int:
        return int(row.outbreak_id)

    @staticmethod
    def resolve_case(row: Any) -> int | None:
        found: int | None = row.case_id
        return found

    @staticmethod
    def resolve_signed_by(row: Any) -> int | None:
        found: int | None = row.signed_by_id
        return found


class ZoneConditionOut(Schema):
    """One condition of the protocol, with its figures in a sentence."""

    code: str
    met: bool
    text: str
    due_at: datetime | None = Field(description="When waiting alone would have met it.")


class ZoneChecklistOut(Schema):
    """What is missing before it is lowered or lifted; `then` is the kind it becomes, "" for lifted."""

    met: int
    total: int
    text: str
    then: str
    conditions: list[ZoneConditionOut]


class ZoneStepOut(Schema):
    """One change, as it was written down. Steps are never rewritten."""

    change: ZoneChange
    at: datetime
    by: int | None
    reason: str
    before: dict[str, Any]
    after: dict[str, Any]

    @staticmethod
    def resolve_by(row: Any) -> int | None:
        found: int | None = row.by_id
        return found


class AppealOut(Schema):
    """An objection. Its words are sealed and not part of this."""

    id: int
    zone: int
    state: AppealState
    made_at: datetime
    answer_by: datetime
    answered_at: datetime | None
    answered_by: int | None
    answer: str

    @staticmethod
    def resolve_zone(row: Any) -> int:
        return int(row.zone_id)

    @staticmethod
    def resolve_answered_by(row: Any) -> int | None:
        found: int | None = row.answered_by_id
        return found


class ZoneInFull(Schema):
    """A zone with who is inside now, its conditions, its history and its appeals."""

    zone: ZoneOut
    in_effect: bool
    people_now: int
    households_now: int
    outline: dict[str, Any] | None
    why: dict[str, Any]
    checklist: ZoneChecklistOut | None
    steps: list[ZoneStepOut]
    appeals: list[AppealOut]


class ZoneFilters(Schema):
    """All that are given must hold."""

    outbreak: Id | None = None
    state: ZoneState | None = None
    kind: Number | None = None
    number: Number | None = None
    division: Division | None = Field(None, description="This division and all below it.")
    case: Id | None = None
    late: bool | None = Field(None, description="In force with a review day in the past.")


class ZoneOutlineIn(Schema):
    """A GeoJSON polygon, WGS 84, longitude first."""

    type: Literal["Polygon"]
    coordinates: Annotated[
        list[Annotated[list[tuple[Longitude, Latitude]], Field(max_length=5000)]], Field(max_length=50)
    ]


class ZoneIn(Schema):
    """Places, whole divisions, or an outline; at least one of them."""

    outbreak: Id
    kind: Number
    reason: Line
    places: Annotated[list[Id], Field(max_length=zones_draw.MOST_PLACES)] = Field(default_factory=list)
    divisions: Annotated[list[Division], Field(max_length=50)] = Field(default_factory=list)
    outline: ZoneOutlineIn | None = None
    unit: ZoneUnit | None = Field(None, description="What an outline encloses.")
    name: Short = ""
    case: Id | None = None
    finding: Line = ""


class ZoneApproveIn(Schema):
    legal_basis: Basis
    kind: Number = Field("", description="Another kind than the one proposed.")
    reason: Line = ""
    review_on: Day | None = None
    expires_at: Moment | None = None
    finding: Line = ""


class ZoneReasonIn(Schema):
    reason: Line


class ZoneEscalateIn(Schema):
    reason: Line
    kind: Number = Field("", description="The graver kind; by default the one that the protocol names.")


class ZoneLowerIn(Schema):
    reason: Line = ""


class ZoneExtendIn(Schema):
    until: Moment
    reason: Line
    review_on: Day | None = None


class ZoneLiftIn(Schema):
    reason: Line = ""
    exception: bool = Field(False, description="Although a condition is open; needs a reason.")


class ZoneRestartIn(Schema):
    from_at: Moment
    reason: Line


class ZoneRoundIn(Schema):
    due_at: Moment


class AppealIn(Schema):
    text: Annotated[str, Field(min_length=1, max_length=2000)]


class AppealAnswerIn(Schema):
    granted: bool
    answer: Line


class AppealWordsOut(Schema):
    text: str


class ZoneNoticeOut(Schema):
    """The public notice in one language: places, never people."""

    language: str
    headline: str
    text: str


class ZoneCapOut(Schema):
    """A CAP 1.2 message; `references` name the earlier ones."""

    identifier: str
    status: str
    kind: str
    sent: datetime
    references: list[str]
    xml: str


@router.get("/zones", response=answers(Page[ZoneOut]), operation_id="list_zones")
def list_zones(
    request: HttpRequest, filters: Query[ZoneFilters], after: After = None, limit: Limit = 50
) -> object:
    """Zones in sight, the latest proposed first."""
    asking = caller(request)
    asking.need()
    return paged(_chosen(filters, asking), order=("-proposed_at", "-id"), after=after, limit=limit)


@router.post("/zones", response=answers(ZoneOut), operation_id="propose_zone")
def propose_zone(request: HttpRequest, payload: ZoneIn) -> object:
    """Propose a zone. It binds nobody until it is approved."""
    asking = caller(request)
    values = payload.dict()
    if values["outline"] is not None:
        rings = [[list(point) for point in ring] for ring in values["outline"]["coordinates"]]
        values["outline"] = {"type": "Polygon", "coordinates": rings}
    return zones_draw.propose_area(**values, by=asking.actor, at=asking.at)


@router.get("/zones/{zone}", response=answers(ZoneInFull), operation_id="get_zone")
def get_zone(request: HttpRequest, zone: Id) -> object:
    """One zone: who is inside now, what it waits for, and its whole history."""
    asking = caller(request)
    asking.need()
    row = in_sight(Zone.objects.all(), zone)
    people, homes = store.count_inside(row)
    checks = checklists([row], now=asking.at).get(row.pk)
    return {
        "zone": row,
        "in_effect": in_effect(store.standing(row), now=asking.at),
        "people_now": people,
        "households_now": homes,
        "outline": row.outline,
        "why": row.why,
        "checklist": checks
        and {
            "met": checks.met,
            "total": len(checks.conditions),
            "text": checks.sentence(),
            "then": checks.then,
            "conditions": [
                {"code": one.code, "met": one.met, "text": one.sentence(), "due_at": one.due_at}
                for one in checks.conditions
            ],
        },
        "steps": list(ZoneStep.objects.filter(zone=row).order_by("at", "pk")[:HISTORY]),
        "appeals": list(row.appeals.order_by("made_at", "pk")[:HISTORY]),
    }


@router.post("/zones/{zone}/approve", response=answers(ZoneOut), operation_id="approve_zone")
def approve_zone(request: HttpRequest, zone: Id, payload: ZoneApproveIn) -> object:
    """Sign a proposal: in force at once, until its date, under a legal basis. Its measures go out."""
    return _signed(request, zone, zones_sign.approve, payload)


@router.post("/zones/{zone}/reject", response=answers(ZoneOut), operation_id="reject_zone")
def reject_zone(request: HttpRequest, zone: Id, payload: ZoneReasonIn) -> object:
    """Turn a proposal down."""
    return _signed(request, zone, zones_sign.reject, payload)


@router.post("/zones/{zone}/escalate", response=answers(ZoneOut), operation_id="escalate_zone")
def escalate_zone(request: HttpRequest, zone: Id, payload: ZoneEscalateIn) -> object:
    """Raise it to a graver kind."""
    return _signed(request, zone, zones_sign.escalate, payload)


@router.post("/zones/{zone}/lower", response=answers(ZoneOut), operation_id="lower_zone")
def lower_zone(request: HttpRequest, zone: Id, payload: ZoneLowerIn) -> object:
    """Lower a zone whose conditions hold, for the remaining term of the protocol."""
    return _signed(request, zone, zones_sign.lower, payload)


@router.post("/zones/{zone}/extend", response=answers(ZoneOut), operation_id="extend_zone")
def extend_zone(request: HttpRequest, zone: Id, payload: ZoneExtendIn) -> object:
    """Let it stand longer, with a reason."""
    return _signed(request, zone, zones_sign.extend, payload)


@router.post("/zones/{zone}/lift", response=answers(ZoneOut), operation_id="lift_zone")
def lift_zone(request: HttpRequest, zone: Id, payload: ZoneLiftIn) -> object:
    """Lift a zone whose conditions hold; otherwise refused with those that are open, unless as an exception."""
    return _signed(request, zone, zones_sign.lift, payload)


@router.post("/zones/{zone}/clock", response=answers(ZoneOut), operation_id="restart_zone_clock")
def restart_zone_clock(request: HttpRequest, zone: Id, payload: ZoneRestartIn) -> object:
    """Begin its days anew for what no row of the platform shows. Only later, never sooner."""
    return _signed(request, zone, zones_sign.restart_clock, payload)


@router.post("/zones/{zone}/round", response=answers(OrderOut), operation_id="order_zone_round")
def order_zone_round(request: HttpRequest, zone: Id, payload: ZoneRoundIn) -> object:
    """Order the round of everybody inside before lifting."""
    return _signed(request, zone, zones_sign.order_round, payload)


@router.post("/zones/{zone}/appeals", response=answers(AppealOut), operation_id="make_appeal")
def make_appeal(request: HttpRequest, zone: Id, payload: AppealIn) -> object:
    """Take down that somebody objects. Their words are sealed; the answer is due by a date."""
    return _signed(request, zone, zones_appeals.make_appeal, payload)


@router.post("/appeals/{appeal}/read", response=answers(AppealWordsOut), operation_id="read_appeal")
def read_appeal(request: HttpRequest, appeal: Id) -> object:
    """Open an appeal's words; who did is on record."""
    asking = caller(request)
    in_sight(Appeal.objects.all(), appeal)
    return {"text": zones_appeals.read_appeal(appeal=appeal, by=asking.actor, at=asking.at)}


@router.post("/appeals/{appeal}/answer", response=answers(AppealOut), operation_id="answer_appeal")
def answer_appeal(request: HttpRequest, appeal: Id, payload: AppealAnswerIn) -> object:
    """Answer an appeal; refused to whoever signed the zone."""
    asking = caller(request)
    in_sight(Appeal.objects.all(), appeal)
    return zones_appeals.answer_appeal(appeal=appeal, **payload.dict(), by=asking.actor, at=asking.at)


@router.get("/zones/{zone}/notice", response=answers(list[ZoneNoticeOut]), operation_id="get_zone_notice")
def get_zone_notice(request: HttpRequest, zone: Id) -> object:
    """The latest public notice in Chinese and English; empty before the first signature."""
    caller(request).need()
    row = in_sight(Zone.objects.select_related("outbreak"), zone)
    return [
        {"language": one.language, "headline": one.headline, "text": one.text} for one in latest_notices(row)
    ]


@router.get("/zones/{zone}/cap", response=answers(list[ZoneCapOut]), operation_id="list_zone_cap")
def list_zone_cap(request: HttpRequest, zone: Id) -> object:
    """The CAP 1.2 messages of a zone, the oldest first."""
    caller(request).need()
    row = in_sight(Zone.objects.select_related("outbreak"), zone)
    return [
        {
            "identifier": one.identifier,
            "status": str(one.status),
            "kind": str(one.kind),
            "sent": one.sent,
            "references": [str(reference) for reference in one.references],
            "xml": written(one).decode(),
        }
        for one in messages(row)
    ]


def _signed(request: HttpRequest, zone: int, verb: Any, payload: Schema) -> object:
    asking = caller(request)
    in_sight(Zone.objects.all(), zone)
    return verb(zone=zone, **payload.dict(), by=asking.actor, at=asking.at)


def _chosen(filters: ZoneFilters, asking: Caller) -> "QuerySet[Zone]":
    wanted = filters.dict(exclude_none=True)
    rows = Zone.objects.all()
    if "division" in wanted:
        rows = rows.filter(division__startswith=wanted.pop("division"))
    if "late" in wanted:
        behind = rows.filter(state=ZoneState.IN_FORCE, review_on__lt=local_day(asking.at))
        rows = behind if wanted.pop("late") else rows.exclude(pk__in=behind.values("pk"))
    return rows.filter(**wanted)
