"""Who must do what by when, and was it done?"""

from datetime import datetime

from liankong.actions import Refused, action
from liankong.store import log
from liankong.store.log import Actor
from liankong.store.models import Order
from liankong.vocabulary.facts import OrderDone, OrderOverdue, OrderReceived
from liankong.vocabulary.kinds import OrderState

OPEN = (OrderState.ISSUED, OrderState.RECEIVED, OrderState.STARTED)


@action("orders.handle")
def receive(*, order: int, by: Actor, at: datetime) -> Order:
    """Acknowledge: the addressee has read it. Receiving twice changes nothing."""
    row = _locked(order, by)
    if row.state != OrderState.ISSUED:
        return row
    row.state, row.received_at, row.received_by_id = OrderState.RECEIVED, at, by.user
    row.save(update_fields=["state", "received_at", "received_by"])
    log.record(OrderReceived(order=row.pk), subject=row.pk, division=row.division, by=by, at=at)
    return row


@action("orders.handle")
def finish(*, order: int, proof: str, by: Actor, at: datetime) -> Order:
    """Report it done, with proof in words (a number, a file's name, what was found)."""
    row = _locked(order, by)
    if row.state not in OPEN:
        raise Refused("this order is closed already")
    if not proof.strip():
        raise Refused("say how it was done: a number, a document, what was found", field="proof")
    row.state, row.done_at, row.done_by_id, row.proof = OrderState.DONE, at, by.user, proof.strip()
    row.received_at = row.received_at or at
    row.received_by_id = row.received_by_id or by.user
    row.save(update_fields=["state", "done_at", "done_by", "proof", "received_at", "received_by"])
    late = at > row.due_at
    log.record(OrderDone(order=row.pk, late=late), subject=row.pk, division=row.division, by=by, at=at)
    return row


@action("orders.clock", automatic=True)
def mark_overdue(*, by: Actor, at: datetime, limit: int = 500) -> int:
    """Ring for every open order whose deadline has passed; returns how many rang. Each rings once."""
    rows = Order.objects.select_for_update(skip_locked=True, of=("self",)).filter(
        state__in=OPEN, due_at__lt=at, overdue_at__isnull=True
    )[:limit]
    count = 0
    for row in rows:
        row.overdue_at = at
        row.save(update_fields=["overdue_at"])
        fact = OrderOverdue(order=row.pk, due_at=row.due_at)
        log.record(fact, subject=row.pk, division=row.division, by=by, at=at)
        count += 1
    return count


def _locked(order: int, by: Actor) -> Order:
    row = Order.objects.select_for_update(of=("self",)).filter(pk=order).first()
    if row is None:
        raise Refused("there is no such order in your jurisdiction")
    if by.organisation != row.addressee_id:
        raise Refused("this order is addressed to another organisation")
    return row
