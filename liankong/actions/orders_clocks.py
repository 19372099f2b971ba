"""Who has let an order lie? Warning, ring, reminder, and the issuer's superior, each once; and a call by hand."""

from collections.abc import Callable, Iterable
from datetime import datetime

from django.db.models import F, Q

from liankong.actions import Refused, action
from liankong.protocols.standing import ordering
from liankong.rules.orders_clock import RUNNING, Alarm, rings
from liankong.store import log, orders
from liankong.store.log import Actor
from liankong.store.models import Batch, Order
from liankong.vocabulary.facts import Fact, OrderEscalated, OrderOverdue, OrderReminded
from liankong.vocabulary.kinds import OrderState

AT_ONCE = 500
# Where each alarm leaves its mark, so that it is given once.
MARKS = {
    Alarm.WARNING: "warned_at",
    Alarm.OVERDUE: "overdue_at",
    Alarm.REMINDER: "reminded_at",
    Alarm.ESCALATION: "escalated_at",
}


@action("orders.clock", automatic=True)
def warn(*, by: Actor, at: datetime, limit: int = AT_ONCE) -> int:
    """Tell the addressee that a deadline comes near; returns how many were told."""
    notice = ordering().clocks.remind_before.value
    soon = Q(due_at__gt=at, due_at__lte=at + notice) & Q(due_at__gt=F("issued_at") + notice)
    return _sound(
        Alarm.WARNING, soon, lambda row: OrderReminded(order=row.pk, before=True), by=by, at=at, limit=limit
    )


@action("orders.clock", automatic=True)
def mark_overdue(*, by: Actor, at: datetime, limit: int = AT_ONCE) -> int:
    """Ring for every open order whose deadline has passed; returns how many rang. Each rings once."""
    return _sound(
        Alarm.OVERDUE,
        Q(due_at__lte=at),
        lambda row: OrderOverdue(order=row.pk, due_at=row.due_at),
        by=by,
        at=at,
        limit=limit,
    )


@action("orders.clock", automatic=True)
def remind(*, by: Actor, at: datetime, limit: int = AT_ONCE) -> int:
    """Remind the addressee of what has been overdue for a while; returns how many were reminded."""
    passed = Q(due_at__lte=at - ordering().clocks.remind_after.value)
    return _sound(
        Alarm.REMINDER,
        passed,
        lambda row: OrderReminded(order=row.pk, before=False),
        by=by,
        at=at,
        limit=limit,
    )


@action("orders.clock", automatic=True)
def escalate(*, by: Actor, at: datetime, limit: int = AT_ONCE) -> int:
    """Put what nobody has answered on the desk of the issuer's superior, an emergency at its very deadline.

    Where nobody is above the issuer it comes back to the issuer itself. Returns how many went up.
    """
    late = Q(due_at__lte=at - ordering().clocks.escalate_after.value) | Q(emergency=True, due_at__lte=at)

    def fact(row: Order) -> Fact:
        row.escalated_to = orders.superior(row.issuer_id, at) or row.issuer
        return OrderEscalated(order=row.pk, to=row.escalated_to.pk)

    return _sound(Alarm.ESCALATION, late, fact, by=by, at=at, limit=limit, also=("escalated_to",))


@action("orders.issue")
def remind_batch(*, batch: int, by: Actor, at: datetime) -> int:
    """Call on those of a batch who have not acknowledged, or are late; returns how many were called."""
    if not Batch.objects.filter(pk=batch).exists():
        raise Refused("there is no such batch in your jurisdiction")
    rows = Order.objects.select_for_update(of=("self",)).filter(orders.running(), batch=batch)
    silent = rows.filter(Q(state=OrderState.ISSUED) | Q(due_at__lte=at)).order_by("pk")
    return sum(_call(row, by, at) for row in silent)


@action("orders.issue")
def call(*, order: int, by: Actor, at: datetime) -> Order:
    """Remind the addressee of one order by hand."""
    row = orders.locked(order)
    if row is None:
        raise Refused("there is no such order in your jurisdiction")
    if OrderState(row.state) not in RUNNING:
        raise Refused("this order is closed already")
    _call(row, by, at)
    return row


def _call(row: Order, by: Actor, at: datetime) -> int:
    if by.organisation is None or not orders.answers_to(row.issuer_id, by.organisation, at):
        raise Refused("this order was issued by another organisation")
    row.called_at = at
    row.save(update_fields=["called_at"])
    fact = OrderReminded(order=row.pk, before=at < row.due_at)
    log.record(fact, subject=row.pk, division=row.division, by=by, at=at)
    return 1


def _sound(
    alarm: Alarm,
    due: Q,
    fact: Callable[[Order], Fact],
    *,
    by: Actor,
    at: datetime,
    limit: int,
    also: Iterable[str] = (),
) -> int:
    """Give one alarm for the orders that `due` chooses; the database narrows, the rule decides."""
    mark = MARKS[alarm]
    # What stands still while it waits is left out here, or it would fill the window for ever.
    moving = Q(emergency=True) | Q(due_fixed=True) | ~Q(orders.held())
    chosen = orders.running() & moving
    if alarm is Alarm.ESCALATION:
        chosen |= orders.unanswered()
    rows = (
        Order.objects.select_for_update(skip_locked=True, of=("self",))
        .filter(chosen, due, done_at__isnull=True, **{f"{mark}__isnull": True})
        .select_related("issuer")
        .order_by("due_at", "pk")[:limit]
    )
    count = 0
    for row in rows:
        if all(ring.alarm is not alarm for ring in rings(orders.clocked(row, waits=False), now=at)):
            continue
        told = fact(row)
        setattr(row, mark, at)
        row.save(update_fields=[mark, *also])
        log.record(told, subject=row.pk, division=row.division, by=by, at=at)
        count += 1
    return count
