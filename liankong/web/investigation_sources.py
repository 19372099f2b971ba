"""By whom or where was the case infected? Sources side by side, one of them taken by a named person."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from liankong.actions import Refused
from liankong.actions import investigation_sources as verbs
from liankong.store.models import Order, SourceHypothesis
from liankong.web.context import sight
from liankong.web.desk import needs, refuse, status_of, user_names
from liankong.web.investigation import CLOCKS, INVESTIGATE, find
from liankong.web.investigation_forms import RejectForm, SourceForm, WeighForm
from liankong.web.investigation_track import exposure_of
from liankong.web.live import position


@never_cache
@require_http_methods(["GET", "POST"])
@needs("look")
def sources(request: HttpRequest, investigation: int) -> HttpResponse:
    """All of them beside each other; a further one can be put forward."""
    row, seen = find(investigation), sight(request)
    form = SourceForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            verbs.propose_source(investigation=row.pk, **form.values(), by=seen.actor, at=seen.at)
        except Refused as error:
            refuse(form, error)
        else:
            messages.success(request, _("Recorded."))
            return redirect("investigation-sources", investigation=row.pk)
    return _page(request, investigation, form=form, status=status_of(request))


def _page(
    request: HttpRequest,
    investigation: int,
    *,
    form: forms.Form | None = None,
    bound: tuple[int, str, forms.Form] | None = None,
    status: int = 200,
) -> HttpResponse:
    """`bound` is a form about one source that was refused: (source, what, form)."""
    row, seen = find(investigation), sight(request)
    found = SourceHypothesis.objects.filter(investigation=row).select_related("infector", "place")
    rows = list(found.order_by("rejected_at", "-accepted_at", "-likelihood", "pk"))
    rows.sort(
        key=lambda one: (one.rejected_at is not None, one.accepted_at is None, -(one.likelihood or 0), one.pk)
    )
    names = user_names(one.by_id for one in rows)
    cards = [
        {
            "row": one,
            "by": names.get(one.by_id or 0, ""),
            "weigh": _form(one, "weigh", bound),
            "reject": _form(one, "reject", bound),
            "open": bound is not None and bound[0] == one.pk,
        }
        for one in rows
    ]
    context = {
        "investigation": row,
        "case": row.case,
        "cards": cards,
        "form": form or SourceForm(),
        "exposure": exposure_of(row),
        "orders": list(Order.objects.filter(case=row.case_id, kind__in=CLOCKS).order_by("due_at")),
        "may": seen.may(INVESTIGATE) and row.closed_at is None,
        "live_after": position(),
        "tab": "sources",
    }
    return render(request, "investigation/sources.html", context, status=status)


def _form(row: SourceHypothesis, what: str, bound: tuple[int, str, forms.Form] | None) -> forms.Form:
    if bound is not None and bound[:2] == (row.pk, what):
        return bound[2]
    if what == "reject":
        return RejectForm(prefix=f"reject-{row.pk}")
    values = {name: getattr(row, name) for name in ("speaks_for", "speaks_against", "likelihood")}
    return WeighForm(prefix=f"weigh-{row.pk}", initial=values)


@never_cache
@require_POST
@needs(INVESTIGATE)
def source_act(request: HttpRequest, investigation: int, source: int, what: str) -> HttpResponse:
    """Weigh one source, take it, or reject it."""
    seen = sight(request)
    found = get_object_or_404(SourceHypothesis, pk=source, investigation=investigation)
    form: Any
    if what == "accept":
        form = forms.Form(request.POST)
        verb: Any = verbs.accept_source
    elif what == "weigh":
        form, verb = WeighForm(request.POST, prefix=f"weigh-{found.pk}"), verbs.weigh_source
    elif what == "reject":
        form, verb = RejectForm(request.POST, prefix=f"reject-{found.pk}"), verbs.reject_source
    else:
        raise Http404
    if form.is_valid():
        try:
            verb(hypothesis=found.pk, **form.cleaned_data, by=seen.actor, at=seen.at)
        except Refused as error:
            refuse(form, error)
        else:
            messages.success(request, _("Recorded."))
            return redirect("investigation-sources", investigation=investigation)
    return _page(request, investigation, bound=(found.pk, what, form), status=422)


urlpatterns = [
    path("investigations/<int:investigation>/sources", sources, name="investigation-sources"),
    path(
        "investigations/<int:investigation>/sources/<int:source>/<slug:what>",
        source_act,
        name="investigation-source",
    ),
]
