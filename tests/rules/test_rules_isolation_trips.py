"""Trips: everybody once, never mixed, never too full, and by the shortest way that there is."""

from datetime import UTC, datetime, timedelta
from itertools import permutations

from hypothesis import given, settings
from hypothesis import strategies as st

from liankong.rules import isolation_trips as rules
from liankong.rules.isolation_trips import Car, Rider, Spot, kilometres, plan
from liankong.vocabulary.kinds import Mobility

AT = datetime(2022, 1, 8, 4, tzinfo=UTC)
SITE, OTHER = 1, 2
ENDS = {SITE: Spot(division="120112", longitude=117.35, latitude=38.93), OTHER: Spot(division="120104")}


def rider(key: int, longitude: float = 117.4, latitude: float = 39.0, **more: object) -> Rider:
    home = Spot(division="120112101001", longitude=longitude, latitude=latitude)
    return Rider(**{"key": key, "at": home, "to": SITE} | more)  # type: ignore[arg-type]  # a test's shorthand


def test_neighbours_share_one_vehicle_and_the_way_ends_with_the_nearer_door() -> None:
    found = plan(
        [rider(1, 117.40), rider(2, 117.41)], [Car(key=7, seats=4), Car(key=8, seats=4)], ENDS, leaves_at=AT
    )
    (drive,) = found.drives
    assert drive.stops == ((2,), (1,)) and not found.left
    assert drive.arrives_at > AT


def test_the_infected_never_ride_with_the_others() -> None:
    riders = [rider(1), rider(2, infected=True), rider(3)]
    found = plan(riders, [Car(key=7, seats=8), Car(key=8, seats=8)], ENDS, leaves_at=AT)
    assert {(frozenset(one.riders), one.infected) for one in found.drives} == {
        (frozenset({1, 3}), False),
        (frozenset({2}), True),
    }


def test_a_wheelchair_takes_its_own_place_and_a_stretcher_needs_one() -> None:
    riders = [rider(1, mobility=Mobility.WHEELCHAIR), rider(2, mobility=Mobility.STRETCHER)]
    found = plan(riders, [Car(key=7, seats=8), Car(key=8, seats=1, wheelchairs=1)], ENDS, leaves_at=AT)
    (drive,) = found.drives
    assert (drive.car, drive.riders) == (8, (1,))
    assert "vehicle" in found.left[2].sentence()


def test_a_family_is_not_torn_apart_even_if_some_of_it_would_fit() -> None:
    family = [rider(key, party=1) for key in (1, 2, 3)]
    found = plan(family, [Car(key=7, seats=2)], ENDS, leaves_at=AT)
    assert not found.drives and set(found.left) == {1, 2, 3}


def test_with_one_car_left_far_doors_are_joined_rather_than_left_standing() -> None:
    far = [rider(1, 117.0, 39.4), rider(2, 117.7, 38.6)]
    assert len(plan(far, [Car(key=1, seats=4), Car(key=2, seats=4)], ENDS, leaves_at=AT).drives) == 2
    (drive,) = plan(far, [Car(key=1, seats=4)], ENDS, leaves_at=AT).drives
    assert sorted(drive.riders) == [1, 2]


def test_nobody_is_made_late_by_company_when_there_is_another_car() -> None:
    near_end = rider(2, 117.351, 38.931, due_at=AT + timedelta(minutes=15))
    on_the_way = rider(1, 117.36, 38.94)
    found = plan([on_the_way, near_end], [Car(key=1, seats=4), Car(key=2, seats=4)], ENDS, leaves_at=AT)
    assert len(found.drives) == 2 and all(not drive.late for drive in found.drives)


def test_whoever_cannot_be_there_in_time_is_driven_all_the_same_and_marked() -> None:
    found = plan([rider(1, due_at=AT)], [Car(key=1, seats=4)], ENDS, leaves_at=AT)
    assert found.drives[0].late == (1,)


def test_the_most_urgent_group_takes_the_only_car() -> None:
    calm = rider(1, due_at=AT + timedelta(hours=12))
    urgent = rider(2, due_at=AT + timedelta(hours=1), to=OTHER)
    found = plan([calm, urgent], [Car(key=1, seats=4)], ENDS, leaves_at=AT)
    assert [drive.riders for drive in found.drives] == [(2,)] and set(found.left) == {1}


def test_a_bus_that_is_too_large_for_one_street_leaves_the_small_car_to_the_single_rider() -> None:
    riders = [rider(key, party=1) for key in range(1, 7)] + [rider(9, 117.0, 39.4)]
    found = plan(riders, [Car(key=1, seats=2), Car(key=2, seats=6)], ENDS, leaves_at=AT)
    assert {drive.car: len(drive.riders) for drive in found.drives} == {1: 1, 2: 6}


