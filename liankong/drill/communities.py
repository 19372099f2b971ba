"""Which communities a drill has people in, and how many: real codes and names, people shared out by the census."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from liankong.drill import chance, numbers
from liankong.vocabulary import divisions
from liankong.vocabulary.kinds import Level

CITY = "12"  # Tianjin is a province-level municipality; its districts hang below 1201
_TAIL = re.compile(r"(社区)?(居民委员会|村民委员会|居委会|村委会|居委|村委)$")
_COLLEGE = re.compile(r"(大学|学院)(校区)?社区")
_SCHOOL = re.compile(r"(学校|中专|技校)(校区)?社区")
_VIRTUAL = re.compile(r"虚拟")
_COLLEGE_TAG, _SCHOOL_TAG = 1, 2


@dataclass(frozen=True, slots=True)
class Community:
    """A community with its headcount; `boarding` is 0 for families, 1 for a college, 2 for a boarding school."""

    code: str
    name: str
    stem: str
    people: int
    boarding: int


def plan(people: int, *, whole_city: bool, seed: int) -> tuple[Community, ...]:
    """Share `people` out over communities, exactly.

    `whole_city`: all sixteen districts by their census weight. Otherwise the home district holds nearly all, and
    a few communities of each other district the households that are tied to it by work or school.
    Raises ValueError when there is nobody to place.
    """
    if people < 1:
        raise ValueError(f"a city needs people, got {people}")
    census = numbers.load("population").values("district_people")
    if whole_city:
        shares = dict(zip(census, apportion(people, list(census.values())), strict=True))
    else:
        shares = _home_shares(people, census)
    found: list[Community] = []
    for district in sorted(shares):
        few = not whole_city and district != home_district()
        found.extend(_district(district, shares[district], few=few, seed=seed))
    return tuple(found)


def home_district() -> str:
    return str(numbers.load("population").value("defaults", "home_district"))


def apportion(total: int, weights: Sequence[float]) -> list[int]:
    """Whole numbers that add up to `total`, in proportion to `weights` (largest remainder)."""
    array = np.asarray(weights, dtype=np.float64)
    exact = array * (total / array.sum())
    floors = np.floor(exact).astype(np.int64)
    # Remainders are compared in millionths, so that a last-bit difference between machines moves nobody.
    order = np.lexsort((np.arange(array.size), -np.rint((exact - floors) * 1e6)))
    floors[order[: total - int(floors.sum())]] += 1
    return [int(count) for count in floors]


def _home_shares(people: int, census: dict[str, int]) -> dict[str, int]:
    home = home_district()
    elsewhere = int(people * numbers.load("population").number("defaults", "elsewhere_share"))
    others = [code for code in census if code != home]
    shares = dict(zip(others, apportion(elsewhere, [census[code] for code in others]), strict=True))
    return {**shares, home: people - elsewhere}


def _district(district: str, people: int, *, few: bool, seed: int) -> list[Community]:
    known = communities_of(district)
    data = numbers.load("population")
    if few:
        wanted = int(data.number("defaults", "elsewhere_communities"))
        chosen = chance.stream(seed, int(district), 1).permutation(len(known))[:wanted]
        known = tuple(known[index] for index in sorted(chosen))
    spread = data.number("defaults", "community_spread")
    weights = 1 + (spread - 1) * chance.stream(seed, int(district), 2).random(len(known))
    counts = apportion(people, list(weights))
    return [
        Community(code=code, name=name, stem=stem(name), people=count, boarding=_boarding(name))
        for (code, name), count in zip(known, counts, strict=True)
        if count
    ]


@cache
def communities_of(district: str) -> tuple[tuple[str, str], ...]:
    """(code, name) of a district's communities in code order, without the register's virtual ones."""
    found = [
        (community.code, community.name)
        for street in divisions.children(district)
        for community in divisions.children(street.code)
        if community.level is Level.COMMUNITY and not _VIRTUAL.search(community.name)
    ]
    return tuple(sorted(found))


def stem(name: str) -> str:
    """The proper name of a community: "月牙河社区居委会" -> "月牙河"."""
    return _TAIL.sub("", name).removesuffix("社区") or name


def _boarding(name: str) -> int:
    if _COLLEGE.search(name):
        return _COLLEGE_TAG
    return _SCHOOL_TAG if _SCHOOL.search(name) else 0
