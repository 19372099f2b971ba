"""The shared mutators of inquiries: who is a party, what is sealed, how they are numbered and stepped on.

Their life belongs to the verbs of `actions.inquiries*`; the work on a subject, to `store.inquiries_job`.
"""

import json
import re
import unicodedata
from collections.abc import Collection, Mapping
from datetime import datetime
from uuid import UUID

from django.db import connection

from liankong.exchange.inquiries import KIND, Letter, to_body
from liankong.protocols.standing import IdentityField
from liankong.rules import inquiries as rules
from liankong.rules.inquiries import Clock
from liankong.store import identity, outbox
from liankong.store.access import node_scope
from liankong.store.log import Actor
from liankong.store.models import (
    Identity,
    Inquiry,
    InquiryStep,
    Organisation,
    OrganisationTerm,
    Outbox,
    Outbreak,
)
from liankong.store.organisations import NobodyResponsible, in_force, responsible
from liankong.store.outbreaks import NoOutbreak, current
from liankong.vocabulary.kinds import InquiryState, InquirySubject, OrganisationKind, PersonClass
from liankong.vocabulary.spans import local_day

# Bodies of a headquarters that act in its name.
_IN_ITS_NAME = (OrganisationKind.OFFICE, OrganisationKind.DEPARTMENT)
_SPACES = re.compile(r"\s+")
NOTE_LENGTH = 300


# --- parties ----------------------------------------------------------------------------------------------


def speaks_for(organisation: int | None, at: datetime) -> frozenset[int]:
    """The bodies in whose name an organisation handles inquiries: itself, and the one whose office or department it
    is.
    """
    if organisation is None:
        return frozenset()
    above = OrganisationTerm.objects.filter(
        in_force(at),
        organisation=organisation,
        organisation__kind__in=_IN_ITS_NAME,
        parent__isnull=False,
    ).values_list("parent", flat=True)
    return frozenset({organisation, *(int(key) for key in above if key is not None)})


def own_headquarters(by: Actor, at: datetime) -> Organisation | None:
    """The headquarters in whose name somebody asks: their own, or the one whose office they sit in."""
    bodies = Organisation.objects.filter(
        pk__in=speaks_for(by.organisation, at), kind=OrganisationKind.HEADQUARTERS
    )
    return bodies.order_by("-division").first()


def outbreak_of(body: Organisation, at: datetime) -> Outbreak | None:
    """The outbreak that a headquarters works on; None where none is open."""
    try:
        return current(body.division, at)
    except NoOutbreak:
        return None


def superior(organisation: Organisation, at: datetime) -> Organisation | None:
    """The next headquarters above, as the structure stands; None at the top."""
    seen = {organisation.pk}
    here: Organisation | None = organisation
    while here is not None:
        term = (
            OrganisationTerm.objects.filter(in_force(at), organisation=here).select_related("parent").first()
        )
        here = term.parent if term else None
        if here is None or here.pk in seen:
            return None
        if here.kind == OrganisationKind.HEADQUARTERS:
            return here
        seen.add(here.pk)
    return None


def headquarters(division: str, at: datetime, *, asking: Organisation) -> Organisation | None:
    """Who answers for a division: its headquarters or the next higher one; where the node has none, the asker's own
    superior, who can pass it on. None when there is nobody to name.
    """
    try:
        return responsible(OrganisationKind.HEADQUARTERS, division, at)
    except NobodyResponsible:
        return superior(asking, at)


def owed_by(row: Inquiry) -> int | None:
    """The organisation that must act on it now. What was forwarded and acknowledged is the next one's, and is looked
    up there: past the next leg only with the sight of the whole node.
    """
    chain = [row]
    while chain[-1].state == InquiryState.FORWARDED:
        onward = Inquiry.objects.filter(forwarded_from=chain[-1]).order_by("-pk").first()
        if onward is None:
            break
        chain.append(onward)
    return rules.owed_by(
        [
            rules.Leg(sender=leg.sender_id, receiver=leg.receiver_id, state=InquiryState(leg.state))
            for leg in chain
        ]
    )


def along(row: Inquiry) -> list[int]:
    """Everybody who has had this request so far, the first sender in front. A later forwarder does not see the earlier
    legs, so they are read under the scope of the node.
    """
    bodies: list[int | None] = [row.receiver_id, row.sender_id]
    before = row.forwarded_from_id
    with node_scope():
        while before is not None:
            leg = Inquiry.objects.only("sender", "forwarded_from").get(pk=before)
            bodies.append(leg.sender_id)
            before = leg.forwarded_from_id
    return list(dict.fromkeys(body for body in reversed(bodies) if body is not None))


# --- sealed values ----------------------------------------------------------------------------------------


