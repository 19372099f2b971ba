"""Which hand-over holds up the response now? Each leg's time against the protocol's clock.

A leg runs from one step's end to the next one's: detection to report, report to track, track to contacts, contact to
room, sample to result. What has not arrived yet counts with the time that it has waited, so a leg in which nothing
arrives any more shows at once, and not only when the first late one does.
"""

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from liankong.protocols import Absent, Protocol
from liankong.rules.why import Why, because


class Leg(StrEnum):
    """One hand-over of the response, in the order in which a positive runs through them."""

    DETECTION_TO_REPORT = "detection_to_report"
    REPORT_TO_TRACK = "report_to_track"
    TRACK_TO_CONTACTS = "track_to_contacts"
    CONTACT_TO_ROOM = "contact_to_room"
    SAMPLE_TO_RESULT = "sample_to_result"


@dataclass(frozen=True, slots=True)
class Span:
    """One thing on its way through a leg; `ended_at` None while it is still on it."""

    started_at: datetime
    ended_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """How long a leg may take, and which number of the protocol says so."""

    length: timedelta
    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LegFigures:
    """How a leg stands. Times are spans; `pressure` is the median time as a share of the limit (1.0: all of it)."""

    leg: Leg
    arrived: int
    waiting: int
    late: int
    median: timedelta | None
    longest_wait: timedelta | None
    limit: Limit | None
    pressure: float | None
    why: Why | None = None


def limits(protocol: Protocol) -> dict[Leg, Limit]:
    """The limit of each leg under a protocol; a leg of which it says nothing is missing.

    The track's clock runs from the opening of the case, so the leg from report to track has what the report leaves.
    """
    found = {
        Leg.DETECTION_TO_REPORT: _clock(protocol, "report"),
        Leg.REPORT_TO_TRACK: _clock(protocol, "core_track"),
        Leg.TRACK_TO_CONTACTS: _clock(protocol, "task_dispatch"),
        Leg.CONTACT_TO_ROOM: _clock(protocol, "move_contact"),
        Leg.SAMPLE_TO_RESULT: _turnaround(protocol),
    }
    report, track = found[Leg.DETECTION_TO_REPORT], found[Leg.REPORT_TO_TRACK]
    if report is not None and track is not None and track.length > report.length:
        found[Leg.REPORT_TO_TRACK] = Limit(length=track.length - report.length, path=track.path)
    return {leg: limit for leg, limit in found.items() if limit is not None}


def _clock(protocol: Protocol, name: str) -> Limit | None:
    try:
        return Limit(length=protocol.clock(name).value, path=f"clocks.{name}")
    except Absent:
        return None


def _turnaround(protocol: Protocol) -> Limit | None:
    """The longer of the two turnarounds that a protocol states: a city's tubes are pools."""
    try:
        testing = protocol.testing
    except Absent:
        return None
    for name, found in (
        ("pooled_turnaround", testing.pooled_turnaround),
        ("single_turnaround", testing.single_turnaround),
    ):
        if found is not None:
            return Limit(length=found.value, path=f"testing.{name}")
    return None


def figures(leg: Leg, spans: Sequence[Span], *, now: datetime, protocol: Protocol) -> LegFigures:
    """How one leg stands; what waits counts with the time that it has waited so far."""
    limit = limits(protocol).get(leg)
    waits = [now - span.started_at for span in spans if span.ended_at is None]
    lengths = [span.ended_at - span.started_at for span in spans if span.ended_at is not None] + waits
    return standing(
        leg,
        arrived=len(lengths) - len(waits),
        waiting=len(waits),
        late=0 if limit is None else sum(one > limit.length for one in lengths),
        median=timedelta(seconds=statistics.median(one.total_seconds() for one in lengths))
        if lengths
        else None,
        longest_wait=max(waits, default=None),
        protocol=protocol,
    )


def standing(
    leg: Leg,
    *,
    arrived: int,
    waiting: int,
    late: int,
    median: timedelta | None,
    longest_wait: timedelta | None,
    protocol: Protocol,
) -> LegFigures:
    """The same from counts that something else has made, for legs with millions on them."""
    limit = limits(protocol).get(leg)
    return LegFigures(
        leg=leg,
        arrived=arrived,
        waiting=waiting,
        late=late,
        median=median,
        longest_wait=longest_wait,
        limit=limit,
        pressure=None if limit is None or median is None else median / limit.length,
        why=because("situation.figures", "The limit comes from the protocol.", protocol, limit.path)
        if limit
        else None,
    )


def bottleneck(legs: Mapping[Leg, LegFigures]) -> Leg | None:
    """The leg whose median takes the largest share of its limit while something still waits on it; the earlier one
    of two equals, for what is late there is late everywhere after. None when nothing waits.
    """
    waiting = [one for one in legs.values() if one.waiting and one.pressure is not None]
    if not waiting:
        return None
    order = list(Leg)
    return max(waiting, key=lambda one: (one.pressure or 0.0, -order.index(one.leg))).leg
