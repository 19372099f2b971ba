"""Which orders are there? Filters and orderings of the board, and what its rows show beside the order itself."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from liankong.rules.orders_clock import RUNNING
from liankong.store import orders as store
from liankong.store.models import Order, OrderWait
from liankong.vocabulary.kinds import OrderKind, OrderState
from liankong.web import labels
from liankong.web.context import Sight
from liankong.web.places import organisation_names

WHOSE = ("mine", "ours", "below", "escalated")
# What still asks something of somebody; a draft does too, but only of its signer.
OPEN = (*(state for state in OrderState if state in RUNNING), OrderState.RETURNED)
BY_DEADLINE, NEWEST = ("due_at", "pk"), ("-issued_at", "-pk")


@dataclass(frozen=True, slots=True)
class Filter:
    """One control of the filter bar."""

    name: str
    label: str
    options: list[tuple[str, Any]]
    value: str


def filters(query: Mapping[str, str]) -> list[Filter]:
    states = [("open", pgettext("orders", "Open")), ("all", pgettext("orders", "All"))]
    return [
        Filter("kind", _("Kind"), labels.options("orderkind"), query.get("kind", "")),
        Filter("state", _("State"), states + labels.options("order"), query.get("state", "open")),
        Filter("late", _("Deadline"), [("yes", _("overdue")), ("no", _("in time"))], query.get("late", "")),
    ]


def whose(query: Mapping[str, str]) -> str:
    asked = query.get("whose", "")
    return asked if asked in WHOSE else "mine"


def select(query: Mapping[str, str], seen: Sight) -> "QuerySet[Order]":
    """The orders that an address asks for. What it does not understand it leaves out of the question."""
    rows = _of(whose(query), seen)
    kind, state = query.get("kind", ""), query.get("state", "open")
    if kind in set(OrderKind):
        rows = rows.filter(kind=kind)
    if state in set(OrderState):
        rows = rows.filter(state=state)
    elif state != "all":
        # The time is what the index of open orders goes by.
        rows = rows.filter(done_at__isnull=True, state__in=OPEN)
    late = Q(due_at__lte=seen.at, done_at__isnull=True, state__in=RUNNING)
    if query.get("late") == "yes":
        rows = rows.filter(late)
    elif query.get("late") == "no":
        rows = rows.exclude(late)
    batch = query.get("batch", "")
    if batch.isascii() and batch.isdecimal() and len(batch) < 19:
        rows = rows.filter(batch=int(batch))
    return rows


def _of(whose: str, seen: Sight) -> "QuerySet[Order]":
    """Orders to the seat's organisation, from it, escalated to it, or of others in its jurisdiction."""
    body = seen.seat.organisation if seen.seat else None
    if whose == "ours":
        return Order.objects.filter(issuer=body)
    if whose == "escalated":
        return Order.objects.filter(escalated_to=body)
    # A draft binds nobody: until it is signed only its issuer needs to know of it.
    bound = Order.objects.exclude(state=OrderState.DRAFT)
    if whose == "below":
        return bound.exclude(addressee=body).exclude(issuer=body)
    return bound.filter(addressee=body)


def ordering(query: Mapping[str, str]) -> tuple[str, ...]:
    """What is open goes by its deadline; what is closed, by when it was issued."""
    state = query.get("state", "open")
    closed = (OrderState.DONE, OrderState.CANCELLED, "all")
    return NEWEST if state in closed else BY_DEADLINE


def with_names(rows: Iterable[Order], seen: Sight) -> list[Order]:
    """The rows with what their bodies are called and whether they wait; two queries however many there are."""
    found = list(rows)
    keys = {row.issuer_id for row in found} | {row.addressee_id for row in found}
    names = organisation_names(keys, seen.at)
    held = set(
        OrderWait.objects.filter(order__in=[row.pk for row in found], released_at__isnull=True).values_list(
            "order_id", flat=True
        )
    )
    for row in found:
        row.issuer_name = names.get(row.issuer_id, f"#{row.issuer_id}")  # type: ignore[attr-defined]  # for the template alone
        row.addressee_name = names.get(row.addressee_id, f"#{row.addressee_id}")  # type: ignore[attr-defined]  # as above
        row.is_held = row.pk in held  # type: ignore[attr-defined]  # as above
    return found


# --- what waits for this seat -------------------------------------------------------------------------------


def to_sign(seen: Sight) -> "QuerySet[Order]":
    """Drafts that the seat's organisation would issue."""
    body = seen.seat.organisation if seen.seat else None
    return Order.objects.filter(issuer=body, state=OrderState.DRAFT)


def escalated(seen: Sight) -> "QuerySet[Order]":
    """Late orders that have come up to the seat's organisation."""
    return _of("escalated", seen).filter(done_at__isnull=True, state__in=OPEN)


def came_back(seen: Sight) -> "QuerySet[Order]":
    """Orders of the seat's organisation that were returned and have not gone out again."""
    body = seen.seat.organisation if seen.seat else None
    return Order.objects.filter(store.unanswered(), issuer=body)


def name_of(organisation: int, seen: Sight) -> str:
    return organisation_names([organisation], seen.at).get(organisation, f"#{organisation}")
