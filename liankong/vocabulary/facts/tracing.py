"""Where a case was, whom it met, and how each contact was followed."""

from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from liankong.vocabulary.facts.base import Fact
from liankong.vocabulary.kinds import CheckKind, PersonClass


@dataclass(frozen=True, slots=True, kw_only=True)
class InvestigationOpened(Fact):
    subject_kind: ClassVar[str] = "investigation"
    investigation: int
    case: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackConfirmed(Fact):
    """The itinerary is complete as far as known: contacts can be looked for."""

    subject_kind: ClassVar[str] = "investigation"
    investigation: int
    case: int
    stays: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StaysRecorded(Fact):
    """Stays of the case were entered, one at the telephone or many from a text; the rows say which."""

    subject_kind: ClassVar[str] = "investigation"
    investigation: int
    stays: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class StayChanged(Fact):
    """A stay was corrected, or taken out; until the track is confirmed again it does not count."""

    subject_kind: ClassVar[str] = "investigation"
    investigation: int
    stay: int
    removed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class InvestigationReported(Fact):
    """The preliminary report (初步流调报告) was filed."""

    subject_kind: ClassVar[str] = "investigation"
    investigation: int
    case: int


@dataclass(frozen=True, slots=True, kw_only=True)
class InvestigationNoted(Fact):
    """The interview's notes were written; they are sealed."""

    subject_kind: ClassVar[str] = "investigation"
    investigation: int


@dataclass(frozen=True, slots=True, kw_only=True)
class InvestigationRead(Fact):
    """The interview's notes, which may name people, were opened for a reason."""

    subject_kind: ClassVar[str] = "investigation"
    investigation: int
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceProposed(Fact):
    """A way in which the case may have been infected was put forward, or weighed anew."""

    subject_kind: ClassVar[str] = "investigation"
    investigation: int
    hypothesis: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceRejected(Fact):
    subject_kind: ClassVar[str] = "investigation"
    investigation: int
    hypothesis: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class InvestigationClosed(Fact):
    subject_kind: ClassVar[str] = "investigation"
    investigation: int
    case: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceAccepted(Fact):
    """One hypothesis of the source was taken."""

    subject_kind: ClassVar[str] = "investigation"
    investigation: int
    hypothesis: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactProposed(Fact):
    """A rule found somebody to be a contact; nobody is bound until it is signed."""

    subject_kind: ClassVar[str] = "contact"
    contact: int
    classification: PersonClass
    exposures: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactSigned(Fact):
    """A named person confirmed the contact."""

    subject_kind: ClassVar[str] = "contact"
    contact: int
    classification: PersonClass


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactsSigned(Fact):
    """Contacts of one outbreak that were confirmed together; what follows is done for all of them at once."""

    subject_kind: ClassVar[str] = "outbreak"
    contacts: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactRejected(Fact):
    subject_kind: ClassVar[str] = "contact"
    contact: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactReclassified(Fact):
    """The class changed because an exposure, a test or a linked contact changed."""

    subject_kind: ClassVar[str] = "contact"
    contact: int
    before: PersonClass
    after: PersonClass


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactControlled(Fact):
    """From this moment the contact meets nobody else."""

    subject_kind: ClassVar[str] = "contact"
    contact: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactRedated(Fact):
    """The day of release moved."""

    subject_kind: ClassVar[str] = "contact"
    contact: int
    before: date | str | None
    after: date | str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactReleased(Fact):
    subject_kind: ClassVar[str] = "contact"
    contact: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactReopened(Fact):
    """Followed again: the case that they had become was excluded."""

    subject_kind: ClassVar[str] = "contact"
    contact: int
    case: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ExposureRecorded(Fact):
    """Further meetings of somebody who is a contact already, or a correction of one."""

    subject_kind: ClassVar[str] = "contact"
    contact: int
    exposures: int
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactBecameCase(Fact):
    subject_kind: ClassVar[str] = "contact"
    contact: int
    case: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckDone(Fact):
    subject_kind: ClassVar[str] = "contact"
    contact: int
    check: int
    check_kind: CheckKind


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckMissed(Fact):
    subject_kind: ClassVar[str] = "contact"
    contact: int
    check: int
    check_kind: CheckKind
