"""The drill's own swabs, through the lake: counts of rounds come out the same on both ways."""

from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest

from liankong.drill import city, outbreak
from liankong.drill.records import RoundCounted, RoundOpened
from liankong.lake import Lake, connect, fetch, results

# Ibis 12 still calls DuckDB 2 by a name that DuckDB has replaced.
pytestmark = pytest.mark.filterwarnings("ignore:fetch_arrow_table:DeprecationWarning")


def test_a_drills_rounds_are_counted_the_same_by_the_lake(tmp_path: Path) -> None:
    drill = outbreak.outbreak(city.build(3_000, seed=1), seed=1)
    lake = Lake(tmp_path)
    total = 0
    for number, columns in enumerate(drill.results(rows=5_000)):
        total += results.append(lake, f"drill-{number:05d}", results.table(**columns)).accepted
    found = results.results(lake, connect())
    assert fetch(found.count()) == total > 10_000

    counted: Counter[str] = Counter()
    for event in drill.events:
        if isinstance(event, RoundCounted) and event.round == 1:
            counted[event.division] += event.people
    first = found.filter(found.tube.startswith("R1-"))
    lines = fetch(results.tests_by_division_and_day(first, digits=12))
    lake_counts: Counter[str] = Counter()
    for line in lines:
        lake_counts[line["division"]] += line["tests"]
    assert lake_counts == counted

    opened = next(event for event in drill.events if isinstance(event, RoundOpened))
    within = fetch(results.people_tested(first, start=opened.at, end=opened.at + timedelta(days=4)))
    assert within == counted.total()
