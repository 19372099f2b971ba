"""What does somebody inside need now? Taken at the phone or the door, and told at once to whoever brings it.

An emergency passes no gate: whoever may take a call may send help, and nothing is read here of what the person is to
the epidemic. Where a detail is wrong (an unknown number, a phone number in the words) the need goes out all the same.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from liankong.actions import Refused, action
from liankong.protocols.inside import inside
from liankong.rules import needs as rules
from liankong.rules import orders_words
from liankong.store import identity, log, needs, needs_refused
from liankong.store.access import node_scope
from liankong.store.log import Actor
from liankong.store.models import Entry, Household, Identity, Order, Organisation, Person
from liankong.vocabulary.facts import IdentityRead, NeedRepeated, OrderReturned
from liankong.vocabulary.kinds import FactSource, NeedKind, OrderKind, OrderState

LONGEST = 600


@dataclass(frozen=True, slots=True)
class Taken:
    """The orders of a need, the one that brings it first. `repeated`: a running order brings it already."""

    orders: tuple[Order, ...]
    repeated: bool = False

    @property
    def order(self) -> Order:
        return self.orders[0]


@action("needs.take")
def take(
    *,
    kind: NeedKind,
    by: Actor,
    at: datetime,
    household: int | None = None,
    person: int | None = None,
    division: str = "",
    words: str = "",
    emergency: bool = False,
    source: FactSource = FactSource.HOTLINE,
) -> Taken:
    """Take a need and send it out. A person's household is found by itself; `division` is for callers of no household.

    The same need of the same household within a day joins the order that runs, unless it is an emergency.
    Raises Refused when nobody can tell where it is; an emergency is then sent to the taker's own jurisdiction.
    """
    decision = rules.decide(kind, flagged=emergency, now=at)
    who, home = _found(household, person, strict=not decision.emergency)
    words = words.strip()[:LONGEST]
    if not decision.emergency:
        _plain(words)
    where = home.division if home else who.division if who else division
    if not where and decision.emergency:
        where = by.division
    if not where:
        raise Refused("say where it is: a household, a person or a division", field="division")
    asked = needs.Asked(
        kind=kind,
        division=where,
        words=words,
        household=home,
        person=who,
        place=home.dwelling if home else None,
        detail={"source": source.value},
    )
    running = _same(asked, emergency=decision.emergency, at=at)
    if running is not None:
        return Taken((_called_again(running, words, by, at),), repeated=True)
    return Taken(tuple(needs.issue(asked, decision, issuer=_issuer(by), by=by, at=at)))


def _found(
    household: int | None, person: int | None, *, strict: bool
) -> tuple[Person | None, Household | None]:
    """Who and which household; in an emergency a wrong number is left out of the question."""
    who = Person.objects.filter(pk=person).first() if person is not None else None
    if person is not None and who is None and strict:
        raise Refused("there is no such person in your jurisdiction", field="person")
    key = household if household is not None else who.household_id if who else None
    home = Household.objects.select_related("dwelling").filter(pk=key).first() if key is not None else None
    if household is not None and home is None and strict:
        raise Refused("there is no such household in your jurisdiction", field="household")
    return who, home


def _plain(words: str) -> None:
    try:
        orders_words.check(words=words)
    except orders_words.PersonalNumber as error:
        raise Refused(error.template, field=error.field) from error


def _issuer(by: Actor) -> Organisation:
    found = Organisation.objects.filter(pk=by.organisation).first() if by.organisation else None
    if found is None:
        raise Refused("needs are taken from a post in an organisation")
    return found


def _same(asked: needs.Asked, *, emergency: bool, at: datetime) -> Order | None:
    """The running order that brings this already."""
    if emergency or asked.household is None:
        return None
    since = at - inside().needs.merge_within.value
    rows = Order.objects.select_for_update(of=("self",)).filter(
        kind=OrderKind.NEED,
        household=asked.household,
        state__in=needs.RUNNING,
        issued_at__gt=since,
        emergency=False,
        detail__standing__isnull=True,
    )
    for row in rows.order_by("-issued_at", "-pk"):
        kind = NeedKind(row.detail.get("need", NeedKind.OTHER))
        if rules.merges(asked.kind, emergency=emergency, asked=kind, asked_at=row.issued_at, now=at):
            return row
    return None


def _called_again(row: Order, words: str, by: Actor, at: datetime) -> Order:
    """Write the second call on the order, where its addressee sees it."""
    calls = [*row.detail.get("calls", []), at.isoformat()]
    row.detail = {**row.detail, "calls": calls}
    if words and words not in row.text:
        row.text = f"{row.text}\n{words}".strip()
    row.called_at = at
    row.save(update_fields=["detail", "text", "called_at"])
    fact = NeedRepeated(order=row.pk, need=NeedKind(row.detail["need"]), calls=len(calls) + 1)
    log.record(fact, subject=row.pk, division=row.division, by=by, at=at)
    return row


# --- refused, or not answered -----------------------------------------------------------------------------------


@action("needs.take")
def report_refusal(*, order: int, reason: str, by: Actor, at: datetime) -> Order:
    """Somebody was sent away at a hospital's door. The next one is told at once, and those above answer for it.

    Returns the order to the next hospital. Reported twice, it is one incident.
    """
    if not reason.strip():
        raise Refused("say what happened: who was sent away, with which words", field="reason")
    with node_scope():
        row = needs_refused.locked_care(order)
        if row is None or not _ours(row, by):
            raise Refused("there is no such need in your jurisdiction")
        if row.state not in (*needs.RUNNING, OrderState.RETURNED):
            raise Refused("this order is closed already")
        if row.state != OrderState.RETURNED:
            row.state, row.reason = OrderState.RETURNED, needs.masked(reason)[:300]
            row.received_at = row.received_at or at
            row.save(update_fields=["state", "reason", "received_at"])
            fact = OrderReturned(order=row.pk, reason=row.reason)
            log.record(fact, subject=row.pk, division=row.division, by=by, at=at)
        after = needs_refused.go_on(row, reason=reason, late=False, by=by, at=at)
        return after or row.followed_by.order_by("pk")[0]


def _ours(row: Order, by: Actor) -> bool:
    """Whoever sees where the need is may say that it was refused, though the hospital lies elsewhere."""
    place = str(row.detail.get("division", row.division))
    return place.startswith(by.division) or row.division.startswith(by.division)


@action("needs.follow", automatic=True)
def on_returned(*, cause: Entry, by: Actor, at: datetime) -> Order | None:
    """A hospital sent a need back: that is an incident, and the need goes on at once."""
    row = needs_refused.locked_care(cause.subject)
    if row is None:
        return None
    return needs_refused.go_on(row, reason=row.reason, late=False, by=by, at=at, cause=cause)


@action("needs.follow", automatic=True)
def on_overdue(*, cause: Entry, by: Actor, at: datetime) -> Order | None:
    """A hospital has not even acknowledged an emergency: another is told as well, and the first still may come."""
    row = needs_refused.locked_care(cause.subject)
    if row is None or not row.emergency or row.state != OrderState.ISSUED:
        return None
    return needs_refused.go_on(row, reason="", late=True, by=by, at=at, cause=cause)


# --- how to reach them ------------------------------------------------------------------------------------------


@action("orders.handle")
def reach(*, order: int, by: Actor, at: datetime) -> dict[str, str]:
    """Address and phone of whoever a need is for, opened by the body that brings it; on record before it is shown.

    The order is the reason: it is addressed to the reader's organisation and still runs.
    """
    row = (
        Order.objects.filter(pk=order, kind=OrderKind.NEED, state__in=needs.RUNNING)
        .only("pk", "addressee_id", "household_id", "person_id", "division")
        .first()
    )
    if row is None or by.organisation != row.addressee_id:
        raise Refused("only the body to which a running need is addressed opens its address")
    with node_scope():
        home = Household.objects.filter(pk=row.household_id).first() if row.household_id else None
        known = Identity.objects.filter(person=row.person_id).first() if row.person_id else None
        found: dict[str, Any] = {}
        if home is not None:
            found["address"] = identity.unseal(home.address_sealed, owner=home.pk, field="address")
        if known is not None:
            found["phone"] = identity.unseal(known.phone_sealed, owner=known.person_id, field="phone")
        fact = IdentityRead(person=row.person_id or 0, fields=tuple(found), why=f"need, order {row.pk}")
        log.record(fact, subject=row.person_id or 0, division=row.division, by=by, at=at)
    return found
