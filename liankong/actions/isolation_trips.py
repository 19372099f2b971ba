"""Who is fetched by which vehicle, and when were they at the door, aboard, there? To hospital at any moment."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from liankong.actions import Refused, action
from liankong.protocols.words import Placement
from liankong.rules import orders_words
from liankong.rules.isolation import AT_HOME
from liankong.rules.why import Why
from liankong.store import isolation as store
from liankong.store import isolation_trips, log
from liankong.store.log import Actor
from liankong.store.models import Entry, Isolation, Organisation, Room, Trip
from liankong.vocabulary.facts import IsolationEnded, PersonAboard, PersonArrived, PersonAtDoor, TripCalledOff
from liankong.vocabulary.kinds import OrderState, OrganisationKind, RoomState


@dataclass(frozen=True, slots=True)
class Planned:
    """The trips, and who is left without one and why."""

    trips: tuple[Trip, ...]
    left: dict[int, Why] = field(default_factory=dict)


@action("isolation.arrange")
def plan(
    *,
    by: Actor,
    at: datetime,
    leaves_at: datetime | None = None,
    isolations: Sequence[int] | None = None,
    vehicles: Sequence[int] | None = None,
) -> Planned:
    """Plan drives for those who are signed and have none, the most urgent first, with the vehicles that are free."""
    leaves = leaves_at or at
    if leaves < at:
        raise Refused("a trip cannot leave before now", field="leaves_at")
    waiting = store.in_force().filter(
        trip__isnull=True,
        arrived_at__isnull=True,
        placement__in=(Placement.CENTRAL, Placement.HOSPITAL),
        division__startswith=by.division,
    )
    if isolations is not None:
        waiting = waiting.filter(pk__in=isolations)
    rows = store.locked(list(waiting.values_list("pk", flat=True)))
    trips, left = isolation_trips.plan(rows, leaves_at=leaves, vehicles=vehicles, by=by, at=at)
    return Planned(tuple(trips), left)


@action("isolation.arrange")
def call_off(*, trip: int, reason: str, by: Actor, at: datetime) -> Trip:
    """Call a trip off: the vehicle is free, its riders who are not aboard wait for another."""
    row = _trip(trip)
    if row.ended_at is not None or row.called_off_at is not None:
        raise Refused("this trip has ended")
    if not reason.strip():
        raise Refused("say why", field="reason")
    if kind := orders_words.personal_number(reason):
        raise Refused(orders_words.REFUSALS[kind], field="reason")
    if Isolation.objects.filter(trip=row, aboard_at__isnull=False, arrived_at__isnull=True).exists():
        raise Refused("somebody is aboard: bring them there first")
    Isolation.objects.filter(trip=row, arrived_at__isnull=True).update(trip=None, stop=None, at_door_at=None)
    row.called_off_at = at
    row.save(update_fields=["called_off_at"])
    if row.hold is not None:
        store.let_go(row.hold, at=at)
    fact = TripCalledOff(trip=row.pk, reason=reason.strip())
    log.record(fact, subject=row.pk, division=row.division, by=by, at=at)
    return row


@action("isolation.move")
def at_door(*, isolation: int, by: Actor, at: datetime) -> Isolation:
    """The vehicle stands at the door. Said twice, the first hour stays."""
    row = _moving(isolation)
    if row.at_door_at is None and row.aboard_at is None and row.arrived_at is None:
        row.at_door_at = at
        row.save(update_fields=["at_door_at"])
        _start(row, at)
        log.record(
            PersonAtDoor(isolation=row.pk),
            subject=row.pk,
            division=row.division,
            by=by,
            at=at,
            protocol=row.protocol,
        )
    return row


@action("isolation.move")
def aboard(*, isolation: int, by: Actor, at: datetime) -> Isolation:
    """The person is in the vehicle. Said twice, the first hour stays."""
    row = _moving(isolation)
    if row.aboard_at is None and row.arrived_at is None:
        row.aboard_at = at
        row.save(update_fields=["aboard_at"])
        _start(row, at)
        log.record(
            PersonAboard(isolation=row.pk),
            subject=row.pk,
            division=row.division,
            by=by,
            at=at,
            protocol=row.protocol,
        )
    return row


@action("isolation.move")
def arrived(*, isolation: int, by: Actor, at: datetime) -> Isolation:
    """The person is there: the order is done, the room occupied. A tap that was forgotten before does not matter."""
    row = _moving(isolation)
    if row.arrived_at is None:
        _arrive(row, "arrived", by=by, at=at, cause=None)
    return row


@action("isolation.move", automatic=True)
def on_order_done(*, cause: Entry, by: Actor, at: datetime) -> Isolation | None:
    """The order of a move was reported done elsewhere: by the community at the door, or at the orders' board."""
    found = store.in_force().filter(order=cause.subject, arrived_at__isnull=True)
    rows = store.locked(list(found.values_list("pk", flat=True)))
    if not rows or rows[0].order is None or rows[0].order.state != OrderState.DONE:
        return None
    _arrive(rows[0], "order done", by=by, at=at, cause=cause)
    return rows[0]


