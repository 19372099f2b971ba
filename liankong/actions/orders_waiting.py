"""What may go on, and what must wait? Dependencies between orders, and emergencies, which wait for nothing."""

from datetime import datetime

from django.db.models import Q

from liankong.actions import Refused, action
from liankong.rules import orders_words
from liankong.rules.orders import CLOSED
from liankong.store import log, orders, orders_waiting
from liankong.store.log import Actor
from liankong.store.models import Entry, Order
from liankong.vocabulary.facts import OrderHurried
from liankong.vocabulary.kinds import OrderState


@action("orders.issue")
def wait_for(*, order: int, until_done: int, by: Actor, at: datetime) -> Order:
    """Let an order wait until another is done. An emergency never waits, and circles are refused."""
    orders_waiting.one_at_a_time()
    row = _mine(order, by, at)
    try:
        judged = orders_waiting.hold(row, until_done, by=by, at=at)
    except Order.DoesNotExist as error:
        raise Refused("there is no such order in your jurisdiction", field="until_done") from error
    if not judged.allowed:
        raise Refused(judged.why.reason, field=judged.field, **judged.why.values)
    return row


@action("orders.issue")
def go_ahead(*, order: int, until_done: int, by: Actor, at: datetime) -> Order:
    """Let an order no longer wait for another, which may go on as it will."""
    row = _mine(order, by, at)
    orders_waiting.let_go(Q(order=row, until_done=until_done), by=by, at=at)
    row.refresh_from_db()
    return row


@action("orders.issue")
def hurry(*, order: int, reason: str, by: Actor, at: datetime) -> Order:
    """Make an order an emergency: from now on it waits for nothing. It stays one."""
    row = _mine(order, by, at)
    if row.emergency:
        return row
    if OrderState(row.state) in CLOSED:
        raise Refused("this order is closed already")
    if not reason.strip():
        raise Refused("say why it cannot wait", field="reason")
    try:
        orders_words.check(reason=reason)
    except orders_words.PersonalNumber as error:
        raise Refused(error.template, field=error.field) from error
    row.emergency = True
    row.save(update_fields=["emergency"])
    fact = OrderHurried(order=row.pk, reason=reason.strip()[:300])
    log.record(fact, subject=row.pk, division=row.division, by=by, at=at)
    orders_waiting.let_go(Q(order=row), by=by, at=at)
    row.refresh_from_db()
    return row


@action("orders.clock", automatic=True)
def release(*, cause: Entry, by: Actor, at: datetime) -> int:
    """An order was done or cancelled: whatever waited for it alone may go on. Returns how many do."""
    return orders_waiting.let_go(Q(until_done_id=cause.subject), by=by, at=at, cause=cause)


def _mine(order: int, by: Actor, at: datetime) -> Order:
    row = orders.locked(order)
    if row is None:
        raise Refused("there is no such order in your jurisdiction")
    if by.organisation is None or not orders.answers_to(row.issuer_id, by.organisation, at):
        raise Refused("this order was issued by another organisation")
    return row
