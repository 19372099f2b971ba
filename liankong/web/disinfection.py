"""Which places were sampled and disinfected, what was found, and where is it still to be done?"""

from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET, require_http_methods

from liankong.actions import Refused
from liankong.actions import disinfection as verbs
from liankong.rules.disinfection import KINDS
from liankong.rules.orders_clock import RUNNING
from liankong.store import zones as zone_rows
from liankong.store.models import Case, Order, Place, Site, Zone, ZonePlace
from liankong.vocabulary.kinds import OrderKind, OrderState, ZoneState
from liankong.web import labels
from liankong.web.context import Sight, sight
from liankong.web.desk import needs, refuse, status_of
from liankong.web.live import position
from liankong.web.orders_list import with_names
from liankong.web.pages import paginate

ORDER = ("name", "pk")
SHOWN = 100
MOST_PLACES = 300
LARGEST = 2**63 - 1
OF_PLACES = Q(kind__in=KINDS) & ~Q(state__in=(OrderState.DRAFT, OrderState.CANCELLED))


# --- by place ---------------------------------------------------------------------------------------------------


@require_GET
def disinfection(request: HttpRequest) -> HttpResponse:
    """Places with an order of this stage, each with what is open and what was last found."""
    seen = sight(request)
    query = request.GET.dict()
    ours = Order.objects.filter(OF_PLACES, place=OuterRef("pk"))
    show = query.get("show", "")
    if show == "open":
        ours = ours.filter(state__in=RUNNING)
    elif show == "positive":
        ours = ours.filter(kind=OrderKind.ENVIRONMENT_SAMPLE, state=OrderState.DONE, proof_figure__gt=0)
    places: QuerySet[Place] = Place.objects.filter(Exists(ours))
    zone = _zone(query.get("zone", ""))
    if zone is not None:
        places = places.filter(pk__in=ZonePlace.objects.filter(zone=zone).values("place"))
    page = paginate(places, order=ORDER, query=query)
    context = {
        "page": page,
        "rows": standing(page.rows),
        "zone": zone,
        "show": show,
        "live_after": position(),
        "now": seen.at,
    }
    return render(request, "disinfection/disinfection.html", context)


def standing(places: list[Place]) -> list[dict[str, Any]]:
    """Each place with its open orders, its last result and the end of its last disinfection. One query."""
    keys = [place.pk for place in places]
    orders = Order.objects.filter(OF_PLACES, place__in=keys).order_by("issued_at", "pk")
    found: dict[int, dict[str, Any]] = {
        place.pk: {"place": place, "open": [], "sample": None, "disinfected": None} for place in places
    }
    for order in orders:
        row = found[order.place_id or 0]
        if order.state != OrderState.DONE:
            row["open"].append(order)
        elif order.kind == OrderKind.ENVIRONMENT_SAMPLE:
            row["sample"] = _later(row["sample"], order)
        else:
            row["disinfected"] = _later(row["disinfected"], order)
    for row in found.values():
        row["positive"] = is_positive(row["sample"])
    return [found[key] for key in keys]


def _later(one: Order | None, other: Order) -> Order:
    return (
        other if one is None or (other.done_at or other.issued_at) >= (one.done_at or one.issued_at) else one
    )


def is_positive(order: Order | None) -> bool:
    """Whether a sample's order reports a positive point, entered here or as any order's figure."""
    if order is None:
        return False
    return order.detail.get("result") == "positive" or (
        "result" not in order.detail and bool(order.proof_figure)
    )


def _zone(text: str) -> Zone | None:
    if not (text.isascii() and text.isdecimal() and len(text) < 19):
        return None
    return Zone.objects.filter(pk=int(text)).first()


class ResultForm(forms.Form):
    """What the points of a place showed."""

    order = forms.IntegerField(widget=forms.HiddenInput, min_value=1, max_value=LARGEST)
    samples = forms.IntegerField(label=gettext_lazy("Points sampled"), min_value=1, max_value=10_000)
    positive = forms.IntegerField(label=gettext_lazy("of which positive"), min_value=0, max_value=10_000)
    words = forms.CharField(label=gettext_lazy("Which points"), max_length=300, required=False)


@require_http_methods(["GET", "POST"])
def disinfection_place(request: HttpRequest, place: int) -> HttpResponse:
    """One place: its orders, what was found, the zones that hold it; and the result of an open sampling."""
    seen = sight(request)
    row = get_object_or_404(Place.objects.select_related("parent"), pk=place)
    form = ResultForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        data = dict(form.cleaned_data)
        try:
            verbs.report(order=data.pop("order"), **data, by=seen.actor, at=seen.at)
        except Refused as error:
            refuse(form, error)
        else:
            messages.success(request, _("The result is entered; the zones there count by it."))
            return redirect("disinfection-place", place=row.pk)
    orders = list(Order.objects.filter(OF_PLACES, place=row).order_by("-issued_at", "-pk")[:SHOWN])
    with_names(orders, seen)
    body = seen.actor.organisation
    context = {
        "place": row,
        "orders": orders,
        "state": standing([row])[0],
        "zones": list(zone_rows.at_places([row.pk]).order_by("pk")),
        "to_report": [
            order
            for order in orders
            if order.kind == OrderKind.ENVIRONMENT_SAMPLE
            and OrderState(order.state) in RUNNING
            and order.addressee_id == body
            and seen.may("orders.handle")
        ],
        "form": form,
        "live_after": position(),
    }
    return render(request, "disinfection/place.html", context, status=status_of(request))


