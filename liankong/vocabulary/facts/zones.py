"""Which area was closed, why, and when it opened again."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from liankong.vocabulary.facts.base import Fact


@dataclass(frozen=True, slots=True, kw_only=True)
class ZoneProposed(Fact):
    subject_kind: ClassVar[str] = "zone"
    zone: int
    zone_kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ZoneApproved(Fact):
    """A named person signed: it is in force until its date."""

    subject_kind: ClassVar[str] = "zone"
    zone: int
    zone_kind: str
    expires_at: datetime | str


@dataclass(frozen=True, slots=True, kw_only=True)
class ZoneRejected(Fact):
    subject_kind: ClassVar[str] = "zone"
    zone: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ZoneChanged(Fact):
    """Escalated, lowered, extended, its clock restarted."""

    subject_kind: ClassVar[str] = "zone"
    zone: int
    change: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ZoneLifted(Fact):
    subject_kind: ClassVar[str] = "zone"
    zone: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ZoneExpired(Fact):
    subject_kind: ClassVar[str] = "zone"
    zone: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AppealMade(Fact):
    subject_kind: ClassVar[str] = "zone"
    zone: int
    appeal: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AppealRead(Fact):
    """Somebody opened the sealed text of an appeal."""

    subject_kind: ClassVar[str] = "zone"
    zone: int
    appeal: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AppealAnswered(Fact):
    subject_kind: ClassVar[str] = "zone"
    zone: int
    appeal: int
    granted: bool
