"""Shapes of what programs send and are told about contacts."""

from datetime import date, datetime
from typing import Annotated, Any

from ninja import Schema
from pydantic import Field

from liankong.vocabulary.kinds import (
    CheckKind,
    CheckState,
    ContactState,
    ExposureKind,
    FactSource,
    PersonClass,
    Protection,
    ResultValue,
)
from liankong.web.api.kit import Day, Division, DivisionOrNode, Id, Moment, Short, Why

Many = Annotated[list[Id], Field(min_length=1, max_length=2000)]


class ContactOut(Schema):
    """A contact as it stands. The person is a number; who it is, the registry says to those who may ask."""

    id: int
    outbreak: int
    person: int
    division: str
    lives_in: str
    classification: PersonClass
    state: ContactState
    stands: bool = Field(description="Whether any meeting still counts.")
    found_at: datetime
    first_exposed_at: datetime | None
    last_exposed_at: datetime | None
    controlled_at: datetime | None
    release_on: date | None
    followed_until: date | None
    released_at: datetime | None
    case: int | None
    protocol: str
    signed_by: int | None
    signed_at: datetime | None
    reason: str

    @staticmethod
    def resolve_outbreak(row: Any) -> int:
        return int(row.outbreak_id)

    @staticmethod
    def resolve_person(row: Any) -> int:
        return int(row.person_id)

    @staticmethod
    def resolve_case(row: Any) -> int | None:
        found: int | None = row.case_id
        return found

    @staticmethod
    def resolve_signed_by(row: Any) -> int | None:
        found: int | None = row.signed_by_id
        return found


class ContactFilters(Schema):
    """All that are given must hold."""

    outbreak: Id | None = None
    division: Division | None = Field(None, description="This division and all below it.")
    classification: PersonClass | None = None
    state: ContactState | None = None
    person: Id | None = None
    case: Id | None = Field(None, description="Those who met this case.")
    release_on: Day | None = None


class ContactMeetingIn(Schema):
    """One person who met the case, or the contact."""

    person: Id
    kind: ExposureKind
    from_at: Moment
    until_at: Moment
    metres: Annotated[float, Field(ge=0, le=1000, allow_inf_nan=False)] | None = None
    protection: Protection = Protection.UNKNOWN
    prolonged: bool | None = Field(None, description="Whether it was long, where the protocol asks.")
    lives_in: DivisionOrNode = ""
    source: FactSource = FactSource.INTERVIEW


class ProposeContactsIn(Schema):
    """Whom they met: a case, or a contact (`via`), one of the two."""

    case: Id | None = None
    via: Id | None = None
    met: Annotated[list[ContactMeetingIn], Field(min_length=1, max_length=2000)]


class NoContactOut(Schema):
    """A place of the list that makes nobody a contact, with the reason."""

    place: int
    because: str


class ProposedContactsOut(Schema):
    """Rows in = proposed_rows + added + nobody + duplicate."""

    rows: int
    proposed: list[int] = Field(description="Contacts that now wait for a signature.")
    proposed_rows: int
    added: int = Field(description="Meetings of people who are contacts already.")
    nobody: list[NoContactOut]
    duplicate: list[int] = Field(description="Places of the list that stand already.")


class CaseHouseholdIn(Schema):
    case: Id


class RosterRowIn(Schema):
    """At least one of person, id_number and phone."""

    person: Id | None = None
    name: Short = ""
    id_number: Short = ""
    phone: Short = ""
    division: DivisionOrNode = ""


class RosterIn(Schema):
    case: Id
    kind: ExposureKind
    from_at: Moment
    until_at: Moment
    source: FactSource
    people: Annotated[list[RosterRowIn], Field(min_length=1, max_length=5000)]


class RosterFaultOut(Schema):
    row: int = Field(description="From 1, in the order of `people`.")
    field: str
    reason: str


class RosterAccountOut(Schema):
    """Rows in = accepted + rejected + duplicate."""

    rows: int
    accepted: int
    rejected: list[RosterFaultOut]
    duplicate: int
    proposed: list[int]


class SignContactsIn(Schema):
    contacts: Many


class RejectContactsIn(Schema):
    contacts: Many
    reason: Why


class ContactsDoneOut(Schema):
    """Those whom it changed; signed and judged before are left as they are."""

    contacts: list[int]


class ControlContactIn(Schema):
    controlled_at: Moment | None = Field(None, description="Now, if not given.")


class AmendMeetingIn(Schema):
    """What is not given stays as it is."""

    kind: ExposureKind | None = None
    from_at: Moment | None = None
    until_at: Moment | None = None
    metres: Annotated[float, Field(ge=0, le=1000, allow_inf_nan=False)] | None = None
    protection: Protection | None = None
    prolonged: bool | None = None
    reason: Why


class ContactCheckOut(Schema):
    id: int
    contact: int
    kind: CheckKind
    day: int
    turn: int
    due_on: date
    due_at: datetime
    state: CheckState
    done_at: datetime | None
    celsius: float | None
    value: ResultValue | None

    @staticmethod
    def resolve_contact(row: Any) -> int:
        return int(row.contact_id)

    @staticmethod
    def resolve_value(row: Any) -> str | None:
        return row.value or None


class ContactCheckFilters(Schema):
    """All that are given must hold."""

    day: Day | None = None
    kind: CheckKind | None = None
    state: CheckState | None = None
    contact: Id | None = None
    division: Division | None = None


class MeasuredCheckIn(Schema):
    """Degrees Celsius of a temperature, or what came out of a test."""

    check: Id
    celsius: Annotated[float, Field(allow_inf_nan=False)] | None = None
    value: ResultValue | None = None


class MeasuredChecksIn(Schema):
    measured: Annotated[list[MeasuredCheckIn], Field(min_length=1, max_length=2000)]


class ContactChecksOut(Schema):
    checks: list[ContactCheckOut]
