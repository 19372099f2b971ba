"""Whom are we asked for, are they under control, and what do we answer? The receiver's verbs.

A step is taken for the subject, and so for every request of its job that stands at the same point: three cities that
ask for one person get three answers from one piece of work.
"""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any
from uuid import uuid4

from django.db import IntegrityError, transaction

from liankong import protocols
from liankong.actions import Refused, action
from liankong.protocols.standing import IdentityField
from liankong.rules import inquiries as rules
from liankong.rules.inquiries import Clock
from liankong.rules.inquiries_disclosure import names_somebody, onward
from liankong.store import identity, inquiries, log
from liankong.store import inquiries_job as work
from liankong.store.log import Actor
from liankong.store.models import Identity, Inquiry, InquiryJob, Organisation, Person
from liankong.vocabulary.facts import (
    InquiryAdvanced,
    InquiryAnswered,
    InquiryControlled,
    InquiryForwarded,
    InquiryRead,
    InquirySent,
    InquirySubjectLinked,
)
from liankong.vocabulary.identifiers import IdentifierError, parse_id_number
from liankong.vocabulary.kinds import InquiryState, InquirySubject, OrganisationKind, PersonClass

S = InquiryState
MANY = 500
STEPS = (S.CONTROLLED, S.VERIFIED, S.TRANSFERRED, S.HOME, S.RELEASED, S.NOT_FOUND)
# Steps after which the subject no longer waits to be put under control.
_SETTLED = frozenset(STEPS)


# --- received ---------------------------------------------------------------------------------------------


@action("inquiries.handle")
def receive(
    *, inquiries_of: Collection[int], by: Actor, at: datetime, to: int | None = None
) -> list[Inquiry]:
    """Acknowledge one or many: from here this headquarters owes them. `to` is the organisation that does the work.

    A request for a subject that is being worked on already stands at once where the work stands.
    """
    chosen = sorted(set(inquiries_of))
    if not chosen or len(chosen) > MANY:
        raise Refused("choose 1 to {most} inquiries", most=MANY)
    body = _worker(to, by) if to is not None else None
    return [_receive(key, body, by=by, at=at) for key in chosen]


def _receive(key: int, to: Organisation | None, *, by: Actor, at: datetime) -> Inquiry:
    row = _sent_to(key, by, at)
    if row.state != S.ISSUED:
        return row  # acknowledging twice changes nothing
    if row.delivered_at is None:
        raise Refused("inquiry {number} is on its way and has not arrived yet", number=row.number)
    work.acknowledge(row, to=to, by=by, at=at)
    _catch_up(row, by=by, at=at)
    return row


def _catch_up(row: Inquiry, *, by: Actor, at: datetime) -> None:
    """Walk a late request to where the job stands, by lawful steps, as far as the work is done and not answered."""
    job = row.job
    first = (
        job.inquiries.exclude(pk=row.pk).filter(received_at__isnull=False).order_by("pk").first()
        if job
        else None
    )
    # What the work found elsewhere was found by somebody else; a late request for it is forwarded like the first.
    if job is None or first is None or first.forwarded_to.exists():
        return
    target = S(first.outcome or first.state)
    for state in rules.way(InquirySubject(row.subject), S.RECEIVED, target):
        if state not in _SETTLED:
            break
        row.controlled_at = first.controlled_at
        note = f"as found for {first.number}"
        inquiries.step(
            row, state, by=by, organisation=row.receiver_id or 0, at=at, note=note, also=["controlled_at"]
        )
        _record_step(row, state, by=by, at=at)


# --- the work ---------------------------------------------------------------------------------------------


@action("inquiries.handle")
def advance(*, inquiry: int, state: InquiryState, by: Actor, at: datetime, note: str = "") -> list[Inquiry]:
    """Put on record that the subject is controlled, verified, transferred, at home, released or not found."""
    row = _worked_by(inquiry, by, at)
    if state not in STEPS:
        raise Refused("an inquiry is not made {to_state} by hand", to_state=state.value)
    return _advance(row, state, note, by=by, at=at)


