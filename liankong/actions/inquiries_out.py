"""Whom do we ask, what do we tell them, and is their answer enough? The sender's verbs."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar
from uuid import uuid4

from django.db.models import QuerySet

from liankong import protocols
from liankong.actions import Refused, action
from liankong.protocols.standing import IdentityField
from liankong.rules import inquiries as rules
from liankong.rules.inquiries import Clock
from liankong.rules.inquiries_disclosure import Disclosure, disclose, names_somebody
from liankong.store import inquiries, log
from liankong.store.log import Actor
from liankong.store.models import Case, Contact, Inquiry, Organisation, Person
from liankong.vocabulary.facts import InquiryClosed, InquiryDrafted, InquiryReturned, InquirySent
from liankong.vocabulary.kinds import InquiryState, InquirySubject, OrganisationKind, PersonClass

R = TypeVar("R", Contact, Person, Case)
S = InquiryState
MANY = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a letter says openly. No person's name: `what` is where and when, `lot` names goods."""

    subject: InquirySubject
    what: str
    role: PersonClass | None = None
    whereabouts: str = ""
    last_exposed_at: datetime | None = None
    vehicle: str = ""
    seat: str = ""
    lot: str = ""
    asks: str = ""


@action("inquiries.handle")
def draft(
    *,
    asked: Asked,
    by: Actor,
    at: datetime,
    receiver: int | None = None,
    person: int | None = None,
    contact: int | None = None,
    case: int | None = None,
) -> Inquiry:
    """Write an inquiry; nothing leaves before somebody sends it. A person is one of the sender's own register."""
    sender = _own(by, at)
    _check(asked)
    met = _in_sight(Contact.objects.select_related("outbreak"), contact, "contact")
    someone = met.person_id if met else _own_person(person)
    linked = _in_sight(Case.objects.all(), case, "case")
    if asked.subject is InquirySubject.PERSON and someone is None:
        raise Refused("say who: the number of a person of your register", field="person")
    if asked.subject is not InquirySubject.PERSON and someone is not None:
        raise Refused("a letter about a trip, a place or goods names no person", field="person")
    where = asked.whereabouts or _home(met, someone)
    to = _receiver(receiver, sender) if receiver else _found(where, sender, at)
    outbreak = met.outbreak if met else linked.outbreak if linked else inquiries.outbreak_of(sender, at)
    if outbreak is None:
        raise Refused("no outbreak is open in your jurisdiction: the headquarters must open one first")
    chosen = disclosure(asked.subject, asked.role, someone)
    row = Inquiry.objects.create(
        number=inquiries.next_number(sender.division, at),
        outbreak=outbreak,
        division=sender.division,
        to_division=sender.division,  # a draft is the sender's alone
        sender=sender,
        receiver=to,
        subject=asked.subject,
        case=linked,
        contact=met,
        person_id=someone,
        role=asked.role or "",
        whereabouts=where,
        what=asked.what.strip(),
        last_exposed_at=asked.last_exposed_at,
        vehicle=asked.vehicle.strip().upper(),
        seat=asked.seat.strip(),
        lot=asked.lot.strip(),
        asks=asked.asks.strip(),
        basis=chosen.why.basis,
        protocol=outbreak.protocol,
        disclosed=[field.value for field in chosen.fields],
        created_at=at,
    )
    inquiries.remark(row, by=by, organisation=sender.pk, at=at, note="")
    fact = InquiryDrafted(inquiry=row.pk, subject_of=asked.subject)
    log.record(fact, subject=row.pk, division=row.division, by=by, at=at, protocol=row.protocol)
    return row


def disclosure(subject: InquirySubject, role: PersonClass | None, person: int | None) -> Disclosure:
    """What a letter would carry, shown before it is written and before it is sent. Opens nothing."""
    held = inquiries.held_fields(person) if person is not None else frozenset[IdentityField]()
    return disclose(subject, role, held)


@action("inquiries.handle")
def address(*, inquiry: int, receiver: int, by: Actor, at: datetime) -> Inquiry:
    """Name the headquarters that a draft goes to."""
    row = _sent_by(inquiry, by, at)
    if row.state != S.DRAFT or row.sender is None:
        raise Refused("only a draft can be addressed anew; what was sent is forwarded by its receiver")
    to = _receiver(receiver, row.sender)
    row.receiver = to
    row.save(update_fields=["receiver"])
    return row


