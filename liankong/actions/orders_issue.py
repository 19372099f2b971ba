"""Who tells whom what to do? Issue, draft, sign, cancel, and send out again what came back."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from liankong.actions import Refused, action
from liankong.rules import orders as rules
from liankong.rules import orders_issue, orders_proof, orders_words
from liankong.rules.orders_proof import Proof
from liankong.store import log, orders, orders_waiting
from liankong.store.log import Actor
from liankong.store.models import (
    Batch,
    Entry,
    Order,
    OrderWait,
    Organisation,
    OrganisationTerm,
    Person,
    Place,
)
from liankong.store.organisations import in_force
from liankong.vocabulary.facts import OrderCancelled
from liankong.vocabulary.kinds import OrderKind, OrderState

# Sixteen districts, or every community of a district; more at once is a mistake of the form.
MOST = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """What an order says, whoever it goes to. `due_at` is a day and hour; `division` narrows where it holds."""

    kind: OrderKind
    title: str
    due_at: datetime
    text: str = ""
    division: str = ""
    place: int | None = None
    person: int | None = None
    emergency: bool = False
    asks: Sequence[Proof] = ()
    unit: str = ""
    waits_for: Sequence[int] = field(default_factory=tuple)


@action("orders.issue")
def issue(*, words: Words, addressee: int, by: Actor, at: datetime) -> Order:
    """Send an order to one organisation."""
    return _write(words, [addressee], by, at, draft=False)[0]


@action("orders.issue")
def issue_many(*, words: Words, addressees: Sequence[int], by: Actor, at: datetime) -> Batch:
    """Send the same order to many organisations, all or none; the batch is their one board."""
    return _together(words, addressees, by, at, draft=False)


@action("orders.draft")
def draft(*, words: Words, addressee: int, by: Actor, at: datetime) -> Order:
    """Prepare an order for a signature. It binds nobody."""
    return _write(words, [addressee], by, at, draft=True)[0]


@action("orders.draft")
def draft_many(*, words: Words, addressees: Sequence[int], by: Actor, at: datetime) -> Batch:
    """Prepare the same order to many organisations for one signature."""
    return _together(words, addressees, by, at, draft=True)


@action("orders.issue")
def sign(
    *, orders_to_sign: Sequence[int], by: Actor, at: datetime, due_at: datetime | None = None
) -> list[Order]:
    """Issue drafts in one's own name, all or none. `due_at` sets another deadline for all of them."""
    if not orders_to_sign:
        raise Refused("choose what to sign", field="orders")
    rows = list(Order.objects.select_for_update(of=("self",)).filter(pk__in=orders_to_sign).order_by("pk"))
    if len(rows) != len(set(orders_to_sign)):
        raise Refused("there is no such order in your jurisdiction")
    signed = []
    for row in rows:
        _of_mine(row, by, at)
        if row.state != OrderState.DRAFT:
            raise Refused("order {order} is no draft any more", field="orders", order=row.pk)
        try:
            signed.append(orders.sign(row, by=by, at=at, due_at=due_at))
        except ValueError as error:
            raise Refused(
                "the deadline of order {order} has passed: set another", field="due_at", order=row.pk
            ) from error
    return signed


@action("orders.issue")
def cancel(*, order: int, reason: str, by: Actor, at: datetime) -> Order:
    """Withdraw an order, or drop a draft, with a reason. Whatever waited for it waits no longer."""
    row = _locked(order)
    _of_mine(row, by, at)
    judged = rules.move(OrderState(row.state), OrderState.CANCELLED, words=reason)
    if not judged.allowed:
        raise Refused(judged.why.reason, field=judged.field, **judged.why.values)
    _plain(reason=reason)
    row.state, row.reason = OrderState.CANCELLED, reason.strip()[:300]
    row.save(update_fields=["state", "reason"])
    fact = OrderCancelled(order=row.pk, reason=row.reason)
    log.record(fact, subject=row.pk, division=row.division, by=by, at=at)
    return row


@action("orders.issue")
def issue_again(
    *,
    order: int,
    due_at: datetime,
    by: Actor,
    at: datetime,
    addressee: int | None = None,
    title: str = "",
    text: str = "",
) -> Order:
    """Send out again what was returned, to the same organisation or another, as a new order that follows it.

    What waited for the returned one waits for the new one; it stays in the same batch.
    """
    row = _locked(order)
    _of_mine(row, by, at)
    if row.state != OrderState.RETURNED:
        raise Refused("only a returned order goes out again")
    if Order.objects.filter(follows=row).exists():
        raise Refused("it has gone out again already")
    body = _bodies([addressee or row.addressee_id], at)[0]
    division = row.division if row.division.startswith(body.division) else ""
    _plain(title=title, text=text)
    _judge(OrderKind(row.kind), row.title, due_at, at, places=1, known=True)
    again = orders.issue(
        kind=OrderKind(row.kind),
        title=title.strip() or row.title,
        text=text.strip() or row.text,
        issuer=row.issuer,
        addressee=body,
        division=division or _where(by, row.issuer, body, ""),
        due_at=due_at,
        due_fixed=True,
        case=row.case,
        person=row.person,
        place=row.place,
        household=row.household,
        emergency=row.emergency,
        detail=row.detail,
        batch=row.batch,
        sentence=row.sentence,
        sentence_at=row.sentence_at,
        basis=row.basis,
        follows=row,
        by=by,
        at=at,
        cause=_cause(row),
    )
    OrderWait.objects.filter(until_done=row, released_at__isnull=True).update(until_done=again)
    OrderWait.objects.filter(order=row, released_at__isnull=True).update(order=again)
    return again


