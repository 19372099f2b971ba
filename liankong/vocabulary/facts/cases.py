"""Who is infected, how ill, where from."""

from dataclasses import dataclass
from typing import ClassVar

from liankong.vocabulary.facts.base import Fact
from liankong.vocabulary.kinds import FoundBy, Origin, Outcome, PersonClass, Severity


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

    @property
    def moves_contacts(self) -> bool:
        """Who is no case made nobody a contact; who became one again did."""
        return PersonClass.EXCLUDED in (self.before, self.after)


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseCourseRecorded(Fact):
    """Admission, transfer, severity or outcome."""

    subject_kind: ClassVar[str] = "case"
    case: int
    outcome: Outcome
    severity: Severity | None = None
    hospital: int | None = None
    onset_changed: bool = False

    @property
    def moves_contacts(self) -> bool:
        """Contacts' windows are counted from the onset, where one is known."""
        return self.onset_changed


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
