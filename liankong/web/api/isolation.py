"""Who must move, where, by when?"""

from typing import Any

from django.http import HttpRequest
from ninja import Query, Router

from liankong.actions import isolation as verbs
from liankong.actions import isolation_stay, isolation_trips
from liankong.protocols.words import Placement
from liankong.rules.why import Why
from liankong.store import isolation_board as boards
from liankong.store.models import Isolation, Trip
from liankong.web.api.door import caller
from liankong.web.api.isolation_schemas import (
    AssessIn,
    Filters,
    HospitalIn,
    IsolationOut,
    IsolationReasonIn,
    PlacementIn,
    PlanIn,
    PlannedOut,
    RoomTo,
    SignedOut,
    TransfersSignIn,
    TripOut,
)
from liankong.web.api.kit import After, Id, Limit, Page, answers, in_sight, paged
from liankong.web.isolation_words import why_words

router = Router(tags=["isolation"])


# --- transfers --------------------------------------------------------------------------------------------------


@router.get("/isolations", response=answers(Page[IsolationOut]), operation_id="list_isolations")
def list_isolations(
    request: HttpRequest, filters: Query[Filters], after: After = None, limit: Limit = 50
) -> object:
    """Isolations in sight, the earliest first."""
    asking = caller(request)
    asking.need()
    rows = Isolation.objects.select_related("hold")
    if filters.state is not None:
        rows = rows.filter(released_at__isnull=True).filter(boards.standing(filters.state, asking.at))
    if filters.open is not None:
        rows = rows.filter(released_at__isnull=filters.open)
    rows = rows.filter(**filters.dict(include={"site", "person"}, exclude_none=True))
    return paged(rows, order=("determined_at", "id"), after=after, limit=limit)


@router.post("/isolations", response=answers(IsolationOut), operation_id="propose_isolation")
def propose_isolation(request: HttpRequest, payload: PlacementIn) -> object:
    """Propose to keep apart somebody who is no contact: from abroad, from a risk area, a case."""
    asking = caller(request)
    return verbs.propose_somebody(**payload.dict(), by=asking.actor, at=asking.at)


@router.post("/isolations/sign", response=answers(SignedOut), operation_id="sign_isolations")
def sign_isolations(request: HttpRequest, payload: TransfersSignIn) -> object:
    """Sign one or many: rooms and vehicles are held, the orders go out. What cannot be signed says why."""
    asking = caller(request)
    done = verbs.sign(**payload.dict(), by=asking.actor, at=asking.at)
    return {
        "signed": list(done.signed),
        "refused": _left(done.refused),
        "trips": [trip.pk for trip in done.trips],
        "unplanned": _left(done.unplanned),
    }


@router.get("/isolations/{isolation}", response=answers(IsolationOut), operation_id="get_isolation")
def get_isolation(request: HttpRequest, isolation: Id) -> object:
    """One isolation."""
    caller(request).need()
    return in_sight(Isolation.objects.select_related("hold"), isolation)


@router.post(
    "/isolations/{isolation}/assess", response=answers(IsolationOut), operation_id="assess_isolation"
)
def assess_isolation(request: HttpRequest, isolation: Id, payload: AssessIn) -> object:
    """Say what was found: home, grounds, how somebody can be moved, who cares for them."""
    asking = caller(request)
    in_sight(Isolation.objects.all(), isolation)
    return verbs.assess(isolation=isolation, **payload.dict(), by=asking.actor, at=asking.at)


@router.post(
    "/isolations/{isolation}/reject", response=answers(IsolationOut), operation_id="reject_isolation"
)
def reject_isolation(request: HttpRequest, isolation: Id, payload: IsolationReasonIn) -> object:
    """Turn a proposal down, with a reason."""
    asking = caller(request)
    in_sight(Isolation.objects.all(), isolation)
    return verbs.reject(isolation=isolation, reason=payload.reason, by=asking.actor, at=asking.at)


@router.post("/isolations/{isolation}/door", response=answers(IsolationOut), operation_id="person_at_door")
def person_at_door(request: HttpRequest, isolation: Id) -> object:
    """The vehicle stands at the door."""
    asking = caller(request)
    in_sight(Isolation.objects.all(), isolation)
    return isolation_trips.at_door(isolation=isolation, by=asking.actor, at=asking.at)