@action("inquiries.handle")
def discard(*, inquiry: int, reason: str, by: Actor, at: datetime) -> Inquiry:
    """Throw a draft away, with the reason: nobody was asked."""
    row = _sent_by(inquiry, by, at)
    if row.state != S.DRAFT:
        raise Refused("only a draft can be thrown away; an issued inquiry ends with its answer")
    if not reason.strip():
        raise Refused("say why nobody is to be asked", field="reason")
    row.closed_at = at
    inquiries.step(
        row, S.CLOSED, by=by, organisation=row.sender_id or 0, at=at, note=reason, also=["closed_at"]
    )
    log.record(InquiryClosed(inquiry=row.pk), subject=row.pk, division=row.division, by=by, at=at)
    return row


@action("inquiries.send")
def send(*, inquiries_of: Collection[int], by: Actor, at: datetime) -> list[Inquiry]:
    """Sign and send drafts, one or many, all or none. The letter and its message stand in one transaction."""
    return [_send(_sent_by(key, by, at), by=by, at=at) for key in _few(inquiries_of)]


def _send(row: Inquiry, *, by: Actor, at: datetime) -> Inquiry:
    if row.state != S.DRAFT:
        raise Refused("inquiry {number} is sent already", number=row.number)
    if row.receiver is None:
        raise Refused("inquiry {number} has no addressee: name one", field="receiver", number=row.number)
    subject = InquirySubject(row.subject)
    role = PersonClass(row.role) if row.role else None
    values = inquiries.held(row.person_id) if row.person_id is not None else {}
    # Chosen once more: the register may hold more or less than when it was drafted.
    chosen = disclose(subject, role, values)
    told = {field: values[field] for field in chosen.fields}
    if subject is InquirySubject.PERSON and not told:
        raise Refused(
            "nothing would be told by which inquiry {number}'s person can be found", number=row.number
        )
    times = rules.deadlines(subject, at, protocols.load(row.protocol))
    row.issued_at, row.issued_by_id, row.message = at, by.user, uuid4()
    row.to_division = row.receiver.division
    row.receive_by, row.control_by, row.feedback_by = times.receive_by, times.control_by, times.feedback_by
    row.basis = times.why[Clock.CONTROL if times.control_by else Clock.FEEDBACK].basis
    inquiries.seal_values(row, told)
    columns = [
        "issued_at",
        "issued_by",
        "message",
        "to_division",
        "receive_by",
        "control_by",
        "feedback_by",
        "basis",
        "disclosed",
        *inquiries.FORGOTTEN,
    ]
    inquiries.step(row, S.ISSUED, by=by, organisation=row.sender_id or 0, at=at, also=columns)
    inquiries.post(row, told, at=at)
    fact = InquirySent(inquiry=row.pk, to=row.receiver.pk, fields=tuple(row.disclosed))
    log.record(fact, subject=row.pk, division=row.division, by=by, at=at, protocol=row.protocol)
    return row


@action("inquiries.handle")
def close(*, inquiries_of: Collection[int], by: Actor, at: datetime, note: str = "") -> list[Inquiry]:
    """Take answers as enough, one or many. What came from outside the node is closed by its receiver, once the answer
    has gone back by phone or list. The disclosed values have served and go.
    """
    return [_close(key, note, by=by, at=at) for key in _few(inquiries_of)]


def _close(key: int, note: str, *, by: Actor, at: datetime) -> Inquiry:
    row = _sent_by(key, by, at)
    step = rules.move(InquirySubject(row.subject), S(row.state), S.CLOSED)
    if not step.allowed or row.state == S.DRAFT:
        raise Refused("inquiry {number} has no answer yet", number=row.number)
    row.closed_at = at
    inquiries.forget(row)
    also = ["closed_at", *inquiries.FORGOTTEN]
    inquiries.step(row, S.CLOSED, by=by, organisation=by.organisation or 0, at=at, note=note, also=also)
    log.record(InquiryClosed(inquiry=row.pk), subject=row.pk, division=_side(row, by), by=by, at=at)
    return row


