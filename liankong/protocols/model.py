"""The shape of a protocol file: frozen tables of sourced values. Numbers and tables only; control flow is
Python's.

A section that a protocol does not have is None here; `Protocol` (protocol.py) turns that into a clear answer.
"""

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from liankong.protocols.leaves import (
    Amount,
    Count,
    Counts,
    Duration,
    Flag,
    Sourced,
    Statement,
    Strict,
)
from liankong.protocols.model_cases import Cases
from liankong.protocols.words import (
    Anchor,
    ClockStart,
    Concept,
    Placement,
    Subject,
    ZoneGround,
    ZoneReset,
    ZoneStart,
    ZoneTask,
    ZoneUnit,
)
from liankong.vocabulary.kinds import ExposureKind, PersonClass, Protection, TubeKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Instrument(Strict):
    title: str
    english: str = ""
    issued: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class InForce(Sourced):
    """Both days belong to the period; no last day means still in force."""

    first_day: date
    last_day: date | None = None

    def holds(self, day: date) -> bool:
        return self.first_day <= day and (self.last_day is None or day <= self.last_day)


@dataclass(frozen=True, slots=True, kw_only=True)
class Incubation(Strict):
    """From infection to onset, and when a case infects others (before and after the anchor of `contact`)."""

    longest: Duration | None = None
    shortest: Duration | None = None
    usual_from: Duration | None = None
    usual_to: Duration | None = None
    infectious_before: Duration | None = None
    infectious_after: Duration | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock(Duration):
    """A time limit for a task, from an event."""

    after: str
    task: str
    scope: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Clocks(Strict):
    report: Clock | None = None
    report_without_network: Clock | None = None
    review: Clock | None = None
    core_track: Clock | None = None
    investigation: Clock | None = None
    preliminary_report: Clock | None = None
    specimen: Clock | None = None
    reswab: Clock | None = None
    move_contact: Clock | None = None
    move_secondary: Clock | None = None
    inquiry_feedback: Clock | None = None
    task_list: Clock | None = None
    task_dispatch: Clock | None = None
    limit_movement: Clock | None = None
    confirm_track: Clock | None = None
    correct_report: Clock | None = None
    vaccinate_contact: Clock | None = None
    protect_contact: Clock | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Criterion(Statement):
    """One numbered way to be a close contact. `kinds` are the exposures that it means."""

    number: int
    kinds: tuple[ExposureKind, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ExposureKinds(Sourced):
    value: tuple[ExposureKind, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Protections(Sourced):
    value: tuple[Protection, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact(Strict):
    look_back: Duration
    anchor: Anchor
    criteria: tuple[Criterion, ...] = ()
    vehicle_distance: Amount | None = None
    protective: Protections | None = None  # what counts as effective protection
    secondary: Statement | None = None
    # Where only some contacts of contacts are determined: by which exposures, to which contacts.
    secondary_kinds: ExposureKinds | None = None
    high_risk_kinds: ExposureKinds | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage(Strict):
    """One stretch of a regime. Days of `tests` count within the stage, from 1."""

    place: Placement
    length: Duration
    tests: Counts | None = None
    tests_at_least: Count | None = None
    specimen: Statement | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Start(Sourced):
    value: ClockStart


@dataclass(frozen=True, slots=True, kw_only=True)
class Linkage(Strict):
    """A secondary contact's fate hangs on the first tests of the contact between them and the case."""

    index_tests: Count
    release_on_day: Count
    upgrade_to: PersonClass
    rule: Statement


@dataclass(frozen=True, slots=True, kw_only=True)
class Regime(Strict):
    starts: Start
    stages: tuple[Stage, ...]
    double_test: Flag | None = None  # 双采双检 at release
    linkage: Linkage | None = None
    waived_after: Duration | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HomeException(Strict):
    """Who may isolate at home instead of at a site, after assessment."""

    under_age: Count
    reasons: Statement


@dataclass(frozen=True, slots=True, kw_only=True)
class Checks(Strict):
    """What is done for everybody under a regime each day, and when it counts as missed."""

    temperature_hours: Counts | None = None
    test_hour: Count | None = None
    ring_after: Duration | None = None
    visit_within: Duration | None = None
    fever: Amount | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Isolation(Strict):
    regimes: dict[Subject, Regime]
    checks: Checks | None = None
    home_exception: HomeException | None = None
    site_swabs_block_release: Flag | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Lift(Strict):
    """All stated conditions must hold. `then` is the kind of zone it becomes for `then_for`; "" means none."""

    no_new: Duration | None = None
    contacts_clear: Duration | None = None
    full_round_within: Duration | None = None
    full_round_on_day: Count | None = None
    all_lifted: tuple[str, ...] = ()
    then: str = ""
    then_for: Duration | None = None
    rule: Statement


@dataclass(frozen=True, slots=True, kw_only=True)
class ZoneClock(Sourced):
    """Where a zone's days begin. `disinfection`: after a positive environment sample, at the end of the terminal
    disinfection instead.
    """

    starts: ZoneStart
    disinfection: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ZoneResets(Sourced):
    value: tuple[ZoneReset, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ZoneOrder(Duration):
    """What must be done within a time of the approval, in zones of these kinds."""

    task: ZoneTask
    kinds: tuple[str, ...]
    name: str
    english: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ZoneKind(Strict):
    """Kinds stand in a file gravest first. `drawn_for` is empty where a kind only follows another one."""

    code: str
    name: str
    english: str
    units: tuple[ZoneUnit, ...]
    drawn_for: tuple[ZoneGround, ...] = ()
    review_after: Duration | None = None
    expires_after: Duration | None = None
    draw: Statement
    draw_look_back: Duration | None = None
    measure: Statement
    residents: tuple[Stage, ...] = ()
    tests: Counts | None = None
    antigen_tests: Counts | None = None
    on_positive: str = ""
    lift: Lift


@dataclass(frozen=True, slots=True, kw_only=True)
class Zones(Strict):
    scheme: str
    kinds: tuple[ZoneKind, ...]
    travellers_look_back: Duration | None = None
    clock_start: Statement | None = None
    clock_reset: Statement | None = None
    clock: ZoneClock | None = None
    resets: ZoneResets | None = None
    appeal_answer: Duration | None = None
    orders: tuple[ZoneOrder, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundDeadline(Duration):
    """A round must end in `value` in places of up to `up_to` people (none: of any size)."""

    up_to: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Frequency(Duration):
    """Who is tested how often: one test in every `value`."""

    who: str
    english: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop(Strict):
    clean_rounds: Count
    wait: Duration | None = None
    confirming_rounds: Count | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AreaTesting(Strict):
    deadlines: tuple[RoundDeadline, ...]
    least_rounds: Count | None = None
    frequencies: tuple[Frequency, ...] = ()
    stop: Stop | None = None
    rule: Statement | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Mode(Sourced):
    """Into which tube whose swabs go."""

    who: str
    english: str
    tube: TubeKind
    sizes: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Testing(Strict):
    area: AreaTesting | None = None
    pool_sizes: Counts | None = None
    modes: tuple[Mode, ...] = ()
    single_turnaround: Duration | None = None
    pooled_turnaround: Duration | None = None
    people_per_site: Counts | None = None
    people_per_sampler: Count | None = None
    most_per_day: Count | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CtRule(Amount):
    """For these subjects a result counts as positive below this cycle threshold."""

    subject: Subject


@dataclass(frozen=True, slots=True, kw_only=True)
class Laboratory(Strict):
    recall_pool: Flag
    diagnose_from_pool: Flag
    pool_limit: Count | None = None
    repooling: Flag | None = None  # joining tubes that are pools already
    dilution_below: Amount | None = None  # positivity under which the laboratory may pool single swabs
    positive_below: tuple[CtRule, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Cluster(Count):
    """So many cases in one kind of place within a time are an outbreak (聚集性疫情, 暴发)."""

    place: str
    english: str
    within: Duration


@dataclass(frozen=True, slots=True, kw_only=True)
class Example(Strict):
    """A worked example: `rule` is called with `given`, and each key of `then` must come out."""

    name: str
    rule: str
    given: dict[str, Any] = field(default_factory=dict)
    then: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Document(Strict):
    """A whole file, overlays applied. `without` names what an overlay does not take over from its base."""

    schema: int
    id: str
    pathogen: str
    name: str
    english: str
    summary: str = ""
    extends: str = ""
    without: tuple[str, ...] = ()
    divisions: tuple[str, ...] = ()
    in_force: InForce
    instruments: dict[str, Instrument]
    retired: dict[Concept, Sourced] = field(default_factory=dict)
    classes: dict[PersonClass, Statement] = field(default_factory=dict)
    incubation: Incubation = field(default_factory=Incubation)
    clocks: Clocks = field(default_factory=Clocks)
    contact: Contact | None = None
    isolation: Isolation | None = None
    zones: Zones | None = None
    testing: Testing | None = None
    laboratory: Laboratory
    cases: Cases
    clusters: tuple[Cluster, ...] = ()
    example: tuple[Example, ...] = ()
