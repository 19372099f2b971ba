"""A generated city: people, places and memberships as arrays, and the same as records one by one."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from liankong.drill import numbers, people, places
from liankong.drill.communities import Community, plan
from liankong.drill.identities import Identities
from liankong.drill.records import (
    Address,
    Household,
    HouseholdKind,
    Membership,
    Person,
)
from liankong.vocabulary.kinds import PersonKind, Sex

_CHUNK = 20_000


@dataclass(frozen=True, slots=True)
class City:
    """Everyone and every place of a drill. Row r of `people` is person r + 1.

    `community` is the index into `communities` of each row; rows of a community and of a household are
    contiguous, so `household_starts[h - 1] : household_starts[h]` are the rows of household h.
    """

    seed: int
    communities: tuple[Community, ...]
    people: people.People
    places: places.Places
    community: NDArray[np.int64]
    household_starts: NDArray[np.int64]

    @property
    def size(self) -> int:
        return int(self.people.size)

    def household_rows(self, row: int) -> range:
        household = int(self.people["household"][row])
        return range(int(self.household_starts[household - 1]), int(self.household_starts[household]))

    def division_of(self, row: int) -> str:
        return str(self.people["division"][row])

    def households(self) -> Iterator[Household]:
        for start, end in pairwise(self.household_starts.tolist()):
            row = self.people[start]
            kind = HouseholdKind.DORMITORY if row["dormitory"] else HouseholdKind.FAMILY
            yield Household(
                household=int(row["household"]), kind=kind, address=self._address(start), members=end - start
            )

    def persons(self) -> Iterator[Person]:
        """Persons in order, with generated identities; chunked so that memory does not follow the city's size."""
        identities = Identities(self.seed)
        groups = people.occupations()
        for first in range(0, self.size, _CHUNK):
            chunk = self.people[first : first + _CHUNK]
            numbers_, names, phones = (
                identities.id_numbers(chunk),
                identities.names(chunk),
                identities.phones(chunk),
            )
            births: list[date] = chunk["birth"].tolist()
            for offset, (number, name, phone) in enumerate(
                zip(numbers_.tolist(), names.tolist(), phones.tolist(), strict=True)
            ):
                row = chunk[offset]
                actual = self._address(first + offset)
                yield Person(
                    person=int(row["person"]),
                    name=name,
                    sex=Sex.MALE if row["sex"] == 1 else Sex.FEMALE,
                    birth=births[offset],
                    id_number=number,
                    phone=phone,
                    kind=PersonKind.VISITOR if row["visitor"] else PersonKind.RESIDENT,
                    occupation=groups[int(row["occupation"])],
                    household=int(row["household"]),
                    actual=actual,
                    registered=self._registered(row, actual),
                )

    def memberships(self) -> Iterator[Membership]:
        held = self.places
        for row, place, group, part in zip(
            held.row.tolist(), held.place.tolist(), held.group.tolist(), held.part.tolist(), strict=True
        ):
            yield Membership(person=row + 1, place=place, part=places.PARTS[part], group=held.labels[group])

    def _address(self, row: int) -> Address:
        return address_of(self.people[row], self.communities[int(self.community[row])])

    def _registered(self, person: np.void, actual: Address) -> Address:
        return registered_of(person, actual)


def address_of(person: np.void, community: Community) -> Address:
    """Where somebody really lives."""
    return Address(
        division=community.code,
        compound=_compound(community.stem, int(person["compound"]), dormitory=bool(person["dormitory"])),
        building=int(person["building"]),
        stair=int(person["stair"]),
        room=str(int(person["room"])),
    )


def registered_of(person: np.void, actual: Address) -> Address:
    """Where somebody is registered: mostly where they live, else a division somewhere in the country."""
    division = str(int(person["registered"]))
    return actual if division == actual.division else Address(division=division)


def _compound(stem: str, number: int, *, dormitory: bool) -> str:
    """A compound's name; a community with several of them numbers them on."""
    if dormitory:
        return f"{stem}学生公寓"
    data = numbers.load("places")
    words = data.node("names", "compound")
    if stem.endswith(tuple(data.node("names", "compound_ends"))):
        return stem if not number else f"{stem}{number + 1}区"
    turn, word = divmod(number, len(words))
    return f"{stem}{words[word]}{turn + 1 if turn else ''}"


def build(number: int | None = None, *, seed: int) -> City:
    """The whole city in memory: about 60 bytes a person. `number` defaults to the demo's 60,000."""
    count = int(numbers.load("population").value("defaults", "people")) if number is None else number
    communities = plan(count, whole_city=people.whole_city(count), seed=seed)
    everyone = np.concatenate(list(people.blocks(communities, seed=seed)))
    community = np.repeat(np.arange(len(communities)), [item.people for item in communities])
    starts = np.flatnonzero(np.diff(everyone["household"], prepend=0, append=everyone["household"][-1] + 1))
    return City(
        seed=seed,
        communities=communities,
        people=everyone,
        places=places.build(everyone, communities, seed=seed),
        community=community,
        household_starts=starts,
    )
