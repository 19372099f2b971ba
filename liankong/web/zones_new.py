"""Which area ought to be closed? Places picked, a division named, or an outline drawn; it binds nobody yet."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from liankong import protocols
from liankong.actions import Refused, zones_draw
from liankong.store.models import Case
from liankong.web import zones_forms as asked
from liankong.web import zones_map
from liankong.web.context import sight
from liankong.web.desk import needs, status_of
from liankong.web.words import said
from liankong.web.zones import PLACES_LISTED


@require_http_methods(["GET", "POST"])
@needs("zones.propose")
def zone_new(request: HttpRequest) -> HttpResponse:
    """Pick places, name a division, or draw an outline."""
    seen = sight(request)
    if seen.outbreak is None or not protocols.load(seen.outbreak.protocol).has("zones"):
        return render(request, "zones/none.html", {"outbreak": seen.outbreak})
    protocol = protocols.load(seen.outbreak.protocol)
    about = _number(request, "case")
    case = Case.objects.filter(pk=about, outbreak=seen.outbreak).first() if about is not None else None
    form = asked.ProposeForm(request.POST or None, protocol=protocol, scope=seen.division)
    picked = [int(one) for one in request.POST.getlist("places") if one.isdecimal()][
        : zones_draw.MOST_PLACES + 1
    ]
    if request.method == "POST" and form.is_valid():
        try:
            made = zones_draw.propose_area(
                outbreak=seen.outbreak.pk,
                places=picked,
                case=case.pk if case else None,
                **form.values(),
                by=seen.actor,
                at=seen.at,
            )
        except Refused as error:
            field = {"divisions": "division"}.get(error.field, error.field)
            form.add_error(field if field in form.fields else None, said(error))
        else:
            messages.success(request, _("It is proposed; it binds nobody until it is signed."))
            return redirect("zone", zone=made.pk)
    division = case.division if case else request.GET.get("within", "") or seen.division
    division = division if division.startswith(seen.division) else seen.division
    near = division[:9] if case else division
    offered = zones_map.places_near(near, request.GET.get("q", "").strip()[:40], chosen=picked)
    context = {
        "form": form,
        "case": case,
        "picked": set(picked),
        "places": offered[:PLACES_LISTED],
        "more": len(offered) > PLACES_LISTED,
        "search": request.GET.get("q", ""),
        "map_data": zones_map.draw_data(division, get_language() or "", offered),
    }
    template = "zones/places.html" if request.headers.get("HX-Target") == "places" else "zones/propose.html"
    return render(request, template, context, status=status_of(request))


def _number(request: HttpRequest, name: str) -> int | None:
    text = request.POST.get(name) or request.GET.get(name) or ""
    return int(text) if text.isdecimal() and len(text) < 18 else None  # fits the key


urlpatterns = [path("zones/new", zone_new, name="zone-new")]
