"""Whom do headquarters ask each other for, by when, and what was answered?"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from ninja import Query, Router, Schema, Status
from pydantic import Field

from liankong.actions import inquiries_in, inquiries_out
from liankong.actions.inquiries_out import Asked
from liankong.protocols.standing import IdentityField
from liankong.store import inquiries
from liankong.store.models import Inquiry, InquiryStep
from liankong.vocabulary.kinds import InquiryState, InquirySubject, PersonClass
from liankong.web.api.door import Caller, caller, once
from liankong.web.api.kit import (
    After,
    Division,
    Id,
    Key,
    Limit,
    Line,
    Moment,
    Number,
    Page,
    Why,
    answers,
    in_sight,
    paged,
)

router = Router(tags=["inquiries"])
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


@router.get("/inquiries", response=answers(Page[InquiryOut]), operation_id="list_inquiries")
def list_inquiries(
    request: HttpRequest, filters: Query[InquiryFilters], after: After = None, limit: Limit = 50
) -> object:
    """Inquiries in sight, the newest first."""
    asking = caller(request)
    asking.need()
    return paged(_chosen(filters, asking), order=("-created_at", "-id"), after=after, limit=limit)


# Before the paths with a number in them, or "send" would be taken for one.


@router.post("/inquiries/send", response=answers(list[InquiryOut]), operation_id="send_inquiries")
def send_inquiries(request: HttpRequest, payload: InquiriesIn) -> object:
    """Sign and send drafts, all or none."""
    return _many(request, inquiries_out.send, payload.inquiries)


@router.post("/inquiries/receive", response=answers(list[InquiryOut]), operation_id="receive_inquiries")
def receive_inquiries(request: HttpRequest, payload: InquiryReceiveIn) -> object:
    """Acknowledge, all or none: from here the caller's headquarters owes them."""
    return _many(request, inquiries_in.receive, payload.inquiries, to=payload.to)


@router.post("/inquiries/close", response=answers(list[InquiryOut]), operation_id="close_inquiries")
def close_inquiries(request: HttpRequest, payload: InquiriesIn) -> object:
    """Take answers as enough, all or none."""
    return _many(request, inquiries_out.close, payload.inquiries)


@router.get("/inquiries/{inquiry}", response=answers(InquiryInFull), operation_id="get_inquiry")
def get_inquiry(request: HttpRequest, inquiry: Id) -> object:
    """One inquiry with its way."""
    caller(request).need()
    return in_sight(Inquiry.objects.all(), inquiry)


@router.post("/inquiries", response=answers(InquiryOut, 201), operation_id="draft_inquiry")
def draft_inquiry(
    request: HttpRequest, response: HttpResponse, payload: InquiryDraftIn, key: Key = None
) -> object:
    """Write a draft; nothing leaves before it is sent."""
    asking = caller(request)
    told = payload.dict()
    keys = {name: told.pop(name) for name in ("receiver", "person", "contact", "case")}
    asked = Asked(**{**told, "whereabouts": told["whereabouts"] or ""})
    made = once(
        request,
        response,
        key,
        payload.dict(),
        lambda: inquiries_out.draft(asked=asked, **keys, by=asking.actor, at=asking.at),
        Inquiry,
    )
    return Status(201, made)


@router.get(
    "/inquiries/{inquiry}/disclosure",
    response=answers(InquiryDisclosureOut),
    operation_id="preview_disclosure",
)
def preview_disclosure(request: HttpRequest, inquiry: Id) -> object:
    """What sending a draft would disclose, field by field; no value is opened."""
    asking = caller(request)
    asking.need("inquiries.handle")
    row = in_sight(Inquiry.objects.all(), inquiry)
    role = PersonClass(row.role) if row.role else None
    found = inquiries_out.disclosure(InquirySubject(row.subject), role, row.person_id)
    return {
        "fields_told": found.fields,
        "missing": found.missing,
        "withheld": [one.field for one in found.withheld],
        "reason": found.why.sentence(),
        "basis": found.why.basis,
    }


@router.post("/inquiries/{inquiry}/address", response=answers(InquiryOut), operation_id="address_inquiry")
def address_inquiry(request: HttpRequest, inquiry: Id, payload: InquiryAddressIn) -> object:
    """Name the headquarters that a draft goes to."""
    return _one(request, inquiries_out.address, inquiry, receiver=payload.receiver)


