"""Who read, changed or destroyed what; who holds which post."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar

from liankong.vocabulary.facts.base import Fact


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
