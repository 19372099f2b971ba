"""Who must move, where, by when? The system proposes; a person assesses and signs, and then rooms are held."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from liankong import protocols
from liankong.actions import Refused, action
from liankong.protocols import Protocol, Subject
from liankong.protocols.words import Placement
from liankong.rules import isolation as rules
from liankong.rules import orders_words
from liankong.rules.why import Why
from liankong.store import isolation as store
from liankong.store import isolation_sign, log
from liankong.store.isolation_many import propose_many
from liankong.store.isolation_propose import (
    Asked,
    age_of,
    propose_person,
    propose_release,
    rearrange,
    refresh,
)
from liankong.store.log import Actor
from liankong.store.models import Case, Contact, Entry, Inquiry, Isolation, Organisation, Person, Trip
from liankong.store.outbreaks import current
from liankong.vocabulary.facts import IsolationAssessed
from liankong.vocabulary.kinds import (
    ContactState,
    HomeGround,
    InquirySubject,
    Mobility,
    OrderState,
    OrganisationKind,
    Outcome,
    PersonClass,
)
from liankong.vocabulary.spans import local_day

GONE = (ContactState.REJECTED, ContactState.RELEASED, ContactState.ELSEWHERE)


# --- proposals: reactions of the flow -----------------------------------------------------------------------


@action("isolation.arrange", automatic=True)
def propose(*, cause: Entry, by: Actor, at: datetime) -> list[Isolation]:
    """Contacts who were signed are to be kept apart: a draft of each move, and where to. Somebody who lives elsewhere
    is asked for there.
    """
    contacts = (
        Contact.objects.filter(pk__in=cause.body["contacts"], lives_in="")
        .exclude(state__in=GONE)
        .select_related("person__household")
        .order_by("pk")
    )
    return propose_many([_of_contact(contact, at) for contact in contacts], by=by, at=at, cause=cause)


@action("isolation.arrange", automatic=True)
def repropose(*, cause: Entry, by: Actor, at: datetime) -> Isolation | None:
    """A contact's class changed: the proposal is made anew. What was signed stays until a new proposal is signed."""
    contact = Contact.objects.select_related("person__household").get(pk=cause.subject)
    if contact.signed_at is None or contact.state in GONE or contact.lives_in:
        return None
    return propose_person(_of_contact(contact, at), by=by, at=at, cause=cause)


@action("isolation.arrange", automatic=True)
def redate(*, cause: Entry, by: Actor, at: datetime) -> int:
    """The day of release moved with the last exposure: stays and proposals follow it. Returns how many."""
    contact = Contact.objects.get(pk=cause.subject)
    start = _starts_on(contact)
    rows = list(
        Isolation.objects.select_for_update(of=("self",)).filter(contact=contact, released_at__isnull=True)
    )
    for row in rows:
        refresh(row, protocols.load(row.protocol), starts_on=start, on=local_day(at))
    return len(rows)


@action("isolation.arrange", automatic=True)
def withdraw(*, cause: Entry, by: Actor, at: datetime) -> int:
    """No contact after all: proposals and transfers on the way are called off. Whoever is inside already is proposed
    for release, which a person signs.
    """
    count = 0
    rows = Isolation.objects.filter(contact=cause.subject, released_at__isnull=True)
    for row in store.locked(list(rows.values_list("pk", flat=True))):
        if row.arrived_at is None:
            store.end(row, "not_a_contact", by=by, at=at, cause=cause)
        else:
            propose_release(row, "not_a_contact", by=by, at=at, cause=cause)
        count += 1
    return count


@action("isolation.arrange", automatic=True)
def propose_for_inquiry(*, cause: Entry, by: Actor, at: datetime) -> Isolation | None:
    """Somebody whom another headquarters asked for is under control here: they are kept apart by our protocol."""
    inquiry = Inquiry.objects.select_related("job__person__household").get(pk=cause.subject)
    job = inquiry.job
    if inquiry.subject != InquirySubject.PERSON or job is None or job.person is None:
        return None
    subject = rules.SUBJECT_OF.get(PersonClass(inquiry.role)) if inquiry.role else None
    if subject is None:
        return None
    protocol = current(job.person.division, at).protocol
    asked = Asked(
        person=job.person,
        subject=subject,
        protocol=protocols.load(protocol),
        starts_on=local_day(inquiry.last_exposed_at or at),
        determined_at=at,
        inquiry=inquiry,
    )
    return propose_person(asked, by=by, at=at, cause=cause)


