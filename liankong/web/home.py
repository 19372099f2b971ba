"""What needs me now? The seat's open orders with their clocks, and whatever waits for this seat's signature."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any, TypeVar

from django.contrib import messages
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch, path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from liankong.actions import Forbidden, Refused, orders
from liankong.store.models import Bulletin, Case, LineListImport, Order
from liankong.vocabulary.kinds import BulletinState, PersonClass
from liankong.vocabulary.spans import local_day
from liankong.web import inquiries_list, orders_list
from liankong.web.context import Sight, sight
from liankong.web.duty import untaken
from liankong.web.live import position
from liankong.web.needs import urgent
from liankong.web.overview import addresses
from liankong.web.overview_figures import View, board
from liankong.web.places import organisation_names
from liankong.web.words import said
from liankong.web.zones import waiting

Row = TypeVar("Row", bound=Model)
SHOWN = 12
ORDERS_SHOWN = 100


def _orders(seen: Sight) -> dict[str, Any]:
    """Orders addressed to the seat's organisation, the most urgent first."""
    seat = seen.seat
    mine = Order.objects.filter(addressee=seat.organisation if seat else None, done_at__isnull=True)
    mine = mine.filter(state__in=orders.OPEN)
    rows = list(mine.select_related("case").order_by("due_at", "pk")[:ORDERS_SHOWN])
    names = organisation_names((row.issuer_id for row in rows), seen.at)
    for row in rows:
        row.issuer_name = names.get(row.issuer_id, "")  # type: ignore[attr-defined]  # for the template alone
    total = mine.count() if len(rows) == ORDERS_SHOWN else len(rows)
    return {"orders": rows, "count": total, "overdue": mine.filter(due_at__lte=seen.at).count()}


def _reviews(seen: Sight) -> dict[str, Any]:
    waiting = Case.objects.filter(outbreak=seen.outbreak, classification=PersonClass.PENDING_REVIEW)
    return {"cases": list(waiting.order_by("found_at", "pk")[:SHOWN]), "count": waiting.count()}


def _bulletins(seen: Sight) -> dict[str, Any]:
    drafts = Bulletin.objects.filter(outbreak=seen.outbreak, state=BulletinState.DRAFT)
    return {"bulletins": _opened("bulletin", drafts.order_by("-day", "division")), "count": drafts.count()}


def _imports(_seen: Sight) -> dict[str, Any]:
    faulty = LineListImport.objects.filter(rejected__gt=0)
    return {"imports": _opened("import", faulty.order_by("-created_at")), "count": faulty.count()}


def _opened(page: str, rows: "QuerySet[Row]") -> "list[Row]":
    """The first rows, each with the address of its own page."""
    shown = list(rows[:SHOWN])
    for row in shown:
        row.address = _address(page, row.pk)  # type: ignore[attr-defined]  # for the template alone
    return shown


def _address(page: str, pk: int) -> str:
    """A node may run without a stage's pages; its rows are then named and not linked."""
    try:
        return reverse(page, args=[pk])
    except NoReverseMatch:
        return ""


def _figures(seen: Sight) -> dict[str, Any] | None:
    """How the jurisdiction stands today, each figure with the list behind it; None without an outbreak."""
    if seen.outbreak is None:
        return None
    outbreak = seen.outbreak.division
    division = outbreak if outbreak.startswith(seen.division) else seen.division
    today = local_day(seen.at)
    view = View(seen.outbreak.pk, division, today, today)
    start, end = View(seen.outbreak.pk, division, today - timedelta(days=1), today).span
    yesterday = Case.objects.filter(
        outbreak=seen.outbreak,
        division__gte=division,
        division__lt=f"{division}:",
        classification__in=(PersonClass.CONFIRMED, PersonClass.ASYMPTOMATIC),
        confirmed_at__gte=start,
        confirmed_at__lt=end,
    )
    return {
        "figures": board(view, basis="found").headline,
        "yesterday": yesterday.count(),
        "address": addresses(view, seen),
    }


