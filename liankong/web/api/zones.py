"""Which areas are closed, since when, on which ground, and what is missing before they open?"""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from ninja import Query, Router, Schema

from liankong.actions import zones_appeals, zones_draw, zones_sign
from liankong.rules.zones_history import in_effect
from liankong.store import zones as store
from liankong.store.models import Appeal, Zone, ZoneStep
from liankong.store.zones_facts import checklists
from liankong.vocabulary.kinds import ZoneState
from liankong.vocabulary.spans import local_day
from liankong.web.api.door import Caller, caller
from liankong.web.api.kit import After, Id, Limit, Page, answers, in_sight, paged
from liankong.web.api.orders import OrderOut
from liankong.web.api.zones_schemas import (
    AppealAnswerIn,
    AppealIn,
    AppealOut,
    AppealWordsOut,
    ZoneApproveIn,
    ZoneCapOut,
    ZoneEscalateIn,
    ZoneExtendIn,
    ZoneFilters,
    ZoneIn,
    ZoneInFull,
    ZoneLiftIn,
    ZoneLowerIn,
    ZoneNoticeOut,
    ZoneOut,
    ZoneReasonIn,
    ZoneRestartIn,
    ZoneRoundIn,
)
from liankong.web.zones_public import latest_notices, messages, written

router = Router(tags=["zones"])
HISTORY = 500


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
