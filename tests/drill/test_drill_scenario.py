from drill_worlds import SEED

from liankong.drill.records import Event, Household, Membership, Organisation, Person, Place, Post, User
from liankong.drill.scenario import build, scenario

ORDER = (Organisation, User, Post, Place, Household, Person, Membership, Event)


def test_a_scenario_comes_in_the_order_that_its_readers_need() -> None:
    ranks = []
    last = None
    for record in scenario(seed=SEED, people=3_000):
        rank = next(index for index, kind in enumerate(ORDER) if isinstance(record, kind))
        ranks.append(rank)
        if isinstance(record, Event):
            assert last is None or last <= record.at
            last = record.at
    assert ranks == sorted(ranks)
    assert set(ranks) == set(range(len(ORDER)))


def test_parts_of_a_scenario_are_its_script() -> None:
    drill = build(seed=SEED, people=3_000)
    script = list(drill.script())
    assert sum(isinstance(record, Person) for record in script) == 3_000
    assert [record for record in script if isinstance(record, Event)] == list(drill.outbreak.events)
    assert drill.outbreak.protocol == "CN-COV-v8"