def held(person: int) -> dict[IdentityField, str]:
    """What the node's register holds of a person's identity, opened, to be sealed into a letter at once.

    Under the scope of the node: whoever signs a letter need not be able to read what it carries, such as of a contact
    who is registered where the letter goes. Whoever calls this records what becomes of it.
    """
    with node_scope():
        return _held(person)


def _held(person: int) -> dict[IdentityField, str]:
    row = Identity.objects.select_related("person__household").filter(person=person).first()
    if row is None:
        return {}
    home = row.person.household
    sealed = {
        IdentityField.NAME: ("name", row.name_sealed),
        IdentityField.ID_NUMBER: ("id_number", row.id_sealed),
        IdentityField.PHONE: ("phone", row.phone_sealed),
        IdentityField.REGISTERED_ADDRESS: ("registered_address", row.registered_address_sealed),
    }
    opened = {
        field: identity.unseal(value, owner=person, field=name) for field, (name, value) in sealed.items()
    }
    if home is not None:
        opened[IdentityField.ADDRESS] = identity.unseal(home.address_sealed, owner=home.pk, field="address")
    return {field: value for field, value in opened.items() if value}


def held_fields(person: int) -> frozenset[IdentityField]:
    """Which fields the node's register holds, without opening any."""
    return held_fields_of([person]).get(person, frozenset())


def held_fields_of(persons: Collection[int]) -> dict[int, frozenset[IdentityField]]:
    """As `held_fields`, for many people in one query; whoever has no identity here is left out."""
    with node_scope():
        rows = list(Identity.objects.select_related("person__household").filter(person__in=persons))
    return {row.person_id: _fields(row) for row in rows}


def _fields(row: Identity) -> frozenset[IdentityField]:
    home = row.person.household
    sealed = {
        IdentityField.NAME: row.name_sealed,
        IdentityField.ID_NUMBER: row.id_sealed,
        IdentityField.PHONE: row.phone_sealed,
        IdentityField.REGISTERED_ADDRESS: row.registered_address_sealed,
        IdentityField.ADDRESS: home.address_sealed if home else b"",
    }
    return frozenset(field for field, value in sealed.items() if bytes(value))


def seal_values(row: Inquiry, values: Mapping[IdentityField, str]) -> None:
    """Put the disclosed values into the letter, bound to it, with the keys by which it meets others. Unsaved."""
    chosen = {field.value: values[field] for field in IdentityField if values.get(field)}
    row.disclosed = list(chosen)
    text = json.dumps(chosen, ensure_ascii=False) if chosen else ""
    row.disclosed_sealed = identity.seal(text, owner=row.pk, field="inquiry")
    row.subject_keys = keys_of(row, values)


def opened(row: Inquiry) -> dict[IdentityField, str]:
    """The disclosed values. Whoever calls this records what becomes of them."""
    text = identity.unseal(row.disclosed_sealed, owner=row.pk, field="inquiry")
    return {IdentityField(key): value for key, value in json.loads(text).items()} if text else {}


def forget(row: Inquiry) -> None:
    """The letter has served: its values and the keys to them go. Unsaved."""
    row.disclosed_sealed, row.subject_keys = b"", []


FORGOTTEN = ("disclosed_sealed", "subject_keys")


def keys_of(row: Inquiry, values: Mapping[IdentityField, str]) -> list[str]:
    """Keyed hashes of the subject, each with its kind (see `rules.inquiries_same`)."""
    trip = _trip(row)
    if row.subject != InquirySubject.PERSON:
        named = {
            InquirySubject.TRIP: ("trip", trip),
            InquirySubject.PLACE: ("place", _plain(f"{row.whereabouts} {row.what}")),
            InquirySubject.GOODS: ("goods", _plain(row.lot)),
        }
        parts = dict([named[InquirySubject(row.subject)]])
    else:
        name = _plain(values.get(IdentityField.NAME, ""))
        home = _plain(values.get(IdentityField.ADDRESS, ""))
        parts = {
            "id": values.get(IdentityField.ID_NUMBER, "").upper(),
            "phone": values.get(IdentityField.PHONE, ""),
            "name": name,
            "name_home": f"{name}\0{home}" if name and home else "",
            "name_trip": f"{name}\0{trip}" if name and trip else "",
        }
    keys = []
    for kind, text in parts.items():
        digest = identity.find_hash(text, field=f"inquiry.{kind}")
        if digest is not None:
            keys.append(f"{kind}:{digest.hex()}")
    return keys


def _trip(row: Inquiry) -> str:
    """Vehicle and local day; both or nothing."""
    if not row.vehicle or row.last_exposed_at is None:
        return ""
    return f"{_plain(row.vehicle)} {local_day(row.last_exposed_at).isoformat()}"


