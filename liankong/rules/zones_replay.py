"""Did real zones keep a protocol's spans? Published lists of risk areas, seen at intervals, against the rule.

A list shows an area from the first time somebody looked to the last; it was drawn after the look before the first
and ended before the look after the last. So a span is known between two bounds, and a protocol's term counts as
reached when the longest span that fits the looks reaches it. The instruments count calendar days with the first
one included ("the seventh day, everybody negative"), so a term of seven days may end on the seventh.
"""

import re
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from liankong.protocols import Protocol
from liankong.protocols.words import ZoneUnit
from liankong.rules.zones import allowed
from liankong.vocabulary.spans import aware, local_day

# Published word -> code of the kind in the risk-area scheme.
LEVELS: dict[str, str] = {
    "high": "high",
    "mid": "medium",
    "medium": "medium",
    "low": "low",
    "高风险区": "high",
    "中风险区": "medium",
    "低风险区": "low",
}
# An area's name ends in what it is drawn by; the smallest unit that is named decides. Lists name doors and floors too.
_UNITS: tuple[tuple[ZoneUnit, re.Pattern[str]], ...] = (
    (ZoneUnit.STAIR, re.compile(r"[\d一二三四五六七八九十A-Za-z]\s*(?:个?单元|门|梯)")),
    (
        ZoneUnit.BUILDING,
        re.compile(r"号?楼|\d\s*[栋幢座]|[A-Za-z]座|公寓|宾馆|酒店|超市|排\d|号院|\d+号(?!楼)"),
    ),
    (ZoneUnit.VILLAGE, re.compile(r"村(?!.*(?:号|排|条))")),
)
# "except ..." names what is left out, so what remains is a whole compound, street or more.
_REST = re.compile(r"除|以外|外的?(?:其他)?区域|其他区域|全域")


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """One area on the published lists, at one level, from the first look to the last that showed it. UTC."""

    row: int
    kind: str
    county: str
    name: str
    first_seen: datetime
    last_seen: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """A listing with the bounds of its span. `open`: the lists end while it still stands."""

    listing: Listing
    after: datetime  # drawn later than this
    before: datetime  # ended earlier than this
    unit: ZoneUnit
    ends_open: bool
    starts_open: bool

    @property
    def shortest(self) -> timedelta:
        return self.listing.last_seen - self.listing.first_seen

    @property
    def longest(self) -> timedelta:
        return self.before - self.after

    @property
    def days(self) -> int:
        """Calendar days on which it was listed, first and last included."""
        return (local_day(self.listing.last_seen) - local_day(self.listing.first_seen)).days + 1

    @property
    def most_days(self) -> int:
        """Calendar days on which it may have stood, first and last included."""
        return (local_day(self.before) - local_day(self.after)).days + 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """All that was listed of one area, in order."""

    county: str
    name: str
    stretches: tuple[Stretch, ...]

    @property
    def kinds(self) -> tuple[str, ...]:
        return tuple(one.listing.kind for one in self.stretches)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """How many of `judged` stretches reached a term: `surely` by the listed days alone, `possibly` between looks."""

    term: str
    days: int
    judged: int
    surely: int
    possibly: int
    short: int
    listed_days: Mapping[int, int] = field(default_factory=dict)

    @property
    def kept(self) -> int:
        return self.surely + self.possibly


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """What the lists say under one protocol."""

    protocol: str
    listings: int
    by_kind: Mapping[str, int]
    courses: Mapping[str, int]
    by_unit: Mapping[str, int]
    units_allowed: Mapping[str, tuple[int, int]]  # kind -> (of a lawful unit, all)
    lowered: int  # high, and medium at the next look
    tallies: tuple[Tally, ...]


def stretches(listings: Sequence[Listing]) -> tuple[Stretch, ...]:
    """Bounds of every listing from the looks that all listings together show."""
    looks = sorted({aware(one.first_seen) for one in listings} | {aware(one.last_seen) for one in listings})
    found = []
    for one in listings:
        before = bisect_left(looks, aware(one.first_seen)) - 1
        behind = bisect_right(looks, aware(one.last_seen))
        found.append(
            Stretch(
                listing=one,
                after=looks[before] if before >= 0 else aware(one.first_seen),
                before=looks[behind] if behind < len(looks) else aware(one.last_seen),
                unit=unit_of_name(one.name),
                starts_open=before < 0,
                ends_open=behind >= len(looks),
            )
        )
    return tuple(found)