@require_GET
def disinfection_zone(request: HttpRequest, zone: int) -> HttpResponse:
    """The part of a zone's page that shows its samples and disinfections."""
    row = get_object_or_404(Zone, pk=zone)
    inside = ZonePlace.objects.filter(zone=row).values("place")
    places = Place.objects.filter(
        Exists(Order.objects.filter(OF_PLACES, place=OuterRef("pk"))), pk__in=inside
    )
    context = {"zone": row, "rows": standing(list(places.order_by(*ORDER)[:SHOWN]))}
    return render(request, "disinfection/of_zone.html", context)


# --- ordering it --------------------------------------------------------------------------------------------------


class OrderForm(forms.Form):
    """For a case's places, a zone, a site, or places chosen by their numbers: exactly one of them."""

    what = forms.MultipleChoiceField(
        label=gettext_lazy("What"),
        choices=lambda: labels.options("orderkind", KINDS),
        widget=forms.CheckboxSelectMultiple,
        initial=list(KINDS),
    )
    case = forms.CharField(label=gettext_lazy("Case, by its number"), max_length=40, required=False)
    zone = forms.ChoiceField(label=gettext_lazy("Zone"), required=False)
    site = forms.ChoiceField(label=gettext_lazy("Isolation site"), required=False)
    places = forms.CharField(label=gettext_lazy("Places, by their numbers"), max_length=2000, required=False)
    text = forms.CharField(
        label=gettext_lazy("What to mind"),
        max_length=600,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def __init__(self, *args: Any, seen: Sight, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.seen = seen
        zones = Zone.objects.filter(state__in=(ZoneState.IN_FORCE, ZoneState.PROPOSED)).order_by("-pk")
        sites = Site.objects.filter(closed_at__isnull=True).select_related("organisation").order_by("pk")
        offered = {
            "zone": [(str(row.pk), f"{row.number} {row.name}") for row in zones[:200]],
            "site": [(str(row.pk), row.organisation.code) for row in sites[:200]],
        }
        for name, rows in offered.items():
            self.fields[name].choices = [("", "–"), *rows]  # type: ignore[attr-defined]  # a field of choices

    def clean_case(self) -> int | None:
        number = self.cleaned_data["case"].strip()
        if not number:
            return None
        rows = Case.objects.filter(number=number)
        if self.seen.outbreak is not None:
            rows = rows.filter(outbreak=self.seen.outbreak)
        found = rows.values_list("pk", flat=True).first()
        if found is None:
            raise forms.ValidationError(_("No case in sight has this number."))
        return int(found)

    def clean_places(self) -> list[int]:
        parts = self.cleaned_data["places"].replace(",", " ").replace("，", " ").replace("#", " ").split()
        if any(not (part.isascii() and part.isdecimal() and len(part) < 19) for part in parts):
            raise forms.ValidationError(_("Numbers of places, apart by spaces."))
        return [int(part) for part in parts[:MOST_PLACES]]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if not self.errors and sum(bool(data.get(name)) for name in ("case", "zone", "site", "places")) != 1:
            self.add_error(None, _("Choose one: a case, a zone, a site, or places."))
        return data

    def issue(self) -> verbs.Ordered:
        """Send it out. Raises Refused."""
        data = self.cleaned_data
        more: dict[str, Any] = {
            "what": [OrderKind(one) for one in data["what"]],
            "text": data["text"],
            "by": self.seen.actor,
            "at": self.seen.at,
        }
        if data["case"]:
            return verbs.order_for_case(case=data["case"], **more)
        if data["zone"]:
            return verbs.order_for_zone(zone=int(data["zone"]), **more)
        if data["site"]:
            return verbs.order_for_site(site=int(data["site"]), **more)
        return verbs.order_places(places=data["places"], **more)


@require_http_methods(["GET", "POST"])
@needs("orders.issue")
def disinfection_new(request: HttpRequest) -> HttpResponse:
    """Order samples and disinfection in one step; what runs there already is not sent twice."""
    seen = sight(request)
    asked = {name: request.GET[name] for name in ("case", "zone", "site", "places") if name in request.GET}
    form = OrderForm(request.POST or None, seen=seen, initial=asked | {"what": list(KINDS)})
    if request.method == "POST" and form.is_valid():
        try:
            found = form.issue()
        except Refused as error:
            refuse(form, error)
        else:
            text = ngettext("%(count)s order is out.", "%(count)s orders are out.", len(found.orders))
            messages.success(request, text % {"count": len(found.orders)})
            if found.standing:
                text = ngettext("%(count)s runs already.", "%(count)s run already.", len(found.standing))
                messages.info(request, text % {"count": len(found.standing)})
            return redirect("disinfection")
    return render(request, "disinfection/new.html", {"form": form}, status=status_of(request))


urlpatterns = [
    path("disinfection", disinfection, name="disinfection"),
    path("disinfection/new", disinfection_new, name="disinfection-new"),
    path("disinfection/places/<int:place>", disinfection_place, name="disinfection-place"),
    path("disinfection/zones/<int:zone>", disinfection_zone, name="disinfection-zone"),
]
