"""The state of a running outbreak and its clock: who is infected, found, isolated; what happens when."""

import heapq
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from liankong.drill import chance, numbers
from liankong.drill.city import City
from liankong.drill.contacts import Circle, Contacts
from liankong.drill.drafts import Drafts
from liankong.drill.policy import Policy
from liankong.drill.records import Setting
from liankong.drill.screening import NEVER, Round
from liankong.vocabulary.kinds import FoundBy
from liankong.vocabulary.spans import local

DAY = chance.MINUTES_PER_DAY
Minutes = NDArray[np.int64]


@dataclass(slots=True)
class Infected:
    """The truth about one infection. Times are minutes since the drill's zero, a local midnight."""

    row: int
    infector: int | None
    introduction: int
    generation: int
    setting: Setting
    place: int | None
    at: int
    detectable_from: int
    detectable_to: int
    onset: int | None
    circles: list[Circle]

    def detectable(self, minute: int) -> bool:
        return self.detectable_from <= minute < self.detectable_to


@dataclass(frozen=True, slots=True)
class Found:
    """A positive single swab: the minute of its result, its draft, and how it came about."""

    row: int
    at: int
    result: int
    found_by: FoundBy


@dataclass(frozen=True, slots=True)
class ContactStay:
    row: int
    start: int


@dataclass(frozen=True, slots=True)
class SealedDay:
    """A day of one-tube-a-household swabbing in a sealed community; `positive` are household numbers."""

    community: int
    day: int
    start: int
    rows: Minutes
    positive: set[int]


class Overrun(Exception):
    """More infections than a round like this one had: the attempt is not worth finishing."""


@dataclass(slots=True)
class World:
    """Everything that the spread and the finding of cases share."""

    city: City
    contacts: Contacts
    policy: Policy
    rng: np.random.Generator
    most: int
    drafts: Drafts = field(default_factory=Drafts)
    infected: dict[int, Infected] = field(default_factory=dict)
    found: dict[int, Found] = field(default_factory=dict)
    rounds: list[Round] = field(default_factory=list)
    stays: list[ContactStay] = field(default_factory=list)
    sealed_days: list[SealedDay] = field(default_factory=list)
    sealing: set[int] = field(default_factory=set)  # decided
    sealed: set[int] = field(default_factory=set)  # in effect
    staying: dict[int, int] = field(default_factory=dict)  # contacts: row -> end of their isolation
    alert: int | None = None  # the first positive result
    zero: datetime | None = None  # set by the alert: what minute 0 was
    end: int = 0  # the minute at which the script ends
    now: int = 0
    _queue: list[tuple[int, int, Callable[..., object], tuple[Any, ...]]] = field(default_factory=list)
    _count: int = 0
    until: Minutes = field(init=False)  # per row, the minute until which it is isolated; -1 for never
    _here: dict[int, list[int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.until = np.full(self.city.size, -1, dtype=np.int64)

    def at(self, minute: int, do: Callable[..., object], *args: Any) -> None:
        self._count += 1
        heapq.heappush(self._queue, (minute, self._count, do, args))

    def run(self) -> None:
        """Do what is due, in order of time, until nothing is left or `end` is reached, which may move meanwhile."""
        while self._queue and self._queue[0][0] < self.end:
            minute, _, do, args = heapq.heappop(self._queue)
            self.now = minute
            do(*args)

    def calendar(self) -> datetime:
        """What minute 0 was. Only the first positive fixes it."""
        if self.zero is None:
            raise RuntimeError("nobody has been found yet, so minute 0 has no date")
        return self.zero

    def minute_after(self, day: date) -> int:
        """The minute at which a local day is over."""
        return int((local(day + timedelta(days=1)) - self.calendar()).total_seconds()) // 60

    def isolated(self, row: int) -> bool:
        return bool(self.until[row] > self.now)

    def isolate(self, row: int, until: int = NEVER) -> None:
        """From now; whoever is waiting in a round's queue leaves it."""
        self.until[row] = max(until, int(self.until[row]))
        for screening in self.rounds:
            pool = int(screening.pool[row])
            if pool >= 0 and self.now < int(screening.sampled[pool]) <= until:
                screening.pool[row] = -1

    def add_infected(self, new: Infected) -> None:
        self.infected[new.row] = new
        self._here.setdefault(self.community(new.row), []).append(new.row)

    def infected_in(self, community: int) -> list[int]:
        return sorted(self._here.get(community, ()))

    def community(self, row: int) -> int:
        return int(self.city.community[row])


@cache
def delay(file: str, *path: str) -> chance.Delay:
    """A tabulated delay from a data file, built once."""
    return chance.Delay.of(numbers.load(file).node(*path))


@cache
def number(file: str, *path: str) -> float:
    """A number from a data file; the simulation asks for the same few very often."""
    return numbers.load(file).number(*path)
