"""When was each case infected, and when did it infect? Windows under the protocol, as bars by day and as a table."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from liankong.protocols import Protocol
from liankong.rules import tracing
from liankong.rules.investigation import exposure_window
from liankong.store.models import Case
from liankong.store.tracing import apart_from, infected, protocol_of
from liankong.vocabulary.spans import Span, local, local_day

ROWS = 60
LEFT, LANE, TOP = 90, 18, 26
# A day is this wide, or wider while all of them still fit beside the list.
DAY, WIDEST_DAY, ROOM = 14, 40, 760


@dataclass(frozen=True, slots=True)
class Windows:
    """One case: the days on which it was exposed (stated, else from the incubation), fell ill, and infected others.

    Days are inclusive; None where the protocol or the case does not say.
    """

    pk: int
    number: str
    classification: str
    exposed_from: date | None
    exposed_to: date | None
    stated: bool
    onset: date | None
    infectious_from: date | None
    infectious_to: date | None

    @property
    def days(self) -> list[date]:
        parts = (self.exposed_from, self.exposed_to, self.onset, self.infectious_from, self.infectious_to)
        return [day for day in parts if day is not None]


def windows(cases: Iterable[int], *, today: date, limit: int = ROWS) -> list[Windows]:
    """Of cases by their keys, by onset, at most `limit`. Two queries; an end is isolation, admission or today."""
    rows = list(
        Case.objects.filter(pk__in=list(cases))
        .select_related("outbreak")
        .order_by("onset_on", "found_at", "pk")[:limit]
    )
    protocols = {row.outbreak.protocol: protocol_of(row.outbreak) for row in rows}
    return [_windows(row, protocols[row.outbreak.protocol], today) for row in rows]


def _windows(row: Case, protocol: Protocol, today: date) -> Windows:
    stated = row.exposed_from is not None or row.exposed_to is not None
    exposed = _days(exposure_window(row.onset_on, protocol))
    if stated:
        exposed = (row.exposed_from or row.exposed_to, row.exposed_to or row.exposed_from)
    begin = end = None
    if tracing.contacts_absent(protocol) is None:
        span = tracing.infectious_span(infected(row), protocol)
        begin = local_day(span.start)
        met = Span(span.start, apart_from(row, at=local(today + timedelta(days=1))))
        end = max(begin, min(day for one in (span, met) if (day := _last(one)) is not None))
    return Windows(
        pk=row.pk,
        number=row.number,
        classification=row.classification,
        exposed_from=exposed[0],
        exposed_to=exposed[1],
        stated=stated,
        onset=row.onset_on,
        infectious_from=begin,
        infectious_to=end,
    )


def _days(span: Span | None) -> tuple[date | None, date | None]:
    return (None, None) if span is None else (local_day(span.start), _last(span))


def _last(span: Span) -> date | None:
    """The last day of a span that ends at midnight."""
    return None if span.end is None else local_day(span.end - timedelta(seconds=1))


@dataclass(frozen=True, slots=True)
class Bar:
    """One case in the picture, in its units: x and width of each window, x of the onset."""

    row: Windows
    y: int
    exposed: tuple[int, int] | None
    infectious: tuple[int, int] | None
    onset: int | None

    @property
    def text_y(self) -> int:
        return self.y + 10

    @property
    def mark_y(self) -> int:
        return self.y + 6

    @property
    def thin_y(self) -> int:
        return self.y + 3


@dataclass(frozen=True, slots=True)
class Tick:
    x: int
    day: date


@dataclass(frozen=True, slots=True)
class Gantt:
    bars: list[Bar]
    ticks: list[Tick]
    width: int
    height: int


def gantt(rows: Sequence[Windows]) -> Gantt | None:
    """The picture's coordinates; None when no day is known."""
    days = [day for row in rows for day in row.days]
    if not days:
        return None
    first, last = min(days), max(days)
    length = (last - first).days + 1
    wide = max(DAY, min(WIDEST_DAY, ROOM // length))

    def at(day: date) -> int:
        return LEFT + (day - first).days * wide

    def bar(begin: date | None, end: date | None) -> tuple[int, int] | None:
        return None if begin is None or end is None else (at(begin), at(end) - at(begin) + wide)

    bars = [
        Bar(
            row,
            TOP + number * LANE,
            bar(row.exposed_from, row.exposed_to),
            bar(row.infectious_from, row.infectious_to),
            None if row.onset is None else at(row.onset) + wide // 2,
        )
        for number, row in enumerate(rows)
    ]
    every = max(1, -(-length // 16))
    ticks = [
        Tick(at(first + timedelta(days=step)), first + timedelta(days=step))
        for step in range(0, length, every)
    ]
    return Gantt(bars, ticks, LEFT + length * wide + 10, TOP + len(rows) * LANE + 6)