@router.post("/isolations/{isolation}/aboard", response=answers(IsolationOut), operation_id="person_aboard")
def person_aboard(request: HttpRequest, isolation: Id) -> object:
    """The person is in the vehicle."""
    asking = caller(request)
    in_sight(Isolation.objects.all(), isolation)
    return isolation_trips.aboard(isolation=isolation, by=asking.actor, at=asking.at)


@router.post("/isolations/{isolation}/arrive", response=answers(IsolationOut), operation_id="person_arrived")
def person_arrived(request: HttpRequest, isolation: Id) -> object:
    """The person is there: at the site, in the hospital, or seen at home."""
    asking = caller(request)
    row = in_sight(Isolation.objects.all(), isolation)
    at_home = row.placement in (Placement.HOME_ISOLATION, Placement.HOME_MONITORING)
    verb = isolation_trips.begin_home if at_home else isolation_trips.arrived
    return verb(isolation=isolation, by=asking.actor, at=asking.at)


@router.post("/isolations/{isolation}/hospital", response=answers(IsolationOut), operation_id="to_hospital")
def to_hospital(request: HttpRequest, isolation: Id, payload: HospitalIn) -> object:
    """To a hospital, now: nothing is checked, nothing is waited for."""
    asking = caller(request)
    in_sight(Isolation.objects.all(), isolation)
    return isolation_trips.to_hospital(isolation=isolation, **payload.dict(), by=asking.actor, at=asking.at)


@router.post("/isolations/{isolation}/move", response=answers(IsolationOut), operation_id="move_room")
def move_room(request: HttpRequest, isolation: Id, payload: RoomTo) -> object:
    """Another room, for whoever shares the old one on purpose too."""
    asking = caller(request)
    in_sight(Isolation.objects.all(), isolation)
    return isolation_stay.move_room(isolation=isolation, room=payload.room, by=asking.actor, at=asking.at)


@router.post("/isolations/{isolation}/release", response=answers(IsolationOut), operation_id="release_person")
def release_person(request: HttpRequest, isolation: Id) -> object:
    """Release somebody whose checklist is met."""
    asking = caller(request)
    in_sight(Isolation.objects.all(), isolation)
    return isolation_stay.release(isolation=isolation, by=asking.actor, at=asking.at)


@router.get("/trips", response=answers(Page[TripOut]), operation_id="list_trips")
def list_trips(request: HttpRequest, after: After = None, limit: Limit = 50) -> object:
    """Trips in sight, the latest planned first."""
    caller(request).need()
    rows = Trip.objects.select_related("hold").prefetch_related("riders")
    return paged(rows, order=("-planned_at", "-id"), after=after, limit=limit)


@router.get("/trips/{trip}", response=answers(TripOut), operation_id="get_trip")
def get_trip(request: HttpRequest, trip: Id) -> object:
    """One trip with its doors in order."""
    caller(request).need()
    return in_sight(Trip.objects.select_related("hold").prefetch_related("riders"), trip)


@router.post("/trips", response=answers(PlannedOut), operation_id="plan_trips")
def plan_trips(request: HttpRequest, payload: PlanIn) -> object:
    """Plan drives for those who are signed and wait, with the vehicles that are free."""
    asking = caller(request)
    done = isolation_trips.plan(**payload.dict(), by=asking.actor, at=asking.at)
    return {"trips": [trip.pk for trip in done.trips], "left": _left(done.left)}


@router.post("/trips/{trip}/call-off", response=answers(TripOut), operation_id="call_off_trip")
def call_off_trip(request: HttpRequest, trip: Id, payload: IsolationReasonIn) -> object:
    """Call a trip off; its riders wait for another."""
    asking = caller(request)
    in_sight(Trip.objects.all(), trip)
    return isolation_trips.call_off(trip=trip, reason=payload.reason, by=asking.actor, at=asking.at)


def _left(found: dict[int, Why]) -> list[dict[str, Any]]:
    return [{"isolation": key, "reason": why_words(why)} for key, why in sorted(found.items())]
