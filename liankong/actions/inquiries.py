"""Whom must another headquarters be asked for, has the letter arrived, and which clock has run out?

What follows by rule: drafts for contacts who are elsewhere, delivery through the outbox, answers on their way back
along a chain of forwarders, and the bells. What a person says stands in `inquiries_out` (the sender) and
`inquiries_in` (the receiver).
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from liankong.actions import action
from liankong.exchange.inquiries import KIND, from_body
from liankong.protocols.standing import IdentityField
from liankong.rules import inquiries as rules
from liankong.rules.inquiries import Clock
from liankong.rules.inquiries_disclosure import disclose
from liankong.store import inquiries, log, outbox
from liankong.store import inquiries_elsewhere as elsewhere
from liankong.store import inquiries_job as work
from liankong.store.log import Actor, Told
from liankong.store.models import (
    Case,
    Contact,
    Entry,
    Exposure,
    Inquiry,
    InquiryJob,
    Organisation,
    Outbox,
)
from liankong.store.organisations import responsible_for
from liankong.store.outbreaks import current
from liankong.vocabulary.facts import InquiryAnswered, InquiryClosed, InquiryDrafted, InquiryOverdue
from liankong.vocabulary.kinds import InquiryState, InquirySubject, OrganisationKind, PersonClass
from liankong.vocabulary.spans import aware

S = InquiryState
ASKS = "find, put under control, verify, report back"


# --- a contact is elsewhere -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Elsewhere:
    """A contact in another headquarters' jurisdiction: who asks for them, whom, and where they are."""

    contact: Contact
    case: Case
    sender: Organisation
    receiver: Organisation | None
    where: str


@action("inquiries.follow", automatic=True)
def draft_if_elsewhere(*, cause: Entry, by: Actor, at: datetime) -> list[Inquiry]:
    """Draft inquiries for those of the signed contacts who are in another headquarters' jurisdiction; a person sends
    them.
    """
    contacts = Contact.objects.filter(pk__in=cause.body["contacts"]).select_related("person", "outbreak")
    away = _away(list(contacts.order_by("pk")), at)
    if not away:
        return []
    inquiries.hold(*(f"inquiry-contact:{one.contact.pk}" for one in away))
    # Asked once for one exposure, whatever came of it; a later exposure is a new question.
    known = elsewhere.asked_already([one.contact for one in away])
    return _draft([one for one in away if one.contact.pk not in known], by=by, at=at, cause=cause)


def _away(contacts: Sequence[Contact], at: datetime) -> list[_Elsewhere]:
    cases, where = elsewhere.cases_of(contacts), elsewhere.whereabouts_of(contacts)
    kind = OrganisationKind.HEADQUARTERS
    divisions = {case.division for case in cases.values()} | set(where.values())
    bodies = responsible_for(kind, divisions, at)
    away, above = [], dict[Organisation, Organisation | None]()
    for contact in contacts:
        case, there = cases.get(contact.pk), where[contact.pk]
        sender = bodies.get(case.division) if case else None
        if case is None or sender is None:
            continue
        receiver = bodies.get(there)
        if receiver is None:
            if sender not in above:
                above[sender] = inquiries.superior(sender, at)
            receiver = above[sender]
        if receiver != sender:
            away.append(_Elsewhere(contact, case, sender, receiver, there))
    return away


def _draft(away: Sequence[_Elsewhere], *, by: Actor, at: datetime, cause: Entry) -> list[Inquiry]:
    met = elsewhere.last_met([one.contact.pk for one in away])
    held = inquiries.held_fields_of([one.contact.person_id for one in away])
    asking = Counter(one.sender.division for one in away)
    numbers = {code: iter(inquiries.next_numbers(code, at, asking[code])) for code in sorted(asking)}
    rows = Inquiry.objects.bulk_create(
        _row(
            one,
            met.get(one.contact.pk),
            held.get(one.contact.person_id, frozenset()),
            number=next(numbers[one.sender.division]),
            at=at,
        )
        for one in away
    )
    inquiries.remark_all(rows, by=by, at=at)
    by_protocol: dict[str, list[Told]] = {}
    for row in rows:
        fact = InquiryDrafted(inquiry=row.pk, subject_of=InquirySubject.PERSON)
        by_protocol.setdefault(row.protocol, []).append(Told(fact, row.pk, row.division))
    for protocol, told in by_protocol.items():
        log.record_all(told, by=by, at=at, cause=cause, protocol=protocol)
    return rows


