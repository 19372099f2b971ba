"""Nothing holds up an emergency: no wait, no circle of waits, no status of a person, whatever is done in which order."""

from itertools import product

import networkx as nx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from liankong.rules.orders_waiting import (
    Obstacle,
    Waits,
    closed,
    held_by,
    hurried,
    issued_again,
    made_to_wait,
    may_proceed,
    may_wait,
    reaches,
    released,
)
from liankong.vocabulary.kinds import OrderState

numbers = st.integers(1, 6)
states = st.sampled_from(list(OrderState))
obstacles = st.lists(st.sampled_from(list(Obstacle)))


class EmergenciesNeverWait(RuleBasedStateMachine):
    """Every rule about waits, called in any order and with any arguments."""

    def __init__(self) -> None:
        super().__init__()
        self.waits = Waits()
        self.emergencies: set[int] = set()
        self.fresh = 7

    @rule(order=numbers, until=numbers, state=states)
    def make_it_wait(self, order: int, until: int, state: OrderState) -> None:
        before = self.waits
        self.waits = made_to_wait(before, order, until, state=state)
        if order in self.emergencies:
            assert self.waits == before

    @rule(order=numbers)
    def make_it_an_emergency(self, order: int) -> None:
        self.waits = hurried(self.waits, order)
        self.emergencies.add(order)

    @rule(order=numbers)
    def close_it(self, order: int) -> None:
        before = self.waits
        self.waits = closed(before, order)
        assert all(not self.waits.of(one) for one in released(before, self.waits))

    @rule(order=numbers)
    def return_it_and_issue_it_again(self, order: int) -> None:
        self.waits = issued_again(self.waits, order, self.fresh)
        if order in self.emergencies:
            self.emergencies.add(self.fresh)
        self.fresh += 1

    @invariant()
    def no_emergency_waits_for_anything(self) -> None:
        for order in self.emergencies:
            assert self.waits.of(order) == frozenset()
            found = [*self.waits.obstacles(order), *Obstacle]
            assert may_proceed(found, emergency=True).allowed

    @invariant()
    def nobody_waits_in_a_circle(self) -> None:
        assert nx.is_directed_acyclic_graph(nx.DiGraph(list(self.waits.open)))

    @invariant()
    def nobody_waits_for_what_is_closed(self) -> None:
        assert not {until for _order, until in self.waits.open} & self.waits.closed


TestEmergenciesNeverWait = EmergenciesNeverWait.TestCase


@given(obstacles)
def test_no_set_of_obstacles_holds_up_an_emergency_and_any_holds_up_the_rest(found: list[Obstacle]) -> None:
    assert held_by(found, emergency=True) == ()
    assert may_proceed(found, emergency=True).allowed
    assert may_proceed(found, emergency=False).allowed == (not found)


def test_a_status_alone_can_hold_up_a_delivery_but_never_the_ambulance() -> None:
    refused = may_proceed([Obstacle.STATUS], emergency=False)
    assert (refused.allowed, refused.message) == (False, "It waits for: status.")
    assert may_proceed([Obstacle.STATUS], emergency=True).message == "An emergency waits for nothing."


def test_a_circle_of_three_is_refused_at_the_third_wait() -> None:
    waits = made_to_wait(Waits(), 1, 2, state=OrderState.ISSUED)
    waits = made_to_wait(waits, 2, 3, state=OrderState.ISSUED)
    refused = may_wait(3, 1, waits, state=OrderState.ISSUED)
    assert not refused.allowed
    assert "for ever" in refused.message


@pytest.mark.parametrize("state", [OrderState.STARTED, OrderState.DONE, OrderState.RETURNED])
def test_what_is_under_way_no_longer_waits(state: OrderState) -> None:
    assert not may_wait(1, 2, Waits(), state=state).allowed


def test_the_last_of_two_releases_it_and_not_the_first() -> None:
    waits = made_to_wait(Waits(), 1, 2, state=OrderState.DRAFT)
    waits = made_to_wait(waits, 1, 3, state=OrderState.DRAFT)
    once = closed(waits, 2)
    assert released(waits, once) == ()
    assert released(once, closed(once, 3)) == (1,)


@given(st.sets(st.tuples(numbers, numbers), max_size=15))
def test_who_waits_for_whom_is_what_a_graph_library_says(pairs: set[tuple[int, int]]) -> None:
    graph = nx.DiGraph(list(pairs))
    for start, goal in product(graph.nodes, repeat=2):
        assert reaches(pairs, start, goal) == nx.has_path(graph, start, goal)
