"""A row in every table of the response: investigations, contacts, inquiries, rooms, zones, shifts."""

from datetime import datetime, timedelta
from itertools import count
from uuid import uuid4

from liankong.protocols.words import Placement, Subject
from liankong.store.models import (
    Appeal,
    Batch,
    CarePoint,
    Case,
    Check,
    Contact,
    Exposure,
    Handover,
    Hold,
    Household,
    Inquiry,
    InquiryJob,
    InquiryStep,
    Investigation,
    Isolation,
    Order,
    OrderFile,
    OrderWait,
    Organisation,
    Outbox,
    Person,
    Place,
    Room,
    RoomSwab,
    Shift,
    Site,
    SourceHypothesis,
    StaffTerm,
    StandingNeed,
    Stay,
    Trip,
    User,
    Vehicle,
    Zone,
    ZonePlace,
    ZoneStep,
)
from liankong.vocabulary.kinds import (
    CheckKind,
    ExposureKind,
    FactSource,
    InquiryState,
    InquirySubject,
    NeedKind,
    OrderKind,
    PersonClass,
    ResultValue,
    SiteArea,
    ZoneChange,
)

_numbers = count(1)


def contact(*, case: Case, person: Person, at: datetime) -> Contact:
    """A close contact of a case, by one exposure in the household."""
    row = Contact.objects.create(
        outbreak=case.outbreak,
        person=person,
        division=person.division,
        classification=PersonClass.CLOSE_CONTACT,
        found_at=at,
        first_exposed_at=at,
        last_exposed_at=at,
        protocol=case.protocol,
    )
    Exposure.objects.create(
        contact=row,
        case=case,
        kind=ExposureKind.HOUSEHOLD,
        from_at=at - timedelta(hours=1),
        until_at=at,
        source=FactSource.HOUSEHOLD,
        gives=PersonClass.CLOSE_CONTACT,
        criterion=1,
        recorded_at=at,
    )
    return row


def zone(*, case: Case, at: datetime, kind: str = "lockdown") -> Zone:
    return Zone.objects.create(
        outbreak=case.outbreak,
        division=case.division,
        number=f"Z{next(_numbers):04d}",
        kind=kind,
        unit="compound",
        name="Compound",
        protocol=case.protocol,
        reason="a case lives here",
        proposed_at=at,
    )


def order(*, body: Organisation, division: str, at: datetime, kind: OrderKind = OrderKind.TASK) -> Order:
    return Order.objects.create(
        kind=kind, title="t", division=division, issuer=body, addressee=body, issued_at=at, due_at=at
    )


def one_of_each(
    case: Case, *, body: Organisation, user: User, place: Place, person: Person, at: datetime
) -> None:
    """All of the case's own jurisdiction."""
    division = case.division
    Batch.objects.create(division=division, title="t", created_at=at)
    told, first = order(body=body, division=division, at=at), order(body=body, division=division, at=at)
    OrderWait.objects.create(order=told, until_done=first, at=at)
    OrderFile.objects.create(
        order=told, filename="f", media_type="image/png", size=1, digest="d", content_sealed=b"x", at=at
    )
    _tracing(case, body, place, person, at)
    _inquiries(case, body, at)
    _isolation(body, division, person, at)
    area = zone(case=case, at=at)
    ZonePlace.objects.create(zone=area, place=place)
    ZoneStep.objects.create(zone=area, change=ZoneChange.PROPOSED, at=at)
    Appeal.objects.create(zone=area, text_sealed=b"x", made_at=at, answer_by=at)
    Shift.objects.create(
        organisation=body, division=division, user=user, from_at=at, until_at=at + timedelta(hours=8)
    )
    Handover.objects.create(organisation=body, division=division, text="t", at=at, by=user)
    household = Household.objects.create(division=division)
    StandingNeed.objects.create(
        division=division,
        organisation=body,
        household=household,
        kind=NeedKind.DIALYSIS,
        what="w",
        next_on=at.date(),
        created_at=at,
    )
    CarePoint.objects.create(organisation=body, takes=[NeedKind.DIALYSIS])


def _tracing(case: Case, body: Organisation, place: Place, person: Person, at: datetime) -> None:
    investigation = Investigation.objects.create(
        case=case, division=case.division, organisation=body, opened_at=at
    )
    SourceHypothesis.objects.create(investigation=investigation, text="t", at=at)
    Stay.objects.create(
        person=case.person,
        investigation=investigation,
        division=case.division,
        place=place,
        from_at=at,
        until_at=at,
        recorded_at=at,
    )
    met = contact(case=case, person=person, at=at)
    Check.objects.create(contact=met, kind=CheckKind.TEST, day=1, due_on=at.date(), due_at=at)


def _inquiries(case: Case, body: Organisation, at: datetime) -> None:
    asked = Inquiry.objects.create(
        number=f"Q{next(_numbers)}",
        outbreak=case.outbreak,
        division=case.division,
        to_division=case.division,
        sender_name="a headquarters elsewhere",
        receiver=body,
        subject=InquirySubject.PERSON,
        what="w",
        created_at=at,
    )
    InquiryStep.objects.create(inquiry=asked, state=InquiryState.DRAFT, at=at, organisation=body)
    InquiryJob.objects.create(division=case.division, receiver=body, opened_at=at)
    Outbox.objects.create(message=uuid4(), division=case.division, to=body, kind="k", created_at=at)


def _isolation(body: Organisation, division: str, person: Person, at: datetime) -> None:
    site = Site.objects.create(organisation=body, division=division)
    room = Room.objects.create(site=site, number="101", state_since=at)
    RoomSwab.objects.create(room=room, value=ResultValue.NEGATIVE, at=at)
    Vehicle.objects.create(organisation=body, division=division, plate=f"P{next(_numbers)}", seats=4)
    hold = Hold.objects.create(division=division, room=room, from_at=at, at=at)
    Trip.objects.create(division=division, planned_at=at)
    Isolation.objects.create(
        person=person,
        division=division,
        subject=Subject.CLOSE_CONTACT,
        protocol="CN-COV-v8",
        placement=Placement.CENTRAL,
        site=site,
        hold=hold,
        determined_at=at,
        signed_at=at,
        created_at=at,
    )
    StaffTerm.objects.create(site=site, person=person, area=SiteArea.CLEAN, job="j", from_at=at)
