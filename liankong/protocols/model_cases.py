"""The shape of a protocol's tables of cases: signs, classes, severities, and from which class one may go to which."""

from dataclasses import dataclass

from liankong.protocols.leaves import Duration, Sourced, Strict
from liankong.protocols.words import Change, Evidence, Measure
from liankong.vocabulary.kinds import PersonClass, Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class Sign(Sourced):
    """A sign that the case table knows. Only symptoms end somebody's being asymptomatic."""

    code: str
    name: str
    english: str
    symptom: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassRow(Sourced):
    """A row of the classification table; the first whose stated columns all hold decides. Unstated: any."""

    code: str
    gives: PersonClass
    laboratory: Evidence | None = None
    reviewed: bool | None = None
    epi_link: bool | None = None
    symptoms: bool | None = None
    signs_all: tuple[str, ...] = ()
    signs_any: tuple[str, ...] = ()
    signs_at_least: int = 0
    rule: str
    english: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Threshold(Sourced):
    measure: Measure
    at_least: float | None = None
    at_most: float | None = None
    unit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SeverityRow(Sourced):
    """A row of the severity table, gravest first: any sign or any threshold suffices; none stated: the rest."""

    gives: Severity
    signs_any: tuple[str, ...] = ()
    thresholds: tuple[Threshold, ...] = ()
    english: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Transition(Sourced):
    before: PersonClass
    after: PersonClass
    change: Change
    needs_reason: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Cases(Strict):
    import_window: Duration
    signs: tuple[Sign, ...]
    rows: tuple[ClassRow, ...]
    severity: tuple[SeverityRow, ...] = ()
    transitions: tuple[Transition, ...]
