"""What do the people inside need, who brings it, and was anybody sent away?"""

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from liankong.actions import Forbidden, Refused, registry
from liankong.actions import needs as verbs
from liankong.rules.orders_clock import RUNNING
from liankong.store import needs as store
from liankong.store import needs_refused
from liankong.store.models import Order
from liankong.vocabulary.kinds import FactSource, NeedKind, OrderKind, OrderState
from liankong.web import labels
from liankong.web.context import Sight, sight
from liankong.web.desk import needs as needing
from liankong.web.desk import refuse, status_of
from liankong.web.live import position
from liankong.web.needs_forms import NeedForm, RefusalForm
from liankong.web.orders_list import Filter, with_names
from liankong.web.pages import paginate
from liankong.web.places import organisation_names
from liankong.web.words import said

OPEN = (*(state for state in OrderState if state in RUNNING), OrderState.RETURNED)
ORDER = ("-emergency", "due_at", "pk")
SHOWN = 12


# --- the list ------------------------------------------------------------------------------------------------------


def select(query: Mapping[str, str], seen: Sight) -> "QuerySet[Order]":
    """The needs that an address asks for: to this body, or all here, each once however many bring it."""
    rows = Order.objects.filter(kind=OrderKind.NEED)
    if query.get("whose") == "mine":
        rows = rows.filter(addressee=seen.seat.organisation if seen.seat else None)
    else:
        rows = rows.filter(Q(batch__isnull=True) | Q(detail__part__in=("community", "supply")))
    if query.get("need", "") in set(NeedKind):
        rows = rows.filter(detail__need=query["need"])
    if query.get("urgent") == "yes":
        rows = rows.filter(emergency=True)
    state = query.get("state", "open")
    if state in set(OrderState):
        return rows.filter(state=state)
    return rows if state == "all" else rows.filter(state__in=OPEN)


def filters(query: Mapping[str, str]) -> list[Filter]:
    states = [("open", pgettext("orders", "Open")), ("all", pgettext("orders", "All"))]
    return [
        Filter("need", _("Need"), labels.options("need"), query.get("need", "")),
        Filter("urgent", _("Emergency"), [("yes", _("emergencies"))], query.get("urgent", "")),
        Filter("state", _("State"), states + labels.options("order"), query.get("state", "open")),
    ]


@require_GET
def needs(request: HttpRequest) -> HttpResponse:
    """The board of needs, emergencies first."""
    seen = sight(request)
    query = request.GET.dict()
    page = paginate(select(query, seen).select_related("place"), order=ORDER, query=query)
    with_names(page.rows, seen)
    context = {
        "page": page,
        "whose": "mine" if query.get("whose") == "mine" else "here",
        "filters": filters(query),
        "query": query,
        "narrowed": any(query.get(name) for name in ("need", "urgent", "state")),
        "parts": progress([row.batch_id for row in page.rows if row.batch_id], seen),
        "live_after": position(),
    }
    part = request.headers.get("HX-Target") == "results"
    return render(request, "needs/rows.html" if part else "needs/needs.html", context)


def progress(batches: list[int], seen: Sight) -> dict[int, list[dict[str, Any]]]:
    """Batch -> who brings what of it and how far they are."""
    found = needs_refused.progress(batches) if batches else {}
    names = organisation_names((part["addressee"] for parts in found.values() for part in parts), seen.at)
    for parts in found.values():
        for part in parts:
            part["name"] = names.get(part["addressee"], f"#{part['addressee']}")
    return found


def urgent(seen: Sight) -> dict[str, Any]:
    """Emergencies here that nobody has brought yet, the next due first."""
    rows = select({"urgent": "yes"}, seen)
    return {"needs": list(rows.order_by("due_at", "pk")[:SHOWN]), "count": rows.count()}


# --- taking one ----------------------------------------------------------------------------------------------------


@never_cache
@sensitive_post_parameters("person")
@require_http_methods(["GET", "POST"])
@needing("needs.take")
def needs_take(request: HttpRequest) -> HttpResponse:
    """The call's form. What was searched for travels in the body of the request, never in an address."""
    seen = sight(request)
    form = NeedForm(request.POST or None, seen=seen, initial={"source": FactSource.HOTLINE})
    if request.method == "POST" and form.is_valid():
        try:
            taken = _take(form, seen)
        except Refused as error:
            refuse(form, error)
        else:
            if taken is not None:
                _tell(request, taken)
                shown = Order.objects.filter(pk__in=[row.pk for row in taken.orders]).first()
                return redirect("need", order=shown.pk) if shown else redirect("needs")
    return render(request, "needs/take.html", {"form": form}, status=status_of(request))


