"""Who tells whom what to do? New orders, drafts to sign, and one board for orders that went out together."""

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from liankong.actions import Forbidden, Refused, orders_clocks
from liankong.actions import orders_issue as verbs
from liankong.rules.orders_clock import RUNNING
from liankong.store import orders as store
from liankong.store.models import Batch, Order
from liankong.vocabulary.kinds import OrderState
from liankong.web import orders_list as listing
from liankong.web.context import Sight, sight
from liankong.web.desk import needs, refuse, status_of
from liankong.web.live import position
from liankong.web.orders_forms import NewOrderForm
from liankong.web.organisations import Moment
from liankong.web.pages import paginate
from liankong.web.words import said

BATCHES = ("-created_at", "-pk")


@require_http_methods(["GET", "POST"])
@needs("orders.issue", "orders.draft")
def orders_new(request: HttpRequest) -> HttpResponse:
    """One order, to one organisation or to many; whoever may not issue prepares it for a signature."""
    seen = sight(request)
    form = NewOrderForm(request.POST or None, seen=seen, initial=_asked_for(request.GET))
    if request.method == "POST" and form.is_valid():
        draft = not seen.may("orders.issue") or "draft" in request.POST
        try:
            made = _issue(form, seen, draft=draft and seen.may("orders.draft"))
        except Refused as error:
            refuse(form, error)
        else:
            messages.success(request, _("Prepared for signature.") if draft else _("The order is out."))
            return redirect("orders-batch" if isinstance(made, Batch) else "order", made.pk)
    return render(request, "orders/new.html", {"form": form}, status=status_of(request))


def _asked_for(query: Mapping[str, str]) -> dict[str, Any]:
    """Another page may open the form with what it is about."""
    return {name: query[name] for name in ("kind", "title", "division") if name in query}


def _issue(form: NewOrderForm, seen: Sight, *, draft: bool) -> Order | Batch:
    words, bodies = verbs.Words(**form.words()), form.addressees()
    by: dict[str, Any] = {"words": words, "by": seen.actor, "at": seen.at}
    if len(bodies) > 1:
        together = verbs.draft_many if draft else verbs.issue_many
        return together(addressees=bodies, **by)
    if not bodies:
        raise Refused("Name whom it is for.", field="addressees")
    alone = verbs.draft if draft else verbs.issue
    return alone(addressee=bodies[0], **by)


# --- the signer's desk --------------------------------------------------------------------------------------


class SignForm:
    """Which drafts were chosen, and another deadline for all of them if one was given."""

    def __init__(self, posted: Any) -> None:
        # All means what was on the page when the button was pressed, not what has come since.
        keys = posted.getlist("shown" if "all" in posted else "order")
        self.chosen = [int(key) for key in keys if key.isascii() and key.isdecimal() and len(key) < 19]
        self.field = Moment(required=False)
        self.text = posted.get("due_at", "")

    def due_at(self) -> Any:
        return self.field.clean(self.text)


@require_http_methods(["GET", "POST"])
@needs("orders.issue")
def orders_sign(request: HttpRequest) -> HttpResponse:
    """Drafts that wait for this signature, the nearest deadline first; sign one or many."""
    seen = sight(request)
    problem = ""
    if request.method == "POST":
        form = SignForm(request.POST)
        try:
            signed = verbs.sign(orders_to_sign=form.chosen, due_at=form.due_at(), by=seen.actor, at=seen.at)
        except Refused as error:
            problem = said(error)
        except ValidationError as error:
            problem = str(error.messages[0])
        else:
            text = ngettext("%(count)s order is out.", "%(count)s orders are out.", len(signed))
            messages.success(request, text % {"count": len(signed)})
            return redirect("orders-sign")
    page = paginate(
        listing.to_sign(seen).select_related("case"), order=listing.BY_DEADLINE, query=request.GET.dict()
    )
    listing.with_names(page.rows, seen)
    context = {"page": page, "problem": problem, "live_after": position()}
    return render(request, "orders/sign.html", context, status=422 if problem else 200)


# --- orders that went out together --------------------------------------------------------------------------


@require_GET
def orders_batches(request: HttpRequest) -> HttpResponse:
    seen = sight(request)
    page = paginate(Batch.objects.all(), order=BATCHES, query=request.GET.dict())
    found = Order.objects.filter(batch__in=[row.pk for row in page.rows])
    counts = {row["batch"]: row for row in found.values("batch").annotate(**store.progress(seen.at))}
    context = {"page": page, "rows": [(row, counts.get(row.pk, {})) for row in page.rows]}
    return render(request, "orders/batches.html", context)


STEPS: dict[str, Q] = {
    "silent": Q(state=OrderState.ISSUED),
    "acknowledged": Q(received_at__isnull=False),
    "started": Q(started_at__isnull=False),
    "done": Q(state=OrderState.DONE),
    "returned": Q(state=OrderState.RETURNED),
}


@require_GET
def orders_batch(request: HttpRequest, batch: int) -> HttpResponse:
    """One board: who has acknowledged, started, done, and who is late. A figure shows the rows behind it."""
    seen = sight(request)
    row = get_object_or_404(Batch, pk=batch)
    rows = Order.objects.filter(batch=row)
    step = request.GET.get("step", "")
    shown = rows
    if step in STEPS:
        shown = rows.filter(STEPS[step])
    elif step == "late":
        shown = rows.filter(state__in=RUNNING, due_at__lte=seen.at)
    page = paginate(shown, order=("due_at", "pk"), query=request.GET.dict(), size=100)
    listing.with_names(page.rows, seen)
    context = {
        "batch": row,
        "page": page,
        "step": step,
        "counts": rows.aggregate(**store.progress(seen.at)),
        "live_after": position(),
    }
    part = request.headers.get("HX-Target") == "batch-board"
    return render(request, "orders/batch_board.html" if part else "orders/batch.html", context)


@require_POST
@needs("orders.issue")
def orders_batch_remind(request: HttpRequest, batch: int) -> HttpResponse:
    """Call on those who have not acknowledged, or are late."""
    seen = sight(request)
    try:
        called = orders_clocks.remind_batch(batch=batch, by=seen.actor, at=seen.at)
    except (Refused, Forbidden) as error:
        messages.error(request, said(error))
    else:
        text = ngettext(
            "%(count)s organisation is reminded.", "%(count)s organisations are reminded.", called
        )
        messages.success(request, text % {"count": called})
    return redirect("orders-batch", batch=batch)


urlpatterns = [
    path("orders/new", orders_new, name="orders-new"),
    path("orders/to-sign", orders_sign, name="orders-sign"),
    path("orders/batches", orders_batches, name="orders-batches"),
    path("orders/batches/<int:batch>", orders_batch, name="orders-batch"),
    path("orders/batches/<int:batch>/remind", orders_batch_remind, name="orders-batch-remind"),
]
