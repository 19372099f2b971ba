"""Headquarters that ask each other: Jinnan (the town's own), Nankai, Hexi, and a city of another province."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TypeVar

from liankong import flow
from liankong.actions import inquiries_in, inquiries_out, organisations, outbreaks, registry
from liankong.store import log
from liankong.store.access import node_scope, scope
from liankong.store.log import Actor
from liankong.store.models import Case, Contact, Inquiry, Organisation, Person
from liankong.vocabulary.facts import ContactsSigned
from liankong.vocabulary.identifiers import make_id_number
from liankong.vocabulary.kinds import (
    ExposureKind,
    FactSource,
    InquiryState,
    InquirySubject,
    OrganisationKind,
    PersonClass,
    Role,
)
from support import rows, rows_response
from support import town as towns
from support.town import BUILDER, CITY, COMMUNITY, JINNAN, NANKAI, Town

T = TypeVar("T")
HEXI, OTHER_CITY, OTHER_DISTRICT = "120103", "4117", "411702"
NANKAI_HOME = "120104001001"
NUMBER = make_id_number("120104", date(1980, 5, 4), 11)
PHONE, NAME = "+8613800138000", "甲乙丙"


@dataclass(frozen=True)
class Neighbours:
    """The headquarters by name, and the inquiry officer of each."""

    town: Town
    nankai: Organisation
    hexi: Organisation
    other: Organisation
    officers: dict[int, Actor]

    def officer(self, body: Organisation) -> Actor:
        return self.officers[body.pk]


def build(at: datetime, town: Town | None = None) -> Neighbours:
    """Needs an open node scope."""
    base = town or towns.build(at)
    start = at - timedelta(days=30)

    def found(code: str, division: str, parent: Organisation | None) -> Organisation:
        return organisations.found(
            code=code,
            kind=OrganisationKind.HEADQUARTERS,
            division=division,
            name=code,
            parent=parent,
            from_at=start,
            by=BUILDER,
            at=start,
        )

    nankai = found("nankai", NANKAI, base.city)
    hexi = found("hexi", HEXI, base.city)
    other = found("zhumadian", OTHER_CITY, None)
    outbreaks.open_outbreak(
        code="zhumadian-2022",
        name="外市疫情",
        english="Outbreak of the other city",
        pathogen="covid19",
        protocol="CN-COV-v8",
        division=OTHER_CITY,
        baseline_on=date(2022, 1, 8),
        by=BUILDER,
        at=start,
    )
    officers = {base.district.pk: base[Role.INQUIRY_OFFICER]}
    for body in (base.city, nankai, hexi, other):
        officers[body.pk] = towns.seat(Role.INQUIRY_OFFICER, body, at=start)
    return Neighbours(base, nankai, hexi, other, officers)


def told(act: Callable[[], T], actor: Actor | None = None) -> T:
    """Do something in the actor's own sight; then everything that follows from it has happened."""
    with log.collecting() as consequences:
        if actor is None:
            done = act()
        else:
            with scope(actor.division, actor.user):
                done = act()
    flow.answer_now(consequences)
    return done


def known(
    at: datetime, *, division: str = NANKAI_HOME, name: str = NAME, number: str = NUMBER, phone: str = PHONE
) -> Person:
    return registry.register(division=division, name=name, id_number=number, phone=phone, by=BUILDER, at=at)


def contact_of(case: Case, person: Person, at: datetime, *, met_at: datetime | None = None) -> Contact:
    """A close contact by a shared meal; not signed yet."""
    met = met_at or at - timedelta(days=1)
    row = Contact.objects.create(
        outbreak=case.outbreak,
        person=person,
        division=case.division,
        lives_in="" if person.division.startswith(JINNAN) else person.division,
        classification=PersonClass.CLOSE_CONTACT,
        found_at=at,
        first_exposed_at=met,
        last_exposed_at=met,
        protocol=case.protocol,
    )
    row.exposures.create(
        case=case,
        kind=ExposureKind.SHARED_MEAL,
        from_at=met - timedelta(hours=1),
        until_at=met,
        source=FactSource.INTERVIEW,
        gives=PersonClass.CLOSE_CONTACT,
        recorded_at=at,
    )
    return row


