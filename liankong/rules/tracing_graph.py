"""What do all meetings, tests and cases together make of everybody?

A class can only grow stronger while it is worked out: a meeting counts more when the person met counts more. So there
is one answer, whatever the order in which facts came in, and it is reached in finitely many steps.
"""

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from liankong.protocols import Protocol, Subject
from liankong.protocols.model import Linkage
from liankong.rules import tracing
from liankong.rules.tracing import STRENGTH, Grade, Infected, Link, Meeting
from liankong.rules.tracing_regime import Plan, longest, plan, regime_of
from liankong.rules.why import Why, because
from liankong.vocabulary.kinds import PersonClass, ResultValue
from liankong.vocabulary.spans import Span, local, local_day


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A person's own test: sampled when, what came out."""

    at: datetime
    value: ResultValue


@dataclass(frozen=True, slots=True, kw_only=True)
class Followed:
    """A contact as the graph knows them. `case` is the case that they have become."""

    found_at: datetime
    controlled_at: datetime | None = None
    case: Infected | None = None
    tests: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Graph:
    """Contacts and cases by their keys, and who met whom."""

    contacts: Mapping[int, Followed]
    cases: Mapping[int, Infected] = field(default_factory=dict)
    meetings: tuple[Meeting, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What a contact is. `classification` None: no meeting counts. `grades` has every meeting of theirs."""

    classification: PersonClass | None
    infected: bool
    first_exposed_at: datetime | None
    last_exposed_at: datetime | None
    plan: Plan | None
    grades: Mapping[int, Grade]
    linkage_open: int
    why: Why

    @property
    def release_on(self) -> date | None:
        return None if self.plan is None or self.infected else self.plan.release_on

    @property
    def followed_until(self) -> date | None:
        return None if self.plan is None or self.infected else self.plan.followed_until


def recompute(graph: Graph, protocol: Protocol) -> dict[int, Verdict]:
    """Everybody's class, window and dates. The same graph gives the same answer in any order."""
    work = _Work(graph, protocol)
    work.settle()
    return {key: work.verdict(key) for key in sorted(graph.contacts)}


def infected_of(followed: Followed) -> Infected | None:
    """Whether a contact is infected, as those who met them must know: by a case, else by a positive test."""
    if followed.case is not None:
        return None if followed.case.excluded else followed.case
    positive = min((test.at for test in followed.tests if test.value is ResultValue.POSITIVE), default=None)
    return None if positive is None else Infected(found_at=positive, sampled_at=positive)


def first_tests(followed: Followed, count: int) -> tuple[Finding, ...]:
    """The first so many readable tests since the day on which the person was found to be a contact."""
    since = local(local_day(followed.found_at))
    readable = [test for test in followed.tests if test.at >= since and test.value is not ResultValue.INVALID]
    return tuple(sorted(readable, key=lambda test: (test.at, test.value))[:count])


class _Work:
    """One calculation: grades of meetings, made again for those whose linked contact grew stronger."""

    def __init__(self, graph: Graph, protocol: Protocol) -> None:
        self.graph, self.protocol = graph, protocol
        self.infections = {key: infected_of(one) for key, one in graph.contacts.items()}
        self.linkage = _linkage(protocol)
        self.of: dict[int, list[Meeting]] = {key: [] for key in graph.contacts}
        self.met_by: dict[int, list[int]] = {key: [] for key in graph.contacts}
        for meeting in sorted(graph.meetings, key=lambda one: one.key):
            if meeting.contact not in self.of:
                raise ValueError(f"meeting {meeting.key} is of contact {meeting.contact}, who is not given")
            self.of[meeting.contact].append(meeting)
            if meeting.via is not None:
                if meeting.via not in self.met_by:
                    raise ValueError(f"meeting {meeting.key} is with contact {meeting.via}, who is not given")
                self.met_by[meeting.via].append(meeting.contact)
        self.grades: dict[int, dict[int, Grade]] = {key: {} for key in graph.contacts}
        self.links: dict[int, Link | None] = dict.fromkeys(graph.contacts)

    def settle(self) -> None:
        waiting = deque(sorted(self.graph.contacts))
        queued = set(waiting)
        while waiting:
            key = waiting.popleft()
            queued.discard(key)
            self.grades[key] = {one.key: self._grade(one) for one in self.of[key]}
            link = self._link(key)
            if link != self.links[key]:
                self.links[key] = link
                for other in self.met_by[key]:
                    if other not in queued:
                        queued.add(other)
                        waiting.append(other)

    def _grade(self, meeting: Meeting) -> Grade:
        if meeting.case is not None:
            return tracing.grade(meeting, self.graph.cases[meeting.case], self.protocol)
        via = meeting.via
        assert via is not None  # one of the two stands, Meeting sees to it
        graded = tracing.grade_secondary(meeting, self.links[via], self.protocol)
        if graded.gives is PersonClass.SECONDARY_CONTACT and self.linkage is not None:
            first = first_tests(self.graph.contacts[via], self.linkage.index_tests.value)
            if any(test.value is ResultValue.POSITIVE for test in first):
                graded = tracing.promoted(graded, self.linkage.upgrade_to, self.protocol)
        infected = self.infections[via]
        if infected is not None:
            direct = tracing.grade(meeting, infected, self.protocol)
            # Of two that count for nothing, the reason about the infected person says more.
            graded = tracing.stronger(direct, graded)
        return graded

    def _link(self, key: int) -> Link | None:
        """What somebody is to those who met them: a close contact from their first exposure to their control."""
        close = [
            (meeting, self.grades[key][meeting.key])
            for meeting in self.of[key]
            if self.grades[key][meeting.key].gives is PersonClass.CLOSE_CONTACT
        ]
        begun = [grade.from_at for _meeting, grade in close if grade.from_at is not None]
        if not begun:
            return None
        start, controlled = min(begun), self.graph.contacts[key].controlled_at
        if controlled is not None and controlled < start:
            return None  # under control before the exposure: met nobody afterwards
        return Link(span=Span(start, controlled), kinds=frozenset(meeting.kind for meeting, _grade in close))

    def verdict(self, key: int) -> Verdict:
        grades = self.grades[key]
        ordered = [grades[meeting.key] for meeting in self.of[key]]
        best = max(ordered, key=lambda one: STRENGTH[one.gives], default=None)
        classification = best.gives if best else None
        counting = [one for one in ordered if one.gives is classification and one.from_at and one.until_at]
        chosen = longest(self._plans(ordered))
        infected = self.infections[key] is not None
        return Verdict(
            classification=classification,
            infected=infected,
            first_exposed_at=min((one.from_at for one in counting if one.from_at), default=None),
            last_exposed_at=max((one.until_at for one in counting if one.until_at), default=None),
            plan=chosen,
            grades=grades,
            linkage_open=self._linkage_open(key),
            why=self._why(best, chosen, infected),
        )

    def _plans(self, grades: Iterable[Grade]) -> list[Plan]:
        """The regime that each class asks for, from that class's last exposure: all of them must have ended."""
        last: dict[PersonClass, datetime] = {}
        for one in grades:
            if one.gives is not None and one.until_at is not None:
                last[one.gives] = max(one.until_at, last.get(one.gives, one.until_at))
        found = [plan(gives, at, self.protocol) for gives, at in sorted(last.items())]
        return [one for one in found if one is not None]

    def _linkage_open(self, key: int) -> int:
        """How many first tests of the contacts, on whom a secondary contact's release hangs, are still unknown."""
        if self.linkage is None:
            return 0
        wanted, vias = self.linkage.index_tests.value, set()
        for meeting in self.of[key]:
            if (
                meeting.via is not None
                and self.grades[key][meeting.key].gives is PersonClass.SECONDARY_CONTACT
            ):
                vias.add(meeting.via)
        return sum(wanted - len(first_tests(self.graph.contacts[via], wanted)) for via in vias)

    def _why(self, best: Grade | None, chosen: Plan | None, infected: bool) -> Why:
        if infected:
            return because("tracing.recompute", "They are infected themselves: a case.", self.protocol)
        if best is None:
            return because("tracing.recompute", "No meeting is on record.", self.protocol)
        if best.gives is None or chosen is None:
            return best.why
        numbers = (*best.why.numbers, *(self.protocol.cite(path) for path in chosen.paths))
        return Why(
            rule="tracing.recompute",
            reason=best.why.reason,
            values=best.why.values,
            protocol=best.why.protocol,
            digest=best.why.digest,
            numbers=numbers,
        )


def _linkage(protocol: Protocol) -> Linkage | None:
    regime = regime_of(Subject.SECONDARY_CONTACT, protocol)
    return None if regime is None else regime.linkage
