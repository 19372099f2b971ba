"""Who is on duty, what was handed over, what households need."""

from dataclasses import dataclass
from typing import ClassVar

from liankong.vocabulary.facts.base import Fact
from liankong.vocabulary.kinds import NeedKind


@dataclass(frozen=True, slots=True, kw_only=True)
class ShiftsPlanned(Fact):
    subject_kind: ClassVar[str] = "organisation"
    organisation: int
    shifts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ShiftRemoved(Fact):
    """A shift was taken off the roster: somebody fell ill, or it was planned by mistake."""

    subject_kind: ClassVar[str] = "organisation"
    organisation: int
    user: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HandoverWritten(Fact):
    subject_kind: ClassVar[str] = "organisation"
    organisation: int
    handover: int


@dataclass(frozen=True, slots=True, kw_only=True)
class HandoverTaken(Fact):
    subject_kind: ClassVar[str] = "organisation"
    organisation: int
    handover: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NeedTaken(Fact):
    """A household inside asked for something; the order runs."""

    subject_kind: ClassVar[str] = "order"
    order: int
    need: NeedKind
    emergency: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class NeedRepeated(Fact):
    """A household asked again for what an order already brings: one order, and the addressee sees the second call."""

    subject_kind: ClassVar[str] = "order"
    order: int
    need: NeedKind
    calls: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CareRefused(Fact):
    """A hospital refused or delayed somebody: an incident of its own."""

    subject_kind: ClassVar[str] = "order"
    order: int
    incident: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StandingNeedListed(Fact):
    """A need that comes again was put on the list; its turns are ordered ahead of time."""

    subject_kind: ClassVar[str] = "standing_need"
    standing: int
    need: NeedKind


@dataclass(frozen=True, slots=True, kw_only=True)
class StandingNeedEnded(Fact):
    subject_kind: ClassVar[str] = "standing_need"
    standing: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CarePointChanged(Fact):
    """What a hospital or emergency centre takes, or where it stands, was set."""

    subject_kind: ClassVar[str] = "organisation"
    organisation: int
    takes: tuple[NeedKind, ...]
    open: bool