def courses(found: Sequence[Stretch]) -> tuple[Course, ...]:
    """What was listed of each area, by its name within its county, in the order of the looks."""
    by_area: dict[tuple[str, str], list[Stretch]] = {}
    for one in found:
        by_area.setdefault((one.listing.county, one.listing.name), []).append(one)
    return tuple(
        Course(
            county=county,
            name=name,
            stretches=tuple(sorted(parts, key=lambda one: (one.listing.first_seen, one.listing.last_seen))),
        )
        for (county, name), parts in by_area.items()
    )


def unit_of_name(name: str) -> ZoneUnit:
    """The unit that an area's published name shows: a stair, a building, a village, else a compound."""
    if _REST.search(name):
        return ZoneUnit.COMPOUND
    for unit, pattern in _UNITS:
        if pattern.search(name):
            return unit
    return ZoneUnit.COMPOUND


def replay(listings: Sequence[Listing], protocol: Protocol) -> Replay:
    """Judge every listing that began while the protocol was in force. Raises Retired where it has no zones."""
    kinds = {kind.code for kind in protocol.zones.kinds}
    every = stretches(listings)
    mine = [one for one in every if protocol.holds(local_day(one.listing.first_seen))]
    ours = courses(mine)
    units: dict[str, tuple[int, int]] = {}
    for code in sorted({one.listing.kind for one in mine} & kinds):
        kind = protocol.zone(code)
        of_kind = [one for one in mine if one.listing.kind == code]
        units[code] = (sum(allowed(one.unit, kind) for one in of_kind), len(of_kind))
    return Replay(
        protocol=protocol.id,
        listings=len(mine),
        by_kind=dict(Counter(one.listing.kind for one in mine)),
        courses=dict(Counter(" → ".join(course.kinds) for course in ours)),
        by_unit=dict(Counter(one.unit.value for one in mine)),
        units_allowed=units,
        lowered=sum(_follows(course, "high", "medium") is not None for course in ours),
        tallies=_tallies(mine, ours, protocol),
    )


def _tallies(mine: Sequence[Stretch], ours: Sequence[Course], protocol: Protocol) -> tuple[Tally, ...]:
    """Each term of the protocol over the stretches that it governs and that ended while it held."""
    last_day = protocol.document.in_force.last_day or date.max
    closed = [
        one for one in mine if not one.ends_open and not one.starts_open and local_day(one.before) <= last_day
    ]
    served = {id(after) for course in ours if (after := _follows(course, "high", "medium")) is not None}
    found = []
    for kind in protocol.zones.kinds:
        lift = kind.lift
        of_kind = [one for one in closed if one.listing.kind == kind.code]
        if lift.no_new is not None:
            own = [one for one in of_kind if id(one) not in served]
            found.append(_tally(f"{kind.code}.no_new", lift.no_new.value, own))
        if lift.then and lift.then_for is not None:
            rest = [one for one in closed if one.listing.kind == lift.then and id(one) in served]
            found.append(_tally(f"{kind.code}.then_for", lift.then_for.value, rest))
    return tuple(found)


def _follows(course: Course, before: str, after: str) -> Stretch | None:
    """The stretch of the milder kind, where it takes over from the graver at the very next look."""
    for one, other in zip(course.stretches, course.stretches[1:], strict=False):
        if (one.listing.kind, other.listing.kind) == (before, after) and other.after <= one.before:
            return other
    return None


def _tally(term: str, span: timedelta, found: Sequence[Stretch]) -> Tally:
    days = span.days
    surely = [one for one in found if one.days >= days]
    possibly = [one for one in found if one not in surely and one.most_days >= days]
    return Tally(
        term=term,
        days=days,
        judged=len(found),
        surely=len(surely),
        possibly=len(possibly),
        short=len(found) - len(surely) - len(possibly),
        listed_days=dict(sorted(Counter(one.days for one in found).items())),
    )
