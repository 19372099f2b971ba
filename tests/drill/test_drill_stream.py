"""The streamed city is the city: the same people in the same order, whatever the chunks."""

import pytest

from liankong.drill import city, stream


@pytest.mark.parametrize("size", [700, 5_000])
def test_streamed_people_are_those_of_the_city_in_memory(size: int) -> None:
    whole = list(city.build(3_000, seed=4).persons())
    streamed = [person for chunk in stream.chunks(3_000, seed=4, size=size) for person in chunk.persons]
    assert streamed == whole


def test_every_household_begins_in_one_chunk() -> None:
    whole = [record.household for record in city.build(3_000, seed=4).households()]
    streamed = [one.household for chunk in stream.chunks(3_000, seed=4, size=333) for one in chunk.households]
    assert streamed == whole
