"""Who inside is brought what, how long does it last, and does the stock reach?"""

from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import Count, Max, Min, Q
from django.db.models.fields.json import KT
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import get_language, gettext_lazy, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from liankong.actions import Forbidden, Refused
from liankong.actions import needs_deliveries as verbs
from liankong.protocols.inside import inside
from liankong.rules import needs as rules
from liankong.rules.orders_clock import RUNNING
from liankong.store import zones_facts
from liankong.store.models import Order, Zone
from liankong.vocabulary.kinds import OrderKind, OrderState, ZoneState
from liankong.web.context import Sight, sight
from liankong.web.desk import refuse, status_of
from liankong.web.live import position
from liankong.web.pages import paginate
from liankong.web.words import said

ORDER = ("-from_at", "pk")


def baskets() -> list[tuple[str, str]]:
    """The baskets that there are, in the reader's language."""
    english = get_language() == "en"
    return [(one.code, one.english if english else one.name) for one in inside().supply.baskets]


class RoundForm(forms.Form):
    """A round of baskets for a zone."""

    zone = forms.IntegerField(widget=forms.HiddenInput)
    basket = forms.ChoiceField(label=gettext_lazy("Basket"), choices=baskets)
    each_household = forms.BooleanField(label=gettext_lazy("One order for each household"), required=False)
    parcels = forms.IntegerField(
        label=gettext_lazy("Parcels in stock"), required=False, min_value=0, max_value=10**9
    )
    text = forms.CharField(
        label=gettext_lazy("What is in it, how it is brought"), max_length=300, required=False
    )


@require_http_methods(["GET", "POST"])
def needs_deliveries(request: HttpRequest) -> HttpResponse:
    """Zones in force with the last round of each basket; a round is sent out in one step."""
    seen = sight(request)
    form = RoundForm(request.POST or None)
    if request.method == "POST":
        answer = _send(request, form)
        if answer is not None:
            return answer
    zones = Zone.objects.filter(state=ZoneState.IN_FORCE, expires_at__gt=seen.at)
    page = paginate(zones, order=ORDER, query=request.GET.dict(), size=25)
    counts, rounds = zones_facts.counts(page.rows), _rounds([row.pk for row in page.rows])
    context = {
        "page": page,
        "rows": [_row(row, counts.get(row.pk, (0, 0))[1], rounds.get(row.pk, []), seen) for row in page.rows],
        "form": form,
        "stock_days": inside().supply.stock.value.days,
        "live_after": position(),
    }
    return render(request, "needs/deliveries.html", context, status=status_of(request))


def _send(request: HttpRequest, form: RoundForm) -> HttpResponse | None:
    seen = sight(request)
    if not form.is_valid():
        return None
    try:
        found = verbs.deliver_to_zone(**form.cleaned_data, by=seen.actor, at=seen.at)
    except Refused as error:
        refuse(form, error)
        return None
    except Forbidden as error:
        form.add_error(None, said(error))
        return None
    text = ngettext("%(count)s delivery is out.", "%(count)s deliveries are out.", found.orders)
    messages.success(request, text % {"count": found.orders})
    if found.stock.suffices is False:
        messages.warning(
            request,
            _("The stock does not last: %(count)s parcels are needed.") % {"count": found.stock.needed},
        )
    return redirect("orders-batch", batch=found.batch.pk)


def _rounds(zones: list[int]) -> dict[int, list[dict[str, Any]]]:
    """Zone -> its rounds, the newest first, each with how many are done. One query."""
    rows = (
        Order.objects.filter(kind=OrderKind.DELIVERY, detail__zone__in=zones)
        .annotate(zone=KT("detail__zone"), basket=KT("detail__basket"))
        .values("zone", "basket", "batch")
        .annotate(
            total=Count("pk"),
            done=Count("pk", filter=Q(state=OrderState.DONE)),
            running=Count("pk", filter=Q(state__in=RUNNING)),
            out_at=Min("issued_at"),
            last_at=Max("done_at"),
        )
        .order_by("-out_at", "batch")
    )
    found: dict[int, list[dict[str, Any]]] = {}
    for row in rows:
        found.setdefault(int(row["zone"]), []).append(dict(row))
    return found


def _row(zone: Zone, households: int, rounds: list[dict[str, Any]], seen: Sight) -> dict[str, Any]:
    """A zone as the page shows it: how long the last standard basket lasts, what must lie in stock."""
    last = next((one for one in rounds if one["basket"] == "standard" and one["last_at"]), None)
    until = rules.covered_until(last["last_at"], basket="standard") if last else None
    return {
        "zone": zone,
        "households": households,
        "needed": rules.stock(households, basket="standard").needed,
        "rounds": rounds[:3],
        "until": until,
        "bare": until is None or until <= seen.at,
        "form": RoundForm(initial={"zone": zone.pk}, auto_id=f"z{zone.pk}-%s"),
    }


urlpatterns = [path("needs/deliveries", needs_deliveries, name="needs-deliveries")]