def _advance(row: Inquiry, state: InquiryState, note: str, *, by: Actor, at: datetime) -> list[Inquiry]:
    _plain(note, "note")
    judged = rules.move(InquirySubject(row.subject), S(row.state), state, note=note)
    if not judged.allowed:
        raise Refused(judged.why.reason, field=judged.field, **judged.why.values)
    rows = work.fellows(row)
    for one in rows:
        if state == S.CONTROLLED:
            one.controlled_at = one.controlled_at or at
        also = ["controlled_at"]
        inquiries.step(one, state, by=by, organisation=by.organisation or 0, at=at, note=note, also=also)
        _record_step(one, state, by=by, at=at)
    if row.job is not None:
        work.stands(row.job, state)
        if state in _SETTLED:
            work.finish_order(row.job, proof=note.strip() or f"inquiry {state.value}", by=by, at=at)
    return rows


def _record_step(row: Inquiry, state: InquiryState, *, by: Actor, at: datetime) -> None:
    fact: InquiryControlled | InquiryAdvanced
    if state == S.CONTROLLED:
        person = row.job.person_id if row.job else None
        fact = InquiryControlled(inquiry=row.pk, job=row.job_id, person=person)
    else:
        fact = InquiryAdvanced(inquiry=row.pk, state=state)
    log.record(fact, subject=row.pk, division=row.to_division, by=by, at=at, protocol=row.protocol)


@action("inquiries.handle")
def answer(
    *,
    inquiry: int,
    answer: str,
    by: Actor,
    at: datetime,
    outcome: InquiryState | None = None,
    figures: Mapping[str, Any] | None = None,
) -> list[Inquiry]:
    """Give the answer to everybody who asked. `outcome`, if it is not on record yet, is recorded first."""
    row = _worked_by(inquiry, by, at)
    if not answer.strip():
        raise Refused("say what was found and done", field="answer")
    _plain(answer, "answer")
    if outcome is not None and outcome != row.state:
        _advance(row, outcome, answer, by=by, at=at)
        row.refresh_from_db()
    subject = InquirySubject(row.subject)
    if not rules.may_answer(subject, S(row.state)):
        raise Refused(
            "an inquiry that is {from_state} has no outcome to answer with",
            field="outcome",
            from_state=row.state,
        )
    rows = work.fellows(row)
    for one in rows:
        one.outcome, one.answer, one.feedback_at = one.state, answer.strip()[: inquiries.NOTE_LENGTH], at
        one.answer_figures = dict(figures or {})
        also = ["outcome", "answer", "answer_figures", "feedback_at"]
        inquiries.step(
            one, S.FEEDBACK, by=by, organisation=by.organisation or 0, at=at, note=answer, also=also
        )
        fact = InquiryAnswered(inquiry=one.pk, outcome=one.outcome)
        log.record(fact, subject=one.pk, division=one.to_division, by=by, at=at, protocol=one.protocol)
    if row.job is not None:
        work.stands(row.job, S.FEEDBACK)
    return rows


# --- forwarded --------------------------------------------------------------------------------------------


@action("inquiries.handle")
def forward(
    *, inquiry: int, receiver: int, reason: str, by: Actor, at: datetime, whereabouts: str = ""
) -> list[Inquiry]:
    """Not ours: pass it to the next headquarters, which gets no more than was disclosed to us. Until its receipt is in
    we owe it; its answer goes back through us. Returns the letters that went on.
    """
    row = _worked_by(inquiry, by, at)
    to = Organisation.objects.filter(pk=receiver, kind=OrganisationKind.HEADQUARTERS).first()
    if to is None:
        raise Refused("choose another headquarters", field="receiver")
    _plain(reason, "reason")
    subject = InquirySubject(row.subject)
    judged = rules.move(subject, S(row.state), S.FORWARDED, note=reason)
    if not judged.allowed:
        field = "reason" if judged.field else ""
        raise Refused(judged.why.reason, field=field, **judged.why.values)
    rows = work.fellows(row)
    for one in rows:
        if not rules.may_forward(to.pk, inquiries.along(one)):
            raise Refused("{name} has had this inquiry: answer it instead", field="receiver", name=to.code)
    sent = [_forward(one, to, reason, whereabouts, by=by, at=at) for one in rows]
    if row.job is not None:
        work.stands(row.job, S.FORWARDED)
        work.finish_order(row.job, proof=reason, by=by, at=at)
    return sent


