"""What the operations on inquiries are sent, and what they answer. Whom one is about is a number."""

from datetime import datetime
from typing import Any

from ninja import Schema
from pydantic import Field

from liankong.protocols.standing import IdentityField
from liankong.store import inquiries
from liankong.store.models import InquiryStep
from liankong.vocabulary.kinds import InquiryState, InquirySubject, PersonClass
from liankong.web.api.kit import Division, Id, Line, Moment, Number, Why

MOST = 500


class InquiryOut(Schema):
    """An inquiry as both its parties see it. What is disclosed of a person is sealed; `disclosed` names the fields."""

    id: int
    number: str
    their_number: str
    outbreak: int
    sender: int | None
    sender_name: str
    receiver: int | None
    subject: InquirySubject
    role: PersonClass | None
    whereabouts: str
    what: str
    last_exposed_at: datetime | None
    vehicle: str
    seat: str
    lot: str
    asks: str
    basis: str
    protocol: str
    disclosed: list[IdentityField]
    state: InquiryState
    created_at: datetime
    issued_at: datetime | None
    delivered_at: datetime | None
    received_at: datetime | None
    controlled_at: datetime | None
    feedback_at: datetime | None
    closed_at: datetime | None
    receive_by: datetime | None
    control_by: datetime | None
    feedback_by: datetime | None
    due_at: datetime | None
    overdue_at: datetime | None
    handed_over_at: datetime | None
    outcome: InquiryState | None
    answer: str
    job: int | None
    forwarded_from: int | None

    @staticmethod
    def resolve_outbreak(row: Any) -> int:
        return int(row.outbreak_id)

    @staticmethod
    def resolve_sender(row: Any) -> int | None:
        found: int | None = row.sender_id
        return found

    @staticmethod
    def resolve_receiver(row: Any) -> int | None:
        found: int | None = row.receiver_id
        return found

    @staticmethod
    def resolve_role(row: Any) -> str | None:
        return row.role or None

    @staticmethod
    def resolve_outcome(row: Any) -> str | None:
        return row.outcome or None

    @staticmethod
    def resolve_job(row: Any) -> int | None:
        found: int | None = row.job_id
        return found

    @staticmethod
    def resolve_forwarded_from(row: Any) -> int | None:
        found: int | None = row.forwarded_from_id
        return found


class InquiryStepOut(Schema):
    """One step of its way."""

    state: InquiryState
    at: datetime
    organisation: int
    by: int | None
    note: str

    @staticmethod
    def resolve_organisation(row: Any) -> int:
        return int(row.organisation_id)

    @staticmethod
    def resolve_by(row: Any) -> int | None:
        found: int | None = row.by_id
        return found


class InquiryInFull(InquiryOut):
    """An inquiry with its way, the oldest step first, and who must act on it now."""

    owed_by: int | None
    steps: list[InquiryStepOut]

    @staticmethod
    def resolve_owed_by(row: Any) -> int | None:
        return inquiries.owed_by(row)

    @staticmethod
    def resolve_steps(row: Any) -> list[InquiryStep]:
        return list(row.steps.order_by("pk"))


class InquiryFilters(Schema):
    """All that are given must hold."""

    box: str | None = Field(
        None,
        pattern="^(in|out)$",
        description="in: addressed to the caller's headquarters; out: asked by it.",
    )
    state: InquiryState | None = None
    subject: InquirySubject | None = None
    number: Number | None = None
    overdue: bool | None = Field(None, description="Whether a clock that still runs has run out.")
    job: Id | None = None


class InquiryDraftIn(Schema):
    """A person is one of the caller's own register, by number; a trip, a place or goods name nobody."""

    subject: InquirySubject
    what: Line = Field(description="Where and when: of the exposure, the trip, the goods' way. No names.")
    person: Id | None = None
    contact: Id | None = None
    case: Id | None = None
    role: PersonClass | None = None
    whereabouts: Division | None = None
    receiver: Id | None = Field(None, description="A headquarters; left out, whoever answers for the place.")
    last_exposed_at: Moment | None = None
    vehicle: Number = ""
    seat: str = Field("", max_length=20)
    lot: str = Field("", max_length=60)
    asks: Line = ""


class InquiryDisclosureOut(Schema):
    """What a letter would carry, what it would but the register lacks, and what stays."""

    fields_told: list[IdentityField]
    missing: list[IdentityField]
    withheld: list[IdentityField]
    reason: str
    basis: str


class InquiriesIn(Schema):
    inquiries: list[Id] = Field(min_length=1, max_length=MOST)


class InquiryReceiveIn(InquiriesIn):
    to: Id | None = Field(None, description="The organisation that does the work; left out, our CDC.")


class InquiryStepIn(Schema):
    state: InquiryState
    note: Line = ""


class InquiryAnswerIn(Schema):
    answer: Line
    outcome: InquiryState | None = Field(None, description="Recorded first, if it is not on record yet.")
    figures: dict[str, float] = Field(default_factory=dict, max_length=20)


class InquiryForwardIn(Schema):
    receiver: Id
    reason: Line
    whereabouts: Division | None = None


class InquiryAddressIn(Schema):
    receiver: Id


class InquiryReasonIn(Schema):
    reason: Line


class InquiryRegisterIn(Schema):
    division: Division


class InquiryLinkIn(Schema):
    person: Id


class InquiryPersonOut(Schema):
    """A person of the caller's own register."""

    person: int


class InquiryRevealIn(Schema):
    why: Why


class InquiryRevealedOut(Schema):
    """Disclosed values; who read them and why is on record."""

    values: dict[str, str]
