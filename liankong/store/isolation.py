"""The shared mutators of rooms, vehicles and stays: what several verbs do alike. Rules decide, these write."""

from collections import deque
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from django.contrib.postgres.aggregates import ArrayAgg
from django.db import connection
from django.db.models import Exists, OuterRef, Q, QuerySet

from liankong.protocols.words import Placement
from liankong.rules.isolation import AT_HOME
from liankong.rules.isolation_trips import Spot
from liankong.store import log, orders
from liankong.store.log import Actor
from liankong.store.models import (
    Entry,
    Hold,
    Isolation,
    Order,
    Organisation,
    Person,
    Room,
    Site,
    Trip,
    Vehicle,
)
from liankong.store.organisations import NobodyResponsible, responsible_for
from liankong.vocabulary.facts import IsolationEnded, OrderCancelled, RoomChanged
from liankong.vocabulary.kinds import OrderState, OrganisationKind, RoomState

CLOSED_ORDERS = (OrderState.DONE, OrderState.CANCELLED)
DRIVEN = (Placement.CENTRAL, Placement.HOSPITAL)


# --- holds --------------------------------------------------------------------------------------------------


def hold_room(
    room: Room, *, from_at: datetime, by: Actor, at: datetime, until_at: datetime | None = None
) -> Hold | None:
    """Hold a room from an hour on; None when it is held already for any part of that time.

    The database decides: however many try at once, one wins, and nobody's transaction breaks or waits over it.
    """
    return _hold("room_id", room.pk, room.site.division, from_at, until_at, by, at)


def hold_vehicle(
    vehicle: Vehicle, *, from_at: datetime, by: Actor, at: datetime, until_at: datetime | None = None
) -> Hold | None:
    """Hold a vehicle from an hour on; None when it is held already for any part of that time."""
    return _hold("vehicle_id", vehicle.pk, vehicle.division, from_at, until_at, by, at)


def _hold(
    column: str,
    key: int,
    division: str,
    from_at: datetime,
    until_at: datetime | None,
    by: Actor,
    at: datetime,
) -> Hold | None:
    # Whoever comes while another's transaction still reaches for the same thing is refused at once: nobody waits,
    # so two that take several things in different orders cannot wait for each other. What is committed already is
    # refused by the exclusion constraint, which is also what stands against any other way of writing.
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO store_hold ({column}, division, from_at, until_at, by_id, at)"  # nosec B608  # a name of ours
            " SELECT %s, %s, %s, %s, %s, %s"
            " WHERE pg_try_advisory_xact_lock(hashtextextended(%s, 0))"
            " ON CONFLICT DO NOTHING RETURNING id",
            [key, division, from_at, until_at, by.user, at, f"liankong.hold.{column}.{key}"],
        )
        row = cursor.fetchone()
    return None if row is None else Hold.objects.get(pk=row[0])


def let_go(hold: Hold, *, at: datetime) -> None:
    """End a hold; one that had not begun is taken back whole."""
    if hold.released_at is not None or (hold.until_at is not None and hold.until_at <= at):
        return
    if at > hold.from_at:
        hold.until_at = at
    else:
        hold.released_at = at
    hold.save(update_fields=["until_at", "released_at"])


def holding(at: datetime) -> Q:
    """Holds that stand at an hour, or that are still to come."""
    return Q(released_at__isnull=True) & (Q(until_at__isnull=True) | Q(until_at__gt=at))


# --- rooms --------------------------------------------------------------------------------------------------


class Alike(NamedTuple):
    """Rooms between which a rule sees no difference but their number."""

    site: int
    floor: int
    beds: int
    accessible: bool


def free_rooms(sites: Iterable[int], at: datetime) -> dict[Alike, deque[int]]:
    """The rooms that are ready and held for nobody, those that are alike together, the lowest number in front."""
    held = Hold.objects.filter(holding(at), room=OuterRef("pk"))
    rows = (
        Room.objects.filter(~Exists(held), site__in=list(sites), state=RoomState.READY)
        .values_list("site_id", "floor", "beds", "accessible")
        .annotate(keys=ArrayAgg("pk", order_by="pk"))
        .order_by("site_id", "floor", "beds", "accessible")
    )
    return {Alike(site, floor, beds, accessible): deque(keys) for site, floor, beds, accessible, keys in rows}


def floors_of(sites: Iterable[Site]) -> dict[tuple[int, int], frozenset[bool]]:
    """Which infection statuses are on each floor, or on the way to it."""
    rows = (
        Isolation.objects.filter(site__in=list(sites), released_at__isnull=True, hold__isnull=False)
        .values_list("site_id", "hold__room__floor", "infected")
        .distinct()
    )
    found: dict[tuple[int, int], frozenset[bool]] = {}
    for site, floor, infected in rows:
        found[site, floor] = found.get((site, floor), frozenset()) | {infected}
    return found


def set_room(room: Room, state: RoomState, *, by: Actor, at: datetime) -> None:
    """Write a room's state and record it; the same state again changes nothing."""
    if room.state == state:
        return
    room.state, room.state_since = state, at
    room.save(update_fields=["state", "state_since"])
    log.record(
        RoomChanged(site=room.site_id, room=room.pk, state=state),
        subject=room.site_id,
        division=room.site.division,
        by=by,
        at=at,
    )