def _together(words: Words, addressees: Sequence[int], by: Actor, at: datetime, *, draft: bool) -> Batch:
    if len(set(addressees)) > MOST:
        raise Refused("at most {most} organisations at once", field="addressees", most=MOST)
    _plain(title=words.title)
    batch = Batch.objects.create(
        division=by.division,
        title=orders_words.fitting(words.title.strip()),
        created_at=at,
        created_by_id=by.user,
    )
    _write(words, addressees, by, at, draft=draft, batch=batch)
    return batch


def _write(
    words: Words,
    addressees: Sequence[int],
    by: Actor,
    at: datetime,
    *,
    draft: bool,
    batch: Batch | None = None,
) -> list[Order]:
    keys = list(dict.fromkeys(addressees))
    _judge(words.kind, words.title, words.due_at, at, places=len(keys))
    _plain(title=words.title, text=words.text)
    issuer = _issuer(by)
    bodies = _bodies(keys, at)
    place = _row(Place, words.place, "place", "there is no such place in your jurisdiction")
    person = _row(Person, words.person, "person", "there is no such person in your jurisdiction")
    if words.waits_for:
        orders_waiting.one_at_a_time()
    waits_for = _until(words.waits_for)
    if words.emergency and waits_for:
        raise Refused("An emergency never waits for another order.", field="waits_for")
    made = []
    for body in bodies:
        order = orders.issue(
            kind=words.kind,
            title=words.title.strip(),
            text=words.text.strip(),
            issuer=issuer,
            addressee=body,
            division=_where(by, issuer, body, words.division),
            due_at=words.due_at,
            due_fixed=True,
            place=place,
            person=person,
            emergency=words.emergency,
            detail=orders_proof.detail(words.asks, unit=words.unit),
            batch=batch,
            draft=draft,
            by=by,
            at=at,
        )
        for until in waits_for:
            judged = orders_waiting.hold(order, until, by=by, at=at)
            if not judged.allowed:
                raise Refused(judged.why.reason, field="waits_for", **judged.why.values)
        made.append(order)
    return made


def _judge(
    kind: OrderKind, title: str, due_at: datetime, at: datetime, *, places: int, known: bool = False
) -> None:
    # What goes out again keeps its kind, whichever stage it came from.
    asked = OrderKind.TASK if known else kind
    judged = orders_issue.may_issue(asked, title=title, due_at=due_at, now=at, places=places)
    if not judged.allowed:
        raise Refused(judged.why.reason, field=judged.field)


def _where(by: Actor, issuer: Organisation, body: Organisation, wanted: str) -> str:
    found = orders_issue.where(
        jurisdiction=by.division, issuer=issuer.division, addressee=body.division, wanted=wanted
    )
    if found is None:
        raise Refused(
            "{organisation} and the place of this order do not lie in one line of command with you: send an inquiry",
            field="division" if wanted else "addressees",
            organisation=body.code,
        )
    return found


def _issuer(by: Actor) -> Organisation:
    issuer = Organisation.objects.filter(pk=by.organisation).first() if by.organisation else None
    if issuer is None:
        raise Refused("orders are issued from a post in an organisation")
    return issuer


def _bodies(keys: Sequence[int], at: datetime) -> list[Organisation]:
    """The addressees in the order in which they were named; each must exist at this hour."""
    standing = OrganisationTerm.objects.filter(in_force(at), organisation__in=keys).values("organisation")
    rows = {row.pk: row for row in Organisation.objects.filter(pk__in=standing)}
    missing = [key for key in keys if key not in rows]
    if missing:
        raise Refused("there is no organisation {number} now", field="addressees", number=missing[0])
    return [rows[key] for key in keys]


def _row(model: Any, key: int | None, name: str, refusal: str) -> Any:
    if key is None:
        return None
    found = model.objects.filter(pk=key).first()
    if found is None:
        raise Refused(refusal, field=name)
    return found


def _until(keys: Sequence[int]) -> list[int]:
    found = list(Order.objects.filter(pk__in=keys).order_by("pk").values_list("pk", flat=True))
    if len(found) != len(set(keys)):
        raise Refused("there is no such order in your jurisdiction", field="waits_for")
    return found


def _locked(order: int) -> Order:
    row = orders.locked(order)
    if row is None:
        raise Refused("there is no such order in your jurisdiction")
    return row


def _of_mine(row: Order, by: Actor, at: datetime) -> None:
    """Only the issuer's own organisation, or one that it answers to, decides about an order."""
    if by.organisation is None or not orders.answers_to(row.issuer_id, by.organisation, at):
        raise Refused("this order was issued by another organisation")


def _cause(row: Order) -> Entry | None:
    return (
        Entry.objects.filter(subject_kind="order", subject=row.pk, kind="OrderReturned")
        .order_by("-pk")
        .first()
    )


def _plain(**texts: str) -> None:
    try:
        orders_words.check(**texts)
    except orders_words.PersonalNumber as error:
        raise Refused(error.template, field=error.field) from error
