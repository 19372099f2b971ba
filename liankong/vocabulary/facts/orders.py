"""Who was told to do what, and what became of it."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from liankong.vocabulary.facts.base import Fact


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderIssued(Fact):
    subject_kind: ClassVar[str] = "order"
    order: int
    order_kind: str
    addressee: int
    due_at: datetime | str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderReceived(Fact):
    subject_kind: ClassVar[str] = "order"
    order: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderDone(Fact):
    subject_kind: ClassVar[str] = "order"
    order: int
    order_kind: str
    late: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderOverdue(Fact):
    subject_kind: ClassVar[str] = "order"
    order: int
    due_at: datetime | str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderDrafted(Fact):
    """Proposed; it binds nobody until a person signs it, and then OrderIssued is recorded."""

    subject_kind: ClassVar[str] = "order"
    order: int
    order_kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderStarted(Fact):
    subject_kind: ClassVar[str] = "order"
    order: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderReturned(Fact):
    subject_kind: ClassVar[str] = "order"
    order: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderCancelled(Fact):
    subject_kind: ClassVar[str] = "order"
    order: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderEscalated(Fact):
    """Still overdue after the reminder: it now stands on the desk of the issuer's superior."""

    subject_kind: ClassVar[str] = "order"
    order: int
    to: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderReminded(Fact):
    """The addressee was reminded: `before` the deadline, or after it; by a clock or by a person."""

    subject_kind: ClassVar[str] = "order"
    order: int
    before: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderHurried(Fact):
    """It became an emergency, and waits for nothing from then on."""

    subject_kind: ClassVar[str] = "order"
    order: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderMadeToWait(Fact):
    subject_kind: ClassVar[str] = "order"
    order: int
    until_done: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderReleased(Fact):
    """Nothing holds it up any more; its span has begun, and ends at `due_at`."""

    subject_kind: ClassVar[str] = "order"
    order: int
    due_at: datetime | str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderFileAdded(Fact):
    subject_kind: ClassVar[str] = "order"
    order: int
    file: int
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderFileRead(Fact):
    """Somebody opened a proof, which may show people."""

    subject_kind: ClassVar[str] = "order"
    order: int
    file: int
