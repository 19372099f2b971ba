"""Screening rounds: who is swabbed in which pool, when, and what the many negative tubes were.

Neighbours share a pool, because people queue by building; those already isolated are not in the queue.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from liankong.drill import chance, numbers
from liankong.drill.city import City

NEVER = np.iinfo(np.int64).max // 4
SWAB_DTYPE = np.dtype(
    [
        ("person", "i8"),
        ("tube", "U20"),
        ("division", "i8"),
        ("sampled", "i8"),  # minutes since the drill's zero
        ("resulted", "i8"),
        ("positive", "?"),
    ]
)
Swabs = NDArray[np.void]


@dataclass(slots=True)
class Round:
    """One round of everyone. `pool` is each row's pool number or -1; times are minutes since the drill's zero.

    `rows` are those who queued, pool by pool; `starts` where each pool begins among them.
    """

    number: int
    start: int
    pool: NDArray[np.int64]
    sampled: NDArray[np.int64]  # per pool
    resulted: NDArray[np.int64]  # per pool
    handle: int
    starts: NDArray[np.int64]  # per pool: first index into `rows`
    rows: NDArray[np.int64]
    positive: dict[int, int] = field(default_factory=dict)  # pool -> handle of its positive result

    def members(self, pool: int) -> NDArray[np.int64]:
        return self.rows[self.starts[pool] : self.starts[pool + 1]]

    def code(self, pool: int) -> str:
        return f"R{self.number}-{pool:08d}"


def open_round(
    city: City,
    *,
    number: int,
    start: int,
    hours: float,
    isolated_until: NDArray[np.int64],
    handle: int,
    rng: np.random.Generator,
) -> Round:
    """Queue everyone who is not isolated at `start`, community by community, ten to a tube."""
    data = numbers.load("response")
    turnout = data.number("finding", "screening_turnout")
    size = int(data.number("pools", "size"))
    here = (isolated_until <= start) & (rng.random(city.size) < turnout)
    rows = np.flatnonzero(here)
    community = city.community[rows]
    first = np.searchsorted(community, np.arange(len(city.communities) + 1))
    rank = np.arange(rows.size) - first[community]
    per_community = -(-np.diff(first) // size)
    before = np.cumsum(per_community) - per_community
    pool_of = before[community] + rank // size
    pools = int(per_community.sum())
    opening = (rng.random(len(city.communities)) * hours * 60).astype(np.int64)
    owner = np.repeat(np.arange(len(city.communities)), per_community)
    queue = np.arange(pools) - before[owner]
    seconds = data.number("pools", "seconds_per_person") * size
    sampled = start + 1 + opening[owner] + (queue * seconds / 60).astype(np.int64)
    delay = chance.Delay.of(data.node("laboratory", "pool_result"))
    pool = np.full(city.size, -1, dtype=np.int64)
    pool[rows] = pool_of
    return Round(
        number=number,
        start=start,
        pool=pool,
        sampled=sampled,
        resulted=sampled + delay.draw(rng, pools),
        handle=handle,
        starts=np.searchsorted(pool_of, np.arange(pools + 1)),
        rows=rows,
    )


def round_swabs(city: City, screening: Round) -> Iterator[Swabs]:
    """Every tube of the round, one row a person, a community at a time.

    Who was isolated between the round's opening and their turn has left the queue (pool -1).
    """
    pool = screening.pool[screening.rows]
    rows, pool = screening.rows[pool >= 0], pool[pool >= 0]
    edges = np.searchsorted(city.community[rows], np.arange(len(city.communities) + 1))
    positive = np.zeros(screening.sampled.size, dtype=bool)
    positive[list(screening.positive)] = True
    for start, end in pairwise(edges.tolist()):
        if start == end:
            continue
        mine, tubes = rows[start:end], pool[start:end]
        swabs = np.zeros(mine.size, dtype=SWAB_DTYPE)
        swabs["person"] = mine + 1
        swabs["tube"] = [screening.code(int(tube)) for tube in tubes]
        swabs["division"] = city.people["division"][mine]
        swabs["sampled"] = screening.sampled[tubes]
        swabs["resulted"] = screening.resulted[tubes]
        swabs["positive"] = positive[tubes]
        yield swabs
