"""The itinerary as the page shows it: stays in order, the hours that are not known, and stays that contradict."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from liankong import protocols
from liankong.rules import investigation as rules
from liankong.rules.investigation import Held
from liankong.store import tracing
from liankong.store.models import Investigation, Stay
from liankong.vocabulary.spans import Span, local, local_day
from liankong.web.investigation_times import say_clock, say_day, say_end


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the itinerary: a stay, or hours for which none is known (`stay` None)."""

    from_at: datetime
    until_at: datetime
    stay: Stay | None = None
    clashes: tuple[int, ...] = ()
    number: int = 0
    # A gap as the form would take it.
    day: str = ""
    begin: str = ""
    end: str = ""


@dataclass(frozen=True, slots=True)
class Track:
    lines: list[Line]
    stays: int
    gaps: int
    clashes: int
    fresh: int
    window: Span | None
    known: float  # share of the window's hours for which a stay is known, in percent


def track(row: Investigation, stays: Sequence[Stay], *, at: datetime) -> Track:
    """Stays and gaps in order of time. `row.case.outbreak` must be loaded."""
    window = window_of(row, at=at)
    held = [Held(stay.pk, stay.from_at, stay.until_at) for stay in stays]
    gaps = [] if window is None else rules.gaps(held, window)
    clashing: dict[int, list[int]] = {}
    pairs = rules.overlaps(held)
    for one, other in pairs:
        clashing.setdefault(one, []).append(other)
        clashing.setdefault(other, []).append(one)
    numbers = {stay.pk: number for number, stay in enumerate(stays, start=1)}
    lines = [
        Line(
            stay.from_at,
            stay.until_at,
            stay,
            tuple(sorted(numbers[other] for other in clashing.get(stay.pk, ()))),
            numbers[stay.pk],
        )
        for stay in stays
    ]
    lines += [_gap(part) for gap in gaps for part in _by_days(gap)]
    missing = sum((_length(gap) for gap in gaps), timedelta())
    whole = timedelta() if window is None else _length(window)
    return Track(
        lines=sorted(lines, key=lambda line: (line.from_at, line.stay is not None)),
        stays=len(stays),
        gaps=len(gaps),
        clashes=len(pairs),
        fresh=sum(stay.confirmed_at is None for stay in stays),
        window=window,
        known=100 * (1 - missing / whole) if whole else 100,
    )


def window_of(row: Investigation, *, at: datetime) -> Span | None:
    """The days that the itinerary must cover, under the outbreak's protocol."""
    case = row.case
    until = tracing.apart_from(case, at=at)
    return rules.look_back(tracing.infected(case), tracing.protocol_of(case.outbreak), until=until)


def exposure_of(row: Investigation) -> Span | None:
    return rules.exposure_window(row.case.onset_on, protocols.load(row.case.protocol))


def next_line(row: Investigation, stays: Sequence[Stay], *, at: datetime) -> dict[str, Any]:
    """What the next line begins with: where the last stay that was entered ended, with the same mask."""
    if not stays:
        window = window_of(row, at=at)
        begin = window.start if window is not None else local(local_day(at))
        return {"day": say_day(begin), "begin": say_clock(begin)}
    last = max(stays, key=lambda stay: (stay.recorded_at, stay.pk))
    return {
        "day": say_day(last.until_at),
        "begin": say_clock(last.until_at),
        "protection": last.protection,
    }


def near(row: Investigation, *, at: datetime) -> date:
    """The day that a day without its year is nearest to."""
    window = window_of(row, at=at)
    return local_day(at if window is None else window.start)


def _length(span: Span) -> timedelta:
    return timedelta() if span.end is None else span.end - span.start


def _by_days(gap: Span) -> list[Span]:
    """A gap cut at midnight: each part is one line to fill in."""
    parts, begin, end = [], gap.start, gap.end or gap.start
    while begin < end:
        midnight = local(local_day(begin) + timedelta(days=1))
        parts.append(Span(begin, min(midnight, end)))
        begin = parts[-1].end or end
    return parts


def _gap(part: Span) -> Line:
    end = part.end or part.start
    return Line(
        part.start,
        end,
        day=say_day(part.start),
        begin=say_clock(part.start),
        end=say_end(end, part.start),
    )
