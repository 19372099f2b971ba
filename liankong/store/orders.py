"""The shared mutator of orders: any stage may issue one; its life afterwards belongs to `actions.orders`."""

from datetime import datetime

from liankong.store import log
from liankong.store.log import Actor
from liankong.store.models import Case, Entry, Order, Organisation, Person
from liankong.vocabulary.facts import OrderDone, OrderIssued
from liankong.vocabulary.kinds import OrderKind, OrderState


def issue(
    *,
    kind: OrderKind,
    title: str,
    issuer: Organisation,
    addressee: Organisation,
    division: str,
    due_at: datetime,
    by: Actor,
    at: datetime,
    case: Case | None = None,
    person: Person | None = None,
    basis: str = "",
    protocol: str = "",
    cause: Entry | None = None,
) -> Order:
    """Write the order and record OrderIssued. `basis` says which rule and number set the deadline."""
    order = Order.objects.create(
        kind=kind,
        title=title,
        issuer=issuer,
        addressee=addressee,
        division=division,
        case=case,
        person=person,
        issued_at=at,
        issued_by_id=by.user,
        due_at=due_at,
        basis=basis,
    )
    log.record(
        OrderIssued(order=order.pk, order_kind=kind, addressee=addressee.pk, due_at=due_at),
        subject=order.pk,
        division=division,
        by=by,
        at=at,
        cause=cause,
        protocol=protocol,
    )
    return order


def complete(
    order: Order, *, proof: str, done_by: int | None, by: Actor, at: datetime, cause: Entry | None = None
) -> None:
    """Close an order that something else has answered; `done_by` is the user whose act that was."""
    order.state, order.done_at, order.done_by_id, order.proof = OrderState.DONE, at, done_by, proof[:300]
    order.received_at = order.received_at or at
    order.save(update_fields=["state", "done_at", "done_by", "proof", "received_at"])
    fact = OrderDone(order=order.pk, late=at > order.due_at)
    log.record(fact, subject=order.pk, division=order.division, by=by, at=at, cause=cause)