@action("inquiries.handle")
def ask_again(*, inquiry: int, reason: str, by: Actor, at: datetime) -> Inquiry:
    """The answer is not enough: it goes back to who gave it, with a new feedback clock."""
    row = _sent_by(inquiry, by, at)
    if row.state != S.FEEDBACK:
        raise Refused("inquiry {number} has no answer yet", number=row.number)
    if not reason.strip():
        raise Refused("say what is missing in the answer", field="reason")
    _plain(reason, "reason")
    times = rules.deadlines(InquirySubject(row.subject), at, protocols.load(row.protocol))
    row.feedback_by, row.feedback_rung_at, row.feedback_at, row.outcome = times.feedback_by, None, None, ""
    row.control_by, row.handed_over_at = None, None
    also = ["feedback_by", "feedback_rung_at", "feedback_at", "outcome", "control_by", "handed_over_at"]
    inquiries.step(row, S.RECEIVED, by=by, organisation=by.organisation or 0, at=at, note=reason, also=also)
    fact = InquiryReturned(inquiry=row.pk, reason=reason.strip())
    log.record(fact, subject=row.pk, division=_side(row, by), by=by, at=at)
    return row


# --- whose, and what may be said --------------------------------------------------------------------------


def _own(by: Actor, at: datetime) -> Organisation:
    found = inquiries.own_headquarters(by, at)
    if found is None:
        raise Refused("only a headquarters asks another: your post is in none")
    return found


def _sent_by(key: int, by: Actor, at: datetime) -> Inquiry:
    """An inquiry of the actor's own, locked. One from outside the node is in its receiver's hands."""
    row = (
        Inquiry.objects.select_for_update(of=("self",))
        .select_related("sender", "receiver", "outbreak")
        .filter(pk=key)
        .first()
    )
    if row is None:
        raise Refused("there is no such inquiry in your jurisdiction")
    if (row.sender_id or row.receiver_id) not in inquiries.speaks_for(by.organisation, at):
        raise Refused("this inquiry is another headquarters'")
    return row


def _side(row: Inquiry, by: Actor) -> str:
    """The division in which the actor's own log stands."""
    return str(row.division if row.division.startswith(by.division) else row.to_division)


def _few(keys: Collection[int]) -> list[int]:
    chosen = sorted(set(keys))
    if not chosen:
        raise Refused("choose at least one inquiry")
    if len(chosen) > MANY:
        raise Refused("choose at most {most} inquiries at once", most=MANY)
    return chosen


def _in_sight(rows: "QuerySet[R]", key: int | None, field: str) -> R | None:
    if key is None:
        return None
    found = rows.filter(pk=key).first()
    if found is None:
        raise Refused("there is no such {field} in your jurisdiction", field=field)
    return found


def _own_person(key: int | None) -> int | None:
    found = _in_sight(Person.objects.all(), key, "person")
    return found.pk if found else None


def _home(met: Contact | None, person: int | None) -> str:
    """Where a person of ours is said to be; a contact may be registered where we do not see."""
    if met is not None and met.lives_in:
        return str(met.lives_in)
    if person is None:
        return ""
    return str(Person.objects.filter(pk=person).values_list("division", flat=True).first() or "")


def _receiver(key: int, sender: Organisation) -> Organisation:
    found = Organisation.objects.filter(pk=key, kind=OrganisationKind.HEADQUARTERS).first()
    if found is None or found == sender:
        raise Refused("choose another headquarters", field="receiver")
    return found


def _found(where: str, sender: Organisation, at: datetime) -> Organisation | None:
    to = inquiries.headquarters(where, at, asking=sender) if where else None
    return None if to == sender else to


def _check(asked: Asked) -> None:
    if not asked.what.strip():
        raise Refused("say where and when: of the exposure, the trip, the goods' way", field="what")
    for name in ("what", "vehicle", "seat", "lot", "asks"):
        _plain(getattr(asked, name), name)
    if asked.subject is InquirySubject.PERSON and asked.role is None:
        raise Refused("say what the person is to the response", field="role")
    if asked.subject is InquirySubject.TRIP and not (asked.vehicle.strip() and asked.last_exposed_at):
        raise Refused("a trip has a flight, train or plate and a day", field="vehicle")
    if asked.subject is InquirySubject.GOODS and not asked.lot.strip():
        raise Refused("goods have a lot or batch number", field="lot")


def _plain(text: str, field: str) -> None:
    if names_somebody(text) is not None:
        raise Refused("this text holds an ID or phone number: it belongs into the sealed fields", field=field)
