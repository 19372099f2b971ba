"""Who needs care again and again? The green channel's list, for a hospital or a community to print."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from liankong.actions import Forbidden, Refused
from liankong.actions import needs_standing as verbs
from liankong.store.models import StandingNeed
from liankong.vocabulary.kinds import NeedKind
from liankong.web import labels
from liankong.web.context import sight
from liankong.web.desk import needs, refuse, status_of
from liankong.web.needs_forms import StandingForm, hospitals
from liankong.web.orders_list import Filter
from liankong.web.pages import paginate
from liankong.web.places import organisation_names
from liankong.web.words import said

ORDER = ("next_on", "pk")


@require_http_methods(["GET", "POST"])
def needs_standing(request: HttpRequest) -> HttpResponse:
    """The list, the nearest turn first. Printed, it shows numbers and places, and no names."""
    seen = sight(request)
    query = request.GET.dict()
    form = StandingForm(request.POST or None, seen=seen)
    if request.method == "POST":
        answer = _put(request, form)
        if answer is not None:
            return answer
    rows = StandingNeed.objects.filter(ended_at__isnull=True).select_related("household__dwelling")
    if query.get("kind", "") in set(NeedKind):
        rows = rows.filter(kind=query["kind"])
    if query.get("hospital", "").isdecimal():
        rows = rows.filter(hospital=int(query["hospital"][:18]))
    page = paginate(rows, order=ORDER, query=query, size=100)
    keys = {row.hospital_id for row in page.rows if row.hospital_id}
    names = organisation_names(keys | {row.organisation_id for row in page.rows}, seen.at)
    context: dict[str, Any] = {
        "page": page,
        "rows": [
            {
                "row": row,
                "hospital": names.get(row.hospital_id or 0, ""),
                "keeper": names.get(row.organisation_id, ""),
                "place": row.household.dwelling,
            }
            for row in page.rows
        ],
        "filters": [
            Filter("kind", _("Need"), labels.options("need"), query.get("kind", "")),
            Filter("hospital", _("Hospital"), hospitals(seen), query.get("hospital", "")),
        ],
        "form": form,
        "narrowed": any(query.get(name) for name in ("kind", "hospital")),
    }
    return render(request, "needs/standing.html", context, status=status_of(request))


def _put(request: HttpRequest, form: StandingForm) -> HttpResponse | None:
    seen = sight(request)
    if not form.is_valid():
        return None
    try:
        verbs.put_on_list(**form.values(), by=seen.actor, at=seen.at)
    except Refused as error:
        refuse(form, error)
        return None
    except Forbidden as error:
        form.add_error(None, said(error))
        return None
    messages.success(request, _("It is on the list; its turns are ordered a day ahead."))
    return redirect("needs-standing")


@require_POST
@needs("needs.take")
def needs_standing_end(request: HttpRequest, standing: int) -> HttpResponse:
    seen = sight(request)
    try:
        verbs.take_off_list(
            standing=standing, reason=request.POST.get("reason", ""), by=seen.actor, at=seen.at
        )
    except Refused as error:
        messages.error(request, said(error))
    else:
        messages.success(request, _("It is off the list."))
    return redirect("needs-standing")


urlpatterns = [
    path("needs/standing", needs_standing, name="needs-standing"),
    path("needs/standing/<int:standing>/end", needs_standing_end, name="needs-standing-end"),
]
