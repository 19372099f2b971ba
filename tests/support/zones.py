"""Homes that nest in the register, and positives in them: what stories of zones begin with."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from liankong import flow
from liankong.actions import lab
from liankong.store import log
from liankong.store.models import Case, Household, Person, Place, Zone
from liankong.vocabulary.kinds import ResultValue, Role
from support import town as towns
from support.town import COMMUNITY, Town

BASIS = "Law on Prevention of Infectious Diseases, article 42"


@dataclass(frozen=True)
class Estate:
    """A compound of two buildings, the first with two stairs; two households of two in each stair and building."""

    compound: Place
    building: Place
    other_building: Place
    stair: Place
    other_stair: Place
    people: dict[int, list[Person]]

    def at(self, place: Place) -> list[Person]:
        return self.people[place.pk]

    @property
    def everybody(self) -> list[Person]:
        return [person for group in self.people.values() for person in group]


def estate(at: datetime, *, name: str = "Garden", division: str = COMMUNITY) -> Estate:
    def place(kind: str, suffix: str, parent: Place | None, dx: float) -> Place:
        return Place.objects.create(
            name=f"{name}{suffix}",
            kind=kind,
            division=division,
            parent=parent,
            longitude=117.39 + dx,
            latitude=38.96,
        )

    compound = place("compound", "", None, 0.0)
    building = place("building", " 1", compound, 0.001)
    other = place("building", " 2", compound, 0.002)
    stair = place("stair", " 1-1", building, 0.0011)
    second = place("stair", " 1-2", building, 0.0012)
    people: dict[int, list[Person]] = {}
    for home in (stair, second, other):
        members = []
        for _household in range(2):
            household = Household.objects.create(division=division, dwelling=home)
            members += [
                Person.objects.create(division=division, household=household, created_at=at) for _ in range(2)
            ]
        people[home.pk] = members
    return Estate(compound, building, other, stair, second, people)


def follow(consequences: list[log.Consequence]) -> None:
    flow.answer_now(consequences)


def positive(town: Town, person: Person, at: datetime, *, code: str) -> Case:
    """The person's own swab is positive, and everything that follows has happened."""
    towns.tube_of(town, [person], at, code=code)
    with log.collecting() as consequences:
        lab.report_result(tube=code, value=ResultValue.POSITIVE, by=town[Role.LAB_OFFICER], at=at)
    follow(consequences)
    return Case.objects.get(person=person)


def negative(town: Town, people: list[Person], at: datetime, *, code: str) -> None:
    """Everybody of them was swabbed six hours before `at`, singly, and was negative."""
    for number, person in enumerate(people):
        towns.tube_of(town, [person], at, code=f"{code}-{number}")
        with log.collecting() as consequences:
            lab.report_result(
                tube=f"{code}-{number}", value=ResultValue.NEGATIVE, by=town[Role.LAB_OFFICER], at=at
            )
        follow(consequences)


def approved(town: Town, zone: Zone, at: datetime, **more: object) -> Zone:
    """Signed by the district's commander, and its consequences have followed."""
    from liankong.actions import zones_sign

    with log.collecting() as consequences:
        row = zones_sign.approve(
            zone=zone.pk,
            legal_basis=BASIS,
            by=town[Role.COMMANDER],
            at=at,
            **more,  # type: ignore[arg-type]  # arguments of the verb
        )
    follow(consequences)
    row.refresh_from_db()
    return row


def sign(verb: Callable[..., Any], town: Town, at: datetime, **values: Any) -> Any:
    """A commander's verb, and what follows from it."""
    with log.collecting() as consequences:
        done = verb(by=town[Role.COMMANDER], at=at, **values)
    follow(consequences)
    return done


def only_zone(kind: str = "lockdown") -> Zone:
    return Zone.objects.get(kind=kind)
