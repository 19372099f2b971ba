"""The people of a drill as arrays, community by community: households, ages, addresses, in bounded memory.

Each community is drawn from its own stream (seed, code), so the people do not depend on how they are chunked.
Sources of the shapes stand in `data/population.toml`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from liankong.drill import chance, numbers
from liankong.drill.communities import Community, communities_of, home_district, plan
from liankong.vocabulary import divisions

PEOPLE_DTYPE = np.dtype(
    [
        ("person", "i8"),  # from 1
        ("household", "i8"),  # from 1
        ("division", "i8"),  # community of the actual address, 12 digits
        ("registered", "i8"),  # community, 12 digits, or county elsewhere in the country, 6 digits
        ("birth", "datetime64[D]"),
        ("sex", "i1"),  # GB/T 2261.1: 1 male, 2 female
        ("visitor", "?"),
        ("dormitory", "?"),
        ("occupation", "i1"),  # index into OCCUPATIONS
        ("compound", "i2"),
        ("building", "i2"),
        ("stair", "i1"),
        ("room", "i2"),  # floor * 100 + door
    ]
)
People = NDArray[np.void]

_CHILD_AT_HOME, _CHILD_IN_CARE, _STUDENT, _RETIRED = "散居儿童", "幼托儿童", "学生", "离退人员"
_ANY, _ALONE = 0, -1
_MALE = ("male_alone", "male")
_DAYS = 365.25
_OLDEST = 99.0


@dataclass(frozen=True, slots=True)
class _Shapes:
    """Household compositions as tables: one row a composition, one column a member."""

    table: chance.Table
    size: NDArray[np.int64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    sex: NDArray[np.int64]  # 1 male, 2 female, else drawn

    @property
    def mean(self) -> float:
        steps = np.diff(self.table.cumulated, prepend=0)
        return float((steps * self.size).sum() / steps.sum())


def whole_city(people: int) -> bool:
    """More people than the home district has in the census need all sixteen districts."""
    return people > int(numbers.load("population").value("district_people", home_district()))


def stream_people(people: int, *, seed: int, chunk: int = 250_000) -> Iterator[People]:
    """Arrays of at most `chunk` people (`PEOPLE_DTYPE`), in order of community, household and person.

    Memory is bounded by a chunk and a community. Raises ValueError for people or chunk below 1.
    """
    if chunk < 1:
        raise ValueError(f"a chunk holds people, got {chunk}")
    held: list[People] = []
    waiting = 0
    for block in blocks(plan(people, whole_city=whole_city(people), seed=seed), seed=seed):
        held.append(block)
        waiting += block.size
        while waiting >= chunk:
            joined = np.concatenate(held)
            yield joined[:chunk]
            held = [joined[chunk:]]
            waiting -= chunk
    if waiting:
        yield np.concatenate(held)


def blocks(communities: tuple[Community, ...], *, seed: int) -> Iterator[People]:
    """One array a community, numbered on from the one before."""
    person, household = 1, 1
    for community in communities:
        block = _community(community, seed=seed)
        block["person"] += person
        block["household"] += household
        yield block
        person += block.size
        household = int(block["household"][-1]) + 1


def _community(community: Community, *, seed: int) -> People:
    rng = chance.stream(seed, int(community.code))
    block = np.zeros(community.people, dtype=PEOPLE_DTYPE)
    block["person"] = np.arange(community.people)
    block["division"] = int(community.code)
    ages = _rooms(block, community, rng) if community.boarding else _families(block, rng)
    block["birth"] = reference_day() - np.rint(ages * _DAYS).astype("timedelta64[D]")
    _addresses(block, ages, community, rng)
    _occupations(block, ages, rng)
    return block


def _families(block: People, rng: np.random.Generator) -> NDArray[np.float64]:
    shapes = _shapes()
    drawn = int(block.size / shapes.mean * 1.3) + 8
    composition = shapes.table.draw(rng, drawn)
    ends = np.cumsum(shapes.size[composition])
    # The headcount is exact: households stop before it and a childless one fills what is left.
    kept = int(np.searchsorted(ends, block.size, side="right"))
    sizes = shapes.size[composition[:kept]]
    household = np.repeat(np.arange(kept), sizes)
    slot = np.arange(household.size) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    left = block.size - household.size
    row = np.concatenate([np.repeat(composition[:kept], sizes), np.full(left, _filler(shapes))])
    household = np.concatenate([household, kept + np.arange(left)])
    slot = np.concatenate([slot, np.zeros(left, dtype=np.int64)])
    block["household"] = household
    place = rng.random(block.size)
    drawn_age = shapes.low[row, slot] + place * (shapes.high[row, slot] - shapes.low[row, slot])
    first = np.flatnonzero(slot == 0)
    head = drawn_age[first][household]
    ages: NDArray[np.float64] = np.where(slot == 0, drawn_age, head + drawn_age)
    ages = np.where(ages < 0, np.abs(ages) % 3.0, np.minimum(ages, _OLDEST))
    sex = shapes.sex[row, slot]
    male = np.where(sex == _ALONE, *(numbers.load("population").number("age_groups", key) for key in _MALE))
    block["sex"] = np.where(sex <= 0, np.where(rng.random(block.size) < male, 1, 2), sex)
    return ages


def _rooms(block: People, community: Community, rng: np.random.Generator) -> NDArray[np.float64]:
    data = numbers.load("population")
    kind = "college" if community.boarding == 1 else "school"
    low, high = data.number("dormitory", f"{kind}_from"), data.number("dormitory", f"{kind}_to")
    block["household"] = np.arange(block.size) // int(data.number("dormitory", "people_per_room"))
    block["dormitory"] = True
    male_room = rng.random(int(block["household"][-1]) + 1) < 0.5
    block["sex"] = np.where(male_room, 1, 2)[block["household"]]
    ages: NDArray[np.float64] = low + rng.random(block.size) * (high - low)
    return ages


def _addresses(
    block: People, ages: NDArray[np.float64], community: Community, rng: np.random.Generator
) -> None:
    data = numbers.load("population")
    per_stair, stairs, buildings = (
        int(data.number("addresses", key))
        for key in ("households_per_stair", "stairs_per_building", "buildings_per_compound")
    )
    household = block["household"]
    stair = household // per_stair
    building = stair // stairs
    block["stair"] = stair % stairs + 1
    block["building"] = building % buildings + 1
    block["compound"] = building // buildings
    door = household % per_stair
    block["room"] = (door // 2 + 1) * 100 + door % 2 + 1
    count = int(household[-1]) + 1
    head = ages[np.flatnonzero(np.diff(household, prepend=-1))]
    share = data.number("addresses", "visitor_households")
    share_of = np.where(head > 45, share * data.number("addresses", "visitor_youth"), share)
    visitor = rng.random(count) < share_of
    registered = _registered(community, visitor, rng)
    block["visitor"] = visitor[household]
    block["registered"] = registered[household]


def _registered(
    community: Community, visitor: NDArray[np.bool_], rng: np.random.Generator
) -> NDArray[np.int64]:
    """Per household: visitors in another province's county, some residents in another community of the city."""
    data = numbers.load("population")
    count = visitor.size
    table, counties, starts, lengths = _origins()
    origin = table.draw(rng, count)
    place = rng.random(count)
    far = counties[starts[origin] + (place * lengths[origin]).astype(np.int64)]
    moved = rng.random(count) < data.number("addresses", "registered_elsewhere_in_city")
    near = rng.random(count) < data.number("addresses", "registered_same_district")
    own, city = _homes(community.code[:6]), _homes(None)
    within = np.where(
        near, own[(place * own.size).astype(np.int64)], city[(place * city.size).astype(np.int64)]
    )
    registered: NDArray[np.int64] = np.where(visitor, far, np.where(moved, within, int(community.code)))
    return registered


