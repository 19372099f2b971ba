"""Who must do what by when, and was it done?"""

import base64
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpRequest
from ninja import File, Query, Router, Schema, Status, UploadedFile
from pydantic import Field

from liankong.actions import orders as verbs
from liankong.rules.orders_proof import LARGEST_FILE, Proof, asked
from liankong.store import orders_files
from liankong.store.models import Order, OrderFile
from liankong.vocabulary.kinds import OrderKind, OrderState
from liankong.web.api.door import Caller, caller
from liankong.web.api.kit import After, Id, Limit, Line, Moment, Page, answers, in_sight, paged
from liankong.web.api.problems import TooLarge

router = Router(tags=["orders"])


class OrderOut(Schema):
    """An order: addressee, deadline, receipt, proof. `basis` says which rule and number set the deadline.

    A draft binds nobody; what it says of its deadline holds from the signature on unless `due_fixed`.
    """

    id: int
    kind: OrderKind
    title: str
    text: str
    division: str
    issuer: int
    addressee: int
    case: int | None
    person: int | None
    place: int | None
    household: int | None
    emergency: bool
    batch: int | None
    follows: int | None
    state: OrderState
    issued_at: datetime
    due_at: datetime
    due_fixed: bool
    received_at: datetime | None
    started_at: datetime | None
    done_at: datetime | None
    overdue_at: datetime | None
    escalated_at: datetime | None
    escalated_to: int | None
    reason: str
    proof: str
    proof_figure: float | None
    proof_longitude: float | None
    proof_latitude: float | None
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

    @staticmethod
    def resolve_place(row: Any) -> int | None:
        found: int | None = row.place_id
        return found

    @staticmethod
    def resolve_household(row: Any) -> int | None:
        found: int | None = row.household_id
        return found

    @staticmethod
    def resolve_batch(row: Any) -> int | None:
        found: int | None = row.batch_id
        return found

    @staticmethod
    def resolve_follows(row: Any) -> int | None:
        found: int | None = row.follows_id
        return found

    @staticmethod
    def resolve_escalated_to(row: Any) -> int | None:
        found: int | None = row.escalated_to_id
        return found


class OrderFilters(Schema):
    """All that are given must hold."""

    mine: bool = Field(False, description="Only those addressed to the organisation of the post in use.")
    ours: bool = Field(False, description="Only those that it issued.")
    escalated: bool = Field(False, description="Only those that have come up to it.")
    batch: Id | None = None
    open: bool | None = Field(None, description="Whether it still waits to be done.")
    overdue: bool | None = None
    kind: OrderKind | None = None
    state: OrderState | None = None
    case: Id | None = None
    due_before: Moment | None = None


class WaitOut(Schema):
    """`until_done` may lie in another jurisdiction: then only its number is known."""

    order: int
    until_done: int
    released_at: datetime | None

    @staticmethod
    def resolve_order(row: Any) -> int:
        return int(row.order_id)

    @staticmethod
    def resolve_until_done(row: Any) -> int:
        return int(row.until_done_id)


class DestroyedOut(Schema):
    """That a proof's content is gone: when and under which certificate, null where no certificate names it."""

    certificate: int | None
    at: datetime | None


class FileOut(Schema):
    """A sealed proof; its content is fetched by itself, and that is on record. `destroyed` is null while it is held."""

    id: int
    filename: str
    media_type: str
    size: int
    digest: str
    at: datetime
    destroyed: DestroyedOut | None = None


class OrderInFull(OrderOut):
    """An order with what it asks for, what it waits for, and its proofs."""

    asks: list[Proof]
    unit: str
    sentence: str
    waits: list[WaitOut]
    files: list[FileOut]

    @staticmethod
    def resolve_asks(row: Any) -> list[Proof]:
        return list(asked(row.detail))

    @staticmethod
    def resolve_unit(row: Any) -> str:
        return str(row.detail.get("unit", ""))

    @staticmethod
    def resolve_waits(row: Any) -> list[Any]:
        return list(row.waits.order_by("pk"))

    @staticmethod
    def resolve_files(row: Any) -> list[Any]:
        columns = ("id", "filename", "media_type", "size", "digest", "at")
        return [
            {**{name: getattr(file, name) for name in columns}, "destroyed": gone}
            for file, gone in orders_files.listed(row)
        ]


class ProofIn(Schema):
    """Words always; the rest where the order asks for it."""

    proof: Line = Field(description="How it was done: a number, a document, what was found.")
    figure: float | None = Field(None, ge=0, le=1e15)
    longitude: float | None = Field(None, ge=-180, le=180, description="Degrees east, WGS 84.")
    latitude: float | None = Field(None, ge=-90, le=90, description="Degrees north, WGS 84.")