def _row(
    one: _Elsewhere,
    met: Exposure | None,
    held: frozenset[IdentityField],
    *,
    number: str,
    at: datetime,
) -> Inquiry:
    """The draft, not saved yet."""
    contact, role = one.contact, PersonClass(one.contact.classification)
    chosen = disclose(InquirySubject.PERSON, role, held)
    return Inquiry(
        number=number,
        outbreak=contact.outbreak,
        division=one.sender.division,
        to_division=one.sender.division,  # a draft is the sender's alone
        sender=one.sender,
        receiver=one.receiver,
        subject=InquirySubject.PERSON,
        case=one.case,
        contact=contact,
        person=contact.person,
        role=role,
        whereabouts=one.where,
        what=_met_where(met),
        last_exposed_at=contact.last_exposed_at,
        vehicle=met.stay.vehicle if met and met.stay else "",
        seat=met.stay.seat if met and met.stay else "",
        asks=ASKS,
        basis=chosen.why.basis,
        protocol=contact.protocol,
        disclosed=[field.value for field in chosen.fields],
        created_at=at,
    )


def _met_where(met: Exposure | None) -> str:
    """Where the exposure was, in the words of the register or of whoever told it. A place, never a person."""
    if met is None:
        return "exposure to a case"
    if met.place is not None:
        return str(met.place.name)
    if met.stay is not None and (met.stay.place_text or met.stay.vehicle):
        return str(met.stay.place_text or met.stay.vehicle)
    return "exposure to a case"


# --- delivery ---------------------------------------------------------------------------------------------


@action("inquiries.follow", automatic=True)
def deliver(*, cause: Entry, by: Actor, at: datetime) -> bool:
    """Hand the letter that was sent to its receiver. A second run finds it there."""
    rows = Outbox.objects.select_for_update(of=("self",)).select_related("to")
    sent = Inquiry.objects.only("message").get(pk=cause.subject)
    if sent.message is None:
        return False
    row = rows.filter(message=sent.message, receipt_at__isnull=True).first()
    return row is not None and _hand_over(row, by=by, at=at, cause=cause)


@action("inquiries.follow", automatic=True)
def deliver_waiting(*, by: Actor, at: datetime, limit: int = 200) -> int:
    """Try what has no receipt once more; nothing that was put out is ever given up."""
    return sum(_hand_over(row, by=by, at=at) for row in outbox.waiting(KIND, limit=limit))


def _hand_over(row: Outbox, *, by: Actor, at: datetime, cause: Entry | None = None) -> bool:
    """Within one node: open it on the receiver's side. Delivered twice, it is one row, and one receipt."""
    outbox.attempted(row, at=at)
    known = inquiries.by_message(row.message)
    if known is None:
        letter = from_body(row.body, inquiries.sealed_in(row))
        known = work.enter(
            letter, message=row.message, receiver=row.to, outbreak=current(row.to.division, at), at=at
        )
    fresh = work.deliver(known, by=by, at=at, cause=cause)
    outbox.receipt(row, at=at)
    return fresh


# --- a chain of forwarders --------------------------------------------------------------------------------


@action("inquiries.follow", automatic=True)
def hand_over(*, cause: Entry, by: Actor, at: datetime) -> bool:
    """The next headquarters has acknowledged what was forwarded: from here it, and not the forwarder, owes it."""
    onward = Inquiry.objects.get(pk=cause.subject)
    if onward.forwarded_from_id is None or onward.receiver_id is None:
        return False
    row = Inquiry.objects.select_for_update(of=("self",)).get(pk=onward.forwarded_from_id)
    if row.state != S.FORWARDED or row.handed_over_at is not None:
        return False
    row.handed_over_at = at
    row.save(update_fields=["handed_over_at"])
    inquiries.remark(row, by=by, organisation=onward.receiver_id, at=at, note="the next one's receipt is in")
    return True


