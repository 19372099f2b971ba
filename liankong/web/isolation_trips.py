"""Which doors, in which order, and when was everybody there? The driver's sheet, for a phone."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from liankong.actions import Refused, isolation_sites
from liankong.actions import isolation_trips as verbs
from liankong.store.isolation import holding
from liankong.store.models import Hold, Isolation, Trip, Vehicle
from liankong.web.context import sight
from liankong.web.desk import needs, refuse, status_of
from liankong.web.isolation_forms import CallOffForm, VehicleForm
from liankong.web.live import position
from liankong.web.pages import paginate
from liankong.web.places import organisation_names
from liankong.web.words import said


@require_GET
def trips(request: HttpRequest) -> HttpResponse:
    """Trips, the latest first."""
    seen = sight(request)
    rows = Trip.objects.select_related("hold__vehicle").prefetch_related("riders")
    page = paginate(rows, order=("-planned_at", "-pk"), query=request.GET)
    names = organisation_names({row.destination_id for row in page.rows if row.destination_id}, seen.at)
    return render(request, "isolation/trips.html", {"page": page, "names": names, "live_after": position()})


@require_GET
def trip(request: HttpRequest, trip: int) -> HttpResponse:
    return _sheet(request, trip, CallOffForm(), 200)


def _sheet(request: HttpRequest, key: int, form: CallOffForm, status: int) -> HttpResponse:
    seen = sight(request)
    row = get_object_or_404(Trip.objects.select_related("hold__vehicle"), pk=key)
    riders = list(
        Isolation.objects.filter(trip=row)
        .select_related("person__household__dwelling")
        .order_by("stop", "pk")
    )
    stops: dict[int, list[Isolation]] = {}
    for rider in riders:
        stops.setdefault(rider.stop or 0, []).append(rider)
    names = organisation_names({row.destination_id} if row.destination_id else set(), seen.at)
    context = {
        "trip": row,
        "stops": list(stops.items()),
        "riders": len(riders),
        "there": sum(rider.arrived_at is not None for rider in riders),
        "destination": names.get(row.destination_id or 0, ""),
        "form": form,
        "live_after": position(),
    }
    return render(request, "isolation/trip.html", context, status=status)


@require_POST
@needs("isolation.arrange")
def call_off(request: HttpRequest, trip: int) -> HttpResponse:
    seen, form = sight(request), CallOffForm(request.POST)
    get_object_or_404(Trip, pk=trip)
    if form.is_valid():
        try:
            verbs.call_off(trip=trip, reason=form.cleaned_data["reason"], by=seen.actor, at=seen.at)
        except Refused as error:
            refuse(form, error)
        else:
            messages.success(request, _("The trip is called off; its riders wait for another."))
            return redirect("transfers")
    return _sheet(request, trip, form, 422)


# --- the fleet ----------------------------------------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
def vehicles(request: HttpRequest) -> HttpResponse:
    """The fleet, and one vehicle more."""
    seen = sight(request)
    form = None
    if seen.may("isolation.arrange"):
        form = VehicleForm(request.POST or None, scope=seen.division)
    if request.method == "POST":
        return _add_vehicle(request, form)
    return _vehicles(request, form)


@needs("isolation.arrange")
def _add_vehicle(request: HttpRequest, form: VehicleForm) -> HttpResponse:
    seen = sight(request)
    if form.is_valid():
        values = {**form.cleaned_data, "organisation": form.cleaned_data["organisation"].pk}
        try:
            isolation_sites.add_vehicle(**values, by=seen.actor, at=seen.at)
        except Refused as error:
            refuse(form, error)
        else:
            messages.success(request, _("The vehicle is entered."))
            return redirect("vehicles")
    return _vehicles(request, form)


def _vehicles(request: HttpRequest, form: VehicleForm | None) -> HttpResponse:
    seen = sight(request)
    page = paginate(Vehicle.objects.all(), order=("plate", "pk"), query=request.GET)
    held = set(
        Hold.objects.filter(holding(seen.at), vehicle__in=[row.pk for row in page.rows]).values_list(
            "vehicle_id", flat=True
        )
    )
    context = {
        "page": page,
        "form": form,
        "held": held,
        "names": organisation_names({row.organisation_id for row in page.rows}, seen.at),
    }
    return render(request, "isolation/vehicles.html", context, status=status_of(request))


@require_POST
@needs("isolation.arrange")
def set_vehicle(request: HttpRequest, vehicle: int) -> HttpResponse:
    seen = sight(request)
    get_object_or_404(Vehicle, pk=vehicle)
    out = request.POST.get("out") == "1"
    try:
        isolation_sites.set_vehicle(vehicle=vehicle, out_of_service=out, by=seen.actor, at=seen.at)
        messages.success(request, _("Recorded."))
    except Refused as error:
        messages.error(request, said(error))
    return redirect("vehicles")


urlpatterns = [
    path("trips", trips, name="transfers-trips"),
    path("trips/<int:trip>", trip, name="trip"),
    path("trips/<int:trip>/call-off", call_off, name="trip-call-off"),
    path("vehicles", vehicles, name="vehicles"),
    path("vehicles/<int:vehicle>", set_vehicle, name="vehicle-set"),
]
