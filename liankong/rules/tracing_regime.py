"""How long is a contact kept apart, which checks fall on which day, and may they go now?

Day 1 is the day after the last exposure. Release is the end of the last stage of being kept apart; home monitoring
that follows is still part of the schedule. A regime of monitoring alone ends with it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from liankong.protocols import Absent, Protocol, Subject
from liankong.protocols.model import Checks, Regime
from liankong.protocols.words import Placement
from liankong.vocabulary.kinds import CheckKind, CheckState, PersonClass, ResultValue
from liankong.vocabulary.spans import aware, local, local_day

SUBJECTS: dict[PersonClass, Subject] = {
    PersonClass.CLOSE_CONTACT: Subject.CLOSE_CONTACT,
    PersonClass.SECONDARY_CONTACT: Subject.SECONDARY_CONTACT,
}
APART = frozenset({Placement.CENTRAL, Placement.HOME_ISOLATION, Placement.HOSPITAL})
ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class StageDays:
    """One stretch of a regime in days of the calendar, both ends included; `path` is where the protocol says so."""

    placement: Placement
    first_on: date
    last_on: date
    tests_on: tuple[date, ...]
    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A regime with its days. `double_test`: two samples on the day of release, tested apart (双采双检)."""

    subject: Subject
    stages: tuple[StageDays, ...]
    release_on: date
    followed_until: date
    double_test: bool

    @property
    def day_one(self) -> date:
        return self.stages[0].first_on

    @property
    def paths(self) -> tuple[str, ...]:
        return tuple(f"{stage.path}.length" for stage in self.stages)


def plan(classification: PersonClass, last_exposed_at: datetime, protocol: Protocol) -> Plan | None:
    """The regime of a class from the last exposure; None where the protocol keeps nobody of that class apart."""
    subject = SUBJECTS.get(classification)
    regime = None if subject is None else regime_of(subject, protocol)
    if subject is None or regime is None:
        return None
    stages, day = [], local_day(last_exposed_at)
    for at, stage in enumerate(regime.stages):
        first, day = day + ONE_DAY, day + timedelta(days=stage.length.value.days)
        numbers = stage.tests.value if stage.tests else ()
        stages.append(
            StageDays(
                placement=stage.place,
                first_on=first,
                last_on=day,
                tests_on=tuple(first + timedelta(days=number - 1) for number in numbers),
                path=f"isolation.regimes.{subject}.stages[{at}]",
            )
        )
    apart = [stage.last_on for stage in stages if stage.placement in APART]
    return Plan(
        subject=subject,
        stages=tuple(stages),
        release_on=max(apart, default=day),
        followed_until=day,
        double_test=regime.double_test is not None and regime.double_test.value,
    )


def regime_of(subject: Subject, protocol: Protocol) -> Regime | None:
    try:
        return protocol.regime(subject)
    except Absent:
        return None


def longest(plans: Iterable[Plan]) -> Plan | None:
    """Of several regimes that hold for one person, the one that ends last."""
    return max(plans, key=lambda one: (one.release_on, one.followed_until, one.subject), default=None)


# --- the schedule -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Due:
    """One thing to be done for a contact. `day` counts from day 1 of the regime; earlier days are 0."""

    due_on: date
    kind: CheckKind
    turn: int = 1
    day: int
    due_at: datetime

    @property
    def key(self) -> tuple[CheckKind, date, int]:
        return self.kind, self.due_on, self.turn


def schedule(of: Plan, protocol: Protocol, *, start_at: datetime, catch_up: bool = True) -> tuple[Due, ...]:
    """Every check from `start_at` on: the protocol's test days, and temperatures on every day.

    With `catch_up`, test days that lie behind become one test on the first day: somebody found late, or promoted late,
    is tested at once.
    """
    checks = checks_of(protocol)
    start_on = local_day(start_at)
    tests = {day for stage in of.stages for day in stage.tests_on}
    if catch_up and any(day < start_on for day in tests) and start_on <= of.release_on:
        tests.add(start_on)
    if of.double_test:
        tests.add(of.release_on)
    found = [_test(day, 1, of, checks, start_at) for day in tests if day >= start_on]
    if of.double_test and of.release_on >= start_on:
        found.append(_test(of.release_on, 2, of, checks, start_at))
    found += _temperatures(of, checks, start_at)
    return tuple(sorted(found))


