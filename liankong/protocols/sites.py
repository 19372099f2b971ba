"""What holds for isolation sites under every edition: the reserve of rooms, staff tests, the planner's assumptions."""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import date
from functools import cache
from pathlib import Path

from liankong.protocols.errors import Problem, ProtocolError
from liankong.protocols.leaves import Amount, Count, Duration, Sourced, Strict
from liankong.protocols.model import Instrument
from liankong.protocols.protocol import Citation, describe
from liankong.protocols.reader import read_standing

HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True, kw_only=True)
class ReserveNorm(Strict):
    """Rooms to be had for every 10,000 people, from a day on; no divisions means everywhere."""

    from_day: date
    divisions: tuple[str, ...] = ()
    rooms: Count


@dataclass(frozen=True, slots=True, kw_only=True)
class Ramp(Strict):
    """Which share of the reserve must be ready within how long."""

    within: Duration
    share: Amount


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffNorms(Strict):
    test_every: Duration


@dataclass(frozen=True, slots=True, kw_only=True)
class CareNorms(Strict):
    adult_age: Count


@dataclass(frozen=True, slots=True, kw_only=True)
class TripNorms(Strict):
    speed: Amount
    at_the_door: Duration


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteNorms(Strict):
    """The whole file."""

    schema: int
    instruments: dict[str, Instrument]
    reserve: tuple[ReserveNorm, ...]
    ramp: tuple[Ramp, ...]
    staff: StaffNorms
    care: CareNorms
    trips: TripNorms

    def leaves(self) -> Iterator[tuple[str, Sourced]]:
        """Every sourced number with its dotted path."""
        for at, norm in enumerate(self.reserve):
            yield f"reserve[{at}].rooms", norm.rooms
        for at, step in enumerate(self.ramp):
            yield f"ramp[{at}].within", step.within
            yield f"ramp[{at}].share", step.share
        for part in ("staff", "care", "trips"):
            table = getattr(self, part)
            for one in fields(table):
                yield f"{part}.{one.name}", getattr(table, one.name)

    def cite(self, path: str) -> Citation:
        """A number as a decision quotes it. Raises KeyError for an unknown path."""
        leaf = dict(self.leaves())[path]
        return Citation(path, describe(leaf), self.instruments[leaf.instrument].title, leaf.grade, leaf.note)

    def norm(self, division: str, on: date) -> tuple[str, ReserveNorm] | None:
        """The newest norm that holds for a division on a day, with its path; None before the first."""
        fitting = [
            (norm.from_day, at, norm)
            for at, norm in enumerate(self.reserve)
            if norm.from_day <= on and (not norm.divisions or division.startswith(norm.divisions))
        ]
        if not fitting:
            return None
        _day, at, norm = max(fitting, key=lambda one: one[:2])
        return f"reserve[{at}].rooms", norm


@cache
def site_norms(path: Path = HERE / "isolation.toml") -> SiteNorms:
    """The norms for sites. Raises `ProtocolError` with every fault of the file."""
    found = read_standing(path, SiteNorms)
    known = ", ".join(sorted(found.instruments))
    faults = [
        Problem(path, f"{key}.instrument", f"expected one of {known}, got {leaf.instrument!r}")
        for key, leaf in found.leaves()
        if leaf.instrument not in found.instruments
    ]
    if faults:
        raise ProtocolError(tuple(faults))
    return found
