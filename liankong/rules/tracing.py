"""Who is a contact of whom, by which criterion of the protocol, and why?

One meeting is graded here; what all meetings of a graph make of everybody is in `tracing_graph`.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from liankong.protocols import Absent, Concept, Protocol, Retired
from liankong.protocols.words import Anchor
from liankong.rules.why import Why, because
from liankong.vocabulary.kinds import ExposureKind, PersonClass, Protection, StayMode
from liankong.vocabulary.spans import Span, aware, local, local_day

RULE = "tracing.grade"

STRENGTH: dict[PersonClass | None, int] = {
    None: 0,
    PersonClass.GENERAL_CONTACT: 1,
    PersonClass.SECONDARY_CONTACT: 2,
    PersonClass.CLOSE_CONTACT: 3,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Infected:
    """An infected person as their contacts' classes depend on them. Excluded: found not to be infected."""

    found_at: datetime
    onset_on: date | None = None
    sampled_at: datetime | None = None
    excluded: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Meeting:
    """One exposure of `contact`: to a case, or to another contact (`via`); never to both.

    `metres` is the least distance, where known; `prolonged` what the investigator says of its length, where asked.
    """

    key: int
    contact: int
    case: int | None = None
    via: int | None = None
    kind: ExposureKind
    from_at: datetime
    until_at: datetime
    metres: float | None = None
    protection: Protection = Protection.UNKNOWN
    prolonged: bool | None = None

    def __post_init__(self) -> None:
        if (self.case is None) == (self.via is None):
            raise ValueError("a meeting is with a case or with a contact, one of them")
        if self.via == self.contact:
            raise ValueError("nobody is their own contact")
        if self.until_at < self.from_at:
            raise ValueError("a meeting ends before it begins")


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A close contact as those who met them depend on it: from the first exposure until under control."""

    span: Span
    kinds: frozenset[ExposureKind]


@dataclass(frozen=True, slots=True, kw_only=True)
class Grade:
    """What one meeting makes of a person (None: no contact), and the part of the meeting that counts for it."""

    gives: PersonClass | None
    criterion: int | None = None
    from_at: datetime | None = None
    until_at: datetime | None = None
    why: Why


def stronger(one: Grade, other: Grade) -> Grade:
    """The stronger of two; the first of two equal ones."""
    return other if STRENGTH[other.gives] > STRENGTH[one.gives] else one


# --- the window ---------------------------------------------------------------------------------------------


def anchor_day(infected: Infected, protocol: Protocol) -> date:
    """The day that the look-back counts from.

    Onset, or sampling of somebody without symptoms. Whoever was positive before the onset counts from the
    sampling: they infected others by then.
    """
    sampled = None if infected.sampled_at is None else local_day(infected.sampled_at)
    if protocol.contact.anchor is Anchor.RASH:
        sampled = None if infected.onset_on is not None else sampled
    known = [day for day in (infected.onset_on, sampled) if day is not None]
    return min(known, default=local_day(infected.found_at))


def infectious_span(infected: Infected, protocol: Protocol) -> Span:
    """When a meeting with the case counts: whole days, from the look-back on; open where nothing ends it."""
    anchor = anchor_day(infected, protocol)
    start = local(anchor - timedelta(days=protocol.contact.look_back.value.days))
    after = protocol.incubation.infectious_after
    return Span(start, None if after is None else local(anchor + timedelta(days=after.value.days + 1)))


def needed_anchor(meeting: Meeting, protocol: Protocol) -> date:
    """The latest onset (or sampling) that would still bring a meeting into the window."""
    return local_day(meeting.until_at) + timedelta(days=protocol.contact.look_back.value.days)


# --- one meeting with a case -----------------------------------------------------------------------------------


def grade(meeting: Meeting, infected: Infected, protocol: Protocol) -> Grade:
    """Grade a meeting with an infected person."""
    gone = contacts_absent(protocol)
    if gone is not None:
        return Grade(gives=None, why=gone)
    if infected.excluded:
        return _nobody("The case was excluded: whoever met that person is not a contact.", protocol)
    span = infectious_span(infected, protocol)
    part = _part(meeting, span)
    values = {"day": anchor_day(infected, protocol).isoformat()}
    if part is None:
        reason = "The meeting lies outside the days that count, reckoned from {day}."
        return _nobody(reason, protocol, "contact.look_back", values=values)
    if _protected(meeting, protocol):
        return _general("There was effective protection.", part, protocol, "contact.protective")
    far = _too_far(meeting, protocol)
    if far:
        return _general(far, part, protocol, "contact.vehicle_distance")
    criterion = _criterion(meeting.kind, protocol)
    if criterion is None:
        reason = "The meeting fits none of the protocol's criteria."
        return _general(reason, part, protocol)
    at, number = criterion
    cited = [f"contact.criteria[{at}]", "contact.look_back"]
    if meeting.kind is ExposureKind.VEHICLE and _stated("contact.vehicle_distance", protocol):
        cited.insert(1, "contact.vehicle_distance")
    why = because(
        RULE,
        "Criterion {number}, within the days that count from {day}: close contact.",
        protocol,
        *cited,
        values={**values, "number": number},
    )
    return Grade(
        gives=PersonClass.CLOSE_CONTACT, criterion=number, from_at=part.start, until_at=part.end, why=why
    )


# --- one meeting with a contact --------------------------------------------------------------------------------


def grade_secondary(meeting: Meeting, link: Link | None, protocol: Protocol) -> Grade:
    """Grade a meeting with somebody who is (link) or is not (None) a close contact."""
    gone = contacts_absent(protocol) or _absent(
        "contact.secondary", Concept.SECONDARY_CONTACTS, protocol, "contacts of contacts"
    )
    if gone is not None:
        return Grade(gives=None, why=gone)
    if link is None:
        return _nobody("The person met is not a close contact.", protocol)
    part = _part(meeting, link.span)
    if part is None:
        reason = (
            "The meeting lies before the contact's first exposure, or after the contact was under control."
        )
        return _nobody(reason, protocol, "contact.secondary")
    if _protected(meeting, protocol):
        return _nobody("There was effective protection.", protocol, "contact.protective")
    far = _too_far(meeting, protocol)
    if far:
        return _nobody(far, protocol, "contact.vehicle_distance")
    criterion = _criterion(meeting.kind, protocol)
    if criterion is None:
        return _nobody("The meeting fits none of the protocol's criteria.", protocol)
    narrowed = _narrowed(meeting, link, protocol)
    if narrowed is not None:
        return narrowed
    at, number = criterion
    why = because(
        RULE,
        "Criterion {number}, with a close contact between their first exposure and their control: "
        "contact of a contact.",
        protocol,
        "contact.secondary",
        f"contact.criteria[{at}]",
        values={"number": number},
    )
    return Grade(
        gives=PersonClass.SECONDARY_CONTACT, criterion=number, from_at=part.start, until_at=part.end, why=why
    )


def promoted(graded: Grade, gives: PersonClass, protocol: Protocol) -> Grade:
    """A secondary contact whose linked contact was positive in one of the first tests."""
    why = because(
        RULE,
        "One of the first tests of the contact whom they met is positive: close contact.",
        protocol,
        "isolation.regimes.secondary_contact.linkage.index_tests",
        "isolation.regimes.secondary_contact.linkage.rule",
    )
    return replace(graded, gives=gives, why=why)


# --- stays -----------------------------------------------------------------------------------------------------

# Two people at home at one address are not one household: who lives together the register says.
KIND_OF: dict[StayMode, ExposureKind] = {
    StayMode.WORK: ExposureKind.SAME_ROOM,
    StayMode.SCHOOL: ExposureKind.SAME_ROOM,
    StayMode.SHOPPING: ExposureKind.SAME_ROOM,
    StayMode.DINING: ExposureKind.SHARED_MEAL,
    StayMode.LEISURE: ExposureKind.SHARED_MEAL,
    StayMode.MEDICAL: ExposureKind.VISIT,
    StayMode.VISIT: ExposureKind.VISIT,
    StayMode.CAR: ExposureKind.VEHICLE,
    StayMode.TAXI: ExposureKind.VEHICLE,
    StayMode.BUS: ExposureKind.VEHICLE,
    StayMode.METRO: ExposureKind.VEHICLE,
    StayMode.TRAIN: ExposureKind.VEHICLE,
    StayMode.FLIGHT: ExposureKind.VEHICLE,
}
SMALL_VEHICLES = frozenset({StayMode.CAR, StayMode.TAXI})


def kind_of_stay(mode: StayMode) -> ExposureKind | None:
    """Which exposure two stays at one place and time are. None: at home, out of doors, unknown."""
    return KIND_OF.get(mode)


def metres_of_stay(mode: StayMode, protocol: Protocol) -> float | None:
    """In a car nobody sits further away than the protocol's limit; elsewhere the distance is not known."""
    limit = protocol.contact.vehicle_distance
    return limit.value if limit is not None and mode in SMALL_VEHICLES else None


