"""The shapes of investigations, stays and sources as programs see them."""

from datetime import date, datetime
from typing import Annotated, Any

from ninja import Schema
from pydantic import Field

from liankong.exchange.itinerary import Why as Unread
from liankong.vocabulary.kinds import FactSource, Protection, StayMode
from liankong.web.api.kit import Day, Division, Document, Id, Line, Moment, Number, Why

MOST = 500


class InvestigationOut(Schema):
    """The investigation of one case."""

    id: int
    case: int
    division: str
    organisation: int
    investigator: int | None
    opened_at: datetime
    track_confirmed_at: datetime | None
    track_from: datetime | None
    track_until: datetime | None
    reported_at: datetime | None
    closed_at: datetime | None

    @staticmethod
    def resolve_case(row: Any) -> int:
        return int(row.case_id)

    @staticmethod
    def resolve_organisation(row: Any) -> int:
        return int(row.organisation_id)

    @staticmethod
    def resolve_investigator(row: Any) -> int | None:
        found: int | None = row.investigator_id
        return found


class StayOut(Schema):
    """One stay. A place of the register by number, or one in words; never a person."""

    id: int
    from_at: datetime
    until_at: datetime
    mode: StayMode
    place: int | None
    place_text: str
    vehicle: str
    seat: str
    companions: int | None
    protection: Protection
    source: FactSource
    confirmed_at: datetime | None

    @staticmethod
    def resolve_place(row: Any) -> int | None:
        found: int | None = row.place_id
        return found


class HypothesisOut(Schema):
    """One way in which the case may have been infected."""

    id: int
    text: str
    infector: int | None
    place: int | None
    speaks_for: str
    speaks_against: str
    likelihood: int | None
    accepted_at: datetime | None
    rejected_at: datetime | None
    reason: str
    by: int | None
    at: datetime

    @staticmethod
    def resolve_infector(row: Any) -> int | None:
        found: int | None = row.infector_id
        return found

    @staticmethod
    def resolve_place(row: Any) -> int | None:
        found: int | None = row.place_id
        return found

    @staticmethod
    def resolve_by(row: Any) -> int | None:
        found: int | None = row.by_id
        return found


class TimeSpan(Schema):
    from_at: datetime
    until_at: datetime


class InvestigationInFull(InvestigationOut):
    """With its stays, the hours that are not known, stays that contradict each other, and the sources."""

    window: TimeSpan | None = Field(description="What the itinerary must cover, by the protocol's look-back.")
    exposure: TimeSpan | None = Field(description="When the case was infected, by onset and incubation.")
    stays: list[StayOut]
    gaps: list[TimeSpan]
    overlapping: list[list[int]] = Field(description="Stays that share time with others, each with those.")
    sources: list[HypothesisOut]

    @staticmethod
    def resolve_window(row: Any) -> Any:
        return row.told["window"]

    @staticmethod
    def resolve_exposure(row: Any) -> Any:
        return row.told["exposure"]

    @staticmethod
    def resolve_stays(row: Any) -> Any:
        return row.told["stays"]

    @staticmethod
    def resolve_gaps(row: Any) -> Any:
        return row.told["gaps"]

    @staticmethod
    def resolve_overlapping(row: Any) -> Any:
        return row.told["overlapping"]

    @staticmethod
    def resolve_sources(row: Any) -> Any:
        return row.told["sources"]


class InvestigationFilters(Schema):
    """All that are given must hold."""

    outbreak: Id | None = None
    division: Division | None = Field(None, description="This division and all below it.")
    case: Id | None = None
    reported: bool | None = None


class StayIn(Schema):
    """One stay; somewhere by `place`, `place_text` or `vehicle`. A home or a ride may go unnamed."""

    from_at: Moment
    until_at: Moment
    mode: StayMode = StayMode.OTHER
    place: Id | None = None
    place_text: Annotated[Line, Field(max_length=160)] = ""
    vehicle: Number = ""
    seat: Annotated[Number, Field(max_length=20)] = ""
    companions: Annotated[int, Field(ge=0, le=9999)] | None = None
    protection: Protection = Protection.UNKNOWN
    source: FactSource = FactSource.INTERVIEW


class StaysIn(Schema):
    stays: Annotated[list[StayIn], Field(min_length=1, max_length=MOST)]


class ItineraryIn(Schema):
    text: Document
    first_day: Day = Field(description="Where the text does not say its first day or year.")


class ReadStayOut(Schema):
    """A stay as the text has it: `words` is `text[start:end]`; a time that is not said is null, with its bounds."""

    start: int
    end: int
    words: str
    day: date
    from_at: datetime | None
    until_at: datetime | None
    earliest: datetime
    latest: datetime
    vague: bool
    mode: StayMode
    place: str
    vehicle: str
    seat: str
    companions: int | None
    protection: Protection


class UnreadWordsOut(Schema):
    start: int
    end: int
    words: str
    why: Unread


class ItineraryOut(Schema):
    """What a text gave. Nothing is recorded."""

    text: str
    onset: date | None
    stays: list[ReadStayOut]
    unread: list[UnreadWordsOut]


class NewSourceIn(Schema):
    text: Annotated[Line, Field(min_length=1)]
    infector: Number = Field("", description="The infector's case number.")
    place: Id | None = None
    speaks_for: Annotated[str, Field(max_length=2000)] = ""
    speaks_against: Annotated[str, Field(max_length=2000)] = ""
    likelihood: Annotated[int, Field(ge=0, le=100)] | None = None


class WeighIn(Schema):
    speaks_for: Annotated[str, Field(max_length=2000)] = ""
    speaks_against: Annotated[str, Field(max_length=2000)] = ""
    likelihood: Annotated[int, Field(ge=0, le=100)] | None = None


class SourceRejectIn(Schema):
    reason: Why


class InterviewNotesIn(Schema):
    text: Annotated[Document, Field(max_length=20_000)]


class NotesOpenIn(Schema):
    why: Why


class NotesOut(Schema):
    text: str


class StayRemovedOut(Schema):
    removed: int
