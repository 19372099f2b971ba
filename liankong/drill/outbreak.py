"""An Omicron outbreak in a generated city: the true infection tree, and what could be observed of it, in time.

Two introductions spread unseen; the first positive at a fever clinic fixes the calendar (2022-01-08) and starts
contact tracing, sealed communities and screening rounds. An attempt whose size or lead is unlike the real round
is drawn again with the next stream, so the result is a draw conditioned on those bounds, never adjusted.

The steps of an attempt, in order: introduce - infect - plan visits - first positive - trace, seal, screen -
found - review, admit, worsen, convert, close - name sources - number the events.
"""

import math
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from liankong.drill import chance, course, numbers
from liankong.drill.city import City
from liankong.drill.communities import home_district
from liankong.drill.contacts import Contacts
from liankong.drill.drafts import moment
from liankong.drill.finding import Finding
from liankong.drill.policy import Policy, policy_on
from liankong.drill.records import Event, Infection, Part, PlaceKind, RoundCounted
from liankong.drill.screening import Round, Swabs, round_swabs
from liankong.drill.spread import Spread
from liankong.drill.swabs import columns, contact_swabs, sealed_swabs
from liankong.drill.world import DAY, Overrun, World

_STREAM = 700
_DAY_WEIGHS = 10  # a day of lead too many is as far off as ten cases


@dataclass(frozen=True, slots=True)
class Outbreak:
    """The outcome of one accepted attempt. `infections` is the truth, `events` what could be seen."""

    protocol: str
    zero: datetime
    infections: tuple[Infection, ...]
    events: tuple[Event, ...]
    attempt: int
    _world: World

    def swabs(self) -> Iterator[Swabs]:
        """Every swab of the rounds, sealed communities and isolated contacts, one row a person (`SWAB_DTYPE`).

        Single swabs at clinics and re-swabs are events only. Minutes count from `zero`.
        """
        for screening in self._world.rounds:
            yield from round_swabs(self._world.city, screening)
        yield from sealed_swabs(self._world)
        yield from contact_swabs(self._world, until=self._world.end)

    def results(self, *, rows: int = 200_000) -> Iterator[dict[str, NDArray[Any]]]:
        """The swabs as columns of results, about `rows` at a time.

        Columns: person, tube, division, sampled_at, resulted_at (datetime64, UTC), value.
        """
        held: list[Swabs] = []
        for swabs in self.swabs():
            held.append(swabs)
            if sum(part.size for part in held) >= rows:
                yield columns(np.concatenate(held), self.zero)
                held = []
        if held:
            yield columns(np.concatenate(held), self.zero)


def outbreak(city: City, *, seed: int, policy: Policy | None = None) -> Outbreak:
    """Draw an outbreak in the city. Same city, seed and policy: the same outbreak, on any machine.

    `policy` defaults to that of the protocol in force at the first detection.
    Raises RuntimeError when no attempt in the bound gave a first positive.
    """
    data = numbers.load("response")
    first = date.fromisoformat(data.value("round", "first_detection"))
    policy = policy or policy_on(data.node("round", "pathogen"), first, home_district())
    contacts = Contacts(city)
    best: tuple[int, int, World] | None = None
    for attempt in range(int(data.number("round", "draws"))):
        world = _attempt(contacts, policy, chance.stream(seed, _STREAM, attempt))
        distance = _distance(world)
        if distance is not None and (best is None or distance < best[0]):
            best = (distance, attempt, world)
        if distance == 0:
            break
    if best is None:
        raise RuntimeError("no attempt gave a first positive: the city is too small for this outbreak")
    return _finish(best[2], policy, best[1])


def _attempt(contacts: Contacts, policy: Policy, rng: np.random.Generator) -> World:
    most = int(_bounds(contacts.city)[1] * 1.5) + 20
    world = World(city=contacts.city, contacts=contacts, policy=policy, rng=rng, most=most)
    # A bound on the unseen spread; the first positive puts the script's own end in its place.
    world.end = int(numbers.load("response").number("round", "latest_lead") + 3) * DAY
    finding = Finding(world)
    spread = Spread(world, on_infected=finding.watch)
    for index, spec in enumerate(numbers.load("response").node("introduction"), start=1):
        row = _introduced(contacts, spec, rng)
        world.at((index - 1) * DAY + int(rng.integers(9 * 60, 20 * 60)), spread.introduce, row, index)
    try:
        world.run()
    except Overrun:
        world.alert = None
    return world