@router.post("/inquiries/{inquiry}/discard", response=answers(InquiryOut), operation_id="discard_inquiry")
def discard_inquiry(request: HttpRequest, inquiry: Id, payload: InquiryReasonIn) -> object:
    """Throw a draft away, with the reason."""
    return _one(request, inquiries_out.discard, inquiry, reason=payload.reason)


@router.post("/inquiries/{inquiry}/ask-again", response=answers(InquiryOut), operation_id="ask_inquiry_again")
def ask_inquiry_again(request: HttpRequest, inquiry: Id, payload: InquiryReasonIn) -> object:
    """The answer is not enough: it goes back to who gave it."""
    return _one(request, inquiries_out.ask_again, inquiry, reason=payload.reason)


@router.post("/inquiries/{inquiry}/step", response=answers(list[InquiryOut]), operation_id="advance_inquiry")
def advance_inquiry(request: HttpRequest, inquiry: Id, payload: InquiryStepIn) -> object:
    """Controlled, verified, transferred, at home, released, not found: for every request of the job."""
    return _one(request, inquiries_in.advance, inquiry, state=payload.state, note=payload.note)


@router.post("/inquiries/{inquiry}/answer", response=answers(list[InquiryOut]), operation_id="answer_inquiry")
def answer_inquiry(request: HttpRequest, inquiry: Id, payload: InquiryAnswerIn) -> object:
    """Give the answer to everybody who asked for the subject."""
    return _one(request, inquiries_in.answer, inquiry, **payload.dict())


@router.post(
    "/inquiries/{inquiry}/forward", response=answers(list[InquiryOut]), operation_id="forward_inquiry"
)
def forward_inquiry(request: HttpRequest, inquiry: Id, payload: InquiryForwardIn) -> object:
    """Pass it to the next headquarters; until its receipt is in, the caller's owes it. Gives the letters sent on."""
    told = payload.dict()
    return _one(request, inquiries_in.forward, inquiry, **{**told, "whereabouts": told["whereabouts"] or ""})


@router.post(
    "/inquiries/{inquiry}/register",
    response=answers(InquiryPersonOut),
    operation_id="register_inquiry_subject",
)
def register_inquiry_subject(request: HttpRequest, inquiry: Id, payload: InquiryRegisterIn) -> object:
    """Enter the subject into the caller's own register, from what was disclosed."""
    person = _one(request, inquiries_in.register_subject, inquiry, division=payload.division)
    return {"person": person.pk}


@router.post(
    "/inquiries/{inquiry}/link", response=answers(InquiryPersonOut), operation_id="link_inquiry_subject"
)
def link_inquiry_subject(request: HttpRequest, inquiry: Id, payload: InquiryLinkIn) -> object:
    """The subject is this person of the caller's own register."""
    return {"person": _one(request, inquiries_in.link_person, inquiry, person=payload.person).pk}


@router.post(
    "/inquiries/{inquiry}/reveal", response=answers(InquiryRevealedOut), operation_id="reveal_inquiry"
)
def reveal_inquiry(request: HttpRequest, inquiry: Id, payload: InquiryRevealIn) -> object:
    """Open the disclosed fields, for a reason that is on record first."""
    values = _one(request, inquiries_in.reveal, inquiry, why=payload.why)
    return {"values": {field.value: value for field, value in values.items()}}


def _many(request: HttpRequest, verb: Callable[..., Any], keys: list[int], **more: Any) -> Any:
    asking = caller(request)
    for key in keys:
        in_sight(Inquiry.objects.all(), key)
    return verb(inquiries_of=keys, **more, by=asking.actor, at=asking.at)


def _one(request: HttpRequest, verb: Callable[..., Any], key: int, **more: Any) -> Any:
    asking = caller(request)
    in_sight(Inquiry.objects.all(), key)
    return verb(inquiry=key, **more, by=asking.actor, at=asking.at)


def _chosen(filters: InquiryFilters, asking: Caller) -> "QuerySet[Inquiry]":
    rows = Inquiry.objects.all()
    ours = inquiries.speaks_for(asking.seat.organisation, asking.at)
    if filters.box is not None:
        rows = rows.filter(receiver__in=ours) if filters.box == "in" else rows.filter(sender__in=ours)
        rows = rows.exclude(state=InquiryState.DRAFT) if filters.box == "in" else rows
    if filters.overdue is not None:
        late = rows.filter(due_at__lt=asking.at)
        rows = late if filters.overdue else rows.exclude(pk__in=late.values("pk"))
    return rows.filter(**filters.dict(include={"state", "subject", "number", "job"}, exclude_none=True))
