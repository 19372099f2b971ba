"""By when must a case's track be known, which hours of it are not, and where may the case have been infected?"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from liankong.protocols import Absent, Protocol
from liankong.rules import tracing
from liankong.rules.cases import Deadline
from liankong.rules.tracing import Infected
from liankong.rules.why import because
from liankong.vocabulary.spans import Span, aware, local

# A platform's own limit, not a policy: shorter breaks between two stays are the way from one to the other.
SHORTEST_GAP = timedelta(minutes=30)


# --- clocks -------------------------------------------------------------------------------------------------


def track_deadline(opened_at: datetime, protocol: Protocol) -> Deadline | None:
    """By when the core of the track must be known; None where the protocol sets no such limit. UTC."""
    return _deadline(
        "investigation.track_deadline",
        "core_track",
        "The core investigation is due within the limit after: {after}.",
        opened_at,
        protocol,
    )


def report_deadline(opened_at: datetime, protocol: Protocol) -> Deadline | None:
    """By when the preliminary report (初步流调报告) is due; None where the protocol sets no such limit. UTC."""
    return _deadline(
        "investigation.report_deadline",
        "preliminary_report",
        "The preliminary report is due within the limit after: {after}.",
        opened_at,
        protocol,
    )


def _deadline(rule: str, clock: str, reason: str, at: datetime, protocol: Protocol) -> Deadline | None:
    try:
        limit = protocol.clock(clock)
    except Absent:
        return None
    why = because(rule, reason, protocol, f"clocks.{clock}", values={"after": limit.after})
    return Deadline(due_at=aware(at) + limit.value, why=why)


# --- windows ------------------------------------------------------------------------------------------------


def look_back(infected: Infected, protocol: Protocol, *, until: datetime) -> Span | None:
    """The days that an itinerary must cover: from the protocol's look-back to when the case met nobody any more
    (`until`: isolated, or now). None where the protocol determines no contacts.
    """
    if tracing.contacts_absent(protocol) is not None:
        return None
    span = tracing.infectious_span(infected, protocol)
    end = aware(until) if span.end is None else min(aware(until), aware(span.end))
    return Span(span.start, max(end, span.start))


def exposure_window(onset_on: date | None, protocol: Protocol) -> Span | None:
    """When the case was infected, from the onset and the incubation: whole days, the first and the last included.

    None without an onset, or where the protocol states no incubation.
    """
    incubation = protocol.incubation
    if onset_on is None or incubation.longest is None:
        return None
    shortest = timedelta() if incubation.shortest is None else incubation.shortest.value
    first = onset_on - timedelta(days=incubation.longest.value.days)
    last = onset_on - timedelta(days=shortest.days)
    return Span(local(first), local(last + timedelta(days=1)))


# --- the itinerary -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Held:
    """A stay as its time is judged: [from, until)."""

    key: int
    from_at: datetime
    until_at: datetime


def gaps(stays: Iterable[Held], window: Span, *, shortest: timedelta = SHORTEST_GAP) -> list[Span]:
    """The parts of a window for which no stay is known, of at least `shortest`, in order."""
    if window.end is None:
        raise ValueError("a window without an end has gaps without end")
    found, at = [], window.start
    for stay in sorted(stays, key=lambda one: one.from_at):
        begin = min(max(stay.from_at, window.start), window.end)
        if begin - at >= shortest:
            found.append(Span(at, begin))
        at = max(at, min(stay.until_at, window.end))
    if window.end - at >= shortest:
        found.append(Span(at, window.end))
    return found


def overlaps(stays: Sequence[Held]) -> list[tuple[int, int]]:
    """Pairs of stays that share time: nobody is in two places at once. Keys, the earlier stay first."""
    ordered = sorted(stays, key=lambda one: (one.from_at, one.until_at, one.key))
    found: list[tuple[int, int]] = []
    open_stays: list[Held] = []
    for stay in ordered:
        open_stays = [one for one in open_stays if one.until_at > stay.from_at]
        if stay.until_at > stay.from_at:
            found += [(one.key, stay.key) for one in open_stays]
            open_stays.append(stay)
    return found


def stay_fault(
    *, from_at: datetime, until_at: datetime, now: datetime, somewhere: bool
) -> tuple[str, str] | None:
    """The field at fault of a stay and a sentence that says what was expected; None when it may stand."""
    if until_at < from_at:
        return "until_at", "a stay ends after it begins"
    if from_at > now:
        return "from_at", "a stay lies in the past"
    if not somewhere:
        return "place", "say where: a place of the register, a place in words, or a vehicle"
    return None
