"""Who moved where, and which capacity was held."""

from dataclasses import dataclass
from typing import ClassVar

from liankong.vocabulary.facts.base import Fact


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferProposed(Fact):
    subject_kind: ClassVar[str] = "isolation"
    isolation: int
    placement: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferOrdered(Fact):
    """Signed: a room and a vehicle are held, and the order runs."""

    subject_kind: ClassVar[str] = "isolation"
    isolation: int
    order: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonAtDoor(Fact):
    subject_kind: ClassVar[str] = "isolation"
    isolation: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonAboard(Fact):
    subject_kind: ClassVar[str] = "isolation"
    isolation: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonArrived(Fact):
    subject_kind: ClassVar[str] = "isolation"
    isolation: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonReleased(Fact):
    subject_kind: ClassVar[str] = "isolation"
    isolation: int


@dataclass(frozen=True, slots=True, kw_only=True)
class IsolationEnded(Fact):
    """Ended otherwise than by release."""

    subject_kind: ClassVar[str] = "isolation"
    isolation: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class IsolationAssessed(Fact):
    """A person judged whether home isolation fits, who cares for whom, and how somebody can be moved."""

    subject_kind: ClassVar[str] = "isolation"
    isolation: int
    home: bool
    grounds: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseProposed(Fact):
    """The day is reached or the contact was released; the checklist says what is still missing."""

    subject_kind: ClassVar[str] = "isolation"
    isolation: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonMovedRoom(Fact):
    subject_kind: ClassVar[str] = "isolation"
    isolation: int
    room: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TripPlanned(Fact):
    subject_kind: ClassVar[str] = "trip"
    trip: int
    vehicle: int
    riders: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TripCalledOff(Fact):
    subject_kind: ClassVar[str] = "trip"
    trip: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteChanged(Fact):
    """A site was entered, opened, closed; or its rooms were entered in bulk."""

    subject_kind: ClassVar[str] = "site"
    site: int
    change: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomSwabbed(Fact):
    subject_kind: ClassVar[str] = "site"
    site: int
    room: int
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetChanged(Fact):
    subject_kind: ClassVar[str] = "vehicle"
    vehicle: int
    change: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomChanged(Fact):
    subject_kind: ClassVar[str] = "site"
    site: int
    room: int
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffChanged(Fact):
    subject_kind: ClassVar[str] = "site"
    site: int
    change: str