def _introduced(contacts: Contacts, spec: Mapping[str, Any], rng: np.random.Generator) -> int:
    """Someone with the named part in the named street; wider when the street has nobody such."""
    street = str(spec["street"]["value"])
    kind, part = PlaceKind(str(spec["place"])), Part(str(spec["part"]))
    for within in (street, street[:6], ""):
        rows = contacts.members(street=within, kind=kind, part=part)
        if rows.size:
            return int(rows[int(rng.integers(0, rows.size))])
    return int(rng.integers(0, contacts.city.size))


def _bounds(city: City) -> tuple[int, int]:
    """Fewest and most cases of a round like the real one.

    A city smaller than the demo's has fewer in proportion; the upper bound falls more slowly (with the root), for
    small outbreaks scatter more widely.
    """
    data, usual = numbers.load("response"), numbers.load("population").number("defaults", "people")
    share = min(1.0, city.size / usual)
    return round(data.number("round", "fewest") * share), round(
        data.number("round", "most") * math.sqrt(share)
    )


def _distance(world: World) -> int | None:
    """How far an attempt is from the bounds, 0 inside; None when it overran or nobody was found."""
    if world.alert is None or world.zero is None:
        return None
    data = numbers.load("response")
    counted = world.minute_after(date.fromisoformat(data.value("round", "counted_until")))
    cases = Counter(
        world.infected[found.row].introduction for found in world.found.values() if found.at < counted
    )
    low, high = _bounds(world.city)
    total = sum(cases.values())
    least = data.number("round", "fewest_per_source") / data.number("round", "fewest") * low
    short = sum(max(0, round(least) - cases[index]) for index in range(1, len(data.node("introduction")) + 1))
    days = world.alert // DAY
    lead = max(
        0, int(data.number("round", "earliest_lead")) - days, days - int(data.number("round", "latest_lead"))
    )
    return max(0, low - total, total - high) + short + _DAY_WEIGHS * lead


def _finish(world: World, policy: Policy, attempt: int) -> Outbreak:
    course.follow(world, end=world.end)
    for screening in world.rounds:
        _count_round(world, screening)
    zero = world.calendar()
    return Outbreak(
        policy.protocol.id, zero, tuple(_truth(world, zero)), world.drafts.events(zero), attempt, world
    )


def _truth(world: World, zero: datetime) -> Iterator[Infection]:
    for infected in world.infected.values():
        found = world.found.get(infected.row)
        yield Infection(
            person=infected.row + 1,
            infector=None if infected.infector is None else infected.infector + 1,
            introduction=infected.introduction,
            generation=infected.generation,
            setting=infected.setting,
            place=infected.place,
            infected_at=zero + timedelta(minutes=infected.at),
            infectious_at=zero + timedelta(minutes=infected.detectable_from),
            onset_at=moment(zero, infected.onset),
            detected_at=moment(zero, found.at if found else None),
        )


def _count_round(world: World, screening: Round) -> None:
    """One count a community, when its last tube has its result."""
    for swabs in round_swabs(world.city, screening):
        tubes, first = np.unique(swabs["tube"], return_index=True)
        positive = int(swabs["positive"][first].sum())
        world.drafts.add(
            RoundCounted,
            int(swabs["resulted"].max()),
            screening.handle,
            round=screening.number,
            division=str(swabs["division"][0]),
            people=int(swabs.size),
            tubes=int(tubes.size),
            negative_tubes=int(tubes.size) - positive,
            positive_tubes=positive,
        )


def summary(result: Outbreak) -> dict[str, int]:
    """Event kinds and how often they occur, for a look at a drill."""
    return dict(Counter(type(event).__name__ for event in result.events))
