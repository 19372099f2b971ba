"""Whom do headquarters ask each other for, by when, and what was answered?"""

from collections.abc import Callable
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from ninja import Query, Router, Status

from liankong.actions import inquiries_in, inquiries_out
from liankong.actions.inquiries_out import Asked
from liankong.store import inquiries
from liankong.store.models import Inquiry
from liankong.vocabulary.kinds import InquiryState, InquirySubject, PersonClass
from liankong.web.api.door import Caller, caller, once
from liankong.web.api.inquiries_schemas import (
    InquiriesIn,
    InquiryAddressIn,
    InquiryAnswerIn,
    InquiryDisclosureOut,
    InquiryDraftIn,
    InquiryFilters,
    InquiryForwardIn,
    InquiryInFull,
    InquiryLinkIn,
    InquiryOut,
    InquiryPersonOut,
    InquiryReasonIn,
    InquiryReceiveIn,
    InquiryRegisterIn,
    InquiryRevealedOut,
    InquiryRevealIn,
    InquiryStepIn,
)
from liankong.web.api.kit import After, Id, Key, Limit, Page, answers, in_sight, paged

router = Router(tags=["inquiries"])


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
