"""Where is care to be had? Which hospital and which emergency centre takes what, and who may say so."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from liankong.actions import Refused
from liankong.actions import needs_care as verbs
from liankong.store import orders as structure
from liankong.store.models import CarePoint, Organisation
from liankong.store.organisations import terms
from liankong.vocabulary.kinds import NeedKind
from liankong.web import labels
from liankong.web.context import Sight, sight
from liankong.web.desk import needs, refuse, status_of
from liankong.web.orders_list import Filter
from liankong.web.pages import paginate
from liankong.web.places import organisation_names

PERMISSION = "orders.issue"
ORDER = ("division", "pk")


class CareForm(forms.Form):
    """What is taken, whether anybody is taken now, and where the door is."""

    takes = forms.MultipleChoiceField(
        label=gettext_lazy("What is taken there"),
        required=False,
        choices=lambda: labels.options("need"),
        widget=forms.CheckboxSelectMultiple,
    )
    open = forms.BooleanField(
        label=gettext_lazy("Takes people now"),
        required=False,
        help_text=gettext_lazy("Not ticked: nobody is sent there until it opens again."),
    )
    longitude = forms.FloatField(
        label=gettext_lazy("Longitude, degrees east"), required=False, min_value=-180, max_value=180
    )
    latitude = forms.FloatField(
        label=gettext_lazy("Latitude, degrees north"), required=False, min_value=-90, max_value=90
    )

    def values(self) -> dict[str, Any]:
        return self.cleaned_data | {"takes": [NeedKind(one) for one in self.cleaned_data["takes"]]}


# --- the list ------------------------------------------------------------------------------------------------------


def standing(seen: Sight) -> "QuerySet[Organisation]":
    """Those who give care, as the structure stands at this hour."""
    return Organisation.objects.filter(
        kind__in=verbs.KINDS, pk__in=terms(seen.at).values("organisation")
    ).select_related("care_point")


def select(query: Mapping[str, str], seen: Sight) -> "QuerySet[Organisation]":
    """Those that an address asks for: all, or those who are known to take a kind."""
    rows = standing(seen)
    if query.get("need", "") in set(NeedKind):
        rows = rows.filter(care_point__takes__contains=[query["need"]])
    return rows


@require_GET
def needs_care(request: HttpRequest) -> HttpResponse:
    """The hospitals and emergency centres with what they take; for everybody who takes a call."""
    seen = sight(request)
    query = request.GET.dict()
    page = paginate(select(query, seen), order=ORDER, query=query)
    known = organisation_names([row.pk for row in page.rows], seen.at)
    ours = speaks_for(page.rows, seen)
    context = {
        "page": page,
        "lines": [
            {
                "body": row,
                "name": known.get(row.pk, row.code),
                "point": point_of(row),
                "may_set": row.pk in ours,
            }
            for row in page.rows
        ],
        "filters": [Filter("need", _("Takes"), labels.options("need"), query.get("need", ""))],
        "narrowed": query.get("need", "") in set(NeedKind),
    }
    return render(request, "needs/care.html", context)


def point_of(row: Organisation) -> CarePoint | None:
    """What was said of a body; None while nobody has said anything."""
    return getattr(row, "care_point", None)


def speaks_for(rows: list[Organisation], seen: Sight) -> set[int]:
    """Those of which this seat may say what they take, as the verb has it."""
    if not seen.may(PERMISSION):
        return set()
    here = {row.pk for row in rows if row.division.startswith(seen.division)}
    body = seen.actor.organisation
    others = [row.pk for row in rows if row.pk not in here]
    return here | (structure.answering(others, body, seen.at) if body is not None else set())


# --- one of them ---------------------------------------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
@needs(PERMISSION)
def needs_care_set(request: HttpRequest, organisation: int) -> HttpResponse:
    """Say what one takes. A hospital that answers to another headquarters is that one's business."""
    seen = sight(request)
    body = get_object_or_404(standing(seen), pk=organisation)
    if body.pk not in speaks_for([body], seen):
        raise PermissionDenied
    form = CareForm(request.POST or None, initial=_said(point_of(body)))
    if request.method == "POST" and form.is_valid():
        try:
            verbs.set_care_point(organisation=body.pk, **form.values(), by=seen.actor, at=seen.at)
        except Refused as error:
            refuse(form, error)
        else:
            messages.success(request, _("Recorded: calls go by it from now on."))
            return redirect("needs-care")
    name = organisation_names([body.pk], seen.at).get(body.pk, body.code)
    context = {"form": form, "body": body, "name": name}
    return render(request, "needs/care_set.html", context, status=status_of(request))


def _said(point: CarePoint | None) -> dict[str, Any]:
    if point is None:
        return {"open": True}
    return {
        "takes": point.takes,
        "open": point.open,
        "longitude": point.longitude,
        "latitude": point.latitude,
    }


urlpatterns = [
    path("needs/care", needs_care, name="needs-care"),
    path("needs/care/<int:organisation>", needs_care_set, name="needs-care-set"),
]
