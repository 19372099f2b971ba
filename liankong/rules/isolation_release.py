"""May this person leave the site? A checklist: the day, the tests, the double test, the swabs of the room.

It is asked for release alone. Nobody's way to a hospital passes through it.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from liankong.protocols import Protocol, Subject
from liankong.protocols.words import Placement
from liankong.rules.isolation import StageSpan, double_test, site_swabs, spans
from liankong.rules.why import Why, because
from liankong.vocabulary.kinds import ResultValue

RULE = "isolation.release"


class Item(StrEnum):
    DAY = "day"
    TESTS = "tests"
    DOUBLE_TEST = "double_test"
    ROOM_SWABS = "room_swabs"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One condition: met or not, and why, with the numbers that it rests on."""

    item: Item
    met: bool
    why: Why


@dataclass(frozen=True, slots=True, kw_only=True)
class DueTest:
    """A test of the schedule: `value` None while it has not been done, or was missed."""

    on: date
    value: ResultValue | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Swab:
    """A swab of the room, or a sample of the site's surroundings, in order of time."""

    at: float
    value: ResultValue
    where: str = "room"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseFacts:
    """What is known of somebody inside. `results` are days of own results that were negative or positive.

    `contact_released`: a person has signed the end of the whole regime, which outweighs the day that we count here.
    """

    subject: Subject
    starts_on: date
    on: date
    due_tests: tuple[DueTest, ...] = ()
    results: tuple[tuple[date, ResultValue], ...] = ()
    swabs: tuple[Swab, ...] = ()
    contact_released: bool = False
    granted_home: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Checklist:
    """All lines must be met. `on` is the day from which the day's line holds; `then` the stage that follows."""

    lines: tuple[Line, ...]
    on: date | None
    then: StageSpan | None = None
    missing: tuple[Line, ...] = field(default_factory=tuple)

    @property
    def met(self) -> bool:
        return not self.missing

    @property
    def progress(self) -> tuple[int, int]:
        return len(self.lines) - len(self.missing), len(self.lines)


def checklist(facts: ReleaseFacts, protocol: Protocol) -> Checklist:
    """The conditions of leaving a site under a protocol, each with its reason.

    Home isolation has no room to be swabbed: its last condition does not apply where `granted_home` holds.
    """
    stages = spans(facts.subject, protocol, starts_on=facts.starts_on)
    here = _inside(stages, at_home=facts.granted_home)
    lines = [_day(facts, here, protocol), _tests(facts, protocol)]
    if (asked := double_test(facts.subject, protocol)) is not None:
        lines.append(_double(facts, here, protocol, asked.path))
    if not facts.granted_home and (swabs := site_swabs(protocol)) is not None:
        lines.append(_swabs(facts.swabs, protocol, swabs.path))
    then = stages[here.number + 1] if here is not None and here.number + 1 < len(stages) else None
    return Checklist(
        lines=tuple(lines),
        on=here.last if here else None,
        then=None if facts.contact_released else then,
        missing=tuple(line for line in lines if not line.met),
    )


def _inside(stages: tuple[StageSpan, ...], *, at_home: bool) -> StageSpan | None:
    """The stage that is served here: at a site, the central one; at home, the last of the regime."""
    central = [one for one in stages if one.place is Placement.CENTRAL]
    if central and not at_home:
        return central[-1]
    return stages[-1] if stages else None


def _day(facts: ReleaseFacts, here: StageSpan | None, protocol: Protocol) -> Line:
    if facts.contact_released:
        why = because(RULE, "The contact was released by signature.", protocol)
        return Line(item=Item.DAY, met=True, why=why)
    if here is None:
        why = because(RULE, "The protocol asks for no stay.", protocol)
        return Line(item=Item.DAY, met=True, why=why)
    left = (here.last - facts.on).days
    text = "{left} days are left, until {last}." if left > 0 else "The stay is complete since {last}."
    values = {"left": left, "last": here.last.isoformat()}
    return Line(item=Item.DAY, met=left <= 0, why=because(RULE, text, protocol, here.path, values=values))


def _tests(facts: ReleaseFacts, protocol: Protocol) -> Line:
    """Every test that fell due must have been done and be negative; one positive ends the matter here."""
    paths = _test_paths(facts.subject, protocol)
    values = {value for _day, value in facts.results} | {one.value for one in facts.due_tests}
    if ResultValue.POSITIVE in values:
        why = because(RULE, "A test is positive: this is a matter for a hospital, not for release.", protocol)
        return Line(item=Item.TESTS, met=False, why=why)
    done = {day for day, value in facts.results if value is ResultValue.NEGATIVE}
    due = [one for one in facts.due_tests if one.on <= facts.on]
    open_days = sorted(
        {one.on for one in due if one.value is not ResultValue.NEGATIVE and one.on not in done}
    )
    if open_days:
        values_ = {"days": ", ".join(day.isoformat() for day in open_days)}
        why = because(RULE, "Tests without a negative result: {days}.", protocol, *paths, values=values_)
        return Line(item=Item.TESTS, met=False, why=why)
    if not due and not done and paths:
        why = because(RULE, "No test is on record.", protocol, *paths)
        return Line(item=Item.TESTS, met=False, why=why)
    count = max(len({one.on for one in due}), len(done))
    why = because(RULE, "{count} tests, all negative.", protocol, *paths, values={"count": count})
    return Line(item=Item.TESTS, met=True, why=why)


def _test_paths(subject: Subject, protocol: Protocol) -> tuple[str, ...]:
    regime = protocol.document.isolation.regimes.get(subject) if protocol.document.isolation else None
    if regime is None:
        return ()
    return tuple(
        f"isolation.regimes.{subject}.stages[{at}].tests"
        for at, stage in enumerate(regime.stages)
        if stage.tests is not None
    )


def _double(facts: ReleaseFacts, here: StageSpan | None, protocol: Protocol, path: str) -> Line:
    """双采双检: two samples on the last test day or after it, both negative."""
    last = max((one.on for one in facts.due_tests if here is None or one.on <= here.last), default=None)
    if last is None:
        last = here.last if here else facts.on
    days = [day for day, value in facts.results if value is ResultValue.NEGATIVE and day >= last]
    checks = [one for one in facts.due_tests if one.value is ResultValue.NEGATIVE and one.on >= last]
    found = max(len(days), len(checks))
    values = {"found": found, "last": last.isoformat()}
    text = "{found} of 2 negative samples since {last}."
    return Line(item=Item.DOUBLE_TEST, met=found >= 2, why=because(RULE, text, protocol, path, values=values))


def _swabs(swabs: Iterable[Swab], protocol: Protocol, path: str) -> Line:
    """The latest swab of each place counts: a positive blocks until a later one excludes it."""
    latest: dict[str, Swab] = {}
    for one in sorted(swabs, key=lambda swab: swab.at):
        if one.value is not ResultValue.INVALID:
            latest[one.where] = one
    positive = sorted(where for where, one in latest.items() if one.value is ResultValue.POSITIVE)
    if positive:
        text, met = "Positive and not yet excluded: {where}.", False
    elif "room" not in latest:
        text, met = "The room has not been swabbed yet.", False
    else:
        text, met = "The room's latest swab is negative.", True
    why = because(RULE, text, protocol, path, values={"where": ", ".join(positive)})
    return Line(item=Item.ROOM_SWABS, met=met, why=why)