@action("inquiries.follow", automatic=True)
def relay(*, cause: Entry, by: Actor, at: datetime) -> bool:
    """The answer to what was forwarded is the answer to what was asked: it goes back to who asked, step by step."""
    onward = Inquiry.objects.select_for_update(of=("self",)).get(pk=cause.subject)
    if onward.forwarded_from_id is None or onward.state != S.FEEDBACK:
        return False
    row = (
        Inquiry.objects.select_for_update(of=("self",)).select_related("job").get(pk=onward.forwarded_from_id)
    )
    if row.state != S.FORWARDED or row.receiver_id is None:
        return False
    row.outcome, row.answer, row.answer_figures = onward.outcome, onward.answer, onward.answer_figures
    row.controlled_at, row.feedback_at = row.controlled_at or onward.controlled_at, at
    columns = ["outcome", "answer", "answer_figures", "controlled_at", "feedback_at"]
    inquiries.step(row, S.FEEDBACK, by=by, organisation=row.receiver_id, at=at, note=row.answer, also=columns)
    onward.closed_at = at
    inquiries.forget(onward)
    inquiries.step(
        onward,
        S.CLOSED,
        by=by,
        organisation=row.receiver_id,
        at=at,
        also=["closed_at", *inquiries.FORGOTTEN],
    )
    log.record(
        InquiryClosed(inquiry=onward.pk),
        subject=onward.pk,
        division=onward.division,
        by=by,
        at=at,
        cause=cause,
    )
    fact = InquiryAnswered(inquiry=row.pk, outcome=row.outcome)
    log.record(
        fact, subject=row.pk, division=row.to_division, by=by, at=at, cause=cause, protocol=row.protocol
    )
    if row.job is not None:
        work.stands(row.job, S.FEEDBACK)
    return True


@action("inquiries.follow", automatic=True)
def settle(*, cause: Entry, by: Actor, at: datetime) -> bool:
    """The receiver's job ends with the last of its requests, which their senders close one by one."""
    job = InquiryJob.objects.select_for_update(of=("self",)).filter(inquiries=cause.subject).first()
    return job is not None and work.settle(job, at)


@action("inquiries.follow", automatic=True)
def reopen(*, cause: Entry, by: Actor, at: datetime) -> bool:
    """An answer that was not enough is work again."""
    job = InquiryJob.objects.select_for_update(of=("self",)).filter(inquiries=cause.subject).first()
    if job is None:
        return False
    job.closed_at = None
    job.save(update_fields=["closed_at"])
    work.stands(job, S.RECEIVED)
    return True


# --- clocks -----------------------------------------------------------------------------------------------

_RUNG = {
    Clock.RECEIVE: "receive_rung_at",
    Clock.CONTROL: "control_rung_at",
    Clock.FEEDBACK: "feedback_rung_at",
}


@action("inquiries.follow", automatic=True)
def mark_overdue(*, by: Actor, at: datetime, limit: int = 500) -> int:
    """Ring once for every clock that has run out; returns how many rang. What nobody has acknowledged in time becomes
    an order to the receiver, which reminds and escalates as every order does.
    """
    now = aware(at)
    late = (
        Q(receive_by__lt=now, receive_rung_at__isnull=True)
        | Q(control_by__lt=now, control_rung_at__isnull=True)
        | Q(feedback_by__lt=now, feedback_rung_at__isnull=True)
    )
    rows = (
        Inquiry.objects.select_for_update(skip_locked=True, of=("self",))
        .select_related("job__order", "job__receiver", "job__person", "receiver")
        .filter(late, due_at__lt=now)
        .order_by("due_at", "pk")[:limit]
    )
    return sum(_ring(row, by=by, at=now) for row in rows)


def _ring(row: Inquiry, *, by: Actor, at: datetime) -> int:
    rung = frozenset(clock for clock, column in _RUNG.items() if getattr(row, column) is not None)
    clocks = rules.overdue(S(row.state), inquiries.limits(row), rung, now=at)
    for clock in clocks:
        setattr(row, _RUNG[clock], at)
        fact = InquiryOverdue(inquiry=row.pk, clock=clock)
        log.record(fact, subject=row.pk, division=row.to_division, by=by, at=at, protocol=row.protocol)
    if clocks:
        row.overdue_at = row.overdue_at or at
        row.save(update_fields=["overdue_at", *(_RUNG[clock] for clock in clocks)])
    if Clock.RECEIVE in clocks and row.job is not None and row.receiver is not None:
        work.work_order(row, row.job, to=row.receiver, by=by, at=at)
    return len(clocks)


@action("inquiries.follow", automatic=True)
def forget(*, by: Actor, at: datetime, limit: int = 1000) -> int:
    """Disclosed values serve the response and go when it ends: those of every closed outbreak are destroyed."""
    ended = Inquiry.objects.filter(outbreak__closed_at__lte=at).exclude(disclosed_sealed=b"", subject_keys=[])
    rows = list(ended.select_for_update(skip_locked=True, of=("self",))[:limit])
    for row in rows:
        inquiries.forget(row)
        row.save(update_fields=[*inquiries.FORGOTTEN])
    return len(rows)