def _forward(
    row: Inquiry, to: Organisation, reason: str, whereabouts: str, *, by: Actor, at: datetime
) -> Inquiry:
    if row.receiver is None:
        raise Refused("there is no such inquiry in your jurisdiction")
    role = PersonClass(row.role) if row.role else None
    values = inquiries.opened(row)
    told = {field: values[field] for field in onward(InquirySubject(row.subject), role, values)}
    times = rules.deadlines(InquirySubject(row.subject), at, protocols.load(row.protocol))
    sent = Inquiry(
        number=inquiries.next_number(row.receiver.division, at),
        outbreak_id=row.outbreak_id,
        division=row.receiver.division,
        to_division=to.division,
        sender=row.receiver,
        receiver=to,
        message=uuid4(),
        subject=row.subject,
        role=row.role,
        whereabouts=whereabouts or to.division,
        what=row.what,
        last_exposed_at=row.last_exposed_at,
        vehicle=row.vehicle,
        seat=row.seat,
        lot=row.lot,
        asks=row.asks,
        basis=times.why[Clock.CONTROL if times.control_by else Clock.FEEDBACK].basis,
        protocol=row.protocol,
        state=S.ISSUED,
        created_at=at,
        issued_at=at,
        issued_by_id=by.user,
        receive_by=times.receive_by,
        control_by=times.control_by,
        feedback_by=times.feedback_by,
        forwarded_from=row,
    )
    sent.save(force_insert=True)
    inquiries.seal_values(sent, told)
    columns = ["disclosed", *inquiries.FORGOTTEN]
    inquiries.step(sent, S.ISSUED, by=by, organisation=row.receiver.pk, at=at, note=reason, also=columns)
    inquiries.post(sent, told, at=at)
    inquiries.step(row, S.FORWARDED, by=by, organisation=row.receiver.pk, at=at, note=reason)
    gone = InquirySent(inquiry=sent.pk, to=to.pk, fields=tuple(sent.disclosed))
    log.record(gone, subject=sent.pk, division=sent.division, by=by, at=at, protocol=sent.protocol)
    fact = InquiryForwarded(inquiry=row.pk, onward=sent.pk)
    log.record(fact, subject=row.pk, division=row.to_division, by=by, at=at, protocol=row.protocol)
    return sent


# --- who it is --------------------------------------------------------------------------------------------


@action("inquiries.reveal")
def reveal(*, inquiry: int, why: str, by: Actor, at: datetime) -> dict[IdentityField, str]:
    """Open the disclosed fields of an inquiry. Who, what and why go into the log before anything is shown."""
    row = _party(inquiry, by, at)
    if len(why.strip()) < 4:
        raise Refused("give the reason: which case, order or call this serves", field="why")
    values = inquiries.opened(row)
    if not values:
        raise Refused("this letter carries no sealed fields, or they have served and are gone")
    fact = InquiryRead(inquiry=row.pk, fields=tuple(field.value for field in values), why=why.strip())
    side = row.to_division if row.to_division.startswith(by.division) else row.division
    log.record(fact, subject=row.pk, division=side, by=by, at=at)
    return values


@action("registry.register")
def register_subject(*, inquiry: int, division: str, by: Actor, at: datetime) -> Person:
    """Enter the subject into the receiver's own register, from what was disclosed, and link the job to it."""
    row = _worked_by(inquiry, by, at)
    job, values = row.job, inquiries.opened(row)
    if job is None or not values:
        raise Refused("this letter carries nothing to register a person from")
    if job.person is not None:
        raise Refused("this subject is registered here already", field="inquiry")
    if not division.startswith(job.division):
        raise Refused("a person is registered inside your own jurisdiction", field="division")
    fact = InquiryRead(
        inquiry=row.pk, fields=tuple(field.value for field in values), why="registered from it"
    )
    log.record(fact, subject=row.pk, division=row.to_division, by=by, at=at)
    return _link(job, _registered(values, division, at), by=by, at=at)