@action("isolation.arrange", automatic=True)
def contact_became_case(*, cause: Entry, by: Actor, at: datetime) -> Isolation | None:
    """A contact is infected: the stay is marked so that nobody else joins it, and a move to hospital is proposed."""
    contact = Contact.objects.select_related("person__household").get(pk=cause.subject)
    for row in store.locked(
        list(store.in_force().filter(person=contact.person_id).values_list("pk", flat=True))
    ):
        row.infected = True
        row.save(update_fields=["infected"])
    asked = _of_contact(contact, at, infected=True)
    return propose_person(asked, by=by, at=at, cause=cause)


@action("isolation.arrange", automatic=True)
def contact_reopened(*, cause: Entry, by: Actor, at: datetime) -> Isolation | None:
    """The case that a contact had become was excluded: nothing keeps them as infected any more, and where the protocol
    still keeps such a contact apart, a place is proposed anew. Who waits for a signature is proposed with it.
    """
    contact = Contact.objects.select_related("person__household").get(pk=cause.subject)
    if _ill_besides(contact, cause.body["case"]):
        return None
    held = Isolation.objects.filter(person=contact.person_id, infected=True, released_at__isnull=True)
    for row in store.locked(list(held.values_list("pk", flat=True))):
        if row.placement != Placement.HOSPITAL:
            row.infected = False
            row.save(update_fields=["infected"])
        elif row.aboard_at is None:
            # Whoever sits in the vehicle already is brought there: nobody is put out on the road.
            store.end(row, "case_excluded", by=by, at=at, cause=cause)
    if contact.signed_at is None or contact.state in GONE or contact.lives_in or not contact.stands:
        return None
    return propose_person(_of_contact(contact, at), by=by, at=at, cause=cause)


def _ill_besides(contact: Contact, excluded: int) -> bool:
    """Whether another case of the same person stands: then they are infected all the same."""
    others = Case.objects.filter(
        person=contact.person_id, outbreak__closed_at__isnull=True, outcome=Outcome.IN_CARE
    )
    return others.exclude(pk=excluded).exclude(classification=PersonClass.EXCLUDED).exists()


@action("isolation.arrange", automatic=True)
def on_order_cancelled(*, cause: Entry, by: Actor, at: datetime) -> Isolation | None:
    """The order of a move was called off at the orders' board: rooms and vehicles are let go."""
    found = Isolation.objects.filter(
        order=cause.subject,
        order__state=OrderState.CANCELLED,
        arrived_at__isnull=True,
        released_at__isnull=True,
    )
    for row in store.locked(list(found.values_list("pk", flat=True))):
        store.end(row, "order_cancelled", by=by, at=at, cause=cause)
        return row
    return None


def _of_contact(contact: Contact, at: datetime, *, infected: bool = False) -> Asked:
    subject = rules.SUBJECT_OF.get(PersonClass(contact.classification))
    return Asked(
        person=contact.person,
        subject=Subject.CASE if infected else subject,
        protocol=protocols.load(contact.protocol),
        starts_on=_starts_on(contact),
        determined_at=at,
        contact=contact,
        infected=infected,
    )


def _starts_on(contact: Contact) -> date:
    return local_day(contact.last_exposed_at or contact.found_at)


# --- a person proposes and assesses -------------------------------------------------------------------------


@action("isolation.arrange")
def propose_somebody(
    *,
    person: int,
    subject: Subject,
    starts_on: date,
    by: Actor,
    at: datetime,
    infected: bool = False,
    mobility: Mobility = Mobility.WALKS,
) -> Isolation:
    """Propose to keep apart somebody who is no contact: from abroad, from a risk area, a case that must be moved."""
    who = Person.objects.select_related("household").filter(pk=person).first()
    if who is None:
        raise Refused("there is no such person in your jurisdiction", field="person")
    protocol = protocols.load(current(who.division, at).protocol)
    asked = Asked(
        person=who,
        subject=subject,
        protocol=protocol,
        starts_on=starts_on,
        determined_at=at,
        infected=infected,
        mobility=mobility,
    )
    row = propose_person(asked, by=by, at=at, cause=None)
    if row is None:
        raise Refused(
            "the protocol {protocol} keeps nobody like this apart", field="subject", protocol=protocol.id
        )
    return row