class FileContent(Schema):
    media_type: str
    content: str = Field(description="Base64.")


class ReasonIn(Schema):
    reason: Line = Field(description="Why it cannot be done, is withdrawn, or cannot wait.")


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


@router.get("/orders/{order}", response=answers(OrderInFull), operation_id="get_order")
def get_order(request: HttpRequest, order: Id) -> object:
    """One order."""
    asking = caller(request)
    asking.need()
    return in_sight(shown(asking), order)


@router.post("/orders/{order}/receive", response=answers(OrderOut), operation_id="receive_order")
def receive_order(request: HttpRequest, order: Id) -> object:
    """Acknowledge: the addressee has read it. Receiving twice changes nothing."""
    asking = caller(request)
    in_sight(shown(asking), order)
    return verbs.receive(order=order, by=asking.actor, at=asking.at)


@router.post("/orders/{order}/start", response=answers(OrderOut), operation_id="start_order")
def start_order(request: HttpRequest, order: Id) -> object:
    """Begin with it; refused while it waits for another. Starting twice changes nothing."""
    asking = caller(request)
    in_sight(shown(asking), order)
    return verbs.start(order=order, by=asking.actor, at=asking.at)


@router.post("/orders/{order}/finish", response=answers(OrderOut), operation_id="finish_order")
def finish_order(request: HttpRequest, order: Id, payload: ProofIn) -> object:
    """Report it done, with proof. Files that it asks for are sent before, each by itself."""
    asking = caller(request)
    in_sight(shown(asking), order)
    return verbs.finish(order=order, **payload.dict(), by=asking.actor, at=asking.at)


@router.post("/orders/{order}/return", response=answers(OrderOut), operation_id="return_order")
def return_order(request: HttpRequest, order: Id, payload: ReasonIn) -> object:
    """Send it back with the reason why it cannot be done."""
    asking = caller(request)
    in_sight(shown(asking), order)
    return verbs.send_back(order=order, reason=payload.reason, by=asking.actor, at=asking.at)


@router.post("/orders/{order}/files", response=answers(FileOut, 201), operation_id="attach_to_order")
def attach_to_order(request: HttpRequest, order: Id, file: File[UploadedFile]) -> object:
    """Add a file to the proof. It is sealed; what it is called is not kept. The same content twice is one file."""
    asking = caller(request)
    in_sight(shown(asking), order)
    if (file.size or 0) > LARGEST_FILE:
        raise TooLarge(f"at most {LARGEST_FILE // 1024 // 1024} MB are taken here")
    return Status(201, verbs.attach(order=order, content=file.read(), by=asking.actor, at=asking.at))


@router.post(
    "/orders/{order}/files/{file}/read",
    response=answers(FileContent) | {410: None},
    operation_id="read_order_file",
)
def read_order_file(request: HttpRequest, order: Id, file: Id) -> object:
    """The content of a proof, in base64; the reading is on record. For issuer's and addressee's jurisdictions.

    410 where it was destroyed, as retention asks.
    """
    asking = caller(request)
    asking.need()
    in_sight(OrderFile.objects.filter(order=order), file)
    row, content = verbs.read_file(file=file, by=asking.actor, at=asking.at)
    return {"media_type": row.media_type, "content": base64.b64encode(content).decode("ascii")}


def shown(asking: Caller) -> "QuerySet[Order]":
    """Orders in sight; a draft binds nobody yet, so below its issuer there is nothing to see."""
    return Order.objects.filter(~Q(state=OrderState.DRAFT) | Q(issuer__division__startswith=asking.division))


def _chosen(filters: OrderFilters, asking: Caller) -> "QuerySet[Order]":
    rows = shown(asking)
    if filters.mine:
        rows = rows.filter(addressee=asking.seat.organisation).exclude(state=OrderState.DRAFT)
    if filters.ours:
        rows = rows.filter(issuer=asking.seat.organisation)
    if filters.escalated:
        rows = rows.filter(escalated_to=asking.seat.organisation)
    if filters.open is not None:
        rows = rows.filter(done_at__isnull=filters.open)
    if filters.overdue is not None:
        late = rows.filter(done_at__isnull=True, due_at__lt=asking.at)
        rows = late if filters.overdue else rows.exclude(pk__in=late.values("pk"))
    if filters.due_before is not None:
        rows = rows.filter(due_at__lt=filters.due_before)
    return rows.filter(**filters.dict(include={"kind", "state", "case", "batch"}, exclude_none=True))
