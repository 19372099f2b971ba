"""What the clocks do to an order that nobody answers, and what follows when one is closed."""

import contextlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier

import pytest
from django.db import connection
from support import town as towns
from support.town import JINNAN, Town

from liankong import flow
from liankong.actions import Refused, orders, orders_issue, orders_waiting
from liankong.actions.orders_issue import Words
from liankong.protocols.standing import ordering
from liankong.store import log
from liankong.store import orders as store
from liankong.store.access import node_scope
from liankong.store.log import Actor
from liankong.store.models import Entry, Order, OrderWait
from liankong.vocabulary.kinds import OrderKind, OrderState, Role

pytestmark = pytest.mark.django_db
CLOCKS = ordering().clocks
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
ORDER_CLOCKS = [verb for verb in flow.CLOCKS if verb.__module__.endswith("orders_clocks")]


@pytest.fixture
def town(at: datetime) -> Iterator[Town]:
    with node_scope():
        yield towns.build(at)


def issue(town: Town, at: datetime, hours: int = 4, **more: object) -> Order:
    words = Words(kind=OrderKind.TASK, title="Check the masks", due_at=at + hours * HOUR, **more)  # type: ignore[arg-type]  # a test's keywords
    return orders_issue.issue(words=words, addressee=town.cdc.pk, by=town[Role.COMMANDER], at=at)


def draft_span(town: Town, at: datetime) -> Order:
    """An order by a rule, whose deadline is a span of two hours."""
    return store.issue(
        kind=OrderKind.ZONE,
        title="Close the gate",
        issuer=town.district,
        addressee=town.cdc,
        division=JINNAN,
        due_at=at + 2 * HOUR,
        by=Actor(rule="flow:zones"),
        at=at,
    )


def tick(at: datetime) -> None:
    """All clocks of orders, as the clock process runs them."""
    for verb in ORDER_CLOCKS:
        verb(by=Actor(rule=f"clock:{flow.name_of(verb)}"), at=at)


def told(order: Order) -> list[str]:
    return list(
        Entry.objects.filter(subject_kind="order", subject=order.pk)
        .order_by("pk")
        .values_list("kind", flat=True)
    )


def test_an_order_that_nobody_answers_warns_rings_reminds_and_goes_to_the_issuers_superior_once_each(
    town: Town, at: datetime
) -> None:
    order = issue(town, at)
    moments: dict[str, datetime] = {}
    now = at
    while now <= at + 8 * HOUR:
        tick(now)
        row = Order.objects.get(pk=order.pk)
        for mark in ("warned_at", "overdue_at", "reminded_at", "escalated_at"):
            if getattr(row, mark):
                moments.setdefault(mark, now)
        now += 10 * MINUTE
    due = order.due_at
    assert moments == {
        "warned_at": due - CLOCKS.remind_before.value,
        "overdue_at": due,
        "reminded_at": due + CLOCKS.remind_after.value,
        "escalated_at": due + CLOCKS.escalate_after.value,
    }
    assert told(order) == ["OrderIssued", "OrderReminded", "OrderOverdue", "OrderReminded", "OrderEscalated"]
    assert Order.objects.get(pk=order.pk).escalated_to == town.city
    assert Entry.objects.get(kind="OrderEscalated").body == {"order": order.pk, "to": town.city.pk}


def test_an_emergency_goes_up_in_the_minute_of_its_deadline(town: Town, at: datetime) -> None:
    order = issue(town, at, emergency=True)
    tick(order.due_at - MINUTE)
    assert Order.objects.get().escalated_at is None
    tick(order.due_at)
    assert (Order.objects.get().escalated_to, Order.objects.get().escalated_at) == (town.city, order.due_at)


def test_at_the_top_a_late_order_comes_back_to_who_issued_it(town: Town, at: datetime) -> None:
    mayor = towns.seat(Role.COMMANDER, town.city, at=at)
    words = Words(kind=OrderKind.TASK, title="Report", due_at=at + HOUR)
    orders_issue.issue(words=words, addressee=town.district.pk, by=mayor, at=at)
    tick(at + 9 * HOUR)
    assert Order.objects.get().escalated_to == town.city


def test_what_is_done_or_withdrawn_in_time_never_rings(town: Town, at: datetime) -> None:
    done, withdrawn = issue(town, at), issue(town, at)
    orders.finish(order=done.pk, proof="seen", by=town[Role.EPIDEMIOLOGIST], at=at + HOUR)
    orders_issue.cancel(order=withdrawn.pk, reason="no need", by=town[Role.COMMANDER], at=at + HOUR)
    tick(at + 99 * HOUR)
    assert not Entry.objects.filter(kind__in=("OrderOverdue", "OrderReminded", "OrderEscalated")).exists()


def test_a_returned_order_that_its_issuer_lets_lie_goes_up(town: Town, at: datetime) -> None:
    lying, answered = issue(town, at), issue(town, at)
    for order in (lying, answered):
        orders.send_back(order=order.pk, reason="no reagents", by=town[Role.EPIDEMIOLOGIST], at=at + HOUR)
    orders_issue.issue_again(
        order=answered.pk, due_at=at + 99 * HOUR, by=town[Role.COMMANDER], at=at + 2 * HOUR
    )
    tick(at + 9 * HOUR)
    assert list(Order.objects.filter(escalated_at__isnull=False)) == [lying]
    assert "OrderOverdue" not in told(lying)


def close(order: Order, town: Town, at: datetime) -> None:
    """It is done, and everything that follows has happened."""
    with log.collecting() as consequences:
        orders.finish(order=order.pk, proof="seen", by=town[Role.EPIDEMIOLOGIST], at=at)
    flow.answer_now(consequences)


