"""Are there enough rooms? Have, need and gap of the reserve, and what is ready within 24, 48 and 72 hours."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from math import ceil

from liankong.protocols.sites import SiteNorms, site_norms
from liankong.rules.why import Why

PER = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteRooms:
    """Rooms of one site. `ready_within` zero: it is open now."""

    rooms: int
    free: int
    occupied: int
    ready_within: timedelta = timedelta(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What must be, and is, ready within a span."""

    within: timedelta
    need: int
    have: int

    @property
    def gap(self) -> int:
        return max(0, self.need - self.have)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reserve:
    """A division's rooms against the norm. `need` None: no norm held on that day."""

    division: str
    population: int
    have: int
    free: int
    occupied: int
    need: int | None
    steps: tuple[Step, ...]
    why: Why

    @property
    def gap(self) -> int:
        return max(0, (self.need or 0) - self.have)


def reserve(
    division: str,
    *,
    population: int,
    sites: Iterable[SiteRooms],
    on: date,
    norms: SiteNorms | None = None,
) -> Reserve:
    """Count a division's rooms against the norm that held on a day. Closed rooms are not to be passed in."""
    rules, all_sites = norms or site_norms(), tuple(sites)
    have = sum(one.rooms for one in all_sites)
    found = rules.norm(division, on)
    need: int | None = None
    steps: tuple[Step, ...] = ()
    if found is None:
        why = Why(rule="capacity.reserve", reason="No norm of reserve rooms held on that day.")
    else:
        path, norm = found
        need = wanted = ceil(population * norm.rooms.value / PER)
        steps = tuple(_step(one.within.value, one.share.value, wanted, all_sites) for one in rules.ramp)
        why = Why(
            rule="capacity.reserve",
            reason="{rooms} rooms for every 10,000 people.",
            values={"rooms": norm.rooms.value},
            numbers=(rules.cite(path), *(rules.cite(f"ramp[{at}].share") for at in range(len(rules.ramp)))),
        )
    return Reserve(
        division=division,
        population=population,
        have=have,
        free=sum(one.free for one in all_sites),
        occupied=sum(one.occupied for one in all_sites),
        need=need,
        steps=steps,
        why=why,
    )


def _step(within: timedelta, share: float, need: int, sites: tuple[SiteRooms, ...]) -> Step:
    return Step(
        within=within,
        # A third is written with ten digits; rounding keeps it from asking for a room more than a third does.
        need=min(need, ceil(round(need * share, 3))),
        have=sum(one.rooms for one in sites if one.ready_within <= within),
    )
