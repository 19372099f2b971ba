"""Who must do what by when, and was it done? What the addressee does with an order."""

from collections.abc import Sequence
from datetime import datetime

from liankong.actions import Gone, Refused, action
from liankong.rules import orders as rules
from liankong.rules import orders_proof, orders_words
from liankong.rules.orders_clock import RUNNING
from liankong.rules.orders_waiting import Obstacle, may_proceed
from liankong.store import log, orders, orders_files
from liankong.store.log import Actor
from liankong.store.models import Order, OrderFile
from liankong.vocabulary.facts import OrderDone, OrderReceived, OrderReturned, OrderStarted
from liankong.vocabulary.kinds import OrderState
from liankong.vocabulary.spans import local_day

OPEN = tuple(state for state in OrderState if state in RUNNING)


@action("orders.handle")
def receive(*, order: int, by: Actor, at: datetime) -> Order:
    """Acknowledge: the addressee has read it. Receiving twice changes nothing."""
    row = _locked(order, by)
    if row.state != OrderState.ISSUED:
        return row
    row.state = OrderState.RECEIVED
    _received(row, by, at)
    row.save(update_fields=["state", "received_at", "received_by"])
    log.record(OrderReceived(order=row.pk), subject=row.pk, division=row.division, by=by, at=at)
    return row


@action("orders.handle")
def start(*, order: int, by: Actor, at: datetime) -> Order:
    """Begin with it; refused while it waits for another order. Starting twice changes nothing."""
    row = _locked(order, by)
    if row.state == OrderState.STARTED:
        return row
    _step(row, OrderState.STARTED)
    _not_held(row)
    row.state, row.started_at, row.started_by_id = OrderState.STARTED, at, by.user
    _received(row, by, at)
    row.save(update_fields=["state", "started_at", "started_by", "received_at", "received_by"])
    log.record(OrderStarted(order=row.pk), subject=row.pk, division=row.division, by=by, at=at)
    return row


@action("orders.handle")
def finish(
    *,
    order: int,
    proof: str,
    by: Actor,
    at: datetime,
    figure: float | None = None,
    longitude: float | None = None,
    latitude: float | None = None,
    files: Sequence[bytes] = (),
) -> Order:
    """Report it done, with proof: words always, and the figure, location (degrees) or files that it asks for."""
    row = _locked(order, by)
    if row.state not in OPEN:
        raise Refused("this order is closed already")
    given = orders_proof.Given(
        words=proof,
        figure=figure,
        longitude=longitude,
        latitude=latitude,
        files=len(files) + row.files.count(),
    )
    judged = orders_proof.suffices(given, orders_proof.asked(row.detail))
    if not judged.allowed:
        raise Refused(judged.why.reason, field=judged.field, **judged.why.values)
    _no_numbers(proof=proof)
    _not_held(row)
    for content in files:
        _attach(row, content, by, at)
    row.state, row.done_at, row.done_by_id, row.proof = OrderState.DONE, at, by.user, proof.strip()[:300]
    row.proof_figure, row.proof_longitude, row.proof_latitude = figure, longitude, latitude
    _received(row, by, at)
    row.save(
        update_fields=[
            "state",
            "done_at",
            "done_by",
            "proof",
            "proof_figure",
            "proof_longitude",
            "proof_latitude",
            "received_at",
            "received_by",
        ]
    )
    late = at > row.due_at
    fact = OrderDone(order=row.pk, order_kind=row.kind, late=late)
    log.record(fact, subject=row.pk, division=row.division, by=by, at=at)
    return row


@action("orders.handle")
def send_back(*, order: int, reason: str, by: Actor, at: datetime) -> Order:
    """Return it with the reason why it cannot be done; its issuer sends it out again or cancels it."""
    row = _locked(order, by)
    _step(row, OrderState.RETURNED, reason)
    _no_numbers(reason=reason)
    row.state, row.reason = OrderState.RETURNED, reason.strip()[:300]
    _received(row, by, at)
    row.save(update_fields=["state", "reason", "received_at", "received_by"])
    fact = OrderReturned(order=row.pk, reason=row.reason)
    log.record(fact, subject=row.pk, division=row.division, by=by, at=at)
    return row


@action("orders.handle")
def attach(*, order: int, content: bytes, by: Actor, at: datetime) -> OrderFile:
    """Add a file to an order's proof, also after it is done: a photograph comes later than the words."""
    row = _locked(order, by)
    if row.state not in (*OPEN, OrderState.DONE):
        raise Refused("this order is closed already")
    if row.files.count() >= orders_proof.MOST_FILES:
        raise Refused("At most {most} files prove one order.", field="files", most=orders_proof.MOST_FILES)
    return _attach(row, content, by, at)


@action("look")
def read_file(*, file: int, by: Actor, at: datetime) -> tuple[OrderFile, bytes]:
    """Open a proof. Only the jurisdictions of issuer and addressee may, and each reading is on record.

    Raises Gone where its content was destroyed: then nothing was read, and nothing is recorded.
    """
    beside = ("order__issuer", "order__addressee", "order__case")
    row = OrderFile.objects.select_related(*beside).filter(pk=file).first()
    if row is None or not orders_proof.may_read(
        by.division, issuer=row.order.issuer.division, addressee=row.order.addressee.division
    ):
        raise Refused("there is no such file in your jurisdiction")
    if not row.content_sealed:
        raise _gone(row)
    return row, orders_files.read(row, by=by, at=at)


def _gone(file: OrderFile) -> Gone:
    known = orders_files.destroyed(file.order, [file])[file.pk]
    if known.at is None:
        return Gone("The content of this proof was destroyed; no certificate here names it.")
    return Gone(
        "The content of this proof was destroyed on {day}, under certificate #{certificate}.",
        day=local_day(known.at).isoformat(),
        certificate=known.certificate,
    )


def _attach(row: Order, content: bytes, by: Actor, at: datetime) -> OrderFile:
    judged = orders_proof.may_attach(content)
    if not judged.allowed:
        raise Refused(judged.why.reason, field=judged.field, **judged.why.values)
    return orders_files.add(row, content, by=by, at=at)


def _received(row: Order, by: Actor, at: datetime) -> None:
    """Whoever acts on an order has read it."""
    row.received_at = row.received_at or at
    row.received_by_id = row.received_by_id or by.user


def _step(row: Order, after: OrderState, words: str = "") -> None:
    if row.state not in OPEN:
        raise Refused("this order is closed already")
    judged = rules.move(OrderState(row.state), after, words=words)
    if not judged.allowed:
        raise Refused(judged.why.reason, field=judged.field, **judged.why.values)


def _not_held(row: Order) -> None:
    held = row.waits.filter(released_at__isnull=True).order_by("until_done_id")
    until = list(held.values_list("until_done_id", flat=True))
    if not may_proceed([Obstacle.ORDER] if until else [], emergency=row.emergency).allowed:
        raise Refused("it waits until order {orders} is done", orders=", ".join(map(str, until)))


def _no_numbers(**texts: str) -> None:
    try:
        orders_words.check(**texts)
    except orders_words.PersonalNumber as error:
        raise Refused(error.template, field=error.field) from error


def _locked(order: int, by: Actor) -> Order:
    row = orders.locked(order)
    if row is None or row.state == OrderState.DRAFT:
        raise Refused("there is no such order in your jurisdiction")
    if by.organisation != row.addressee_id:
        raise Refused("this order is addressed to another organisation")
    return row
