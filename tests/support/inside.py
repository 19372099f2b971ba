"""A community that is closed in, with those who answer for it: street, community office, 120, two hospitals."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from liankong.actions import organisations
from liankong.store.log import Actor
from liankong.store.models import CarePoint, Entry, Household, Organisation, Person, Place, Zone, ZonePlace
from liankong.vocabulary.kinds import NeedKind, OrganisationKind, Role, ZoneState
from support import town as towns
from support.town import BUILDER, CITY, COMMUNITY, JINNAN, Town, seat


@dataclass(frozen=True)
class Inside:
    """`near` is a hospital 2 km away, `far` one 20 km away in another district."""

    community: Organisation
    street: Organisation
    ambulance: Organisation
    near: Organisation
    far: Organisation
    dwelling: Place
    household: Household
    person: Person
    worker: Actor
    clinician: Actor
    medic: Actor


def found(
    code: str, kind: OrganisationKind, division: str, parent: Organisation | None, at: datetime
) -> Organisation:
    start = at - timedelta(days=30)
    return organisations.found(
        code=code, kind=kind, division=division, name=code, parent=parent, from_at=start, by=BUILDER, at=start
    )


def build(town: Town, at: datetime) -> Inside:
    """Needs an open node scope."""
    street = found("street", OrganisationKind.STREET, JINNAN + "101", town.district, at)
    community = found("community", OrganisationKind.COMMUNITY, COMMUNITY, street, at)
    ambulance = found("120-city", OrganisationKind.EMERGENCY_CENTRE, CITY, town.city, at)
    near = found("near", OrganisationKind.HOSPITAL, JINNAN, town.district, at)
    far = found("far", OrganisationKind.HOSPITAL, towns.NANKAI, town.city, at)
    everything = [kind.value for kind in NeedKind]
    CarePoint.objects.create(organisation=near, takes=everything, longitude=117.38, latitude=38.99)
    CarePoint.objects.create(organisation=far, takes=everything, longitude=117.15, latitude=39.13)
    dwelling = Place.objects.create(
        name="Garden Court", kind="compound", division=COMMUNITY, longitude=117.36, latitude=38.98
    )
    household = Household.objects.create(division=COMMUNITY, dwelling=dwelling)
    person = Person.objects.create(division=COMMUNITY, household=household, created_at=at)
    start = at - timedelta(days=30)
    return Inside(
        community=community,
        street=street,
        ambulance=ambulance,
        near=near,
        far=far,
        dwelling=dwelling,
        household=household,
        person=person,
        worker=seat(Role.COMMUNITY_WORKER, community, at=start),
        clinician=seat(Role.CLINICIAN, near, at=start),
        medic=seat(Role.CLINICIAN, ambulance, at=start),
    )


def zone(town: Town, inside: Inside, at: datetime, *, number: str = "Z0001") -> Zone:
    """A zone in force around the dwelling."""
    row = Zone.objects.create(
        outbreak=town.outbreak,
        division=COMMUNITY,
        number=number,
        kind="lockdown",
        unit="compound",
        name="Garden Court",
        protocol=town.outbreak.protocol,
        reason="a case lives here",
        proposed_at=at,
    )
    Zone.objects.filter(pk=row.pk).update(
        state=ZoneState.IN_FORCE,
        from_at=at,
        clock_from=at,
        review_on=at.date(),
        expires_at=at + timedelta(days=14),
        legal_basis="law",
        signed_by=town[Role.COMMANDER].user,
    )
    ZonePlace.objects.create(zone=row, place=inside.dwelling)
    row.refresh_from_db()
    return row


def kinds_of(subject: int) -> list[str]:
    """What is on record of an order, the oldest first."""
    return list(
        Entry.objects.filter(subject_kind="order", subject=subject)
        .order_by("pk")
        .values_list("kind", flat=True)
    )
