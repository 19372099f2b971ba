"""Orders: what may become of them, and how they stand against their clock."""

from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liankong.rules.orders import (
    CLOSED,
    NEXT,
    Standing,
    is_due,
    is_open,
    lateness,
    move,
    next_states,
    reporting_ladder,
    standing,
)
from liankong.vocabulary.kinds import OrderState
from liankong.vocabulary.spans import SHANGHAI

DUE = datetime(2022, 1, 8, 4, 30, tzinfo=SHANGHAI)
MINUTE = timedelta(minutes=1)
moments = st.integers(0, 10**6).map(lambda minutes: DUE + minutes * MINUTE)
states = st.sampled_from(list(OrderState))


def test_an_order_is_due_at_the_very_minute_of_its_deadline() -> None:
    assert not is_due(DUE, now=DUE - MINUTE)
    assert is_due(DUE, now=DUE)


def test_a_naive_clock_is_refused() -> None:
    with pytest.raises(ValueError, match="no time zone"):
        is_due(DUE, now=datetime(2022, 1, 8))  # noqa: DTZ001  # on purpose


@pytest.mark.parametrize(
    ("state", "done_after", "now_after", "expected"),
    [
        (OrderState.ISSUED, None, -120, Standing.ON_TIME),
        (OrderState.STARTED, None, -20, Standing.DUE_SOON),
        (OrderState.RECEIVED, None, 0, Standing.OVERDUE),
        (OrderState.RETURNED, None, 5, Standing.OVERDUE),
        (OrderState.DONE, 0, 600, Standing.DONE_ON_TIME),
        (OrderState.DONE, 1, 600, Standing.DONE_LATE),
        (OrderState.CANCELLED, None, 600, Standing.CANCELLED),
    ],
)
def test_an_order_stands_somewhere_against_its_clock(
    state: OrderState, done_after: int | None, now_after: int, expected: Standing
) -> None:
    done_at = None if done_after is None else DUE + done_after * MINUTE
    found = standing(state, DUE, now=DUE + now_after * MINUTE, done_at=done_at, notice=30 * MINUTE)
    assert found is expected


def test_lateness_stops_when_it_is_done() -> None:
    assert lateness(DUE, now=DUE + 90 * MINUTE) == 90 * MINUTE
    assert lateness(DUE, now=DUE + 90 * MINUTE, done_at=DUE + 10 * MINUTE) == 10 * MINUTE
    assert lateness(DUE, now=DUE - 90 * MINUTE) == timedelta(0)


@given(states, moments, moments, st.none() | moments)
def test_late_orders_and_only_they_have_lateness(
    state: OrderState, due_at: datetime, now: datetime, done_at: datetime | None
) -> None:
    if state is OrderState.DONE and done_at is None:
        done_at = now
    found = standing(state, due_at, now=now, done_at=done_at)
    if found is Standing.DONE_LATE:
        assert lateness(due_at, now=now, done_at=done_at) > timedelta(0)
    if found is Standing.DONE_ON_TIME:
        assert lateness(due_at, now=now, done_at=done_at) == timedelta(0)


# --- what may become of an order --------------------------------------------------------------------------


def test_a_returned_order_goes_out_again_or_is_cancelled_but_is_never_dropped() -> None:
    assert next_states(OrderState.RETURNED) == (OrderState.ISSUED, OrderState.CANCELLED)
    assert is_open(OrderState.RETURNED)


def test_done_needs_proof_and_cancelling_needs_a_reason() -> None:
    for after, asked in (
        (OrderState.DONE, "proof"),
        (OrderState.CANCELLED, "reason"),
        (OrderState.RETURNED, "reason"),
    ):
        refused = move(OrderState.STARTED, after, words=" ")
        assert (refused.allowed, refused.field) == (False, asked)
        assert asked in refused.message
        assert move(OrderState.STARTED, after, words="card 120112-7").allowed


def test_receiving_and_starting_need_no_words() -> None:
    assert move(OrderState.ISSUED, OrderState.RECEIVED).allowed
    assert move(OrderState.RECEIVED, OrderState.STARTED).allowed


@given(states, states)
def test_nothing_leaves_a_closed_state_and_every_open_one_can_be_closed(
    before: OrderState, after: OrderState
) -> None:
    if before in CLOSED:
        assert not move(before, after, words="x").allowed
    else:
        assert CLOSED & set(next_states(before))


@given(states)
def test_no_order_becomes_what_it_is(state: OrderState) -> None:
    assert not move(state, state, words="x").allowed
    assert state not in NEXT[state]


# --- the statutory ladder ---------------------------------------------------------------------------------


def test_nine_hours_after_a_facility_finds_it_the_state_council_must_know() -> None:
    found_at = datetime(2022, 1, 8, 0, 0, tzinfo=SHANGHAI)
    rungs = reporting_ladder(found_at)
    assert [int((rung.due_at - found_at) / timedelta(hours=1)) for rung in rungs] == [2, 4, 6, 8, 9]
    assert rungs[0].sender == "facility"
    assert rungs[-1].receiver == "state_council_health_authority"
    assert all(rung.why.numbers[0].grade == "S1" for rung in rungs)
    assert all(one.receiver == other.sender for one, other in pairwise(rungs))
