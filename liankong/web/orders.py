"""What have we been told, what have others, and what became of it? The board and the page of one order."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from liankong.actions import Forbidden, Gone, Refused, orders_clocks, orders_issue, orders_waiting
from liankong.actions import orders as verbs
from liankong.rules.orders_clock import RUNNING
from liankong.rules.orders_proof import asked, may_read
from liankong.rules.orders_waiting import MAY_WAIT
from liankong.store import orders as store
from liankong.store import orders_files
from liankong.store.models import Batch, Order, OrderFile, OrderWait
from liankong.vocabulary.kinds import OrderState
from liankong.web import orders_list as listing
from liankong.web.context import Sight, sight
from liankong.web.desk import refuse, user_names
from liankong.web.live import position
from liankong.web.orders_forms import (
    AgainForm,
    CancelForm,
    DoneForm,
    FilesForm,
    HurryForm,
    SendBackForm,
    WaitForm,
)
from liankong.web.orders_story import causes, life
from liankong.web.pages import paginate
from liankong.web.words import said

WAITS_SHOWN = 50


@require_GET
def orders(request: HttpRequest) -> HttpResponse:
    """The board, filtered and ordered by the address alone, so that an address can be sent to a colleague."""
    seen = sight(request)
    query = request.GET.dict()
    page = paginate(
        listing.select(query, seen).select_related("case"), order=listing.ordering(query), query=query
    )
    listing.with_names(page.rows, seen)
    context = {
        "page": page,
        "whose": listing.whose(query),
        "filters": listing.filters(query),
        "query": query,
        "narrowed": any(query.get(name) for name in ("kind", "state", "late", "batch")),
        "live_after": position(),
    }
    template = "orders/rows.html" if request.headers.get("HX-Target") == "results" else "orders/orders.html"
    return render(request, template, context)


# --- one order ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Act:
    """Something that may be done with an order: its form, the verb behind it, and who is offered it."""

    form: type[Any] | None
    verb: Callable[..., object]
    permission: str
    ours: bool  # the issuer's business, else the addressee's
    states: frozenset[OrderState]
    done: Callable[[], str]


UNDER_WAY = RUNNING | {OrderState.RETURNED}
ACTS: dict[str, Act] = {
    "receive": Act(
        None,
        verbs.receive,
        "orders.handle",
        False,
        frozenset({OrderState.ISSUED}),
        lambda: _("Receipt sent."),
    ),
    "start": Act(
        None,
        verbs.start,
        "orders.handle",
        False,
        frozenset({OrderState.ISSUED, OrderState.RECEIVED}),
        lambda: _("It is under way."),
    ),
    "done": Act(DoneForm, verbs.finish, "orders.handle", False, RUNNING, lambda: _("Reported as done.")),
    "return": Act(
        SendBackForm, verbs.send_back, "orders.handle", False, RUNNING, lambda: _("Returned to its issuer.")
    ),
    "attach": Act(
        FilesForm,
        verbs.attach,
        "orders.handle",
        False,
        RUNNING | {OrderState.DONE},
        lambda: _("The files are added."),
    ),
    "again": Act(
        AgainForm,
        orders_issue.issue_again,
        "orders.issue",
        True,
        frozenset({OrderState.RETURNED}),
        lambda: _("It went out again."),
    ),
    "call": Act(
        None, orders_clocks.call, "orders.issue", True, RUNNING, lambda: _("The addressee is reminded.")
    ),
    "wait": Act(WaitForm, orders_waiting.wait_for, "orders.issue", True, MAY_WAIT, lambda: _("It waits.")),
    "go-ahead": Act(
        None, orders_waiting.go_ahead, "orders.issue", True, MAY_WAIT, lambda: _("It waits for it no longer.")
    ),
    "hurry": Act(
        HurryForm,
        orders_waiting.hurry,
        "orders.issue",
        True,
        UNDER_WAY | {OrderState.DRAFT},
        lambda: _("It is an emergency now."),
    ),
    "cancel": Act(
        CancelForm,
        orders_issue.cancel,
        "orders.issue",
        True,
        UNDER_WAY | {OrderState.DRAFT},
        lambda: _("It is withdrawn."),
    ),
}


@require_GET
def order(request: HttpRequest, order: int) -> HttpResponse:
    return _page(request, _order(order, sight(request)), {}, 200)


def _order(pk: int, seen: Sight) -> Order:
    row = get_object_or_404(
        Order.objects.select_related("case", "place", "issuer", "addressee", "escalated_to", "follows"), pk=pk
    )
    if row.state == OrderState.DRAFT and not row.issuer.division.startswith(seen.division):
        # It binds nobody yet: below its issuer there is nothing to see.
        raise Http404
    return row


def _offered(row: Order, seen: Sight) -> dict[str, Act]:
    """What this seat may do with the order as it stands."""
    body = seen.seat.organisation if seen.seat else None
    if body is None:
        return {}
    ours = store.answers_to(row.issuer_id, body, seen.at)
    again = row.state == OrderState.RETURNED and row.followed_by.exists()
    return {
        name: act
        for name, act in ACTS.items()
        if seen.may(act.permission)
        and (ours if act.ours else row.addressee_id == body)
        and OrderState(row.state) in act.states
        and not (again and name in ("again", "cancel", "hurry"))
        and not (name in ("hurry", "wait") and row.emergency)
    }


def _page(request: HttpRequest, row: Order, bound: dict[str, forms.Form], status: int) -> HttpResponse:
    """The whole page. A form that was refused comes back bound; the others start from what stands."""
    seen = sight(request)
    listing.with_names([row], seen)
    offered = _offered(row, seen)
    waits = list(row.waits.select_related("until_done").order_by("released_at", "pk")[:WAITS_SHOWN])
    hidden = {wait.until_done_id: wait for wait in OrderWait.objects.filter(order=row)[:WAITS_SHOWN]}
    seen_ids = {wait.until_done_id for wait in waits}
    context = {
        "order": row,
        "superior": row.escalated_to_id and listing.name_of(row.escalated_to_id, seen),
        "recipients": _recipients(row, seen),
        "asks": asked(row.detail),
        "acts": offered,
        "forms": {name: bound.get(name) or act.form(order=row) for name, act in offered.items() if act.form},
        "open_form": next(iter(bound), ""),
        "waits": waits,
        "hidden_waits": [wait for key, wait in hidden.items() if key not in seen_ids],
        "holds_up": list(
            row.holds_up.filter(released_at__isnull=True).select_related("order").order_by("pk")[:WAITS_SHOWN]
        ),
        "again": list(row.followed_by.order_by("pk")),
        "batch": Batch.objects.filter(pk=row.batch_id).first() if row.batch_id else None,
        "files": orders_files.listed(row),
        "may_read": may_read(seen.division, issuer=row.issuer.division, addressee=row.addressee.division),
        "steps": life(row, seen),
        "causes": causes(row, seen),
        "live_after": position(),
    }
    return render(request, "orders/order.html", context, status=status)


def _recipients(row: Order, seen: Sight) -> list[str]:
    """Who has it on their desk now; of another jurisdiction nobody is named."""
    if OrderState(row.state) not in RUNNING:
        return []
    users = store.recipients(row.addressee_id, seen.at).values_list("pk", flat=True)[:12]
    return sorted(user_names(users).values())


@require_POST
def order_act(request: HttpRequest, order: int, act: str) -> HttpResponse:
    """Do something with an order. The rules may refuse; then the page comes back with the reason at its field."""
    if act not in ACTS:
        raise Http404
    seen, chosen = sight(request), ACTS[act]
    row = _order(order, seen)
    filled = chosen.form(request.POST, request.FILES, order=row) if chosen.form else None
    if filled is not None and not filled.is_valid():
        return _page(request, row, {act: filled}, 422)
    try:
        made = _carry_out(act, chosen, row, filled, request)
    except (Refused, Forbidden) as error:
        if filled is not None and isinstance(error, Refused):
            refuse(filled, error)
            return _page(request, row, {act: filled}, 422)
        messages.error(request, said(error))
        made = None
    else:
        messages.success(request, chosen.done())
    if request.POST.get("next") == "home":
        return redirect("home")
    return redirect("order", order=made.pk if isinstance(made, Order) else row.pk)


def _carry_out(act: str, chosen: Act, row: Order, filled: Any, request: HttpRequest) -> object:
    seen = sight(request)
    if act == "attach":
        for content in filled.cleaned_data["files"]:
            verbs.attach(order=row.pk, content=content, by=seen.actor, at=seen.at)
        return row
    more = filled.values() if filled is not None else {}
    if act == "go-ahead":
        text = request.POST.get("until_done", "")
        if not (text.isascii() and text.isdecimal() and len(text) < 19):
            raise Refused("there is no such order in your jurisdiction")
        more = {"until_done": int(text)}
    return chosen.verb(order=row.pk, **more, by=seen.actor, at=seen.at)


@never_cache
@require_POST
def order_file(request: HttpRequest, order: int, file: int) -> HttpResponse:
    """One proof. It is asked for by post: opening it is an act that goes on record, not a link to follow."""
    seen = sight(request)
    if not OrderFile.objects.filter(pk=file, order=order).exists():
        raise Http404
    try:
        row, content = verbs.read_file(file=file, by=seen.actor, at=seen.at)
    except Gone as error:
        told = {"order": order, "reason": said(error)}
        return render(request, "orders/file_gone.html", told, status=410)
    except (Refused, Forbidden) as error:
        messages.error(request, said(error))
        return redirect("order", order=order)
    response = HttpResponse(content, content_type=row.media_type)
    response["Content-Disposition"] = f'attachment; filename="{row.filename}"'
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "no-store"
    return response


urlpatterns = [
    path("orders", orders, name="orders"),
    path("orders/<int:order>", order, name="order"),
    path("orders/<int:order>/act/<slug:act>", order_act, name="order-act"),
    path("orders/<int:order>/files/<int:file>", order_file, name="order-file"),
]
