"""What holds inside zones under every edition: needs, supply, disinfection; and how a day of duty is cut."""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

from liankong.protocols.errors import Problem, ProtocolError
from liankong.protocols.leaves import Amount, Count, Counts, Duration, Sourced, Statement, Strict
from liankong.protocols.model import Instrument
from liankong.protocols.protocol import Citation, describe
from liankong.protocols.reader import read_standing
from liankong.vocabulary.kinds import NeedKind

HERE = Path(__file__).parent


class Recipient(StrEnum):
    """Who is told of a need."""

    CARE = "care"  # the nearest hospital that can take it
    AMBULANCE = "ambulance"  # 120
    COMMUNITY = "community"
    SUPPLY = "supply"


@dataclass(frozen=True, slots=True, kw_only=True)
class Urgent(Strict):
    """Emergencies: told to all of these at once."""

    to: tuple[Recipient, ...]
    within: Duration


@dataclass(frozen=True, slots=True, kw_only=True)
class NeedNorm(Strict):
    kind: NeedKind
    to: tuple[Recipient, ...]
    within: Duration


@dataclass(frozen=True, slots=True, kw_only=True)
class NeedNorms(Strict):
    urgent: Urgent
    merge_within: Duration
    turn_ahead: Duration
    incident_within: Duration
    no_refusal: Statement
    kinds: tuple[NeedNorm, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Basket(Strict):
    """A parcel of goods for one household, and how long it lasts."""

    code: str
    name: str
    english: str
    lasts: Duration


@dataclass(frozen=True, slots=True, kw_only=True)
class SupplyNorms(Strict):
    stock: Duration
    reserve: Amount
    goods: Count
    goods_more: Count
    errand: Duration
    deliver_within: Duration
    baskets: tuple[Basket, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DisinfectionNorms(Strict):
    disinfect_within: Duration
    sample_within: Duration


@dataclass(frozen=True, slots=True, kw_only=True)
class DutyNorms(Strict):
    """`starts` are the local hours at which a shift begins; the last lasts until the first of the next day."""

    starts: Counts
    watched: Duration


@dataclass(frozen=True, slots=True, kw_only=True)
class Inside(Strict):
    """The whole file."""

    schema: int
    instruments: dict[str, Instrument]
    needs: NeedNorms
    supply: SupplyNorms
    disinfection: DisinfectionNorms
    duty: DutyNorms

    def leaves(self) -> Iterator[tuple[str, Sourced]]:
        """Every sourced value with its dotted path."""
        yield from _leaves("needs", self.needs)
        yield "needs.urgent.within", self.needs.urgent.within
        for at, norm in enumerate(self.needs.kinds):
            yield f"needs.kinds[{at}].within", norm.within
        yield from _leaves("supply", self.supply)
        for at, basket in enumerate(self.supply.baskets):
            yield f"supply.baskets[{at}].lasts", basket.lasts
        yield from _leaves("disinfection", self.disinfection)
        yield from _leaves("duty", self.duty)

    def cite(self, path: str) -> Citation:
        """A value as a decision quotes it. Raises KeyError for an unknown path."""
        leaf = dict(self.leaves())[path]
        return Citation(path, describe(leaf), self.instruments[leaf.instrument].title, leaf.grade, leaf.note)

    def basket(self, code: str) -> Basket:
        """A basket by its code. Raises KeyError."""
        return {one.code: one for one in self.supply.baskets}[code]


def _leaves(name: str, table: Any) -> Iterator[tuple[str, Sourced]]:
    for one in fields(table):
        leaf = getattr(table, one.name)
        if isinstance(leaf, Sourced):
            yield f"{name}.{one.name}", leaf


@cache
def inside(path: Path = HERE / "inside.toml") -> Inside:
    """The norms of life inside. Raises `ProtocolError` with every fault of the file."""
    found = read_standing(path, Inside)
    known = ", ".join(sorted(found.instruments))
    faults = [
        Problem(path, f"{key}.instrument", f"expected one of {known}, got {leaf.instrument!r}")
        for key, leaf in found.leaves()
        if leaf.instrument not in found.instruments
    ]
    urgent = found.needs.urgent.within.value
    faults += [
        Problem(path, f"needs.kinds[{at}].within", "expected a longer span than that of an emergency")
        for at, norm in enumerate(found.needs.kinds)
        if norm.within.value <= urgent
    ]
    starts = found.duty.starts.value
    if not starts or list(starts) != sorted(set(starts)) or not all(0 <= hour < 24 for hour in starts):
        faults.append(Problem(path, "duty.starts.value", "expected rising hours of a day, 0 to 23"))
    if faults:
        raise ProtocolError(tuple(faults))
    return found