def _below(seen: Sight) -> dict[str, Any]:
    """Orders of the jurisdiction that others have let pass their deadline, the longest overdue first."""
    late = Order.objects.filter(state__in=orders.OPEN, done_at__isnull=True, due_at__lte=seen.at)
    if seen.seat is not None:
        late = late.exclude(addressee=seen.seat.organisation)
    rows = list(late.select_related("case").order_by("due_at", "pk")[:SHOWN])
    names = organisation_names((row.addressee_id for row in rows), seen.at)
    for row in rows:
        row.addressee_name = names.get(row.addressee_id, "")  # type: ignore[attr-defined]  # for the template alone
    running = Order.objects.filter(state__in=orders.OPEN, done_at__isnull=True)
    return {
        "orders": rows,
        "count": late.count() if len(rows) == SHOWN else len(rows),
        "running": running.count(),
    }


def _signing(seen: Sight) -> dict[str, Any]:
    """Orders that rules and colleagues have prepared for this seat's signature, the nearest deadline first."""
    drafts = orders_list.to_sign(seen)
    rows = list(drafts.select_related("case").order_by("due_at", "pk")[:SHOWN])
    return {
        "orders": orders_list.with_names(rows, seen),
        "count": drafts.count() if len(rows) == SHOWN else len(rows),
    }


def _settle(seen: Sight) -> dict[str, Any]:
    """Late orders that have come up to this organisation, and its own that came back."""
    parts: dict[str, Any] = {"count": 0}
    for name, chosen in (("escalated", orders_list.escalated(seen)), ("back", orders_list.came_back(seen))):
        rows = list(chosen.select_related("case").order_by("due_at", "pk")[:SHOWN])
        parts[name] = orders_list.with_names(rows, seen)
        parts["count"] += chosen.count() if len(rows) == SHOWN else len(rows)
    return parts


def _inquiries(seen: Sight) -> dict[str, Any]:
    """Letters that wait for this headquarters: to read, to answer, to send, and answers to take."""
    waiting = inquiries_list.of_tab("in", inquiries_list.bodies(seen)).order_by("due_at", "pk")
    counts = inquiries_list.counts(seen)
    return {
        "rows": inquiries_list.with_names(waiting[:SHOWN], seen.at),
        "counts": counts,
        "count": counts["in"] + counts["answers"] + counts["drafts"],
    }


# Part -> the permission that makes it this seat's business, and where its rows come from.
PARTS: dict[str, tuple[str, Callable[[Sight], dict[str, Any] | None]]] = {
    "figures": ("look", _figures),
    "orders": ("look", _orders),
    "settle": ("look", _settle),
    "below": ("look", _below),
    "needs": ("needs.take", urgent),
    "handovers": ("duty.hand_over", untaken),
    "signing": ("orders.issue", _signing),
    "zones": ("zones.sign", waiting),
    "cases": ("cases.classify", _reviews),
    "bulletins": ("bulletins.sign", _bulletins),
    "imports": ("cases.import", _imports),
    "inquiries": ("inquiries.handle", _inquiries),
}


@require_GET
def home(request: HttpRequest) -> HttpResponse:
    seen = sight(request)
    after = position()
    parts = {name: read(seen) for name, (permission, read) in PARTS.items() if seen.may(permission)}
    return render(request, "home/home.html", {"parts": parts, "live_after": after})


@require_GET
def home_part(request: HttpRequest, part: str) -> HttpResponse:
    """One part alone, for the live line."""
    if part not in PARTS:
        raise Http404
    permission, read = PARTS[part]
    seen = sight(request)
    if not seen.may(permission):
        raise Http404
    return render(request, f"home/{part}.html", {"part": read(seen)})


@require_POST
def order_step(request: HttpRequest, order: int, step: str) -> HttpResponse:
    """Acknowledge an order, or report it done with its proof."""
    seen = sight(request)
    try:
        if step == "receive":
            orders.receive(order=order, by=seen.actor, at=seen.at)
            messages.success(request, _("Receipt sent."))
        else:
            orders.finish(order=order, proof=request.POST.get("proof", ""), by=seen.actor, at=seen.at)
            messages.success(request, _("Reported as done."))
    except (Refused, Forbidden) as error:
        messages.error(request, said(error))
    return redirect("home")


urlpatterns = [
    path("", home, name="home"),
    path("home/<slug:part>", home_part, name="home-part"),
    path("orders/<int:order>/receive", order_step, {"step": "receive"}, name="order-receive"),
    path("orders/<int:order>/done", order_step, {"step": "done"}, name="order-done"),
]