# --- parts -----------------------------------------------------------------------------------------------------


def contacts_absent(protocol: Protocol) -> Why | None:
    """Why nobody is a contact under this protocol; None where it determines contacts."""
    return _absent("contact.look_back", Concept.CONTACTS, protocol, "contacts")


def _absent(path: str, concept: Concept, protocol: Protocol, what: str) -> Why | None:
    try:
        protocol.cite(path)
    except Retired as error:
        reason = "This protocol no longer determines {what} ({instrument})."
        return because(RULE, reason, protocol, values={"what": what, "instrument": error.instrument})
    except Absent:
        if not protocol.has(concept):
            return because(RULE, "This protocol does not determine {what}.", protocol, values={"what": what})
        raise
    return None


def _part(meeting: Meeting, span: Span) -> Span | None:
    """The part of a meeting inside a span, its end included; None when there is none."""
    begin, end = max(aware(meeting.from_at), aware(span.start)), aware(meeting.until_at)
    if span.end is not None:
        if begin > aware(span.end):
            return None
        end = min(end, aware(span.end))
    return Span(begin, end) if begin <= end else None


def _protected(meeting: Meeting, protocol: Protocol) -> bool:
    effective = protocol.contact.protective
    return effective is not None and meeting.protection in effective.value


def _too_far(meeting: Meeting, protocol: Protocol) -> str:
    limit = protocol.contact.vehicle_distance
    if limit is None or meeting.kind is not ExposureKind.VEHICLE:
        return ""
    if meeting.metres is None:
        return "In one vehicle, the distance is not known."
    return "In one vehicle, further away than the limit." if meeting.metres > limit.value else ""


