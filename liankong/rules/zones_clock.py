"""Since when do a zone's days without a new infection count, and what does a positive make of it?"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from liankong.protocols import Protocol
from liankong.protocols.model import ZoneClock
from liankong.protocols.words import ZoneReset, ZoneStart
from liankong.rules.why import Why, because
from liankong.rules.zones import kind_index
from liankong.vocabulary.spans import aware


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """An environment sample inside. `known`: at a point that was positive before, or of the first round."""

    at: datetime
    positive: bool
    known: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockFacts:
    """What happened in a zone.

    `left`: when each infected person of the zone was taken out, None for who is still inside. `new_cases`: when each
    infection inside was found. `transferred`: for contacts of a transferred contact that became a case, when each was
    moved out of the zone, None for who was not. `disinfected`: ends of terminal disinfections. `term_from`: since when
    a term of its own runs, after it was lowered or begun anew by a person; no day before it counts.
    """

    approved_at: datetime
    left: tuple[datetime | None, ...] = ()
    new_cases: tuple[datetime, ...] = ()
    transferred: tuple[datetime | None, ...] = ()
    samples: tuple[Sample, ...] = ()
    disinfected: tuple[datetime, ...] = ()
    term_from: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """`start` is None while the days do not count; `reset` is what they were last begun anew for."""

    start: datetime | None
    reset: ZoneReset | None
    why: Why


@dataclass(frozen=True, slots=True)
class _Moment:
    at: datetime | None
    reset: ZoneReset | None
    reason: str


def clock(facts: ClockFacts, protocol: Protocol) -> Clock:
    """From which moment the days count, from all that happened; the order in which it became known does not matter.

    Each protocol says where the days begin and what begins them anew. Whatever has no end yet (a case still inside,
    a disinfection not done) holds the days until it has.
    """
    stated, resets = protocol.zones.clock, protocol.zones.resets
    begin = _begin(facts, stated)
    moments = [begin]
    base = begin.at
    if facts.term_from is not None:
        moments.append(_Moment(facts.term_from, None, "The days count from the begin of its present term."))
    named = resets.value if resets else ()
    if ZoneReset.NEW_CASE in named:
        moments += _later(facts.new_cases, base, ZoneReset.NEW_CASE, "A new infection was found inside.")
    if ZoneReset.TRANSFERRED_CONTACT in named:
        moments += [
            _Moment(
                moved,
                ZoneReset.TRANSFERRED_CONTACT,
                "New contacts of a transferred contact who fell ill: the days count from their transfer."
                if moved
                else "New contacts of a transferred contact who fell ill are still inside.",
            )
            for moved in facts.transferred
        ]
    if ZoneReset.POSITIVE_POINT in named:
        fresh = [sample.at for sample in facts.samples if sample.positive and not sample.known]
        moments += _later(
            fresh, base, ZoneReset.POSITIVE_POINT, "A new point of the environment is positive."
        )
    waiting = next((one for one in moments if one.at is None), None)
    latest = waiting or max(moments, key=lambda one: aware(one.at) if one.at else aware(facts.approved_at))
    cited = [path for path, there in (("zones.clock", stated), ("zones.resets", resets)) if there is not None]
    start = aware(latest.at) if latest.at is not None else None
    return Clock(start=start, reset=latest.reset, why=because("zones.clock", latest.reason, protocol, *cited))


def _begin(facts: ClockFacts, stated: ZoneClock | None) -> _Moment:
    if stated is None or stated.starts is ZoneStart.APPROVAL:
        begin = _Moment(facts.approved_at, None, "The days count from the approval.")
    elif any(moment is None for moment in facts.left):
        return _Moment(None, None, "An infected person is still inside; the days count from their leaving.")
    else:
        last = max((moment for moment in facts.left if moment is not None), default=facts.approved_at)
        begin = _Moment(last, None, "The days count from the last infected person's leaving.")
    positives = [aware(sample.at) for sample in facts.samples if sample.positive]
    if stated is None or not stated.disinfection or not positives:
        return begin
    ended = [aware(moment) for moment in facts.disinfected if aware(moment) >= max(positives)]
    if not ended:
        return _Moment(
            None, None, "An environment sample is positive; the days count from the end of the disinfection."
        )
    # The first disinfection after the last positive is the one that ends it; later ones change nothing.
    moment = max(aware(begin.at or facts.approved_at), min(ended))
    return _Moment(moment, None, "The days count from the end of the terminal disinfection.")


def _later(
    moments: Iterable[datetime], base: datetime | None, reset: ZoneReset, reason: str
) -> list[_Moment]:
    return [_Moment(one, reset, reason) for one in moments if base is None or aware(one) > aware(base)]


def escalation(code: str, protocol: Protocol) -> tuple[str, Why] | None:
    """The graver kind that a positive inside makes of a zone, where the protocol says so; None where it does not."""
    kind = protocol.zone(code)
    if not kind.on_positive or kind.on_positive == code:
        return None
    why = because(
        "zones.escalation",
        "A positive inside: {before} becomes {after}.",
        protocol,
        f"zones.kinds[{kind_index(protocol, kind.on_positive)}].draw",
        values={"before": kind.english, "after": protocol.zone(kind.on_positive).english},
    )
    return kind.on_positive, why
