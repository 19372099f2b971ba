"""Cities and outbreaks that several tests look at, each drawn once."""

import hashlib
from collections.abc import Iterable
from functools import cache

from liankong.drill import city, outbreak
from liankong.drill.city import City
from liankong.drill.outbreak import Outbreak

SEED = 5


@cache
def town() -> City:
    """A tenth of the demo city: enough for every kind of place."""
    return city.build(6_000, seed=SEED)


@cache
def town_outbreak() -> Outbreak:
    return outbreak.outbreak(town(), seed=SEED)


@cache
def demo_city() -> City:
    return city.build(seed=SEED)


@cache
def demo_outbreak() -> Outbreak:
    return outbreak.outbreak(demo_city(), seed=SEED)


def digest(records: Iterable[object]) -> str:
    whole = hashlib.sha256()
    for record in records:
        whole.update(repr(record).encode())
    return whole.hexdigest()
