"""What a drill is made of: the frozen records that `scenario()` yields, in this order.

1. Standing records, no clock of their own beyond `from_at`: `Organisation`, `User`, `Post`, `Place`,
   then per community `Household`, `Person`, `Membership`.
2. Events, ordered by (`at`, `event`): everything that subclasses `Event`. `cause` is the number of an
   earlier event (never a later one), so that a replay can follow a chain.

Persons, households and places are numbered from 1. Times are aware UTC. Divisions are codes as text.
Truth (`Infection`) is not part of the script: it belongs to the outbreak and is what answers are judged by.
"""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from liankong.vocabulary.kinds import (
    FoundBy,
    OrganisationKind,
    Outcome,
    PersonClass,
    PersonKind,
    ResultValue,
    Role,
    Severity,
    Sex,
    TubeKind,
)


class PlaceKind(StrEnum):
    KINDERGARTEN = "kindergarten"  # 幼儿园
    PRIMARY_SCHOOL = "primary_school"  # 小学
    MIDDLE_SCHOOL = "middle_school"  # 初中
    HIGH_SCHOOL = "high_school"  # 高中
    COLLEGE = "college"  # 高校
    TRAINING_CENTRE = "training_centre"  # 课后托管 / 培训中心
    WORKPLACE = "workplace"  # 工作单位
    MARKET = "market"  # 菜市场
    RESTAURANT = "restaurant"  # 餐馆
    HOSPITAL = "hospital"  # 医院
    BUS_LINE = "bus_line"  # 公交线路


class HouseholdKind(StrEnum):
    FAMILY = "family"  # 家庭户
    DORMITORY = "dormitory"  # 集体户: the one kind that may have no adult


class Part(StrEnum):
    """What a member is in a place."""

    PUPIL = "pupil"
    TEACHER = "teacher"
    WORKER = "worker"
    PASSENGER = "passenger"


class Setting(StrEnum):
    """Where an infection passed from one person to the next."""

    HOUSEHOLD = "household"
    SCHOOL_CLASS = "school_class"
    TRAINING_CENTRE = "training_centre"
    WORKPLACE = "workplace"
    COMMUNITY = "community"
    INTRODUCTION = "introduction"


class SampleReason(StrEnum):
    FEVER_CLINIC = "fever_clinic"
    SCREENING = "screening"
    CONTACT = "contact"
    RESWAB = "reswab"  # single re-swab of a member of a positive pool or household tube


# --- standing records -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Organisation:
    """A unit of the command or of those it commands. `parent` is the code of an earlier record.

    `name_known` is False where the field's own name is not known and the record carries a placeholder.
    """

    code: str
    name: str
    english: str
    kind: OrganisationKind
    division: str
    parent: str | None
    from_at: datetime
    until_at: datetime | None = None
    name_known: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """A sign-in of the drill: generated name, no password (the loader sets one)."""

    username: str
    name: str
    organisation: str
    division: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """A post in an organisation, held by `user` (a username) from `from_at` on."""

    organisation: str
    title: str
    english: str
    role: Role
    user: str
    from_at: datetime
    until_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A place that people share, numbered from 1.

    Coordinates are degrees (CGCS2000), approximate: a point in the district's box, not a survey.
    """

    place: int
    kind: PlaceKind
    name: str
    division: str
    longitude: float
    latitude: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Division to community level (12 digits) or, outside the city, county level (6 digits), and the door."""

    division: str
    compound: str = ""
    building: int = 0
    stair: int = 0
    room: str = ""

    def line(self) -> str:
        """The part after the community, as written on a form."""
        if not self.building:
            return f"{self.compound}{self.room}" if self.room else self.compound
        return f"{self.compound}{self.building}号楼{self.stair}单元{self.room}室"


@dataclass(frozen=True, slots=True, kw_only=True)
class Household:
    household: int
    kind: HouseholdKind
    address: Address
    members: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """One resident or visitor. The ID number passes its check digit but names no division that exists."""

    person: int
    name: str
    sex: Sex
    birth: date
    id_number: str
    phone: str
    kind: PersonKind
    occupation: str
    household: int
    actual: Address
    registered: Address


@dataclass(frozen=True, slots=True, kw_only=True)
class Membership:
    """`group` is the class, team or line section inside the place: "3年级2班", "7组"."""

    person: int
    place: int
    part: Part
    group: str


# --- events -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something observable at `at`. `cause` is an earlier event's number, None where the chain starts."""

    event: int
    at: datetime
    cause: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SymptomsBegan(Event):
    """Onset as the person later tells it; only of infections that are found in the end."""

    person: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundOpened(Event):
    """A screening round over `divisions` (codes at any level)."""

    round: int
    divisions: tuple[str, ...]
    tube_kind: TubeKind


@dataclass(frozen=True, slots=True, kw_only=True)
class TubeSampled(Event):
    """`members` in the order in which they were swabbed; `organisation` is the street or hospital that sampled."""

    tube: str
    kind: TubeKind
    members: tuple[int, ...]
    division: str
    reason: SampleReason
    organisation: str
    round: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TubeResulted(Event):
    """`cause` is the sampling; `laboratory` an organisation's code; `ct` the cycle threshold of a positive.

    Positive pools and household tubes are followed by single re-swabs of their members.
    """

    tube: str
    value: ResultValue
    laboratory: str
    ct: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseReviewed(Event):
    """Experts' review of a single positive, its `cause`: what they saw, and the class that follows.

    `signs` are codes of the protocol's signs; `onset_at` is the onset as the person tells it, None without symptoms.
    """

    person: int
    signs: tuple[str, ...]
    onset_at: datetime | None
    classification: PersonClass
    severity: Severity | None
    found_by: FoundBy


@dataclass(frozen=True, slots=True, kw_only=True)
class Admitted(Event):
    person: int
    hospital: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SeverityChanged(Event):
    person: int
    before: Severity
    after: Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class Converted(Event):
    """An asymptomatic carrier shows symptoms and becomes a confirmed case (转为确诊)."""

    person: int
    signs: tuple[str, ...]
    onset_at: datetime
    severity: Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class Closed(Event):
    """End of the course: cured and discharged, released from observation, or dead."""

    person: int
    outcome: Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactFound(Event):
    """Investigators name a contact of a case and have it isolated; `cause` is the case's positive result."""

    person: int
    case: int
    setting: Setting
    place: int | None
    last_exposure: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceFound(Event):
    """The investigation's finding on who infected a case. `infector` None: looked for and not found."""

    person: int
    infector: int | None
    setting: Setting | None
    place: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundCounted(Event):
    """What a round gave in one community: people sampled, tubes, and tubes by result."""

    round: int
    division: str
    people: int
    tubes: int
    negative_tubes: int
    positive_tubes: int


Standing = Organisation | User | Post | Place | Household | Person | Membership
Record = Standing | Event


# --- truth ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Infection:
    """One edge of the true infection tree. `infector` None for the two introductions.

    `infectious_at` is when a swab can first find it; `onset_at` None for those who never have symptoms;
    `detected_at` None when nobody ever found it.
    """

    person: int
    infector: int | None
    introduction: int
    generation: int
    setting: Setting
    place: int | None
    infected_at: datetime
    infectious_at: datetime
    onset_at: datetime | None
    detected_at: datetime | None