def checks_of(protocol: Protocol) -> Checks:
    isolation = protocol.document.isolation
    return (isolation.checks if isolation else None) or Checks()


def ring_after(protocol: Protocol) -> timedelta:
    """How long after it was due a check counts as missed."""
    grace = checks_of(protocol).ring_after
    return timedelta(0) if grace is None else grace.value


def visit_within(protocol: Protocol) -> timedelta:
    """How soon somebody goes and looks after a missed check."""
    limit = checks_of(protocol).visit_within
    return timedelta(0) if limit is None else limit.value


def is_fever(celsius: float, protocol: Protocol) -> bool:
    limit = checks_of(protocol).fever
    return limit is not None and celsius >= limit.value


def _test(day: date, turn: int, of: Plan, checks: Checks, start_at: datetime) -> Due:
    due_at = local(day + ONE_DAY) if checks.test_hour is None else local(day, time(checks.test_hour.value))
    if due_at <= start_at:
        # Signed in the evening: there is still the rest of the day.
        due_at = local(day + ONE_DAY)
    return Due(kind=CheckKind.TEST, day=_number(day, of), turn=turn, due_on=day, due_at=due_at)


def _temperatures(of: Plan, checks: Checks, start_at: datetime) -> list[Due]:
    hours = checks.temperature_hours.value if checks.temperature_hours else ()
    day, found = local_day(start_at), []
    while day <= of.followed_until:
        for turn, hour in enumerate(hours, start=1):
            due_at = local(day, time(hour))
            if due_at > aware(start_at):
                found.append(
                    Due(
                        kind=CheckKind.TEMPERATURE,
                        day=_number(day, of),
                        turn=turn,
                        due_on=day,
                        due_at=due_at,
                    )
                )
        day += ONE_DAY
    return found


def _number(day: date, of: Plan) -> int:
    return max((day - of.day_one).days + 1, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A check that exists already: its key, and whether anything has come of it."""

    key: int
    kind: CheckKind
    due_on: date
    turn: int
    due_at: datetime
    state: CheckState


@dataclass(frozen=True, slots=True, kw_only=True)
class Rescheduled:
    """What changes: checks to make, and the keys of those that no longer fall due."""

    make: tuple[Due, ...]
    cancel: tuple[int, ...]


def reschedule(wanted: Sequence[Due], standing: Iterable[Standing], *, now: datetime) -> Rescheduled:
    """Compare a schedule with the checks there are. What was done, missed or is late stays; what lies ahead moves."""
    there = {
        (one.kind, one.due_on, one.turn): one for one in standing if one.state is not CheckState.CANCELLED
    }
    keys = {one.key for one in wanted}
    cancel = [
        one.key
        for at, one in there.items()
        if one.state is CheckState.DUE and one.due_at > now and at not in keys
    ]
    return Rescheduled(
        make=tuple(one for one in wanted if one.key not in there), cancel=tuple(sorted(cancel))
    )


# --- release --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """One condition of release. `text` is an English sentence with {places}, the key of its translation."""

    code: str
    met: bool
    text: str
    values: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """A test of the schedule up to the day of release, and what came out ("" while nothing has)."""

    due_on: date
    value: str = ""


def release_conditions(
    release_on: date | None,
    *,
    today: date,
    tests: Sequence[Sample],
    linkage_open: int = 0,
) -> tuple[Condition, ...]:
    """The checklist of release, each condition with whether it is met.

    `linkage_open` is how many first tests of linked contacts are still unknown.
    """
    if release_on is None:
        return (Condition(code="no_regime", met=True, text="The protocol keeps nobody of this class apart."),)
    due = [one for one in tests if one.due_on <= release_on]
    negative = sum(one.value == ResultValue.NEGATIVE for one in due)
    found = [
        Condition(
            code="day",
            met=today >= release_on,
            text="The last day is {day}.",
            values={"day": release_on.isoformat()},
        ),
        Condition(
            code="tests",
            met=negative == len(due),
            text="{negative} of {tests} tests are negative.",
            values={"negative": negative, "tests": len(due)},
        ),
    ]
    if linkage_open:
        found.append(
            Condition(
                code="linkage",
                met=False,
                text="{tests} of the first tests of the contact whom they met are still open.",
                values={"tests": linkage_open},
            )
        )
    return tuple(found)
