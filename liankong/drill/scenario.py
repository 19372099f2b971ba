"""The whole drill as one stream in time: who commands, who lives there, what happened."""

from collections.abc import Iterator
from dataclasses import dataclass

from liankong.drill import city as cities
from liankong.drill import organisations, outbreak
from liankong.drill.city import City
from liankong.drill.organisations import Structure
from liankong.drill.outbreak import Outbreak
from liankong.drill.records import Record


@dataclass(frozen=True, slots=True)
class Scenario:
    """A drill whose parts can also be taken one by one."""

    structure: Structure
    city: City
    outbreak: Outbreak

    def script(self) -> Iterator[Record]:
        """Standing records (organisations, users, posts, places, households, persons, memberships), then events."""
        yield from self.structure.organisations
        yield from self.structure.users
        yield from self.structure.posts
        yield from self.city.places.places
        yield from self.city.households()
        yield from self.city.persons()
        yield from self.city.memberships()
        yield from self.outbreak.events


def build(*, seed: int, people: int | None = None) -> Scenario:
    """Draw structure, city and outbreak. `people` defaults to the demo's 60,000; memory follows it."""
    city = cities.build(people, seed=seed)
    return Scenario(organisations.structure(seed), city, outbreak.outbreak(city, seed=seed))


def scenario(*, seed: int, people: int | None = None) -> Iterator[Record]:
    """Every record of the drill, in the order described in `records`."""
    yield from build(seed=seed, people=people).script()
