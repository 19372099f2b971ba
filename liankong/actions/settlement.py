"""How does a whole register come in at once: places, households, people with their sealed identities?"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import TypeVar

from liankong.actions import action
from liankong.drill import records as drill
from liankong.store import bulk, identity
from liankong.store import models as rows
from liankong.store.log import Actor

T = TypeVar("T")
CHUNK = 5_000


@dataclass(slots=True)
class Numbers:
    """The drill's own numbers -> the keys that the store gave."""

    places: dict[int, int] = field(default_factory=dict)
    households: dict[int, int] = field(default_factory=dict)
    persons: dict[int, int] = field(default_factory=dict)


@action("registry.register", automatic=True)
def settle(
    *,
    places: Sequence[drill.Place],
    households: Sequence[drill.Household],
    persons: Sequence[drill.Person],
    numbers: Numbers,
    by: Actor,
    at: datetime,
) -> int:
    """Enter one batch of a register in one transaction; `numbers` grows by what was entered.

    People refer to households of this or an earlier batch. Returns how many persons were entered.
    """
    numbers.places |= _keys(rows.Place, [place.place for place in places])
    bulk.insert(rows.Place, (_place(place, numbers.places[place.place]) for place in places))
    numbers.households |= _keys(rows.Household, [household.household for household in households])
    bulk.insert(rows.Household, (_household(one, numbers.households[one.household]) for one in households))
    numbers.persons |= _keys(rows.Person, [person.person for person in persons])
    bulk.insert(rows.Person, (_person(person, numbers, at) for person in persons))
    bulk.insert(rows.Identity, (_identity(person, numbers.persons[person.person]) for person in persons))
    return len(persons)


def batches(items: Iterable[T], size: int = CHUNK) -> Iterator[list[T]]:
    """Lists of at most `size` items, in order."""
    source = iter(items)
    while batch := list(islice(source, size)):
        yield batch


def _keys(
    model: type[rows.Place] | type[rows.Household] | type[rows.Person], numbers: list[int]
) -> dict[int, int]:
    return dict(zip(numbers, bulk.allocate(model, len(numbers)), strict=True))


def _place(record: drill.Place, key: int) -> dict[str, object]:
    return {
        "id": key,
        "name": record.name,
        "kind": record.kind,
        "division": record.division,
        "longitude": record.longitude,
        "latitude": record.latitude,
    }


def _household(record: drill.Household, key: int) -> dict[str, object]:
    address = identity.seal(record.address.line(), owner=key, field="address")
    return {"id": key, "division": record.address.division, "address_sealed": address}


def _person(record: drill.Person, numbers: Numbers, at: datetime) -> dict[str, object]:
    return {
        "id": numbers.persons[record.person],
        "kind": record.kind,
        "sex": record.sex,
        "birth_date": record.birth,
        "division": record.actual.division,
        "registered_division": record.registered.division,
        "household_id": numbers.households[record.household],
        "occupation": record.occupation[:40],
        "retention": "emergency",
        "created_at": at,
    }


def _identity(record: drill.Person, key: int) -> dict[str, object]:
    return identity.columns(
        key,
        name=record.name,
        id_number=record.id_number,
        phone=record.phone,
        registered_address=record.registered.line(),
    )
