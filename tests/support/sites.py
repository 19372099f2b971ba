"""A site with rooms and a fleet in Jinnan, contacts who wait for a place, and the flow that runs at once."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction

from liankong import flow
from liankong.actions import isolation, isolation_sites, isolation_trips
from liankong.store import log
from liankong.store.models import Contact, Household, Isolation, Person, Place, Room, Site, Vehicle
from liankong.vocabulary.facts import ContactsSigned, Fact
from liankong.vocabulary.kinds import ContactState, OrganisationKind, PersonClass, Role
from support import rows, rows_response
from support.town import COMMUNITY, JINNAN, Town


@contextmanager
def answered() -> Iterator[None]:
    """Whatever follows from what is done inside has happened when the block ends."""
    with log.collecting() as consequences:
        yield
    flow.answer_now(consequences)


def told(town: Town, fact: Fact, subject: int, at: datetime, division: str = JINNAN) -> None:
    """A fact of another stage, with everything that follows from it."""
    with answered(), transaction.atomic():
        log.record(fact, subject=subject, division=division, by=town[Role.EPIDEMIOLOGIST], at=at)


@dataclass
class Ground:
    """What a town has for isolation: one site, its rooms by number, two vehicles, a case whose contacts are met."""

    site: Site
    rooms: dict[str, Room]
    vans: list[Vehicle]
    case: Any


def build(
    town: Town, at: datetime, *, numbers: tuple[str, ...] = ("101", "102", "201", "202"), vans: int = 2
) -> Ground:
    """Rooms whose number begins with their floor; the last of each floor has two beds. Needs an open node scope."""
    manager, dispatcher = town[Role.SITE_MANAGER], town[Role.DISPATCHER]
    start = at - timedelta(days=20)
    site = isolation_sites.add_site(
        code="jinnan-site-1", name="第一隔离点", division=JINNAN, open_now=True, by=manager, at=start
    )
    site.place = Place.objects.create(
        name="隔离酒店", kind="hotel", division=JINNAN, longitude=117.35, latitude=38.93
    )
    site.save()
    made = {}
    for number in numbers:
        made[number] = isolation_sites.add_room(
            site=site.pk,
            number=number,
            floor=int(number[0]),
            beds=2 if number.endswith("2") else 1,
            accessible=number.endswith("2"),
            by=manager,
            at=start,
        )
    fleet = [
        isolation_sites.add_vehicle(
            plate=f"津A{number:05d}",
            organisation=town.district.pk,
            seats=4,
            wheelchairs=1,
            stretchers=1,
            by=dispatcher,
            at=start,
        )
        for number in range(vans)
    ]
    outbreak = town.outbreak
    return Ground(site, made, fleet, rows.case(outbreak=outbreak, division=COMMUNITY, at=at))


def hospital(at: datetime) -> Any:
    return rows.organisation(division="12", at=at, kind=OrganisationKind.HOSPITAL, name="市第一医院")


def home(division: str = COMMUNITY, *, longitude: float = 117.4, latitude: float = 39.0) -> Household:
    dwelling = Place.objects.create(
        name="小区", kind="compound", division=division, longitude=longitude, latitude=latitude
    )
    return Household.objects.create(division=division, dwelling=dwelling)


def contact(
    town: Town,
    ground: Ground,
    at: datetime,
    *,
    household: Household | None = None,
    age: int = 35,
    classification: PersonClass = PersonClass.CLOSE_CONTACT,
    exposed_at: datetime | None = None,
    protocol: str | None = None,
) -> Contact:
    """Somebody of Jinnan who met the case; not signed yet."""
    who = Person.objects.create(
        division=COMMUNITY,
        household=household or home(),
        birth_date=date(at.year - age, 1, 1),
        created_at=at,
    )
    row = rows_response.contact(case=ground.case, person=who, at=exposed_at or at)
    row.classification = classification
    row.exposures.update(gives=classification)
    if protocol is not None:
        row.protocol = protocol
    row.save()
    return row


def sign_contact(town: Town, row: Contact, at: datetime) -> None:
    """A named person confirms the contact, and isolation is proposed."""
    row.state, row.signed_at = ContactState.CONFIRMED, at
    row.signed_by_id = town[Role.EPIDEMIOLOGIST].user
    row.save()
    told(town, ContactsSigned(contacts=(row.pk,)), row.outbreak_id, at)


def proposal(town: Town, ground: Ground, at: datetime, **more: Any) -> Isolation:
    """A signed contact's proposal, waiting for the commander."""
    met = contact(town, ground, at, **more)
    sign_contact(town, met, at)
    return Isolation.objects.get(contact=met, released_at__isnull=True)


def sign(town: Town, *waiting: Isolation, at: datetime, **more: Any) -> isolation.Signed:
    """The commander signs."""
    with answered():
        return isolation.sign(isolations=[row.pk for row in waiting], by=town[Role.COMMANDER], at=at, **more)


def bring(town: Town, row: Isolation, at: datetime) -> Isolation:
    """Door, aboard, there, ten minutes each; what follows has followed."""
    by = town[Role.DISPATCHER]
    with answered():
        isolation_trips.at_door(isolation=row.pk, by=by, at=at)
        isolation_trips.aboard(isolation=row.pk, by=by, at=at + timedelta(minutes=10))
        isolation_trips.arrived(isolation=row.pk, by=by, at=at + timedelta(minutes=20))
    row.refresh_from_db()
    return row


def inside(town: Town, ground: Ground, at: datetime, **more: Any) -> Isolation:
    """Somebody who was proposed, signed and brought, and is in a room."""
    row = proposal(town, ground, at, **more)
    assert sign(town, row, at=at).signed == (row.pk,)
    return bring(town, row, at)
