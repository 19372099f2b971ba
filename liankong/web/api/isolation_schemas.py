"""What isolation's operations are sent, and what they answer. People are numbers."""

from datetime import date, datetime
from typing import Annotated, Any

from ninja import Schema
from pydantic import Field

from liankong.protocols import Subject
from liankong.protocols.words import Placement
from liankong.vocabulary.kinds import HomeGround, Mobility, ResultValue, RoomState, SiteArea
from liankong.web.api.kit import (
    Day,
    Division,
    Id,
    Moment,
    Short,
    Slug,
)
from liankong.web.isolation_words import why_words

Many = Annotated[list[Id], Field(min_length=1, max_length=500)]
Floor = Annotated[int, Field(ge=-5, le=120)]
Beds = Annotated[int, Field(ge=1, le=20)]
Places = Annotated[int, Field(ge=0, le=120)]
Hours = Annotated[int, Field(ge=0, le=336)]


class IsolationOut(Schema):
    """One isolation: proposed, signed, on the way, inside, ended. The person is an identifier."""

    id: int
    person: int
    contact: int | None
    division: str
    subject: Subject
    placement: Placement
    infected: bool
    mobility: Mobility
    party: int | None
    home_granted: bool
    missing: str = Field(description="What a person must settle before it can be signed; empty: nothing.")
    reason: str
    protocol: str
    determined_at: datetime
    due_at: datetime | None
    signed_at: datetime | None
    order: int | None
    site: int | None
    room: int | None
    trip: int | None
    at_door_at: datetime | None
    aboard_at: datetime | None
    arrived_at: datetime | None
    release_on: date | None
    released_at: datetime | None
    ended: str

    @staticmethod
    def resolve_person(row: Any) -> int:
        return int(row.person_id)

    @staticmethod
    def resolve_contact(row: Any) -> int | None:
        return row.contact_id  # type: ignore[no-any-return]  # a row of any stage

    @staticmethod
    def resolve_missing(row: Any) -> str:
        return str(row.why.get("missing", ""))

    @staticmethod
    def resolve_reason(row: Any) -> str:
        return why_words(row.why)

    @staticmethod
    def resolve_order(row: Any) -> int | None:
        return row.order_id  # type: ignore[no-any-return]

    @staticmethod
    def resolve_site(row: Any) -> int | None:
        return row.site_id  # type: ignore[no-any-return]

    @staticmethod
    def resolve_room(row: Any) -> int | None:
        return row.hold.room_id if row.hold else None

    @staticmethod
    def resolve_trip(row: Any) -> int | None:
        return row.trip_id  # type: ignore[no-any-return]


class TripOut(Schema):
    id: int
    vehicle: int | None
    destination: int | None
    infected: bool
    kilometres: float | None
    leaves_at: datetime | None
    expected_at: datetime | None
    started_at: datetime | None
    ended_at: datetime | None
    called_off_at: datetime | None
    stops: list[list[int]] = Field(description="Isolations by door, in the order of the drive.")

    @staticmethod
    def resolve_vehicle(row: Any) -> int | None:
        return row.hold.vehicle_id if row.hold else None

    @staticmethod
    def resolve_destination(row: Any) -> int | None:
        return row.destination_id  # type: ignore[no-any-return]

    @staticmethod
    def resolve_stops(row: Any) -> list[list[int]]:
        stops: dict[int, list[int]] = {}
        for rider in sorted(row.riders.all(), key=lambda one: (one.stop or 0, one.pk)):
            stops.setdefault(rider.stop or 0, []).append(rider.pk)
        return list(stops.values())


class Left(Schema):
    """Whom it could not be done for, and why."""

    isolation: int
    reason: str


class SignedOut(Schema):
    signed: list[int]
    refused: list[Left]
    trips: list[int]
    unplanned: list[Left]


class PlannedOut(Schema):
    trips: list[int]
    left: list[Left]


class SiteOut(Schema):
    """A site with its rooms by state."""

    id: int
    organisation: int
    division: str
    open: bool
    ready_within_hours: int
    rooms: int
    free: int
    held: int
    occupied: int
    cleaning: int
    closed: int
    people: int


class StepOut(Schema):
    within_hours: int
    need: int
    have: int
    gap: int


