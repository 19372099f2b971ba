"""Who must do what by when, and was it done?"""

from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from ninja import Query, Router, Schema
from pydantic import Field

from liankong.actions import orders as verbs
from liankong.store.models import Order
from liankong.vocabulary.kinds import OrderKind, OrderState
from liankong.web.api.door import Caller, caller
from liankong.web.api.kit import After, Id, Limit, Line, Moment, Page, answers, in_sight, paged

router = Router(tags=["orders"])


class OrderOut(Schema):
    """An order: addressee, deadline, receipt, proof. `basis` says which rule and number set the deadline."""

    id: int
    kind: OrderKind
    title: str
    division: str
    issuer: int
    addressee: int
    case: int | None
    person: int | None
    state: OrderState
    issued_at: datetime
    due_at: datetime
    received_at: datetime | None
    done_at: datetime | None
    overdue_at: datetime | None
    proof: str
    basis: str

    @staticmethod
    def resolve_issuer(row: Any) -> int:
        return int(row.issuer_id)

    @staticmethod
    def resolve_addressee(row: Any) -> int:
        return int(row.addressee_id)

    @staticmethod
    def resolve_case(row: Any) -> int | None:
        found: int | None = row.case_id
        return found

    @staticmethod
    def resolve_person(row: Any) -> int | None:
        found: int | None = row.person_id
        return found


class OrderFilters(Schema):
    """All that are given must hold."""

    mine: bool = Field(False, description="Only those addressed to the organisation of the post in use.")
    open: bool | None = Field(None, description="Whether it still waits to be done.")
    overdue: bool | None = None
    kind: OrderKind | None = None
    state: OrderState | None = None
    case: Id | None = None
    due_before: Moment | None = None


class ProofIn(Schema):
    proof: Line = Field(description="How it was done: a number, a document, what was found.")


@router.get("/orders", response=answers(Page[OrderOut]), operation_id="list_orders")
def list_orders(
    request: HttpRequest,
    filters: Query[OrderFilters],
    after: After = None,
    limit: Limit = 50,
) -> object:
    """Orders in sight, the next due first."""
    asking = caller(request)
    asking.need()
    return paged(_chosen(filters, asking), order=("due_at", "id"), after=after, limit=limit)


@router.get("/orders/{order}", response=answers(OrderOut), operation_id="get_order")
def get_order(request: HttpRequest, order: Id) -> object:
    """One order."""
    caller(request).need()
    return in_sight(Order.objects.all(), order)


@router.post("/orders/{order}/receive", response=answers(OrderOut), operation_id="receive_order")
def receive_order(request: HttpRequest, order: Id) -> object:
    """Acknowledge: the addressee has read it. Receiving twice changes nothing."""
    asking = caller(request)
    in_sight(Order.objects.all(), order)
    return verbs.receive(order=order, by=asking.actor, at=asking.at)


@router.post("/orders/{order}/finish", response=answers(OrderOut), operation_id="finish_order")
def finish_order(request: HttpRequest, order: Id, payload: ProofIn) -> object:
    """Report it done, with proof."""
    asking = caller(request)
    in_sight(Order.objects.all(), order)
    return verbs.finish(order=order, proof=payload.proof, by=asking.actor, at=asking.at)


def _chosen(filters: OrderFilters, asking: Caller) -> "QuerySet[Order]":
    rows = Order.objects.all()
    if filters.mine:
        rows = rows.filter(addressee=asking.seat.organisation)
    if filters.open is not None:
        rows = rows.filter(done_at__isnull=filters.open)
    if filters.overdue is not None:
        late = rows.filter(done_at__isnull=True, due_at__lt=asking.at)
        rows = late if filters.overdue else rows.exclude(pk__in=late.values("pk"))
    if filters.due_before is not None:
        rows = rows.filter(due_at__lt=filters.due_before)
    return rows.filter(**filters.dict(include={"kind", "state", "case"}, exclude_none=True))
