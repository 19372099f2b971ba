"""The many swabs that need no decision: rows for the lake, beside the few tubes that are events of the script."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from liankong.drill.city import City
from liankong.drill.finding import (
    contact_minute,
    contact_tube,
    household_minute,
    household_tube,
    household_wait,
    single_wait,
)
from liankong.drill.records import SampleReason
from liankong.drill.screening import SWAB_DTYPE, Swabs
from liankong.drill.world import World
from liankong.vocabulary.kinds import ResultValue


def columns(swabs: Swabs, zero: datetime) -> dict[str, NDArray[Any]]:
    """Swabs as named columns with moments (datetime64, UTC) and values, as a lake takes them."""
    start = np.datetime64(zero.astimezone(UTC).replace(tzinfo=None), "us")
    value = np.where(swabs["positive"], ResultValue.POSITIVE.value, ResultValue.NEGATIVE.value)
    return {
        "person": swabs["person"],
        "tube": swabs["tube"],
        "division": swabs["division"].astype("U12"),
        "sampled_at": start + swabs["sampled"].astype("timedelta64[m]"),
        "resulted_at": start + swabs["resulted"].astype("timedelta64[m]"),
        "value": value,
    }


def sealed_swabs(world: World) -> Iterator[Swabs]:
    """One tube a household, on the protocol's days, in sealed communities."""
    household = world.city.people["household"]
    for day in world.sealed_days:
        if not len(day.rows):
            continue
        mine = household[day.rows]
        swabs = _table(world.city, day.rows)
        swabs["tube"] = [household_tube(day, int(number)) for number in mine]
        swabs["sampled"] = [household_minute(day, int(number)) for number in mine]
        swabs["resulted"] = swabs["sampled"] + [household_wait(int(number), day.day) for number in mine]
        swabs["positive"] = np.isin(mine, list(day.positive))
        yield swabs


def contact_swabs(world: World, *, until: int) -> Iterator[Swabs]:
    """Isolated contacts on the protocol's days, until they turn positive or the script ends."""
    positives = set(_positive_contact_tubes(world))
    rows: list[tuple[int, str, int, int, bool]] = []
    for stay in world.stays:
        found = world.found.get(stay.row)
        for day in world.policy.contact_days:
            sampled = contact_minute(stay.start, stay.row, day)
            if sampled >= until or (found is not None and sampled >= found.at):
                continue
            tube = contact_tube(stay.row, day)
            rows.append((stay.row, tube, sampled, sampled + single_wait(stay.row, day), tube in positives))
    if rows:
        who, tubes, begun, ended, signs = zip(*rows, strict=True)
        swabs = _table(world.city, np.array(who))
        swabs["tube"], swabs["sampled"], swabs["resulted"], swabs["positive"] = tubes, begun, ended, signs
        yield swabs


def _positive_contact_tubes(world: World) -> Iterator[str]:
    for handle in range(len(world.drafts)):
        body = world.drafts.body(handle)
        if body.get("reason") is SampleReason.CONTACT:
            yield str(body["tube"])


def _table(city: City, rows: NDArray[np.int64]) -> Swabs:
    swabs = np.zeros(rows.size, dtype=SWAB_DTYPE)
    swabs["person"] = rows + 1
    swabs["division"] = city.people["division"][rows]
    return swabs
