"""The shared mutators of orders: any stage may issue one; its life afterwards belongs to `actions.orders`."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from liankong.rules import orders_words
from liankong.rules.orders_clock import RUNNING, Alarm, Clocked, due_when_signed
from liankong.store import log
from liankong.store.log import Actor, Told
from liankong.store.models import (
    Batch,
    Case,
    Entry,
    Holding,
    Household,
    Order,
    OrderWait,
    Organisation,
    OrganisationTerm,
    Person,
    Place,
    Shift,
    User,
)
from liankong.store.organisations import in_force
from liankong.vocabulary.facts import Fact, OrderDone, OrderDrafted, OrderIssued
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
    text: str = "",
    place: Place | None = None,
    household: Household | None = None,
    emergency: bool = False,
    detail: dict[str, Any] | None = None,
    batch: Batch | None = None,
    sentence: str = "",
    sentence_at: int | None = None,
    follows: Order | None = None,
    due_fixed: bool = False,
    draft: bool = False,
) -> Order:
    """Write the order and record OrderIssued; a `draft` binds nobody and records OrderDrafted (see `sign`).

    `basis` says which rule and number set the deadline. `due_fixed` is a day and hour that somebody named: it stays
    when the order is signed later, while a span begins at the signature.

    Raises PersonalNumber when a person's words hold an ID or phone number; a rule's words are masked instead, since
    nobody is there to correct them.
    """
    row = Order(
        kind=kind,
        title=title,
        text=text,
        issuer=issuer,
        addressee=addressee,
        division=division,
        case=case,
        person=person,
        place=place,
        household=household,
        emergency=emergency,
        detail=detail or {},
        batch=batch,
        sentence=sentence,
        sentence_at=sentence_at,
        follows=follows,
        due_at=due_at,
        due_fixed=due_fixed,
        basis=basis,
    )
    (order,) = issue_many([row], by=by, at=at, protocol=protocol, cause=cause, draft=draft)
    return order


def issue_many(
    rows: Sequence[Order],
    *,
    by: Actor,
    at: datetime,
    protocol: str = "",
    cause: Entry | None = None,
    draft: bool = False,
) -> list[Order]:
    """Write orders that are not saved yet as `issue` writes one, in a few statements whatever their number.

    Each row brings what is ordered, of whom and by when; state, hour and issuer's name are set here.
    """
    for row in rows:
        if by.named and not by.rule:
            orders_words.check(title=row.title, text=row.text)
        else:
            row.title, row.text = orders_words.masked(row.title), orders_words.masked(row.text)
        row.title, row.basis = orders_words.fitting(row.title), row.basis[:200]
        row.state = OrderState.DRAFT if draft else OrderState.ISSUED
        row.issued_at, row.issued_by_id = at, by.user
    made = Order.objects.bulk_create(rows)
    told = [Told(_first_fact(row), row.pk, row.division) for row in made]
    log.record_all(told, by=by, at=at, cause=cause, protocol=protocol)
    return made


def _first_fact(order: Order) -> Fact:
    kind = OrderKind(order.kind)
    if order.state == OrderState.DRAFT:
        return OrderDrafted(order=order.pk, order_kind=kind)
    return OrderIssued(order=order.pk, order_kind=kind, addressee=order.addressee_id, due_at=order.due_at)


def sign(
    order: Order,
    *,
    by: Actor,
    at: datetime,
    due_at: datetime | None = None,
    protocol: str = "",
    cause: Entry | None = None,
) -> Order:
    """Make a draft an order: it goes out in the signer's name and its clock starts now.

    A span keeps its length, a fixed deadline its hour; `due_at` sets another. Anything but a draft is left as it is,
    so that signing twice does no harm. Raises ValueError when the deadline would lie before the signature.
    """
    if order.state != OrderState.DRAFT:
        return order
    due = due_at or due_when_signed(
        drafted_at=order.issued_at, due_at=order.due_at, due_fixed=order.due_fixed, signed_at=at
    )
    if due < at:
        raise ValueError("the deadline lies before the signature")
    order.state, order.issued_at, order.issued_by_id, order.due_at = OrderState.ISSUED, at, by.user, due
    order.save(update_fields=["state", "issued_at", "issued_by", "due_at"])
    log.record(
        OrderIssued(order=order.pk, order_kind=order.kind, addressee=order.addressee_id, due_at=order.due_at),
        subject=order.pk,
        division=order.division,
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
    fact = OrderDone(order=order.pk, order_kind=order.kind, late=at > order.due_at)
    log.record(fact, subject=order.pk, division=order.division, by=by, at=at, cause=cause)


def recipients(organisation: Organisation | int, at: datetime) -> "QuerySet[User]":
    """Who receives an organisation's orders at an hour: those on duty (值班) then, else the holders of its posts.

    Of users in sight; read it under the node's scope to see those of another jurisdiction.
    """
    body = organisation if isinstance(organisation, int) else organisation.pk
    on_duty = Shift.objects.filter(organisation=body, from_at__lte=at, until_at__gt=at)
    active = User.objects.filter(is_active=True).order_by("pk")
    if on_duty.exists():
        return active.filter(pk__in=on_duty.values("user"))
    return active.filter(pk__in=Holding.objects.filter(in_force(at), post__organisation=body).values("user"))


def superior(organisation: Organisation | int, at: datetime) -> Organisation | None:
    """Whom an organisation answers to at an hour by the dated structure; None at the top."""
    body = organisation if isinstance(organisation, int) else organisation.pk
    term = (
        OrganisationTerm.objects.filter(in_force(at), organisation=body, parent__isnull=False)
        .select_related("parent")
        .first()
    )
    return term.parent if term else None


def answers_to(organisation: int, above: int, at: datetime) -> bool:
    """Whether an organisation is another one, or answers to it directly or through others, at an hour."""
    here: int | None = organisation
    seen: set[int] = set()
    while here is not None and here not in seen:
        if here == above:
            return True
        seen.add(here)
        parent = superior(here, at)
        here = parent.pk if parent else None
    return False


def answering(organisations: Iterable[int], above: int, at: datetime) -> set[int]:
    """Those of many for whom `answers_to` holds; a query for each level of the structure, however many they are."""
    here = {key: key for key in organisations}
    found: set[int] = set()
    seen: set[tuple[int, int]] = set()
    while here:
        found |= {key for key, body in here.items() if body == above}
        seen |= set(here.items())
        rows = OrganisationTerm.objects.filter(in_force(at), organisation__in=set(here.values()))
        parents = dict(rows.values_list("organisation", "parent"))
        climbed = {key: parents.get(body) for key, body in here.items() if key not in found}
        here = {key: body for key, body in climbed.items() if body is not None and (key, body) not in seen}
    return found


def locked(order: int) -> Order | None:
    """The order, held until the transaction ends; None when none of this number is in sight."""
    return Order.objects.select_for_update(of=("self",)).filter(pk=order).first()


def clocked(order: Order, *, waits: bool, answered: bool = False) -> Clocked:
    """What the clock knows of an order."""
    moments = {
        Alarm.WARNING: order.warned_at,
        Alarm.OVERDUE: order.overdue_at,
        Alarm.REMINDER: order.reminded_at,
        Alarm.ESCALATION: order.escalated_at,
    }
    return Clocked(
        state=OrderState(order.state),
        issued_at=order.issued_at,
        due_at=order.due_at,
        due_fixed=order.due_fixed,
        emergency=order.emergency,
        waits=waits,
        answered=answered,
        sounded=frozenset(alarm for alarm, moment in moments.items() if moment is not None),
    )


def running() -> Q:
    """Orders that somebody has and still owes an answer to."""
    return Q(state__in=RUNNING)


def held() -> Exists:
    """Whether an order still waits for another."""
    return Exists(OrderWait.objects.filter(order=OuterRef("pk"), released_at__isnull=True))


def progress(at: datetime) -> dict[str, Count]:
    """How far orders are, as aggregates. Acknowledged and started count whatever went further too."""
    bound = ~Q(state__in=(OrderState.DRAFT, OrderState.CANCELLED))
    return {
        "count": Count("pk"),
        "drafts": Count("pk", filter=Q(state=OrderState.DRAFT)),
        "silent": Count("pk", filter=Q(state=OrderState.ISSUED)),
        "acknowledged": Count("pk", filter=bound & Q(received_at__isnull=False)),
        "started": Count("pk", filter=bound & Q(started_at__isnull=False)),
        "done": Count("pk", filter=Q(state=OrderState.DONE)),
        "returned": Count("pk", filter=Q(state=OrderState.RETURNED)),
        "late": Count("pk", filter=Q(state__in=RUNNING, due_at__lte=at)),
    }


def unanswered() -> Q:
    """Returned orders that have not gone out again."""
    again = Exists(Order.objects.filter(follows=OuterRef("pk")))
    return Q(~again, state=OrderState.RETURNED)
