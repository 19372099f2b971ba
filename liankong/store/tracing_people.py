"""Which registered people are meant: by number, ID number or phone; whoever is not registered yet is, at once.

Somebody who is registered in another jurisdiction is found as a number and a division, and nothing more is opened.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from liankong.store import bulk, identity
from liankong.store.models import Identity, Person
from liankong.vocabulary.kinds import Sex


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """Somebody as an interview or a roster names them."""

    person: int | None = None
    name: str = field(default="", repr=False)
    id_number: str = field(default="", repr=False)
    phone: str = field(default="", repr=False)
    division: str = ""
    sex: Sex = Sex.UNKNOWN
    birth_date: date | None = field(default=None, repr=False)


def resolve(people: Sequence[Named], *, division: str, at: datetime) -> list[int | None]:
    """The person of each, in order; None for a number that nobody has. Needs the node's scope.

    Found by number, else by ID number, else by phone and name (families share phones). Whoever is not found is
    registered, in the division given or in `division`. Five statements, whatever the number of people.
    """
    hashes = [_hashes(one) for one in people]
    numbers = {one.person for one in people if one.person is not None}
    there = set(Person.objects.filter(pk__in=numbers).values_list("pk", flat=True))
    by_id, by_phone = _known(hashes)
    found: list[int | None] = []
    fresh: dict[tuple[object, ...], Named] = {}
    for one, (id_hash, phone_hash, name_hash) in zip(people, hashes, strict=True):
        known = by_id.get(id_hash) if id_hash else None
        if one.person is not None:
            found.append(one.person if one.person in there else None)
        elif known is not None:
            found.append(known)
        elif id_hash is None and (phone_hash, name_hash) in by_phone:
            found.append(by_phone[phone_hash, name_hash])
        else:
            fresh[_key(one)] = one
            found.append(0)
    made = _register(fresh, division=division, at=at)
    return [made[_key(one)] if key == 0 else key for one, key in zip(people, found, strict=True)]


def _hashes(one: Named) -> tuple[bytes | None, bytes | None, bytes | None]:
    return (
        identity.find_hash(one.id_number, field="id_number"),
        identity.find_hash(one.phone, field="phone"),
        identity.find_hash(one.name, field="name"),
    )


def _key(one: Named) -> tuple[object, ...]:
    return (one.id_number,) if one.id_number else (one.phone, one.name)


Known = tuple[dict[bytes, int], dict[tuple[bytes | None, bytes | None], int]]


def _known(hashes: Sequence[tuple[bytes | None, bytes | None, bytes | None]]) -> Known:
    ids = {id_hash for id_hash, _phone, _name in hashes if id_hash}
    phones = {phone for _id, phone, _name in hashes if phone}
    by_id = {
        bytes(value): person
        for value, person in Identity.objects.filter(id_hash__in=ids).values_list("id_hash", "person")
        if value is not None
    }
    by_phone: dict[tuple[bytes | None, bytes | None], int] = {
        (bytes(phone or b""), None if name is None else bytes(name)): person
        for phone, name, person in Identity.objects.filter(phone_hash__in=phones)
        .order_by("-person")
        .values_list("phone_hash", "name_hash", "person")
    }
    return by_id, by_phone


def _register(
    fresh: Mapping[tuple[object, ...], Named], *, division: str, at: datetime
) -> dict[tuple[object, ...], int]:
    if not fresh:
        return {}
    keys = bulk.allocate(Person, len(fresh))
    Person.objects.bulk_create(
        Person(
            pk=key,
            division=one.division or division,
            sex=one.sex,
            birth_date=one.birth_date,
            created_at=at,
        )
        for key, one in zip(keys, fresh.values(), strict=True)
    )
    Identity.objects.bulk_create(
        Identity(**identity.columns(key, name=one.name, id_number=one.id_number, phone=one.phone))
        for key, one in zip(keys, fresh.values(), strict=True)
    )
    return dict(zip(fresh, keys, strict=True))
