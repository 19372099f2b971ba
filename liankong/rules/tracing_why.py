"""Why is this person a contact, until when, and what would change it?

What would change it is not written down beforehand: the rules are run again with one thing different, and what comes
out is compared. So an answer holds under whichever protocol is in force.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any

from liankong.protocols import Protocol
from liankong.rules import tracing
from liankong.rules.tracing import STRENGTH, Meeting
from liankong.rules.tracing_graph import Finding, Graph, Verdict, infected_of, recompute
from liankong.rules.why import Why
from liankong.vocabulary.kinds import PersonClass, Protection, ResultValue


@dataclass(frozen=True, slots=True, kw_only=True)
class Otherwise:
    """One thing that would change the answer, and the answer then.

    `text` is an English sentence with {places}, the key of its translation. `classification` None: no contact.
    """

    code: str
    text: str
    values: Mapping[str, object] = field(default_factory=dict)
    classification: PersonClass | None
    infected: bool
    release_on: date | None

    def body(self) -> dict[str, Any]:
        return {
            "code": self.code,
            "if": self.text.format(**self.values),
            "template": self.text,
            "values": dict(self.values),
            "classification": None if self.classification is None else self.classification.value,
            "becomes_case": self.infected,
            "release_on": None if self.release_on is None else self.release_on.isoformat(),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """The verdict on one contact, each meeting with its own reason, and what would change the verdict."""

    verdict: Verdict
    meetings: tuple[tuple[Meeting, Why], ...]
    otherwise: tuple[Otherwise, ...]


def explain(graph: Graph, contact: int, protocol: Protocol, *, now: datetime) -> Explanation:
    """Explain a contact of the graph at a moment. Raises KeyError for one who is not in it."""
    verdict = recompute(graph, protocol)[contact]
    own = sorted((one for one in graph.meetings if one.contact == contact), key=lambda one: one.key)
    found = []
    if not verdict.infected:
        for code, text, values, changed in _changes(graph, contact, verdict, protocol, now):
            then = recompute(changed, protocol)[contact]
            if (then.classification, then.infected, then.release_on) != (
                verdict.classification,
                verdict.infected,
                verdict.release_on,
            ):
                found.append(
                    Otherwise(
                        code=code,
                        text=text,
                        values=values,
                        classification=then.classification,
                        infected=then.infected,
                        release_on=then.release_on,
                    )
                )
    return Explanation(
        verdict=verdict,
        meetings=tuple((one, verdict.grades[one.key].why) for one in own),
        otherwise=tuple(found),
    )


Change = tuple[str, str, dict[str, object], Graph]


def _changes(
    graph: Graph, contact: int, verdict: Verdict, protocol: Protocol, now: datetime
) -> Iterator[Change]:
    """Graphs that differ in one thing from the one there is."""
    yield (
        "own_positive",
        "if a test of theirs is positive",
        {},
        _tested(graph, contact, ResultValue.POSITIVE, now),
    )
    own = [one for one in graph.meetings if one.contact == contact]
    strongest = max(
        own, key=lambda one: (STRENGTH[verdict.grades[one.key].gives], one.until_at), default=None
    )
    if strongest is not None and verdict.grades[strongest.key].gives is not None:
        yield from _later(graph, strongest, now)
        yield from _protected(graph, contact, verdict, protocol)
    yield from _linked(graph, own, now)
    yield from _cases(graph, own, protocol)


def _later(graph: Graph, strongest: Meeting, now: datetime) -> Iterator[Change]:
    again = replace(strongest, key=_unused(graph), from_at=now, until_at=now)
    text = "if a further meeting of the same kind is recorded today"
    yield "later_exposure", text, {}, replace(graph, meetings=(*graph.meetings, again))


def _protected(graph: Graph, contact: int, verdict: Verdict, protocol: Protocol) -> Iterator[Change]:
    effective = protocol.contact.protective
    if effective is None or not effective.value:
        return
    kind = Protection(effective.value[0])
    meetings = tuple(
        replace(one, protection=kind)
        if one.contact == contact and verdict.grades[one.key].gives is verdict.classification
        else one
        for one in graph.meetings
    )
    text = "if it turns out that there was effective protection"
    yield "protected", text, {}, replace(graph, meetings=meetings)


def _linked(graph: Graph, own: list[Meeting], now: datetime) -> Iterator[Change]:
    for via in sorted({one.via for one in own if one.via is not None}):
        if infected_of(graph.contacts[via]) is None:
            text = "if contact {contact}, whom they met, tests positive"
            changed = _tested(graph, via, ResultValue.POSITIVE, now)
            yield "linked_positive", text, {"contact": via}, changed


def _cases(graph: Graph, own: list[Meeting], protocol: Protocol) -> Iterator[Change]:
    for case in sorted({one.case for one in own if one.case is not None}):
        infected = graph.cases[case]
        if infected.excluded:
            continue
        without = {**graph.cases, case: replace(infected, excluded=True)}
        text = "if case {case} is excluded"
        yield "case_excluded", text, {"case": case}, replace(graph, cases=without)
        if tracing.contacts_absent(protocol) is not None:
            continue
        anchor = tracing.anchor_day(infected, protocol)
        for day in sorted({tracing.needed_anchor(one, protocol) for one in own if one.case == case}):
            # The latest day that keeps (or brings) a meeting in, and the first that leaves it out.
            for moved in (day, day + timedelta(days=1)):
                if moved == anchor or (moved == day) == (moved > anchor):
                    continue
                known = {**graph.cases, case: replace(infected, onset_on=moved, sampled_at=None)}
                text = (
                    "if the onset of case {case} turns out to be on {day} or before"
                    if moved < anchor
                    else "if the onset of case {case} turns out to be on {day} or after"
                )
                values: dict[str, object] = {"case": case, "day": moved.isoformat()}
                yield "onset", text, values, replace(graph, cases=known)


def _tested(graph: Graph, contact: int, value: ResultValue, at: datetime) -> Graph:
    followed = graph.contacts[contact]
    tested = replace(followed, case=None, tests=(*followed.tests, Finding(at=at, value=value)))
    return replace(graph, contacts={**graph.contacts, contact: tested})


def _unused(graph: Graph) -> int:
    return max((one.key for one in graph.meetings), default=0) + 1
