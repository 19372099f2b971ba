"""How did this order go, and what is it there for? Its life from the log, and the causes above it."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from liankong.store.models import Entry, Order
from liankong.web.cases_story import Step, names_of, sentence
from liankong.web.context import Sight
from liankong.web.places import organisation_names

SHOWN = 200
CAUSES = 12  # a chain longer than this is read in the log


def life(order: Order, seen: Sight) -> list[Step]:
    """Every entry about the order, oldest first: the life as it was lived."""
    entries = list(Entry.objects.filter(subject_kind="order", subject=order.pk).order_by("pk")[:SHOWN])
    return _steps(entries, seen)


def causes(order: Order, seen: Sight) -> list[Step]:
    """Why it is there: the fact that led to it, what led to that, up to what somebody did; in the order of time.

    Ends where nothing led to a fact, or where it lies outside one's jurisdiction.
    """
    first = (
        Entry.objects.filter(subject_kind="order", subject=order.pk, kind__in=("OrderDrafted", "OrderIssued"))
        .order_by("pk")
        .first()
    )
    chain: list[Entry] = []
    above = first.cause if first else None
    while above is not None and len(chain) < CAUSES:
        entry = Entry.objects.filter(pk=above).first()
        if entry is None:
            break
        chain.append(entry)
        above = entry.cause
    return _steps(list(reversed(chain)), seen)


def _steps(entries: list[Entry], seen: Sight) -> list[Step]:
    names = names_of(entries, seen)
    here = {entry.pk: entry.kind for entry in entries}
    bodies = organisation_names(
        {int(entry.body["to"]) for entry in entries if entry.kind == "OrderEscalated"}, seen.at
    )
    return [
        Step(
            id=entry.pk,
            kind=entry.kind,
            at=entry.occurred_at,
            text=_text(entry.kind, entry.body, bodies),
            who=names.get((entry.by, entry.post), ""),
            rule=entry.rule,
            protocol=entry.protocol,
            cause=entry.cause,
            cause_kind=here.get(entry.cause or 0, ""),
            cause_here=entry.cause in here,
        )
        for entry in entries
    ]


def _text(kind: str, body: Mapping[str, Any], bodies: Mapping[int, str]) -> str:
    if kind in ("OrderReturned", "OrderCancelled", "OrderHurried"):
        return str(body.get("reason", ""))
    if kind == "OrderEscalated":
        return _("to %(organisation)s") % {"organisation": bodies.get(int(body["to"]), f"#{body['to']}")}
    if kind == "OrderMadeToWait":
        return _("until order #%(number)s is done") % {"number": body.get("until_done")}
    if kind == "OrderReminded":
        return _("before the deadline") if body.get("before") else _("after the deadline")
    return sentence(kind, body)
