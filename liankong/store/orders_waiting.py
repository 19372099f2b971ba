"""The shared mutators of waits: which order waits for which, and what lets it go."""

from datetime import datetime

from django.db import connection
from django.db.models import Q

from liankong.rules import orders_waiting as rules
from liankong.rules.orders import CLOSED, Move
from liankong.rules.orders_clock import RUNNING, due_when_released, waits_since
from liankong.store import log
from liankong.store.access import node_scope
from liankong.store.log import Actor
from liankong.store.models import Entry, Order, OrderWait
from liankong.vocabulary.facts import OrderMadeToWait, OrderReleased
from liankong.vocabulary.kinds import OrderState

# Two waits made at one moment could close a circle that neither sees; so one is made after the other.
LOCK = "SELECT pg_advisory_xact_lock(hashtext('store_orderwait'))"


def one_at_a_time() -> None:
    """Take it before any row is locked, or two who make orders wait for each other's would block each other."""
    with connection.cursor() as cursor:
        cursor.execute(LOCK)


def hold(order: Order, until_done: int, *, by: Actor, at: datetime) -> Move:
    """Let one order wait for another in sight, if the rule allows it. A wait that stands already is left as it is.

    Call `one_at_a_time` before. Raises Order.DoesNotExist.
    """
    # Locked: were it done between this look and the commit, nothing would ever release the wait.
    until = Order.objects.select_for_update(of=("self",)).get(pk=until_done)
    judged = rules.may_wait(order.pk, until.pk, _waits(order, until), state=OrderState(order.state))
    if not judged.allowed:
        return judged
    row, made = OrderWait.objects.get_or_create(order=order, until_done=until, defaults={"at": at})
    if made or row.released_at is not None:
        row.at, row.released_at = at, None
        row.save(update_fields=["at", "released_at"])
        log.record(
            OrderMadeToWait(order=order.pk, until_done=until.pk),
            subject=order.pk,
            division=order.division,
            by=by,
            at=at,
        )
    return judged


def let_go(chosen: Q, *, by: Actor, at: datetime, cause: Entry | None = None) -> int:
    """End these waits; an order that waits for nothing more is released and its span begins. Returns how many are."""
    held = OrderWait.objects.filter(chosen, released_at__isnull=True)
    if not held.exists():
        return 0
    # Orders before their waits, as everybody who changes waits locks them.
    orders = list(
        Order.objects.select_for_update(of=("self",)).filter(pk__in=held.values("order")).order_by("pk")
    )
    count = 0
    for order in orders:
        if not held.filter(order=order).update(released_at=at):
            continue  # another let it go while this waited for the lock
        waits = list(order.waits.values_list("at", "released_at"))
        if any(until is None for _since, until in waits):
            continue
        since = waits_since([(began, ended) for began, ended in waits if ended is not None], until=at)
        _released(order, waits_since=since, by=by, at=at, cause=cause)
        count += 1
    return count


def _released(order: Order, *, waits_since: datetime, by: Actor, at: datetime, cause: Entry | None) -> None:
    if order.state in RUNNING:
        # A draft's span begins with its signature in any case.
        order.due_at = due_when_released(
            issued_at=order.issued_at,
            due_at=order.due_at,
            due_fixed=order.due_fixed,
            waits_since=waits_since,
            released_at=at,
        )
        order.save(update_fields=["due_at"])
    fact = OrderReleased(order=order.pk, due_at=order.due_at)
    log.record(fact, subject=order.pk, division=order.division, by=by, at=at, cause=cause)


def _waits(order: Order, until_done: Order) -> rules.Waits:
    """All waits that can be reached from `until_done`, also those of other jurisdictions: a circle has no border."""
    found: set[tuple[int, int]] = set()
    heads = {until_done.pk}
    with node_scope():
        while heads:
            pairs = set(
                OrderWait.objects.filter(order__in=heads, released_at__isnull=True).values_list(
                    "order_id", "until_done_id"
                )
            )
            heads = {until for _order, until in pairs - found}
            found |= pairs
    both = (order, until_done)
    closed = {row.pk for row in both if OrderState(row.state) in CLOSED}
    if until_done.state == OrderState.RETURNED and until_done.followed_by.exists():
        closed.add(until_done.pk)  # it goes on under another number
    return rules.Waits(
        open=frozenset(found),
        emergencies=frozenset(row.pk for row in both if row.emergency),
        closed=frozenset(closed),
    )
