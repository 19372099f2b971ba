"""The worked examples inside protocol files, run through the real rules: they are tests and documentation at
once.

An example names a rule, what is given and what must come out; keys of `then` are compared one by one.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from liankong.protocols import Evidence, Protocol, Subject
from liankong.protocols.leaves import duration_text
from liankong.protocols.model import Example
from liankong.rules import cases, lab, tracing_examples, zones_examples
from liankong.vocabulary.kinds import PersonClass, ResultValue, TubeKind
from liankong.vocabulary.spans import SHANGHAI

Given = Mapping[str, Any]
Outcome = dict[str, object]


class ExampleError(ValueError):
    """An example that cannot be run: an unknown rule, or something given or expected that the rule does not
    know.
    """


@dataclass(frozen=True, slots=True)
class Difference:
    """What an example expects and what the rule says instead."""

    key: str
    expected: object
    actual: object

    def __str__(self) -> str:
        return f"{self.key}: expected {self.expected!r}, the rule says {self.actual!r}"


def run(example: Example, protocol: Protocol) -> tuple[Difference, ...]:
    """Run one example under its protocol; empty when all comes out as written. Raises `ExampleError`."""
    rule = RULES.get(example.rule)
    if rule is None:
        raise ExampleError(f"{example.name}: no rule {example.rule!r}; there are {', '.join(RULES)}")
    try:
        outcome = rule(example.given, protocol)
    except (KeyError, TypeError, ValueError) as error:
        raise ExampleError(f"{example.name}: {error}") from error
    missing = [key for key in example.then if key not in outcome]
    if missing:
        known = ", ".join(outcome)
        raise ExampleError(f"{example.name}: {example.rule} gives no {missing[0]!r}; it gives {known}")
    return tuple(
        Difference(key, expected, outcome[key])
        for key, expected in example.then.items()
        if outcome[key] != expected
    )


def _interpret(given: Given, protocol: Protocol) -> Outcome:
    rest = _only(given, "value", "tube_kind", "members", "ct", "subject")
    decision = lab.interpret(
        ResultValue(rest["value"]),
        TubeKind(rest["tube_kind"]),
        rest["members"],
        protocol,
        ct=rest.get("ct"),
        subject=Subject(rest["subject"]) if "subject" in rest else None,
    )
    return {
        "action": decision.action.value,
        "open_for": list(decision.open_for),
        "retest": list(decision.retest),
        "hold": decision.hold,
        "within": duration_text(decision.within),
    }


def _facts(given: Given) -> cases.CaseFacts:
    words = dict(given)
    words["laboratory"] = Evidence(words.get("laboratory", Evidence.NONE))
    words["signs"] = frozenset(words.get("signs", ()))
    return cases.CaseFacts(**words)


def _classify(given: Given, protocol: Protocol) -> Outcome:
    found = cases.classify(_facts(given), protocol)
    return {
        "classification": found.classification.value,
        "severity": found.severity.value if found.severity else "",
        "row": found.row,
    }


def _reclassify(given: Given, protocol: Protocol) -> Outcome:
    words = _only(given, "before", "after", "reason", "facts")
    verdict = cases.reclassify(
        PersonClass(words["before"]),
        PersonClass(words["after"]),
        protocol,
        reason=words.get("reason", ""),
        facts=_facts(words["facts"]) if "facts" in words else None,
    )
    return {"allowed": verdict.allowed, "change": verdict.change.value if verdict.change else ""}


def _report_deadline(given: Given, protocol: Protocol) -> Outcome:
    found_at = datetime.fromisoformat(_only(given, "found_at")["found_at"])
    return {"due_at": cases.report_deadline(found_at, protocol).due_at.astimezone(SHANGHAI).isoformat()}


def _origin_of(given: Given, protocol: Protocol) -> Outcome:
    words = _only(given, "entered", "reference", "local_source")
    found = cases.origin_of(
        entered=date.fromisoformat(words["entered"]) if "entered" in words else None,
        reference=date.fromisoformat(words["reference"]),
        protocol=protocol,
        local_source=words.get("local_source", False),
    )
    return {"origin": found.origin.value}


def _has(given: Given, protocol: Protocol) -> Outcome:
    answers = {protocol.has(concept) for concept in _only(given, "concepts")["concepts"]}
    return {"has": answers.pop() if len(answers) == 1 else "some"}


def _cite(given: Given, protocol: Protocol) -> Outcome:
    found = protocol.cite(_only(given, "path")["path"])
    return {"value": found.value, "grade": found.grade.value, "instrument": found.instrument}


RULES: dict[str, Callable[[Given, Protocol], Outcome]] = {
    "lab.interpret": _interpret,
    "cases.classify": _classify,
    "cases.reclassify": _reclassify,
    "cases.report_deadline": _report_deadline,
    "cases.origin_of": _origin_of,
    "protocol.has": _has,
    "protocol.cite": _cite,
    **zones_examples.RULES,
    **tracing_examples.RULES,
}


def _only(given: Given, *known: str) -> dict[str, Any]:
    """What is given, with an unknown word refused: a misspelt one would make the example say nothing."""
    strange = [key for key in given if key not in known]
    if strange:
        raise ValueError(f"unknown {strange[0]!r} in given; known are {', '.join(known)}")
    return dict(given)
