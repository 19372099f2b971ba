"""A protocol as rules read it: sections that answer, or say clearly that they are retired or were never
stated.
"""

import re
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

from liankong.protocols.checks import get
from liankong.protocols.errors import Retired, Unstated
from liankong.protocols.leaves import Grade, Sourced, text_of
from liankong.protocols.model import (
    AreaTesting,
    Clock,
    Contact,
    Document,
    Example,
    Incubation,
    Isolation,
    Laboratory,
    Regime,
    Testing,
    ZoneKind,
    Zones,
)
from liankong.protocols.model_cases import Cases
from liankong.protocols.words import PATHS_OF, Concept, Subject
from liankong.vocabulary.kinds import PersonClass

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Citation:
    """A value as a decision quotes it: where it stands, what it says, who said so, how sure we are."""

    path: str
    value: str
    instrument: str
    grade: Grade
    note: str = ""

    def __str__(self) -> str:
        return f"{self.path} = {self.value} ({self.instrument}, {self.grade})"


@dataclass(frozen=True, slots=True)
class Protocol:
    """An issued protocol. `digest` names this very text, so that a decision can be traced to it."""

    document: Document
    path: Path
    digest: str

    @property
    def id(self) -> str:
        return self.document.id

    @property
    def name(self) -> str:
        return self.document.name

    @property
    def english(self) -> str:
        return self.document.english

    @property
    def pathogen(self) -> str:
        return self.document.pathogen

    @property
    def divisions(self) -> tuple[str, ...]:
        """Where it holds, as division codes; empty means the whole nation."""
        return self.document.divisions

    @property
    def examples(self) -> tuple[Example, ...]:
        return self.document.example

    def holds(self, day: date, division: str | None = None) -> bool:
        """Whether it was in force on a day in a division (None: anywhere in the nation, so only national
        ones).
        """
        if not self.document.in_force.holds(day):
            return False
        return not self.divisions or (division is not None and division.startswith(self.divisions))

    # --- sections: each raises Retired or Unstated where there is nothing to read ---

    @property
    def incubation(self) -> Incubation:
        return self.document.incubation

    @property
    def cases(self) -> Cases:
        return self.document.cases

    @property
    def contact(self) -> Contact:
        return self._section("contact", Contact)

    @property
    def isolation(self) -> Isolation:
        return self._section("isolation", Isolation)

    @property
    def zones(self) -> Zones:
        return self._section("zones", Zones)

    @property
    def testing(self) -> Testing:
        return self._section("testing", Testing)

    @property
    def area_testing(self) -> AreaTesting:
        return self._section("testing.area", AreaTesting)

    @property
    def laboratory(self) -> Laboratory:
        return self.document.laboratory

    def clock(self, name: str) -> Clock:
        """A time limit by its name, such as "report"."""
        return self._section(f"clocks.{name}", Clock)

    def regime(self, subject: Subject) -> Regime:
        """How long, where and with which tests somebody is kept apart."""
        return self._section(f"isolation.regimes.{subject}", Regime)

    def zone(self, code: str) -> ZoneKind:
        """A kind of zone by its code."""
        for kind in self.zones.kinds:
            if kind.code == code:
                return kind
        raise Unstated(protocol=self.id, what=f"zones of kind {code}")

    def has(self, concept: str | Concept) -> bool:
        """Whether the protocol works with a concept: neither retired nor silent on it. Raises ValueError
        otherwise.
        """
        wanted = Concept(concept)
        if wanted in self.document.retired:
            return False
        gives = {
            Concept.PENDING_REVIEW: PersonClass.PENDING_REVIEW,
            Concept.ASYMPTOMATIC: PersonClass.ASYMPTOMATIC,
            Concept.SUSPECTED: PersonClass.SUSPECTED,
        }.get(wanted)
        if gives is not None:
            return any(row.gives is gives for row in self.cases.rows)
        return any(get(self.document, path) is not None for path in PATHS_OF[wanted])

    def cite(self, path: str) -> Citation:
        """A sourced value by its dotted path, such as "clocks.report" or "cases.rows[2]".

        Raises `Retired` or `Unstated`, the latter also when the path leads to a whole table.
        """
        return self.citation(path, self._section(re.sub(r"\[(\d+)\]", r".\1", path), Sourced))

    def citation(self, path: str, leaf: Sourced) -> Citation:
        return Citation(path, describe(leaf), self.instrument(leaf.instrument), leaf.grade, leaf.note)

    def instrument(self, key: str) -> str:
        """The title of an instrument."""
        return self.document.instruments[key].title

    def _section(self, path: str, kind: type[T]) -> T:
        for concept, retirement in self.document.retired.items():
            if any(path == gone or path.startswith(gone + ".") for gone in PATHS_OF[concept]):
                raise Retired(
                    protocol=self.id, what=concept, instrument=self.instrument(retirement.instrument)
                )
        value: Any = self.document
        for step in path.split("."):
            value = _item(value, step) if isinstance(value, tuple) else get(value, step)
            if value is None:
                raise Unstated(protocol=self.id, what=path)
        if not isinstance(value, kind):
            raise Unstated(protocol=self.id, what=path)
        return value


def _item(items: tuple[Any, ...], step: str) -> Any:
    return items[int(step)] if step.isdigit() and int(step) < len(items) else None


def describe(leaf: Sourced) -> str:
    """A sourced value with its unit, for people: "14 d", "1, 4, 7 day of the stage", "below 35 Ct"."""
    value = getattr(leaf, "value", None)
    if value is None:
        for name in ("gives", "change", "name"):
            if (value := getattr(leaf, name, None)) is not None:
                break
        else:
            low, high = getattr(leaf, "at_least", None), getattr(leaf, "at_most", None)
            value = (
                f"at least {low:g}" if low is not None else f"at most {high:g}" if high is not None else "yes"
            )
    unit = getattr(leaf, "unit", "")
    return f"{text_of(value)} {unit}".strip()