def _occupations(block: People, ages: NDArray[np.float64], rng: np.random.Generator) -> None:
    names = occupations()
    table = chance.Table.of(list(numbers.load("population").values("occupation").values()))
    work = table.draw(rng, block.size)
    years = school_years(block["birth"])
    study = (years >= 6) & (ages < 18) | block["dormitory"]
    block["occupation"] = np.select(
        [study, years < 3, years < 6, ages >= 60],
        [
            names.index(_STUDENT),
            names.index(_CHILD_AT_HOME),
            names.index(_CHILD_IN_CARE),
            names.index(_RETIRED),
        ],
        work,
    )


def school_years(birth: NDArray[np.datetime64]) -> NDArray[np.int64]:
    """Completed years of age on the cut-off day of the school year."""
    return completed_years(birth, np.datetime64(numbers.load("places").value("school", "term_cutoff"), "D"))


def completed_years(birth: NDArray[np.datetime64], day: np.datetime64) -> NDArray[np.int64]:
    """Whole years of age on `day`; negative for those born after it."""
    months = birth.astype("datetime64[M]")
    on = day.astype("datetime64[M]")
    before = (birth - months.astype("datetime64[D]")) > (day - on.astype("datetime64[D]"))
    whole = (on - months).astype(np.int64) - before
    years: NDArray[np.int64] = whole // 12
    return years