def _registered(values: Mapping[IdentityField, str], division: str, at: datetime) -> Person:
    number = values.get(IdentityField.ID_NUMBER, "")
    try:
        told = parse_id_number(number) if number else None
    except IdentifierError:
        told = None
    born = {"sex": told.sex, "birth_date": told.birth, "registered_division": told.division} if told else {}
    person = Person.objects.create(division=division, created_at=at, **born)
    columns = identity.columns(
        person.pk,
        name=values.get(IdentityField.NAME, ""),
        id_number=number,
        phone=values.get(IdentityField.PHONE, ""),
    )
    try:
        with transaction.atomic():
            Identity.objects.create(**columns)
    except IntegrityError:
        # One ID number is found once on a node. The sender's register holds it, and stays the sender's.
        Identity.objects.create(**{**columns, "id_hash": None})
    return person


@action("inquiries.handle")
def link_person(*, inquiry: int, person: int, by: Actor, at: datetime) -> Person:
    """The subject is this person of our own register, whom an exact search found."""
    row = _worked_by(inquiry, by, at)
    found = Person.objects.filter(pk=person).first()
    if row.job is None or found is None or not found.division.startswith(row.job.division):
        raise Refused("there is no such {field} in your jurisdiction", field="person")
    return _link(row.job, found, by=by, at=at)


def _link(job: InquiryJob, person: Person, *, by: Actor, at: datetime) -> Person:
    job.person = person
    job.save(update_fields=["person"])
    fact = InquirySubjectLinked(job=job.pk, person=person.pk)
    log.record(fact, subject=job.pk, division=job.division, by=by, at=at)
    return person


# --- whose ------------------------------------------------------------------------------------------------


def _locked(key: int) -> Inquiry:
    rows = Inquiry.objects.select_for_update(of=("self",)).select_related(
        "job__order", "job__person", "job__receiver", "receiver", "sender", "forwarded_from"
    )
    row = rows.filter(pk=key).exclude(state=S.DRAFT).first()
    if row is None:
        raise Refused("there is no such inquiry in your jurisdiction")
    return row


def _sent_to(key: int, by: Actor, at: datetime) -> Inquiry:
    row = _locked(key)
    if row.receiver_id not in inquiries.speaks_for(by.organisation, at):
        raise Refused("this inquiry is addressed to another headquarters")
    return row


def _worked_by(key: int, by: Actor, at: datetime) -> Inquiry:
    """The receiver's people, and those of the body that has the job's order."""
    row = _locked(key)
    order = row.job.order if row.job else None
    if order is None or order.addressee_id != by.organisation:
        row = _sent_to(key, by, at)
    if row.state == S.ISSUED:
        raise Refused("acknowledge inquiry {number} first", number=row.number)
    return row


def _party(key: int, by: Actor, at: datetime) -> Inquiry:
    row = _locked(key)
    order = row.job.order if row.job else None
    parties = {row.sender_id, row.receiver_id, order.addressee_id if order else None}
    ours = inquiries.speaks_for(by.organisation, at)
    if parties.isdisjoint(ours):
        raise Refused("this inquiry is between other headquarters")
    if parties & ours == {row.sender_id} and row.person_id is not None and not _in_register(row.person_id):
        # The letter of a contact who is registered elsewhere must not open that register to its sender.
        raise Refused("this person is not of your register: only the receiver reads the letter")
    return row


def _in_register(person: int) -> bool:
    return Person.objects.filter(pk=person).exists()


def _worker(key: int, by: Actor) -> Organisation:
    found = Organisation.objects.filter(pk=key, division__startswith=by.division).first()
    if found is None:
        raise Refused("the work goes to a body of your own jurisdiction", field="to")
    return found


def _plain(text: str, field: str) -> None:
    if names_somebody(text) is not None:
        raise Refused("this text holds an ID or phone number: it belongs into the sealed fields", field=field)
