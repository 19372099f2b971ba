"""What state is this room in, who is in it, and may they leave?"""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from liankong.actions import Refused
from liankong.actions import isolation_stay as verbs
from liankong.store.isolation_board import swabs_of
from liankong.store.isolation_propose import age_of
from liankong.store.isolation_stay import checklists
from liankong.store.models import Hold, Isolation, Room
from liankong.web.context import sight
from liankong.web.desk import needs, refuse
from liankong.web.isolation_forms import MoveForm, RoomStateForm, SwabForm
from liankong.web.live import position
from liankong.web.places import organisation_names
from liankong.web.words import said

HOLDS_SHOWN = 20
FORMS: dict[str, tuple[type[Any], Any]] = {
    "state": (RoomStateForm, verbs.set_room),
    "swab": (SwabForm, verbs.swab_room),
}


@require_GET
def room(request: HttpRequest, room: int) -> HttpResponse:
    return _page(request, _one(room), {}, 200)


def _one(key: int) -> Room:
    return get_object_or_404(Room.objects.select_related("site__organisation"), pk=key)


def _page(request: HttpRequest, row: Room, bound: dict[str, forms.Form], status: int) -> HttpResponse:
    seen = sight(request)
    people = list(
        Isolation.objects.filter(hold__room=row, released_at__isnull=True)
        .select_related("person", "contact", "hold", "site")
        .order_by("pk")
    )
    found = checklists([one for one in people if one.arrived_at is not None], seen.at)
    shown = {}
    if seen.may("isolation.site"):
        shown = {name: bound.get(name) or kind() for name, (kind, _verb) in FORMS.items()}
    context = {
        "room": row,
        "site_name": organisation_names({row.site.organisation_id}, seen.at).get(
            row.site.organisation_id, ""
        ),
        "people": [(one, age_of(one.person, seen.at), found.get(one.pk)) for one in people],
        "swabs": swabs_of(row),
        "holds": list(Hold.objects.filter(room=row).order_by("-from_at", "-pk")[:HOLDS_SHOWN]),
        "forms": shown,
        "move_form": bound.get("move") or MoveForm(site=row.site),
        "open_form": next(iter(bound), ""),
        "live_after": position(),
    }
    return render(request, "isolation/room.html", context, status=status)


@require_POST
@needs("isolation.site")
def room_act(request: HttpRequest, room: int, form: str) -> HttpResponse:
    """Set the state, or write down a swab."""
    if form not in FORMS:
        raise Http404
    kind, verb = FORMS[form]
    row, seen = _one(room), sight(request)
    filled = kind(request.POST)
    if filled.is_valid():
        try:
            verb(room=row.pk, **filled.values(), by=seen.actor, at=seen.at)
        except Refused as error:
            refuse(filled, error)
        else:
            messages.success(request, _("Recorded."))
            return redirect("room", room=row.pk)
    return _page(request, row, {form: filled}, 422)


@require_POST
@needs("isolation.move")
def room_move(request: HttpRequest, room: int, isolation: int) -> HttpResponse:
    """Another room for somebody, and for whoever shares this one with them on purpose."""
    row, seen = _one(room), sight(request)
    filled = MoveForm(request.POST, site=row.site)
    if filled.is_valid():
        try:
            verbs.move_room(isolation=isolation, **filled.values(), by=seen.actor, at=seen.at)
        except Refused as error:
            refuse(filled, error)
        else:
            messages.success(request, _("Recorded."))
            return redirect("room", room=filled.values()["room"])
    return _page(request, row, {"move": filled}, 422)


@require_POST
@needs("isolation.site")
def room_release(request: HttpRequest, room: int, isolation: int) -> HttpResponse:
    """Release somebody whose checklist is met; else the page says what is missing."""
    row, seen = _one(room), sight(request)
    try:
        verbs.release(isolation=isolation, by=seen.actor, at=seen.at)
        messages.success(request, _("Released; the room is to be disinfected."))
    except Refused as error:
        messages.error(request, said(error))
    return redirect("room", room=row.pk)


urlpatterns = [
    path("rooms/<int:room>", room, name="room"),
    path("rooms/<int:room>/people/<int:isolation>/move", room_move, name="room-move"),
    path("rooms/<int:room>/people/<int:isolation>/release", room_release, name="room-release"),
    path("rooms/<int:room>/<slug:form>", room_act, name="room-act"),
]
