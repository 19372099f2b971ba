"""Facts: what happened, in the past tense. Frozen, made of identifiers and plain values, safe to log.

A fact never holds a name, an ID number or a phone: the log outlives the registry's personal data.
"""

from dataclasses import asdict, dataclass, fields
from datetime import date, datetime
from enum import StrEnum
from typing import Any, ClassVar

from liankong.vocabulary.kinds import (
    FoundBy,
    Origin,
    Outcome,
    PersonClass,
    ResultValue,
    Severity,
    Sex,
    TubeKind,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseRecord:
    """One row of a line list, whatever its source. Days are local calendar days; ages are completed years.

    `key` is the source's own identifier; `infectors` are keys of the same list, in the order stated.
    `age` is None when unknown; `age_high` is set when only a band is known ("20 to 29" -> 20, 29).
    """

    key: str
    sex: Sex = Sex.UNKNOWN
    age: float | None = None
    age_high: float | None = None
    classification: PersonClass = PersonClass.CONFIRMED
    severity: Severity | None = None
    origin: Origin = Origin.UNKNOWN
    origin_place: str = ""
    place: str = ""
    exposed_from: date | None = None
    exposed_to: date | None = None
    onset: date | None = None
    sampled: date | None = None
    isolated: date | None = None
    admitted: date | None = None
    reported: date | None = None
    confirmed: date | None = None
    outcome: Outcome = Outcome.UNKNOWN
    outcome_day: date | None = None
    died: date | None = None
    hospital: str = ""
    cluster: str = ""
    exposure: str = ""
    infectors: tuple[str, ...] = ()
    notes: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """Base of all facts. `kind` is the class name; `body()` is what the log stores."""

    subject_kind: ClassVar[str] = ""

    @property
    def kind(self) -> str:
        return type(self).__name__

    def body(self) -> dict[str, Any]:
        return {key: _plain(value) for key, value in asdict(self).items()}

    @classmethod
    def from_body(cls, body: dict[str, Any]) -> "Fact":
        known = {field.name for field in fields(cls)}
        return cls(**{key: value for key, value in body.items() if key in known})


def _plain(value: Any) -> Any:
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    if isinstance(value, StrEnum):
        return value.value
    if isinstance(value, (tuple, list)):
        return [_plain(item) for item in value]
    return value


# --- laboratory -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultReported(Fact):
    subject_kind: ClassVar[str] = "result"
    result: int
    tube: str
    tube_kind: TubeKind
    value: ResultValue
    persons: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolRecalled(Fact):
    subject_kind: ClassVar[str] = "result"
    result: int
    orders: tuple[int, ...]


# --- cases ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseOpened(Fact):
    subject_kind: ClassVar[str] = "case"
    case: int
    classification: PersonClass
    origin: Origin
    found_by: FoundBy


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseClassified(Fact):
    subject_kind: ClassVar[str] = "case"
    case: int
    before: PersonClass
    after: PersonClass
    severity: Severity | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseCourseRecorded(Fact):
    """Admission, transfer, severity or outcome."""

    subject_kind: ClassVar[str] = "case"
    case: int
    outcome: Outcome
    severity: Severity | None = None
    hospital: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseSourceSet(Fact):
    subject_kind: ClassVar[str] = "case"
    case: int
    origin: Origin
    infector: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseReported(Fact):
    """The statutory report (网络直报) was made."""

    subject_kind: ClassVar[str] = "case"
    case: int
    late: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class OutbreakOpened(Fact):
    subject_kind: ClassVar[str] = "outbreak"
    outbreak: int
    protocol: str
    exercise: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class OutbreakClosed(Fact):
    subject_kind: ClassVar[str] = "outbreak"
    outbreak: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LineListImported(Fact):
    subject_kind: ClassVar[str] = "outbreak"
    outbreak: int
    digest: str
    rows: int
    accepted: int
    rejected: int
    duplicate: int


# --- orders -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderIssued(Fact):
    subject_kind: ClassVar[str] = "order"
    order: int
    order_kind: str
    addressee: int
    due_at: datetime | str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderReceived(Fact):
    subject_kind: ClassVar[str] = "order"
    order: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderDone(Fact):
    subject_kind: ClassVar[str] = "order"
    order: int
    late: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderOverdue(Fact):
    subject_kind: ClassVar[str] = "order"
    order: int
    due_at: datetime | str


# --- bulletins --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class BulletinDrafted(Fact):
    subject_kind: ClassVar[str] = "bulletin"
    bulletin: int
    day: date | str
    revision: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BulletinSuperseded(Fact):
    subject_kind: ClassVar[str] = "bulletin"
    bulletin: int
    by_revision: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BulletinSigned(Fact):
    subject_kind: ClassVar[str] = "bulletin"
    bulletin: int
    day: date | str
    revision: int
    digest: str


# --- registry and access ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityRead(Fact):
    subject_kind: ClassVar[str] = "person"
    person: int
    fields: tuple[str, ...]
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentitySearched(Fact):
    """An exact search was made; what was searched for is not in the log, only whether it hit."""

    subject_kind: ClassVar[str] = "person"
    person: int | None
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GlassBroken(Fact):
    """Break-glass access: wider sight for a limited time, with a reason."""

    subject_kind: ClassVar[str] = "user"
    user: int
    division: str
    until: datetime | str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonalDataPurged(Fact):
    subject_kind: ClassVar[str] = "certificate"
    certificate: int
    retention_class: str
    persons: int
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganisationChanged(Fact):
    subject_kind: ClassVar[str] = "organisation"
    organisation: int
    change: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PostFilled(Fact):
    subject_kind: ClassVar[str] = "post"
    post: int
    user: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class UserChanged(Fact):
    subject_kind: ClassVar[str] = "user"
    user: int
    change: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn(Fact):
    subject_kind: ClassVar[str] = "user"
    user: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenIssued(Fact):
    """A program may act for a user, with some of the user's rights, until a date."""

    subject_kind: ClassVar[str] = "token"
    token: int
    user: int
    scopes: tuple[str, ...]
    expires_at: datetime | str


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenRevoked(Fact):
    subject_kind: ClassVar[str] = "token"
    token: int
    user: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageTaken(Fact):
    """A program's own message was carried out; sent again, it is answered with what it made the first time."""

    subject_kind: ClassVar[str] = "token"
    token: int
    operation: str
    digest: str
    made: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PurgeProposed(Fact):
    """Somebody asks for a large destruction; `digest` is over the persons that it names."""

    subject_kind: ClassVar[str] = "user"
    user: int
    division: str
    due_on: date | str
    assessed_until: date | str | None
    newest: int
    persons: int
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PurgeApproved(Fact):
    """A second person agreed to a proposed destruction, and to nothing beyond it."""

    subject_kind: ClassVar[str] = "proposal"
    user: int
    proposal: int


KINDS: dict[str, type[Fact]] = {cls.__name__: cls for cls in Fact.__subclasses__()}
