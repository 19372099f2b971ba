"""Who must be kept apart, where, until when, and with whom? A site's single room unless the protocol says otherwise.

None of this is ever asked before emergency care: whoever needs a hospital goes, and the record follows.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from liankong.protocols import Absent, Citation, Concept, Protocol, Subject
from liankong.protocols.sites import SiteNorms, site_norms
from liankong.protocols.words import Placement
from liankong.rules.why import Why, because
from liankong.vocabulary.kinds import HomeGround, Mobility, PersonClass
from liankong.vocabulary.spans import aware

RULE = "isolation.place"
SUBJECT_OF = {
    PersonClass.CLOSE_CONTACT: Subject.CLOSE_CONTACT,
    PersonClass.SECONDARY_CONTACT: Subject.SECONDARY_CONTACT,
}
AT_HOME = frozenset({Placement.HOME_ISOLATION, Placement.HOME_MONITORING})


@dataclass(frozen=True, slots=True, kw_only=True)
class StageSpan:
    """One stretch of a regime with its days: `first` is its day 1, `last` the day on which it is complete."""

    number: int
    place: Placement
    first: date
    last: date
    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """What is known of somebody who is to be kept apart. `age` in whole years, None where it is unknown.

    `starts_on` is the day from which the regime counts. `home_granted` and `carer` (another member's key) come from
    an assessment by a person.
    """

    key: int
    subject: Subject
    starts_on: date
    age: int | None = None
    infected: bool = False
    mobility: Mobility = Mobility.WALKS
    grounds: frozenset[HomeGround] = frozenset()
    home_granted: bool = False
    carer: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """Where a member goes. `placement` None: the protocol keeps nobody like them apart.

    Members of one `party` share a room on purpose. `missing` is what a person must settle before this can be signed,
    as an English sentence; "" when nothing is.
    """

    key: int
    placement: Placement | None
    party: int | None = None
    missing: str = ""
    stage: StageSpan | None = None
    why: Why


# --- the regime -------------------------------------------------------------------------------------------


def spans(subject: Subject, protocol: Protocol, *, starts_on: date) -> tuple[StageSpan, ...]:
    """The stages of somebody's regime by day; none where the protocol keeps nobody like them apart.

    The day from which it counts is day 0, so a stage of 14 days from 1 January is complete on 15 January.
    """
    try:
        regime = protocol.regime(subject)
    except Absent:
        return ()
    found, begins = [], starts_on
    for at, stage in enumerate(regime.stages):
        ends = begins + stage.length.value
        path = f"isolation.regimes.{subject}.stages[{at}].length"
        found.append(
            StageSpan(number=at, place=stage.place, first=begins + timedelta(days=1), last=ends, path=path)
        )
        begins = ends
    return tuple(found)


def stage_on(subject: Subject, protocol: Protocol, *, starts_on: date, on: date) -> StageSpan | None:
    """The stage that holds on a day; None once all are over, or where there is none."""
    return next((one for one in spans(subject, protocol, starts_on=starts_on) if on <= one.last), None)


def double_test(subject: Subject, protocol: Protocol) -> Citation | None:
    """The number that asks for two tests at release (双采双检), where the protocol does."""
    try:
        regime = protocol.regime(subject)
    except Absent:
        return None
    if regime.double_test is None or not regime.double_test.value:
        return None
    return protocol.cite(f"isolation.regimes.{subject}.double_test")


def site_swabs(protocol: Protocol) -> Citation | None:
    """The number by which swabs of room and objects block release, where the protocol asks for them."""
    try:
        asked = protocol.isolation.site_swabs_block_release
    except Absent:
        return None
    if asked is None or not asked.value:
        return None
    return protocol.cite("isolation.site_swabs_block_release")


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveBy:
    """By when somebody must have been moved, or must have begun at home."""

    due_at: datetime
    why: Why


def move_by(subject: Subject, determined_at: datetime, protocol: Protocol) -> MoveBy | None:
    """The clock of the move, from the determination; None where the protocol sets none for such people. UTC."""
    secondary = subject is Subject.SECONDARY_CONTACT
    name = "move_secondary" if secondary else "move_contact"
    try:
        limit = protocol.clock(name)
    except Absent:
        return None
    own = subject in (Subject.CLOSE_CONTACT, Subject.SECONDARY_CONTACT)
    text = (
        "The move is due within the limit after: {after}."
        if own
        else "The protocol sets no limit of its own for these people: the one for a close contact is taken."
    )
    why = because("isolation.move_by", text, protocol, f"clocks.{name}", values={"after": limit.after})
    return MoveBy(due_at=aware(determined_at) + limit.value, why=why)


# --- the placement -----------------------------------------------------------------------------------------


def needs_care(member: Member, protocol: Protocol) -> bool:
    """Whether somebody cannot be alone in a room: a minor under the protocol's age, or not able to care for
    themselves.
    """
    if HomeGround.CANNOT_CARE in member.grounds:
        return True
    limit = _minor_age(protocol)
    return member.age is not None and limit is not None and member.age < limit


def home_grounds(member: Member, protocol: Protocol) -> frozenset[HomeGround]:
    """The grounds on which the protocol lets this member isolate at home, once a person has assessed it."""
    limit = _minor_age(protocol)
    if limit is None:
        return frozenset()
    minor = member.age is not None and member.age < limit
    return (member.grounds - {HomeGround.MINOR}) | ({HomeGround.MINOR} if minor else frozenset())


def arrange(
    members: Iterable[Member], protocol: Protocol, *, on: date, norms: SiteNorms | None = None
) -> tuple[Placed, ...]:
    """Place the members of one household (or one person) together.

    A single room each; whoever cannot be alone shares one with a carer of their own; home where the protocol's stage
    is at home, or on its exception after assessment, the carer under the same rule. The order of `members` does not
    matter.
    """
    everyone = sorted(members, key=lambda one: one.key)
    placed = {one.key: place(one, protocol, on=on) for one in everyone}
    by_key = {one.key: one for one in everyone}
    for one in everyone:
        if placed[one.key].placement is None or not needs_care(one, protocol):
            continue
        carer = _carer(one, by_key, placed, protocol, norms or site_norms())
        _together(one, carer, placed, protocol)
    return tuple(placed[one.key] for one in everyone)


def place(member: Member, protocol: Protocol, *, on: date) -> Placed:
    """Where one member goes, without a look at the others."""
    if not protocol.has(Concept.ISOLATION):
        why = because(RULE, "This protocol keeps nobody in isolation.", protocol)
        return Placed(key=member.key, placement=None, why=why)
    if member.infected:
        why = because(RULE, "Infected: to hospital, apart from everybody who is not.", protocol)
        return Placed(key=member.key, placement=Placement.HOSPITAL, why=why)
    stage = stage_on(member.subject, protocol, starts_on=member.starts_on, on=on)
    if stage is None:
        return Placed(key=member.key, placement=None, why=_no_stage(member, protocol))
    if stage.place is not Placement.CENTRAL:
        why = because(RULE, "The protocol's stage for these people is at home.", protocol, stage.path)
        return Placed(key=member.key, placement=stage.place, stage=stage, why=why)
    if member.home_granted and home_grounds(member, protocol):
        why = because(
            RULE,
            "Assessed: home instead of a site, by the protocol's exception.",
            protocol,
            "isolation.home_exception.under_age",
            "isolation.home_exception.reasons",
        )
        return Placed(key=member.key, placement=Placement.HOME_ISOLATION, stage=stage, why=why)
    text = (
        "A site's single room: home was asked for, but no ground of the protocol's exception holds."
        if member.home_granted
        else "A site's single room is the rule."
    )
    why = because(RULE, text, protocol, stage.path)
    return Placed(key=member.key, placement=Placement.CENTRAL, stage=stage, why=why)


def _no_stage(member: Member, protocol: Protocol) -> Why:
    try:
        regime = protocol.regime(member.subject)
    except Absent as absent:
        return because(
            RULE, "Nothing is asked of these people: {absent}.", protocol, values={"absent": str(absent)}
        )
    paths = [f"isolation.regimes.{member.subject}.stages[{at}].length" for at in range(len(regime.stages))]
    return because(RULE, "All stages of the regime are over by that day.", protocol, *paths)


def _minor_age(protocol: Protocol) -> int | None:
    try:
        exception = protocol.isolation.home_exception
    except Absent:
        return None
    return None if exception is None else exception.under_age.value


def _carer(
    member: Member,
    by_key: Mapping[int, Member],
    placed: Mapping[int, Placed],
    protocol: Protocol,
    norms: SiteNorms,
) -> Member | None:
    """The carer that a person named; else the first grown-up of the household who goes to the same kind of place."""
    if member.carer is not None and member.carer in by_key and member.carer != member.key:
        return by_key[member.carer]
    adult = norms.care.adult_age.value
    for other in by_key.values():
        grown = other.age is None or other.age >= adult
        same = (
            other.infected == member.infected and placed[other.key].placement is placed[member.key].placement
        )
        if other.key != member.key and grown and same and not needs_care(other, protocol):
            return other
    return None


def _together(member: Member, carer: Member | None, placed: dict[int, Placed], protocol: Protocol) -> None:
    own = placed[member.key]
    if own.placement is Placement.HOSPITAL:
        return
    if carer is None:
        placed[member.key] = replace(
            own, missing="Cannot be alone: name a carer under the same rule, or assess for home."
        )
        return
    if carer.infected != member.infected:
        placed[member.key] = replace(own, missing="The carer's infection status differs: name another.")
        return
    other = placed[carer.key]
    if own.placement is Placement.HOME_ISOLATION and other.placement is not own.placement:
        why = because(
            RULE,
            "Cares at home for somebody who was assessed, under the same rule.",
            protocol,
            "isolation.home_exception.reasons",
        )
        other = replace(other, placement=own.placement, why=why, stage=own.stage)
    elif other.placement is not own.placement:
        placed[member.key] = replace(
            own, missing="The carer goes elsewhere: name another, or assess for home."
        )
        return
    party = other.party if other.party is not None else carer.key
    placed[carer.key] = replace(other, party=party)
    if own.placement is Placement.CENTRAL:
        why = because(
            RULE,
            "Shares a room with the carer: cannot be alone.",
            protocol,
            "isolation.home_exception.under_age",
            own.stage.path if own.stage else "isolation.home_exception.reasons",
        )
        own = replace(own, why=why)
    placed[member.key] = replace(own, party=party)


# --- the staff ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffTests:
    """When somebody of the closed loop must have been tested again."""

    due_on: date
    late_days: int
    why: Why

    @property
    def late(self) -> bool:
        return self.late_days > 0


def staff_test(
    *,
    entered_on: date,
    last_on: date | None,
    on: date,
    site_hours: int | None = None,
    norms: SiteNorms | None = None,
) -> StaffTests:
    """The next test of somebody who works in the loop, at the site's own interval or the standing one."""
    rules = norms or site_norms()
    every = timedelta(hours=site_hours) if site_hours else rules.staff.test_every.value
    days = max(1, round(every / timedelta(days=1)))
    due = (last_on or entered_on) + timedelta(days=days if last_on else 0)
    why = Why(
        rule="isolation.staff_test",
        reason="A test every {hours} h, by this site's own rule."
        if site_hours
        else "A test every {hours} h.",
        values={"hours": f"{every / timedelta(hours=1):g}"},
        numbers=() if site_hours else (rules.cite("staff.test_every"),),
    )
    return StaffTests(due_on=due, late_days=max(0, (on - due).days), why=why)


@dataclass(frozen=True, slots=True, kw_only=True)
class LeavesLoop:
    """What follows for somebody who leaves the closed loop; no place: the protocol asks for nothing."""

    place: Placement | None = None
    until: date | None = None
    test_days: tuple[date, ...] = field(default_factory=tuple)
    why: Why


def leave_loop(protocol: Protocol, *, on: date) -> LeavesLoop:
    """The monitoring after the loop, from the day of leaving."""
    rule, subject = "isolation.leave_loop", Subject.CLOSED_LOOP_WORKER
    stages = spans(subject, protocol, starts_on=on)
    if not stages:
        why = because(rule, "This protocol states nothing for those who leave the closed loop.", protocol)
        return LeavesLoop(why=why)
    regime = protocol.regime(subject)
    days = tuple(
        span.first + timedelta(days=day - 1)
        for span, stage in zip(stages, regime.stages, strict=True)
        if stage.tests is not None
        for day in stage.tests.value
    )
    why = because(rule, "Monitored after leaving the closed loop.", protocol, *(one.path for one in stages))
    return LeavesLoop(place=stages[0].place, until=stages[-1].last, test_days=days, why=why)
