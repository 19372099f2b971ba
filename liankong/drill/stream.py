"""A city of any size as records, a chunk at a time: what a benchmark of millions loads in bounded memory."""

from collections.abc import Iterator
from dataclasses import dataclass

from liankong.drill import people
from liankong.drill.city import address_of, registered_of
from liankong.drill.communities import Community, plan
from liankong.drill.identities import Identities
from liankong.drill.records import Household, HouseholdKind, Person
from liankong.vocabulary.kinds import PersonKind, Sex


@dataclass(frozen=True, slots=True)
class Chunk:
    """Households that begin in this chunk, and its people. The first people may belong to the household before."""

    first: int
    households: tuple[Household, ...]
    persons: tuple[Person, ...]


def chunks(number: int, *, seed: int, size: int = 20_000) -> Iterator[Chunk]:
    """The city of `number` people in order; the same people as `city.build` draws, without its places.

    Memory is bounded by a chunk and a community. `Household.members` is how many of them this chunk holds.
    """
    communities = {
        int(community.code): community
        for community in plan(number, whole_city=people.whole_city(number), seed=seed)
    }
    identities = Identities(seed)
    last = 0
    for block in people.stream_people(number, seed=seed, chunk=size):
        chunk = _chunk(block, communities, identities, last)
        last = int(block["household"][-1])
        yield chunk


def _chunk(
    block: people.People, communities: dict[int, Community], identities: Identities, last: int
) -> Chunk:
    groups = people.occupations()
    births = block["birth"].tolist()
    columns = zip(
        block,
        births,
        identities.id_numbers(block).tolist(),
        identities.names(block).tolist(),
        identities.phones(block).tolist(),
        strict=True,
    )
    households: list[Household] = []
    persons: list[Person] = []
    sizes: dict[int, int] = {}
    for number in block["household"].tolist():
        sizes[number] = sizes.get(number, 0) + 1
    for row, birth, id_number, name, phone in columns:
        actual = address_of(row, communities[int(row["division"])])
        household = int(row["household"])
        if household > last:
            last = household
            kind = HouseholdKind.DORMITORY if row["dormitory"] else HouseholdKind.FAMILY
            households.append(
                Household(household=household, kind=kind, address=actual, members=sizes[household])
            )
        persons.append(
            Person(
                person=int(row["person"]),
                name=name,
                sex=Sex.MALE if row["sex"] == 1 else Sex.FEMALE,
                birth=birth,
                id_number=id_number,
                phone=phone,
                kind=PersonKind.VISITOR if row["visitor"] else PersonKind.RESIDENT,
                occupation=groups[int(row["occupation"])],
                household=household,
                actual=actual,
                registered=registered_of(row, actual),
            )
        )
    return Chunk(first=int(block["person"][0]), households=tuple(households), persons=tuple(persons))