def _plain(text: str) -> str:
    return _SPACES.sub("", unicodedata.normalize("NFKC", text)).casefold()


# --- numbers, messages, steps -----------------------------------------------------------------------------


def next_number(division: str, at: datetime) -> str:
    """The next number of a division's year. One numberer at a time, until the transaction ends."""
    return next_numbers(division, at, 1)[0]


def next_numbers(division: str, at: datetime, count: int) -> list[str]:
    """As `next_number`, so many in a row."""
    series = rules.series(division, at=at)
    hold(f"inquiry-number:{series}")
    last = (
        Inquiry.objects.filter(number__startswith=series)
        .order_by("-pk")
        .values_list("number", flat=True)
        .first()
    )
    first = (rules.sequence(last or "") or 0) + 1
    return [rules.number(division, first + turn, at=at) for turn in range(count)]


def hold(*names: str) -> None:
    """Wait until nobody else holds these names, and hold them until the transaction ends.

    In one order for everybody, so that two who hold several cannot wait for each other.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(key) FROM"
            " (SELECT hashtextextended(name, 0) AS key FROM unnest(%s::text[]) AS name ORDER BY key OFFSET 0) AS held",
            [list(names)],
        )


def post(row: Inquiry, values: Mapping[IdentityField, str], *, at: datetime) -> Outbox:
    """Put the letter into the outbox; `row` has its message number, sender and receiver."""
    if row.message is None or row.receiver is None:
        raise ValueError("an inquiry without a message number or receiver cannot be posted")
    text = json.dumps({field.value: value for field, value in values.items()}, ensure_ascii=False)
    return outbox.post(
        message=row.message,
        to=row.receiver,
        kind=KIND,
        division=row.division,
        body={**to_body(letter_of(row, at)), "inquiry": row.pk},
        body_sealed=identity.seal(text if values else "", owner=row.pk, field="outbox"),
        at=at,
    )


def sealed_in(row: Outbox) -> dict[str, str]:
    """The disclosed values of a message that waits."""
    text = identity.unseal(row.body_sealed, owner=int(row.body["inquiry"]), field="outbox")
    return dict(json.loads(text)) if text else {}


def letter_of(row: Inquiry, at: datetime) -> Letter:
    """The open part of a letter, the sender by the name that it bears now."""
    return Letter(
        number=row.number,
        subject=InquirySubject(row.subject),
        what=row.what,
        sender=row.sender.code if row.sender else "",
        sender_name=name_of(row.sender, at) if row.sender else row.sender_name,
        receiver=row.receiver.code if row.receiver else "",
        role=PersonClass(row.role) if row.role else None,
        whereabouts=row.whereabouts,
        last_exposed_at=row.last_exposed_at,
        vehicle=row.vehicle,
        seat=row.seat,
        lot=row.lot,
        asks=row.asks,
        basis=row.basis,
        protocol=row.protocol,
        issued_at=row.issued_at,
    )


def name_of(body: Organisation, at: datetime) -> str:
    term = OrganisationTerm.objects.filter(in_force(at), organisation=body).first()
    return term.name if term else body.code


def limits(row: Inquiry) -> dict[Clock, datetime | None]:
    return {
        Clock.RECEIVE: row.receive_by,
        Clock.CONTROL: row.control_by,
        Clock.FEEDBACK: row.feedback_by,
    }


def step(
    row: Inquiry,
    state: InquiryState,
    *,
    by: Actor,
    organisation: int,
    at: datetime,
    note: str = "",
    also: Collection[str] = (),
) -> InquiryStep:
    """Set the state, keep the step, and set the clock that runs next. `also` names further changed columns."""
    row.state = state
    row.due_at = rules.due_at(state, limits(row))
    row.save(update_fields=["state", "due_at", *also])
    return remark(row, by=by, organisation=organisation, at=at, note=note)


def remark(row: Inquiry, *, by: Actor, organisation: int, at: datetime, note: str) -> InquiryStep:
    """Keep something that happened on its way without changing the state."""
    return InquiryStep.objects.create(
        inquiry=row,
        state=row.state,
        at=at,
        organisation_id=organisation,
        by_id=by.user,
        note=note.strip()[:NOTE_LENGTH],
    )


def remark_all(rows: Collection[Inquiry], *, by: Actor, at: datetime) -> None:
    """Keep the first step of drafts that were written together, each of its own sender."""
    InquiryStep.objects.bulk_create(
        InquiryStep(inquiry=row, state=row.state, at=at, organisation_id=row.sender_id, by_id=by.user)
        for row in rows
        if row.sender_id is not None
    )


def by_message(message: UUID) -> Inquiry | None:
    """What a message has made already."""
    return Inquiry.objects.filter(message=message).first()
