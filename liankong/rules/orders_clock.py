"""When does an order ring, remind and escalate, and how does its clock run while it waits?"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from liankong.protocols.standing import Ordering, ordering
from liankong.rules.why import Why
from liankong.vocabulary.kinds import OrderState
from liankong.vocabulary.spans import aware

# Somebody has it and still owes an answer. A returned order is its issuer's again.
RUNNING = frozenset({OrderState.ISSUED, OrderState.RECEIVED, OrderState.STARTED})


class Alarm(StrEnum):
    WARNING = "warning"  # the deadline comes near
    OVERDUE = "overdue"
    REMINDER = "reminder"  # overdue for a while
    ESCALATION = "escalation"  # to the issuer's superior


@dataclass(frozen=True, slots=True, kw_only=True)
class Clocked:
    """What the clock knows of an order. `sounded` are the alarms that it has given; each is given once.

    `waits` means that it waits for another order. `answered` means that a returned order has gone out again.
    """

    state: OrderState
    issued_at: datetime
    due_at: datetime
    due_fixed: bool = False
    emergency: bool = False
    waits: bool = False
    answered: bool = False
    sounded: frozenset[Alarm] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Ring:
    alarm: Alarm
    why: Why


def moment_of(alarm: Alarm, order: Clocked, *, law: Ordering | None = None) -> datetime:
    """When an alarm of this order is due: an emergency escalates at its very deadline."""
    clocks, due = (law or ordering()).clocks, aware(order.due_at)
    return {
        Alarm.WARNING: due - clocks.remind_before.value,
        Alarm.OVERDUE: due,
        Alarm.REMINDER: due + clocks.remind_after.value,
        Alarm.ESCALATION: due if order.emergency else due + clocks.escalate_after.value,
    }[alarm]


def rings(order: Clocked, *, now: datetime, law: Ordering | None = None) -> tuple[Ring, ...]:
    """The alarms that are to be given now, in the order of `Alarm`."""
    rules = law or ordering()
    return tuple(
        Ring(alarm=alarm, why=_why(alarm, order, rules))
        for alarm in Alarm
        if alarm not in order.sounded and _applies(alarm, order, aware(now), rules)
    )


def _applies(alarm: Alarm, order: Clocked, now: datetime, law: Ordering) -> bool:
    if alarm is Alarm.ESCALATION and order.state is OrderState.RETURNED:
        # Nobody may let a returned order lie: its issuer's superior hears of it like of any other.
        return not order.answered and now >= moment_of(alarm, order, law=law)
    if order.state not in RUNNING or stands_still(order) or now < moment_of(alarm, order, law=law):
        return False
    if alarm is Alarm.WARNING:
        # An order shorter than the notice would be warned of as it is issued; after the deadline it is too late to.
        long_enough = aware(order.due_at) - aware(order.issued_at) > law.clocks.remind_before.value
        return long_enough and now < aware(order.due_at)
    return True


def stands_still(order: Clocked) -> bool:
    """A span does not run while the order waits for another; a day and hour that somebody named comes anyway."""
    return order.waits and not order.emergency and not order.due_fixed


def _why(alarm: Alarm, order: Clocked, law: Ordering) -> Why:
    clocks, rule = law.clocks, "orders.clock"
    if alarm is Alarm.WARNING:
        number = law.cite("clocks.remind_before", clocks.remind_before)
        return Why(rule=rule, reason="The deadline comes near.", numbers=(number,))
    if alarm is Alarm.OVERDUE:
        return Why(rule=rule, reason="The deadline has passed.")
    if alarm is Alarm.REMINDER:
        number = law.cite("clocks.remind_after", clocks.remind_after)
        return Why(rule=rule, reason="The deadline passed a while ago.", numbers=(number,))
    if order.emergency:
        return Why(rule=rule, reason="An emergency is overdue; it goes up at once.")
    number = law.cite("clocks.escalate_after", clocks.escalate_after)
    return Why(rule=rule, reason="Nobody has answered; it goes to the issuer's superior.", numbers=(number,))


def due_when_signed(
    *, drafted_at: datetime, due_at: datetime, due_fixed: bool, signed_at: datetime
) -> datetime:
    """A span begins at the signature and keeps its length; a day and hour that somebody named stays."""
    return due_at if due_fixed else aware(signed_at) + (aware(due_at) - aware(drafted_at))


def waits_since(intervals: Iterable[tuple[datetime, datetime]], *, until: datetime) -> datetime:
    """Since when an order has waited without a break until a moment. Each interval is one wait: (from, to).

    What it waited for earlier, with a pause between, was added to its span then.
    """
    since = until
    for began, ended in sorted(intervals, key=lambda wait: wait[1], reverse=True):
        if ended >= since:
            since = min(since, began)
    return since


def due_when_released(
    *, issued_at: datetime, due_at: datetime, due_fixed: bool, waits_since: datetime, released_at: datetime
) -> datetime:
    """A span is longer by the time for which the order waited, counted from its issue at the earliest."""
    if due_fixed:
        return due_at
    waited = aware(released_at) - max(aware(issued_at), aware(waits_since))
    return due_at + max(waited, timedelta(0))