@action("isolation.move")
def begin_home(*, isolation: int, by: Actor, at: datetime) -> Isolation:
    """Isolation at home has begun: somebody saw the person there."""
    row = _moving(isolation)
    if Placement(row.placement) not in AT_HOME:
        raise Refused("this person is to be moved: say when they arrive")
    if row.arrived_at is None:
        _arrive(row, "at home", by=by, at=at, cause=None)
    return row


@action("isolation.move")
def to_hospital(
    *, isolation: int, by: Actor, at: datetime, reason: str = "", hospital: int | None = None
) -> Isolation:
    """The person goes to a hospital, now: whatever was open ends here. No check, day, test or swab is asked for, and
    nothing that is missing is waited for.
    """
    rows = store.locked([isolation])
    if not rows:
        raise Refused("there is no such isolation in your jurisdiction")
    row = rows[0]
    if row.released_at is not None:
        return row
    to = (
        Organisation.objects.filter(pk=hospital, kind=OrganisationKind.HOSPITAL).first() if hospital else None
    )
    if to is not None:
        row.hospital = to
        row.save(update_fields=["hospital"])
    # Words with somebody's number are left out rather than refused: nobody waits here for a better sentence.
    store.end(row, "hospital", words=orders_words.masked(reason.strip()), by=by, at=at)
    return row


# --- what they share ----------------------------------------------------------------------------------------


def _moving(isolation: int) -> Isolation:
    rows = store.locked([isolation])
    if not rows:
        raise Refused("there is no such isolation in your jurisdiction")
    row = rows[0]
    if row.released_at is not None and row.arrived_at is None:
        raise Refused("this move was called off")
    if row.signed_at is None:
        raise Refused("nobody has signed this move yet")
    return row


def _start(row: Isolation, at: datetime) -> None:
    if row.trip is not None and row.trip.started_at is None:
        row.trip.started_at = at
        row.trip.save(update_fields=["started_at"])


def _arrive(row: Isolation, proof: str, *, by: Actor, at: datetime, cause: Entry | None) -> None:
    """Write an arrival. Where the person was kept before ends with it, and that room is given back."""
    before = Isolation.objects.filter(
        person=row.person_id, released_at__isnull=True, arrived_at__isnull=False
    )
    for other in store.locked(list(before.exclude(pk=row.pk).values_list("pk", flat=True))):
        store.end(other, "moved", by=by, at=at, cause=cause)
    row.arrived_at = at
    row.save(update_fields=["arrived_at"])
    store.finish_order(row, proof, by=by, at=at, cause=cause)
    if row.hold is not None and row.hold.room_id is not None:
        room = (
            Room.objects.select_related("site")
            .select_for_update(of=("self",), no_key=True)
            .get(pk=row.hold.room_id)
        )
        store.set_room(room, RoomState.OCCUPIED, by=by, at=at)
    log.record(
        PersonArrived(isolation=row.pk),
        subject=row.pk,
        division=row.division,
        by=by,
        at=at,
        cause=cause,
        protocol=row.protocol,
    )
    if row.trip is not None:
        store.close_trip(row.trip, at=at)
    if row.placement == Placement.HOSPITAL:
        row.released_at, row.ended = at, "hospital"
        row.save(update_fields=["released_at", "ended"])
        log.record(
            IsolationEnded(isolation=row.pk, reason="hospital"),
            subject=row.pk,
            division=row.division,
            by=by,
            at=at,
            cause=cause,
            protocol=row.protocol,
        )


def _trip(trip: int) -> Trip:
    row = Trip.objects.select_for_update(of=("self",)).select_related("hold").filter(pk=trip).first()
    if row is None:
        raise Refused("there is no such trip in your jurisdiction")
    return row
