"""What the operations on zones are sent, and what they answer. Who lives inside is a number, never a list."""

from datetime import date, datetime
from typing import Annotated, Any, Literal

from ninja import Schema
from pydantic import Field

from liankong.actions import zones_draw
from liankong.protocols.words import ZoneUnit
from liankong.vocabulary.kinds import AppealState, ZoneChange, ZoneState
from liankong.web.api.kit import Day, Division, Id, Line, Moment, Number, Short

Longitude = Annotated[float, Field(ge=-180, le=180)]
Latitude = Annotated[float, Field(ge=-90, le=90)]
Basis = Annotated[Line, Field(max_length=200)]


class ZoneOut(Schema):
    """A zone as it stands. `kind` is the protocol's own code. Who lives inside is a number, never a list."""

    id: int
    outbreak: int
    number: str
    state: ZoneState
    kind: str
    unit: ZoneUnit
    name: str
    division: str
    divisions: list[str]
    case: int | None
    protocol: str
    persons: int | None = Field(description="By the register, when it was proposed.")
    households: int | None
    legal_basis: str
    reason: str
    finding: str
    needed: str = Field(description="The smallest lawful unit that held all that was known.")
    proposed_at: datetime
    from_at: datetime | None
    clock_from: datetime | None = Field(
        description="Since when the days without a new infection count; null while they do not."
    )
    review_on: date | None
    expires_at: datetime | None = Field(description="Past this moment it binds nobody.")
    ended_at: datetime | None
    signed_by: int | None
    lowered_from: str
    pending_kind: str = Field(description="What a positive makes of it; binds nobody until it is signed.")

    @staticmethod
    def resolve_outbreak(row: Any) -> int:
        return int(row.outbreak_id)

    @staticmethod
    def resolve_case(row: Any) -> int | None:
        found: int | None = row.case_id
        return found

    @staticmethod
    def resolve_signed_by(row: Any) -> int | None:
        found: int | None = row.signed_by_id
        return found


class ZoneConditionOut(Schema):
    """One condition of the protocol, with its figures in a sentence."""

    code: str
    met: bool
    text: str
    due_at: datetime | None = Field(description="When waiting alone would have met it.")


class ZoneChecklistOut(Schema):
    """What is missing before it is lowered or lifted; `then` is the kind it becomes, "" for lifted."""

    met: int
    total: int
    text: str
    then: str
    conditions: list[ZoneConditionOut]


class ZoneStepOut(Schema):
    """One change, as it was written down. Steps are never rewritten."""

    change: ZoneChange
    at: datetime
    by: int | None
    reason: str
    before: dict[str, Any]
    after: dict[str, Any]

    @staticmethod
    def resolve_by(row: Any) -> int | None:
        found: int | None = row.by_id
        return found


class AppealOut(Schema):
    """An objection. Its words are sealed and not part of this."""

    id: int
    zone: int
    state: AppealState
    made_at: datetime
    answer_by: datetime
    answered_at: datetime | None
    answered_by: int | None
    answer: str

    @staticmethod
    def resolve_zone(row: Any) -> int:
        return int(row.zone_id)

    @staticmethod
    def resolve_answered_by(row: Any) -> int | None:
        found: int | None = row.answered_by_id
        return found


class ZoneInFull(Schema):
    """A zone with who is inside now, its conditions, its history and its appeals."""

    zone: ZoneOut
    in_effect: bool
    people_now: int
    households_now: int
    outline: dict[str, Any] | None
    why: dict[str, Any]
    checklist: ZoneChecklistOut | None
    steps: list[ZoneStepOut]
    appeals: list[AppealOut]


class ZoneFilters(Schema):
    """All that are given must hold."""

    outbreak: Id | None = None
    state: ZoneState | None = None
    kind: Number | None = None
    number: Number | None = None
    division: Division | None = Field(None, description="This division and all below it.")
    case: Id | None = None
    late: bool | None = Field(None, description="In force with a review day in the past.")


class ZoneOutlineIn(Schema):
    """A GeoJSON polygon, WGS 84, longitude first."""

    type: Literal["Polygon"]
    coordinates: Annotated[
        list[Annotated[list[tuple[Longitude, Latitude]], Field(max_length=5000)]], Field(max_length=50)
    ]


class ZoneIn(Schema):
    """Places, whole divisions, or an outline; at least one of them."""

    outbreak: Id
    kind: Number
    reason: Line
    places: Annotated[list[Id], Field(max_length=zones_draw.MOST_PLACES)] = Field(default_factory=list)
    divisions: Annotated[list[Division], Field(max_length=50)] = Field(default_factory=list)
    outline: ZoneOutlineIn | None = None
    unit: ZoneUnit | None = Field(None, description="What an outline encloses.")
    name: Short = ""
    case: Id | None = None
    finding: Line = ""


class ZoneApproveIn(Schema):
    legal_basis: Basis
    kind: Number = Field("", description="Another kind than the one proposed.")
    reason: Line = ""
    review_on: Day | None = None
    expires_at: Moment | None = None
    finding: Line = ""


class ZoneReasonIn(Schema):
    reason: Line


class ZoneEscalateIn(Schema):
    reason: Line
    kind: Number = Field("", description="The graver kind; by default the one that the protocol names.")


class ZoneLowerIn(Schema):
    reason: Line = ""


class ZoneExtendIn(Schema):
    until: Moment
    reason: Line
    review_on: Day | None = None


class ZoneLiftIn(Schema):
    reason: Line = ""
    exception: bool = Field(False, description="Although a condition is open; needs a reason.")


class ZoneRestartIn(Schema):
    from_at: Moment
    reason: Line


class ZoneRoundIn(Schema):
    due_at: Moment


class AppealIn(Schema):
    text: Annotated[str, Field(min_length=1, max_length=2000)]


class AppealAnswerIn(Schema):
    granted: bool
    answer: Line


class AppealWordsOut(Schema):
    text: str


class ZoneNoticeOut(Schema):
    """The public notice in one language: places, never people."""

    language: str
    headline: str
    text: str


class ZoneCapOut(Schema):
    """A CAP 1.2 message; `references` name the earlier ones."""

    identifier: str
    status: str
    kind: str
    sent: datetime
    references: list[str]
    xml: str
