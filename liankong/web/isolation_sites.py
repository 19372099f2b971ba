"""Which sites are there, is the reserve large enough, and what stands on a site's board today?"""

import tempfile
from pathlib import Path
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from liankong.actions import Forbidden, Refused
from liankong.actions import isolation_sites as verbs
from liankong.exchange.isolation_lists import read_rooms, read_vehicles
from liankong.exchange.tables import TableError
from liankong.store import isolation_board as boards
from liankong.store.models import Site
from liankong.vocabulary.spans import local_day
from liankong.web.context import Sight, sight
from liankong.web.desk import needs, refuse, status_of
from liankong.web.faults import say
from liankong.web.isolation_forms import ListForm, RoomForm, SettingsForm, SiteForm, StaffForm
from liankong.web.live import position
from liankong.web.pages import paginate
from liankong.web.places import organisation_names
from liankong.web.words import said

REJECTS_SHOWN = 200


@require_GET
def sites(request: HttpRequest) -> HttpResponse:
    """The sites with their rooms, and the reserve of each district against the norm."""
    seen = sight(request)
    rows = Site.objects.select_related("organisation")
    page = paginate(rows, order=("division", "pk"), query=request.GET)
    context = {
        "page": page,
        "lines": boards.site_lines(page.rows, seen.at),
        "names": organisation_names({row.organisation_id for row in page.rows}, seen.at),
        "reserves": boards.reserves(seen.division, seen.at),
        "live_after": position(),
    }
    return render(request, "isolation/sites.html", context)


@require_http_methods(["GET", "POST"])
@needs("isolation.site")
def site_new(request: HttpRequest) -> HttpResponse:
    seen = sight(request)
    form = SiteForm(request.POST or None, scope=seen.division)
    if request.method == "POST" and form.is_valid():
        try:
            made = verbs.add_site(**form.cleaned_data, by=seen.actor, at=seen.at)
        except Refused as error:
            refuse(form, error)
        else:
            messages.success(request, _("The site is entered; its rooms come next."))
            return redirect("site", site=made.pk)
    return render(request, "isolation/site_new.html", {"form": form}, status=status_of(request))


@never_cache
@require_http_methods(["GET", "POST"])
@needs("isolation.site", "isolation.arrange")
def site_lists(request: HttpRequest) -> HttpResponse:
    """Rooms or vehicles by the list: every row is accepted, rejected with its reason, or stands there already."""
    seen = sight(request)
    form = ListForm(request.POST or None, request.FILES or None)
    taken = None
    if request.method == "POST" and form.is_valid():
        try:
            taken = _take(form, seen)
        except (TableError, ValueError) as error:
            form.add_error("file", said(error) if isinstance(error, Refused) else say(str(error)))
    context = {
        "form": form,
        "taken": taken,
        "rejects": [(one, say(one.expected)) for one in taken.rejects[:REJECTS_SHOWN]] if taken else [],
    }
    status = 200 if taken is not None else status_of(request)
    return render(request, "isolation/lists.html", context, status=status)


def _take(form: ListForm, seen: Sight) -> verbs.Taken:
    """Raises TableError for a file that is no table, Refused as the verb does."""
    upload, code = form.cleaned_data["file"], form.cleaned_data["code"]
    # The reader goes by a path; the name must not matter, so the file has one of its own and is gone at once.
    with tempfile.NamedTemporaryFile(suffix=Path(upload.name).suffix[:6]) as kept:
        for chunk in upload.chunks():
            kept.write(chunk)
        kept.flush()
        if form.cleaned_data["what"] == "rooms":
            rooms = read_rooms(Path(kept.name), site=code)
            return verbs.take_rooms(
                lines=rooms.lines, rows=rooms.rows, rejects=rooms.rejects, by=seen.actor, at=seen.at
            )
        cars = read_vehicles(Path(kept.name), organisation=code)
        return verbs.take_vehicles(
            lines=cars.lines, rows=cars.rows, rejects=cars.rejects, by=seen.actor, at=seen.at
        )


