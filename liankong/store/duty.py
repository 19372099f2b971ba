"""Rosters as they stand, and how the orders of a body stand when one shift hands over to the next."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db.models import Count, Q, QuerySet

from liankong.rules.duty import Gap, Turn, gaps
from liankong.store import orders
from liankong.store.models import Holding, Order, Organisation, Shift
from liankong.store.organisations import in_force
from liankong.vocabulary.kinds import OrderKind, OrderState

LATE_NAMED = 20  # more numbers than that nobody reads; the figure says how many there are


def between(organisation: int, start: datetime, end: datetime) -> "QuerySet[Shift]":
    """Shifts of a body that touch a span, the earliest first."""
    return (
        Shift.objects.filter(organisation=organisation, until_at__gt=start, from_at__lt=end)
        .select_related("post")
        .order_by("from_at", "-leads", "pk")
    )


def on_now(organisation: int, at: datetime) -> "QuerySet[Shift]":
    """Who is on duty at an hour, whoever leads first."""
    return (
        Shift.objects.filter(organisation=organisation, from_at__lte=at, until_at__gt=at)
        .select_related("post")
        .order_by("-leads", "from_at", "pk")
    )


def gaps_of(organisation: int, start: datetime, end: datetime) -> tuple[Gap, ...]:
    """When nobody of a body is on duty."""
    turns = between(organisation, start, end).values_list("from_at", "until_at")
    return gaps(turns, start=start, end=end)


def figures(organisation: int, at: datetime) -> dict[str, Any]:
    """How a body's orders stand: numbers of orders, never of people."""
    running = orders.running()
    counted = Order.objects.filter(addressee=organisation).aggregate(
        open=Count("pk", filter=running),
        silent=Count("pk", filter=Q(state=OrderState.ISSUED)),
        late=Count("pk", filter=running & Q(due_at__lte=at)),
        emergencies=Count("pk", filter=running & Q(emergency=True)),
        needs=Count("pk", filter=running & Q(kind=OrderKind.NEED)),
    )
    ours = Order.objects.filter(issuer=organisation).aggregate(
        issued=Count("pk", filter=running),
        issued_late=Count("pk", filter=running & Q(due_at__lte=at)),
        returned=Count("pk", filter=orders.unanswered()),
        to_sign=Count("pk", filter=Q(state=OrderState.DRAFT)),
    )
    late = Order.objects.filter(running, addressee=organisation, due_at__lte=at).order_by("due_at", "pk")
    return counted | ours | {"late_orders": list(late.values_list("pk", flat=True)[:LATE_NAMED])}


def holders(organisation: int, users: Sequence[int], at: datetime) -> dict[int, int]:
    """User -> the post that they hold in a body at an hour; those who hold none are missing."""
    held = Holding.objects.filter(in_force(at), post__organisation=organisation, user__in=set(users))
    return dict(held.order_by("-pk").values_list("user_id", "post_id"))


def turn_of(row: Shift) -> Turn:
    return Turn(user=row.user_id, from_at=row.from_at, until_at=row.until_at, leads=row.leads)


def planned_by(organisation: int, actor: int | None, at: datetime) -> Organisation | None:
    """The body, if it is the actor's own or answers to it; else None."""
    if actor is None or not orders.answers_to(organisation, actor, at):
        return None
    return Organisation.objects.filter(pk=organisation).first()
