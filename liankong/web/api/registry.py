"""Who is this person, and who has asked to know? Every answer here was recorded before it was given."""

from datetime import date, datetime
from typing import Any, Literal

from django.http import HttpRequest, HttpResponse
from ninja import Router, Schema, Status
from pydantic import Field

from liankong.actions import registry as verbs
from liankong.store.models import Household, Person
from liankong.vocabulary.kinds import PersonKind, Sex
from liankong.web.api.door import caller, once
from liankong.web.api.kit import Day, Division, DivisionOrNode, Id, Key, Number, Short, Why, answers, in_sight

router = Router(tags=["registry"])


class PersonOut(Schema):
    """A person as the rest of the platform knows them: without a name."""

    id: int
    kind: PersonKind
    sex: Sex
    birth_date: date | None
    division: str
    registered_division: str
    household: int | None
    occupation: str
    retention: str
    created_at: datetime
    purged_at: datetime | None

    @staticmethod
    def resolve_household(row: Any) -> int | None:
        found: int | None = row.household_id
        return found


class PersonIn(Schema):
    division: Division
    kind: PersonKind = PersonKind.RESIDENT
    sex: Sex = Sex.UNKNOWN
    birth_date: Day | None = None
    name: Short = ""
    id_number: Number = ""
    phone: Number = ""
    registered_division: DivisionOrNode = ""
    registered_address: Short = ""
    household: Id | None = None
    occupation: Number = ""


class FindIn(Schema):
    """An ID number or a phone, one of them, exactly as registered. In a body: an address would be logged."""

    id_number: Number = ""
    phone: Number = ""
    why: Why


class RevealIn(Schema):
    fields: list[Literal["name", "id_number", "phone", "address", "registered_address"]] = Field(
        min_length=1, max_length=5
    )
    why: Why


class RevealOut(Schema):
    """The fields that were asked for; nothing else."""

    person: int
    values: dict[str, str]


@router.post("/persons", response=answers(PersonOut, 201), operation_id="register_person")
def register_person(
    request: HttpRequest, response: HttpResponse, payload: PersonIn, idempotency_key: Key = None
) -> object:
    """Enter a person once. Name, ID number, phone and address are sealed before they are stored."""
    asking = caller(request)
    values = payload.dict()
    if values["household"] is not None:
        values["household"] = in_sight(Household.objects.all(), values["household"])
    row = once(
        request,
        response,
        idempotency_key,
        payload.dict(),
        lambda: verbs.register(**values, by=asking.actor, at=asking.at),
        Person,
    )
    return Status(201, row)


@router.post("/persons/find", response=answers(list[PersonOut]), operation_id="find_persons")
def find_persons(request: HttpRequest, payload: FindIn) -> object:
    """Exact search. Recorded with the reason, whether it finds somebody or not."""
    asking = caller(request)
    return verbs.find(**payload.dict(), by=asking.actor, at=asking.at)


@router.get("/persons/{person}", response=answers(PersonOut), operation_id="get_person")
def get_person(request: HttpRequest, person: Id) -> object:
    """A person without a name: what contact tracing and statistics work with."""
    caller(request).need()
    return in_sight(Person.objects.all(), person)


@router.post("/persons/{person}/reveal", response=answers(RevealOut), operation_id="reveal_person")
def reveal_person(request: HttpRequest, person: Id, payload: RevealIn) -> object:
    """Open sealed fields of one person. Who, what and why are recorded first."""
    asking = caller(request)
    in_sight(Person.objects.all(), person)
    fields = tuple(dict.fromkeys(payload.fields))
    return {
        "person": person,
        "values": verbs.reveal(person=person, fields=fields, why=payload.why, by=asking.actor, at=asking.at),
    }