# --- one site -----------------------------------------------------------------------------------------------------

FORMS: dict[str, tuple[type[Any], Any]] = {
    "room": (RoomForm, verbs.add_room),
    "staff": (StaffForm, verbs.join_staff),
    "settings": (SettingsForm, verbs.set_site),
}


@require_GET
def site(request: HttpRequest, site: int) -> HttpResponse:
    return _page(request, _one(site), {}, 200)


def _one(key: int) -> Site:
    return get_object_or_404(Site.objects.select_related("organisation", "place"), pk=key)


def _page(request: HttpRequest, row: Site, bound: dict[str, forms.Form], status: int) -> HttpResponse:
    seen = sight(request)
    initial = {
        "settings": {
            "ready_within_hours": row.ready_within_hours,
            "staff_test_hours": row.staff_test_hours,
        }
    }
    shown = {}
    if seen.may("isolation.site"):
        shown = {
            name: bound.get(name) or kind(initial=initial.get(name)) for name, (kind, _verb) in FORMS.items()
        }
    context = {
        "site": row,
        "name": organisation_names({row.organisation_id}, seen.at).get(row.organisation_id, ""),
        "board": boards.board(row, seen.at),
        "forms": shown,
        "open_form": next(iter(bound), ""),
        "today": local_day(seen.at),
        "live_after": position(),
    }
    return render(request, "isolation/site.html", context, status=status)


@require_POST
@needs("isolation.site")
def site_act(request: HttpRequest, site: int, form: str) -> HttpResponse:
    """Enter a room, somebody of the staff, or the site's own settings."""
    if form not in FORMS:
        raise Http404
    kind, verb = FORMS[form]
    row, seen = _one(site), sight(request)
    filled = kind(request.POST)
    if filled.is_valid():
        try:
            verb(site=row.pk, **filled.values(), by=seen.actor, at=seen.at)
        except Refused as error:
            refuse(filled, error)
        else:
            messages.success(request, _("Recorded."))
            return redirect("site", site=row.pk)
    return _page(request, row, {form: filled}, 422)


@require_POST
@needs("isolation.site")
def site_open(request: HttpRequest, site: int) -> HttpResponse:
    """Open a site of the reserve, or close one that is empty."""
    row, seen = _one(site), sight(request)
    try:
        verbs.set_site(site=row.pk, open_now=request.POST.get("open") == "1", by=seen.actor, at=seen.at)
        messages.success(request, _("Recorded."))
    except Refused as error:
        messages.error(request, said(error))
    return redirect("site", site=row.pk)


@require_POST
@needs("isolation.site")
def staff_act(request: HttpRequest, site: int, term: int) -> HttpResponse:
    """A sample given today, or the way out of the loop."""
    row, seen = _one(site), sight(request)
    try:
        if request.POST.get("what") == "leave":
            done = verbs.leave_loop(term=term, by=seen.actor, at=seen.at)
            text = _("Out of the loop.")
            if done.monitor_until is not None:
                text = _("Out of the loop; monitored until %(day)s.") % {
                    "day": done.monitor_until.isoformat()
                }
            messages.success(request, text)
        else:
            verbs.test_staff(term=term, on=local_day(seen.at), by=seen.actor, at=seen.at)
            messages.success(request, _("Recorded."))
    except (Refused, Forbidden) as error:
        messages.error(request, said(error))
    return redirect("site", site=row.pk)


urlpatterns = [
    path("sites", sites, name="sites"),
    path("sites/new", site_new, name="sites-new"),
    path("sites/lists", site_lists, name="sites-lists"),
    path("sites/<int:site>", site, name="site"),
    path("sites/<int:site>/open", site_open, name="site-open"),
    path("sites/<int:site>/staff/<int:term>", staff_act, name="site-staff"),
    path("sites/<int:site>/<slug:form>", site_act, name="site-act"),
]