def _criterion(kind: ExposureKind, protocol: Protocol) -> tuple[int, int] | None:
    """Where the criterion stands in the protocol's list, and its number."""
    found = enumerate(protocol.contact.criteria)
    return next(((at, one.number) for at, one in found if kind in one.kinds), None)


def _narrowed(meeting: Meeting, link: Link, protocol: Protocol) -> Grade | None:
    """Where a protocol determines only some contacts of contacts: why this one is not among them."""
    kinds, risky = protocol.contact.secondary_kinds, protocol.contact.high_risk_kinds
    if kinds is not None and meeting.kind not in kinds.value:
        reason = "Only those who live, eat, work or play with the contact are determined."
        return _nobody(reason, protocol, "contact.secondary", "contact.secondary_kinds")
    if kinds is not None and meeting.prolonged is False:
        reason = "The meeting was short, and only long ones count here."
        return _nobody(reason, protocol, "contact.secondary", "contact.secondary_kinds")
    if risky is not None and not _any(link.kinds, risky.value):
        reason = "The contact whom they met is not of high risk."
        return _nobody(reason, protocol, "contact.secondary", "contact.high_risk_kinds")
    return None


def _any(kinds: Collection[ExposureKind], wanted: Collection[ExposureKind]) -> bool:
    return not frozenset(kinds).isdisjoint(wanted)


def _stated(path: str, protocol: Protocol) -> bool:
    try:
        protocol.cite(path)
    except Absent:
        return False
    return True


def _nobody(
    reason: str, protocol: Protocol, *cited: str, values: Mapping[str, object] | None = None
) -> Grade:
    return Grade(gives=None, why=because(RULE, reason, protocol, *_known(cited, protocol), values=values))


def _general(reason: str, part: Span, protocol: Protocol, *cited: str) -> Grade:
    """A general contact, where the protocol knows such; else none."""
    if not protocol.has(Concept.GENERAL_CONTACTS):
        return _nobody(reason, protocol, *cited)
    why = because(RULE, reason, protocol, *_known(cited, protocol), "classes.general_contact")
    return Grade(gives=PersonClass.GENERAL_CONTACT, from_at=part.start, until_at=part.end, why=why)


def _known(paths: Collection[str], protocol: Protocol) -> list[str]:
    return [path for path in paths if _stated(path, protocol)]