@cache
def occupations() -> tuple[str, ...]:
    """Population groups (人群分类); `PEOPLE_DTYPE`'s occupation is an index into them."""
    table = numbers.load("population").node("occupation")
    work = tuple(item["zh"] for item in table.values() if isinstance(item, dict))
    return (*work, _CHILD_AT_HOME, _CHILD_IN_CARE, _STUDENT, _RETIRED)


@cache
def reference_day() -> np.datetime64:
    return np.datetime64(numbers.load("population").value("defaults", "reference_day"), "D")


@cache
def _homes(district: str | None) -> NDArray[np.int64]:
    districts = [district] if district else sorted(numbers.load("population").values("district_people"))
    return np.array([int(code) for item in districts for code, _ in communities_of(item)], dtype=np.int64)


@cache
def _origins() -> tuple[chance.Table, NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Provinces that visitors come from: their table, all their counties in a row, each province's start, count."""
    weights = numbers.load("population").values("visitor_origins")
    counties = [_counties(code) for code in weights]
    lengths = np.array([len(found) for found in counties], dtype=np.int64)
    flat = np.array([code for found in counties for code in found], dtype=np.int64)
    return chance.Table.of(list(weights.values())), flat, np.cumsum(lengths) - lengths, lengths


def _counties(province: str) -> list[int]:
    return sorted(
        int(county.code) for city in divisions.children(province) for county in divisions.children(city.code)
    )


@cache
def _shapes() -> _Shapes:
    data = numbers.load("population")
    sizes = data.node("household_size")
    rows = data.node("composition")
    widest = max(row["size"] for row in rows)
    low, high = np.zeros((len(rows), widest)), np.zeros((len(rows), widest))
    sex = np.zeros((len(rows), widest), dtype=np.int64)
    codes = {"any": _ANY, "m": 1, "f": 2, "alone": _ALONE}
    for index, row in enumerate(rows):
        for slot, member in enumerate(row["members"]):
            low[index, slot], high[index, slot] = member["from"], member["to"]
            sex[index, slot] = codes[member["sex"]]
    weights = [float(sizes[str(row["size"])]["value"]) * float(row["share"]["value"]) for row in rows]
    return _Shapes(chance.Table.of(weights), np.array([row["size"] for row in rows]), low, high, sex)


def _filler(shapes: _Shapes) -> int:
    """The composition of one adult that fills a community's last places."""
    return int(np.flatnonzero((shapes.size == 1) & (shapes.low[:, 0] >= 40))[0])