def leave_room(row: Isolation, *, by: Actor, at: datetime) -> None:
    """Give the room back when nobody of the party is left in it; an occupied one must be disinfected first."""
    hold = row.hold
    if hold is None or hold.room_id is None:
        return
    others = Isolation.objects.filter(hold=hold, released_at__isnull=True).exclude(pk=row.pk)
    if others.exists():
        return
    room = (
        Room.objects.select_related("site").select_for_update(of=("self",), no_key=True).get(pk=hold.room_id)
    )
    let_go(hold, at=at)
    if room.state == RoomState.OCCUPIED:
        set_room(room, RoomState.CLEANING, by=by, at=at)


# --- trips --------------------------------------------------------------------------------------------------


def close_trip(trip: Trip, *, at: datetime) -> None:
    """End a trip when none of its riders is on the way any more; the vehicle is free then."""
    if trip.ended_at is not None or trip.called_off_at is not None:
        return
    if Isolation.objects.filter(trip=trip, arrived_at__isnull=True, released_at__isnull=True).exists():
        return
    trip.ended_at = at
    trip.save(update_fields=["ended_at"])
    if trip.hold is not None:
        let_go(trip.hold, at=at)


def leave_trip(row: Isolation, *, at: datetime) -> None:
    """Take a rider out who will not be driven after all."""
    trip = row.trip
    if trip is None or row.arrived_at is not None:
        return
    row.trip = row.stop = None
    row.save(update_fields=["trip", "stop"])
    close_trip(trip, at=at)


# --- the end of a stay --------------------------------------------------------------------------------------


def end(
    row: Isolation,
    reason: str,
    *,
    by: Actor,
    at: datetime,
    words: str = "",
    cause: Entry | None = None,
) -> None:
    """End an isolation otherwise than by release: room, vehicle and order are let go. `reason` is a code."""
    row.released_at, row.ended = at, f"{reason}: {words}"[:120] if words else reason
    row.save(update_fields=["released_at", "ended"])
    leave_trip(row, at=at)
    leave_room(row, by=by, at=at)
    if row.order is not None:
        call_off(row.order, reason, by=by, at=at, cause=cause)
    log.record(
        IsolationEnded(isolation=row.pk, reason=reason),
        subject=row.pk,
        division=row.division,
        by=by,
        at=at,
        cause=cause,
        protocol=row.protocol,
    )


def call_off(order: Order, reason: str, *, by: Actor, at: datetime, cause: Entry | None = None) -> None:
    """Cancel an order that is still open, draft or not."""
    if order.state in CLOSED_ORDERS:
        return
    order.state, order.reason = OrderState.CANCELLED, reason
    order.save(update_fields=["state", "reason"])
    fact = OrderCancelled(order=order.pk, reason=reason)
    log.record(fact, subject=order.pk, division=order.division, by=by, at=at, cause=cause)


def finish_order(row: Isolation, proof: str, *, by: Actor, at: datetime, cause: Entry | None = None) -> None:
    """Close the order of a move that has been made."""
    if row.order is not None and row.order.state not in (*CLOSED_ORDERS, OrderState.DRAFT):
        orders.complete(row.order, proof=proof, done_by=by.user, by=by, at=at, cause=cause)


# --- who and where ------------------------------------------------------------------------------------------


def locked(keys: Sequence[int]) -> list[Isolation]:
    """Isolations in sight, locked for this transaction, with what the verbs read."""
    rows = (
        Isolation.objects.select_for_update(of=("self",))
        .filter(pk__in=keys)
        .select_related("person__household__dwelling", "order", "hold", "trip__hold", "site__organisation")
    )
    return list(rows.order_by("pk"))


def in_force() -> "QuerySet[Isolation]":
    """Signed and not ended."""
    return Isolation.objects.filter(released_at__isnull=True, signed_at__isnull=False)


def proposed() -> "QuerySet[Isolation]":
    """Waiting for a signature."""
    return Isolation.objects.filter(released_at__isnull=True, signed_at__isnull=True)


def mover(placement: Placement, division: str, at: datetime) -> Organisation:
    """Whom the order goes to: the fleet for a drive, the community for a beginning at home."""
    return movers({(placement, division)}, at)[placement, division]


def movers(
    moves: Collection[tuple[Placement, str]], at: datetime
) -> dict[tuple[Placement, str], Organisation]:
    """As `mover`, for many moves: a query for each kind of organisation. Raises NobodyResponsible."""
    headquarters = OrganisationKind.HEADQUARTERS
    at_home = (OrganisationKind.COMMUNITY, OrganisationKind.STREET, headquarters)
    driven = (OrganisationKind.TRANSPORT, headquarters)
    found: dict[tuple[Placement, str], Organisation] = {}
    for kinds, places in ((at_home, AT_HOME), (driven, DRIVEN)):
        open_ones = {move for move in moves if move[0] in places}
        for kind in kinds:
            bodies = responsible_for(kind, {division for _placement, division in open_ones}, at)
            found |= {move: bodies[move[1]] for move in open_ones if move[1] in bodies}
            open_ones -= found.keys()
            if not open_ones:
                break
        for _placement, division in open_ones:
            raise NobodyResponsible(f"nobody moves people of division {division} at {at.isoformat()}")
    return found


def spot_of_person(person: Person) -> Spot:
    """Where somebody is fetched: their dwelling, or at least their division."""
    dwelling = person.household.dwelling if person.household else None
    if dwelling is None:
        return Spot(division=person.division)
    return Spot(division=dwelling.division, longitude=dwelling.longitude, latitude=dwelling.latitude)


def spot_of_site(site: Site) -> Spot:
    if site.place is None:
        return Spot(division=site.division)
    return Spot(division=site.division, longitude=site.place.longitude, latitude=site.place.latitude)
