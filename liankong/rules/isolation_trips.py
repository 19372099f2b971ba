"""Which riders go together in which vehicle, and in which order are they fetched?

Riders are joined by the savings of a common drive (G. Clarke, J. W. Wright, Scheduling of vehicles from a central depot
to a number of delivery points, Operations Research 12, 1964), for a fleet of mixed sizes; the order of the doors is the
shortest there is for up to `EXACT` doors (dynamic programming after M. Held and R. M. Karp, 1962), otherwise improved
until no reversal of a part shortens it (2-opt). A joint drive never makes somebody late who alone would be in time.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from heapq import heapify, heappop, heappush
from itertools import combinations, pairwise, permutations
from math import asin, cos, inf, radians, sin, sqrt

from liankong.protocols.sites import SiteNorms, site_norms
from liankong.rules.why import Why
from liankong.vocabulary.kinds import Mobility

EXACT = 9
EARTH_KM = 6371.0088
# Where a place has no coordinates, two divisions are taken to be so far apart, by the digits that they share.
APART_KM = {12: 0.5, 9: 2.0, 6: 8.0, 4: 30.0, 2: 150.0, 0: 600.0}


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """Somewhere on the map, or at least in a division. Degrees, WGS 84."""

    division: str
    longitude: float | None = None
    latitude: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rider:
    """Somebody to be moved. Those of one `party` ride together; `due_at` is the deadline of their arrival."""

    key: int
    at: Spot
    to: int
    infected: bool = False
    mobility: Mobility = Mobility.WALKS
    party: int | None = None
    due_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Car:
    """A vehicle that is free. Somebody on a stretcher or in a wheelchair takes that place and no seat."""

    key: int
    seats: int
    wheelchairs: int = 0
    stretchers: int = 0

    @property
    def room(self) -> tuple[int, int, int]:
        return self.seats, self.wheelchairs, self.stretchers


@dataclass(frozen=True, slots=True, kw_only=True)
class Drive:
    """One planned trip: doors in order, length from the first door to the destination, hours."""

    car: int
    to: int
    infected: bool
    stops: tuple[tuple[int, ...], ...]
    kilometres: float
    leaves_at: datetime
    arrives_at: datetime
    late: tuple[int, ...] = ()

    @property
    def riders(self) -> tuple[int, ...]:
        return tuple(key for stop in self.stops for key in stop)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Every rider is in exactly one drive or in `left`, with the reason."""

    drives: tuple[Drive, ...]
    left: Mapping[int, Why]


@dataclass(slots=True)
class _Door:
    """One party at one door."""

    keys: tuple[int, ...]
    at: Spot
    load: tuple[int, int, int]
    due_at: datetime | None


@dataclass(slots=True)
class _Route:
    doors: list[_Door]
    load: tuple[int, int, int]
    length: float = 0.0


def kilometres(one: Spot, other: Spot) -> float:
    """The distance as the crow flies (haversine); by shared digits of the division where coordinates lack."""
    if None in (one.longitude, one.latitude, other.longitude, other.latitude):
        shared = 0
        for digits in (2, 4, 6, 9, 12):
            if len(one.division) >= digits and one.division[:digits] == other.division[:digits]:
                shared = digits
        return APART_KM[shared]
    lon1, lat1 = radians(one.longitude or 0.0), radians(one.latitude or 0.0)
    lon2, lat2 = radians(other.longitude or 0.0), radians(other.latitude or 0.0)
    arc = sin((lat2 - lat1) / 2) ** 2 + cos(lat1) * cos(lat2) * sin((lon2 - lon1) / 2) ** 2
    return 2 * EARTH_KM * asin(min(1.0, sqrt(arc)))


def plan(
    riders: Iterable[Rider],
    cars: Iterable[Car],
    ends: Mapping[int, Spot],
    *,
    leaves_at: datetime,
    norms: SiteNorms | None = None,
) -> Plan:
    """Group riders into drives of the free cars. `ends` gives each destination's spot.

    Never together: different destinations, different infection status. The most urgent group takes its cars first.
    """
    rules = norms or site_norms()
    groups: dict[tuple[int, bool], list[Rider]] = {}
    for rider in sorted(riders, key=lambda one: one.key):
        groups.setdefault((rider.to, rider.infected), []).append(rider)
    free = sorted(cars, key=lambda car: (sum(car.room), car.room, car.key))
    drives: list[Drive] = []
    left: dict[int, Why] = {}
    for (to, infected), group in sorted(groups.items(), key=lambda item: _urgency(item[1])):
        routes, standing = _assign(_doors(group), free, ends[to], leaves_at, rules)
        for door in standing:
            if not _squeeze_in(door, routes, ends[to]):
                left |= dict.fromkeys(door.keys, _left("No fitting vehicle is free at that hour."))
        drives += [_drive(car, route, to, infected, ends[to], leaves_at, rules) for car, route in routes]
    return Plan(drives=tuple(drives), left=left)


