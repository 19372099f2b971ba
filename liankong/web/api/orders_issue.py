"""Who tells whom what to do? Issue, draft, sign, withdraw, send out again, and let one order wait for another.

On the router of `orders`, since one address takes GET and POST only within one router; so this module brings both.
"""

from datetime import datetime
from typing import Annotated, Any

from django.http import HttpRequest, HttpResponse
from ninja import Schema, Status
from pydantic import Field, StringConstraints

from liankong.actions import orders_clocks, orders_waiting
from liankong.actions import orders_issue as verbs
from liankong.rules.orders_proof import Proof
from liankong.store import orders as store
from liankong.store.models import Batch, Order
from liankong.vocabulary.kinds import OrderKind
from liankong.web.api.door import caller, once
from liankong.web.api.kit import After, DivisionOrNode, Id, Key, Limit, Moment, Page, answers, in_sight, paged
from liankong.web.api.orders import OrderOut, ReasonIn, router, shown

__all__ = ["router"]

_PLAIN = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*$"
Title = Annotated[str, StringConstraints(strip_whitespace=True, max_length=160, pattern=_PLAIN)]
Text = Annotated[str, StringConstraints(max_length=20_000, pattern=_PLAIN)]
Unit = Annotated[str, StringConstraints(strip_whitespace=True, max_length=40, pattern=_PLAIN)]


class WordsIn(Schema):
    """What an order says. No name, ID number or phone: a person stands in it by number."""

    kind: OrderKind
    title: Title
    due_at: Moment
    text: Text = ""
    division: DivisionOrNode = Field("", description="Only this part of where the addressee answers.")
    place: Id | None = None
    person: Id | None = None
    emergency: bool = Field(False, description="It waits for nothing and goes up at its deadline.")
    asks: list[Proof] = Field(default_factory=list, max_length=3, description="Proof besides words.")
    unit: Unit = Field("", description="Of the figure: households.")
    waits_for: list[Id] = Field(default_factory=list, max_length=50)

    def words(self) -> verbs.Words:
        return verbs.Words(**self.dict(include=set(WordsIn.model_fields)))


class OrderIn(WordsIn):
    addressee: Id
    draft: bool = Field(False, description="Prepare it for a signature; it binds nobody until then.")


class BatchIn(WordsIn):
    addressees: list[Id] = Field(min_length=1, max_length=verbs.MOST)
    draft: bool = False


class AgainIn(Schema):
    """What came back goes out again; what is not given stays as it was."""

    due_at: Moment
    addressee: Id | None = None
    title: Title = ""
    text: Text = ""


class SignIn(Schema):
    orders: list[Id] = Field(min_length=1, max_length=500)
    due_at: Moment | None = Field(None, description="Another deadline for all of them.")


class WaitIn(Schema):
    until_done: Id


class BatchOut(Schema):
    id: int
    division: str
    title: str
    created_at: datetime


class BatchInFull(BatchOut):
    """A batch with how far its orders are; the orders themselves: `GET /orders?batch=`."""

    count: int
    drafts: int
    silent: int
    acknowledged: int
    started: int
    done: int
    returned: int
    late: int


class Reminded(Schema):
    reminded: int


@router.post("/orders", response=answers(OrderOut, 201), operation_id="issue_order")
def issue_order(
    request: HttpRequest, response: HttpResponse, payload: OrderIn, idempotency_key: Key = None
) -> object:
    """Send an order to one organisation, or prepare it for a signature."""
    asking = caller(request)
    verb = verbs.draft if payload.draft else verbs.issue

    def make() -> Order:
        return verb(words=payload.words(), addressee=payload.addressee, by=asking.actor, at=asking.at)

    return Status(201, once(request, response, idempotency_key, payload.dict(), make, Order))


@router.post("/order-batches", response=answers(BatchOut, 201), operation_id="issue_orders")
def issue_orders(
    request: HttpRequest, response: HttpResponse, payload: BatchIn, idempotency_key: Key = None
) -> object:
    """Send the same order to many organisations, all or none."""
    asking = caller(request)
    verb = verbs.draft_many if payload.draft else verbs.issue_many

    def make() -> Batch:
        return verb(words=payload.words(), addressees=payload.addressees, by=asking.actor, at=asking.at)

    return Status(201, once(request, response, idempotency_key, payload.dict(), make, Batch))