@action("isolation.arrange")
def assess(
    *,
    isolation: int,
    home: bool,
    grounds: Iterable[HomeGround],
    mobility: Mobility,
    by: Actor,
    at: datetime,
    carer: int | None = None,
) -> Isolation:
    """Say what was found: grounds for home isolation, how somebody can be moved, and who cares for them.

    `carer` is a person; somebody who is not isolated yet is proposed too, under the same rule.
    """
    row = _one(isolation)
    if row.signed_at is not None:
        raise Refused("this was signed already: what holds now is changed by a new proposal")
    protocol, given = protocols.load(row.protocol), frozenset(grounds)
    row.grounds = sorted(one.value for one in given)
    row.home_granted, row.mobility = home, mobility
    row.assessed_at, row.assessed_by_id = at, by.user
    row.carer = _carer(row, carer, protocol, by=by, at=at) if carer is not None else None
    row.save(update_fields=["grounds", "home_granted", "mobility", "assessed_at", "assessed_by", "carer"])
    member = rules.Member(
        key=row.person_id,
        subject=Subject(row.subject),
        starts_on=row.starts_on or local_day(at),
        age=age_of(row.person, at),
        grounds=given,
    )
    if home and not rules.home_grounds(member, protocol):
        raise Refused(
            "no ground of the protocol's exception holds: give one, or leave them at a site", field="home"
        )
    log.record(
        IsolationAssessed(isolation=row.pk, home=home, grounds=tuple(row.grounds)),
        subject=row.pk,
        division=row.division,
        by=by,
        at=at,
        protocol=row.protocol,
    )
    rearrange(row, protocol, by=by, at=at, cause=None)
    row.refresh_from_db()
    return row


def _carer(row: Isolation, person: int, protocol: Protocol, *, by: Actor, at: datetime) -> Isolation:
    """The carer's own isolation, proposed under the same rule where there is none."""
    if person == row.person_id:
        raise Refused("nobody can be their own carer", field="carer")
    who = Person.objects.select_related("household").filter(pk=person).first()
    if who is None:
        raise Refused("there is no such person in your jurisdiction", field="carer")
    found = Isolation.objects.filter(person=who, released_at__isnull=True).order_by("signed_at", "pk").first()
    if found is not None:
        return found
    asked = Asked(
        person=who,
        subject=Subject(row.subject),
        protocol=protocol,
        starts_on=row.starts_on or local_day(at),
        determined_at=row.determined_at,
    )
    made = propose_person(asked, by=by, at=at, cause=None)
    if made is None:
        raise Refused("the protocol keeps nobody like this apart", field="carer")
    return made


# --- the signature ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Signed:
    """What came of signing many: who is signed, who is not and why, which trips were planned, who waits for one."""

    signed: tuple[int, ...]
    refused: dict[int, Why] = field(default_factory=dict)
    trips: tuple[Trip, ...] = ()
    unplanned: dict[int, Why] = field(default_factory=dict)


@action("isolation.sign")
def sign(
    *,
    isolations: Sequence[int],
    by: Actor,
    at: datetime,
    leaves_at: datetime | None = None,
    hospital: int | None = None,
) -> Signed:
    """Sign one or many: rooms are held, vehicles held as far as there are any, the orders run by the clock of the
    determination. What cannot be signed says why; the others are signed.
    """
    rows = store.locked(list(isolations))
    known = {row.pk for row in rows}
    if not rows or set(isolations) - known:
        raise Refused("there is no such isolation in your jurisdiction")
    to = None
    if hospital is not None:
        to = Organisation.objects.filter(pk=hospital, kind=OrganisationKind.HOSPITAL).first()
        if to is None:
            raise Refused("there is no such hospital", field="hospital")
    outcome = isolation_sign.sign(rows, hospital=to, leaves_at=leaves_at or at, by=by, at=at)
    return Signed(
        signed=tuple(sorted(outcome.signed)),
        refused=outcome.refused,
        trips=tuple(outcome.trips),
        unplanned=outcome.unplanned,
    )


@action("isolation.sign")
def reject(*, isolation: int, reason: str, by: Actor, at: datetime) -> Isolation:
    """Turn a proposal down, with a reason. Also a signed one whose people have not been fetched yet."""
    row = _one(isolation)
    if row.arrived_at is not None:
        raise Refused("they are inside already: release them by the checklist")
    if not reason.strip():
        raise Refused("say why", field="reason")
    _plain(reason)
    store.end(row, "rejected", words=reason.strip(), by=by, at=at)
    return row


def _one(isolation: int) -> Isolation:
    rows = store.locked([isolation])
    if not rows:
        raise Refused("there is no such isolation in your jurisdiction")
    if rows[0].released_at is not None:
        raise Refused("this isolation has ended")
    return rows[0]


def _plain(words: str) -> None:
    """Words that are kept beside a stay name nobody by number."""
    kind = orders_words.personal_number(words)
    if kind is not None:
        raise Refused(orders_words.REFUSALS[kind], field="reason")