def _assign(
    doors: list[_Door], free: list[Car], end: Spot, leaves_at: datetime, norms: SiteNorms
) -> tuple[list[tuple[Car, _Route]], list[_Door]]:
    """Routes with the smallest car that holds each, and the doors for which no car is left. Takes cars from `free`."""
    found: list[tuple[Car, _Route]] = []
    standing: list[_Door] = []
    waiting = doors
    while waiting:
        able = [door for door in waiting if any(_fits(door.load, car.room) for car in free)]
        standing += [door for door in waiting if door not in able]
        # A joint route may need a car that another has taken: what is left over is joined anew, for the rest.
        waiting = []
        for route in _join(able, free, end, leaves_at, norms):
            car = next((one for one in free if _fits(route.load, one.room)), None)
            if car is None:
                waiting.extend(route.doors)
            else:
                free.remove(car)
                found.append((car, route))
    return found, standing


def _squeeze_in(door: _Door, routes: list[tuple[Car, _Route]], end: Spot) -> bool:
    """Add a door for which there is no car to the route that it lengthens least and that still has room."""
    best: tuple[float, int, _Route] | None = None
    for at, (car, route) in enumerate(routes):
        load = _sum(route.load, door.load)
        if not _fits(load, car.room):
            continue
        doors = order([*route.doors, door], end)
        longer = _Route(doors, load, length(doors, end))
        if best is None or longer.length - route.length < best[0]:
            best = (longer.length - route.length, at, longer)
    if best is None:
        return False
    routes[best[1]] = (routes[best[1]][0], best[2])
    return True


def _left(reason: str) -> Why:
    return Why(rule="isolation.plan_trips", reason=reason)


def _urgency(group: Sequence[Rider]) -> tuple[float, int]:
    due = [rider.due_at.timestamp() for rider in group if rider.due_at is not None]
    return (min(due, default=inf), group[0].key)


def _doors(group: Sequence[Rider]) -> list[_Door]:
    parties: dict[tuple[str, int], list[Rider]] = {}
    for rider in group:
        name = ("alone", rider.key) if rider.party is None else ("party", rider.party)
        parties.setdefault(name, []).append(rider)
    doors = []
    for members in parties.values():
        due = [one.due_at for one in members if one.due_at is not None]
        kinds = [one.mobility for one in members]
        load = (
            kinds.count(Mobility.WALKS),
            kinds.count(Mobility.WHEELCHAIR),
            kinds.count(Mobility.STRETCHER),
        )
        doors.append(_Door(tuple(one.key for one in members), members[0].at, load, min(due, default=None)))
    return doors


def _fits(load: tuple[int, int, int], room: tuple[int, int, int]) -> bool:
    """Whether everybody finds a place of their own kind: a seat, a wheelchair's place, a stretcher."""
    return all(wanted <= given for wanted, given in zip(load, room, strict=True))


def _sum(one: tuple[int, int, int], other: tuple[int, int, int]) -> tuple[int, int, int]:
    return one[0] + other[0], one[1] + other[1], one[2] + other[2]


# --- joining ------------------------------------------------------------------------------------------------


def _join(
    doors: Iterable[_Door], cars: Sequence[Car], end: Spot, leaves_at: datetime, norms: SiteNorms
) -> list[_Route]:
    """Routes that the cars can drive, the most urgent first. Each door must fit some car alone.

    The pair that saves most is joined first. With more routes than cars also pairs that save nothing, and at last
    those that make somebody late: one drive beats no drive.
    """
    routes = {at: _Route([door], door.load, kilometres(door.at, end)) for at, door in enumerate(doors)}
    heap: list[tuple[float, int, int, int]] = []
    for one, other in permutations(routes, 2):
        _offer(heap, one, other, routes, cars, end)
    deferred: list[tuple[float, int, int, int]] = []
    late_allowed = False
    while heap or (deferred and not late_allowed and len(routes) > len(cars)):
        if not heap:
            heap, late_allowed = deferred, True
            heapify(heap)
        cost, _fuller, first, second = heappop(heap)
        if first not in routes or second not in routes:
            continue
        if cost >= -1e-9 and len(routes) <= len(cars):
            break
        joined = _joined(routes[first], routes[second], end)
        if not late_allowed and _makes_late(routes[first], routes[second], joined, leaves_at, norms):
            deferred.append((cost, 0, first, second))
            continue
        del routes[first], routes[second]
        number = max((*routes, first, second)) + 1
        routes[number] = joined
        for other in list(routes):
            if other != number:
                _offer(heap, number, other, routes, cars, end)
                _offer(heap, other, number, routes, cars, end)
    return sorted(
        routes.values(), key=lambda route: (_earliest(route), -sum(route.load), route.doors[0].keys)
    )