def test_without_coordinates_the_division_says_how_far() -> None:
    here, street = Spot(division="120112101001"), Spot(division="120112101002")
    assert kilometres(here, here) < kilometres(here, street) < kilometres(here, Spot(division="120104"))


# --- invariants ---------------------------------------------------------------------------------------------------

homes = st.builds(
    Spot,
    division=st.sampled_from(["120112101001", "120112102001", "120104001001"]),
    longitude=st.one_of(st.none(), st.floats(116.8, 117.9)),
    latitude=st.floats(38.6, 40.1),
)
many_riders = st.lists(
    st.builds(
        Rider,
        key=st.integers(1, 10_000),
        at=homes,
        to=st.sampled_from([SITE, OTHER]),
        infected=st.booleans(),
        mobility=st.sampled_from(list(Mobility)),
        party=st.one_of(st.none(), st.integers(1, 3)),
        due_at=st.one_of(st.none(), st.integers(0, 900).map(lambda minutes: AT + timedelta(minutes=minutes))),
    ),
    max_size=14,
    unique_by=lambda one: one.key,
)
fleets = st.lists(
    st.builds(
        Car,
        key=st.integers(1, 100),
        seats=st.integers(0, 8),
        wheelchairs=st.integers(0, 2),
        stretchers=st.integers(0, 2),
    ),
    max_size=6,
    unique_by=lambda one: one.key,
)


@settings(max_examples=150, deadline=None)
@given(many_riders, fleets)
def test_every_rider_is_in_exactly_one_drive_or_told_why_not(riders: list[Rider], cars: list[Car]) -> None:
    found = plan(riders, cars, ENDS, leaves_at=AT)
    placed = [key for drive in found.drives for key in drive.riders]
    assert sorted([*placed, *found.left]) == sorted(one.key for one in riders)
    by_key = {one.key: one for one in riders}
    fleet = {one.key: one for one in cars}
    assert len({drive.car for drive in found.drives}) == len(found.drives)
    for drive in found.drives:
        inside = [by_key[key] for key in drive.riders]
        assert {(one.to, one.infected) for one in inside} == {(drive.to, drive.infected)}
        kinds = [one.mobility for one in inside]
        car = fleet[drive.car]
        assert kinds.count(Mobility.WALKS) <= car.seats
        assert kinds.count(Mobility.WHEELCHAIR) <= car.wheelchairs
        assert kinds.count(Mobility.STRETCHER) <= car.stretchers
        for stop in drive.stops:
            assert len(stop) == 1 or len({by_key[key].party for key in stop}) == 1
    where = {key: number for number, drive in enumerate(found.drives) for key in drive.riders}
    parties: dict[tuple[int | None, int, bool], set[int | None]] = {}
    for one in riders:
        if one.party is not None:
            parties.setdefault((one.party, one.to, one.infected), set()).add(where.get(one.key))
    assert all(len(seen) == 1 for seen in parties.values()), "a party rides together or not at all"


@settings(max_examples=60, deadline=None)
@given(st.lists(homes, min_size=1, max_size=6))
def test_the_order_of_few_doors_is_the_shortest_of_all_orders(spots: list[Spot]) -> None:
    doors = [rules._Door((key,), spot, (1, 0, 0), None) for key, spot in enumerate(spots)]
    end = ENDS[SITE]
    shortest = min(rules.length(one, end) for one in permutations(doors))
    assert abs(rules.length(rules.order(doors, end), end) - shortest) < 1e-6


@settings(max_examples=40, deadline=None)
@given(st.lists(homes, min_size=rules.EXACT + 1, max_size=16))
def test_the_order_of_many_doors_is_no_worse_than_nearest_first_and_no_turn_shortens_it(
    spots: list[Spot],
) -> None:
    doors = [rules._Door((key,), spot, (1, 0, 0), None) for key, spot in enumerate(spots)]
    end = ENDS[SITE]
    found = rules.order(doors, end)
    way = rules.length(found, end)
    assert sorted(door.keys for door in found) == sorted(door.keys for door in doors)
    assert way <= rules.length(rules._outermost_first(doors, end), end) + 1e-6
    for first in range(len(found)):
        for last in range(first + 2, len(found) + 1):
            turned = found[:first] + found[first:last][::-1] + found[last:]
            assert rules.length(turned, end) >= way - 1e-6


def test_a_hundred_riders_are_planned_at_once_within_a_few_seconds() -> None:
    riders = [rider(key, 117.0 + key % 10 / 20, 38.8 + key // 10 / 20) for key in range(100)]
    cars = [Car(key=key, seats=7) for key in range(20)]
    began = datetime.now(UTC)
    found = plan(riders, cars, ENDS, leaves_at=AT)
    assert not found.left and len(found.drives) <= 20
    assert datetime.now(UTC) - began < timedelta(seconds=10)
