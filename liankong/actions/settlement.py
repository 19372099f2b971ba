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
PLACE = ("id", "name", "kind", "division", "longitude", "latitude")
HOUSEHOLD = ("id", "division", "address_sealed")
PERSON = (
    "id",
    "kind",
    "sex",
    "birth_date",
    "division",
    "registered_division",
    "household_id",
    "occupation",
    "retention",
    "created_at",
)
IDENTITY = (
    "person_id",
    "name_sealed",
    "name_hash",
    "id_kind",
    "id_sealed",
    "id_hash",
    "phone_sealed",
    "phone_hash",
    "registered_address_sealed",
)


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
    bulk.insert(
        rows.Place,
        PLACE,
        ((numbers.places[p.place], p.name, p.kind, p.division, p.longitude, p.latitude) for p in places),
    )
    numbers.households |= _keys(rows.Household, [household.household for household in households])
    bulk.insert(
        rows.Household, HOUSEHOLD, (_household(h, numbers.households[h.household]) for h in households)
    )
    numbers.persons |= _keys(rows.Person, [person.person for person in persons])
    bulk.insert(rows.Person, PERSON, (_person(person, numbers, at) for person in persons))
    bulk.insert(
        rows.Identity, IDENTITY, (_identity(person, numbers.persons[person.person]) for person in persons)
    )
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


def _household(record: drill.Household, key: int) -> tuple[object, ...]:
    address = identity.seal(record.address.line(), owner=key, field="address")
    return key, record.address.division, address


def _person(record: drill.Person, numbers: Numbers, at: datetime) -> tuple[object, ...]:
    return (
        numbers.persons[record.person],
        record.kind,
        record.sex,
        record.birth,
        record.actual.division,
        record.registered.division,
        numbers.households[record.household],
        record.occupation[:40],
        "emergency",
        at,
    )


def _identity(record: drill.Person, key: int) -> tuple[object, ...]:
    return (
        key,
        identity.seal(record.name, owner=key, field="name"),
        identity.find_hash(record.name, field="name"),
        "resident_id",
        identity.seal(record.id_number, owner=key, field="id_number"),
        identity.find_hash(record.id_number, field="id_number"),
        identity.seal(record.phone, owner=key, field="phone"),
        identity.find_hash(record.phone, field="phone"),
        identity.seal(record.registered.line(), owner=key, field="registered_address"),
    )
