"""Who was asked elsewhere, and what was answered."""

from dataclasses import dataclass
from typing import ClassVar

from liankong.vocabulary.facts.base import Fact


@dataclass(frozen=True, slots=True, kw_only=True)
class InquiryDrafted(Fact):
    subject_kind: ClassVar[str] = "inquiry"
    inquiry: int
    subject_of: str


@dataclass(frozen=True, slots=True, kw_only=True)
class InquirySent(Fact):
    subject_kind: ClassVar[str] = "inquiry"
    inquiry: int
    to: int
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class InquiryDelivered(Fact):
    """The message lies in the receiver's inbox. `merged`: somebody else has asked for the same subject."""

    subject_kind: ClassVar[str] = "inquiry"
    inquiry: int
    job: int | None
    merged: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class InquiryReceived(Fact):
    """A named person at the receiver's acknowledged it: from here the receiver owes it."""

    subject_kind: ClassVar[str] = "inquiry"
    inquiry: int
    job: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class InquiryControlled(Fact):
    """The subject is under control at the receiver's. `person` is in the receiver's own register, if known there."""

    subject_kind: ClassVar[str] = "inquiry"
    inquiry: int
    job: int | None
    person: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class InquiryAdvanced(Fact):
    """Verified, transferred, at home, released, not found: a step of the receiver's work."""

    subject_kind: ClassVar[str] = "inquiry"
    inquiry: int
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class InquiryForwarded(Fact):
    """Not here: handed to the next headquarters, whose receipt ends this one's duty."""

    subject_kind: ClassVar[str] = "inquiry"
    inquiry: int
    onward: int


@dataclass(frozen=True, slots=True, kw_only=True)
class InquiryAnswered(Fact):
    subject_kind: ClassVar[str] = "inquiry"
    inquiry: int
    outcome: str


@dataclass(frozen=True, slots=True, kw_only=True)
class InquiryReturned(Fact):
    """The answer was not enough: the sender asks the receiver again."""

    subject_kind: ClassVar[str] = "inquiry"
    inquiry: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class InquiryRead(Fact):
    """Disclosed fields of an inquiry were opened: who, which, what for."""

    subject_kind: ClassVar[str] = "inquiry"
    inquiry: int
    fields: tuple[str, ...]
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class InquirySubjectLinked(Fact):
    """The job's subject is this person of the receiver's own register."""

    subject_kind: ClassVar[str] = "inquiry_job"
    job: int
    person: int


@dataclass(frozen=True, slots=True, kw_only=True)
class InquiryListTaken(Fact):
    """A list of inquiries from outside was taken in: rows = accepted + rejected + duplicate."""

    subject_kind: ClassVar[str] = "organisation"
    organisation: int
    digest: str
    rows: int
    accepted: int
    rejected: int
    duplicate: int


@dataclass(frozen=True, slots=True, kw_only=True)
class InquiryClosed(Fact):
    subject_kind: ClassVar[str] = "inquiry"
    inquiry: int


@dataclass(frozen=True, slots=True, kw_only=True)
class InquiryOverdue(Fact):
    subject_kind: ClassVar[str] = "inquiry"
    inquiry: int
    clock: str