def test_the_last_of_two_releases_what_waited_and_its_span_runs_from_then(town: Town, at: datetime) -> None:
    first, second, waiting = issue(town, at), issue(town, at), draft_span(town, at)
    for until in (first, second):
        orders_waiting.wait_for(order=waiting.pk, until_done=until.pk, by=town[Role.COMMANDER], at=at)
    close(first, town, at + HOUR)
    tick(at + 3 * HOUR)
    assert told(waiting) == ["OrderIssued", "OrderMadeToWait", "OrderMadeToWait"]
    close(second, town, at + 3 * HOUR)
    released = Entry.objects.get(kind="OrderReleased")
    assert Entry.objects.get(pk=released.cause).kind == "OrderDone"
    waiting.refresh_from_db()
    assert waiting.due_at == at + 5 * HOUR
    assert orders.start(order=waiting.pk, by=town[Role.EPIDEMIOLOGIST], at=at + 3 * HOUR).state == "started"
    tick(at + 5 * HOUR)
    assert "OrderOverdue" in told(waiting)


def test_withdrawing_what_was_waited_for_lets_the_rest_go_on(town: Town, at: datetime) -> None:
    first = issue(town, at)
    waiting = issue(town, at, waits_for=[first.pk])
    with log.collecting() as consequences:
        orders_issue.cancel(order=first.pk, reason="no need", by=town[Role.COMMANDER], at=at)
    flow.answer_now(consequences)
    assert orders.start(order=waiting.pk, by=town[Role.EPIDEMIOLOGIST], at=at).state == OrderState.STARTED


def test_a_release_that_runs_twice_moves_the_deadline_once(town: Town, at: datetime) -> None:
    first, waiting = issue(town, at), draft_span(town, at)
    orders_waiting.wait_for(order=waiting.pk, until_done=first.pk, by=town[Role.COMMANDER], at=at)
    close(first, town, at + HOUR)
    cause = Entry.objects.get(kind="OrderDone")
    flow.answer_now([("orders_waiting.release", cause.pk)])
    orders_waiting.release(cause=cause, by=Actor(rule="flow:again"), at=at + 2 * HOUR)
    waiting.refresh_from_db()
    assert waiting.due_at == at + 3 * HOUR
    assert OrderWait.objects.get().released_at == at + HOUR


def test_orders_that_stand_still_do_not_keep_the_clock_from_the_others(town: Town, at: datetime) -> None:
    first = issue(town, at, hours=99)
    for _ in range(3):
        held = draft_span(town, at)
        orders_waiting.wait_for(order=held.pk, until_done=first.pk, by=town[Role.COMMANDER], at=at)
    late = draft_span(town, at)
    verb = next(verb for verb in ORDER_CLOCKS if flow.name_of(verb).endswith("mark_overdue"))
    assert verb(by=Actor(rule="clock"), at=at + 3 * HOUR, limit=2) == 1
    assert told(late)[-1] == "OrderOverdue"


def test_an_order_that_waits_twice_gets_the_time_of_each_wait_once(town: Town, at: datetime) -> None:
    first, second, waiting = issue(town, at), issue(town, at), draft_span(town, at)
    orders_waiting.wait_for(order=waiting.pk, until_done=first.pk, by=town[Role.COMMANDER], at=at)
    close(first, town, at + HOUR)
    orders_waiting.wait_for(order=waiting.pk, until_done=second.pk, by=town[Role.COMMANDER], at=at + 2 * HOUR)
    close(second, town, at + 3 * HOUR)
    waiting.refresh_from_db()
    assert waiting.due_at == at + 4 * HOUR


def test_nothing_waits_for_what_has_gone_out_again_under_another_number(town: Town, at: datetime) -> None:
    gone, waiting = issue(town, at), issue(town, at)
    orders.send_back(order=gone.pk, reason="no reagents", by=town[Role.EPIDEMIOLOGIST], at=at)
    orders_issue.issue_again(order=gone.pk, due_at=at + HOUR, by=town[Role.COMMANDER], at=at)
    with pytest.raises(Refused, match="closed already"):
        orders_waiting.wait_for(order=waiting.pk, until_done=gone.pk, by=town[Role.COMMANDER], at=at)


@pytest.mark.django_db(transaction=True)
def test_an_order_done_in_the_moment_in_which_another_is_made_to_wait_for_it_leaves_nobody_waiting(
    at: datetime,
) -> None:
    with node_scope():
        here = towns.build(at)
    for _ in range(8):
        with node_scope():
            first, waiting = issue(here, at), issue(here, at)
        gate = Barrier(2)

        def done(gate: Barrier = gate, order: Order = first) -> None:
            with node_scope():
                gate.wait()
                orders.finish(order=order.pk, proof="seen", by=here[Role.EPIDEMIOLOGIST], at=at)
            connection.close()

        def wait(gate: Barrier = gate, order: Order = waiting, until: Order = first) -> None:
            with node_scope():
                gate.wait()
                with contextlib.suppress(Refused):
                    orders_waiting.wait_for(
                        order=order.pk, until_done=until.pk, by=here[Role.COMMANDER], at=at
                    )
            connection.close()

        with ThreadPoolExecutor(2) as pool:
            for task in (pool.submit(done), pool.submit(wait)):
                task.result(timeout=30)
        with node_scope():
            cause = Entry.objects.get(kind="OrderDone", subject=first.pk)
            orders_waiting.release(cause=cause, by=Actor(rule="flow:test"), at=at)
            assert not OrderWait.objects.filter(order=waiting, released_at__isnull=True).exists()
            orders.start(order=waiting.pk, by=here[Role.EPIDEMIOLOGIST], at=at)