class ReserveOut(Schema):
    """A county's rooms against the norm; need null: no norm held on that day."""

    division: str
    population: int
    have: int
    need: int | None
    gap: int
    free: int
    occupied: int
    steps: list[StepOut]
    basis: str


class RoomOut(Schema):
    id: int
    site: int
    number: str
    floor: int
    beds: int
    accessible: bool
    state: RoomState
    state_since: datetime

    @staticmethod
    def resolve_site(row: Any) -> int:
        return int(row.site_id)


class ListLineOut(Schema):
    item: str
    met: bool
    reason: str


class ReleaseOut(Schema):
    isolation: int
    lines: list[ListLineOut]


class StaffOut(Schema):
    id: int
    person: int
    area: SiteArea
    job: str
    last_on: date | None
    due_on: date
    late_days: int


class BoardOut(Schema):
    """A site today."""

    site: SiteOut
    rooms: list[RoomOut]
    areas: dict[SiteArea, int]
    coming: list[int]
    tests_due: list[int]
    checks_due: list[int]
    releases: list[ReleaseOut]
    staff: list[StaffOut]


class VehicleOut(Schema):
    id: int
    plate: str
    organisation: int
    seats: int
    wheelchairs: int
    stretchers: int
    negative_pressure: bool
    out_of_service: bool

    @staticmethod
    def resolve_organisation(row: Any) -> int:
        return int(row.organisation_id)


class SwabOut(Schema):
    id: int
    value: ResultValue
    at: datetime


class StaffTermOut(Schema):
    id: int
    person: int
    area: SiteArea
    from_at: datetime
    until_at: datetime | None
    last_tested_on: date | None
    monitor_until: date | None

    @staticmethod
    def resolve_person(row: Any) -> int:
        return int(row.person_id)


class RejectOut(Schema):
    row: int
    field: str
    expected: str


class TakenOut(Schema):
    """rows = accepted + rejected + duplicate."""

    rows: int
    accepted: int
    rejected: int
    duplicate: int
    rejects: list[RejectOut]


# --- what is sent -----------------------------------------------------------------------------------------------


class Filters(Schema):
    """All that are given must hold."""

    state: str | None = Field(
        None, pattern="^(sign|plan|way|home|late)$", description="Where the move stands."
    )
    site: Id | None = None
    person: Id | None = None
    open: bool | None = None


class PlacementIn(Schema):
    person: Id
    subject: Subject
    starts_on: Day
    infected: bool = False
    mobility: Mobility = Mobility.WALKS


class AssessIn(Schema):
    home: bool
    grounds: list[HomeGround] = Field([], max_length=4)
    mobility: Mobility = Mobility.WALKS
    carer: Id | None = Field(None, description="A person; they come under the same rule.")


class TransfersSignIn(Schema):
    isolations: Many
    leaves_at: Moment | None = None
    hospital: Id | None = None


class PlanIn(Schema):
    isolations: Many | None = None
    vehicles: Many | None = None
    leaves_at: Moment | None = None


class IsolationReasonIn(Schema):
    reason: Annotated[str, Field(max_length=100)]


class HospitalIn(Schema):
    hospital: Id | None = None
    reason: Short = ""


class RoomTo(Schema):
    room: Id


class StateIn(Schema):
    state: RoomState


class SwabIn(Schema):
    value: ResultValue


class SiteIn(Schema):
    code: Slug
    name: Short
    division: Division
    open_now: bool = False
    ready_within_hours: Hours = 0


class SiteSet(Schema):
    open_now: bool | None = None
    ready_within_hours: Hours | None = None
    staff_test_hours: Hours | None = None


class RoomIn(Schema):
    number: Annotated[str, Field(min_length=1, max_length=20)]
    floor: Floor = 1
    beds: Beds = 1
    accessible: bool = False


class RoomsIn(Schema):
    rooms: Annotated[list[RoomIn], Field(min_length=1, max_length=2000)]


class VehicleIn(Schema):
    plate: Annotated[str, Field(min_length=1, max_length=20)]
    organisation: Id
    seats: Places
    wheelchairs: Places = 0
    stretchers: Places = 0
    negative_pressure: bool = False


class VehicleSet(Schema):
    out_of_service: bool


class StaffIn(Schema):
    person: Id
    area: SiteArea
    job: Annotated[str, Field(min_length=1, max_length=60)]


class TestedIn(Schema):
    on: Day