def _take(form: NeedForm, seen: Sight) -> verbs.Taken | None:
    """Find the person, then take the need; None when it is open which of several people it is."""
    data = form.cleaned_data
    kind, person, division = NeedKind(data["kind"]), None, data.get("division") or ""
    if data["number"] and not data.get("household"):
        found = _people(data["number"], kind, seen, urgent=form.urgent)
        homes = {row.household_id or -row.pk for row in found}
        if len(homes) == 1:
            person, division = found[0].pk, division or found[0].division
        elif form.urgent:
            division = division or (found[0].division if found else "")
        elif found:
            numbers = ", ".join(f"#{row.household_id}" for row in found if row.household_id)
            form.add_error(
                "household", _("Several households have this number: %(numbers)s.") % {"numbers": numbers}
            )
            return None
        elif not division:
            form.add_error("person", _("Nobody here has this number; give the household or the division."))
            return None
    return verbs.take(
        kind=kind,
        person=person,
        household=data.get("household"),
        division=division,
        words=data.get("words") or "",
        emergency=bool(data.get("emergency")),
        source=FactSource(data.get("source") or FactSource.HOTLINE),
        by=seen.actor,
        at=seen.at,
    )


def _people(number: dict[str, str], kind: NeedKind, seen: Sight, *, urgent: bool) -> list[Any]:
    """Whom a number names. In an emergency a search that is not permitted finds nobody; help goes out all the same."""
    try:
        return registry.find(**number, why=f"need: {kind}", by=seen.actor, at=seen.at)
    except Forbidden:
        if urgent:
            return []
        raise


def _tell(request: HttpRequest, taken: verbs.Taken) -> None:
    if taken.repeated:
        text = _("This household asked for this already: the call is noted on order #%(order)s.")
        messages.info(request, text % {"order": taken.order.pk})
    elif taken.order.emergency:
        messages.success(request, _("Help is told, all at once."))
    else:
        messages.success(request, _("Taken. The order is out."))


# --- one need ------------------------------------------------------------------------------------------------------


@require_GET
def need(request: HttpRequest, order: int) -> HttpResponse:
    return _page(request, order)


def _page(request: HttpRequest, order: int, form: RefusalForm | None = None, **more: Any) -> HttpResponse:
    seen = sight(request)
    row = get_object_or_404(Order.objects.select_related("place", "batch"), pk=order, kind=OrderKind.NEED)
    with_names([row], seen)
    parts = progress([row.batch_id], seen).get(row.batch_id, []) if row.batch_id else []
    incidents = Order.objects.filter(
        kind=OrderKind.INCIDENT, detail__refused__in=[row.pk, *(p["order"] for p in parts)]
    )
    in_sight = set(
        Order.objects.filter(pk__in=[part["order"] for part in parts]).values_list("pk", flat=True)
    )
    context = {
        "order": row,
        "need": row.detail.get("need", ""),
        "parts": [part | {"in_sight": part["order"] in in_sight} for part in parts],
        "incidents": list(incidents.order_by("pk")),
        "calls": 1 + len(row.detail.get("calls", [])),
        "form": form or RefusalForm(),
        "refusable": _refusable(row, parts) if seen.may("needs.take") else [],
        "reachable": row.addressee_id == seen.actor.organisation
        and seen.may("orders.handle")
        and OrderState(row.state) in RUNNING,
        "live_after": position(),
    }
    return render(request, "needs/need.html", context | more, status=status_of(request) if form else 200)


def _refusable(row: Order, parts: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Those who bring care and have not done so: somebody may have been sent away there."""
    running = set(store.RUNNING)
    known = parts or [
        {
            "order": row.pk,
            "part": row.detail.get("part", ""),
            "state": row.state,
            "name": str(row.addressee_id),
        }
    ]
    return [one for one in known if one["part"] in ("care", "ambulance") and one["state"] in running]


@require_POST
@needing("needs.take")
def need_refused(request: HttpRequest, order: int) -> HttpResponse:
    """Somebody was sent away: the incident goes up, the need goes on at once."""
    seen = sight(request)
    form = RefusalForm(request.POST)
    chosen = request.POST.get("care", "")
    if not (chosen.isascii() and chosen.isdecimal() and len(chosen) < 19):
        form.add_error(None, _("Say which hospital it was."))
    elif form.is_valid():
        try:
            verbs.report_refusal(
                order=int(chosen), reason=form.cleaned_data["reason"], by=seen.actor, at=seen.at
            )
        except Refused as error:
            refuse(form, error)
        else:
            messages.success(
                request, _("The next hospital is told. Those above must answer for the refusal.")
            )
            return redirect("need", order=order)
    return _page(request, order, form)


@never_cache
@require_POST
@needing("orders.handle")
def need_reach(request: HttpRequest, order: int) -> HttpResponse:
    """Address and phone for whoever brings help. By post, because opening them is an act that goes on record."""
    seen = sight(request)
    try:
        opened = verbs.reach(order=order, by=seen.actor, at=seen.at)
    except (Refused, Forbidden) as error:
        messages.error(request, said(error))
        return redirect("need", order=order)
    response = _page(request, order, opened=opened)
    response.status_code = 200
    return response


urlpatterns = [
    path("needs", needs, name="needs"),
    path("needs/take", needs_take, name="needs-take"),
    path("needs/<int:order>", need, name="need"),
    path("needs/<int:order>/refused", need_refused, name="need-refused"),
    path("needs/<int:order>/reach", need_reach, name="need-reach"),
]