def _offer(
    heap: list[tuple[float, int, int, int]],
    first: int,
    second: int,
    routes: Mapping[int, _Route],
    cars: Sequence[Car],
    end: Spot,
) -> None:
    """Put the joining of two routes on the heap by what it costs, if some car can hold it."""
    one, other = routes[first], routes[second]
    load = _sum(one.load, other.load)
    if any(_fits(load, car.room) for car in cars):
        last, following = one.doors[-1].at, other.doors[0].at
        # Of two that cost the same, the fuller one: it leaves fewer people standing.
        heappush(heap, (kilometres(last, following) - kilometres(last, end), -sum(load), first, second))


def _joined(one: _Route, other: _Route, end: Spot) -> _Route:
    doors = [*one.doors, *other.doors]
    return _Route(doors, _sum(one.load, other.load), length(doors, end))


def _makes_late(one: _Route, other: _Route, joined: _Route, leaves_at: datetime, norms: SiteNorms) -> bool:
    arrives = _arrival(joined, leaves_at, norms)
    for route in (one, other):
        alone = _arrival(route, leaves_at, norms)
        for door in route.doors:
            if door.due_at is not None and alone <= door.due_at < arrives:
                return True
    return False


def _arrival(route: _Route, leaves_at: datetime, norms: SiteNorms) -> datetime:
    driving = timedelta(hours=route.length / norms.trips.speed.value)
    return leaves_at + driving + norms.trips.at_the_door.value * len(route.doors)


def _earliest(route: _Route) -> float:
    return min((door.due_at.timestamp() for door in route.doors if door.due_at is not None), default=inf)


def _drive(
    car: Car,
    route: _Route,
    to: int,
    infected: bool,
    end: Spot,
    leaves_at: datetime,
    norms: SiteNorms,
) -> Drive:
    doors = order(route.doors, end)
    route = _Route(doors, route.load, length(doors, end))
    arrives = _arrival(route, leaves_at, norms)
    late = tuple(
        key for door in route.doors if door.due_at is not None and door.due_at < arrives for key in door.keys
    )
    return Drive(
        car=car.key,
        to=to,
        infected=infected,
        stops=tuple(door.keys for door in route.doors),
        kilometres=round(route.length, 2),
        leaves_at=leaves_at,
        arrives_at=arrives,
        late=late,
    )


# --- the order of the doors ---------------------------------------------------------------------------------


def length(doors: Sequence[_Door], end: Spot) -> float:
    """Kilometres from the first door over the others to the end."""
    legs = sum(kilometres(one.at, other.at) for one, other in pairwise(doors))
    return legs + kilometres(doors[-1].at, end)


def order(doors: list[_Door], end: Spot) -> list[_Door]:
    """The shortest order that ends at `end`: exact for few doors, else nearest first and then 2-opt."""
    if len(doors) < 2:
        return list(doors)
    return _held_karp(doors, end) if len(doors) <= EXACT else _two_opt(_outermost_first(doors, end), end)


def _held_karp(doors: list[_Door], end: Spot) -> list[_Door]:
    count = len(doors)
    apart = [[kilometres(one.at, other.at) for other in doors] for one in doors]
    # best[seen, last]: the shortest way that has passed the doors in `seen` and stands at `last`.
    best: dict[tuple[int, int], tuple[float, int]] = {(1 << at, at): (0.0, -1) for at in range(count)}
    for seen in range(1, 1 << count):
        for last in range(count):
            if (seen, last) not in best:
                continue
            so_far = best[seen, last][0]
            for following in range(count):
                if seen >> following & 1:
                    continue
                key = (seen | 1 << following, following)
                way = so_far + apart[last][following]
                if way < best.get(key, (inf, -1))[0]:
                    best[key] = (way, last)
    whole = (1 << count) - 1
    last = min(range(count), key=lambda at: best[whole, at][0] + kilometres(doors[at].at, end))
    found, seen = [], whole
    while last >= 0:
        found.append(doors[last])
        seen, last = seen & ~(1 << last), best[seen, last][1]
    return found[::-1]


def _outermost_first(doors: list[_Door], end: Spot) -> list[_Door]:
    """From the farthest door always to the nearest next one: a start for 2-opt, no more."""
    waiting = sorted(doors, key=lambda door: (-kilometres(door.at, end), door.keys))
    found = [waiting.pop(0)]
    while waiting:
        nearest = min(waiting, key=lambda door: (kilometres(found[-1].at, door.at), door.keys))
        waiting.remove(nearest)
        found.append(nearest)
    return found


def _two_opt(doors: list[_Door], end: Spot) -> list[_Door]:
    best, shortest = list(doors), length(doors, end)
    improved = True
    while improved:
        improved = False
        for first, last in combinations(range(len(best) + 1), 2):
            if last - first < 2:
                continue
            turned = best[:first] + best[first:last][::-1] + best[last:]
            if (way := length(turned, end)) < shortest - 1e-9:
                best, shortest, improved = turned, way, True
    return best