@router.get("/order-batches", response=answers(Page[BatchOut]), operation_id="list_order_batches")
def list_order_batches(request: HttpRequest, after: After = None, limit: Limit = 50) -> object:
    """Orders issued together, and meetings whose minutes became orders, the newest first."""
    caller(request).need()
    return paged(Batch.objects.all(), order=("-created_at", "-id"), after=after, limit=limit)


@router.get("/order-batches/{batch}", response=answers(BatchInFull), operation_id="get_order_batch")
def get_order_batch(request: HttpRequest, batch: Id) -> object:
    """One batch: who has acknowledged, started, done, and who is late, as counts."""
    asking = caller(request)
    asking.need()
    row = in_sight(Batch.objects.all(), batch)
    counts = Order.objects.filter(batch=row).aggregate(**store.progress(asking.at))
    own: dict[str, Any] = {name: getattr(row, name) for name in BatchOut.model_fields}
    return own | counts


@router.post("/order-batches/{batch}/remind", response=answers(Reminded), operation_id="remind_order_batch")
def remind_order_batch(request: HttpRequest, batch: Id) -> object:
    """Call on those who have not acknowledged, or are late."""
    asking = caller(request)
    in_sight(Batch.objects.all(), batch)
    return {"reminded": orders_clocks.remind_batch(batch=batch, by=asking.actor, at=asking.at)}


@router.post("/order-signatures", response=answers(list[OrderOut]), operation_id="sign_orders")
def sign_orders(request: HttpRequest, payload: SignIn) -> object:
    """Issue drafts in one's own name, all or none."""
    asking = caller(request)
    return verbs.sign(orders_to_sign=payload.orders, due_at=payload.due_at, by=asking.actor, at=asking.at)


@router.post("/orders/{order}/cancel", response=answers(OrderOut), operation_id="cancel_order")
def cancel_order(request: HttpRequest, order: Id, payload: ReasonIn) -> object:
    """Withdraw an order, or drop a draft. Whatever waited for it waits no longer."""
    asking = caller(request)
    in_sight(shown(asking), order)
    return verbs.cancel(order=order, reason=payload.reason, by=asking.actor, at=asking.at)


@router.post("/orders/{order}/again", response=answers(OrderOut, 201), operation_id="issue_order_again")
def issue_order_again(
    request: HttpRequest, response: HttpResponse, order: Id, payload: AgainIn, idempotency_key: Key = None
) -> object:
    """Send out again what was returned, as a new order that follows it."""
    asking = caller(request)
    in_sight(shown(asking), order)

    def make() -> Order:
        return verbs.issue_again(order=order, **payload.dict(), by=asking.actor, at=asking.at)

    return Status(201, once(request, response, idempotency_key, payload.dict(), make, Order))


@router.post("/orders/{order}/remind", response=answers(OrderOut), operation_id="remind_order")
def remind_order(request: HttpRequest, order: Id) -> object:
    """Remind the addressee."""
    asking = caller(request)
    in_sight(shown(asking), order)
    return orders_clocks.call(order=order, by=asking.actor, at=asking.at)


@router.post("/orders/{order}/wait", response=answers(OrderOut), operation_id="make_order_wait")
def make_order_wait(request: HttpRequest, order: Id, payload: WaitIn) -> object:
    """Let it wait until another is done. An emergency never waits, and circles are refused."""
    asking = caller(request)
    in_sight(shown(asking), order)
    return orders_waiting.wait_for(order=order, until_done=payload.until_done, by=asking.actor, at=asking.at)


@router.post("/orders/{order}/go-ahead", response=answers(OrderOut), operation_id="let_order_go_ahead")
def let_order_go_ahead(request: HttpRequest, order: Id, payload: WaitIn) -> object:
    """Let it wait for that other order no longer."""
    asking = caller(request)
    in_sight(shown(asking), order)
    return orders_waiting.go_ahead(order=order, until_done=payload.until_done, by=asking.actor, at=asking.at)


@router.post("/orders/{order}/hurry", response=answers(OrderOut), operation_id="hurry_order")
def hurry_order(request: HttpRequest, order: Id, payload: ReasonIn) -> object:
    """Make it an emergency: it waits for nothing from then on."""
    asking = caller(request)
    in_sight(shown(asking), order)
    return orders_waiting.hurry(order=order, reason=payload.reason, by=asking.actor, at=asking.at)