def signed(contact: Contact, at: datetime) -> None:
    """A named person signs the contact, and everything follows."""

    def record() -> None:
        from django.db import transaction

        with transaction.atomic():
            log.record(
                ContactsSigned(contacts=(contact.pk,)),
                subject=contact.outbreak_id,
                division=contact.division,
                by=BUILDER,
                at=at,
            )

    told(record)


def signed_contact(near: Neighbours, at: datetime, division: str = NANKAI_HOME) -> Inquiry | None:
    """The inquiry that a signature drafts, if any."""
    person = known(at, division=division)
    contact = contact_of(case_in_jinnan(near, at), person, at)
    signed(contact, at)
    return Inquiry.objects.filter(contact=contact).first()


def drafted(
    near: Neighbours,
    at: datetime,
    *,
    sender: Organisation | None = None,
    to: Organisation | None = None,
    **more: str,
) -> Inquiry:
    """A letter about one person of the sender's register."""
    body = sender or near.town.district
    person = known(
        at, division=f"{body.division}001001"[:12] if len(body.division) == 6 else body.division, **more
    )
    by = near.officer(body)
    asked = inquiries_out.Asked(
        subject=InquirySubject.PERSON,
        role=PersonClass.CLOSE_CONTACT,
        what="dinner in a restaurant",
        last_exposed_at=at - timedelta(days=1),
    )
    return told(
        lambda: inquiries_out.draft(
            asked=asked, person=person.pk, receiver=(to or near.nankai).pk, by=by, at=at
        ),
        by,
    )


def sent(near: Neighbours, at: datetime, **more: object) -> Inquiry:
    row = drafted(near, at, **more)  # type: ignore[arg-type]  # passed through
    send(near, row, at)
    return row


def send(near: Neighbours, row: Inquiry, at: datetime) -> None:
    assert row.sender_id is not None
    by = near.officers[row.sender_id]
    told(lambda: inquiries_out.send(inquiries_of=[row.pk], by=by, at=at), by)
    row.refresh_from_db()


def receive(near: Neighbours, row: Inquiry, at: datetime) -> None:
    by = near.officers[row.receiver_id or 0]
    told(lambda: inquiries_in.receive(inquiries_of=[row.pk], by=by, at=at), by)
    row.refresh_from_db()


def advance(near: Neighbours, row: Inquiry, state: InquiryState, at: datetime, note: str = "") -> None:
    by = near.officers[row.receiver_id or 0]
    told(lambda: inquiries_in.advance(inquiry=row.pk, state=state, note=note, by=by, at=at), by)
    row.refresh_from_db()


def answer(
    near: Neighbours,
    row: Inquiry,
    at: datetime,
    *,
    outcome: InquiryState | None = None,
    text: str = "at site 3",
) -> None:
    by = near.officers[row.receiver_id or 0]
    told(lambda: inquiries_in.answer(inquiry=row.pk, outcome=outcome, answer=text, by=by, at=at), by)
    row.refresh_from_db()


def forward(near: Neighbours, row: Inquiry, to: Organisation, at: datetime) -> Inquiry:
    by = near.officers[row.receiver_id or 0]
    gone = told(
        lambda: inquiries_in.forward(inquiry=row.pk, receiver=to.pk, reason="moved there", by=by, at=at), by
    )
    row.refresh_from_db()
    return gone[0]


def close(near: Neighbours, row: Inquiry, at: datetime) -> None:
    by = near.officers[row.sender_id or row.receiver_id or 0]
    told(lambda: inquiries_out.close(inquiries_of=[row.pk], by=by, at=at), by)
    row.refresh_from_db()


def case_in_jinnan(near: Neighbours, at: datetime) -> Case:
    return rows.case(outbreak=near.town.outbreak, division=COMMUNITY, at=at)


__all__ = [
    "CITY",
    "JINNAN",
    "NANKAI",
    "Neighbours",
    "node_scope",
    "rows_response",
]
