"""Trips as rows: the planner's drives become held vehicles with riders in order."""

from collections.abc import Sequence
from datetime import datetime

from liankong.protocols.words import Placement
from liankong.rules import isolation_trips as rules
from liankong.rules.why import Why
from liankong.store import log
from liankong.store.isolation import hold_vehicle, holding, spot_of_person, spot_of_site
from liankong.store.log import Actor
from liankong.store.models import Hold, Isolation, Trip, Vehicle
from liankong.vocabulary.facts import TripPlanned
from liankong.vocabulary.kinds import Mobility


def free_vehicles(division: str, at: datetime, *, only: Sequence[int] | None = None) -> list[Vehicle]:
    """Vehicles of a jurisdiction that are fit and held by nobody from an hour on."""
    rows = Vehicle.objects.filter(out_of_service=False, division__startswith=division).exclude(
        pk__in=Hold.objects.filter(holding(at), vehicle__isnull=False).values("vehicle_id")
    )
    if only is not None:
        rows = rows.filter(pk__in=only)
    return list(rows.order_by("pk"))


def plan(
    rows: Sequence[Isolation],
    *,
    leaves_at: datetime,
    by: Actor,
    at: datetime,
    vehicles: Sequence[int] | None = None,
) -> tuple[list[Trip], dict[int, Why]]:
    """Plan drives for signed isolations that must be moved; returns the trips, and who is left and why."""
    waiting = {row.pk: row for row in rows if _to_be_driven(row)}
    cars = {row.pk: row for row in free_vehicles(by.division, leaves_at, only=vehicles)}
    ends = {_end(row): _end_spot(row) for row in waiting.values()}
    planned = rules.plan(
        [_rider(row) for row in waiting.values()],
        [_car(car) for car in cars.values()],
        ends,
        leaves_at=leaves_at,
    )
    left, trips = dict(planned.left), []
    for drive in planned.drives:
        hold = hold_vehicle(cars[drive.car], from_at=leaves_at, by=by, at=at)
        if hold is None:
            taken = Why(rule="isolation.plan_trips", reason="The vehicle was taken at this very moment.")
            left |= dict.fromkeys(drive.riders, taken)
            continue
        trips.append(_write(drive, hold, waiting, by=by, at=at))
    return trips, left


def _write(drive: rules.Drive, hold: Hold, waiting: dict[int, Isolation], *, by: Actor, at: datetime) -> Trip:
    trip = Trip.objects.create(
        division=hold.division,
        hold=hold,
        destination_id=drive.to,
        infected=drive.infected,
        kilometres=drive.kilometres,
        planned_at=at,
        leaves_at=drive.leaves_at,
        expected_at=drive.arrives_at,
    )
    for number, stop in enumerate(drive.stops, start=1):
        for key in stop:
            row = waiting[key]
            row.trip, row.stop = trip, number
            row.save(update_fields=["trip", "stop"])
    fact = TripPlanned(trip=trip.pk, vehicle=hold.vehicle_id or 0, riders=len(drive.riders))
    log.record(fact, subject=trip.pk, division=trip.division, by=by, at=at)
    return trip


def _to_be_driven(row: Isolation) -> bool:
    central = row.placement == Placement.CENTRAL and row.site is not None
    hospital = row.placement == Placement.HOSPITAL and row.hospital_id is not None
    return (
        (central or hospital) and row.trip_id is None and row.arrived_at is None and row.released_at is None
    )


def _end(row: Isolation) -> int:
    """The organisation at which the drive ends."""
    return row.site.organisation_id if row.site is not None else (row.hospital_id or 0)


def _end_spot(row: Isolation) -> rules.Spot:
    if row.site is not None:
        return spot_of_site(row.site)
    return rules.Spot(division=row.hospital.division if row.hospital else row.division)


def _rider(row: Isolation) -> rules.Rider:
    return rules.Rider(
        key=row.pk,
        at=spot_of_person(row.person),
        to=_end(row),
        infected=row.infected,
        mobility=Mobility(row.mobility),
        party=row.party,
        due_at=row.due_at,
    )


def _car(row: Vehicle) -> rules.Car:
    return rules.Car(key=row.pk, seats=row.seats, wheelchairs=row.wheelchairs, stretchers=row.stretchers)
