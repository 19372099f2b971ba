"""The shared mutators of refusals: a hospital sends somebody away or does not answer; the need goes on at once.

Like `needs`, this reads nothing of what a person is to the epidemic.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from liankong.protocols.inside import Recipient, inside
from liankong.rules import needs as rules
from liankong.store import log, orders
from liankong.store.access import node_scope
from liankong.store.log import Actor
from liankong.store.models import Entry, Order, Organisation
from liankong.store.needs import Asked, masked, recipient, write
from liankong.store.organisations import NobodyResponsible, responsible
from liankong.vocabulary.facts import CareRefused
from liankong.vocabulary.kinds import NeedKind, OrderKind, OrganisationKind


def is_care(order: Order) -> bool:
    """Whether an order is the part of a need that brings care."""
    parts = {part.value for part in rules.CARERS}
    return order.kind == OrderKind.NEED and order.detail.get("part") in parts


def go_on(
    order: Order, *, reason: str, late: bool, by: Actor, at: datetime, cause: Entry | None = None
) -> Order | None:
    """A hospital refused or did not answer: an incident to those above it, and the need goes on to the next at once.

    Returns the next order; None when it has gone on already. `order` is locked by the caller, in the node's scope.
    """
    if order.followed_by.exists():
        return None
    part = Recipient(order.detail["part"])
    asked = again(order)
    decision = rules.decide(asked.kind, flagged=order.emergency, now=at)
    body = recipient(part, asked, decision.emergency, order.issuer, at, without=asked_before(order))
    after = write(
        asked,
        part,
        body,
        decision,
        issuer=order.issuer,
        batch=order.batch,
        by=by,
        at=at,
        cause=cause,
        follows=order,
    )
    incidents = [
        _incident(order, above, reason=reason, late=late, by=by, at=at, cause=cause)
        for above in answerable(order, at)
    ]
    fact = CareRefused(order=order.pk, incident=incidents[0].pk)
    log.record(fact, subject=order.pk, division=order.division, by=by, at=at, cause=cause)
    return after


def again(order: Order) -> Asked:
    """What an order asks for, as it was asked."""
    kept = {
        name: value
        for name, value in order.detail.items()
        if name not in ("need", "part", "division", "calls")
    }
    return Asked(
        kind=NeedKind(order.detail["need"]),
        division=order.detail.get("division", order.division),
        words=order.text,
        household=order.household,
        person=order.person,
        place=order.place,
        detail=kept,
    )


def asked_before(order: Order) -> list[int]:
    """All who were asked for this need, back to the first."""
    found: list[int] = []
    here: Order | None = order
    while here is not None and here.addressee_id not in found:
        found.append(here.addressee_id)
        here = here.follows
    return found


def answerable(order: Order, at: datetime) -> list[Organisation]:
    """Who must answer for a refusal: the hospital's superior and the headquarters, each once; else the issuer."""
    found = [orders.superior(order.addressee_id, at)]
    try:
        division = order.detail.get("division", order.division)
        found.append(responsible(OrganisationKind.HEADQUARTERS, division, at))
    except NobodyResponsible:
        pass
    bodies = {body.pk: body for body in found if body is not None and body.pk != order.addressee_id}
    return list(bodies.values()) or [order.issuer]


def _incident(
    order: Order,
    above: Organisation,
    *,
    reason: str,
    late: bool,
    by: Actor,
    at: datetime,
    cause: Entry | None,
) -> Order:
    norms = inside()
    where = order.detail.get("division", order.division)
    said = "Care was not answered in time" if late else "Care was refused"
    return orders.issue(
        kind=OrderKind.INCIDENT,
        title=f"{said}: order {order.pk}",
        text=masked(reason),
        issuer=order.issuer,
        addressee=above,
        division=where if where.startswith(above.division) else above.division,
        due_at=at + norms.needs.incident_within.value,
        detail={"refused": order.pk, "by": order.addressee_id, "late": late},
        batch=order.batch,
        basis=f"{norms.cite('needs.no_refusal')}; {norms.cite('needs.incident_within')}"[:200],
        by=by,
        at=at,
        cause=cause,
    )


def locked_care(order: int) -> Order | None:
    """A care order, held until the transaction ends; None for any other order."""
    row = (
        Order.objects.select_for_update(of=("self",))
        .select_related("issuer", "addressee", "household", "person", "place", "batch")
        .filter(pk=order, kind=OrderKind.NEED)
        .first()
    )
    return row if row is not None and is_care(row) else None


def progress(batches: Iterable[int]) -> dict[int, list[dict[str, Any]]]:
    """Batch -> how far each part of a need is, also where its hospital lies in another jurisdiction: state, no more."""
    found: dict[int, list[dict[str, Any]]] = {}
    with node_scope():
        rows = Order.objects.filter(kind=OrderKind.NEED, batch__in=list(batches)).order_by("pk")
        for row in rows:
            part = {
                "order": row.pk,
                "part": row.detail.get("part", ""),
                "addressee": row.addressee_id,
                "state": row.state,
                "due_at": row.due_at,
                "done_at": row.done_at,
            }
            found.setdefault(row.batch_id or 0, []).append(part)
    return found
