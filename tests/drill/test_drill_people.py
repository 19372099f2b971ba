import tracemalloc
from collections import Counter
from datetime import date

import numpy as np
import pytest
from drill_worlds import SEED, demo_city, digest, town
from hypothesis import given, settings
from hypothesis import strategies as st

from liankong.drill import communities, numbers, people
from liankong.vocabulary import divisions


def ages(everyone: people.People) -> np.ndarray:
    return people.completed_years(everyone["birth"], people.reference_day())


@settings(deadline=None, max_examples=25)
@given(total=st.integers(0, 10**7), weights=st.lists(st.floats(0.01, 1e6), min_size=1, max_size=50))
def test_apportioned_people_are_all_placed(total: int, weights: list[float]) -> None:
    counts = communities.apportion(total, weights)
    exact = [total * weight / sum(weights) for weight in weights]
    assert sum(counts) == total
    assert all(abs(count - share) < 1 + 1e-3 for count, share in zip(counts, exact, strict=True))


@settings(deadline=None, max_examples=8)
@given(count=st.integers(1, 3000), chunk=st.integers(1, 800), seed=st.integers(0, 1000))
def test_people_do_not_depend_on_how_they_are_chunked(count: int, chunk: int, seed: int) -> None:
    parts = list(people.stream_people(count, seed=seed, chunk=chunk))
    assert all(part.size == chunk for part in parts[:-1])
    whole = np.concatenate(list(people.stream_people(count, seed=seed)))
    assert np.array_equal(np.concatenate(parts), whole)
    assert whole["person"].tolist() == list(range(1, count + 1))


def test_a_city_without_people_or_chunks_is_refused() -> None:
    with pytest.raises(ValueError, match="needs people"):
        next(people.stream_people(0, seed=1))
    with pytest.raises(ValueError, match="chunk"):
        next(people.stream_people(5, seed=1, chunk=0))


def test_the_demo_city_has_the_shape_of_the_census() -> None:
    everyone = demo_city().people
    data = numbers.load("population")
    age = ages(everyone)
    assert everyone.size == 60_000
    assert (age < 15).mean() == pytest.approx(data.number("age_groups", "under_15"), abs=0.025)
    assert (age >= 60).mean() == pytest.approx(data.number("age_groups", "over_59"), abs=0.025)
    assert (everyone["sex"] == 1).mean() == pytest.approx(data.number("age_groups", "male"), abs=0.03)


def test_household_sizes_follow_their_table() -> None:
    everyone = demo_city().people
    families = everyone[~everyone["dormitory"]]
    sizes = Counter(Counter(families["household"].tolist()).values())
    total = sum(sizes.values())
    for size, share in numbers.load("population").values("household_size").items():
        assert sizes[int(size)] / total == pytest.approx(share, abs=0.02), size


def test_every_family_household_has_an_adult() -> None:
    everyone = demo_city().people
    adult = ages(everyone) >= 18
    with_adult = set(everyone["household"][adult].tolist())
    without = everyone[~np.isin(everyone["household"], list(with_adult))]
    # Rooms of a vocational school are the documented exception.
    assert without.size > 0
    assert without["dormitory"].all()


def test_one_household_lives_behind_one_door() -> None:
    everyone = town().people
    doors: dict[int, set[tuple[object, ...]]] = {}
    for row in everyone:
        where = tuple(row[key].item() for key in ("division", "compound", "building", "stair", "room"))
        doors.setdefault(int(row["household"]), set()).add(where)
    assert all(len(found) == 1 for found in doors.values())
    assert len({next(iter(found)) for found in doors.values()}) == len(doors)


def test_people_live_in_communities_that_exist_and_visitors_come_from_counties_that_exist() -> None:
    everyone = demo_city().people
    for code in np.unique(everyone["division"]).tolist():
        assert divisions.get(str(code)).level.value == "community"
    visitors = everyone[everyone["visitor"]]
    assert 0.1 < visitors.size / everyone.size < 0.3
    for code in np.unique(visitors["registered"]).tolist():
        assert divisions.get(str(code)).level.value == "county"
        assert not str(code).startswith("12")


def test_some_residents_are_registered_elsewhere_in_the_city() -> None:
    everyone = demo_city().people
    residents = everyone[~everyone["visitor"]]
    moved = residents["registered"] != residents["division"]
    assert 0.1 < moved.mean() < 0.25
    assert (residents["registered"] // 10**10 == 12).all()


def test_nearly_all_of_the_demo_live_in_jinnan_and_every_district_has_someone() -> None:
    districts = demo_city().people["division"] // 10**6
    assert (districts == 120112).mean() == pytest.approx(0.9, abs=0.001)
    assert len(np.unique(districts)) == 16


def test_a_whole_city_is_spread_by_the_census() -> None:
    census = numbers.load("population").values("district_people")
    planned: Counter[str] = Counter()
    for community in communities.plan(13_866_009, whole_city=True, seed=1):
        planned[community.code[:6]] += community.people
    assert planned == Counter(census)


@pytest.mark.parametrize(
    ("birth", "day", "years"),
    [
        ("2010-09-01", "2021-08-31", 10),
        ("2010-08-31", "2021-08-31", 11),
        ("2012-02-29", "2021-02-28", 8),
        ("2021-08-31", "2021-08-31", 0),
        ("2021-09-01", "2021-08-31", -1),
    ],
)
def test_completed_years_count_the_birthday_itself(birth: str, day: str, years: int) -> None:
    found = people.completed_years(np.array([birth], dtype="datetime64[D]"), np.datetime64(day, "D"))
    assert found.tolist() == [years]


@given(st.dates(date(1900, 1, 1), date(2022, 1, 1)), st.dates(date(2021, 1, 1), date(2022, 12, 31)))
def test_completed_years_agree_with_the_calendar(birth: date, day: date) -> None:
    plain = day.year - birth.year - ((day.month, day.day) < (birth.month, birth.day))
    found = people.completed_years(np.array([birth], dtype="datetime64[D]"), np.datetime64(day, "D"))
    assert found.tolist() == [plain]


def test_half_a_million_people_stream_in_bounded_memory() -> None:
    next(people.stream_people(500_000, seed=3, chunk=50_000))  # tables that stay are made
    tracemalloc.start()
    total = sum(part.size for part in people.stream_people(500_000, seed=3, chunk=50_000))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert total == 500_000
    assert peak < 30_000_000


def test_the_town_is_the_same_on_every_machine() -> None:
    assert digest(row.tolist() for row in town().people) == PEOPLE_DIGEST


PEOPLE_DIGEST = "7d6e4dce63465bd309a251bf52e258ca2e837739a9f8bd8d17613f8d7b2b95c7"
assert SEED == 5  # the digest belongs to it
