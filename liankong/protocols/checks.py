"""What types alone cannot say of a protocol: references that point nowhere, days that do not fit,
self-contradiction.
"""

import dataclasses
from collections.abc import Iterator
from typing import Any

from liankong.protocols.leaves import Sourced
from liankong.protocols.model import Document, Stage
from liankong.protocols.words import PATHS_OF, Concept
from liankong.vocabulary.kinds import PersonClass

Fault = tuple[str, str]

SCHEMA = 1
_CLASS_OF = {
    Concept.PENDING_REVIEW: PersonClass.PENDING_REVIEW,
    Concept.ASYMPTOMATIC: PersonClass.ASYMPTOMATIC,
    Concept.SUSPECTED: PersonClass.SUSPECTED,
}


def contradictions(document: Document) -> Iterator[Fault]:
    """Every (key, what was expected) at which the document contradicts itself."""
    yield from _head(document)
    yield from _instruments(document)
    yield from _retired(document)
    yield from _stages(document)
    yield from _zones(document)
    yield from _cases(document)


def walk(value: object, path: str = "") -> Iterator[tuple[str, Sourced]]:
    """Every sourced value below `value` with its dotted path, in the order of the model."""
    if isinstance(value, Sourced):
        yield path, value
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        for field in dataclasses.fields(value):
            yield from walk(getattr(value, field.name), f"{path}.{field.name}" if path else field.name)
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from walk(item, f"{path}.{key}")
    elif isinstance(value, tuple):
        for index, item in enumerate(value):
            yield from walk(item, f"{path}[{index}]")


def get(value: object, path: str) -> Any:
    """What stands at a dotted path, None where nothing does."""
    for step in path.split("."):
        value = value.get(step) if isinstance(value, dict) else getattr(value, step, None)
        if value is None:
            return None
    return value


def _head(document: Document) -> Iterator[Fault]:
    if document.schema != SCHEMA:
        yield "schema", f"expected {SCHEMA}, got {document.schema}"
    period = document.in_force
    if period.last_day is not None and period.last_day < period.first_day:
        yield "in_force.last_day", f"expected a day not before {period.first_day}, got {period.last_day}"
    for index, code in enumerate(document.divisions):
        if not (code.isascii() and code.isdigit() and len(code) in (2, 4, 6, 9, 12)):
            yield f"divisions[{index}]", f"expected a division code of 2, 4, 6, 9 or 12 digits, got {code!r}"


def _instruments(document: Document) -> Iterator[Fault]:
    for path, leaf in walk(document):
        if leaf.instrument not in document.instruments:
            known = ", ".join(sorted(document.instruments))
            yield f"{path}.instrument", f"expected one of {known}, got {leaf.instrument!r}"


def _retired(document: Document) -> Iterator[Fault]:
    for concept in document.retired:
        for path in PATHS_OF[concept]:
            if get(document, path) is not None:
                yield path, f"expected nothing here, because retired.{concept} does away with it"
        given = _CLASS_OF.get(concept)
        for index, row in enumerate(document.cases.rows):
            if row.gives is given:
                yield f"cases.rows[{index}]", f"expected no row that gives {given}, because it is retired"


def _stages(document: Document) -> Iterator[Fault]:
    groups: list[tuple[str, tuple[Stage, ...]]] = []
    if document.isolation is not None:
        for subject, regime in document.isolation.regimes.items():
            if not regime.stages:
                yield f"isolation.regimes.{subject}.stages", "expected at least one stage"
            groups.append((f"isolation.regimes.{subject}.stages", regime.stages))
    if document.zones is not None:
        for index, kind in enumerate(document.zones.kinds):
            groups.append((f"zones.kinds[{index}].residents", kind.residents))
    for path, stages in groups:
        for index, stage in enumerate(stages):
            days = stage.length.value.days
            late = [day for day in (stage.tests.value if stage.tests else ()) if not 1 <= day <= days]
            if late:
                yield f"{path}[{index}].tests.value", f"expected days from 1 to {days}, got {late[0]}"


def _zones(document: Document) -> Iterator[Fault]:
    if document.zones is None:
        return
    codes = [kind.code for kind in document.zones.kinds]
    for index, kind in enumerate(document.zones.kinds):
        path = f"zones.kinds[{index}]"
        named = {"on_positive": kind.on_positive, "lift.then": kind.lift.then}
        named |= {f"lift.all_lifted[{at}]": code for at, code in enumerate(kind.lift.all_lifted)}
        for key, code in named.items():
            if code and code not in codes:
                yield f"{path}.{key}", f"expected one of {', '.join(codes)}, got {code!r}"
        if codes.index(kind.code) != index:
            yield f"{path}.code", f"expected a code that no other kind has, got {kind.code!r}"
    for index, order in enumerate(document.zones.orders):
        for at, code in enumerate(order.kinds):
            if code not in codes:
                yield (
                    f"zones.orders[{index}].kinds[{at}]",
                    f"expected one of {', '.join(codes)}, got {code!r}",
                )


def _cases(document: Document) -> Iterator[Fault]:
    cases = document.cases
    signs = {sign.code for sign in cases.signs}
    used = [(f"cases.rows[{at}]", (*row.signs_all, *row.signs_any)) for at, row in enumerate(cases.rows)]
    used += [(f"cases.severity[{at}].signs_any", row.signs_any) for at, row in enumerate(cases.severity)]
    for path, codes in used:
        for code in codes:
            if code not in signs:
                yield path, f"expected signs of cases.signs ({', '.join(sorted(signs))}), got {code!r}"
    for index, severity in enumerate(cases.severity):
        for at, threshold in enumerate(severity.thresholds):
            if (threshold.at_least is None) == (threshold.at_most is None):
                yield f"cases.severity[{index}].thresholds[{at}]", "expected either at_least or at_most"
    met: set[tuple[PersonClass, PersonClass]] = set()
    for index, move in enumerate(cases.transitions):
        if (move.before, move.after) in met or move.before is move.after:
            yield f"cases.transitions[{index}]", "expected two different classes, and each pair once"
        met.add((move.before, move.after))
