"""Who is this person, and who has asked to know?"""

from datetime import date, datetime

from django.db import IntegrityError, transaction

from liankong.actions import Forbidden, Refused, action
from liankong.protocols import standing
from liankong.store import identity, log
from liankong.store.log import Actor
from liankong.store.models import GlassBreak, Household, Identity, Person, User
from liankong.vocabulary.facts import GlassBroken, IdentityRead, IdentitySearched
from liankong.vocabulary.kinds import PersonKind, Sex

FIELDS = ("name", "id_number", "phone", "address", "registered_address")
_STORED = {"name": "name_sealed", "id_number": "id_sealed", "phone": "phone_sealed"}


@action("registry.register", automatic=True)
def register(
    *,
    division: str,
    by: Actor,
    at: datetime,
    kind: PersonKind = PersonKind.RESIDENT,
    sex: Sex = Sex.UNKNOWN,
    birth_date: date | None = None,
    name: str = "",
    id_number: str = "",
    phone: str = "",
    registered_division: str = "",
    registered_address: str = "",
    household: Household | None = None,
    occupation: str = "",
    retention: str = "emergency",
) -> Person:
    """Enter a person once. Raises Refused when the ID number is registered already."""
    person = Person.objects.create(
        kind=kind,
        sex=sex,
        birth_date=birth_date,
        division=division,
        registered_division=registered_division,
        household=household,
        occupation=occupation,
        retention=retention,
        created_at=at,
    )
    try:
        with transaction.atomic():
            sealed = identity.columns(
                person.pk, name=name, id_number=id_number, phone=phone, registered_address=registered_address
            )
            Identity.objects.create(**sealed)
    except IntegrityError as error:
        raise Refused("this ID number is registered already: search for it", field="id_number") from error
    return person


@action("registry.find")
def find(*, id_number: str = "", phone: str = "", why: str, by: Actor, at: datetime) -> list[Person]:
    """Exact search by ID number or phone, inside the actor's jurisdiction. Logged whether it hits or not."""
    _reason(why)
    if bool(id_number) == bool(phone):
        raise Refused("give an ID number or a phone, one of them", field="id_number")
    wanted = (
        {"id_hash": identity.find_hash(id_number, field="id_number")}
        if id_number
        else {"phone_hash": identity.find_hash(phone, field="phone")}
    )
    found = [row.person for row in Identity.objects.filter(**wanted).select_related("person__household")[:50]]
    hits: list[Person | None] = [*found] or [None]
    for person in hits:
        log.record(
            IdentitySearched(person=person.pk if person else None, why=why.strip()),
            subject=person.pk if person else 0,
            division=person.division if person else by.division,
            by=by,
            at=at,
        )
    return found


@action("registry.reveal")
def reveal(*, person: int, fields: tuple[str, ...], why: str, by: Actor, at: datetime) -> dict[str, str]:
    """Open sealed fields of one person. Who, what and why go into the log before anything is shown."""
    _reason(why)
    unknown = set(fields) - set(FIELDS)
    if unknown or not fields:
        raise Refused("choose from {fields}", field="fields", fields=", ".join(FIELDS))
    row = Identity.objects.select_related("person__household").filter(person_id=person).first()
    if row is None:
        raise Refused("no identity is held for this person in your jurisdiction")
    log.record(
        IdentityRead(person=person, fields=tuple(fields), why=why.strip()),
        subject=person,
        division=row.person.division,
        by=by,
        at=at,
    )
    return {field: _open(row, field) for field in fields}


def _open(row: Identity, field: str) -> str:
    if field == "address":
        home = row.person.household
        return identity.unseal(home.address_sealed, owner=home.pk, field="address") if home else ""
    column = _STORED.get(field, f"{field}_sealed")
    return identity.unseal(getattr(row, column), owner=row.person_id, field=field)


@action("registry.glass")
def break_glass(*, division: str, why: str, by: Actor, at: datetime) -> GlassBreak:
    """See a wider jurisdiction for a few hours (`limits.glass`), with a reason that the auditor reads."""
    _reason(why)
    if by.user is None:
        raise Forbidden("registry.glass")  # a rule never looks further than it must
    user = User.objects.get(pk=by.user)
    until = at + standing.retention().limits.glass.value
    row = GlassBreak.objects.create(user=user, division=division, why=why.strip(), from_at=at, until_at=until)
    log.record(
        GlassBroken(user=user.pk, division=division, until=until, why=why.strip()),
        subject=user.pk,
        division=user.division,
        by=by,
        at=at,
    )
    return row


def _reason(why: str) -> None:
    if len(why.strip()) < 4:
        raise Refused("give the reason: which case, order or call this serves", field="why")
