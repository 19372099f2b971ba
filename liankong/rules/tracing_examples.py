"""The worked examples of tracing in protocol files, run through the real rules (see `rules.examples`)."""

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from liankong.protocols import Protocol
from liankong.rules import tracing, tracing_regime
from liankong.rules.tracing import Infected, Meeting
from liankong.rules.tracing_graph import Finding, Followed, Graph, recompute
from liankong.vocabulary.kinds import CheckKind, ExposureKind, PersonClass, Protection, ResultValue

Given = Mapping[str, Any]
Outcome = dict[str, object]
HOUR = timedelta(hours=1)


def _known(given: Given, *names: str) -> None:
    strange = [key for key in given if key not in names]
    if strange:
        raise ValueError(f"unknown {strange[0]!r} in given; known are {', '.join(names)}")


def _meeting(given: Given, *, key: int = 1, contact: int = 1, **whom: int) -> Meeting:
    from_at = datetime.fromisoformat(given["met_at"])
    return Meeting(
        key=key,
        contact=contact,
        kind=ExposureKind(given["kind"]),
        from_at=from_at,
        until_at=from_at + HOUR,
        metres=given.get("metres"),
        protection=Protection(given.get("protection", Protection.UNKNOWN)),
        prolonged=given.get("prolonged"),
        **whom,
    )


def _grade(given: Given, protocol: Protocol) -> Outcome:
    """One meeting with a case, whose onset (or sampling) is given: what it makes of the person."""
    _known(given, "kind", "met_at", "metres", "protection", "prolonged", "onset", "sampled_at")
    meeting = _meeting(given, case=1)
    infected = Infected(
        found_at=meeting.until_at,
        onset_on=date.fromisoformat(given["onset"]) if "onset" in given else None,
        sampled_at=datetime.fromisoformat(given["sampled_at"]) if "sampled_at" in given else None,
    )
    found = tracing.grade(meeting, infected, protocol)
    return {"gives": found.gives.value if found.gives else "", "criterion": found.criterion or 0}


def _secondary(given: Given, protocol: Protocol) -> Outcome:
    """Somebody met a close contact; what the tests of that one, a day apart, make of them."""
    _known(given, "kind", "met_at", "prolonged", "linked_tests")
    meeting = _meeting(given, key=2, contact=2, via=1)
    first = Meeting(
        key=1,
        contact=1,
        case=1,
        kind=ExposureKind.HOUSEHOLD,
        from_at=meeting.from_at - HOUR,
        until_at=meeting.from_at,
    )
    tests = tuple(
        Finding(at=meeting.until_at + timedelta(days=day), value=ResultValue(value))
        for day, value in enumerate(given.get("linked_tests", ()), start=1)
    )
    graph = Graph(
        contacts={
            1: Followed(found_at=meeting.until_at, tests=tests),
            2: Followed(found_at=meeting.until_at),
        },
        cases={1: Infected(found_at=meeting.until_at, sampled_at=meeting.until_at)},
        meetings=(first, meeting),
    )
    found = recompute(graph, protocol)[2]
    return {
        "gives": found.classification.value if found.classification else "",
        "release_on": found.release_on.isoformat() if found.release_on else "",
        "linked_tests_open": found.linkage_open,
    }


def _schedule(given: Given, protocol: Protocol) -> Outcome:
    """The regime of a class from its last exposure, signed at an hour: last days, and the days of tests."""
    _known(given, "class", "last_exposed_at", "signed_at")
    last = datetime.fromisoformat(given["last_exposed_at"])
    of = tracing_regime.plan(PersonClass(given["class"]), last, protocol)
    if of is None:
        return {"release_on": "", "followed_until": "", "tests_on": []}
    start = datetime.fromisoformat(given["signed_at"]) if "signed_at" in given else last
    due = tracing_regime.schedule(of, protocol, start_at=start)
    return {
        "release_on": of.release_on.isoformat(),
        "followed_until": of.followed_until.isoformat(),
        "tests_on": [one.due_on.isoformat() for one in due if one.kind is CheckKind.TEST],
    }


RULES: dict[str, Callable[[Given, Protocol], Outcome]] = {
    "tracing.grade": _grade,
    "tracing.secondary": _secondary,
    "tracing.schedule": _schedule,
}
