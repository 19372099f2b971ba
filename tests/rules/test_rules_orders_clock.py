"""When an order warns, rings, reminds and goes up, and how its clock runs while it waits."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liankong.protocols.standing import ordering
from liankong.rules.orders_clock import (
    Alarm,
    Clocked,
    due_when_released,
    due_when_signed,
    moment_of,
    rings,
    waits_since,
)
from liankong.vocabulary.kinds import OrderState
from liankong.vocabulary.spans import SHANGHAI

ISSUED = datetime(2022, 1, 8, 12, 0, tzinfo=SHANGHAI)
DUE = ISSUED + timedelta(hours=4)
ORDER = Clocked(state=OrderState.ISSUED, issued_at=ISSUED, due_at=DUE)
CLOCKS = ordering().clocks
minutes = st.integers(0, 2000).map(lambda number: timedelta(minutes=number))


def alarms(order: Clocked, now: datetime) -> list[Alarm]:
    return [ring.alarm for ring in rings(order, now=now)]


def test_it_warns_before_the_deadline_rings_at_it_reminds_after_it_and_then_goes_up() -> None:
    told: list[tuple[timedelta, Alarm]] = []
    order = ORDER
    for minute in range(8 * 60):
        now = ISSUED + timedelta(minutes=minute)
        for alarm in alarms(order, now):
            told.append((now - DUE, alarm))
            order = replace(order, sounded=order.sounded | {alarm})
    assert told == [
        (-CLOCKS.remind_before.value, Alarm.WARNING),
        (timedelta(0), Alarm.OVERDUE),
        (CLOCKS.remind_after.value, Alarm.REMINDER),
        (CLOCKS.escalate_after.value, Alarm.ESCALATION),
    ]


def test_an_emergency_goes_up_at_its_very_deadline() -> None:
    assert alarms(replace(ORDER, emergency=True), DUE) == [Alarm.OVERDUE, Alarm.ESCALATION]
    assert alarms(ORDER, DUE) == [Alarm.OVERDUE]


def test_each_alarm_says_which_number_it_rests_on_and_that_the_number_is_derived() -> None:
    late = DUE + timedelta(days=1)
    why = {ring.alarm: ring.why for ring in rings(ORDER, now=late)}
    assert "突发公共卫生事件应急条例" in why[Alarm.ESCALATION].basis
    assert [number.grade for number in why[Alarm.REMINDER].numbers] == ["D"]


def test_an_order_shorter_than_the_notice_is_not_warned_of() -> None:
    short = replace(ORDER, due_at=ISSUED + CLOCKS.remind_before.value)
    assert alarms(short, ISSUED + timedelta(minutes=1)) == []


@pytest.mark.parametrize("state", [OrderState.DRAFT, OrderState.DONE, OrderState.CANCELLED])
def test_what_nobody_owes_never_rings(state: OrderState) -> None:
    assert alarms(replace(ORDER, state=state, emergency=True), DUE + timedelta(days=9)) == []


def test_a_returned_order_that_its_issuer_lets_lie_goes_up_and_one_that_went_out_again_does_not() -> None:
    returned = replace(ORDER, state=OrderState.RETURNED)
    late = DUE + CLOCKS.escalate_after.value
    assert alarms(returned, late) == [Alarm.ESCALATION]
    assert alarms(replace(returned, answered=True), late) == []


def test_the_clock_stands_still_while_it_waits_unless_somebody_named_the_hour() -> None:
    late = DUE + timedelta(days=1)
    waiting = replace(ORDER, waits=True)
    assert alarms(waiting, late) == []
    assert Alarm.OVERDUE in alarms(replace(waiting, due_fixed=True), late)
    assert Alarm.ESCALATION in alarms(replace(waiting, emergency=True), late)


@given(minutes, minutes, st.booleans(), st.booleans())
def test_no_alarm_is_ever_given_twice_or_before_its_moment(
    span: timedelta, after: timedelta, emergency: bool, fixed: bool
) -> None:
    order = replace(ORDER, due_at=ISSUED + span, emergency=emergency, due_fixed=fixed)
    now = ISSUED + after
    for ring in rings(order, now=now):
        assert moment_of(ring.alarm, order) <= now
    assert alarms(replace(order, sounded=frozenset(Alarm)), now) == []


@given(minutes, minutes)
def test_a_span_keeps_its_length_from_the_signature_and_a_named_hour_stays(
    span: timedelta, later: timedelta
) -> None:
    signed = ISSUED + later
    due = due_when_signed(drafted_at=ISSUED, due_at=ISSUED + span, due_fixed=False, signed_at=signed)
    assert due - signed == span
    fixed = due_when_signed(drafted_at=ISSUED, due_at=ISSUED + span, due_fixed=True, signed_at=signed)
    assert fixed == ISSUED + span


@given(minutes, minutes, minutes)
def test_waiting_takes_nothing_from_the_span(
    span: timedelta, until_wait: timedelta, waited: timedelta
) -> None:
    since = ISSUED + until_wait
    due = due_when_released(
        issued_at=ISSUED,
        due_at=ISSUED + span,
        due_fixed=False,
        waits_since=since,
        released_at=since + waited,
    )
    assert due == ISSUED + span + waited


spans = st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40)).map(sorted), max_size=6)


@given(spans)
def test_it_has_waited_since_the_last_moment_at_which_nothing_held_it(found: list[list[int]]) -> None:
    """Against a count of minutes: walk back from now for as long as some wait covers the minute before."""
    now = 40
    oracle = now
    while any(began < oracle <= ended for began, ended in found):
        oracle -= 1
    intervals = [(ISSUED + timedelta(minutes=a), ISSUED + timedelta(minutes=b)) for a, b in found if a < b]
    assert waits_since(intervals, until=ISSUED + timedelta(minutes=now)) == ISSUED + timedelta(minutes=oracle)


def test_two_waits_with_a_pause_between_are_not_counted_twice() -> None:
    hour = timedelta(hours=1)
    intervals = [(ISSUED, ISSUED + hour), (ISSUED + 3 * hour, ISSUED + 4 * hour)]
    assert waits_since(intervals, until=ISSUED + 4 * hour) == ISSUED + 3 * hour
